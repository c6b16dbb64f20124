"""The calls of files as text for the terminal: where each is, what it becomes, and what else must change."""

from collections.abc import Iterator, Sequence
from textwrap import indent

from comparisons.porting.files.calls import Found
from comparisons.porting.show import ROUTES, but, item
from comparisons.porting.wholes.show import ROUTES as WHOLE_ROUTES

LONGEST, MOST = 300, 6  # characters of a source, and places that are named


def file_lines(found: Sequence[Found]) -> Iterator[str]:
    """The calls, and what else must change: at the end where it is the same for several calls."""
    places: dict[str, list[Found]] = {}
    for one in found:
        for sentence in _sentences(one):
            places.setdefault(sentence, []).append(one)
    for one in found:
        yield from _lines(one)
        yield from (item(sentence) for sentence in _sentences(one) if len(places[sentence]) == 1)
    shared = {sentence: calls for sentence, calls in places.items() if len(calls) > 1}
    if shared:
        yield "also"
        alone = len({one.path for one in found}) == 1
        yield from (item(f"{sentence} ({_places(calls, alone=alone)})") for sentence, calls in shared.items())


def _lines(one: Found) -> Iterator[str]:
    """A call of a file: where it is, what it becomes, and how close that is."""
    source = one.source if len(one.source) <= LONGEST else f"{one.source[:LONGEST]}..."
    yield f"{one.path}:{one.line}: {source}"
    if one.translation is None:
        yield item(one.problem)
        return
    native = one.translation["native"]
    yield indent(native["code"] or "no native class", "    ")
    fields = ", ".join(mismatch["field"] for mismatch in native["mismatches"])
    exact = one.translation.get("exact", {"route": None, "holds": None})
    closeness = "closest" if exact["holds"] is False else "exact"
    routes = WHOLE_ROUTES if "groups" in one.translation else ROUTES
    other = exact["route"] in routes and exact["route"] != "native"
    route = f"; {closeness} by {routes[exact['route']]}" if other else ""
    lacks = but(one.translation.get("gaps", ()))
    yield f"  - {native['fidelity']}{lacks}{f': {fields}' if fields else ''}{route}"
    if other:
        yield indent(exact["code"], "    ")
    yield from (item(f"line {gap['line']}: {gap['text']}: {gap['says']}") for gap in one.translation.get("gaps", []))


def _sentences(one: Found) -> list[str]:
    """What is lost, and what else must change."""
    if one.translation is None:
        return []
    lost = [f"{mismatch['field']}: {mismatch['says']}" for mismatch in one.translation["native"]["mismatches"]]
    return list(dict.fromkeys([*lost, *one.translation["also"]]))


def _places(calls: Sequence[Found], *, alone: bool) -> str:
    """The lines of the calls: "a.py:3, 4; b.py:1", or "lines 3, 4" of a file alone."""
    lines: dict[str, list[str]] = {}
    for one in calls[:MOST]:
        lines.setdefault(f"{one.path}:", []).append(str(one.line))
    several = {path: list(dict.fromkeys(numbers)) for path, numbers in lines.items()}
    if alone:
        several = {f"line{'s' if len(numbers) > 1 else ''} ": numbers for numbers in several.values()}
    named = "; ".join(f"{path}{', '.join(numbers)}" for path, numbers in several.items())
    return f"{named} and {len(calls) - MOST} more" if len(calls) > MOST else named
