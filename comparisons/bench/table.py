"""Rows as a frame, and as a table for the terminal."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from rich.box import SIMPLE
from rich.table import Table
from rich.text import Text

from comparisons.bench.measure import Row

COLUMNS = ["framework", "case", "quantity", "unit", "value", "low", "high", "repetitions", "target", "met"]


def frame_of(rows: Iterable[Row]) -> pd.DataFrame:
    """A line for each row: value is the median of its samples, low and high are their quartiles.

    `met` says whether value is at most `target`; both are missing where nothing is promised.
    """
    frame = pd.DataFrame([_line(row) for row in rows], columns=COLUMNS)
    return frame.astype({"target": float, "met": "boolean"})


def _line(row: Row) -> dict[str, Any]:
    low, value, high = np.quantile(row.samples, [0.25, 0.5, 0.75])
    return {
        "framework": row.framework,
        "case": row.case,
        "quantity": row.quantity,
        "unit": row.unit,
        "value": value,
        "low": low,
        "high": high,
        "repetitions": len(row.samples),
        "target": row.target,
        "met": None if row.target is None else bool(value <= row.target),
    }


def table(title: str, frame: pd.DataFrame) -> Table:
    """The frame for people: what was run in italics, what was measured of it below."""
    shown = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE, pad_edge=False)
    shown.add_column()
    for heading in ("median", "quartiles", "target", "met"):
        shown.add_column(heading, justify="right", no_wrap=True)
    for (framework, case), rows in frame.groupby(["framework", "case"], sort=False):
        shown.add_row(Text(f"{case}" if framework == "-" else f"{framework}: {case}", "italic"))
        for row in rows.to_dict("records"):
            shown.add_row(f"  {row['quantity']}", *_cells(row))
    return shown


def _cells(row: Mapping[Any, Any]) -> tuple[str, str, str, str]:
    unit = "" if row["unit"] in ("ratio", "count") else f" {row['unit']}"
    median = f"{row['value']:.3g}{unit}"
    spread = f"{row['low']:.3g} – {row['high']:.3g}" if row["repetitions"] > 1 else ""
    if pd.isna(row["met"]):
        return median, spread, "", ""
    return median, spread, f"≤ {row['target']:g}{unit}", "yes" if row["met"] else "no"
