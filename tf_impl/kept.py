"""What an update has, kept in variables in the graph that makes it: one variable for all tensors of a kind."""

from collections.abc import Iterator, Mapping
from math import prod
from typing import Any

import numpy as np
import tensorflow as tf

from comparisons.tasks.streams import Array

Part = tuple[str, tuple[int, ...], "np.dtype[Any]"]  # its name in the trace, its shape and its dtype there


class Kept:
    """Keeps what is recorded of tensors: all their elements, or their sample with their norm and their sum.

    Args:
        on: whether anything is to be kept.
        shapes: of the tensors by name.
        samples: where the recorded elements are of those of which not all are, by name.
    """

    def __init__(self, on: tf.Variable, shapes: Mapping[str, tuple[int, ...]], samples: Mapping[str, Array]) -> None:
        self.on, self.shapes, self.samples = on, shapes, samples
        self.variables: dict[str, tf.Variable] = {}
        self.parts: dict[str, list[Part]] = {}

    def keep(self, kind: str, tensors: Mapping[str, Any], first: tf.Tensor | None = None) -> None:
        """Keep these tensors under a kind, or add them to what is kept unless they are the first of a sum."""
        if not tensors:
            return
        place = kind if len(tensors) > 1 else f"{kind}/{next(iter(tensors))}"  # an optimizer's step is given one
        with tf.init_scope():
            if place not in self.variables:
                self.parts[place] = [part for name, one in tensors.items() for part in self._parts(kind, name, one)]
                size = sum(prod(shape) for _, shape, _ in self.parts[place])
                wide = tf.float64 if any(one.dtype == tf.float64 for one in tensors.values()) else tf.float32
                self.variables[place] = tf.Variable(tf.zeros(size, wide), trainable=False)
        variable = self.variables[place]

        def assign() -> None:
            flat = tf.concat(
                [part for name, one in tensors.items() for part in self._flat(name, one, variable.dtype)], 0
            )
            variable.assign(flat if first is None else tf.where(first, flat, variable + flat))

        tf.cond(self.on, assign, lambda: None)

    def _parts(self, kind: str, name: str, tensor: Any) -> list[Part]:
        dtype = numpy_dtype(tensor)
        if name not in self.samples:
            return [(f"{kind}/{name}", self.shapes[name], dtype)]
        totals: list[Part] = [(f"{what}/{kind}/{name}", (), np.dtype(np.float64)) for what in ("norm", "sum")]
        return [(f"{kind}/{name}", self.samples[name].shape, dtype), *totals]

    def _flat(self, name: str, tensor: Any, wide: Any) -> list[tf.Tensor]:
        """The numbers of a tensor's parts, in their order."""
        flat = tf.cast(tf.reshape(tf.convert_to_tensor(tensor), [-1]), wide)
        if name not in self.samples:
            return [flat]
        norm = tf.sqrt(2 * tf.nn.l2_loss(flat))  # half the sum of the squares, without an array of them
        return [tf.gather(flat, tf.constant(self.samples[name])), [norm], [tf.reduce_sum(flat)]]

    def read(self) -> Iterator[tuple[str, Array]]:
        """What is kept, by its name in the trace."""
        for place, variable in self.variables.items():
            flat, start = variable.numpy(), 0
            for key, shape, dtype in self.parts[place]:
                end = start + prod(shape)
                yield key, flat[start:end].astype(dtype, copy=False).reshape(shape)
                start = end


def numpy_dtype(tensor: Any) -> "np.dtype[Any]":
    """That of a tensor, as NumPy has it; of bfloat16, which NumPy has not, float32."""
    dtype = tf.as_dtype(tensor.dtype)
    return np.dtype(np.float32 if dtype == tf.bfloat16 else dtype.as_numpy_dtype)
