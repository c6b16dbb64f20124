"""torch's own optimizers."""

from collections.abc import Iterable

import torch
from torch import nn

from comparisons.calls import NativeCall


def build(call: NativeCall, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
    """The torch.optim object that the call describes, over these parameters."""
    optimizer: torch.optim.Optimizer = getattr(torch.optim, call.name)(parameters, **call.arguments)
    return optimizer
