"""A gap report on the terminal, and as JSON."""

import json
from collections.abc import Iterator, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from comparisons.analysis.factors import values
from comparisons.analysis.gap_report import Explanation, GapReport
from comparisons.analysis.lessons import pointer
from comparisons.explaining.words import last_losses, parting, sentence, telling
from comparisons.frameworks.trainings import code
from comparisons.names import SCHEMA
from comparisons.results.layout import RULED, WIDE, print_line, print_table, wide_console
from comparisons.results.width import told

MEASURES = ("final", "curve")


def show(report: GapReport, files: list[Path]) -> None:
    """Print the sentence, the checks, a table for each dtype, and where the picture is."""
    console = wide_console()
    _show(report, console)
    if files:
        others = "".join(f" and {file.suffix}" for file in files[1:])
        console.print(Text(f"The picture is in {files[0]}{others}"), soft_wrap=True)


def text(report: GapReport) -> str:
    """What `show` prints, without a picture."""
    # In a notebook rich would show it by itself, in colours, and write nothing into the file.
    console = Console(file=StringIO(), width=told() or WIDE, force_jupyter=False, color_system=None)
    _show(report, console)
    return console.file.getvalue().rstrip("\n")  # type: ignore[attr-defined]  # it is a StringIO


def _show(report: GapReport, console: Console) -> None:
    print_line(console, sentence(report), "bold")
    console.print()
    console.print(Text("Before the optimizer:"))
    print_table(console, checklist(report))
    for one in report.explanations:
        console.print()
        print_line(console, f"{one.parts.dtype}: {parting(one)}. In decades, powers of ten of the loss:")
        print_table(console, table(report, one))
    if more := pointer(_causes(report)):
        print_line(console, f"Shown by itself: {more}")


def _causes(report: GapReport) -> Iterator[tuple[str, str]]:
    """The factors, each with the family of the rules."""
    family = type(report.question.sides[0].rule).__name__
    return ((factor.name, family) for one in report.explanations for factor in one.parts.factors)


def checklist(report: GapReport) -> Table:
    """A row for each check."""
    shown = Table.grid(padding=(0, 2, 0, 0))
    for check in report.checks:
        shown.add_row(Text("  ok" if check.ok else "  NOT OK"), Text(check.name), Text(check.found))
    return shown


def table(report: GapReport, one: Explanation) -> Table:
    """A row for each factor, one for rounding and what it is allowed, and their sum: the measured gap."""
    parts, index = one.parts, telling(one)
    shown = Table(box=RULED, padding=(0, 0, 0, 1), pad_edge=False)
    shown.add_column("", overflow="fold")
    for side in report.question.sides:
        shown.add_column(Text(side.name), justify="right", overflow="fold")
    for heading in ("final loss", "whole curve", f"share of\n{MEASURES[index]}"):
        shown.add_column(heading, justify="right", no_wrap=True)

    def row(name: str, ends: Sequence[str], made: tuple[float, float]) -> None:
        share = 100 * made[index] / parts.measured[index] if parts.measured[index] else 0.0
        shown.add_row(*map(Text, (name, *ends)), *map(decades, made), f"{round(share, 1) + 0.0:.1f} %")

    for factor, made in zip(parts.factors, parts.contributions, strict=True):
        row(factor.name, (values(factor.source), values(factor.target)), made)
    row(one.left, ("", ""), parts.rounding)
    allowed = (f"≤ {most:.1e}" for most in one.allowed)
    shown.add_row("  rounding could be", "", "", *allowed, "", end_section=True)
    row("measured", last_losses(one), parts.measured)
    return shown


def decades(gap: float) -> str:
    """A signed number of decades, short."""
    if not gap:
        return "0"
    return f"{gap:+.4f}" if abs(gap) >= 1e-3 else f"{gap:+.1e}"


def as_json(report: GapReport, files: list[Path]) -> str:
    """The report as one JSON object. All measures are finite; a last loss that is not is null."""
    question = report.question
    found = {
        "schema": SCHEMA,
        "sentence": sentence(report),
        "task": question.task.name,
        "calls": {side: code(one.call) for side, one in zip(("source", "target"), question.sides, strict=True)},
        "frameworks": {side: one.framework for side, one in zip(("source", "target"), question.sides, strict=True)},
        "checks": [{"name": check.name, "ok": check.ok, "found": check.found} for check in report.checks],
        "explanations": [dict(_entries(one)) for one in report.explanations],
        "deviations": [one.as_data() for one in report.held.deviations],
        "not_held": list(report.held.not_held),
        "files": [str(file) for file in files],
    }
    return json.dumps(found, indent=1, allow_nan=False, ensure_ascii=False)


def _entries(one: Explanation) -> Iterator[tuple[str, Any]]:
    parts = one.parts
    yield "dtype", parts.dtype
    yield "verdict", one.judgement.verdict
    yield "doubling_steps", one.judgement.doubling_steps if one.judgement.verdict == "chaotic" else None
    yield "last_losses", [float(loss) if np.isfinite(loss) else None for loss in one.losses[:, -1]]
    yield (
        "factors",
        [
            {"factor": factor.name, "source": plain(factor.source), "target": plain(factor.target), **made._asdict()}
            for factor, made in zip(parts.factors, parts.contributions, strict=True)
        ],
    )
    yield "left_over", {"as": one.left, **parts.rounding._asdict()}
    yield "rounding_could_be", one.allowed._asdict()
    yield "measured", parts.measured._asdict()
    yield "parts_at", parts.parts_at
    yield "diverging", [factor.name for factor in parts.diverging]
    yield "parted_by", parts.parted_by.name if parts.parted_by else None


def plain(some: tuple[object, ...]) -> object:
    """The values of a factor's fields, as JSON has them: one of a single field as it is, if it can be."""
    [first, *others] = some
    return first if not others and isinstance(first, bool | int | float | str | None) else values(some)
