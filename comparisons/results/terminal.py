"""What the terminal shows of a comparison: progress, and a table for each task."""

import json
import math
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from comparisons.analysis.causes import cause_of, is_quiet, leading, of_dtype
from comparisons.analysis.comparison import Comparison
from comparisons.analysis.frame import KEY, Row, grouped, rows_of
from comparisons.analysis.lessons import pointer
from comparisons.frameworks import FRAMEWORKS
from comparisons.frameworks.column import column
from comparisons.frameworks.installed import remedy
from comparisons.names import SCHEMA, Dtype, Level
from comparisons.results.layout import RULED, print_line, print_table, wide_console
from comparisons.tasks.spec import TaskSpec
from comparisons.training import runner
from comparisons.training.levels import runs

ABSENT, NO_CURVE = "–", "no curve"
GAP = 8  # letters


@contextmanager
def progress(*, quiet: bool) -> Iterator[runner.Progress]:
    """A bar for each framework on standard error, if that is a terminal."""
    console = Console(stderr=True)
    bars = Progress(
        TextColumn("{task.description:6}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        disable=quiet or not console.file.isatty(),
        transient=True,
    )
    lines = {}

    def show(counts: Mapping[str, tuple[int, int]]) -> None:
        for framework, (done, total) in counts.items():
            if framework not in lines:
                lines[framework] = bars.add_task(framework, total=total)
            bars.update(lines[framework], completed=done, total=total)

    with bars:
        yield show


def show(comparison: Comparison, *, everything: bool = False) -> None:
    """Print the tables and what their columns are; rows of which there is nothing to tell only if `everything` is."""
    console = wide_console()
    for task, table, quiet in tables(comparison, everything=everything):
        console.print(Text.assemble((task.name, "bold"), f": {task.title}; {task.steps} steps"))
        if table.row_count:
            print_table(console, table)
        for line in quiet:
            print_line(console, line)
    for line in legend(comparison, folded=not everything):
        print_line(console, line)


def conclude(comparison: Comparison, *, everything: bool = False) -> None:
    """Print what it comes to; every optimizer is named only if `everything` is."""
    console = wide_console()
    for line in comparison.conclusion(everything=everything):
        print_line(console, line)


def tables(comparison: Comparison, *, everything: bool = True) -> Iterator[tuple[TaskSpec, Table, list[str]]]:
    """For each task, a row for each level and optimizer: the last losses, and each gap with its cause.

    Without `everything`, the rows in which all gaps are rounding are left out, and named in lines of their own.
    """
    losses, gaps, causes = comparison.frame(), comparison.gaps(), comparison.explanations()
    for task in comparison.tasks:
        last = (losses["task"] == task.name) & (losses["step"] == task.steps - 1)
        frames = [losses[last], *(frame[frame["task"] == task.name] for frame in (gaps, causes))]
        panels = _panels(comparison, task, map(rows_of, frames))
        quiet = [] if everything else [place for place, panel in panels.items() if _is_quiet(panel)]
        yield task, _table(comparison, task, panels, quiet), _folded(task, quiet)


def legend(comparison: Comparison, *, folded: bool = False) -> Iterator[str]:
    """What the columns of the tables are, in a line each."""
    seeds, gaps = len(comparison.seeds), comparison.gaps()
    yield f"loss: at the last step, in {_dtypes(comparison)[-1]}" + (f", median of {seeds} seeds" if seeds > 1 else "")
    for name in comparison.frameworks:
        if column(name).is_the_book:
            yield f"{column(name).title}: {column(name).name}, the optimizers as papers and textbooks write them"
    if len(comparison.frameworks) > 1:
        reference = column(comparison.reference).name
        yield f"gap: largest to {reference}, in units of its largest loss; * is more than rounding"
        for name in dict.fromkeys(gaps["source"]):
            if name != comparison.reference:
                yield f"where {reference} has no curve, the gap is to that of {column(name).name}"
        if not is_quiet(rows_of(gaps[gaps["verdict"].notna()])):
            yield "under a gap: the field of the rule that makes most of it, or the gap's verdict"
        if more := pointer(_causes(comparison)):
            yield f"causes shown by themselves: {more}"
    recipes = [recipe for task in comparison.tasks for recipe in task.recipes]
    everywhere = product(comparison.frameworks, recipes, _levels(comparison))
    if not all(runs(*place) for place in everywhere):
        yield f"{ABSENT}: the framework has no such optimizer"
    if folded and any(is_quiet([gap]) for gap in rows_of(gaps)):
        yield "--all shows the rows in which only rounding is left"


def _causes(comparison: Comparison) -> Iterator[tuple[str, str]]:
    """The leading cause of each gap that has one, with the optimizer of its recipe, and what else a verdict says."""
    optimizers = {recipe.label: recipe.optimizer for task in comparison.tasks for recipe in task.recipes}
    for of_one in grouped(rows_of(comparison.explanations()), KEY).values():
        if (most := leading(of_one)) is not None:
            yield str(most["factor"]), optimizers.get(str(most["optimizer"]), "")
    gaps = comparison.gaps()
    for row in rows_of(gaps[gaps["verdict"].isin(("chaotic", "underflow", "diverged"))]):
        yield str(row["verdict"]), optimizers.get(str(row["optimizer"]), "")


class Rows(NamedTuple):
    """Of a recipe at a level in a framework."""

    losses: Sequence[Row]
    gaps: Sequence[Row]
    causes: Sequence[Row]


Place = tuple[Level, str]  # a level, and the label of a recipe
Panel = Mapping[str, Rows]  # by framework


def _panels(comparison: Comparison, task: TaskSpec, tables: Iterable[Sequence[Row]]) -> dict[Place, Panel]:
    """The last losses, gaps and explanations of a task, each by where they stand in its table."""
    by_place = [grouped(rows, ["level", "optimizer", "framework"]) for rows in tables]

    def rows(*place: str) -> Rows:
        return Rows(*(groups.get(place, []) for groups in by_place))

    places = product(_levels(comparison), (recipe.label for recipe in task.recipes))
    return {place: {name: rows(*place, name) for name in comparison.frameworks} for place in places}


def _is_quiet(panel: Panel) -> bool:
    """Whether there are gaps, and nothing but rounding in them."""
    gaps = [rows.gaps for rows in panel.values() if len(rows.gaps)]
    return bool(gaps) and all(map(is_quiet, gaps))


def _table(comparison: Comparison, task: TaskSpec, panels: Mapping[Place, Panel], quiet: Collection[Place]) -> Table:
    dtypes = _dtypes(comparison)
    compared = [name for name in comparison.frameworks if any(len(panel[name].gaps) for panel in panels.values())]
    table = Table(box=RULED, padding=(0, 0, 0, 1), pad_edge=False)
    table.add_column(overflow="fold")
    for name in comparison.frameworks:
        table.add_column(f"loss\n{column(name).title}", justify="right", overflow="fold", min_width=len(NO_CURVE))
    for name in compared:
        heading = f"gap of {column(name).title}\n{' '.join(f'{dtype:{GAP}}' for dtype in dtypes)}"
        table.add_column(heading, overflow="fold", min_width=(GAP + 1) * len(dtypes) - 1)
    for level in _levels(comparison):
        recipes = [recipe for recipe in task.recipes if (level, recipe.label) not in quiet]
        if recipes:
            table.add_section()
            table.add_row(Text(level, "italic"))
        for recipe in recipes:
            panel = panels[level, recipe.label]
            finals = (
                _final_loss(of_dtype(rows.losses, dtypes[-1])) if runs(name, recipe, level) else ABSENT
                for name, rows in panel.items()
            )
            cells = (_gap_cell(dtypes, panel[name].gaps, panel[name].causes) for name in compared)
            table.add_row(Text(f" {recipe.label}"), *finals, *cells)
    return table


def _gap_cell(dtypes: Sequence[Dtype], gaps: Sequence[Row], causes: Sequence[Row]) -> Text:
    """The largest gap of a framework in each dtype, and under it what makes it."""
    widest = " ".join(f"{_widest_gap(of_dtype(gaps, dtype)):{GAP}}" for dtype in dtypes)
    return Text(f"{widest.rstrip()}\n{cause_of(gaps, causes)}".rstrip())


def _folded(task: TaskSpec, quiet: Collection[Place]) -> list[str]:
    """A line for each level, of the optimizers of which there is nothing to tell."""
    by_level: dict[Level, list[str]] = {}
    for level, optimizer in quiet:
        by_level.setdefault(level, []).append(optimizer)
    everyone = f"all {len(task.recipes)} optimizers"
    return [
        f"{level}: only rounding is left in {everyone if len(names) == len(task.recipes) > 1 else ', '.join(names)}"
        for level, names in by_level.items()
    ]


def _levels(comparison: Comparison) -> list[Level]:
    return list(dict.fromkeys(cell.level for cell in comparison.cells))


def _dtypes(comparison: Comparison) -> list[Dtype]:
    return list(dict.fromkeys(cell.dtype for cell in comparison.cells))


def _final_loss(curves: Sequence[Row]) -> str:
    """The median over seeds of the last loss; a seed that diverges counts as infinite."""
    if not curves:
        return NO_CURVE
    median = np.median([math.inf if math.isnan(row["loss"]) else row["loss"] for row in curves])
    return f"{median:.4g}" if math.isfinite(median) else "diverged"


def _widest_gap(gaps: Sequence[Row]) -> str:
    """The largest gap, marked if it is more than rounding; "diverged" if a curve does."""
    if any(gap["status"] in ("diverged", "source-diverged") for gap in gaps):
        return "diverged"
    known = [gap["max_scaled_gap"] for gap in gaps if not math.isnan(gap["max_scaled_gap"])]
    if not known:
        return ABSENT
    widest, beyond = max(known), any(gap["first_gap_step"] >= 0 for gap in gaps)
    return (f"{widest:.1e}" if widest else "0") + ("*" if beyond else "")


def left_out(comparison: Comparison) -> Iterator[str]:
    """A line for each framework that a run of all frameworks had to do without."""
    for name in FRAMEWORKS:
        if name not in comparison.frameworks:
            yield f"{name} is left out: {remedy(name)}"


def as_json(comparison: Comparison, out: Path) -> str:
    """The gaps, what makes them, and the failures as one JSON object; a number that is not finite is null."""
    failures = [
        {**cell.key._asdict(), "framework": cell.framework, "reason": reason} for cell, reason in comparison.failures()
    ]
    found = {
        "schema": SCHEMA,
        "results": str(out),
        "interrupted": comparison.interrupted,
        "conclusion": comparison.conclusion(everything=True),
        "gaps": _records(comparison.gaps()),
        "explanations": _records(comparison.explanations()),
        "failures": failures,
        "deviations": [one.as_data() for one in comparison.held.deviations],
        "not_held": list(comparison.held.not_held),
    }
    return json.dumps(found, indent=1, allow_nan=False)


def _records(frame: pd.DataFrame) -> list[dict[Hashable, Any]]:
    return [{name: _finite(value) for name, value in row.items()} for row in frame.to_dict("records")]


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
