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
from comparisons.frameworks.optax.classes import FULL_MOMENTUM
from comparisons.frameworks.optax.names import NO_RULE
from comparisons.frameworks.optax.schedules import CALLS
from comparisons.frameworks.optax.schedules import read as read_schedule
from comparisons.frameworks.optax.transforms import MODULE, members
from comparisons.frameworks.tidy import tidy
from comparisons.names import BadInput
from comparisons.rules import (
    SGD,
    AdaBelief,
    Adadelta,
    Adafactor,
    Adagrad,
    Adam,
    Adamax,
    Clip,
    ClipGlobalNorm,
    ClipValue,
    Lamb,
    Lion,
    NAdam,
    Product,
    RAdam,
    RMSprop,
    Rule,
    Schedule,
    ScheduleFreeAdamW,
    ScheduleFreeSGD,
)
from comparisons.rules.schedules import scaled
from comparisons.rules.training import ALL, Group, Selector, Training

CLIP = "clip in words"  # a transformation that stands for a clip that optax has no function for


class Unread(BadInput):
    """What no rule describes: the transformation, or the chain, and why."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{MODULE}.{name}: {reason}")
        self.name, self.reason = name, reason


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


@dataclass
class _Reading:
    """What of a chain has been read so far."""

    clip: Clip | None = None
    core: NativeCall | None = None
    trust: bool = False
    velocity: Mapping[str, Any] | None = None
    rate_first: bool = False
    coupled: float = 0.0
    decoupled: float = 0.0
    sign: int = 1
    factor: float = 1.0
    schedule: Schedule | None = None
    scaled: bool = False


def rule_of(chain: Sequence[NativeCall]) -> Rule:
    """The rule of a chain of transformations that work everywhere; its learning rate is the product of its scales."""
    so_far = _Reading()
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
    rule = _rule(so_far, rate)
    rule = replace(rule, clip=so_far.clip)
    if so_far.decoupled:
        return replace(rule, weight_decay=so_far.decoupled, weight_decay_coupling="decoupled")
    return replace(rule, weight_decay=so_far.coupled, weight_decay_coupling="coupled")


def _read(so_far: _Reading, one: NativeCall, given: Mapping[str, Any]) -> None:
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


def _free(so_far: _Reading, one: NativeCall, given: Mapping[str, Any]) -> None:
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


def _clip(so_far: _Reading, one: NativeCall, given: Mapping[str, Any]) -> None:
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


def _decay(so_far: _Reading, weight_decay: Any) -> None:
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


def _scale(so_far: _Reading, by: Any) -> None:
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


def _trace(so_far: _Reading, given: Mapping[str, Any]) -> None:
    name = "" if so_far.core is None else so_far.core.name
    if so_far.velocity is not None or name not in ("", *RMS) or so_far.trust:
        raise Unread("trace", f"a velocity behind {name or 'another'}; no rule has that")
    if so_far.decoupled:
        raise Unread("trace", "the weight decay before it goes through the velocity; no rule has that")
    so_far.velocity, so_far.rate_first = {**given, "decay": _led(given["decay"])}, so_far.scaled


def _led(number: Any) -> Any:
    """A number, or the schedule that leads it: of inject_hyperparams, which asks it at every update."""
    return read_schedule(number) if isinstance(number, NativeCall) and number.name in CALLS else number


def _trust(so_far: _Reading, given: Mapping[str, Any]) -> None:
    plain = given["min_norm"] == 0 and given["trust_coefficient"] == 1 and given["eps"] == 0
    if so_far.core is None or so_far.core.name != "scale_by_adam" or so_far.scaled or not plain:
        raise Unread("scale_by_trust_ratio", "only Lamb has one, right behind scale_by_adam and with its defaults")
    so_far.trust = True


RMS = ("scale_by_rms", "scale_by_stddev")
CORES = (
    "scale_by_adam",
    "scale_by_adamax",
    *RMS,
    "scale_by_rss",
    "scale_by_adadelta",
    "scale_by_lion",
    "scale_by_belief",
    "scale_by_radam",
    "scale_by_adafactor",
)


def _rule(so_far: _Reading, rate: float | Schedule) -> Rule:
    """The rule of the core and its velocity, bare."""
    velocity = so_far.velocity or {"decay": 0.0, "nesterov": False}
    if so_far.core is None:
        return SGD(
            learning_rate=rate,
            momentum=velocity["decay"],
            nesterov=velocity["nesterov"],
            learning_rate_in_velocity=so_far.rate_first,
        )
    core, given = so_far.core, so_far.core.arguments
    match core.name:
        case "schedule_free_sgd" | "schedule_free_adamw":
            return _schedule_free(core, rate)
        case "scale_by_rss" | "scale_by_adadelta" | "scale_by_adafactor":
            return _of_squares(core, rate)
        case "scale_by_lion":
            _kept(core, mode="hard")
            return _lion(given, rate)
        case "scale_by_rms" | "scale_by_stddev":
            return _rmsprop(so_far, core, rate, velocity)
        case _:
            return _adaptive(so_far, rate, given)


def _lion(given: Mapping[str, Any], rate: float | Schedule) -> Rule:
    return Lion(learning_rate=rate, beta1=_led(given["b1"]), beta2=given["b2"])


def _schedule_free(core: NativeCall, rate: float | Schedule) -> Rule:
    given: Mapping[str, Any] = core.arguments
    power = given["weight_lr_power"]
    if core.name == "schedule_free_sgd":
        return ScheduleFreeSGD(learning_rate=rate, momentum=given["b1"], rate_power=power)
    betas = {"beta1": given["b1"], "beta2": given["b2"]}
    return ScheduleFreeAdamW(learning_rate=rate, **betas, epsilon=given["eps"], rate_power=power)


def _of_squares(core: NativeCall, rate: float | Schedule) -> Rule:
    """Adagrad, Adadelta, Adafactor: squares of gradients, and no velocity."""
    given: Mapping[str, Any] = core.arguments
    match core.name:
        case "scale_by_rss":
            start = given["initial_accumulator_value"]
            return Adagrad(
                learning_rate=rate, epsilon=given["eps"], epsilon_position="inside-root", initial_accumulator=start
            )
        case "scale_by_adadelta":
            return Adadelta(learning_rate=rate, rho=given["rho"], epsilon=given["eps"])
        case _:
            _kept(core, factored=True, decay_offset=0)
            return Adafactor(
                learning_rate=rate,
                beta2_decay=-given["decay_rate"],
                epsilon1=given["eps"],
                epsilon2=1e-3,
                clip_threshold=given["clipping_threshold"],
                epsilon1_position="added",
                scale_after_decay=False,
                scale_parameter=given["multiply_by_parameter_scale"],
                relative_step=False,
            )


def _rmsprop(so_far: _Reading, core: NativeCall, rate: float | Schedule, velocity: Mapping[str, Any]) -> Rule:
    """RMSprop, centered or not; without a velocity, where it corrects its mean, Adam."""
    given: Mapping[str, Any] = core.arguments
    centered = core.name == "scale_by_stddev"
    if centered:
        _kept(core, bias_correction=False)
    elif so_far.velocity is None and _is_adam(given):
        rho, epsilon = given["decay"], given["eps"]
        return Adam(learning_rate=rate, beta1=0.0, beta2=rho, epsilon=epsilon, epsilon_position="corrected-root")
    return RMSprop(
        learning_rate=rate,
        rho=given["decay"],
        epsilon=given["eps"],
        epsilon_position="inside-root" if given["eps_in_sqrt"] else "outside-root",
        momentum=velocity["decay"],
        centered=centered,
        learning_rate_in_velocity=so_far.rate_first,
        nesterov=velocity["nesterov"],
        initial_accumulator=given["initial_scale"],
        bias_correction=given["bias_correction"],
    )


def _is_adam(given: Mapping[str, Any]) -> bool:
    """Whether scale_by_rms is Adam's without the first moment."""
    return bool(given["bias_correction"] and not given["eps_in_sqrt"] and given["initial_scale"] == 0)


def _adaptive(so_far: _Reading, rate: float | Schedule, given: Mapping[str, Any]) -> Rule:
    """The rule of Adam's relatives: two moments and an epsilon."""
    core = so_far.core
    assert core is not None
    numbers: dict[str, Any] = {
        "learning_rate": rate,
        "beta1": _led(given["b1"]),
        "beta2": given["b2"],
        "epsilon": given["eps"],
    }
    match core.name:
        case "scale_by_adamax":
            return Adamax(**numbers, epsilon_position="in-maximum")
        case "scale_by_belief":
            _kept(core, nesterov=False, eps_root=given["eps"])
            return AdaBelief(**numbers)
        case _ if so_far.trust:
            _kept(core, nesterov=False, eps_root=0.0)
            return Lamb(**numbers, decay_in_step=True)
        case "scale_by_radam":
            _kept(core, nesterov=False, eps_root=0.0, threshold=5.0)
            return RAdam(**numbers, epsilon_position="corrected-root")
        case _ if given["nesterov"] and given["eps_root"] == 0:  # so torch has it
            return NAdam(**numbers, momentum_decay=FULL_MOMENTUM)
        case _:
            root, nesterov = given["eps_root"], given["nesterov"]
            return Adam(**numbers, epsilon_position="corrected-root", root_epsilon=root, nesterov=nesterov)


def _kept(core: NativeCall, **needed: object) -> None:
    """Raise Unread where an argument has a value that the rule has no word for."""
    for name, value in needed.items():
        if (given := core.arguments[name]) != value:
            raise Unread(core.name, f"{name} is {given!r}; no rule has a word for it, leave it {value!r}")
