"""What is known of a training: parameters, gradients and whatever else was recorded, update by update."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class Tensor:
    """One parameter at n recorded updates. Of a large one only a sample of its elements is there, always the same.

    Attributes:
        shape: of the whole parameter, as its framework has it.
        sample: (k,) int64, where the recorded elements are in the flat parameter (C order); None: all are recorded.
        before, after: (n, *shape), or (n, k) of a sample: the values before and after the update.
        gradient: as before: what the loss gave, or None.
        used: as before: what the optimizer got, after clipping, accumulation or scaling; None where it cannot be told
            from `gradient`.
        norms: "before", "after", "gradient", "used" to (n,) float64: Euclidean norms of the whole tensor. Empty
            where all elements are recorded.
        sums: as norms: the sums of all elements.
        state: the optimizer's own name of a state to its values after the update: as before, or (n, ...) if it has
            another shape.
    """

    shape: tuple[int, ...]
    sample: Array | None = None
    before: Array
    after: Array
    gradient: Array | None = None
    used: Array | None = None
    norms: Mapping[str, Array] = field(default_factory=dict)
    sums: Mapping[str, Array] = field(default_factory=dict)
    state: Mapping[str, Array] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        """Whether all elements are recorded."""
        return self.sample is None

    @property
    def led_by(self) -> Array | None:
        """What the optimizer got, as far as is known: `used`, else `gradient`."""
        return self.gradient if self.used is None else self.used

    def norm(self, kind: str) -> Array:
        """(n,) float64: the Euclidean norm of the whole tensor's "before", "after", "gradient" or "used"."""
        if kind in self.norms:
            return self.norms[kind]
        values = np.asarray(getattr(self, kind), np.float64)
        return np.asarray(np.sqrt(np.square(values).reshape(len(values), -1).sum(axis=1)))


@dataclass(frozen=True, kw_only=True)
class Trace:
    """A training, as it was recorded at n updates.

    Attributes:
        steps: (n,) int64: the numbers of the updates, counted from 0, rising. They need not follow each other.
        tensors: the parameters, by the names that their framework gives them.
        loss, learning_rate: (n,) float64, NaN where a step has none; None if never recorded. The rate is that of the
            optimizer's first group.
        group_rates: (n, groups) float64, the rate of each group, in the order of about["optimizer"]["groups"]; or None.
        momentum: (n,) float64 of the same group: SGD's or RMSprop's momentum, Adam's beta1; None if never recorded.
        batch: (n,) uint64: a hash of each batch, its order included; None if never recorded.
        samples: for each update the hashes of its batch's samples, (batch size,) uint64, in their order; or None.
        labels: as samples: the hashes of what the samples are to give.
        inputs: (n, 2) float64: mean and standard deviation of the numbers in each batch, without the labels; or None.
        passes: (n,) int64: the backward passes whose gradients were summed, 0 where not known; or None.
        buffers: state that is not trained (statistics of a BatchNorm, averages of the weights), (n, ...) after each
            update, by name; of a large one (n, k), a sample.
        buffer_samples: for each buffer of which only a sample is there, as `Tensor.sample`. buffer_shapes: of these
            the shape of the whole.
        about: what is said once: framework, versions, device, dtypes, the optimizer's class and arguments.
    """

    steps: Array
    tensors: Mapping[str, Tensor]
    loss: Array | None = None
    learning_rate: Array | None = None
    momentum: Array | None = None
    batch: Array | None = None
    samples: tuple[Array, ...] | None = None
    labels: tuple[Array, ...] | None = None
    inputs: Array | None = None
    group_rates: Array | None = None
    passes: Array | None = None
    buffers: Mapping[str, Array] = field(default_factory=dict)
    buffer_samples: Mapping[str, Array] = field(default_factory=dict)
    buffer_shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def consecutive(self) -> int:
        """How many updates from the first recorded on follow each other."""
        gaps = np.flatnonzero(np.diff(self.steps) != 1)
        return int(gaps[0]) + 1 if len(gaps) else len(self.steps)
