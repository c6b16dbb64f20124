"""Averaged stochastic gradient descent; the equations are at comparisons.rules.ASGD."""

import torch
from torch import Tensor

from comparisons.rules import ASGD
from torch_impl.rules import State
from torch_impl.tensors import Scalar, Tensors, maximum, number, where

SCALARS = {"eta": 0.0, "mu": 1.0}  # the rate of the next step, and its weight in the average


def start(rule: ASGD, theta: Tensor) -> dict[str, Tensor]:
    """The average of the path."""
    return {"ax": torch.zeros_like(theta)}


def update(rule: ASGD, t: Scalar, rate: Scalar, theta: Tensors, g: Tensors, state: State) -> None:
    """Step t: its rate was fixed after the step before, from the learning rate of that step."""
    ax, mu = state["ax"], number(state["mu"])
    eta = number(where(t == 1, state["eta"] + rate, state["eta"]))  # the first is the rate
    theta.mul_(1 - rule.decay * eta)
    theta.sub_(g, alpha=eta)
    starts = mu == 1
    ax.copy_(theta if starts is True else where(starts, theta, ax + (theta - ax).mul_(mu)))


def advance(rule: ASGD, t: Scalar, rate: Scalar, scalars: State) -> dict[str, Scalar]:
    """The rate of the next step, and its weight in the average."""
    return {
        "eta": rate / (1 + rule.decay * rate * t) ** rule.power,
        "mu": 1 / maximum(t - rule.average_from, 1),
    }
