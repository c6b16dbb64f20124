"""Keras's own optimizers, and drop-ins for them: Keras optimizers that follow any rule."""

from tf_impl.drop_ins.base import DropIn
from tf_impl.drop_ins.rules import from_rule
from tf_impl.drop_ins.schedules import RuleSchedule
from tf_impl.native import build, remedied
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

__all__ = [
    "ASGD",
    "SGD",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "Adamax",
    "DropIn",
    "Ftrl",
    "Lamb",
    "Lion",
    "NAdam",
    "RAdam",
    "RMSprop",
    "Rprop",
    "RuleSchedule",
    "build",
    "from_rule",
    "remedied",
]
