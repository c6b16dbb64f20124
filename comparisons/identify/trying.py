"""What is tried for the tensors of a trace: one rule for all, rates of its own, uphill, clips, groups."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from comparisons.identify.anew import forgetful, held_to_all, of_first_steps
from comparisons.identify.candidates import rare
from comparisons.identify.clipping import Clipped, clippings
from comparisons.identify.curves import named
from comparisons.identify.evidence import Piece
from comparisons.identify.groups import Group, as_declared, groups, together
from comparisons.identify.lookahead import LOOKAHEAD, is_of, without_slip
from comparisons.identify.onset import by_elements, uphill
from comparisons.identify.rates import with_rates
from comparisons.identify.search import Candidate
from comparisons.identify.slips import UPHILL, Slip, slip
from comparisons.rules import Rule, Schedule
from comparisons.rules.surroundings import Clip
from comparisons.tasks.streams import Array

UNIFORM = 12**-0.5  # the deviation of a rounding, in units of the last place
SIGMAS = 4  # of it, which of some tens of rates none is off by chance
HALF = np.float16  # slow, and with 11 bits hardly a rule but SGD is told: one for all is tried, and no more


class Tried(NamedTuple):
    """What was tried for tensors.

    Args:
        groups: of them, with what was looked at. clips: those with which rules hold.
        led_by: what holds at rates of its own, which nobody recorded, and how they go.
        slip: with which the rules of the groups hold, where it is no matter of rates.
        course: (steps,) how the rates go at which the rules of the groups hold, where nobody recorded them.
    """

    groups: list[Group]
    clips: tuple[Clip, ...] = ()
    led_by: Sequence[tuple[Candidate, Array]] = ()
    slip: Slip | None = None
    course: Array | None = None


# Tensors, and whether their rates go as is known, to what holds for all of them.
Way = Callable[[Mapping[str, Piece], bool], Tried | None]


def tried(
    pieces: Mapping[str, Piece],
    shape: Array | None,
    whole: Mapping[str, bool],
    *,
    norms: Array | None,
    declared: Sequence[Sequence[str]],
    said: list[Group],
    apart: bool = True,
) -> Tried:
    """The groups that the script has; one rule for all; one at rates of its own; slips; clips and groups; rare rules.

    A schedule or a slip is plainer than clips and groups are, but rates that are neither say less. Where no rule holds
    whose numbers are fitted, the script's may, with one that never is, as the bounds of Rprop's steps.

    Args:
        norms: (steps,) of all gradients together, where only what the loss gave is known, not what the optimizer got;
            None where it is, or they are not known.
        declared: the script's groups of tensors; () if it says of none that they have other arguments than the others.
        said: the same, or all tensors as one, with the script's rules, if those make all steps; else none.
        apart: whether clips and groups are tried.
    """
    if declared:
        found = as_declared(pieces, shape, whole, declared)
        if all(one.holding for one in found):
            return Tried(found)
        all_ = found[0]  # what no rule holds for holds for no more tensors
    else:
        all_ = together(pieces, shape, whole)
    if not all_.holding and any(piece.before.dtype == HALF for piece in pieces.values()):
        return Tried([all_])
    if said and not all_.holding:
        return Tried(said)
    led_by = [] if shape is not None or all_.holding else at_any_rates(list(pieces.values()))
    if all_.holding or any(plain(one, course_) for one, course_ in led_by):
        return Tried([all_], led_by=led_by)
    if uphill(list(pieces.values())):
        negated = {name: replace(one, gradients=-one.gradients) for name, one in pieces.items()}
        if (up := together(negated, shape, whole)).holding:
            return Tried([up], slip=UPHILL)
    if shape is None and (ahead := without_slip(pieces)) is not None:
        momentum, mended = ahead
        if is_of(up := together(mended, shape, whole), momentum):
            return Tried([up], slip=LOOKAHEAD)
    if not apart:
        return Tried([all_], led_by=led_by)
    if norms is not None and declared:
        largest = max(declared, key=lambda names: sum(pieces[name].before.size for name in names))
        if known := _with_clips(clippings(pieces, shape, largest, norms), _declared(shape, whole, declared)):
            return known
    found_ = _grouped(pieces, shape, whole, norms, all_)
    if not led_by and not found_.led_by and not any(one.holding for one in found_.groups):
        if seldom := rare(list(pieces.values()), shape):
            return Tried([Group(names=tuple(pieces), candidates=seldom)])
        return _by_first_steps(pieces, shape, whole, found_)
    return found_ if found_.led_by else found_._replace(led_by=led_by)


def _by_first_steps(pieces: Mapping[str, Piece], shape: Array | None, whole: Mapping[str, bool], found: Tried) -> Tried:
    """What makes the first steps, and all others of an optimizer that forgets; else beside what was found."""
    known = of_first_steps(pieces, shape, whole)
    if (anew := forgetful(known, pieces, shape)) is not None:
        groups_, slip_ = anew
        return Tried(groups_, slip=slip_)
    beside = [held_to_all(one, pieces, shape) for one in known]
    first, *others = found.groups
    return found._replace(groups=[replace(first, candidates=[*first.candidates, *beside]), *others])


def at_any_rates(pieces: Sequence[Piece]) -> list[tuple[Candidate, Array]]:
    """What holds at rates of its own, if the first step allows that."""
    return with_rates(pieces) if by_elements(pieces) else []


def _declared(shape: Array | None, whole: Mapping[str, bool], declared: Sequence[Sequence[str]]) -> Way:
    """The rules of the groups that the script has."""

    def tried_(pieces: Mapping[str, Piece], steady: bool) -> Tried | None:
        found = as_declared(pieces, shape, whole, declared) if steady else []
        return Tried(found) if found and all(one.holding for one in found) else None

    return tried_


def plain(one: Candidate, course_: Array) -> bool:
    """Whether the rates are one number, a schedule of ours, or the mark of a slip."""
    return slip_of(one, course_) is not None or curve(one.rule, course_) is not None


def slip_of(one: Candidate, course_: Array) -> Slip | None:
    """The slip whose mark the rates are, if there is one."""
    rate = one.rule.learning_rate
    return slip(one.rule, rate * course_, _noise(one.evidence.pieces)) if isinstance(rate, float) else None


def _noise(pieces: Sequence[Piece]) -> Array:
    """(steps,): what of a rate, which is found from all elements together, their rounding makes, relative."""
    off, steps = 0.0, 0.0
    for piece in pieces:
        off = off + np.square(piece.ulp).reshape(len(piece.ulp), -1).mean(axis=1) * UNIFORM**2
        steps = steps + np.square(piece.after.astype(float) - piece.before).reshape(len(piece.ulp), -1).sum(axis=1)
    with np.errstate(all="ignore"):
        return np.nan_to_num(SIGMAS * np.sqrt(off / steps), nan=0.0, posinf=0.0)


def _grouped(
    pieces: Mapping[str, Piece], shape: Array | None, whole: Mapping[str, bool], norms: Array | None, all_: Group
) -> Tried:
    """All tensors as one group, for which no rule holds, if one does with gradients clipped; else in groups.

    Groups too are tried at rates that nobody recorded, which the largest tensor tells, and with gradients clipped.
    """
    if norms is not None and (found := _with_clips(clippings(pieces, shape, list(pieces), norms), _one(shape, whole))):
        return found
    if len(pieces) == 1:
        return Tried([all_])
    largest = max(pieces, key=lambda name: pieces[name].before.size)
    if shape is None and (found := _by_largest(pieces, whole, largest)):
        return found
    apart = groups(pieces, shape, whole)
    unknown = [name for one in apart if not one.holding for name in one.names]
    if norms is not None and unknown:
        largest = max(unknown, key=lambda name: pieces[name].before.size)
        found = _with_clips(clippings(pieces, shape, [largest], norms), _several(shape, whole, largest))
        return found or Tried(apart)
    return Tried(apart)


def _one(shape: Array | None, whole: Mapping[str, bool]) -> Way:
    """One rule for all."""

    def tried_(pieces: Mapping[str, Piece], steady: bool) -> Tried | None:
        if steady:
            found = together(pieces, shape, whole)
            return Tried([found]) if found.holding else None
        led_by = at_any_rates(list(pieces.values()))
        group = Group(names=tuple(pieces), candidates=[])
        return Tried([group], led_by=led_by) if any(plain(*one) for one in led_by) else None

    return tried_


def _several(shape: Array | None, whole: Mapping[str, bool], largest: str) -> Way:
    """Several rules, at rates that the largest tensor tells where nobody recorded them."""

    def tried_(pieces: Mapping[str, Piece], steady: bool) -> Tried | None:
        if not steady:
            return _by_largest(pieces, whole, largest)
        found = groups(pieces, shape, whole)
        return Tried(found) if all(one.holding for one in found) else None

    return tried_


def _by_largest(pieces: Mapping[str, Piece], whole: Mapping[str, bool], largest: str) -> Tried | None:
    """Groups for which rules hold at rates that go as the steps of the largest tensor tell; None without such."""
    for one, course in at_any_rates([pieces[largest]]):
        rates = curve(one.rule, course)
        if rates is not None and not isinstance(rates, float):
            found = groups(pieces, course, whole)
            if all(each.holding for each in found):
                return Tried(found, course=course)
    return None


def _with_clips(clips: Iterable[Clipped], way: Way) -> Tried | None:
    """What holds with clips, of which that comes first which misses least; None where nothing holds with any."""
    found = list[tuple[float, Clip, Tried]]()
    for clip, changed, steady in clips:
        if (there := way(changed, steady)) is not None:
            found.append((_ulp(there), clip, there))
    found.sort(key=lambda one: one[0])
    return found[0][2]._replace(clips=tuple(clip for _, clip, _ in found)) if found else None


def _ulp(there: Tried) -> float:
    """By how much it misses, in the group that misses most."""
    if there.led_by:
        return min(one.holding.ulp for one, _ in there.led_by)
    return max(min(each.holding.ulp for each in one.holding) for one in there.groups)


def curve(rule: Rule, shape: Array) -> float | Schedule | None:
    """The schedule of ours that the rates are, if it is one."""
    rate = rule.learning_rate
    return named(tuple(float(rate * factor) for factor in shape)) if isinstance(rate, float) else rate
