"""A comparison of two trainings: the sentence first, the ladder, the account; or JSON."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.table import Table
from rich.text import Text

from comparisons.check.changes import Change
from comparisons.check.show import changes_table
from comparisons.diff.record import Cause, Diff
from comparisons.inputs.text import visible
from comparisons.names import SCHEMA
from comparisons.results.layout import RULED, print_line, print_table, wide_console

ABSENT = "–"
TOGETHER = {
    "identical": "They are the same, bit by bit.",
    "rounding": "They differ by rounding only.",
    "incomparable": "They cannot be compared.",
}


def sentence(found: Diff) -> str:
    """The answer: where they part and why, or that they do not."""
    if found.first_break is None and found.kind == "curves":  # files, which hold some of the digits
        return found.rungs[0].says
    if found.first_break is None:
        return TOGETHER.get(found.verdict, "They differ, and nothing that was recorded says why.")
    first = found.first_break
    return " ".join(filter(None, [first.says, first.remedy]))


def show(found: Diff) -> None:
    """Print the sentence, what else was found, the ladder and the account."""
    console = wide_console()
    for name, path in zip("AB", found.names, strict=True):
        print_line(console, f"{name}: {path}")
    print_line(console, sentence(found), "bold")
    if found.kind == "runs":
        print_table(console, _versions(found))
        if found.breaks:
            print_line(console, found.rungs[0].says)
            print_table(console, changes_table([Change(**one) for one in (found.details or {})["changes"]]))
    for i, cause in enumerate(() if found.kind == "runs" else found.breaks[1:], 1):
        if is_said(cause, found.breaks[:i]):
            continue
        mended = found.kind == "traces" and all(one.certain for one in found.breaks[:i])
        says = _after_mending(cause.says) if mended else _beside(cause.says)
        print_line(console, " ".join(filter(None, [says, cause.remedy])))
    if len(found.rungs) > 1:
        print_table(console, _ladder(found))
    if found.account:
        print_table(console, _account(found))
    for note in found.notes:
        print_line(console, note)


def _after_mending(says: str) -> str:
    """The sentence of a cause that stands once those before it are mended; of one that stands beside them, as it is."""
    here, colon, rest = says.partition(":")
    if not here.startswith("They part") or here.endswith(", too"):
        return says
    return f"Mended by that, they next part{here.removeprefix('They part')}{colon}{rest}"


def _beside(says: str) -> str:
    """The sentence of a cause that stands beside those before it, of which not all are certain."""
    here, colon, rest = says.partition(":")
    return f"{here}, too{colon}{rest}" if here.startswith("They part") and not here.endswith(", too") else says


def is_said(cause: Cause, before: Sequence[Cause]) -> bool:
    """Whether what stands beside others is in one of their sentences already, which lists several fields of a rule."""
    here, _, clause = cause.says.partition(": ")
    return here.endswith(", too") and any(
        clause.removesuffix(".") in one.says.partition(": ")[2].removesuffix(".").split(", and ")
        for one in before
        if not one.tensors or (cause.tensors and set(cause.tensors) <= set(one.tensors))
    )


def _table(*headings: str) -> Table:
    table = Table(box=RULED, padding=(0, 0, 0, 1), pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _versions(found: Diff) -> Table:
    table = _table("", "A", "B", "")
    for package, sides in (found.details or {})["versions"].items():
        cells = (visible(one or ABSENT) for one in (package, sides["A"], sides["B"]))
        table.add_row(*map(Text, cells), "" if sides["A"] == sides["B"] else "*")
    return table


def _ladder(found: Diff) -> Table:
    table = _table("", "state", "what was found")
    for rung in found.rungs:
        table.add_row(rung.rung, rung.state, Text(rung.says))
    return table


def _account(found: Diff) -> Table:
    table = _table("cause", "share of the drift")
    for cause, share in (found.account or {}).items():
        table.add_row(cause, f"{round(100 * share, 1) + 0.0:.1f} %")  # no -0
    return table


def as_json(found: Diff) -> str:
    """Everything as one JSON object; a number that is not finite is null."""
    data: dict[str, Any] = {
        "schema": SCHEMA,
        "kind": found.kind,
        "sides": {"A": found.names[0], "B": found.names[1]},
        "verdict": found.verdict,
        "says": sentence(found),
        "first_break": None if found.first_break is None else _cause(found.first_break),
        "breaks": [_cause(one) for one in found.breaks],
        "rungs": [
            {"rung": rung.rung, "state": rung.state, "says": rung.says, "causes": [_cause(one) for one in rung.causes]}
            for rung in found.rungs
        ],
        "account": [{"cause": cause, "share": share} for cause, share in (found.account or {}).items()],
        "rounding_bound": found.rounding_bound,
        "notes": list(found.notes),
        **(found.details or {}),
    }
    return json.dumps(_finite(data), indent=1, allow_nan=False, ensure_ascii=False)


def _cause(cause: Cause) -> dict[str, Any]:
    return asdict(cause) | {"tensors": list(cause.tensors)}


def _finite(value: Any) -> Any:
    match value:
        case dict():
            return {name: _finite(one) for name, one in value.items()}
        case list() | tuple():
            return [_finite(one) for one in value]
        case float():
            return value if math.isfinite(value) else None
        case _:
            return value
