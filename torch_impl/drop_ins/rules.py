"""The drop-in of any rule."""

from typing import assert_never

from torch.optim.optimizer import ParamsT

from comparisons import rules
from comparisons.rules import Rule
from torch_impl.drop_ins.base import DropIn
from torch_impl.rules.adadelta import Adadelta
from torch_impl.rules.adafactor import Adafactor
from torch_impl.rules.adagrad import Adagrad
from torch_impl.rules.adam import Adam
from torch_impl.rules.adamax import Adamax
from torch_impl.rules.asgd import ASGD
from torch_impl.rules.ftrl import Ftrl
from torch_impl.rules.lamb import Lamb
from torch_impl.rules.lion import Lion
from torch_impl.rules.nadam import NAdam
from torch_impl.rules.radam import RAdam
from torch_impl.rules.rmsprop import RMSprop
from torch_impl.rules.rprop import Rprop
from torch_impl.rules.sgd import SGD


def from_rule(rule: Rule, parameters: ParamsT) -> DropIn:
    """The drop-in that follows the rule, its schedule included.

    All but `rule.clip`: in torch, gradients are clipped before the step, by `clip_(rule.clip, parameters)`.
    """
    drop_in = family(rule)
    return drop_in(parameters, **drop_in.family.write(rule))


def family(rule: Rule) -> type[DropIn]:
    """The rule's drop-in."""
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
