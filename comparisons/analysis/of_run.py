"""The explanations of a run: which intermediate rules are trained for them, and a table of what causes each gap."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd

from comparisons.analysis.attribution import Attribution, attribute, needed
from comparisons.analysis.factors import values
from comparisons.analysis.frame import KEY
from comparisons.analysis.parts import Subject
from comparisons.analysis.rounding import Runs
from comparisons.analysis.verdicts import FINER, RunsOf, left_over
from comparisons.analysis.work import IntermediateRules, ReferenceRuns, UnderRules, distinct
from comparisons.frameworks import rule_of
from comparisons.names import BadInput, Dtype
from comparisons.tasks.streams import Array
from comparisons.training.cells import Cell, Job, Key, Outcome, Panel
from comparisons.training.contract import History

NOT_EXPLAINED = ("identical", "rounding", "chaotic")  # verdicts that need no cause, or are one
COLUMNS = [
    *KEY,
    "framework",
    "source",
    "factor",
    "source_value",
    "framework_value",
    "final",
    "curve",
    "measured_final",
    "measured_curve",
]


def intermediate_rules(cells: Sequence[Cell], references: Mapping[Panel, str]) -> list[IntermediateRules]:
    """All rules between the rule of each cell and that of the reference, of each task and dtype."""
    rules: dict[tuple[str, Dtype], list[Subject]] = {}
    for source, target in _pairs(cells, references):
        rules.setdefault((source.task, source.dtype), []).extend(_between(source, target))
    return [IntermediateRules(task=task, dtype=dtype, rules=distinct(of)) for (task, dtype), of in rules.items() if of]


def reference_runs(cells: Sequence[Cell]) -> list[ReferenceRuns]:
    """The runs by which the gaps between cells are judged: of each task and dtype, and in float64, which sees more."""
    together: dict[Key, list[Cell]] = {}
    for cell in cells:
        together.setdefault(cell.key, []).append(cell)
    rules: dict[tuple[str, Dtype], list[Subject]] = {}
    for key, some in together.items():
        for dtype in dict.fromkeys((key.dtype, FINER)) if len(some) > 1 else ():
            rules.setdefault((key.task, dtype), []).extend(rule_of(cell.call) for cell in some)
    return [ReferenceRuns(task=task, dtype=dtype, rules=distinct(of)) for (task, dtype), of in rules.items()]


def runs_of(runs: Iterable[ReferenceRuns], outcomes: Mapping[Job, Outcome]) -> RunsOf:
    """What those runs found, by task, dtype and replica."""
    trained = {(one.task, one.dtype): (one, outcomes.get(one.job)) for one in runs}

    @cache
    def found(task: str, dtype: Dtype, replica: int) -> dict[Subject, Runs]:
        one, losses = trained.get((task, dtype), (None, None))
        return one.of_replica(losses, replica) if one is not None and isinstance(losses, np.ndarray) else {}

    return found


def beyond(needed: Iterable[IntermediateRules], trained: Iterable[UnderRules]) -> list[IntermediateRules]:
    """The rules that are needed and were not trained."""
    known = {(one.task, one.dtype, rule) for one in trained for rule in one.rules}
    left = [
        replace(one, rules=tuple(rule for rule in one.rules if (one.task, one.dtype, rule) not in known))
        for one in needed
    ]
    return [one for one in left if one.rules]


def explanations_frame(
    gaps: pd.DataFrame,
    cells: Sequence[Cell],
    intermediate: Iterable[IntermediateRules],
    runs: RunsOf,
    outcomes: Mapping[Job, Outcome],
    seeds: Sequence[int],
) -> pd.DataFrame:
    """A row for each factor of each gap that is no rounding, of the first seed, and one for what is left.

    That is rounding, or what the verdict calls it: underflow, unfaithful, unexplained.

    Columns: the key, framework, source (whose curve it is compared with); factor, and its value in the source and in
    the framework; final, curve: what it makes of the gap, in decades, as `measures.Measure` has it; measured_final,
    measured_curve: the gap itself, which the rows of a gap add up to.

    A gap is left out where a training that it takes has failed.

    Args:
        gaps: with verdicts, a row for each cell and seed.
        intermediate: the rules that lie between those of cells and are none of theirs.
        runs: what `runs_of` found of those of the cells.
    """
    by_key = {(cell.key, cell.framework): cell for cell in cells}
    between: dict[tuple[str, Dtype], dict[Subject, Array]] = {}
    for one in intermediate:
        between.setdefault((one.task, one.dtype), {}).update(_curves(one, outcomes))
    rows: list[dict[str, object]] = []
    wanted = gaps["verdict"].notna() & ~gaps["verdict"].isin(NOT_EXPLAINED) & (gaps["seed"] == seeds[0])
    for gap in gaps[wanted].to_dict("records"):
        key = Key(*(gap[name] for name in KEY))
        pair = by_key[key, gap["source"]], by_key[key, gap["framework"]]
        of_cells = {rule: some.itself for rule, some in runs(key.task, key.dtype, 0).items()}
        found = _attributed(pair, of_cells | between.get((key.task, key.dtype), {}), outcomes)
        place = {**key._asdict(), "framework": gap["framework"], "source": gap["source"]}
        rows += [place | row for row in _rows(found, left_over(gap["verdict"]))] if found else []
    return pd.DataFrame(rows, columns=COLUMNS)


def _pairs(cells: Sequence[Cell], references: Mapping[Panel, str]) -> Iterator[tuple[Cell, Cell]]:
    """Each cell, preceded by the cell of the reference that has the same key, if there is one."""
    by_key = {(cell.key, cell.framework): cell for cell in cells}
    for cell in cells:
        source = by_key.get((cell.key, references[cell.key.panel]))
        if source is not None and source is not cell:
            yield source, cell


def _between(source: Cell, target: Cell) -> list[Subject]:
    """The rules between those of two cells; none where there are too many."""
    try:
        return needed(rule_of(source.call), rule_of(target.call))
    except BadInput:
        return []


def _curves(intermediate: IntermediateRules, outcomes: Mapping[Job, Outcome]) -> dict[Subject, Array]:
    losses = outcomes.get(intermediate.job)
    return dict(zip(intermediate.rules, losses, strict=True)) if isinstance(losses, np.ndarray) else {}


def _attributed(
    pair: tuple[Cell, Cell], trained: Mapping[Subject, Array], outcomes: Mapping[Job, Outcome]
) -> Attribution | None:
    """The gap between two cells, taken apart; None if something that it takes was not trained."""
    one, other = (outcomes.get(cell.job) for cell in pair)
    rules = rule_of(pair[0].call), rule_of(pair[1].call)
    if not isinstance(one, History) or not isinstance(other, History):
        return None
    try:
        return attribute(rules, (one.losses[0], other.losses[0]), trained, pair[0].dtype)
    except (KeyError, BadInput):
        return None


def _rows(found: Attribution, left: str) -> Iterator[dict[str, object]]:
    """The rows of one gap, but for its key; `left` is what the factors leave over."""
    gap = {"measured_final": found.measured.final, "measured_curve": found.measured.curve}
    for factor, made in zip(found.factors, found.contributions, strict=True):
        ends = {"source_value": values(factor.source), "framework_value": values(factor.target)}
        yield {"factor": factor.name, **ends, **made._asdict(), **gap}
    yield {"factor": left, "source_value": "", "framework_value": "", **found.rounding._asdict(), **gap}
