"""Schedule-Free SGD; the equations are at comparisons.rules.ScheduleFreeSGD."""

from comparisons.rules import ScheduleFreeAdamW, ScheduleFreeSGD
from comparisons.tasks.streams import Array
from numpy_impl.rules import Scalars, State

SCALARS: Scalars = {"W": 0.0, "L": 0.0}


def start(rule: ScheduleFreeSGD, theta: Array) -> State:
    """The iterate that is averaged."""
    return {"z": theta.copy()}


def update(rule: ScheduleFreeSGD, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    """Step t of Schedule-Free SGD."""
    z, rate = state["z"], warmed(rule, t, rate)
    c = weight(rule, t, rate, state)
    theta[...] = (1 - c) * theta + c * z - rate * (1 - rule.momentum * (1 - c)) * g
    z -= rate * g


def advance(rule: ScheduleFreeSGD, t: int, rate: float, scalars: Scalars) -> Scalars:
    """The sum of the weights, and the largest rate."""
    return sums(rule, t, warmed(rule, t, rate), scalars)[1]


def warmed(rule: ScheduleFreeSGD | ScheduleFreeAdamW, t: int, rate: float) -> float:
    """The rate, which rises to its own."""
    return rate * min(t / rule.warmup_steps, 1.0) if rule.warmup_steps else rate


def weight(rule: ScheduleFreeSGD | ScheduleFreeAdamW, t: int, rate: float, scalars: State) -> float:
    """What the newest iterate weighs in the average."""
    w, after = sums(rule, t, rate, scalars)
    return w / after["W"] if after["W"] else 0.0


def sums(rule: ScheduleFreeSGD | ScheduleFreeAdamW, t: int, rate: float, scalars: State) -> tuple[float, Scalars]:
    """The weight of this step, and the scalars with it."""
    largest = max(scalars["L"], rate)
    w = t**rule.step_power * largest**rule.rate_power
    return w, {"W": scalars["W"] + w, "L": largest}
