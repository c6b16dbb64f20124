"""Update rules in neutral words: each a frozen record, every switch on which frameworks differ a field of it.

In the equations: theta the parameter, g the gradient of the loss at theta, t the step (from 1).
"""

from comparisons.rules.adabelief import AdaBelief
from comparisons.rules.adadelta import Adadelta
from comparisons.rules.adafactor import Adafactor
from comparisons.rules.adagrad import Adagrad
from comparisons.rules.adam import Adam
from comparisons.rules.adamax import Adamax
from comparisons.rules.asgd import ASGD
from comparisons.rules.ftrl import Ftrl
from comparisons.rules.lamb import Lamb
from comparisons.rules.lion import Lion
from comparisons.rules.muon import Muon
from comparisons.rules.nadam import NAdam
from comparisons.rules.radam import RAdam
from comparisons.rules.rmsprop import RMSprop
from comparisons.rules.rprop import Rprop
from comparisons.rules.schedulefreeadamw import ScheduleFreeAdamW
from comparisons.rules.schedulefreesgd import ScheduleFreeSGD
from comparisons.rules.schedules import (
    Clock,
    CosineDecay,
    CosineRestarts,
    Cyclic,
    ExponentialDecay,
    InverseTimeDecay,
    PolynomialDecay,
    Product,
    Schedule,
    Sequential,
    StepDecay,
    base_rate,
    rate_at,
)
from comparisons.rules.sgd import SGD
from comparisons.rules.surroundings import Clip, ClipGlobalNorm, ClipNorm, ClipValue, Surroundings, rule_at

Rule = (
    SGD
    | Adagrad
    | Adadelta
    | RMSprop
    | Adam
    | Adamax
    | NAdam
    | RAdam
    | ASGD
    | Rprop
    | Ftrl
    | Lion
    | Lamb
    | Adafactor
    | AdaBelief
    | Muon
    | ScheduleFreeAdamW
    | ScheduleFreeSGD
)


def elementwise(rule: Rule) -> bool:
    """Whether each parameter moves by its own gradient alone, so that many tensors can be stepped as one."""
    if isinstance(rule, Lamb | Adafactor | Muon) or (isinstance(rule, Adam) and rule.lazy):
        return False
    return not isinstance(rule.clip, ClipNorm | ClipGlobalNorm)


def of_matrices(rule: Rule) -> bool:
    """Whether it moves matrices only."""
    return isinstance(rule, Muon)


__all__ = [
    "ASGD",
    "SGD",
    "AdaBelief",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "Adamax",
    "Clip",
    "ClipGlobalNorm",
    "ClipNorm",
    "ClipValue",
    "Clock",
    "CosineDecay",
    "CosineRestarts",
    "Cyclic",
    "ExponentialDecay",
    "Ftrl",
    "InverseTimeDecay",
    "Lamb",
    "Lion",
    "Muon",
    "NAdam",
    "PolynomialDecay",
    "Product",
    "RAdam",
    "RMSprop",
    "Rprop",
    "Rule",
    "Schedule",
    "ScheduleFreeAdamW",
    "ScheduleFreeSGD",
    "Sequential",
    "StepDecay",
    "Surroundings",
    "base_rate",
    "elementwise",
    "of_matrices",
    "rate_at",
    "rule_at",
]
