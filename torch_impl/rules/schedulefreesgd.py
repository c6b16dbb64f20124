"""Schedule-Free SGD; the equations are at comparisons.rules.ScheduleFreeSGD."""

from torch import Tensor

from comparisons.rules import ScheduleFreeAdamW, ScheduleFreeSGD
from torch_impl.rules import State
from torch_impl.tensors import Scalar, Tensors, maximum, minimum, number, where

SCALARS = {"W": 0.0, "L": 0.0}
TINY = 1e-37  # of a sum of weights: less than any, and a number in float32


def start(rule: ScheduleFreeSGD, theta: Tensor) -> dict[str, Tensor]:
    """The iterate that is averaged."""
    return {"z": theta.detach().clone()}


def update(rule: ScheduleFreeSGD, t: Scalar, rate: Scalar, theta: Tensors, g: Tensors, state: State) -> None:
    """Step t of Schedule-Free SGD."""
    z, rate = state["z"], warmed(rule, t, rate)
    c = weight(rule, t, rate, state)
    theta.lerp_(z, c).sub_(g, alpha=rate * (1 - rule.momentum * (1 - c)))
    z.sub_(g, alpha=rate)


def advance(rule: ScheduleFreeSGD, t: Scalar, rate: Scalar, scalars: State) -> dict[str, Scalar]:
    """The sum of the weights, and the largest rate."""
    return sums(rule, t, warmed(rule, t, rate), scalars)[1]


def warmed(rule: ScheduleFreeSGD | ScheduleFreeAdamW, t: Scalar, rate: Scalar) -> Scalar:
    """The rate, which rises to its own."""
    return rate * minimum(t / rule.warmup_steps, 1.0) if rule.warmup_steps else rate


def weight(rule: ScheduleFreeSGD | ScheduleFreeAdamW, t: Scalar, rate: Scalar, scalars: State) -> Scalar:
    """What the newest iterate weighs in the average."""
    w, after = sums(rule, t, rate, scalars)
    c: Scalar = w / maximum(after["W"], TINY)
    return c


def sums(
    rule: ScheduleFreeSGD | ScheduleFreeAdamW, t: Scalar, rate: Scalar, scalars: State
) -> tuple[Scalar, dict[str, Scalar]]:
    """The weight of this step, and the scalars with it."""
    before, total = (number(scalars[symbol]) for symbol in ("L", "W"))
    largest = where(before > rate, before, rate)
    w = t**rule.step_power * largest**rule.rate_power
    return w, {"W": total + w, "L": largest}
