"""Optimizers from scratch: any rule, or a textbook's by name, applied to arrays in place."""

from numpy_impl.optimizer import Optimizer, update
from numpy_impl.rules import start
from numpy_impl.rules.clipping import clipped
from numpy_impl.textbook import OPTIMIZERS

globals().update(OPTIMIZERS)  # optimizers.pyi lists them for editors
__all__ = ["Optimizer", "clipped", "start", "update", *OPTIMIZERS]
