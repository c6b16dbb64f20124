"""Keras's own optimizers, and drop-ins for them: Keras optimizers that follow any rule."""

from tf_impl.optimizers.adadelta import Adadelta
from tf_impl.optimizers.adafactor import Adafactor
from tf_impl.optimizers.adagrad import Adagrad
from tf_impl.optimizers.adam import Adam
from tf_impl.optimizers.adamax import Adamax
from tf_impl.optimizers.asgd import ASGD
from tf_impl.optimizers.base import DropIn
from tf_impl.optimizers.ftrl import Ftrl
from tf_impl.optimizers.lamb import Lamb
from tf_impl.optimizers.lion import Lion
from tf_impl.optimizers.nadam import NAdam
from tf_impl.optimizers.native import build, remedied
from tf_impl.optimizers.radam import RAdam
from tf_impl.optimizers.rmsprop import RMSprop
from tf_impl.optimizers.rprop import Rprop
from tf_impl.optimizers.rules import from_rule
from tf_impl.optimizers.schedules import RuleSchedule
from tf_impl.optimizers.sgd import SGD

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
