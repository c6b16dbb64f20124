"""LAMB; the equations are at comparisons.rules.Lamb."""

import numpy as np

from comparisons.rules import Lamb
from comparisons.tasks.streams import Array


def start(rule: Lamb, theta: Array) -> tuple[Array, ...]:
    """The running means of gradients and of squared gradients."""
    return np.zeros_like(theta), np.zeros_like(theta)


def update(rule: Lamb, t: int, rate: float, theta: Array, g: Array, state: tuple[Array, ...]) -> None:
    """Step t of LAMB on a whole tensor."""
    m, v = state
    m += (1 - rule.beta1) * (g - m)
    v += (1 - rule.beta2) * (g * g - v)
    d = m / (1 - rule.beta1**t) / (np.sqrt(v / (1 - rule.beta2**t)) + rule.epsilon)
    ours, step = float(np.sqrt((theta * theta).sum())), float(np.sqrt((d * d).sum()))
    theta -= (ours / step if ours > 0 and step > 0 else 1.0) * rate * d
