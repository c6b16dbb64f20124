"""NAdam; the equations are at comparisons.rules.NAdam."""

import numpy as np

from comparisons.rules import NAdam
from comparisons.tasks.streams import Array


def start(rule: NAdam, theta: Array) -> tuple[Array, ...]:
    """The running means of gradients and of squared gradients."""
    return np.zeros_like(theta), np.zeros_like(theta)


def update(rule: NAdam, t: int, rate: float, theta: Array, g: Array, state: tuple[Array, ...]) -> None:
    """Step t of NAdam."""
    m, v = state
    m += (1 - rule.beta1) * (g - m)
    v += (1 - rule.beta2) * (g * g - v)
    # All momenta anew at each step: their product is one number, where a state is arrays that are cut into blocks.
    mu = rule.beta1 * (1 - 0.5 * 0.96 ** (np.arange(1, t + 2) * rule.momentum_decay))
    product, now, ahead = float(np.prod(mu[:-1])), float(mu[-2]), float(mu[-1])
    n = ahead / (1 - product * ahead) * m + (1 - now) / (1 - product) * g
    theta -= rate * n / (np.sqrt(v / (1 - rule.beta2**t)) + rule.epsilon)
