"""A comparison in a few lines, and its gaps as a short table."""

from collections.abc import Iterable, Iterator, Sequence

import pandas as pd

from comparisons.analysis.causes import cause_of, is_quiet, of_dtype
from comparisons.analysis.frame import grouped, rows_of
from comparisons.frameworks import FRAMEWORKS
from comparisons.frameworks.column import column
from comparisons.frameworks.installed import missing, remedy
from comparisons.tasks.spec import TaskSpec
from comparisons.training.cells import Cell

PANEL = ["task", "optimizer", "level", "framework", "source"]
NAMED = 4  # tasks or optimizers; of more there is a number


def compared(tasks: Sequence[TaskSpec], frameworks: Iterable[str], cells: Sequence[Cell], seeds: int) -> str:
    """What was compared, in a sentence."""
    names = ", ".join(column(name).name for name in frameworks)
    optimizers = list(dict.fromkeys(recipe.label for task in tasks for recipe in task.recipes))
    what = f"{_counted('optimizer', optimizers)} on {_counted('task', [task.name for task in tasks])}"
    levels = ", ".join(dict.fromkeys(cell.level for cell in cells))
    dtypes = ", ".join(dict.fromkeys(cell.dtype for cell in cells))
    return f"{names}: {what}; {levels}; {dtypes}; {seeds} seed{'s' if seeds > 1 else ''}"


def _counted(kind: str, names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= NAMED else f"{len(names)} {kind}s"


def absent(frameworks: Iterable[str]) -> Iterator[str]:
    """A line for each framework that is not in the comparison."""
    here = {column(name).framework.id for name in frameworks}
    for name in FRAMEWORKS:
        if name not in here:
            why = f": {remedy(name)}" if missing(name) else ""
            yield f"{column(name).name} was not compared{why}"


def summary(gaps: pd.DataFrame, explanations: pd.DataFrame) -> pd.DataFrame:
    """A row for each framework's gap in a panel that is more than rounding, or not known.

    Columns: task, optimizer, level, framework, source (whose curve it is compared with), verdict, cause, and the
    largest gap in each dtype, in units of the source's largest loss.
    """
    causes = grouped(rows_of(explanations), PANEL)
    dtypes = list(dict.fromkeys(gaps["dtype"]))
    rows = []
    for place, some in grouped(rows_of(gaps[gaps["source"].notna()]), PANEL).items():
        if is_quiet(some):
            continue
        verdicts = " and ".join(dict.fromkeys(gap["verdict"] for gap in some if not pd.isna(gap["verdict"])))
        cause = cause_of(some, causes.get(place, []))
        widest = {dtype: pd.Series([gap["max_scaled_gap"] for gap in of_dtype(some, dtype)]).max() for dtype in dtypes}
        rows.append({**dict(zip(PANEL, place, strict=True)), "verdict": verdicts, "cause": cause, **widest})
    return pd.DataFrame(rows, columns=[*PANEL, "verdict", "cause", *dtypes])
