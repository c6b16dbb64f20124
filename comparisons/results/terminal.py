"""What the terminal shows of a comparison: progress, and a table for each task."""

import json
import math
from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd
from rich.box import Box
from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from comparisons.analysis.causes import cause_of, has_cause
from comparisons.analysis.comparison import Comparison
from comparisons.frameworks import FRAMEWORKS
from comparisons.frameworks.installed import remedy
from comparisons.names import SCHEMA, Dtype, Level
from comparisons.tasks.spec import TaskSpec
from comparisons.training import runner
from comparisons.training.levels import runs

# Lines above and below the table, under its heading, and between the levels.
RULED = Box(" ── \n    \n ── \n    \n ── \n    \n    \n ── \n")
ABSENT = "–"


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


def wide_console() -> Console:
    """Standard output, as wide as the terminal, but never so narrow that numbers are cut."""
    terminal = Console()
    return Console(width=max(80, terminal.width) if terminal.file.isatty() else 120)


def show(comparison: Comparison) -> None:
    """Print the tables and what their columns are."""
    console = wide_console()
    for task, table in tables(comparison):
        console.print(Text.assemble((task.name, "bold"), f": {task.title}; {task.steps} steps"))
        console.print(table)
    for line in legend(comparison):
        console.print(Text(line))


def tables(comparison: Comparison) -> Iterator[tuple[TaskSpec, Table]]:
    """For each task: a row for each level and optimizer, the last losses, and the largest gaps to the reference."""
    losses, gaps, causes = comparison.frame(), comparison.gaps(), comparison.explanations()
    for task in comparison.tasks:
        last = (losses["task"] == task.name) & (losses["step"] == task.steps - 1)
        of_task = (frame[frame["task"] == task.name] for frame in (gaps, causes))
        yield task, _table(comparison, task, losses[last], *of_task)


def legend(comparison: Comparison) -> Iterator[str]:
    """What the columns of the tables are, in a line each."""
    seeds = len(comparison.seeds)
    yield f"loss: at the last step, in {_dtypes(comparison)[-1]}" + (f", median of {seeds} seeds" if seeds > 1 else "")
    if len(comparison.frameworks) > 1:
        yield f"gap: largest to {comparison.reference}, in units of its largest loss; * is more than rounding"
        for name in dict.fromkeys(comparison.gaps()["source"]):
            if name != comparison.reference:
                yield f"where {comparison.reference} has no curve, the gap is to {name}'s"
        if has_cause(comparison.gaps(), comparison.explanations()):
            yield "cause: the field of the rule that makes most of a gap, or the gap's verdict"
    recipes = [recipe for task in comparison.tasks for recipe in task.recipes]
    everywhere = product(comparison.frameworks, recipes, _levels(comparison))
    if not all(runs(*place) for place in everywhere):
        yield f"{ABSENT}: the framework has no such optimizer"


def _table(
    comparison: Comparison, task: TaskSpec, last: pd.DataFrame, gaps: pd.DataFrame, causes: pd.DataFrame
) -> Table:
    dtypes = _dtypes(comparison)
    compared = dtypes if len(comparison.frameworks) > 1 else []
    explained = has_cause(gaps, causes)
    table = Table(box=RULED, padding=0 if explained else (0, 0, 0, 1), pad_edge=False)  # a cause takes room
    table.add_column(overflow="fold")
    for heading in (*(f"loss\n{name}" for name in comparison.frameworks), *(f"gap  \n{of}  " for of in compared)):
        table.add_column(heading, justify="right", no_wrap=True)
    if explained:
        table.add_column("\n cause", overflow="fold")
    for level in _levels(comparison):
        table.add_section()
        table.add_row(Text(level, "italic"))
        for recipe in task.recipes:
            curves = _rows(last, optimizer=recipe.label, level=level, dtype=dtypes[-1])
            finals = (
                _final_loss(_rows(curves, framework=name)) if runs(name, recipe, level) else ABSENT
                for name in comparison.frameworks
            )
            widest = (_widest_gap(_rows(gaps, optimizer=recipe.label, level=level, dtype=dtype)) for dtype in compared)
            cause = cause_of(*(_rows(frame, optimizer=recipe.label, level=level) for frame in (gaps, causes)))
            table.add_row(f" {recipe.label}", *finals, *widest, *[Padding(cause, (0, 0, 0, 1))] * explained)
    return table


def _levels(comparison: Comparison) -> list[Level]:
    return list(dict.fromkeys(cell.level for cell in comparison.cells))


def _dtypes(comparison: Comparison) -> list[Dtype]:
    return list(dict.fromkeys(cell.dtype for cell in comparison.cells))


def _rows(frame: pd.DataFrame, **names: str) -> pd.DataFrame:
    for column, name in names.items():
        frame = frame[frame[column] == name]
    return frame


def _final_loss(curves: pd.DataFrame) -> str:
    """The median over seeds of the last loss; a seed that diverges counts as infinite."""
    if curves.empty:
        return "no curve"
    median = curves["loss"].fillna(math.inf).median()
    return f"{median:.4g}" if math.isfinite(median) else "diverged"


def _widest_gap(gaps: pd.DataFrame) -> str:
    """The largest gap, marked if it is more than rounding; "diverged" if a curve does."""
    if gaps["status"].isin(["diverged", "source-diverged"]).any():
        return "diverged"
    widest = gaps["max_scaled_gap"].max()
    if math.isnan(widest):
        return f"{ABSENT}  "
    starred = (gaps["first_gap_step"] >= 0).any()
    return (f"{widest:.1e}" if widest else "0") + (" *" if starred else "  ")


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
