"""What a training may have followed: every family with every set of its switches, its numbers to be fitted."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import product
from typing import Any

from comparisons.identify.numbers import TYPICAL
from comparisons.names import BadInput
from comparisons.rules import (
    ASGD,
    SGD,
    AdaBelief,
    Adadelta,
    Adafactor,
    Adagrad,
    Adam,
    Adamax,
    Ftrl,
    Lamb,
    Lion,
    Muon,
    NAdam,
    RAdam,
    RMSprop,
    Rprop,
    Rule,
    ScheduleFreeAdamW,
    ScheduleFreeSGD,
)
from comparisons.rules.canonical import canonical
from comparisons.tasks.streams import Array

DECAY = ("coupled", "decoupled", "decoupled-last")
ROOTS = ("corrected-root", "uncorrected-root")
PLACES = ("outside-root", "inside-root")
OFF_ON = (False, True)


@dataclass(frozen=True, kw_only=True)
class Hypothesis:
    """A rule whose numbers `free` are to be fitted; the others it has."""

    rule: Rule
    free: tuple[str, ...]

    def within(self, other: "Hypothesis") -> bool:
        """Whether it is the other where some of its numbers are 0."""
        more = set(other.free) - set(self.free)
        if not more or set(self.free) - set(other.free) or type(self.rule) is not type(other.rule):
            return False
        off: dict[str, Any] = dict.fromkeys(more, 0.0)
        return canonical(replace(other.rule, **off)) == canonical(self.rule)

    def at(self, numbers: Mapping[str, float]) -> Rule:
        """The rule with these numbers."""
        given: dict[str, Any] = {name: float(value) for name, value in numbers.items()}
        return replace(self.rule, **given)


@dataclass(frozen=True, kw_only=True)
class Family:
    """What there is to be tried of a family.

    Args:
        numbers: fitted always. optional: 0, or fitted. switches: field to its values. fixed: what is not tried.
        decays: how its weight decay may be coupled. told: what is fixed, and said how far it would not be felt.
    """

    numbers: tuple[str, ...]
    optional: tuple[str, ...] = ()
    switches: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)
    decays: tuple[str, ...] = DECAY
    told: tuple[str, ...] = ()


ADAM = ("beta1", "beta2", "epsilon")
FAMILIES: dict[type[Rule], Family] = {
    SGD: Family(numbers=(), optional=("momentum", "dampening"), switches={"nesterov": OFF_ON}),
    Adam: Family(
        numbers=ADAM,
        optional=("root_epsilon",),
        switches={
            "epsilon_position": ROOTS,
            "amsgrad": OFF_ON,
            "bias_correction": (True, False),
            "nesterov": OFF_ON,
        },
    ),
    RMSprop: Family(
        numbers=("rho", "epsilon"),
        optional=("momentum", "initial_accumulator"),
        switches={"epsilon_position": PLACES, "centered": OFF_ON, "nesterov": OFF_ON, "bias_correction": OFF_ON},
    ),
    Adagrad: Family(numbers=("epsilon",), optional=("initial_accumulator",), switches={"epsilon_position": PLACES}),
    Adadelta: Family(numbers=("rho", "epsilon")),
    Adamax: Family(numbers=ADAM, switches={"epsilon_position": ("in-maximum", "added")}),
    NAdam: Family(numbers=(*ADAM, "momentum_decay")),
    RAdam: Family(numbers=ADAM, switches={"epsilon_position": ROOTS[::-1]}),
    AdaBelief: Family(numbers=ADAM),
    Lion: Family(numbers=("beta1", "beta2"), decays=DECAY[1:]),
    Rprop: Family(
        numbers=("shrinkage", "growth"),
        fixed={"smallest": 1e-6, "largest": 50.0},
        decays=(),
        told=("smallest", "largest"),
    ),
    ASGD: Family(numbers=("decay",), fixed={"power": 0.75, "average_from": 1e6}),
    Ftrl: Family(
        numbers=("initial_accumulator",),
        optional=("l1", "l2", "l2_shrinkage", "beta"),
        fixed={"learning_rate_power": -0.5},
    ),
    ScheduleFreeAdamW: Family(
        numbers=ADAM,
        switches={"aliased": OFF_ON, "decay_in_step": OFF_ON},
        fixed={"rate_power": 2.0, "step_power": 0.0, "warmup_steps": 0},
    ),
    ScheduleFreeSGD: Family(numbers=("momentum",), fixed={"rate_power": 2.0, "step_power": 0.0, "warmup_steps": 0}),
    Lamb: Family(numbers=ADAM, switches={"decay_in_step": OFF_ON, "bias_correction": (True, False)}),
    Adafactor: Family(
        numbers=("beta2_decay", "clip_threshold"),
        switches={
            "epsilon1_position": ("floor", "added"),
            "scale_parameter": (True, False),
            "relative_step": (True, False),
        },
        fixed={"epsilon1": None, "epsilon2": 1e-3},
        decays=("decoupled",),
    ),
    Muon: Family(
        numbers=("momentum",),
        switches={
            "nesterov": (True, False),
            "iteration_dtype": ("bfloat16", "parameter"),
            "scale": ("aspect", "rms", "none"),
        },
        fixed={"epsilon": 1e-7},
        decays=("decoupled",),
        told=("epsilon",),
    ),
}


def hypotheses(family: type[Rule]) -> tuple[Hypothesis, ...]:
    """All of a family, one of each recursion, those with the fewest numbers first."""
    return _hypotheses(family.__name__)


@cache
def _hypotheses(name: str) -> tuple[Hypothesis, ...]:
    found: dict[Rule, Hypothesis] = {}
    for one in _all(next(family for family in FAMILIES if family.__name__ == name)):
        found.setdefault(canonical(one.rule), one)
    return tuple(sorted(found.values(), key=lambda one: len(one.free)))


def _all(family: type[Rule]) -> Iterator[Hypothesis]:
    known = FAMILIES[family]
    names = tuple(known.switches)
    for on in product(OFF_ON, repeat=len(known.optional)):
        extra = tuple(name for name, used in zip(known.optional, on, strict=True) if used)
        for decay, values in product(("", *known.decays), product(*known.switches.values())):
            free = ("learning_rate", *known.numbers, *extra, *(["weight_decay"] if decay else []))
            fields: dict[str, Any] = {name: TYPICAL[name][0] for name in free}
            fields |= {name: 0.0 for name in known.optional if name not in extra}
            fields |= {**known.fixed, **dict(zip(names, values, strict=True))}
            if family is Muon:  # of torch; of Keras
                rounded = fields["iteration_dtype"] == "bfloat16"
                fields |= {
                    "velocity": "mean" if rounded else "sum",
                    "epsilon_position": "floor" if rounded else "added",
                }
            if fields.get("aliased"):  # Keras's weighs all iterates alike
                fields["rate_power"] = 0.0
            if family is Adafactor:  # of torch; of Keras and transformers
                added = fields["epsilon1_position"] == "added"
                fields |= {"epsilon1": 1e-30 if added else None, "scale_after_decay": added}
            if decay:
                fields["weight_decay_coupling"] = decay
            if fields.get("epsilon_position") == "inside-root" and family is Adagrad:
                if "initial_accumulator" not in extra:  # of which epsilon is but a part there
                    continue
                free, fields["epsilon"] = tuple(name for name in free if name != "epsilon"), 1e-7
            try:
                yield Hypothesis(rule=family(**fields), free=free)
            except BadInput:
                continue  # no such set of switches


def told_apart(family: type[Rule], shape: Array) -> tuple[Hypothesis, ...]:
    """Those of a family that are none of the others, where the rate goes so.

    At one rate, Ftrl's l2 is a part of beta: see `exchanged`; and a velocity that holds the rate is one that does not.
    """
    steady = bool((shape == shape[0]).all())
    if not steady:
        return (*hypotheses(family), *map(_with_rate_in_velocity, filter(_keeps, hypotheses(family))))
    return tuple(one for one in hypotheses(family) if not (isinstance(one.rule, Ftrl) and one.rule.l2))


def _keeps(one: Hypothesis) -> bool:
    """Whether it has a velocity that may hold the rate."""
    match one.rule:
        case SGD() as rule:
            return bool(rule.momentum) and not rule.dampening
        case RMSprop() as rule:
            return bool(rule.momentum) and not rule.nesterov
        case _:
            return False


def _with_rate_in_velocity(one: Hypothesis) -> Hypothesis:
    held: dict[str, Any] = {"learning_rate_in_velocity": True}
    return replace(one, rule=replace(one.rule, **held))


def lazy() -> tuple[Hypothesis, ...]:
    """Adam that leaves alone what has no gradient, as torch's SparseAdam does: the one that there is a class of.

    Row by row is element by element, but for elements of which alone in their row the gradient is exactly 0.
    """
    numbers: dict[str, Any] = {name: TYPICAL[name][0] for name in ("learning_rate", *ADAM)}
    return (Hypothesis(rule=Adam(**numbers, epsilon_position="uncorrected-root", lazy=True), free=tuple(numbers)),)


def without_epsilon() -> tuple[Hypothesis, ...]:
    """Rules that have none, or have it inside the root alone: from an epsilon that is felt no fit comes there."""
    found = []
    for family in (Adam, Adamax, Adagrad):
        for one in hypotheses(family):
            plain = not getattr(one.rule, "amsgrad", False) and not getattr(one.rule, "nesterov", False)
            if "epsilon" in one.free and plain and likely(replace(one, rule=_at_no_root(one.rule))) == 0:
                none: dict[str, Any] = {"epsilon": 0.0}
                free = tuple(name for name in one.free if name != "epsilon")
                with suppress(BadInput):
                    found.append(Hypothesis(rule=replace(one.rule, **none), free=free))
    return tuple(found)


def _at_no_root(rule: Rule) -> Rule:
    return replace(rule, root_epsilon=0.0) if isinstance(rule, Adam) else rule


@cache
def with_one_less(one: Hypothesis) -> tuple[Hypothesis, ...]:
    """What the hypothesis is where one of its numbers is 0."""
    return tuple(
        less for less in hypotheses(type(one.rule)) if len(less.free) == len(one.free) - 1 and less.within(one)
    )


def one_by_one(rule: Rule) -> bool:
    """Whether its equations are computed for one set of numbers at a time, which costs as much for each."""
    return isinstance(rule, RAdam | Rprop | Lamb | Adafactor | Muon) or (isinstance(rule, Adam) and rule.lazy)


def likely(one: Hypothesis) -> int:
    """How far off the beaten track the rule is: 0 is what most people train with; above 1 hardly anybody does."""
    rule = one.rule
    far = int(rule.weight_decay_coupling == "decoupled-last" and bool(rule.weight_decay))
    match rule:
        case Adam():
            rare = rule.nesterov + bool(rule.root_epsilon) + (not rule.bias_correction) + rule.amsgrad
            return far + rare
        case RMSprop():
            rare = bool(rule.initial_accumulator) + rule.bias_correction + rule.nesterov
            return 2 * far + rare + (rare and bool(rule.weight_decay) + rule.centered)
        case SGD():
            return far + (2 if rule.dampening and not rule.momentum else int(bool(rule.dampening)))
        case Ftrl():
            extra = bool(rule.l1) + bool(rule.l2_shrinkage) + bool(rule.beta or rule.l2)
            return 2 * far + int(0 < extra < 3)
        case _:
            return far + 0
