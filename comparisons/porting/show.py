"""The answer as text for the terminal: what to paste, what is lost, and what was measured."""

from collections.abc import Iterator, Mapping, Sequence
from textwrap import indent
from typing import TYPE_CHECKING

from comparisons import frameworks
from comparisons.analysis.lessons import pointer
from comparisons.frameworks.call import NativeCall
from comparisons.frameworks.express import Mismatch
from comparisons.porting.answer import Answer, closest_code, exact_code, plain
from comparisons.porting.reading.source import Gap
from comparisons.porting.tolerance import in_bfloat16
from comparisons.results.width import told, wrapped
from comparisons.rules import of_matrices

if TYPE_CHECKING:
    from comparisons.porting.proof import Gaps, Proof

ROUTES = {"hook": "hooks on torch's own optimizer", "drop-in": "a drop-in"}
WIDTH = 110  # of sentences, at most
MEASURES = 104  # columns of what was measured


def lines(found: Answer) -> Iterator[str]:
    """What is known without running anything."""
    to, native = frameworks.of(found.to), found.native
    yield f"from {frameworks.of(found.framework).title}"
    yield indent(found.code, "    ")
    yield f"to {to.title}: {native.fidelity}{but(found.gaps)}"
    if native.call is not None:
        yield indent(closest_code(found) or "", "    ")
    yield from (mismatch_line(one) for one in native.mismatches)
    if found.source is not None:
        family = type(frameworks.rule_of(found.source)).__name__
        if more := pointer((one.field, family) for one in native.mismatches):
            yield item(f"shown by itself: {more}")
    if found.exact is not None and found.exact.route != "native":
        route = ROUTES[found.exact.route] if to.has_optimizers else "the Optimizer that takes every rule"
        yield f"{'closest' if found.exact.holds is False else 'exact'}, by {route}{but(found.gaps)}"
        yield indent(exact_code(found) or "", "    ")


def but(gaps: Sequence[object]) -> str:
    """What an answer that is called close or exact leaves out."""
    return ", but for what is not carried" if gaps else ""


def gap_lines(gaps: Sequence[Gap]) -> Iterator[str]:
    """What the source says and the answer lacks."""
    if gaps:
        yield "not carried"
    for gap in gaps:
        place = "" if gap.line is None else f"line {gap.line}: "
        yield item(f"{place}{gap.text}: {gap.message}" if gap.text else f"{place}{gap.message}")


def note_lines(own: Sequence[str], advice: Sequence[str]) -> Iterator[str]:
    """What else must change: what this call asks for, then what is the same under many."""
    for head, sentences in (("also", own), ("in general", advice)):
        if sentences:
            yield head
            yield from (item(sentence) for sentence in sentences)


def proof_lines(found: Answer, proof: "Proof", line: str) -> Iterator[str]:
    """What was measured."""
    yield f"measured on {proof.task}, as the largest gap to the source, relative"
    yield from measures(
        {dtype: (_gaps(proof.native[dtype]), _gaps(exact)) for dtype, exact in proof.exact.items()},
        {dtype: f"{exact.rounding[exact.worst]:.1e}" for dtype, exact in proof.exact.items()},
    )
    for dtype, exact in proof.exact.items():
        native = proof.native[dtype]
        worst = [f"{native.worst} (native)"] if native else []
        yield aside(f"worst probes in {dtype}: {', '.join([*worst, f'{exact.worst} (exact)'])}")
    yield aside(
        "losses: each on its own way; parameters: led by the same gradients; probes: led by none, tiny, huge ones"
    )
    yield aside("rounding: what it makes at most of the worst probe")
    if found.source is not None:
        yield from map(aside, _of_the_source(found.source))
    if found.unsupported_arguments:
        yield aside(f"on both sides without {', '.join(found.unsupported_arguments)}")
    yield f"    again: {line}"


def _of_the_source(call: NativeCall) -> Iterator[str]:
    """What it asks of the proof."""
    rule = frameworks.rule_of(call)
    if call.module in frameworks.of(call.framework).foreign:
        yield f"for {call.module}'s {call.name} stands its rule, by a drop-in: triptych does not run {call.module}"
    if of_matrices(rule):
        yield "the task's matrices by it; its biases by SGD on both sides, for it moves matrices only"
    if in_bfloat16(rule):
        yield "rounding is bfloat16's, in which torch makes a step orthogonal: the order of its sums moves the step"


def _gaps(gaps: "Gaps | None") -> dict[str, float | None]:
    if gaps is None:
        return dict.fromkeys(("losses", "parameters", "probes"))
    return {"losses": gaps.curve, "parameters": gaps.step, "probes": gaps.probes[gaps.worst]}


Measured = Mapping[str, tuple[Mapping[str, float | None], Mapping[str, float | None]]]


def measures(rows: Measured, last: Mapping[str, str]) -> Iterator[str]:
    """The gaps of the native and the exact way, a row for each dtype; on a narrow terminal each way has lines.

    Args:
        rows: by dtype, the two ways' gaps by their names; None where there is none. last: what stands behind them.
    """
    if not rows:
        return
    names = list(next(iter(rows.values()))[1])
    if 0 < told() < MEASURES:
        for dtype, ways in rows.items():
            for way, gaps in zip(("native", "exact"), ways, strict=True):
                yield aside(f"{dtype}, {way}: {', '.join(f'{name} {_gap(gaps[name])}' for name in names)}")
            yield from (aside(f"{dtype}: rounding {last[dtype]}") for _ in last and (0,))
        return
    widths = dict(zip(names, (16, 11, 8), strict=True))
    heading = "  ".join(f"{name:>{width}}" for name, width in widths.items()).lstrip()
    behind = f"  {'rounding':>8}" if last else ""
    yield f"    {'':8}  {'native: ' + heading:>39}  {'exact: ' + heading:>39}{behind}"
    for dtype, ways in rows.items():
        cells = ("  ".join(f"{_gap(gaps[name]):>{width}}" for name, width in widths.items()) for gaps in ways)
        yield "  ".join([f"    {dtype:8}", *cells, *([f"{last[dtype]:>8}"] if last else [])])


def _gap(gap: float | None) -> str:
    return "–" if gap is None else f"{gap:.1e}"


def mismatch_line(one: Mismatch) -> str:
    """A field that differs, as an item."""
    if one.field == "class":
        return item(one.message)
    change = f"{plain(one.source)} becomes {plain(one.target)}"
    return item(f"{one.field}: {change}; {one.message}" if len(change) <= WIDTH else f"{one.field}: {one.message}")


def item(sentence: str) -> str:
    """A sentence as an item of a list."""
    return wrapped(sentence, "  - ", "    ", most=WIDTH)


def aside(sentence: str) -> str:
    """A sentence under what was measured; in a file it is one line."""
    return wrapped(sentence, "    ", "      ")
