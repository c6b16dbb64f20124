"""What a gap is: nothing, rounding, other numbers, another rule, or a run that exploded."""

from dataclasses import fields
from typing import Literal

from comparisons.ranges import RANGES
from comparisons.rules import Rule

Verdict = Literal["identical", "rounding", "rule", "numbers", "diverged"]

EPSILON = {"float32": 2.0**-23, "float64": 2.0**-52}
# Curves of one rule, run by two frameworks, were measured to stay below 40 machine epsilons of their scale where
# training is not chaotic.
ROUNDING_EPSILONS = 64
# Where it is, rounding grows over the steps, but by the same factor in both dtypes, until the curves have nothing in
# common any more. So rounding shrinks by the ratio of the epsilons, 2e-9, from float32 to float64, times what float32
# lost by that: up to a thousand.
SHRINKS = 1000 * EPSILON["float64"] / EPSILON["float32"]


def verdict_of(gap32: float, gap64: float, dtype: str, one: Rule, other: Rule) -> Verdict:
    """The verdict on a gap in `dtype` between runs of two rules, both finite.

    Args:
        gap32, gap64: max |a - b| over the curve's largest magnitude in float32 and in float64, NaN if not run.
        one, other: the rules that were run.
    """
    gap = gap32 if dtype == "float32" else gap64
    if gap == 0:
        return "identical"
    if gap64 <= ROUNDING_EPSILONS * EPSILON["float64"] or gap64 <= SHRINKS * gap32:
        return "rounding"
    return "numbers" if _numbers(one) != _numbers(other) else "rule"


def _numbers(rule: Rule) -> dict[str, object]:
    """The hyperparameters, as they were given."""
    return {field.name: getattr(rule, field.name) for field in fields(rule) if field.name in RANGES}
