"""What the proof of a whole training leaves of an answer's claims to be exact."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from comparisons.frameworks.express import Mismatch
from comparisons.frameworks.trainings import Trainable, bare, calls_of
from comparisons.names import Dtype
from comparisons.porting.wholes.answer import Whole
from comparisons.porting.wholes.proof import WholeGaps, WholeProof


def judged(found: Whole, proof: WholeProof) -> tuple[Whole, tuple[str, ...]]:
    """The answer without the claims that the proof refutes, and a line for each class and route that fails.

    A training is exact where the gaps of led parameters are rounding, and where no call of it, nor of the source,
    departs from its rule. The losses say nothing of that: each goes its own way, and chaos may part them.
    """
    failures = [one.sentence for one in proof.held.deviations]
    if found.exact is not None and found.holds is None:
        against = [*_departed(found, found.exact, proof), *_beyond(proof.exact)]
        found = replace(found, holds=not against)
        failures += [f"not exact: {reason}" for reason in against if reason not in failures]
    if found.native.training is not None and found.native.fidelity == "exact":
        reasons = [*_departed(found, found.native.training, proof), *_beyond(proof.native)]
        if reasons:
            measured = Mismatch(field="measured", source="exact", target="not exact", message="; ".join(reasons))
            changed = replace(found.native, around=(measured, *found.native.around), fidelity="approximate")
            found = replace(found, native=changed)
    return found, tuple(failures)


def _departed(found: Whole, training: Trainable, proof: WholeProof) -> list[str]:
    """How a call of the source, or of the training, departs from its rule."""
    calls = [replace(bare(call), hooks=()) for one in (found.source, training) for call in calls_of(one)]
    return [one.sentence for one in proof.held.deviations if one.step and one.call in calls]


def _beyond(gaps: Mapping[Dtype, WholeGaps | None]) -> Iterator[str]:
    """The gaps that are more than rounding."""
    for dtype, one in gaps.items():
        if one is not None and not one.step <= one.rounding:
            yield (
                f"led by the same gradients it is {one.step:.1e} apart in {dtype}, where rounding makes "
                f"{one.rounding:.1e} at most"
            )
