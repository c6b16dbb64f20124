"""The tasks in TensorFlow: a tf.Module, GradientTape and keras.optimizers."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tf_impl.recorder import Recorder as Recorder

__all__ = ["Recorder"]


def __getattr__(name: str) -> Any:
    if name != "Recorder":
        raise AttributeError(f"module 'tf_impl' has no attribute '{name}'")
    from tf_impl.recorder import Recorder

    return Recorder
