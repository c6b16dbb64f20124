"""A chain of transformations read as the rules that it is: what stands where in it decides.

clip, decay        before the core: the gradient is clipped, the decay coupled
core               scale_by_adam and its kind; none, or a trace, for gradient descent
decay              behind the core: decoupled
rate, trace        the rate behind a trace, or before it: then the velocity holds the rate
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from comparisons.frameworks.call import NativeCall
from comparisons.frameworks.optax.cores import CORES, RMS, Reading, Unread, core_rule, led
from comparisons.frameworks.optax.names import NO_RULE
from comparisons.frameworks.optax.schedules import CALLS
from comparisons.frameworks.optax.schedules import read as read_schedule
from comparisons.frameworks.optax.transforms import members
from comparisons.frameworks.tidy import tidy
from comparisons.rules import (
    ClipGlobalNorm,
    ClipValue,
    Product,
    Rule,
    Schedule,
)
from comparisons.rules.schedules import scaled
from comparisons.rules.training import ALL, Group, Selector, Training

CLIP = "clip in words"  # a transformation that stands for a clip that optax has no function for


@dataclass(frozen=True)
class Mask:
    """Where a transformation works: on the tensors that the selector picks, or (`inside` is False) on the others."""

    tensors: Selector
    inside: bool = True


@dataclass(frozen=True)
class Negated:
    """A schedule with the other sign."""

    schedule: NativeCall


@dataclass(frozen=True)
class Link:
    """A transformation in a chain, its schedules read, and where it works; None for everywhere."""

    call: NativeCall
    mask: Mask | None = None


def links(transformations: Iterable[NativeCall]) -> list[Link]:
    """The transformations one by one: aliases are the chains that they are, masked ones know their mask."""
    flat: list[Link] = []
    for one in transformations:
        arguments: Mapping[str, Any] = one.arguments
        match one.name:
            case "chain":
                flat += links(arguments["args"])
            case "masked":
                flat += [_masked(link, arguments["mask"]) for link in links([arguments["inner"]])]
            case _:
                flat += [_masked(Link(each), each.arguments.get("mask")) for each in members(one)]
    return flat


def _masked(link: Link, mask: Any) -> Link:
    if mask is None or mask is True or mask == link.mask:
        return link
    if not isinstance(mask, Mask):
        raise Unread(link.call.name, f"the mask is {mask!r}; write it as a function of the parameters")
    if link.mask is not None:
        raise Unread(link.call.name, "it has two masks; write one")
    return replace(link, mask=mask)


def training_of(transformations: Iterable[NativeCall]) -> Training[Rule]:
    """The training that a chain makes of all parameters: a group for each side of its mask.

    The clip at its start is over all tensors of the chain together.

    Raises:
        Unread: no rule does what the chain does.
    """
    flat = links(transformations)
    masks = list(dict.fromkeys(link.mask.tensors for link in flat if link.mask is not None))
    if len(masks) > 1:
        raise Unread("chain", "its parts have several masks, and a rule is for all parts; write multi_transform")
    if not masks:
        rule = rule_of([link.call for link in flat])
        return Training(groups=(Group(optimizer=replace(rule, clip=None)),), clip=rule.clip)
    rules = [rule_of([link.call for link in flat if _works(link, inside)]) for inside in (True, False)]
    groups = zip((masks[0], ALL), rules, strict=True)
    if rules[0].clip != rules[1].clip:
        return Training(groups=tuple(Group(tensors=tensors, optimizer=rule) for tensors, rule in groups))
    bare = tuple(Group(tensors=tensors, optimizer=replace(rule, clip=None)) for tensors, rule in groups)
    return Training(groups=bare, clip=rules[0].clip)


def _works(link: Link, inside: bool) -> bool:
    return link.mask is None or link.mask.inside == inside


def rule_of(chain: Sequence[NativeCall]) -> Rule:
    """The rule of a chain of transformations that work everywhere; its learning rate is the product of its scales."""
    so_far = Reading()
    for one in chain:
        _read(so_far, one, dict(one.arguments))
    if so_far.sign > 0:
        raise Unread(
            "chain", "nothing in it turns the sign, so that it climbs; end it with scale_by_learning_rate(...)"
        )
    if so_far.coupled and so_far.decoupled:
        raise Unread("chain", "weights are decayed twice, before the update and beside it; no rule does both")
    rate: float | Schedule = so_far.factor if so_far.schedule is None else so_far.schedule
    if so_far.schedule is not None and so_far.factor != 1.0:
        rate = scaled(so_far.schedule, so_far.factor)
    rule = core_rule(so_far, rate)
    rule = replace(rule, clip=so_far.clip)
    if so_far.decoupled:
        return replace(rule, weight_decay=so_far.decoupled, weight_decay_coupling="decoupled")
    return replace(rule, weight_decay=so_far.coupled, weight_decay_coupling="coupled")


def _read(so_far: Reading, one: NativeCall, given: Mapping[str, Any]) -> None:
    """Take in one more transformation."""
    match one.name:
        case "identity":
            pass
        case "clip" | "clip_by_global_norm" | "clip in words":
            _clip(so_far, one, given)
        case "add_decayed_weights":
            _decay(so_far, given["weight_decay"])
        case "scale":
            _scale(so_far, given["step_size"])
        case "scale_by_schedule":
            _scale(so_far, given["step_size_fn"])
        case "scale_by_learning_rate":
            if given["learning_rate"] is not None:
                _scale(so_far, given["learning_rate"])
                so_far.sign *= -1 if given["flip_sign"] else 1
        case "trace":
            _trace(so_far, given)
        case "scale_by_trust_ratio":
            _trust(so_far, given)
        case "schedule_free_sgd" | "schedule_free_adamw":
            _free(so_far, one, given)
        case name if name in CORES:
            if so_far.core is not None or so_far.velocity is not None or so_far.scaled:
                raise Unread(name, "it stands behind another transformation; no rule does both")
            so_far.core = one
        case name:
            raise Unread(name, f"{NO_RULE.get(name, 'no rule describes it')}")


def _free(so_far: Reading, one: NativeCall, given: Mapping[str, Any]) -> None:
    """A schedule-free optimizer, which has its rate and its decay itself."""
    if so_far.core is not None or so_far.velocity is not None or so_far.scaled:
        raise Unread(one.name, "it stands behind another transformation; no rule does both")
    if given["warmup_steps"] is not None or not isinstance(given["learning_rate"], float | int):
        raise Unread(one.name, "it weighs its average by the rate of the step after (optax counts that from 1)")
    _decay(so_far, given["weight_decay"] or 0.0)
    if one.name == "schedule_free_adamw":
        so_far.coupled, so_far.decoupled = 0.0, so_far.coupled
    so_far.core = one
    _scale(so_far, given["learning_rate"])
    so_far.sign = -so_far.sign


def _clip(so_far: Reading, one: NativeCall, given: Mapping[str, Any]) -> None:
    begun = so_far.core or so_far.velocity or so_far.scaled or so_far.decoupled
    if begun or so_far.coupled or so_far.clip is not None:
        what = "what is clipped there is the update" if begun else "it is not the first"
        raise Unread(one.name, f"{what}, and rules clip the gradient alone, once; let it stand first")
    match one.name:
        case "clip":
            so_far.clip = ClipValue(limit=given["max_delta"])
        case "clip_by_global_norm":
            so_far.clip = ClipGlobalNorm(limit=given["max_norm"], formula="exact")
        case _:
            so_far.clip = given["clip"]


def _decay(so_far: Reading, weight_decay: Any) -> None:
    if weight_decay == 0:
        return
    if not isinstance(weight_decay, float | int):
        raise Unread("add_decayed_weights", "the decay is a schedule; no rule has one beside the learning rate's")
    if so_far.schedule is not None:
        raise Unread("add_decayed_weights", "it stands behind a schedule, and is not multiplied by the rate")
    whole = so_far.sign * so_far.factor
    decay = weight_decay if whole == 1 else tidy(weight_decay / whole)
    if not isinstance(decay, float | int) or decay < 0:
        raise Unread("add_decayed_weights", "it stands behind the sign, so that weights grow")
    if so_far.core is None and so_far.velocity is None:
        so_far.coupled += decay
    else:
        so_far.decoupled += decay


def _scale(so_far: Reading, by: Any) -> None:
    so_far.scaled = True
    if isinstance(by, Negated):
        so_far.sign, by = -so_far.sign, by.schedule
    if isinstance(by, NativeCall):
        by = read_schedule(by) if by.name in CALLS else by
    if isinstance(by, float | int):
        if by < 0:
            so_far.sign, by = -so_far.sign, -by
        so_far.factor = by if so_far.factor == 1 else so_far.factor * by
    elif isinstance(by, Schedule):
        before = so_far.schedule
        so_far.schedule = by if before is None else Product(factors=(before, by))
    else:
        raise Unread("chain", f"the rate is {by!r}; write a number or a schedule of optax")


def _trace(so_far: Reading, given: Mapping[str, Any]) -> None:
    name = "" if so_far.core is None else so_far.core.name
    if so_far.velocity is not None or name not in ("", *RMS) or so_far.trust:
        raise Unread("trace", f"a velocity behind {name or 'another'}; no rule has that")
    if so_far.decoupled:
        raise Unread("trace", "the weight decay before it goes through the velocity; no rule has that")
    so_far.velocity, so_far.rate_first = {**given, "decay": led(given["decay"])}, so_far.scaled


def _trust(so_far: Reading, given: Mapping[str, Any]) -> None:
    plain = given["min_norm"] == 0 and given["trust_coefficient"] == 1 and given["eps"] == 0
    if so_far.core is None or so_far.core.name != "scale_by_adam" or so_far.scaled or not plain:
        raise Unread("scale_by_trust_ratio", "only Lamb has one, right behind scale_by_adam and with its defaults")
    so_far.trust = True
