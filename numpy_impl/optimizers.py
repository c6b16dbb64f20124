"""Optimizers from scratch: any rule, or a textbook's by name, applied to arrays in place."""

from numpy_impl.optimizer import Optimizer, update
from numpy_impl.rules import start
from numpy_impl.rules.clipping import clipped
from numpy_impl.textbook import (
    ASGD,
    SGD,
    AdaDelta,
    Adafactor,
    AdaGrad,
    Adam,
    AdaMax,
    AdamW,
    Ftrl,
    Lamb,
    Lion,
    Momentum,
    NAdam,
    Nesterov,
    RAdam,
    RMSprop,
    Rprop,
)

__all__ = [
    "ASGD",
    "SGD",
    "AdaDelta",
    "AdaGrad",
    "AdaMax",
    "Adafactor",
    "Adam",
    "AdamW",
    "Ftrl",
    "Lamb",
    "Lion",
    "Momentum",
    "NAdam",
    "Nesterov",
    "Optimizer",
    "RAdam",
    "RMSprop",
    "Rprop",
    "clipped",
    "start",
    "update",
]
