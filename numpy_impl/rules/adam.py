"""Adam; the equations are at comparisons.rules.Adam."""

from dataclasses import replace
from typing import assert_never

import numpy as np

from comparisons.rules import Adam
from comparisons.tasks.streams import Array
from numpy_impl.rules import State


def start(rule: Adam, theta: Array) -> State:
    """The running means of gradients and of squared gradients; with amsgrad, the largest of the latter."""
    return {symbol: np.zeros_like(theta) for symbol in ("mvw" if rule.amsgrad else "mv")}


def update(rule: Adam, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    """Step t of Adam."""
    if rule.lazy:
        before = {symbol: array.copy() for symbol, array in (state | {"theta": theta}).items()}
        update(replace(rule, lazy=False), t, rate, theta, g, state)
        for symbol, array in (state | {"theta": theta}).items():
            array[...] = np.where(touched(g), array, before[symbol])
        return
    m, v = state["m"], state["v"]
    m[...] = rule.beta1 * m + (1 - rule.beta1) * g
    v[...] = rule.beta2 * v + (1 - rule.beta2) * (g * g)
    if rule.amsgrad:
        w = state["w"]
        w[...] = np.maximum(w, v)
        v = w
    c1, c2 = corrections(rule, t)
    if rule.root_epsilon:
        v = v + rule.root_epsilon * c2
    if rule.nesterov:  # times c1
        m = rule.beta1 * c1 / (1 - rule.beta1 ** (t + 1)) * m + (1 - rule.beta1) * g
    match rule.epsilon_position:
        case "corrected-root":  # sqrt(v / c2) + epsilon, times sqrt(c2)
            epsilon = rule.epsilon * c2**0.5
        case "uncorrected-root":
            epsilon = rule.epsilon
        case _:
            assert_never(rule.epsilon_position)
    theta -= rate * (c2**0.5 / c1) * m / (np.sqrt(v) + epsilon)


def touched(g: Array) -> Array:
    """Whether a row has a gradient."""
    found: Array = np.any(g != 0, axis=-1, keepdims=True) if g.ndim > 1 else g != 0
    return found


def corrections(rule: Adam, t: int) -> tuple[float, float]:
    """What the two means are divided by, as they start at 0."""
    return (1 - rule.beta1**t, 1 - rule.beta2**t) if rule.bias_correction else (1.0, 1.0)
