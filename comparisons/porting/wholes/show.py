"""The answer for a whole training as text for the terminal."""

from collections.abc import Iterator
from textwrap import indent
from typing import TYPE_CHECKING

from comparisons import frameworks
from comparisons.analysis.lessons import ANY, pointer
from comparisons.frameworks.code import written
from comparisons.porting.show import aside, but, item, measures, mismatch_line
from comparisons.porting.wholes.answer import Whole
from comparisons.porting.wholes.written import closest_block, exact_block
from comparisons.porting.writing.native import group_code
from comparisons.rules import Schedule

if TYPE_CHECKING:
    from comparisons.porting.wholes.proof import WholeGaps, WholeProof

ROUTES = {
    "native": "the framework's own classes",
    "lines": "lines in the training step",
    "hook": "hooks on torch's own optimizers",
    "drop-in": "drop-ins",
}


def lines(found: Whole) -> Iterator[str]:
    """What is known of a whole training without running anything."""
    to, native = frameworks.of(found.to), found.native
    yield f"from {frameworks.of(found.framework).title}"
    for i, group in enumerate(found.source.groups):
        names = ", ".join(name for name, origin in zip(found.names, found.origins, strict=True) if origin == i)
        yield f"    {names}: {group_code(group.optimizer).replace(chr(10), '; ')}"
    parts = (found.source.clip, found.source.accumulation, found.source.average)
    yield from (f"    {written(part)}" for part in parts if part is not None)
    yield f"to {to.title}: {native.fidelity}{but(found.gaps)}"
    if to.has_optimizers:
        yield indent(closest_block(found) or "no native class for each group", "    ")
    yield from (mismatch_line(one) for one in found.mismatches)
    if found.to != found.framework and (more := pointer(_causes(found))):
        yield item(f"shown by itself: {more}")
    if found.exact is not None and found.exact != native.training:
        route = ROUTES[found.route] if to.has_optimizers else "the Optimizer that takes every rule"
        yield f"{'closest' if found.holds is False else 'exact'}, by {route}{but(found.gaps)}"
        yield indent(exact_block(found) or "", "    ")


def _causes(found: Whole) -> Iterator[tuple[str, str]]:
    """What may make a gap, each with the family of its rule: the fields that differ, and the parts of the training."""
    rules = found.rules
    for group, expression in zip(rules.groups, found.native.groups, strict=True):
        yield from ((one.field, type(group.optimizer).__name__) for one in expression.mismatches)
    if rules.clip is not None or any(group.optimizer.clip is not None for group in rules.groups):
        yield "clip", ANY
    if rules.accumulation is not None:
        yield "accumulation", ANY
    if rules.average is not None:
        yield "average", ANY
    if any(isinstance(group.optimizer.learning_rate, Schedule) for group in rules.groups):
        yield "learning_rate", "training"
    if len({group.optimizer.weight_decay for group in rules.groups}) > 1:
        yield "weight_decay", ANY


def proof_lines(proof: "WholeProof") -> Iterator[str]:
    """What was measured of a whole training."""
    yield f"measured on {proof.task}, and over {proof.updates} updates, as the largest gap to the source, relative"
    yield from measures({dtype: (_gaps(proof.native[dtype]), _gaps(exact)) for dtype, exact in proof.exact.items()}, {})
    yield aside("losses: each on its own way; parameters: led by the same gradients; rounding: what it makes of those")
    if proof.parts_at is not None and proof.parts_at:
        after = proof.updates - proof.parts_at
        yield item(
            f"the native rate is another from update {proof.parts_at + 1} on: its gap is of {after} such updates, too"
        )
    if proof.not_exercised:
        yield item(f"not exercised: {'; '.join(proof.not_exercised)}")


def _gaps(gaps: "WholeGaps | None") -> dict[str, float | None]:
    if gaps is None:
        return dict.fromkeys(("losses", "parameters", "rounding"))
    return {"losses": gaps.curve, "parameters": gaps.step, "rounding": gaps.rounding}
