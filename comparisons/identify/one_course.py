"""The rules of tensors whose learning rates go alike: what was tried for them, as it is told."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from comparisons.frameworks import FRAMEWORKS
from comparisons.identify.anew import by_script as by_script_anew
from comparisons.identify.asked import as_said, as_written, asked, by_script
from comparisons.identify.beside import exchanged, nearest_calls, twins, unfelt
from comparisons.identify.calls import calls_of, calls_over
from comparisons.identify.clipping import norms_of
from comparisons.identify.curves import named
from comparisons.identify.evidence import Piece, course, evidence_of, flat, moving, pieces_of, steps_known, tensors_of
from comparisons.identify.found import Fitting, Found, Identified, Near
from comparisons.identify.groups import Group
from comparisons.identify.mending import with_own_epsilon
from comparisons.identify.notes import COARSE, of_clips, of_coarse, of_halves, of_samples
from comparisons.identify.ranking import likeliest, nearest
from comparisons.identify.script import declared, steps_as_one
from comparisons.identify.search import WHOLE, Candidate
from comparisons.identify.slips import Slip, forgets_t
from comparisons.identify.trying import Tried, curve, plain, slip_of, tried
from comparisons.rules import Adam, Ftrl, Rule
from comparisons.rules.surroundings import Clip
from comparisons.tasks.streams import Array
from comparisons.traces.trace import Tensor, Trace


class Told(NamedTuple):
    """What was tried, as it is told.

    Args:
        groups: of tensors. ranked: those for which rules hold, with these, the likeliest first.
        shape: (steps,) how the rates go; None if they stay. slip: with which the rules hold.
    """

    groups: list[Group]
    ranked: list[tuple[Group, list[Candidate]]]
    shape: Array | None
    slip: Slip | None


def of_one_course(trace: Trace, *, apart: bool = True) -> Identified:
    """The rules, of tensors whose learning rates go alike."""
    led = tensors_of(trace)
    count = steps_known(trace, led)
    still, moved = moving(led, count)
    coarse = tuple(name for name in moved if trace.about.get("dtypes", {}).get(name) == COARSE)
    moved = tuple(name for name in moved if name not in coarse)
    shape = course(trace.learning_rate, count)
    gradients = {name: array for name in moved if (array := led[name].led_by) is not None}
    pieces = dict(zip(moved, pieces_of(trace, moved, gradients, count), strict=True))
    whole = {name: led[name].whole for name in moved}
    script, apart = declared(trace.about, moved), apart and not steps_as_one(trace.about)
    norms = norms_of(led, count) if _raw(led) else None
    tried_ = Tried([])
    if moved and count > 1:
        said = by_script(trace, pieces, shape, script)
        forgetful = None if said else by_script_anew(trace, pieces, shape, script)
        tried_ = (
            Tried(forgetful[0], slip=forgetful[1])
            if forgetful
            else tried(pieces, shape, whole, norms=norms, declared=script, said=said, apart=apart)
        )
    told, clips, momenta = _told(trace, tried_, pieces, shape), tried_.clips, _momenta(trace, count)
    unknown = tuple(name for one in told.groups if not one.holding for name in one.names)
    plainly = told.shape is None and not clips and told.slip is None
    return Identified(
        found=_found(trace, told, clips, momenta, pieces),
        closest=None if told.ranked else nearest([one for group in told.groups for one in group.candidates]),
        others=_others(told.ranked, pieces) if plainly else {},
        learning_rates=_rates(told),
        momenta=momenta,
        still=still,
        coarse=coarse,
        unknown=unknown,
        steps=count,
        notes=(*of_clips(clips, norms), *of_coarse(coarse), *of_halves(unknown, pieces), *of_samples(unknown, whole)),
        slip=told.slip,
    )


def _told(trace: Trace, found: Tried, pieces: Mapping[str, Piece], shape: Array | None) -> Told:
    """What was tried, with the script's numbers where those make the steps as well; else at rates of its own."""
    groups = found.groups
    if not found.clips and found.slip is None and found.course is None:
        groups = [asked(trace, one, pieces, shape) for one in groups]
    shape = shape if found.course is None else found.course
    ranked = [
        (one, likeliest(one.holding, trace.about, as_said(trace, one, one.holding[0], shape)))
        for one in groups
        if one.holding
    ]
    if ranked or not found.led_by:
        plainly = len(ranked) == 1 and shape is None and not found.clips and found.slip is None
        return Told(groups, ranked, shape, _forgets_t(ranked[0][1][0]) if plainly else found.slip)
    shapes = {id(one): course_ for one, course_ in found.led_by}
    best = likeliest([one for one, _ in found.led_by], trace.about)
    best.sort(key=lambda one: not plain(one, shapes[id(one)]))
    group, shape = Group(names=tuple(pieces), candidates=best), shapes[id(best[0])]
    return Told([group], [(group, best)], shape, slip_of(best[0], shape))


def _forgets_t(one: Candidate) -> Slip | None:
    uncorrected = isinstance(one.rule, Adam) and not one.rule.bias_correction
    return forgets_t(one.rule, one.ranges) if uncorrected else None  # ranges take a while


def _found(
    trace: Trace,
    told: Told,
    clips: tuple[Clip, ...],
    momenta: tuple[float, ...] | None,
    pieces: Mapping[str, Piece],
) -> tuple[Found, ...]:
    """The rule of each group, what fits as well, and whether the script's does."""
    plainly = not clips and told.slip is None
    written = [
        as_written(trace, one, ranked[0], pieces, told.shape) if plainly else None for one, ranked in told.ranked
    ]
    return tuple(
        replace(
            _of_group(ranked[0], one, told, next(iter(clips), None), momenta),
            equally_good=tuple(_alike(ranked, clips, told.shape)),
            as_written=rule is not None,
        )
        for (one, ranked), rule in zip(told.ranked, written, strict=True)
    )


def _raw(led: Mapping[str, Tensor]) -> bool:
    """Whether only what the loss gave is known, not what the optimizer got."""
    return all(one.used is None for one in led.values())


def _rates(told: Told) -> tuple[float, ...] | None:
    """The rate of each step; None if they are one number within rounding, or no rule holds."""
    if told.shape is None or not told.ranked:
        return None
    rule = told.ranked[0][1][0].rule
    return None if isinstance(curve(rule, told.shape), float) else tuple(rule.learning_rate * told.shape)


def _momenta(trace: Trace, count: int) -> tuple[float, ...] | None:
    """The momentum of each step, as it was recorded; None if it stays, or is not known."""
    momenta = trace.momentum
    return None if momenta is None or course(momenta, count) is None else tuple(map(float, momenta[:count]))


def _of_group(best: Candidate, group: Group, told: Told, clip: Clip | None, momenta: tuple[float, ...] | None) -> Found:
    """The best of a group, its rate and calls as the rates and the momenta go."""
    shape, slipped = told.shape, told.slip
    rule, led = replace(best.rule, clip=clip), None if shape is None else curve(best.rule, shape)
    if slipped is not None and slipped.meant is not None:
        rule = slipped.meant
    elif slipped is not None and slipped.rate is not None:
        rule = replace(rule, learning_rate=slipped.rate)
    elif led is not None:
        rule = replace(rule, learning_rate=led)
    if slipped is None:
        calls = calls_over(rule, 0 if shape is None else len(shape))
        calls |= {id_: call for id_, call in calls_of(_at_momenta(rule, momenta)).items() if call} if momenta else {}
        return Found(tensors=group.names, rule=rule, ulp=best.holding.ulp, calls=calls, ranges=best.ranges)
    made_up = {"learning_rate": slipped.meant or slipped.rate, "epsilon": slipped.meant}  # ranges are of what was found
    ranges = {name: one for name, one in best.ranges.items() if not made_up.get(name)}
    if isinstance(rule, Adam) and slipped.made is not None and "epsilon" in ranges:
        rule, ranges["epsilon"] = with_own_epsilon(rule, slipped.made, best)
    none = dict.fromkeys(FRAMEWORKS)
    return Found(tensors=group.names, rule=rule, ulp=best.holding.ulp, calls=none, ranges=ranges)


def _at_momenta(rule: Rule, momenta: tuple[float, ...]) -> Rule:
    """The rule with the schedule that its momentum follows, or its beta1, if that is one of ours."""
    led, field = named(momenta), next((name for name in ("momentum", "beta1") if hasattr(rule, name)), None)
    given: dict[str, Any] = {} if led is None or field is None else {field: led}
    return replace(rule, **given)


def _fitting(one: Candidate) -> Fitting:
    return Fitting(rule=one.rule, ranges=one.ranges)


def _alike(ranked: list[Candidate], clips: tuple[Clip, ...], shape: Array | None) -> list[Fitting]:
    """What fits as well as the first of them, with the first of the clips; at one rate, or at rates that go so."""
    best, *others = ranked
    steady = shape is None
    found = [
        *(_fitting(one) for one in others if _member(one, best)),
        *twins(best.rule, best.ranges, steady=steady),
        *unfelt(best),
    ]
    if steady:
        found += [exchanged(one) for one in (_fitting(best), *found) if isinstance(one.rule, Ftrl) and one.rule.beta]
    clipped = [Fitting(rule=replace(best.rule, clip=clip), ranges=best.ranges) for clip in clips[1:]]
    alike = [*(replace(one, rule=replace(one.rule, clip=next(iter(clips), None))) for one in found), *clipped]
    return alike if shape is None else [replace(one, rule=_led(one.rule, shape)) for one in alike]


def _led(rule: Rule, shape: Array) -> Rule:
    """With the schedule that the rates are, if they are one of ours."""
    rate = curve(rule, shape)
    return rule if rate is None else replace(rule, learning_rate=rate)


def _member(one: Candidate, best: Candidate) -> bool:
    """Whether it is more than the limit of a family that the best is none of."""
    return type(one.rule) is type(best.rule) or not one.limit


def _others(told: list[tuple[Group, list[Candidate]]], pieces: Mapping[str, Piece]) -> dict[str, Near]:
    """The closest call of each framework that has none for the rule, where one rule was found."""
    if len(told) != 1:
        return {}
    [(group, ranked)] = told
    some = [pieces[name] for name in group.names]
    return nearest_calls(ranked[0].rule, evidence_of(some if isinstance(ranked[0].rule, WHOLE) else [flat(some)]))
