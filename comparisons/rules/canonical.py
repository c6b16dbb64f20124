"""When two rules are one and the same recursion: both have the same canonical form."""

from dataclasses import replace
from functools import lru_cache
from typing import Any

from comparisons.rules import (
    SGD,
    Adafactor,
    Adagrad,
    Adam,
    Adamax,
    Lamb,
    Muon,
    NAdam,
    RAdam,
    RMSprop,
    Rule,
    ScheduleFreeAdamW,
)
from comparisons.rules.schedules import Schedule, canonical_rate
from comparisons.rules.surroundings import LED


@lru_cache(maxsize=4096)  # of the few hundred rules of a run each is asked for at every gap
def canonical(rule: Rule) -> Rule:
    """The rule with every switch that makes no difference set one way.

    - Without weight decay, coupled and decoupled are alike; for SGD without momentum they are anyway, but for one last.
    - Without momentum there is no velocity to look ahead along, to dampen, or to hold the learning rate.
    - Lamb's decay is in the step only if there is one that is decoupled; Adafactor's is felt only by a scale.
    - Whether a velocity holds the learning rate makes no difference while the rate is constant.
    - An epsilon of 0 has no place; inside Adagrad's root, epsilon is a part of the initial accumulator.
    - Without beta2, Adam's root needs no correction; without beta1, NAdam's momentum does not grow.
    - Where Keras's alias is, beta1 has no part in Schedule-Free AdamW.
    - Muon's velocity is one direction as a mean and as a sum, which is 1 / (1 - momentum) times as long, and with it
      epsilon; its scale has a rate only as one of root mean squares.
    - Without bias correction there is one root only for Adam's epsilon.
    - A schedule is the same in many ways of writing it: see `canonical_rate`.
    """
    led = {name: rate for name in ("learning_rate", *LED) if isinstance(rate := getattr(rule, name, None), Schedule)}
    simple: dict[str, Any] = {name: canonical_rate(rate) for name, rate in led.items()}
    rule = replace(rule, **simple)
    if not rule.weight_decay:
        rule = replace(rule, weight_decay_coupling="coupled")
    match rule:
        case SGD(momentum=0):
            if rule.weight_decay_coupling == "decoupled":
                rule = replace(rule, weight_decay_coupling="coupled")
            return replace(rule, nesterov=False, dampening=0.0, learning_rate_in_velocity=False)
        case SGD(learning_rate=float()):
            return replace(rule, learning_rate_in_velocity=False)
        case Adagrad(epsilon_position="inside-root"):
            start = rule.initial_accumulator + rule.epsilon
            return replace(rule, epsilon=0.0, epsilon_position="outside-root", initial_accumulator=start)
        case RMSprop():
            if not rule.momentum or isinstance(rule.learning_rate, float):
                rule = replace(rule, learning_rate_in_velocity=False)
            if not rule.momentum:
                rule = replace(rule, nesterov=False)
            return rule if rule.epsilon else replace(rule, epsilon_position="outside-root")
        case Adam(epsilon=0) | Adam(beta2=0) | Adam(bias_correction=False):
            return replace(rule, epsilon_position="corrected-root")
        case RAdam(epsilon=0):
            return replace(rule, epsilon_position="uncorrected-root")
        case ScheduleFreeAdamW():
            if not rule.weight_decay or rule.weight_decay_coupling == "coupled":
                rule = replace(rule, decay_in_step=False)
            return replace(rule, beta1=0.0) if rule.aliased else rule
        case Muon():
            if rule.scale != "rms":
                rule = replace(rule, rms_rate=0.2)
            if rule.velocity == "sum" and rule.momentum != 1:
                rule = replace(rule, velocity="mean", epsilon=rule.epsilon * (1 - rule.momentum))
            if not rule.momentum:
                rule = replace(rule, nesterov=False)
            return rule if rule.epsilon else replace(rule, epsilon_position="floor")
        case Lamb(weight_decay=0) | Lamb(weight_decay_coupling="coupled"):
            return replace(rule, decay_in_step=False)
        case Adamax(epsilon=0):
            return replace(rule, epsilon_position="in-maximum")
        case NAdam(beta1=0):
            return replace(rule, momentum_decay=1.0)
        case Adafactor(weight_decay=0) | Adafactor(scale_parameter=False):
            return replace(rule, scale_after_decay=False)
        case _:
            return rule
