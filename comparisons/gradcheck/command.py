"""What `triptych gradcheck` prints and writes."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from rich.table import Table
from rich.text import Text

from comparisons.gradcheck.check import NOTES, WAYS, Checked, Note, check
from comparisons.names import SCHEMA
from comparisons.plots.render import PICTURE_FORMATS, render
from comparisons.plots.sweep import plot_sweep
from comparisons.results import files as results
from comparisons.results.layout import RULED, print_line, print_table, wide_console
from comparisons.tasks import TASKS, find
from comparisons.training.workers import Workers

MARKS: Mapping[Note, str] = {"kink": "k", "rounding": "r", "underflow": "u"}
HIDES: Mapping[Note, str] = {
    "kink": "a ReLU is at its kink: central differences see a slope on each side, and a gradient between them is right",
    "rounding": "the loss is so large that its rounding, or overflow, hides its gradient from central differences",
    "underflow": "gradients near the smallest normal number lose digits; TensorFlow takes what is below it for 0",
}


def examine(names: Sequence[str], out: Path) -> list[Checked]:
    """Check the tasks (all shipped ones if none is named) and write gradients.csv, errors.csv and a picture of each.

    Raises:
        BadInput: there is no such task, or it cannot be made.
        results.CannotWrite: `out` cannot be written.
    """
    tasks = [find(name) for name in dict.fromkeys(names)] or list(TASKS.values())
    workers = Workers(logs=results.prepare(out))
    try:
        found = [check(task, workers) for task in tasks]
    finally:
        workers.close()
    files = {
        "gradients.csv": _csv([one.differences for one in found]),
        "errors.csv": _csv([one.errors for one in found]),
    }
    for one in found:
        figure = plot_sweep(one.task, one.errors)
        files |= {f"{one.task}.{kind}": render(figure, kind) for kind in PICTURE_FORMATS}
    results.write_files(files, out)
    return found


def _csv(frames: list[pd.DataFrame]) -> bytes:
    return pd.concat(frames).to_csv(index=False, na_rep="nan", lineterminator="\n").encode()


def show(found: Sequence[Checked]) -> None:
    """Print the table and what its columns are."""
    console = wide_console()
    print_table(console, table(found))
    for line in legend(found):
        print_line(console, line)


def table(found: Sequence[Checked]) -> Table:
    """A row for each parameter: the largest difference of each way from the gradient by hand, and the worst element."""
    shown = Table(box=RULED, padding=(0, 0, 0, 1), pad_edge=False)
    shown.add_column()
    for way in WAYS:
        shown.add_column(f"{way}\nlargest", justify="right")
        shown.add_column("\nat", justify="right")
    shown.add_column("central\nbest h", justify="right")
    for one in found:
        shown.add_section()
        shown.add_row(Text(one.task, "bold"))
        for name in dict.fromkeys(one.differences["parameter"]):
            rows = one.differences[one.differences["parameter"] == name].set_index("way")
            cells = [cell for way in WAYS for cell in (_cells(rows.loc[way]) if way in rows.index else ("–", ""))]
            shown.add_row(f" {name}", *cells, f"{rows.loc['central', 'h']:.0e}")
    return shown


def _cells(row: Any) -> tuple[str, str]:
    marks = [MARKS[note] for note in NOTES if note in row["note"].split(", ")]
    marks += ["*"] if row["difference"] > row["allowed"] else []
    return " ".join([f"{row['difference']:.1e}" if row["difference"] else "0", *marks]), str(row["element"])


def legend(found: Sequence[Checked]) -> list[str]:
    """What the columns and the marks in them are."""
    lines = ["largest: difference from the gradient by hand, in units of the parameter's largest; float64, seed 0"]
    seen = {note for one in found for words in one.differences["note"] for note in words.split(", ")}
    lines += [f"{MARKS[note]}: {HIDES[note]}" for note in NOTES if note in seen]
    if not all(one.agrees for one in found):
        lines.append("*: more than rounding allows")
    return lines


def as_json(found: Sequence[Checked], out: Path) -> str:
    """Everything that was found as one JSON object; a number that is not finite is null."""
    tasks = [
        {
            "task": one.task,
            "agrees": one.agrees,
            "differences": _plain(one.differences),
            "errors": _plain(one.errors),
            "mishaps": list(one.mishaps),
        }
        for one in found
    ]
    return json.dumps({"schema": SCHEMA, "results": str(out), "tasks": tasks}, indent=1, allow_nan=False)


def _plain(frame: pd.DataFrame) -> list[dict[str, Any]]:
    rows = frame.drop(columns="task").to_dict("records")
    return [{str(key): _finite(value) for key, value in row.items()} for row in rows]


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
