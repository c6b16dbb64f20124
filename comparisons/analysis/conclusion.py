"""What a comparison comes to, in a few sentences: made from its gaps and their explanations, and from nothing else."""

import shlex
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple, cast

import numpy as np
import pandas as pd

from comparisons.analysis.causes import QUIET, cause_of, leading, of_dtype, said
from comparisons.analysis.frame import grouped, rows_of
from comparisons.analysis.gaps import ROUNDING_EPSILONS, largest_gap
from comparisons.analysis.verdicts import BEYOND
from comparisons.frameworks import FRAMEWORKS
from comparisons.frameworks.column import column
from comparisons.names import LEVELS, Dtype, Level
from comparisons.tasks import TASKS
from comparisons.training.cells import Cell, Job, Key, Outcome
from comparisons.training.contract import History

MOST = 3  # optimizers that are named where not all are; of the others it is said how many there are
SAID: dict[Level, str] = {
    "as-written": "as written",
    "same-numbers": "with the same numbers",
    "same-rule": "under the same rule",
}
Joined = Callable[[Sequence[str]], str]  # words as a list in a sentence
BETWEEN = ("torch", "tf")  # what `triptych explain` compares if it is not told


class Difference(NamedTuple):
    """An optimizer that is another in a framework than in the source, and the task that shows it most.

    Args:
        words: what makes it, with both values. cause: the same without them.
        size: of the gap over the whole curve, in decades; 0 where it could not be taken apart.
    """

    level: Level
    optimizer: str
    task: str
    source: str
    framework: str
    words: str
    cause: str
    size: float

    @property
    def because(self) -> str:
        """What makes it: where numbers may be the cause, with these."""
        return self.words if self.level == LEVELS[0] else self.cause


def conclusion(
    gaps: pd.DataFrame,
    explanations: pd.DataFrame,
    cells: Sequence[Cell],
    outcomes: Mapping[Job, Outcome],
    reference: str,
    *,
    everything: bool,
) -> list[str]:
    """Who differs from whom, in what and by which numbers; what equals the book's code; and the command to go on with.

    Args:
        gaps, explanations: as a comparison has them. cells, outcomes: what was asked for, and what came of it.
        reference: whose curve the others are compared with, of the comparison as a whole.
        everything: name every optimizer, not the first alone.
    """
    joined = _joined if everything else _shortened
    found = differences(gaps, explanations)
    judged = gaps[gaps["verdict"].notna()]
    return [*_differing(judged, found, reference, joined), *_the_book(cells, outcomes, joined), *_next(found)]


def differences(gaps: pd.DataFrame, explanations: pd.DataFrame) -> list[Difference]:
    """A difference for each level, framework and optimizer with a gap that the rules make, or nobody knows what."""
    place = ["level", "framework", "source", "optimizer"]
    causes = grouped(rows_of(explanations), [*place, "task"])
    found = []
    for names, rows in grouped(rows_of(gaps[_differ(gaps)]), place).items():
        level, framework, source, optimizer = cast(tuple[Level, str, str, str], names)
        of_task = []
        for (task,), some in grouped(rows, ["task"]).items():
            made = causes.get((*names, task), [])
            size = max((abs(row["measured_curve"]) for row in made), default=0.0)
            verdict = " and ".join(dict.fromkeys(gap["verdict"] for gap in some))
            words = cause_of(some, made) or verdict
            row = leading(of_dtype(made, made[-1]["dtype"])) if made else None
            cause = words if row is None else said(row["factor"])
            of_task.append(Difference(level, optimizer, task, source, framework, words, cause, size))
        found.append(max(of_task, key=lambda one: one.size))
    return sorted(found, key=lambda one: (one.cause not in BEYOND, -one.size))


def _differ(gaps: pd.DataFrame) -> "pd.Series[bool]":
    """Of which gaps something else than rounding makes a part; two curves of one rule that both diverge are none."""
    alike = gaps["formula_gap"] == 0
    both = ~np.isfinite(gaps["final_loss"].astype(float)) & ~np.isfinite(gaps["source_final_loss"].astype(float))
    same = gaps["verdict"].isin((*QUIET, "chaotic")) | ((gaps["verdict"] == "diverged") & alike & both)
    return gaps["verdict"].notna() & ~same


def _differing(gaps: pd.DataFrame, found: Sequence[Difference], reference: str, joined: Joined) -> Iterator[str]:
    """A sentence for each framework and source."""
    for names, rows in gaps.groupby(["framework", "source"], sort=False):
        framework, source = cast(tuple[str, str], names)
        ours = [one for one in found if (one.framework, one.source) == (framework, source)]
        levels = [level for level in LEVELS if level in set(rows["level"])]
        parts = [(level, [one for one in ours if one.level == level]) for level in levels]
        made = {level: joined([f"{one.optimizer} ({one.because})" for one in some]) for level, some in parts if some}
        named = [f"{SAID[level]} in {words}" for level, words in made.items()]
        quiet = [SAID[level] for level, some in parts if not some]
        who, other = column(framework).name, column(source).name
        if named:
            equal = f"; {' and '.join(quiet)} only rounding is left" if quiet else ""
            yield f"{who} differs from {other} {'; '.join(named)}{equal}."
        elif quiet and source == reference:
            yield f"{who} equals {other} {' and '.join(quiet)}, rounding aside."


def _joined(words: Sequence[str]) -> str:
    """A, B and C."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def _shortened(words: Sequence[str]) -> str:
    """A, B and C; of more than one beyond MOST, how many there are."""
    return _joined([*words[:MOST], f"{len(words) - MOST} more"] if len(words) > MOST + 1 else words)


def _the_book(cells: Sequence[Cell], outcomes: Mapping[Job, Outcome], joined: Joined) -> Iterator[str]:
    """Which optimizers of the frameworks, as they are written, equal those of the book's code, and how nearly."""
    dtype: Dtype = "float64" if any(cell.dtype == "float64" for cell in cells) else "float32"
    curves: dict[Key, dict[str, History]] = {}
    for cell in cells:
        outcome = outcomes.get(cell.job)
        if cell.level == "as-written" and cell.dtype == dtype and isinstance(outcome, History):
            curves.setdefault(cell.key, {})[cell.framework] = outcome
    names = list(dict.fromkeys(cell.framework for cell in cells))
    for book in (name for name in names if column(name).is_the_book and len(names) > 1):
        equal = {name: _equal(curves, name, book, dtype) for name in names if name != book}
        shared = Counter(optimizer for gaps in equal.values() for optimizer in gaps)
        nearly = [  # what it alone has, first
            _equals(name, dict(sorted(gaps.items(), key=lambda pair: shared[pair[0]])), joined)
            for name, gaps in equal.items()
            if gaps
        ]
        name = column(book).name
        yield f"{name} is the book's code" + (f": {'; '.join(nearly)} in {dtype}." if nearly else ".")


def _equal(curves: Mapping[Key, Mapping[str, History]], framework: str, book: str, dtype: Dtype) -> dict[str, float]:
    """The optimizers whose curves are those of the book's code on every task, but for rounding, and the largest gap."""
    gaps: dict[str, float] = {}
    for key, of in curves.items():
        if framework in of and book in of:
            pairs = zip(of[framework].losses, of[book].losses, strict=True)
            gap = max(largest_gap(one, other) if np.isfinite(other).all() else np.inf for one, other in pairs)
            gaps[key.optimizer] = max(gap, gaps.get(key.optimizer, 0.0))
    return {name: gap for name, gap in gaps.items() if gap <= ROUNDING_EPSILONS * np.finfo(dtype).eps}


def _equals(framework: str, gaps: Mapping[str, float], joined: Joined) -> str:
    nearly = f"to {max(gaps.values()):.1e}" if max(gaps.values()) else "to the last bit"
    return f"{column(framework).name}'s {joined([*gaps])} {'equals' if len(gaps) == 1 else 'equal'} it {nearly}"


def _next(found: Sequence[Difference]) -> Iterator[str]:
    """The command that takes the largest gap apart that `explain` can: of a shipped task, on the CPU."""
    for one in found:
        pair = one.source, one.framework
        if one.level != "same-rule" and one.task in TASKS and all(name in FRAMEWORKS for name in pair):
            words = ["triptych", "explain", one.task, one.optimizer]
            words += ["--level", one.level] if one.level != "as-written" else []
            words += ["--between", *pair] if pair != BETWEEN else []
            yield f"Next: {shlex.join(words)}"
            return
