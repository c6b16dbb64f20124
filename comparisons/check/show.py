"""A check on the terminal, and as JSON."""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from rich.table import Table
from rich.text import Text

from comparisons.check.changes import FAIL_ON, Change
from comparisons.check.check import Checked
from comparisons.names import SCHEMA
from comparisons.results.layout import RULED, print_line, print_table, wide_console

ABSENT = "–"


def show(found: Checked) -> None:
    """Print the versions side by side, what has changed, and one line that sums it up."""
    console = wide_console()
    print_table(console, versions_table(found))
    if found.changes:
        print_table(console, changes_table(found.changes))
    print_line(console, summary(found))


def versions_table(found: Checked) -> Table:
    """A row for each package, marked if it is another."""
    shown = Table(box=RULED, padding=(0, 0, 0, 1), pad_edge=False)
    for heading in ("", "baseline", "here", ""):
        shown.add_column(heading)
    for package, (before, here) in found.versions.items():
        shown.add_row(package, before or ABSENT, here or ABSENT, "" if before == here else "*")
    return shown


def changes_table(changes: Sequence[Change]) -> Table:
    """A row for all that changed alike in one class, or in the curves of one optimizer, the gravest first."""
    shown = Table(box=RULED, padding=(0, 0, 0, 1), pad_edge=False)
    for heading in ("kind", "framework", "what"):
        shown.add_column(heading, no_wrap=True)
    shown.add_column("how", overflow="fold")
    for group in groups(changes):
        [first, *others] = group
        how = f"{place_of(first)}{first.message}" if first.about in PLACED else first.message
        if others:
            how = f"{len(group)} {first.about}s; most: {how}"
        shown.add_row(first.kind, first.framework, subject(first), Text(how))
    return shown


PLACED = ("curve", "call", "verdict")  # of which there are many of one optimizer


def groups(changes: Sequence[Change]) -> Iterator[list[Change]]:
    """The changes that share a row, the largest gap first."""
    together: dict[tuple[str, ...], list[Change]] = {}
    for change in sorted(changes, key=lambda one: FAIL_ON["any"].index(one.kind)):
        key = (change.kind, change.framework, change.about, subject(change))
        together.setdefault(key, []).append(change)
    for group in together.values():
        yield sorted(group, key=lambda one: -(one.gap or 0.0))


def subject(change: Change) -> str:
    """What has changed, in a word or two."""
    place = change.place
    match change.about:
        case "class" | "update":
            return str(place["class"])
        case "argument":
            return f"{place['class']}({place['argument']})"
        case "defect":
            return str(place["defect"])
        case "framework":
            return "all"
        case about:
            return f"{place['optimizer']}, {about}"


def place_of(change: Change) -> str:
    """Which of the curves of an optimizer."""
    return ", ".join(str(change.place[name]) for name in ("task", "level", "dtype") if name in change.place) + ": "


def summary(found: Checked) -> str:
    """How much was compared, and how much of it has changed."""
    compared = f"{found.curves} curves compared with {found.baseline}"
    if found.chaotic:
        compared += f" ({found.chaotic} are chaotic: no two machines have the same)"
    counts = [(kind, sum(change.kind == kind for change in found.changes)) for kind in FAIL_ON["any"]]
    changed = ", ".join(f"{count} {kind}" for kind, count in counts if count)
    return f"{compared}: {'changed: ' + changed if changed else 'nothing has changed'}"


def as_json(found: Checked, fail_on: str) -> str:
    """Everything as one JSON object; a number that is not finite is null."""
    changes = [{name: _finite(value) for name, value in asdict(change).items()} for change in found.changes]
    data = {
        "schema": SCHEMA,
        "baseline": found.baseline,
        "versions": {name: {"baseline": was, "here": here} for name, (was, here) in found.versions.items()},
        "curves": found.curves,
        "chaotic": found.chaotic,
        "left_out": list(found.left_out),
        "interrupted": found.interrupted,
        "fail_on": fail_on,
        "changed": fails(found, fail_on),
        "changes": changes,
    }
    return json.dumps(data, indent=1, allow_nan=False, ensure_ascii=False)


def fails(found: Checked, fail_on: str) -> bool:
    """Whether something has changed of a kind that is asked about."""
    return any(change.kind in FAIL_ON[fail_on] for change in found.changes)


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
