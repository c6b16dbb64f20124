"""What is tried for the tensors of a trace: one rule for all, rates of its own, uphill, clips, groups."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from comparisons.identify.clipping import clippings
from comparisons.identify.curves import named
from comparisons.identify.evidence import Piece
from comparisons.identify.groups import Group, as_declared, groups, together
from comparisons.identify.rates import with_rates
from comparisons.identify.search import Candidate
from comparisons.identify.slips import Slip, slip
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
        uphill: whether the rules of the groups hold with the gradients negated.
    """

    groups: list[Group]
    clips: tuple[Clip, ...] = ()
    led_by: Sequence[tuple[Candidate, Array]] = ()
    uphill: bool = False


def tried(
    pieces: Mapping[str, Piece],
    shape: Array | None,
    whole: Mapping[str, bool],
    *,
    norms: Array | None,
    declared: Sequence[Sequence[str]],
    apart: bool = True,
) -> Tried:
    """The groups that the script has; one rule for all tensors; one at rates of its own; one uphill; clips and groups.

    A schedule or a slip is plainer than clips and groups are, but rates that are neither say less.

    Args:
        norms: (steps,) of all gradients together, where only what the loss gave is known, not what the optimizer got;
            None where it is, or they are not known.
        declared: the script's groups of tensors; () if it says of none that they have other arguments than the others.
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
    led_by = with_rates(list(pieces.values())) if shape is None and not all_.holding else []
    if all_.holding or any(plain(one, course_) for one, course_ in led_by):
        return Tried([all_], led_by=led_by)
    negated = {name: replace(one, gradients=-one.gradients) for name, one in pieces.items()}
    up = together(negated, shape, whole)
    if up.holding:
        return Tried([up], uphill=True)
    if not apart:
        return Tried([all_], led_by=led_by)
    if norms is not None and declared:
        largest = max(declared, key=lambda names: sum(pieces[name].before.size for name in names))
        tried_ = clippings(pieces, shape, largest, norms)
        if known := _with_clips(tried_, lambda one: as_declared(one, shape, whole, declared)):
            return Tried(*known, led_by)
    return Tried(*_grouped(pieces, shape, whole, norms, all_), led_by)


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
) -> tuple[list[Group], tuple[Clip, ...]]:
    """All tensors as one group, for which no rule holds, if one does with gradients clipped; else in groups.

    Groups too are tried with gradients clipped where some tensors follow no rule without. The clips are those with
    which rules hold, the one that misses least first.
    """
    if norms is not None:
        tried = clippings(pieces, shape, list(pieces), norms)
        if found := _with_clips(tried, lambda one: [together(one, shape, whole)]):
            return found
    if len(pieces) == 1:
        return [all_], ()
    apart = groups(pieces, shape, whole)
    unknown = [name for one in apart if not one.holding for name in one.names]
    if norms is not None and unknown:
        largest = max(unknown, key=lambda name: pieces[name].before.size)
        found = _with_clips(clippings(pieces, shape, [largest], norms), lambda one: groups(one, shape, whole))
        return found or (apart, ())
    return apart, ()


def _with_clips(
    tried: Iterable[tuple[Clip, dict[str, Piece]]], grouped: Callable[[dict[str, Piece]], list[Group]]
) -> tuple[list[Group], tuple[Clip, ...]] | None:
    """The groups, and the clips with which a rule holds for each; None if there is no such clip."""
    found = list[tuple[float, Clip, list[Group]]]()
    for clip, changed in tried:
        there = grouped(changed)
        if all(one.holding for one in there):
            found.append((max(min(each.holding.ulp for each in one.holding) for one in there), clip, there))
    found.sort(key=lambda one: one[0])
    return (found[0][2], tuple(clip for _, clip, _ in found)) if found else None


def curve(rule: Rule, shape: Array) -> float | Schedule | None:
    """The schedule of ours that the rates are, if it is one."""
    rate = rule.learning_rate
    return named(tuple(float(rate * factor) for factor in shape)) if isinstance(rate, float) else rate
