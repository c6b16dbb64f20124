"""torch's own optimizers, and drop-ins for them that follow any rule."""

from torch_impl.drop_ins import classes
from torch_impl.drop_ins.base import DropIn
from torch_impl.drop_ins.classes import *
from torch_impl.drop_ins.of_rule import from_rule
from torch_impl.native import build
from torch_impl.rules.clipping import clip_

__all__ = ["DropIn", "build", "clip_", "from_rule"]
__all__ += classes.__all__
