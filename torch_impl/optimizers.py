"""torch's own optimizers, and drop-ins for them that follow any rule."""

from torch_impl.drop_ins.base import DropIn
from torch_impl.drop_ins.rules import from_rule
from torch_impl.native import build
from torch_impl.rules.adadelta import Adadelta
from torch_impl.rules.adafactor import Adafactor
from torch_impl.rules.adagrad import Adagrad
from torch_impl.rules.adam import Adam
from torch_impl.rules.adamax import Adamax
from torch_impl.rules.asgd import ASGD
from torch_impl.rules.clipping import clip_
from torch_impl.rules.ftrl import Ftrl
from torch_impl.rules.lamb import Lamb
from torch_impl.rules.lion import Lion
from torch_impl.rules.nadam import NAdam
from torch_impl.rules.radam import RAdam
from torch_impl.rules.rmsprop import RMSprop
from torch_impl.rules.rprop import Rprop
from torch_impl.rules.sgd import SGD

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
