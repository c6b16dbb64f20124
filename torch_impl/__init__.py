"""The tasks in PyTorch: an nn.Module, autograd and torch.optim."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch_impl.recorder import Recorder as Recorder

__all__ = ["Recorder"]


def __getattr__(name: str) -> Any:
    if name != "Recorder":
        raise AttributeError(f"module 'torch_impl' has no attribute '{name}'")
    from torch_impl.recorder import Recorder

    return Recorder
