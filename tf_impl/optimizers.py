"""Keras's own optimizers, and drop-ins for them: Keras optimizers that follow any rule."""

from tf_impl.drop_ins import classes
from tf_impl.drop_ins.base import DropIn
from tf_impl.drop_ins.classes import *
from tf_impl.drop_ins.of_rule import from_rule
from tf_impl.drop_ins.schedules import RuleSchedule
from tf_impl.native import build, remedied

__all__ = ["DropIn", "RuleSchedule", "build", "from_rule", "remedied"]
__all__ += classes.__all__
