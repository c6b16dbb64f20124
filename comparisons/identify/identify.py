"""Which update rule a recorded training followed."""

from collections.abc import Mapping, Sequence

import numpy as np

from comparisons.frameworks import FRAMEWORKS
from comparisons.identify.calls import calls_of, unusual, usual
from comparisons.identify.evidence import moving, pieces_of, steps_known, tensors_of
from comparisons.identify.found import Found, Identified, Near
from comparisons.identify.hypotheses import FAMILIES
from comparisons.identify.search import Candidate, elementwise_families, search, steps_of
from comparisons.rules import Rule
from comparisons.tasks.streams import Array
from comparisons.traces.trace import Trace


def identify(trace: Trace) -> Identified:
    """The rules that make the recorded steps, of all families of `comparisons.rules` with all their switches.

    Raises:
        BadInput: the trace has no gradients, does not begin at the first update, or has no finite step.
    """
    led = tensors_of(trace)
    count = steps_known(trace, led)
    still, moved = moving(led, count)
    gradients = {name: array for name in moved if (array := led[name].led_by) is not None}
    candidates = _candidates(trace, moved, gradients, count)
    holding = _ranked([one for one in candidates if one.holding.holds], trace)
    if not holding:
        return Identified(found=(), closest=_near(candidates), still=still, unknown=tuple(moved), steps=count)
    best, *others = holding
    return Identified(
        found=(_found(best, moved),),
        equally_good=tuple(one.rule for one in others if not one.limit),
        others=_others(candidates),
        still=still,
        steps=count,
    )


def _candidates(trace: Trace, names: Sequence[str], gradients: Mapping[str, Array], count: int) -> list[Candidate]:
    pieces = pieces_of(trace, names, gradients, count)
    steps = steps_of(pieces, None, whole=False)
    return search(steps, {family: usual(family) for family in FAMILIES}, elementwise_families())


def _found(best: Candidate, names: Sequence[str]) -> Found:
    return Found(
        tensors=tuple(names), rule=best.rule, ulp=best.holding.ulp, calls=calls_of(best.rule), ranges=best.ranges
    )


def _ranked(holding: list[Candidate], trace: Trace) -> list[Candidate]:
    """Those with the numbers that are likeliest to have been written first; a family's limits last."""
    here = str(trace.about.get("framework", ""))
    order = [here] if here in FRAMEWORKS else []

    def rank(one: Candidate) -> tuple[bool, int, int, int, float]:
        own = min((unusual(one.rule, id_) for id_ in order), default=0)
        any_ = min(unusual(one.rule, id_) for id_ in FRAMEWORKS)
        return one.limit, own, any_, len(one.hypothesis.free), one.cost

    return sorted(holding, key=rank)


def _near(candidates: list[Candidate]) -> Near | None:
    finite = [one for one in candidates if np.isfinite(one.holding.ulp)]
    if not finite:
        return None
    best = min(finite, key=lambda one: one.holding.share)
    return Near(rule=best.rule, ulp=best.holding.ulp, step=best.holding.step or 0)


def _others(candidates: list[Candidate]) -> dict[str, Near]:
    """For each framework the closest of its calls that is not what was found."""
    return {}


__all__ = ["Rule", "identify"]
