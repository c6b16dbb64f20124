"""The tasks and optimizers written from scratch in NumPy: the reference."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy_impl.recorder import Recorder as Recorder

__all__ = ["Recorder"]


def __getattr__(name: str) -> Any:
    if name != "Recorder":
        raise AttributeError(f"module 'numpy_impl' has no attribute '{name}'")
    from numpy_impl.recorder import Recorder

    return Recorder
