"""torch's own optimizers, and drop-ins for them that follow any rule."""

from torch_impl.drop_ins.base import DropIn
from torch_impl.drop_ins.classes import (
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
from torch_impl.drop_ins.of_rule import from_rule
from torch_impl.native import build
from torch_impl.rules.clipping import clip_

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
    "build",
    "clip_",
    "from_rule",
]
