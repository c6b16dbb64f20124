"""The drop-in of any rule."""

from typing import Any, assert_never

from comparisons import rules
from comparisons.rules import Clip, ClipGlobalNorm, ClipNorm, ClipValue, Rule, Schedule
from tf_impl.drop_ins.base import DropIn
from tf_impl.drop_ins.schedules import RuleSchedule
from tf_impl.rules.adadelta import Adadelta
from tf_impl.rules.adafactor import Adafactor
from tf_impl.rules.adagrad import Adagrad
from tf_impl.rules.adam import Adam
from tf_impl.rules.adamax import Adamax
from tf_impl.rules.asgd import ASGD
from tf_impl.rules.ftrl import Ftrl
from tf_impl.rules.lamb import Lamb
from tf_impl.rules.lion import Lion
from tf_impl.rules.nadam import NAdam
from tf_impl.rules.radam import RAdam
from tf_impl.rules.rmsprop import RMSprop
from tf_impl.rules.rprop import Rprop
from tf_impl.rules.sgd import SGD


def from_rule(rule: Rule) -> DropIn:
    """The drop-in that follows the rule, its schedule and its clipping included, for variables of any dtype."""
    drop_in, rate = family(rule), rule.learning_rate
    return drop_in(
        RuleSchedule(rate) if isinstance(rate, Schedule) else rate,
        weight_decay=rule.weight_decay,
        weight_decay_coupling=rule.weight_decay_coupling,
        **clipping(rule.clip),
        **{argument: getattr(rule, name) for name, argument in drop_in.family.spelling.items()},
    )


def family(rule: Rule) -> type[DropIn]:
    """The rule's drop-in class."""
    match rule:
        case rules.SGD():
            return SGD
        case rules.Adagrad():
            return Adagrad
        case rules.Adadelta():
            return Adadelta
        case rules.RMSprop():
            return RMSprop
        case rules.Adam():
            return Adam
        case rules.Adamax():
            return Adamax
        case rules.NAdam():
            return NAdam
        case rules.RAdam():
            return RAdam
        case rules.ASGD():
            return ASGD
        case rules.Rprop():
            return Rprop
        case rules.Ftrl():
            return Ftrl
        case rules.Lion():
            return Lion
        case rules.Lamb():
            return Lamb
        case rules.Adafactor():
            return Adafactor
        case _:
            assert_never(rule)


def clipping(clip: Clip | None) -> dict[str, Any]:
    """The arguments of a drop-in that make it clip so."""
    match clip:
        case None:
            return {}
        case ClipValue(limit=limit):
            return {"clipvalue": limit}
        case ClipNorm(limit=limit, formula=formula):
            return {"clipnorm": limit, "clip_formula": formula}
        case ClipGlobalNorm(limit=limit, formula=formula):
            return {"global_clipnorm": limit, "clip_formula": formula}
        case _:
            assert_never(clip)
