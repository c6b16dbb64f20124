"""What model.fit's batches are known by, computed in its graph as comparisons.traces.hashing says."""

import functools
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from comparisons.traces.hashing import FACTOR, SHIFT
from comparisons.traces.recording import Recording, ending

MOST = 4096  # samples of a batch that are kept: XLA changes no variable's shape
HIGH = 0xFFFFFFFF


class Fingerprints:
    """Keeps the loss and the hashes of a batch, as model.compute_loss is given them.

    Args:
        on: whether they are to be kept. stop: ends the recording; it is told why.
    """

    def __init__(self, on: tf.Variable, stop: Callable[[str], None]) -> None:
        self.on, self.stop = on, stop
        self.loss = tf.Variable(np.nan, dtype=tf.float64, trainable=False)
        self.told = tf.Variable(False, trainable=False)  # whether it is a loss: NaN may be one
        self.hashes = {kind: tf.Variable(tf.zeros(MOST, tf.int64), trainable=False) for kind in ("samples", "labels")}
        self.sizes = {kind: tf.Variable(-1, dtype=tf.int64, trainable=False) for kind in ("samples", "labels")}
        self.inputs = tf.Variable(tf.zeros(3, tf.float64), trainable=False)

    def watched(self, compute_loss: Callable[..., Any]) -> Callable[..., Any]:
        """model.compute_loss, which keeps what it is given and what it gives."""

        @functools.wraps(compute_loss)
        def compute(*args: Any, **kwargs: Any) -> Any:
            loss = compute_loss(*args, **kwargs)
            given = dict(zip(("x", "y", "y_pred", "sample_weight", "training"), args, strict=False)) | kwargs
            if given.get("training", True):
                with ending(self.stop):
                    tf.cond(self.on, lambda: self._keep(loss, given.get("x"), given.get("y")), lambda: None)
            return loss

        return compute

    def _keep(self, loss: Any, x: Any, y: Any) -> None:
        self.loss.assign(tf.cast(loss, tf.float64))
        self.told.assign(True)
        inputs, labels = ([part for part in keras.tree.flatten(one) if part is not None] for one in (x, y))
        if not all(map(hashable, (*inputs, *labels))):
            return
        self._put("samples", [sample_hashes(part) for part in inputs])
        self._put("labels", [label_hashes(part) for part in labels])
        numbers = [tf.cast(part, tf.float64) for part in inputs]
        size = tf.add_n([tf.size(part, tf.int64) for part in numbers])
        total, squares = (tf.add_n([tf.reduce_sum(f(one)) for one in numbers]) for f in (tf.identity, tf.square))
        count = tf.cast(size, tf.float64)
        self.inputs.assign(tf.stack([count, total / count, squares / count]))

    def _put(self, kind: str, parts: list[tf.Tensor]) -> None:
        """Keep the hashes of samples, together of all their parts."""
        if parts:
            hashes = functools.reduce(lambda total, part: total * constant(FACTOR) + part, parts)
            some = hashes[:MOST]
            self.hashes[kind].assign(tf.pad(some, [[0, MOST - tf.shape(some)[0]]]))
            self.sizes[kind].assign(tf.shape(hashes, tf.int64)[0])

    def hand_to(self, recording: Recording) -> None:
        """Give the recording what was kept of the last batch; no hashes of one with more samples than are kept."""
        if self.told:
            recording.loss(float(self.loss))
        samples, labels = (self._hashes(kind) for kind in ("samples", "labels"))
        if samples is not None:
            size, mean, square = self.inputs.numpy()
            recording.hashed(samples, labels, (int(size), float(mean), float(square)))

    def _hashes(self, kind: str) -> Any:
        size = int(self.sizes[kind])
        return self.hashes[kind].numpy()[:size].view(np.uint64) if 0 <= size <= MOST else None


def hashable(part: Any) -> bool:
    """Whether it is an array of numbers; texts, and what is ragged or sparse, have no hash."""
    return isinstance(part, tf.Tensor) and (part.dtype.is_floating or part.dtype.is_integer or part.dtype.is_bool)


def sample_hashes(x: tf.Tensor) -> tf.Tensor:
    """(batch size,) int64, with the bits of the uint64 of comparisons.traces.hashing.sample_hashes."""
    values = tf.cast(x, tf.float32) + 0.0
    bits = tf.bitwise.bitwise_and(tf.cast(tf.bitcast(values, tf.int32), tf.int64), constant(HIGH))
    product = tf.reshape(bits * constant(FACTOR), [tf.shape(bits)[0], -1])
    upper = tf.bitwise.bitwise_and(tf.bitwise.right_shift(product, constant(SHIFT)), constant((1 << (64 - SHIFT)) - 1))
    mixed = tf.bitwise.bitwise_xor(product, upper)
    return tf.reduce_sum(mixed, axis=1) + tf.shape(mixed, tf.int64)[1] * constant(FACTOR)


def label_hashes(y: tf.Tensor) -> tf.Tensor:
    """As sample_hashes; of labels (batch size, classes) that are all one-hot, the hashes of their indices."""
    if len(y.shape) != 2 or y.shape[1] is None or y.shape[1] < 2:
        return sample_hashes(y)
    numbers = tf.cast(y, tf.float32)
    binary = tf.reduce_all((numbers == 0) | (numbers == 1))
    one_hot = binary & tf.reduce_all(tf.reduce_sum(numbers, axis=1) == 1)
    return tf.where(one_hot, sample_hashes(tf.argmax(y, axis=1)), sample_hashes(y))


def constant(number: int) -> tf.Tensor:
    """A number of 64 bits as int64."""
    return tf.constant(np.uint64(number).astype(np.int64))
