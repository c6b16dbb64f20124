"""The tables of the page: every gap, what makes it, times, versions, and what failed."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from comparisons.analysis.comparison import UNTRAINED, Comparison
from comparisons.report import numbers, words
from comparisons.report.lookups import Lookups
from comparisons.report.view import Gap, TaskView
from comparisons.training.cells import Panel


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A cell: what it shows, and the number behind it, by which it is sorted; None where it is a word."""

    text: str
    full: float | None = None


def gap_table(of: Lookups, tasks: Sequence[TaskView]) -> tuple[list[str], list[list[Entry]]]:
    """Headings and rows; the first three cells of a row name its panel."""
    dtypes = list(reversed(of.dtypes))
    headings = ["task", "optimizer", "level", "framework", "loss", "compared with", *(f"gap {one}" for one in dtypes)]
    return [*headings, "verdict", "cause"], [
        _row(of, Panel(task.task.name, recipe.recipe.label, panel.level), gap, dtypes)
        for task in tasks
        for recipe in task.recipes
        for panel in recipe.panels
        for gap in panel.gaps
    ]


def _row(of: Lookups, panel: Panel, gap: Gap, dtypes: Sequence[str]) -> list[Entry]:
    row = gap.row
    sizes = []
    for dtype in dtypes:
        one = of.gaps.get((*panel, dtype, row["framework"]))
        sizes.append(Entry(text="–") if one is None else _size(one))
    ours, theirs = row["status"] == "failed", row["status"] == "source-failed"
    losses = [_loss(row["final_loss"], ours), _loss(row["source_final_loss"], theirs)]
    names = [Entry(text=text) for text in (*panel, words.title(row["framework"]))]
    return [*names, *losses, *sizes, Entry(text=words.verdict(row)), Entry(text=cause(gap))]


def _loss(value: float, failed: bool) -> Entry:
    """The last loss of a curve, if there is one."""
    if failed:
        return Entry(text="no curve")
    return Entry(text=numbers.loss(value), full=float(value))


def _size(row: Mapping[Any, Any]) -> Entry:
    """A gap with the terminal's mark: a star where it is more than rounding."""
    if row["status"] in ("diverged", "source-diverged"):
        return Entry(text="diverged", full=float(row["max_scaled_gap"]))
    size = float(row["max_scaled_gap"])
    star = " *" if row["first_gap_step"] >= 0 else ""
    return Entry(text=numbers.gap(size) + star, full=size)


def cause(gap: Gap) -> str:
    """What makes most of the gap over the whole curve: "rho (0.9, not 0.99)"; "" where it is no difference of rules."""
    named = [part for part in gap.parts if part["source_value"] or part["framework_value"]]
    return words.changed(max(named, key=lambda part: abs(part["curve"]))) if named else ""


def waterfall(gap: Gap) -> list[tuple[str, str, float, float, str, float]]:
    """A bar for each factor of a gap and one for what is left, from the source's loss to the framework's.

    Each is its name, its values on the two sides, where it begins and ends in percent of the whole width, and how many
    decades it makes, in short and in full.
    """
    measure = words.telling(gap.parts[0])
    made = [float(part[measure]) for part in gap.parts]
    ends = np.cumsum([0.0, *made])
    places = 100 * (ends - ends.min()) / (float(np.ptp(ends)) or 1.0)
    return [
        (_name(part), _change(part), round(start, 1), round(end, 1), decades(size), size)
        for part, size, start, end in zip(gap.parts, made, places, places[1:], strict=False)
    ]


def _name(part: Mapping[Any, Any]) -> str:
    return str(part["factor"]).replace("_", " ")


def _change(part: Mapping[Any, Any]) -> str:
    known = part["source_value"] or part["framework_value"]
    return f"{part['source_value']} → {part['framework_value']}" if known else ""


def decades(size: float) -> str:
    """A signed number of decades, short."""
    if not size:
        return "0"
    return (f"{size:+.3f}" if abs(size) >= 1e-3 else f"{size:+.0e}").replace("-", "−")


def failures(comparison: Comparison) -> list[tuple[str, str, str]]:
    """Framework, how many trainings, and why they gave no curve."""
    reasons = Counter((cell.framework, reason) for cell, reason in comparison.failures() if reason != UNTRAINED.reason)
    return [(words.title(name), words.counted(count, "training"), reason) for (name, reason), count in reasons.items()]


def skipped(tasks: Sequence[TaskView]) -> list[tuple[str, str]]:
    """Which framework has no optimizer of which names, so that there is no curve."""
    found: dict[str, dict[str, None]] = {}
    for task in tasks:
        for recipe in task.recipes:
            for panel in recipe.panels:
                for name in panel.absent:
                    found.setdefault(name, {})[recipe.recipe.optimizer] = None
    return [(name, words.listed(optimizers)) for name, optimizers in found.items()]


def facts(manifest: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The manifest, as names and words."""
    hardware = manifest["hardware"]
    yield "made", manifest["created"].replace("T", " ").replace("+00:00", " UTC")
    yield "versions", ", ".join(f"{name} {version}" for name, version in manifest["versions"].items())
    yield (
        "machine",
        f"{hardware['processor']}, {hardware['cores']} cores, {hardware['memory_gib']} GiB, {hardware['system']}",
    )
    yield "seeds", _ranges(manifest["seeds"])
    yield "numbers taken from", words.title(manifest["source"])
    yield "compared with", words.title(manifest["compared_with"])
    yield "threads", str(manifest["threads"])
    yield "environment", ", ".join(f"{name}={value}" for name, value in manifest["environment"].items())
    for name, settings in manifest["devices"].items():
        yield words.title(name), ", ".join(f"{key} {value}" for key, value in settings.items())


def _ranges(seeds: Sequence[int]) -> str:
    return ", ".join(map(str, seeds)) if len(seeds) < 10 else f"{seeds[0]} to {seeds[-1]} ({len(seeds):,})"
