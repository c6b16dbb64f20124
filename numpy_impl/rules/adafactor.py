"""Adafactor; the equations are at comparisons.rules.Adafactor."""

import numpy as np

from comparisons.rules import Adafactor
from comparisons.tasks.streams import Array


def start(rule: Adafactor, theta: Array) -> tuple[Array, ...]:
    """The second moments of rows and columns, or of the elements of a vector."""
    if theta.ndim < 2:
        return (np.zeros_like(theta),)
    return np.zeros_like(theta[..., :1]), np.zeros_like(theta[..., :1, :])


def update(rule: Adafactor, t: int, rate: float, theta: Array, g: Array, state: tuple[Array, ...]) -> None:
    """Step t of Adafactor on a whole tensor."""
    floor = rule.epsilon1_position == "floor"
    epsilon1 = float(np.finfo(theta.dtype).eps) if rule.epsilon1 is None else rule.epsilon1
    scale = max(rule.epsilon2, _rms(theta))
    if rule.weight_decay and rule.weight_decay_coupling == "decoupled" and not rule.decays_first:
        theta -= rate * rule.weight_decay * theta
    _advance_moments(t**rule.beta2_decay, g * g if floor else g * g + epsilon1, state)
    variance = state[0]
    if len(state) == 2:
        rows, columns = state
        mean = rows.mean(axis=-2, keepdims=True)
        variance = rows * columns / (np.maximum(mean, epsilon1) if floor else mean)
    if floor:
        variance = np.maximum(variance, epsilon1 * epsilon1)
    d = g / np.sqrt(variance)
    theta -= scale * min(rate, t**-0.5) / max(1.0, _rms(d) / rule.clip_threshold) * d


def _advance_moments(weight: float, square: Array, state: tuple[Array, ...]) -> None:
    means = [square] if len(state) == 1 else [square.mean(axis=axis, keepdims=True) for axis in (-1, -2)]
    for moment, mean in zip(state, means, strict=True):
        moment += weight * (mean - moment)


def _rms(x: Array) -> float:
    return float(np.sqrt((x * x).mean()))
