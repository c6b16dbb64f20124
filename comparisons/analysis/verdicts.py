"""What a gap is, told by runs of the NumPy reference under the two rules: as they are, and moved a little.

docs/verdicts.md defines each verdict.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal

import numpy as np
import pandas as pd

from comparisons.analysis.frame import KEY
from comparisons.analysis.gaps import ROUNDING_EPSILONS, absolute_gap
from comparisons.analysis.parts import Subject
from comparisons.analysis.rounding import Runs, doubling_steps, leaves
from comparisons.frameworks import rule_of
from comparisons.names import Dtype, Level
from comparisons.rules.canonical_training import canonical_of
from comparisons.rules.ranges import RANGES
from comparisons.rules.training import Training
from comparisons.tasks.streams import Array
from comparisons.training.cells import Cell, Job, Key, Outcome
from comparisons.training.contract import History

Verdict = Literal[
    "identical",  # no gap
    "rounding",
    "chaotic",
    "underflow",
    "numbers",
    "rule",
    "diverged",
    "unfaithful",
    "unexplained",
]

ROUNDING = "rounding"
BEYOND = ("underflow", "unfaithful", "unexplained")  # what neither the rules nor rounding makes
FINER: Dtype = "float64"  # sees differences of rules that the rounding of float32 hides
# A task, a dtype and a replica to the runs of the NumPy reference, by canonical rule; none that were not trained.
RunsOf = Callable[[str, Dtype, int], Mapping[Subject, Runs]]


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """A verdict, and what it rests on.

    Args:
        first_gap_step: the first step at which the curves are further apart than rounding may take them; -1 if none.
        rounding_gap: how far apart rounding may take them at most. formula_gap: how far apart the curves of the NumPy
            reference under the two rules are at most; 0 for one rule. Both in units of the source's largest loss.
        doubling_steps: in how many steps errors double, where that is what makes the gap; else NaN.
        astray: who does what the verdict says, where it is none of the rules' and not rounding's; else "".
    """

    verdict: Verdict
    first_gap_step: int
    rounding_gap: float
    formula_gap: float
    doubling_steps: float = np.nan
    astray: str = ""


@dataclass(frozen=True, kw_only=True)
class Side:
    """One of two curves.

    Args:
        name: whose it is.
        curve: (steps,). rule: in canonical form. runs: of the NumPy reference under it.
        unfaithful: whether the framework is known not to follow the rule.
    """

    name: str
    curve: Array
    rule: Subject
    runs: Runs
    unfaithful: bool = False

    @property
    def strays(self) -> bool:
        """Whether the curve is not the one of its rule, rounding aside."""
        return leaves(self.curve, self.runs.itself, self.runs.reach) >= 0

    @property
    def distance(self) -> float:
        """The largest gap to that curve."""
        return float(np.max(absolute_gap(self.curve, self.runs.itself), initial=0))


def judge(source: Side, target: Side, level: Level, *, felt: bool = False) -> Judgement:
    """The judgement on the gap between two curves.

    Args:
        felt: whether the difference of the rules is felt in float64, which sees what rounding hides in float32.
    """
    bound = source.runs.reach + target.runs.reach
    step = leaves(target.curve, source.curve, bound)
    largest = np.max(np.abs(source.curve), where=np.isfinite(source.curve) & np.isfinite(target.curve), initial=0)
    scale = float(largest) or 1.0
    formula = 0.0
    if source.rule != target.rule:
        formula = float(np.nanmax(absolute_gap(target.runs.itself, source.runs.itself), initial=0)) / scale
        felt = felt or differ(source.runs, target.runs)
    else:
        felt = False
    with np.errstate(over="ignore"):
        rounding = float(bound.max() / scale)
    verdict, astray = _verdict((source, target), level, step, formula * scale if felt else None)
    return Judgement(
        verdict=verdict,
        first_gap_step=step,
        rounding_gap=rounding,
        formula_gap=formula,
        doubling_steps=doubling_steps(source.runs) or np.nan if verdict == "chaotic" else np.nan,
        astray=" and ".join(side.name for side in astray),
    )


def with_judgements(
    gaps: pd.DataFrame,
    cells: Sequence[Cell],
    outcomes: Mapping[Job, Outcome],
    seeds: Sequence[int],
    runs_of: RunsOf,
    unfaithful: Callable[[Cell], bool],
) -> pd.DataFrame:
    """The gaps with the columns of a `Judgement`; nothing in them where there is no gap, or nothing to judge it by.

    Args:
        gaps: as `gaps.gaps_frame` makes it.
        unfaithful: whether the framework of a cell is known not to follow the rule of the call.
    """
    by_key = {(cell.key, cell.framework): cell for cell in cells}
    rules: dict[str, Subject] = {}  # in canonical form, by the code of their calls: dtypes and levels share them

    def side(key: Key, framework: str, replica: int, runs: Mapping[Subject, Runs]) -> Side | None:
        cell = by_key[key, framework]
        job = cell.job
        if job.code not in rules:
            rules[job.code] = canonical_of(rule_of(cell.call))
        rule, outcome = rules[job.code], outcomes.get(job)
        if not isinstance(outcome, History) or rule not in runs:
            return None
        curve, of_rule = outcome.losses[replica], runs[rule]
        return Side(name=framework, curve=curve, rule=rule, runs=of_rule, unfaithful=unfaithful(cell))

    def judged(gap: Mapping[Any, Any]) -> Judgement | None:
        key, replica = Key(*(gap[name] for name in KEY)), seeds.index(gap["seed"])
        runs, finer = runs_of(key.task, key.dtype, replica), runs_of(key.task, FINER, replica)
        source, target = (side(key, gap[name], replica, runs) for name in ("source", "framework"))
        if source is None or target is None:
            return None
        pair = source.rule, target.rule
        felt = all(rule in finer for rule in pair) and differ(*(finer[rule] for rule in pair))
        return judge(source, target, key.level, felt=felt)

    found = [judged(gap) for gap in gaps.to_dict("records")]
    missing: dict[str, object] = {"verdict": None, "first_gap_step": -1, "astray": ""}
    for name in (column.name for column in fields(Judgement)):
        values = [missing.get(name, np.nan) if one is None else getattr(one, name) for one in found]
        gaps = gaps.assign(**{name: pd.Series(values, dtype=str if name in ("verdict", "astray") else None)})
    return gaps


def left_over(verdict: Verdict) -> str:
    """What the difference of the rules leaves over of a gap: rounding, or what the verdict calls it."""
    return verdict if verdict in BEYOND else ROUNDING


def differ(one: Runs, other: Runs) -> bool:
    """Whether the reference under two rules takes two ways, rounding aside."""
    return leaves(one.itself, other.itself, np.maximum(one.bound, other.bound)) >= 0


def _verdict(
    sides: tuple[Side, Side], level: Level, step: int, formula: float | None
) -> tuple[Verdict, Sequence[Side]]:
    """The verdict, and the sides that make it, if neither the rules nor rounding do.

    Args:
        step: the first at which the gap is more than rounding, or -1.
        formula: the largest gap of the reference under the two rules, where it is felt; else None.
    """
    source, target = sides
    if np.array_equal(source.curve, target.curve, equal_nan=True) and np.isfinite(source.curve).all():
        return "identical", ()
    if unfaithful := [side for side in sides if side.unfaithful]:
        return "unfaithful", unfaithful
    if not all(np.isfinite(side.curve).all() for side in sides):
        return "diverged", ()
    astray = [side for side in sides if side.strays] if step >= 0 else []
    if unexplained := [side for side in astray if not side.runs.underflows]:
        return "unexplained", unexplained
    if astray and max(side.distance for side in astray) >= (formula or 0.0):
        return "underflow", astray
    if formula is not None or step >= 0:
        other_numbers = level == "as-written" and _numbers(source.rule) != _numbers(target.rule)
        return ("numbers" if other_numbers else "rule"), ()
    return ("chaotic" if _amplified(sides) and doubling_steps(source.runs) else "rounding"), ()


def _amplified(sides: tuple[Side, Side]) -> bool:
    """Whether the gap is more than rounding makes where training makes no more of it."""
    source, target = (side.curve for side in sides)
    epsilons = ROUNDING_EPSILONS * float(np.finfo(source.dtype).eps)
    return bool(np.max(absolute_gap(target, source)) > epsilons * np.abs(source).max())


def _numbers(rule: Subject) -> object:
    """The hyperparameters, as they were given."""
    if isinstance(rule, Training):
        return [_numbers(group.optimizer) for group in rule.groups]
    return {field.name: getattr(rule, field.name) for field in fields(rule) if field.name in RANGES}
