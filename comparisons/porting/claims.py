"""What the proof leaves of an answer's claims to be exact."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import isfinite
from typing import TYPE_CHECKING

from comparisons.frameworks.call import NativeCall
from comparisons.frameworks.express import Mismatch
from comparisons.porting.answer import Answer, with_mismatches
from comparisons.porting.tolerance import TASK
from comparisons.rules import Lion, Rule

if TYPE_CHECKING:
    from comparisons.names import Dtype
    from comparisons.porting.proof import Gaps, Proof

EXACT = ("exact", "exact-at-constant-learning-rate")
WITH_HOOK = "exact-with-hook"


def proved(found: Answer, proof: "Proof") -> tuple[Answer, tuple[str, ...]]:
    """The answer without the claims that the proof refutes, and a line for each class and route that fails.

    An optimizer is exact where the gaps of led parameters are rounding, and where neither it nor the source departs
    from its rule. The losses say nothing of that: each goes its own way, and chaos may part them.
    """
    native, exact = found.native, found.exact
    if native.call is not None and native.fidelity in (*EXACT, WITH_HOOK):
        without = native.fidelity == WITH_HOOK  # what was measured is the call without its hook
        reasons = _departed(found, native.call, proof) if without else _against(found, native.call, proof.native, proof)
        says = "; ".join(reasons)
        refuted = Mismatch(field="measured", source="exact", target="not exact", message=says)
        native = with_mismatches(native, (refuted,) if says else (), "approximate")
    failures = [one.sentence for one in proof.held.deviations]
    if exact is not None and exact.holds is None:
        against = _against(found, exact.optimizer, proof.exact, proof)
        exact = replace(exact, holds=not against)
        failures += [f"not exact: {reason}" for reason in against if reason not in failures]
    return replace(found, native=native, exact=exact), tuple(failures)


def _against(
    found: Answer, optimizer: NativeCall | Rule, gaps: "Mapping[Dtype, Gaps | None]", proof: "Proof"
) -> list[str]:
    """What speaks against it that an optimizer gives the source's numbers."""
    return [*_departed(found, optimizer, proof), *_beyond(gaps, proof, isinstance(optimizer, Lion))]


def _departed(found: Answer, optimizer: NativeCall | Rule, proof: "Proof") -> list[str]:
    """How the source or the optimizer departs from its rule."""
    deviations = proof.held.deviations
    departed = [one.sentence for one in deviations if one.call == found.source]
    if isinstance(optimizer, NativeCall):  # all its arguments are written out, so that other defaults do not matter
        bare = replace(optimizer, hooks=())
        departed += [one.sentence for one in deviations if one.call == bare and one.step and bare != found.source]
    return departed


def _beyond(gaps: "Mapping[Dtype, Gaps | None]", proof: "Proof", is_lion: bool) -> Iterator[str]:
    """The largest gap in each dtype that is more than rounding.

    Lion's on the task is not asked for: where its average cancels, rounding decides the sign of a whole step.
    """
    for dtype, some in gaps.items():
        if some is None:
            continue
        names = {probe: f"at {probe}" for probe in some.probes}
        names |= {} if is_lion else {TASK: f"by the gradients of {proof.task}"}
        led = {**some.probes, TASK: some.step}
        worst = max(names, key=lambda name: led[name] / some.rounding[name])
        if led[worst] > some.rounding[worst]:
            off = f"{led[worst]:.1e} off" if isfinite(led[worst]) else "finite on one side only"
            yield f"{off} in {dtype} {names[worst]}, where rounding makes {some.rounding[worst]:.1e} at most"
