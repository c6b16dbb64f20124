"""Keras's own optimizers, and drop-ins for them: Keras optimizers that follow any rule."""

from tf_impl.drop_ins.base import DropIn
from tf_impl.drop_ins.classes import (
    ASGD,
    SGD,
    Adadelta,
    Adafactor,
    Adagrad,
    Adam,
    Adamax,
    Ftrl,
    Lamb,
    Lion,
    NAdam,
    RAdam,
    RMSprop,
    Rprop,
)
from tf_impl.drop_ins.of_rule import from_rule
from tf_impl.drop_ins.schedules import RuleSchedule
from tf_impl.native import build, remedied

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
