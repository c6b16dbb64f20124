"""LAMB; the equations are at comparisons.rules.Lamb."""

import numpy as np

from comparisons.contract import Array
from comparisons.rules import Lamb


def start(rule: Lamb, theta: Array) -> tuple[Array, ...]:
    """The running means of gradients and of squared gradients."""
    return np.zeros_like(theta), np.zeros_like(theta)


def update(
    rule: Lamb, t: int, rate: float, theta: Array, g: Array, state: tuple[Array, ...]
) -> tuple[Array, tuple[Array, ...]]:
    """Step t of LAMB on a whole tensor."""
    m, v = state
    m = m + (1 - rule.beta1) * (g - m)
    v = v + (1 - rule.beta2) * (g * g - v)
    d = m / (1 - rule.beta1**t) / (np.sqrt(v / (1 - rule.beta2**t)) + rule.epsilon)
    ours, step = np.sqrt((theta * theta).sum()), np.sqrt((d * d).sum())
    ratio = ours / step if ours > 0 and step > 0 else theta.dtype.type(1)
    return theta - ratio * rate * d, (m, v)
