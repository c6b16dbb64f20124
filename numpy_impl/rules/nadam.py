"""NAdam; the equations are at comparisons.rules.NAdam."""

import numpy as np

from comparisons.rules import NAdam
from comparisons.tasks.streams import Array
from numpy_impl.rules import Scalars, State

SCALARS = {"P": 1.0}


def start(rule: NAdam, theta: Array) -> State:
    """The running means of gradients and of squared gradients."""
    return {"m": np.zeros_like(theta), "v": np.zeros_like(theta)}


def update(rule: NAdam, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    """Step t of NAdam."""
    m, v = state["m"], state["v"]
    m[...] = rule.beta1 * m + (1 - rule.beta1) * g
    v[...] = rule.beta2 * v + (1 - rule.beta2) * (g * g)
    now, ahead, c2 = momentum(rule, t), momentum(rule, t + 1), 1 - rule.beta2**t
    product = state["P"] * now
    n = ahead / (1 - product * ahead) * m + (1 - now) / (1 - product) * g
    theta -= rate * n / (np.sqrt(v / c2) + rule.epsilon)


def advance(rule: NAdam, t: int, rate: float, scalars: Scalars) -> Scalars:
    """The product of the momenta up to step t."""
    return {"P": scalars["P"] * momentum(rule, t)}


def momentum(rule: NAdam, t: int) -> float:
    """The momentum of step t."""
    return rule.beta1 * (1 - 0.5 * 0.96 ** (t * rule.momentum_decay))
