"""How far apart rounding puts two optimizers of one rule that are led by the same gradients."""

from collections.abc import Mapping, Sequence

from comparisons import frameworks
from comparisons.frameworks.call import NativeCall
from comparisons.names import Dtype
from comparisons.rules import Ftrl, Muon, Rule, base_rate

TASK = "the task"  # where gaps are by what leads: beside the names of the probes
EPSILON: Mapping[Dtype, float] = {"float32": 2.0**-23, "float64": 2.0**-52}
# A step rounds some ten times, and some hundred of them go to one side at most: 29 epsilons were measured on the probes
# and 200 steps of a task, over all pairs of exact calls of tests/test_port_probes.py.
ROUNDING: Mapping[Dtype, float] = {dtype: 64 * epsilon for dtype, epsilon in EPSILON.items()}
# Ftrl's parameters are z / q, a thousand times smaller than the terms of z: differences of nearly equal powers.
FTRL = 100

# Muon's steps in bfloat16: a sum in another order is now and then the next bfloat16, 1 / 256 on, of which the steps
# make some hundredths of the learning rate at most; 2e-2 of it was measured (tests/test_muon.py).
BFLOAT16 = 0.05


def in_bfloat16(rule: Rule) -> bool:
    """Whether products are rounded to bfloat16, also where the parameters are float64."""
    return isinstance(rule, Muon) and rule.iteration_dtype == "bfloat16"


def tolerance(dtype: Dtype, rule: Rule, optimizers: Sequence[NativeCall | Rule]) -> float:
    """The largest gap that rounding makes, relative to the largest parameter.

    Keras takes 1 - beta^t with beta in the dtype, a quarter of an epsilon off at most: 1 / (1 - beta) times that of
    the result, and half of it goes on to the root. In float64 a constant of a class may be float32's.
    """
    decay = max(getattr(rule, field, 0.0) for field in ("beta1", "beta2", "rho"))
    rounding = max(ROUNDING[dtype], EPSILON[dtype] / (4 * (1 - decay)) if decay < 1 else 0.0)
    if in_bfloat16(rule):
        return max(rounding, BFLOAT16 * base_rate(rule.learning_rate))
    if isinstance(rule, Ftrl):
        rounding *= FTRL
    return max(rounding, *(_constant(one, dtype) for one in optimizers))


def _constant(optimizer: NativeCall | Rule, dtype: Dtype) -> float:
    """What a constant that goes through float32 makes of a class's float64."""
    if dtype != "float64" or not isinstance(optimizer, NativeCall):
        return 0.0
    return frameworks.of(optimizer.framework).classes_in(optimizer.module)[optimizer.name].float64_gap
