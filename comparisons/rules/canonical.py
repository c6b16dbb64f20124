"""When two rules are one and the same recursion: both have the same canonical form."""

from dataclasses import replace
from math import sqrt

from comparisons.rules import SGD, Adafactor, Adagrad, Adam, Adamax, RMSprop, Rule

NEGLIGIBLE = 1e-24  # an epsilon beside squared gradients: only gradients below 1e-12 can feel it


def canonical(rule: Rule) -> Rule:
    """The rule with every switch that makes no difference set one way.

    - Without weight decay, coupled and decoupled are alike; for SGD without momentum they are anyway.
    - Whether a velocity holds the learning rate makes no difference while the rate is constant.
    - An epsilon of 0 has no place; inside Adagrad's root, epsilon is a part of the initial accumulator.
    - A negligible epsilon added to Adafactor's squared gradients is a floor under them.
    """
    if not rule.weight_decay:
        rule = replace(rule, weight_decay_coupling="coupled")
    match rule:
        case SGD(momentum=0):
            return replace(
                rule, nesterov=False, dampening=0.0, learning_rate_in_velocity=False, weight_decay_coupling="coupled"
            )
        case SGD(learning_rate=float(), dampening=0):
            return replace(rule, learning_rate_in_velocity=False)
        case Adagrad(epsilon_position="inside-root"):
            start = rule.initial_accumulator + rule.epsilon
            return replace(rule, epsilon=0.0, epsilon_position="outside-root", initial_accumulator=start)
        case RMSprop():
            if not rule.momentum or isinstance(rule.learning_rate, float):
                rule = replace(rule, learning_rate_in_velocity=False)
            return rule if rule.epsilon else replace(rule, epsilon_position="outside-root")
        case Adam(epsilon=0):
            return replace(rule, epsilon_position="corrected-root")
        case Adamax(epsilon=0):
            return replace(rule, epsilon_position="in-maximum")
        case Adafactor():
            if not rule.weight_decay:
                rule = replace(rule, scale_after_decay=False)
            if rule.epsilon1_position == "added" and rule.epsilon1 is not None and rule.epsilon1 <= NEGLIGIBLE:
                rule = replace(rule, epsilon1_position="floor", epsilon1=sqrt(rule.epsilon1))
            return rule
        case _:
            return rule
