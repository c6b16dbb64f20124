"""What the terminal shows of a comparison: progress, a table for each task and level, mishaps."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
from rich.box import SIMPLE
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from comparisons import api
from comparisons.comparison import Comparison
from comparisons.frame import KEY
from comparisons.names import Framework
from comparisons.tasks.spec import TaskSpec


@contextmanager
def progress(console: Console, *, quiet: bool) -> Iterator[api.Progress]:
    """A bar for each framework, on a terminal only."""
    bars = Progress(
        TextColumn("{task.description:6}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        disable=quiet or not console.is_terminal,
        transient=True,
    )
    lines = {}

    def show(counts: Mapping[Framework, tuple[int, int]]) -> None:
        for framework, (done, total) in counts.items():
            if framework not in lines:
                lines[framework] = bars.add_task(framework, total=total)
            bars.update(lines[framework], completed=done)

    with bars:
        yield show


def tables(comparison: Comparison) -> Iterator[Table]:
    """For each task and level: a row for each optimizer, the final loss in each framework, and the largest gaps."""
    losses, gaps = comparison.frame(), comparison.gaps()
    for task in comparison.tasks:
        final = losses[(losses["task"] == task.name) & (losses["step"] == task.steps - 1)]
        for level in dict.fromkeys(cell.level for cell in comparison.cells):
            here = (gaps["task"] == task.name) & (gaps["level"] == level)
            yield _table(comparison, task, level, final[final["level"] == level], gaps[here])


def _table(comparison: Comparison, task: TaskSpec, level: str, final: pd.DataFrame, gaps: pd.DataFrame) -> Table:
    dtypes = list(dict.fromkeys(cell.dtype for cell in comparison.cells))
    table = Table(title=f"{task.name} · {level}", title_justify="left", title_style="bold", box=SIMPLE)
    table.add_column("final loss", no_wrap=True)
    for heading in (*comparison.frameworks, *(f"gap {dtype}" for dtype in dtypes)):
        table.add_column(heading, justify="right", no_wrap=True)
    for label in (recipe.label for recipe in task.recipes):
        curves = final[(final["optimizer"] == label) & (final["dtype"] == dtypes[-1])]
        between = gaps[gaps["optimizer"] == label]
        table.add_row(
            label,
            *(_final_loss(curves[curves["framework"] == framework]) for framework in comparison.frameworks),
            *(_largest_gap(between[between["dtype"] == dtype]) for dtype in dtypes),
        )
    return table


def _final_loss(curves: pd.DataFrame) -> str:
    """The median over seeds of the last recorded loss."""
    if curves.empty:
        return "failed"
    median = float(np.median(curves["loss"]))
    return f"{median:.5g}" if np.isfinite(median) else "diverged"


def _largest_gap(gaps: pd.DataFrame) -> str:
    """The largest relative gap and the framework that has it."""
    known = gaps[gaps["max_rel_gap"].notna()]
    if known.empty:
        return "–      "
    worst = known.loc[known["max_rel_gap"].idxmax()]
    return f"{worst['max_rel_gap']:.1e} {worst['framework']:5}" if worst["max_rel_gap"] else "identical      "


def mishaps(comparison: Comparison) -> Iterator[str]:
    """A line for each reason why cells failed."""
    reasons: dict[tuple[str, str], int] = {}
    for cell, reason in comparison.failures():
        reasons[cell.framework, reason] = reasons.get((cell.framework, reason), 0) + 1
    for (framework, reason), count in reasons.items():
        yield f"{framework}: {count} {'cell' if count == 1 else 'cells'} failed: {reason}"


def as_json(comparison: Comparison, out: Path) -> str:
    """The gaps and the failures as one JSON object; a number that is not finite is null."""
    failures = [
        {**{name: getattr(cell, name) for name in (*KEY, "framework")}, "reason": reason}
        for cell, reason in comparison.failures()
    ]
    gaps = json.loads(comparison.gaps().to_json(orient="records", double_precision=15))
    return json.dumps(
        {"results": str(out), "interrupted": comparison.interrupted, "gaps": gaps, "failures": failures}, indent=1
    )
