"""torch's own optimizers, and drop-ins for them that follow any rule."""

from torch_impl.optimizers.adadelta import Adadelta
from torch_impl.optimizers.adafactor import Adafactor
from torch_impl.optimizers.adagrad import Adagrad
from torch_impl.optimizers.adam import Adam
from torch_impl.optimizers.adamax import Adamax
from torch_impl.optimizers.asgd import ASGD
from torch_impl.optimizers.base import DropIn
from torch_impl.optimizers.clipping import clip_
from torch_impl.optimizers.ftrl import Ftrl
from torch_impl.optimizers.lamb import Lamb
from torch_impl.optimizers.lion import Lion
from torch_impl.optimizers.nadam import NAdam
from torch_impl.optimizers.native import build
from torch_impl.optimizers.radam import RAdam
from torch_impl.optimizers.rmsprop import RMSprop
from torch_impl.optimizers.rprop import Rprop
from torch_impl.optimizers.rules import from_rule
from torch_impl.optimizers.sgd import SGD

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
