"""Schedule-Free AdamW; the equations are at comparisons.rules.ScheduleFreeAdamW."""

import numpy as np

from comparisons.rules import ScheduleFreeAdamW
from comparisons.tasks.streams import Array
from numpy_impl.rules import Scalars, State
from numpy_impl.rules.schedulefreesgd import sums, warmed, weight

SCALARS: Scalars = {"W": 0.0, "L": 0.0}


def start(rule: ScheduleFreeAdamW, theta: Array) -> State:
    """The iterate that is averaged, and the running mean of squared gradients."""
    return {"z": theta.copy(), "v": np.zeros_like(theta)}


def update(rule: ScheduleFreeAdamW, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    """Step t of Schedule-Free AdamW."""
    z, v, rate = state["z"], state["v"], warmed(rule, t, rate)
    v[...] = rule.beta2 * v + (1 - rule.beta2) * (g * g)
    d = g / (np.sqrt(v / (1 - rule.beta2**t)) + rule.epsilon)
    if rule.decay_in_step and rule.weight_decay_coupling != "coupled":
        d += rule.weight_decay * theta
    c = weight(rule, t, rate, state)
    if rule.aliased:
        z -= rate * d
        theta[...] = (1 - c) * theta + c * z
    else:
        theta[...] = (1 - c) * theta + c * z - rate * (1 - rule.beta1 * (1 - c)) * d
        z -= rate * d


def advance(rule: ScheduleFreeAdamW, t: int, rate: float, scalars: Scalars) -> Scalars:
    """The sum of the weights, and the largest rate."""
    return sums(rule, t, warmed(rule, t, rate), scalars)[1]
