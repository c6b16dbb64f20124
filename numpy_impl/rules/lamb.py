"""LAMB; the equations are at comparisons.rules.Lamb."""

import numpy as np

from comparisons.rules import Lamb
from comparisons.tasks.streams import Array
from numpy_impl.rules import State


def start(rule: Lamb, theta: Array) -> State:
    """The running means of gradients and of squared gradients."""
    return {"m": np.zeros_like(theta), "v": np.zeros_like(theta)}


def update(rule: Lamb, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    """Step t of LAMB on a whole tensor."""
    m, v = state["m"], state["v"]
    m[...] = rule.beta1 * m + (1 - rule.beta1) * g
    v[...] = rule.beta2 * v + (1 - rule.beta2) * (g * g)
    c1, c2 = (1 - rule.beta1**t, 1 - rule.beta2**t) if rule.bias_correction else (1.0, 1.0)
    d = m / c1 / (np.sqrt(v / c2) + rule.epsilon)
    if rule.decay_in_step and rule.weight_decay_coupling != "coupled":
        d += rule.weight_decay * theta
    ours, step = float(np.sqrt((theta * theta).sum())), float(np.sqrt((d * d).sum()))
    theta -= (ours / step if ours > 0 and step > 0 else 1.0) * rate * d
