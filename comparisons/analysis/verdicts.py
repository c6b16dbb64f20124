"""What a gap is: nothing, rounding, other numbers, another rule, or a run that exploded."""

import math
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Literal

import pandas as pd

from comparisons.analysis.frame import KEY
from comparisons.analysis.gaps import ROUNDING_EPSILONS
from comparisons.rules import Rule
from comparisons.rules.ranges import RANGES
from comparisons.training.cells import Key

Verdict = Literal["identical", "rounding", "rule", "numbers", "diverged"]

EPSILON = {"float32": 2.0**-23, "float64": 2.0**-52}
# Where training amplifies rounding, the gap of float64 is no longer a few machine epsilons; but it was amplified by the
# same factor as the gap of float32, until that has nothing left to grow to. So from float32 to float64 rounding shrinks
# by the ratio of the epsilons, 2e-9, times what float32 lost by that: up to a thousand.
SHRINKS = 1000 * EPSILON["float64"] / EPSILON["float32"]


def with_verdicts(gaps: pd.DataFrame, rules: Mapping[tuple[Key, str], Rule]) -> pd.DataFrame:
    """The gaps with a column `verdict`, decided by running both dtypes; none where there is no gap to judge.

    Args:
        gaps: as `gaps.gaps_frame` makes it, with both dtypes of each curve.
        rules: key and framework to the rule that was run.
    """
    curve = ["task", "optimizer", "level", "seed", "framework"]
    wide = gaps.set_index([*curve, "dtype"])["max_scaled_gap"].unstack("dtype").reindex(columns=list(EPSILON))
    both = gaps[curve].join(wide, on=curve)
    rows = zip(gaps.to_dict("records"), both["float32"], both["float64"], strict=True)
    return gaps.assign(verdict=pd.Series([_judged(row, gap32, gap64, rules) for row, gap32, gap64 in rows], dtype=str))


def _judged(
    row: Mapping[Any, Any], gap32: float, gap64: float, rules: Mapping[tuple[Key, str], Rule]
) -> Verdict | None:
    match row["status"]:
        case "failed" | "source-failed":
            return None
        case "diverged" | "source-diverged":
            return "diverged"
        case _:
            key = Key(*(row[name] for name in KEY))
            one, other = (rules[key, row[side]] for side in ("framework", "source"))
            return verdict_of(gap32, gap64, key.dtype, one, other)


def verdict_of(gap32: float, gap64: float, dtype: str, one: Rule, other: Rule) -> Verdict | None:
    """The verdict on a gap in `dtype` between finite runs of two rules; None where it takes both dtypes and one is not.

    Args:
        gap32, gap64: max |a - b| over the curve's largest magnitude in float32 and in float64; NaN if there is none.
        one, other: the rules that were run.
    """
    gap = gap32 if dtype == "float32" else gap64
    if gap == 0:
        return "identical"
    if one != other and None in (*_numbers(one).values(), *_numbers(other).values()):
        # Adafactor's epsilon1, where it is the machine's: it shrinks with the dtype as rounding does, so the other
        # dtype tells nothing.
        rounding = gap <= ROUNDING_EPSILONS * EPSILON[dtype]
    else:
        rounding = gap64 <= ROUNDING_EPSILONS * EPSILON["float64"] or gap64 <= SHRINKS * gap32
    if rounding:
        return "rounding"
    if math.isnan(gap32) or math.isnan(gap64):
        return None
    return "numbers" if _numbers(one) != _numbers(other) else "rule"


def _numbers(rule: Rule) -> dict[str, object]:
    """The hyperparameters, as they were given."""
    return {field.name: getattr(rule, field.name) for field in fields(rule) if field.name in RANGES}
