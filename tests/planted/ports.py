"""What both ports of a training share: its data, its start, its masks, and what can be planted in one side."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np
from sklearn.datasets import load_digits

from comparisons.traces.hashing import batch_hash, label_hashes, sample_hashes
from comparisons.traces.trace import Array, Tensor, Trace

STEPS, BATCH = 16, 32
TEXT = (
    "a trace is what is known of a training update by update parameters and gradients losses and rates and whatever "
    "else was recorded two of them are laid side by side and the first step at which they part says where to look "
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Plan:
    """One side of a training: the net and the numbers, and what is done otherwise than the other side does.

    Args:
        net: "conv", "two-layer", "normalised", "regression" or "recurrent".
        optimizer: the name of the class in both frameworks, and its arguments in the words of `ARGUMENTS`.
        loss: "mean", "sum", or a factor. l2, l1: half of l2 times the square of all weights is added to the loss, and
            l1 times their sizes. probable: whether the loss takes probabilities for logits.
        reported: a factor of the loss that is logged only. clip: ("global" | "each" | "value", number).
        rates: of each step, if they change.
        frozen: tensors that stay. tensors: their names to a factor of the learning rate.
        batch_norm: momentum (of the old), epsilon, whether the variance that is kept is unbiased. layer_norm: epsilon.
        masks: whether dropout is on. ema: of the weights, kept as a buffer.
        broadcast: targets (n,) against outputs (n, 1). smoothed: of the labels. cast: the dtype of products.
        scaler: of the loss, whose gradients are divided by it before a clip and the step.
        auxiliary: half of it times the square of one tensor is added to the loss.
        feed: the sample indices of each step. scale: of the inputs. shifted: whether labels are the neighbours'.
        limit: to which weights are clipped after each update. reset_at: the step at which the optimizer is new.
        moving: whether the normalisation is by the moving statistics.
        start: the tensors. dtype: "float32" or "float64".
    """

    net: str
    seed: int = 0
    steps: int = STEPS
    dtype: str = "float32"
    optimizer: str = "SGD"
    numbers: Mapping[str, Any] = field(default_factory=lambda: {"learning_rate": 0.05, "momentum": 0.9})
    loss: str | float = "mean"
    l2: float = 0.0
    l1: float = 0.0
    probable: bool = False
    reported: float = 1.0
    clip: tuple[str, float] | None = None
    rates: tuple[float, ...] | None = None
    frozen: tuple[str, ...] = ()
    tensors: Mapping[str, float] = field(default_factory=dict)
    batch_norm: tuple[float, float, bool] = (0.99, 1e-3, False)
    layer_norm: float = 1e-3
    masks: bool = True
    ema: float | None = None
    broadcast: bool = False
    smoothed: float = 0.0
    cast: str | None = None
    scaler: float | None = None
    auxiliary: tuple[str, float] | None = None
    scale: float = 1.0
    shifted: bool = False
    moving: bool = False
    feed: tuple[Array, ...] | None = None
    limit: float | None = None
    reset_at: int | None = None
    start: Mapping[str, Array] | None = None

    @property
    def batches(self) -> tuple[Array, ...]:
        """The sample indices of each step."""
        return feed(self.net, self.seed, self.steps) if self.feed is None else self.feed

    def batch(self, step: int) -> tuple[Array, Array]:
        """The inputs and targets of a step."""
        at, (inputs, targets) = self.batches[step], samples(self.net)
        y = np.roll(targets[at], 1, axis=0) if self.shifted else targets[at]
        return (inputs[at] if self.net == "recurrent" else inputs[at] * self.scale), y

    @property
    def first(self) -> Mapping[str, Array]:
        """The tensors at the start."""
        return start(self.net, self.seed, self.dtype) if self.start is None else self.start


@cache
def samples(net: str) -> tuple[Array, Array]:
    """Inputs and targets: digits (n, 8, 8, 1), (n, 64) in [0, 1] or words' numbers (n, 12); (n,) labels or (n, 1)."""
    if net == "recurrent":
        letters = sorted(set(TEXT))
        text = np.array([letters.index(letter) for letter in TEXT * 2])
        windows = np.lib.stride_tricks.sliding_window_view(text, 13)
        return windows[:, :12].copy(), windows[:, 12].copy()
    images, labels = load_digits(return_X_y=True)
    inputs = images / 16
    if net == "regression":
        return inputs, labels[:, None] / 9
    return (inputs.reshape(-1, 8, 8, 1) if net == "conv" else inputs), labels


def feed(net: str, seed: int, steps: int, batch: int = BATCH) -> tuple[Array, ...]:
    """The samples of each step: epochs without replacement, in an order of their own."""
    rng = np.random.default_rng([seed, 1])
    count = len(samples(net)[0])
    order = np.concatenate([rng.permutation(count) for _ in range(-(-steps * batch // count))])
    return tuple(order[i * batch : (i + 1) * batch] for i in range(steps))


SHAPES: Mapping[str, Mapping[str, tuple[int, ...]]] = {  # (in, out), and (height, width, in, out) of a kernel
    "conv": {
        "conv.w": (3, 3, 1, 8), "conv.b": (8,), "norm.gamma": (8,), "norm.beta": (8,), "head.w": (288, 10),
        "head.b": (10,),
    },
    "two-layer": {"hidden.w": (64, 32), "hidden.b": (32,), "head.w": (32, 10), "head.b": (10,)},
    "normalised": {
        "hidden.w": (64, 32), "hidden.b": (32,), "norm.gamma": (32,), "norm.beta": (32,), "head.w": (32, 10),
        "head.b": (10,),
    },
    "regression": {"hidden.w": (64, 32), "hidden.b": (32,), "head.w": (32, 1), "head.b": (1,)},
    "recurrent": {
        "embed.w": (27, 8), "gru.w": (8, 48), "gru.u": (16, 48), "head.w": (16, 27), "head.b": (27,),
    },
}  # fmt: skip


def start(net: str, seed: int, dtype: str) -> Mapping[str, Array]:
    """Uniform weights, as Glorot has them; scales of 1, shifts of 0."""
    rng = np.random.default_rng([seed, 0])

    def value(name: str, shape: tuple[int, ...]) -> Array:
        if len(shape) == 1:
            return np.full(shape, float(name.endswith("gamma")))
        fans = np.prod(shape[:-1]) + np.prod(shape[:-2]) * shape[-1]
        return rng.uniform(-1, 1, shape) * np.sqrt(6 / fans)

    return {name: value(name, shape).astype(dtype) for name, shape in SHAPES[net].items()}


def masks(seed: int, step: int, shape: tuple[int, ...], rate: float = 0.25) -> Array:
    """What dropout multiplies by."""
    keep = np.random.default_rng([seed, 2, step]).random(shape) >= rate
    return keep / (1 - rate)


class Collector:
    """A trace, as it is made."""

    def __init__(self, plan: Plan, framework: str) -> None:
        self.plan, self.about = plan, {"framework": framework}
        self.rows: dict[str, list[dict[str, Array]]] = {}
        self.loss: list[float] = []
        self.rate: list[float] = []
        self.batches: list[tuple[Array, Array, Array]] = []
        self.buffers: dict[str, list[Array]] = {}

    def step(
        self,
        tensors: Mapping[str, dict[str, Array]],
        loss: float,
        rate: float,
        fed: tuple[Array, Array],
        kept: Mapping[str, Array],
    ) -> None:
        for name, values in tensors.items():
            self.rows.setdefault(name, []).append(values)
        for name, value in kept.items():
            self.buffers.setdefault(name, []).append(np.array(value))
        self.loss.append(loss * self.plan.reported)
        self.rate.append(rate)
        x, y = fed
        self.batches.append((sample_hashes(x), label_hashes(y), np.array([np.mean(x), np.std(x)])))

    def trace(self) -> Trace:
        tensors = {
            name: Tensor(
                shape=rows[0]["before"].shape, **{kind: np.stack([row[kind] for row in rows]) for kind in rows[0]}
            )
            for name, rows in self.rows.items()
        }
        return Trace(
            steps=np.arange(len(self.loss)),
            tensors=tensors,
            loss=np.array(self.loss),
            learning_rate=np.array(self.rate),
            batch=np.array([batch_hash(x) for x, *_ in self.batches], np.uint64),
            samples=tuple(x for x, *_ in self.batches),
            labels=tuple(y for _, y, _ in self.batches),
            inputs=np.stack([told for *_, told in self.batches]),
            buffers={name: np.stack(values) for name, values in self.buffers.items()},
            about=self.about,
        )


def led_only(trace: Trace) -> Trace:
    """A trace as the bare form has it: of gradients those only that the optimizer got."""
    bare = {name: replace(tensor, gradient=tensor.used, used=None) for name, tensor in trace.tensors.items()}
    return replace(trace, tensors=bare)
