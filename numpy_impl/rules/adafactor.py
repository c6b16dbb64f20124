"""Adafactor; the equations are at comparisons.rules.Adafactor."""

import numpy as np

from comparisons.rules import Adafactor
from comparisons.tasks.streams import Array
from numpy_impl.rules import State
from numpy_impl.rules.weight_decay import decouple


def start(rule: Adafactor, theta: Array) -> State:
    """The running means of the rows and columns of squared gradients; of the squared gradients of a vector."""
    if theta.ndim < 2:
        return {"v": np.zeros_like(theta)}
    return {"r": np.zeros_like(theta[..., :1]), "c": np.zeros_like(theta[..., :1, :])}


def update(rule: Adafactor, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    """Step t of Adafactor on a whole tensor."""
    w, floor = t**rule.beta2_decay, rule.epsilon1_position == "floor"
    epsilon1 = float(np.finfo(theta.dtype).eps) if rule.epsilon1 is None else rule.epsilon1
    scale = max(rms(theta), rule.epsilon2) if rule.scale_parameter else 1.0
    if rule.decay_place == "within":
        decouple(rule, rate, theta)
    s = g * g if floor else g * g + epsilon1
    if "v" in state:
        v = state["v"]
        v[...] = (1 - w) * v + w * s
    else:
        r, c = state["r"], state["c"]
        r[...] = (1 - w) * r + w * s.mean(axis=-1, keepdims=True)
        c[...] = (1 - w) * c + w * s.mean(axis=-2, keepdims=True)
        mean = r.mean(axis=-2, keepdims=True)
        # r c of tiny gradients is 0 in float32
        v = r * c / np.maximum(mean, epsilon1) if floor else flushed(flushed(r / mean) * c)
    if floor:
        v = np.maximum(v, epsilon1 * epsilon1)
    d = g / np.sqrt(v)
    alpha = scale * (min(rate, t**-0.5) if rule.relative_step else rate)
    theta -= alpha / max(rms(d) / rule.clip_threshold, 1.0) * d


def flushed(x: Array) -> Array:
    """The numbers (0 or above), and 0 for those that have not all their digits: so TensorFlow has them, and Keras."""
    return np.where(x < np.finfo(x.dtype).tiny, 0.0, x)


def rms(x: Array) -> float:
    """The root mean square of all elements."""
    return float(np.sqrt((x * x).mean()))
