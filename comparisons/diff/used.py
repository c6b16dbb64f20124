"""The gradient that the optimizer got beside the raw one: what each side does to it in between."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from comparisons.diff.both import Both
from comparisons.diff.families import families
from comparisons.diff.matching import PART
from comparisons.diff.record import Cause, Rung
from comparisons.diff.seen import Family, Seen, noise, sized
from comparisons.frameworks import FRAMEWORKS
from comparisons.names import listed
from comparisons.traces.rounding import unit
from comparisons.traces.trace import Array

USED = "used gradient"


def used_rung(both: Both) -> Rung:
    """Whether both sides do the same to the raw gradient: nothing, a clip, a factor."""
    told = any(side.used is not None for pair in both.pairs for side in (pair.a, pair.b))
    sides = [_seen(both, side) for side in "ab"]
    if not all(sides) or not (told or all(trace.about.get("form") == "recorded" for trace in both.traces)):
        says = "The gradient that the optimizer got was not told from the raw one."
        return Rung(rung=USED, state="not recorded", says=says)
    a, b = (_treatment(side) for side in sides)
    if a is None or b is None:
        if a is None and b is None:
            says = "What both sides do to their gradients is of no family that is known here."
            return Rung(rung=USED, state="not recorded", says=says)
        cause = _nameless(both, sides, "AB"[a is not None])
        return Rung(rung=USED, state="broken", says=cause.says, causes=(cause,))
    if _near(a, b):
        return Rung(rung=USED, state="ok", says=f"Both optimizers get {_told(a)}.")
    if (side := _may_have(a, b, sides)) is not None:
        one, other, clip = "AB"[side], "BA"[side], (b, a)[side]
        says = f"{other}'s optimizer gets {_told(clip)}. {one}'s gradients never reach that: {one} may clip them, too."
        return Rung(rung=USED, state="ok", says=says)
    cause = _cause(both, sides, a, b)
    return Rung(rung=USED, state="broken", says=cause.says, causes=(cause,))


def _seen(both: Both, side: str) -> list[Seen]:
    """Raw and used gradient of one side, as A's and B's of a comparison."""
    found: list[Seen] = []
    if not both.with_gradients:
        return found
    least = 1e-3 * both.gradient_norms["ab".index(side)]
    for pair in both.pairs:
        one = getattr(pair, side)
        if one.gradient is None:
            return []
        norms = (one.norms["gradient"], one.norms.get("used", one.norms["gradient"]))
        rounding = max(both.relative, unit(pair.dtypes["ab".index(side)]))
        found.append(
            Seen(
                name=pair.name,
                axes=len(pair.shape),
                a=one.gradient,
                b=one.gradient if one.used is None else one.used,  # a recorder writes it where it is another
                theta=one.before,
                bounds=(rounding * np.maximum(norms[0], least), rounding * np.maximum(norms[1], least)),
                norms=norms,
                later=norms,
            )
        )
    return _joined(found, {pair.name: (pair.name, pair.other)["ab".index(side)] for pair in both.pairs})


def _joined(seen: list[Seen], own: Mapping[str, str]) -> list[Seen]:
    """Those of the parts of a tensor that one side holds in one, which is clipped by the norm of the whole, as one.

    Args:
        own: by A's names the side's.
    """
    groups: dict[str, list[Seen]] = {}
    for one in seen:
        groups.setdefault(PART.sub("", own[one.name]), []).append(one)
    return [some[0] if len(some) == 1 else _as_one(name, some) for name, some in groups.items()]


def _as_one(name: str, parts: Sequence[Seen]) -> Seen:
    def whole(of_each: Sequence[tuple[Array, Array]]) -> tuple[Array, Array]:
        a, b = (np.sqrt(sum(np.square(one) for one in side)) for side in zip(*of_each, strict=True))
        return a, b

    return replace(
        parts[0],
        name=name,
        a=np.concatenate([one.a for one in parts], axis=1),
        b=np.concatenate([one.b for one in parts], axis=1),
        theta=np.concatenate([one.theta for one in parts], axis=1),
        bounds=whole([one.bounds for one in parts]),
        norms=whole([one.norms for one in parts]),
        later=whole([one.later for one in parts]),
    )


def _treatment(seen: list[Seen]) -> Family | None:
    """What is done to all gradients: nothing, or one thing; None if that is not known."""
    if all(one.same for one in seen):
        return Family(name="nothing", number=None)
    found = families(seen)
    return found[0] if len(found) == 1 and found[0].name != "lower precision" else None


def clip_of_both(both: Both) -> float | None:
    """The norm of all gradients to which both optimizers get them clipped, as far as is known; None if it is not so."""
    sides = [_seen(both, side) for side in "ab"]
    a, b = (_treatment(side) if side else None for side in sides)
    if a is None or b is None:
        return None
    side = _may_have(a, b, sides)
    clip = a if side is None else (b, a)[side]
    known = clip.name == "clipped by the norm of all" and (side is not None or _near(a, b))
    return clip.number if known else None


def _may_have(a: Family, b: Family, sides: Sequence[Sequence[Seen]]) -> int | None:
    """The side, 0 or 1, that does nothing to its gradients, if those never reach the other's clip; None without one."""
    for side, (own, other) in enumerate(((a, b), (b, a))):
        if own.name == "nothing" and _unreached(other, sides[side]):
            return side
    return None


def _unreached(clip: Family, seen: Sequence[Seen]) -> bool:
    """Whether the raw gradients of a side are never so large that the clip would change them."""
    if clip.number is None:
        return False
    match clip.name:
        case "clipped by the norm of all":
            largest = np.sqrt(sum(np.square(one.norms[0]) for one in seen)).max()
        case "clipped by the norm of each":
            largest = max(one.norms[0].max() for one in seen)
        case "clipped by value":
            largest = max(np.abs(one.a).max() for one in seen)
        case _:
            return False
    return bool(largest <= clip.number)


def _told(one: Family) -> str:
    where = f" in {listed(one.tensors)}" if one.tensors else ""
    match one.name:
        case "nothing":
            return "the raw gradient"
        case name if name.startswith("clipped"):
            return f"the gradient {name}, at {one.number:.6g}"
        case "decayed":
            return f"the gradient and {one.number:.6g} times the parameters{where}"
        case "decayed by signs":
            return f"the gradient and {one.number:.6g} times the parameters' signs{where}"
        case "scaled" | "scaled in some tensors":
            return f"{one.number:.6g} times the gradient{where}"
        case name:
            return f"the gradient in {name}"


def _near(a: Family, b: Family) -> bool:
    if (a.name, a.tensors) != (b.name, b.tensors):
        return False
    return a.number is None or b.number is None or abs(a.number - b.number) <= 1e-4 * abs(a.number)


def _nameless(both: Both, sides: list[list[Seen]], side: str) -> Cause:
    """What one side does to its gradients, of which only the size is known."""
    step, seen = _first(both, sides), sides["AB".index(side)]
    changed = tuple(one.name for one in seen if not one.same)
    where = f" in {listed(changed)}" if len(changed) < len(seen) else ""
    return Cause(
        rung=USED,
        step=step,
        cause="not known",
        number=noise(seen),
        says=f"They part at step {step} in what the optimizer gets: {side}'s gets gradients that differ from the raw "
        f"ones{where} by {sized(noise(seen))}, and no factor, clip, decay or precision explains it.",
        remedy=f"See what {side} does between the backward pass and the step: hooks, noise, masks, a projection.",
        tensors=changed if where else (),
        certain=False,
    )


def _first(both: Both, sides: list[list[Seen]]) -> int:
    """The first step at which one side does something to its gradients that the other does not."""
    moved = [np.sum([np.linalg.norm(one.b - one.a, axis=1) > one.bound for one in side], axis=0) > 0 for side in sides]
    apart = moved[0] != moved[1]
    return int(both.steps[int(apart.argmax())] if apart.any() else both.steps[int((moved[0] | moved[1]).argmax())])


def _untold(both: Both) -> str:
    """The side of which nobody knows what the optimizer got: plain arrays, and no `used` was given; "" if none."""
    for side, trace in zip("AB", both.traces, strict=True):
        own = FRAMEWORKS.get(str(trace.about.get("framework")))
        arrays = own is not None and not own.has_optimizers
        if arrays and all(one.used is None for one in trace.tensors.values()):
            return side
    return ""


def _cause(both: Both, sides: list[list[Seen]], a: Family, b: Family) -> Cause:
    step = _first(both, sides)
    planted = a if b.name == "nothing" else b
    side = _untold(both)
    more = f" {side}'s recorder was not told what the optimizer gets: used=..." * bool(side)
    return Cause(
        rung=USED,
        step=step,
        cause=planted.name if a.name != b.name else f"{planted.name}, at another number",
        number=planted.number,
        says=f"They part at step {step} in what the optimizer gets: A's gets {_told(a)}, B's {_told(b)}.{more}",
        remedy="Do the same to the gradients on both sides.",
        tensors=planted.tensors,
        certain=not side,
    )
