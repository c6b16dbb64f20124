"""The causes: what is planted in one side, and what must be said of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from comparisons.traces.trace import Array
from tests.planted.ports import STEPS, Plan, feed, start

# The frameworks add epsilon to different roots: so small, it is never felt.
ADAM = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-30}


@dataclass(frozen=True, kw_only=True)
class Plant:
    """A cause, planted in one side.

    Args:
        net: of `Plan`. change: what is another in the planted side's plan, or how to make its plan.
        base: of both sides' plans. in_b: whether the planted side is B, Keras's; else A, torch's.
        led_only: whether the traces have of the gradients only those that the optimizers got.
        by_rules: whether each side's rule must be looked for.
        cause, rung, number: what must be named. within: relative, how near to the number; None where it has none.
        then: a second cause and its number, which must be named with the first mended.
    """

    net: str
    change: Mapping[str, Any] | Callable[[Plan], Plan]
    base: Mapping[str, Any] = field(default_factory=dict)
    in_b: bool = False
    led_only: bool = False
    by_rules: bool = False
    rung: str
    cause: str
    number: float | None
    within: float = 1e-3
    then: tuple[str, float] | None = None

    def plans(self, seed: int = 0) -> tuple[Plan, Plan]:
        """A's, which torch trains, and B's, which Keras does."""
        plain = Plan(net=self.net, seed=seed, **self.base)
        planted = self.change(plain) if callable(self.change) else replace(plain, **self.change)
        return (plain, planted) if self.in_b else (planted, plain)


def reordered(plan: Plan) -> Plan:
    """The same samples of two batches, in another order."""
    order = np.random.default_rng(5).permutation(np.concatenate(plan.batches))
    return replace(plan, feed=tuple(order.reshape(len(plan.batches), -1)))


def short(plan: Plan) -> Plan:
    """A short batch at the end of an epoch of eight."""
    batches = list(plan.batches)
    batches[7] = batches[7][:11]
    return replace(plan, feed=tuple(batches))


def offset(plan: Plan) -> Plan:
    """One batch was drawn before."""
    return replace(plan, feed=feed(plan.net, plan.seed, STEPS + 1)[1:])


def halved(plan: Plan) -> Plan:
    """Batches of half the size."""
    return replace(plan, feed=feed(plan.net, plan.seed, STEPS, 16))


def within_batches(plan: Plan) -> Plan:
    """The samples of a batch in another order."""
    return replace(plan, feed=tuple(batch[::-1] for batch in plan.batches))


def started(make: Callable[[str, Array], Array]) -> Callable[[Plan], Plan]:
    """Another start: each tensor made of its name and its value."""

    def planted(plan: Plan) -> Plan:
        return replace(plan, start={name: make(name, value).astype(plan.dtype) for name, value in plan.first.items()})

    return planted


def other_seed(plan: Plan) -> Plan:
    return replace(plan, start=start(plan.net, 99, plan.dtype))


def uniform(name: str, value: Array) -> Array:
    """As torch draws a linear layer's."""
    most = 1 / np.sqrt(64 if "hidden" in name else 32)
    return np.random.default_rng(len(name)).uniform(-most, most, value.shape)


def bfloat16(_: str, value: Array) -> Array:
    bits = value.astype(np.float32).view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000).astype(np.uint32).view(np.float32)


LOSS, GRADIENT, USED, UPDATE = "loss at equal parameters", "raw gradient", "used gradient", "update"
STATE, DATA, START, NAMES = "side state", "data", "initial parameters", "names and layout"
RATES = tuple(0.05 * 0.9**t for t in range(STEPS))
LATE = (RATES[0], *RATES[:-1])
BY_EPOCH = tuple(0.05 * 0.9 ** (t // 4) for t in range(STEPS))
BY_MICRO_BATCH = tuple(0.05 * 0.9 ** (2 * t + 1) for t in range(STEPS))
COSINE = tuple(0.025 * (1 + np.cos(np.pi * t / STEPS)) for t in range(STEPS))
SGD = {"learning_rate": 0.05, "momentum": 0.9}

PLANTS: Mapping[str, Plant] = {
    # --- the loss
    "the loss is summed": Plant(
        net="two-layer", change={"loss": "sum"}, rung=LOSS, cause="sum against mean", number=1 / 32
    ),
    "the loss is summed in Keras": Plant(
        net="conv", change={"loss": "sum"}, in_b=True, rung=LOSS, cause="sum against mean", number=32
    ),
    "the loss is summed over classes": Plant(
        net="two-layer", change={"loss": 10.0}, in_b=True, rung=LOSS, cause="classes", number=10
    ),
    "micro-batches are added up": Plant(
        net="recurrent", change={"loss": 4.0}, in_b=True, rung=LOSS, cause="scaled", number=4
    ),
    "a loss scale is left in": Plant(
        net="two-layer", change={"loss": 1024.0}, in_b=True, rung=LOSS, cause="loss scaling", number=1024
    ),
    "logarithms to base 2": Plant(
        net="recurrent", change={"loss": 1 / float(np.log(2))}, in_b=True, rung=LOSS, cause="logarithm",
        number=1 / float(np.log(2)),
    ),
    "the loss is logged twice as large": Plant(
        net="conv", change={"reported": 2.0}, in_b=True, rung=LOSS, cause="loss reported otherwise", number=2
    ),
    "L2 of 0.01 in the loss": Plant(
        net="two-layer", change={"l2": 0.01}, in_b=True, rung=LOSS, cause="L2", number=0.01
    ),
    "L1 of 0.001 in the loss": Plant(
        net="two-layer", change={"l1": 1e-3}, rung=LOSS, cause="L1", number=-1e-3
    ),
    "the softmax is taken twice": Plant(
        net="two-layer", change={"probable": True}, rung=LOSS, cause="softmax twice", number=None
    ),
    "the softmax is taken twice, after a convolution": Plant(
        net="conv", change={"probable": True}, rung=LOSS, cause="softmax twice", number=None
    ),
    "L2 of 0.0005 in the loss": Plant(
        net="conv", change={"l2": 5e-4}, in_b=True, rung=LOSS, cause="L2", number=5e-4, within=0.02
    ),
    "an auxiliary loss of one tensor": Plant(
        net="recurrent", change={"auxiliary": ("head.w", 0.1)}, rung=LOSS, cause="L2", number=-0.1
    ),
    "targets are broadcast": Plant(
        net="regression", change={"broadcast": True}, rung=LOSS, cause="targets broadcast", number=32
    ),
    "targets are broadcast in Keras": Plant(
        net="regression", change={"broadcast": True}, in_b=True, rung=LOSS, cause="targets broadcast", number=32
    ),
    "labels are smoothed": Plant(
        net="two-layer", change={"smoothed": 0.1}, rung=LOSS, cause="labels smoothed", number=0.1
    ),
    # --- between the loss and the optimizer
    "clipped by the norm of all": Plant(
        net="two-layer", change={"clip": ("global", 0.5)}, in_b=True, rung=USED, cause="clipped by the norm of all",
        number=0.5,
    ),
    "clipped by the norm of each": Plant(
        net="conv", change={"clip": ("each", 0.25)}, in_b=True, rung=USED, cause="clipped by the norm of each",
        number=0.25,
    ),
    "clipped by value": Plant(
        net="two-layer", change={"clip": ("value", 0.01)}, rung=USED, cause="clipped by value", number=0.01
    ),
    "clipped, the used gradient alone recorded": Plant(
        net="two-layer", change={"clip": ("global", 0.5)}, in_b=True, led_only=True, rung=GRADIENT,
        cause="clipped by the norm of all", number=0.5,
    ),
    "clipped by each norm, the used gradient alone recorded": Plant(
        net="recurrent", change={"clip": ("each", 0.1)}, in_b=True, led_only=True, rung=GRADIENT,
        cause="clipped by the norm of each", number=0.1,
    ),
    "clipped by each norm, of which torch adds 1e-6 to the small ones": Plant(
        net="recurrent", change={"clip": ("each", 0.05)}, rung=USED, cause="clipped by the norm of each", number=0.05
    ),
    # --- normalisation, dropout, averages
    "momentum of the new for that of the old": Plant(
        net="conv", change={"batch_norm": (0.01, 1e-3, False)}, rung=STATE, cause="momentum of the statistics",
        number=0.99,
    ),
    "another momentum of the statistics": Plant(
        net="conv", change={"batch_norm": (0.9, 1e-3, False)}, in_b=True, rung=STATE,
        cause="momentum of the statistics", number=0.9,
    ),
    "unbiased variance": Plant(
        net="conv", change={"batch_norm": (0.99, 1e-3, True)}, rung=STATE, cause="unbiased variance", number=32 * 36,
        within=0.05,
    ),
    "epsilon of the normalisation 1e-5": Plant(
        net="conv", change={"batch_norm": (0.99, 1e-5, False)}, rung=LOSS, cause="epsilon of the normalisation",
        number=1e-3,
    ),
    "epsilon of the normalisation 1e-2": Plant(
        net="conv", change={"batch_norm": (0.99, 1e-2, False)}, in_b=True, rung=LOSS,
        cause="epsilon of the normalisation", number=1e-2,
    ),
    "epsilon of a layer's normalisation 1e-5": Plant(
        net="normalised", change={"layer_norm": 1e-5}, rung=LOSS, cause="epsilon of the normalisation", number=100
    ),
    "epsilon of a layer's normalisation 1e-12": Plant(
        net="normalised", base={"layer_norm": 1e-5}, change={"layer_norm": 1e-12}, in_b=True, rung=GRADIENT,
        cause="epsilon of the normalisation", number=None,
    ),
    "normalised by the moving statistics": Plant(
        net="conv", change={"moving": True}, rung=LOSS, cause="batch statistics", number=None
    ),
    "dropout on one side": Plant(
        net="two-layer", change={"masks": False}, rung=LOSS, cause="dropout, or another function", number=None
    ),
    "dropout on one side of a convolution": Plant(
        net="conv", change={"masks": False}, in_b=True, rung=LOSS, cause="dropout, or another function", number=None
    ),
    "another decay of the average": Plant(
        net="two-layer", base={"ema": 0.9}, change={"ema": 0.99}, in_b=True, rung=STATE, cause="decay of the average",
        number=0.99,
    ),
    "decay of the average, 1 minus": Plant(
        net="conv", base={"ema": 0.99}, change={"ema": 0.01}, rung=STATE, cause="decay of the average", number=0.99
    ),
    # --- precision
    "bfloat16 in the products": Plant(
        net="two-layer", change={"cast": "bfloat16"}, rung=LOSS, cause="bfloat16", number=2**-8
    ),
    "TF32 in the products": Plant(
        net="two-layer", change={"cast": "tf32"}, rung=LOSS, cause="lower precision", number=2**-11, within=2
    ),
    "TF32 in the products of a convolution": Plant(
        net="conv", change={"cast": "tf32"}, rung=GRADIENT, cause="lower precision", number=2**-11,
        within=32,  # a ReLU that is on at one side only adds to it
    ),
    "bfloat16 in the products of a convolution": Plant(
        net="conv", change={"cast": "bfloat16"}, rung=LOSS, cause="bfloat16", number=2**-8
    ),
    "float16 in the products, with a loss scale that is undone": Plant(
        net="two-layer", change={"cast": "float16", "scaler": 1024.0}, rung=GRADIENT, cause="float16", number=2**-11
    ),
    "weights rounded to bfloat16": Plant(
        net="recurrent", change=started(bfloat16), rung=START, cause="bfloat16", number=2**-8
    ),
    # --- the start and the data
    "another seed": Plant(
        net="two-layer", change=other_seed, rung=START, cause="other initial values", number=1, within=0.1
    ),
    "torch's initial values": Plant(
        net="two-layer", change=started(uniform), rung=START, cause="other initial values", number=2, within=0.5
    ),
    "initial values of half the size": Plant(
        net="recurrent", change=started(lambda _, value: value / 2), in_b=True, rung=START, cause="scaled", number=0.5
    ),
    "another shuffle": Plant(net="two-layer", change=reordered, rung=DATA, cause="shuffled otherwise", number=1),
    "the last short batch": Plant(net="two-layer", change=short, rung=DATA, cause="last short batch", number=11),
    "one batch ahead": Plant(net="conv", change=offset, rung=DATA, cause="steps offset", number=-1),
    "another batch size": Plant(net="recurrent", change=halved, in_b=True, rung=DATA, cause="batch size", number=0.5),
    "inputs not divided": Plant(
        net="two-layer", change={"scale": 16.0}, in_b=True, rung=DATA, cause="inputs scaled", number=16
    ),
    "labels of the neighbours": Plant(
        net="conv", change={"shifted": True}, rung=DATA, cause="targets in another order", number=None
    ),
    # --- the update, and what is done between two
    "weights are clipped after each update": Plant(
        net="two-layer", change={"limit": 0.2}, rung=UPDATE, cause="changed between the updates", number=0.2
    ),
    "weights are clipped after each update of Adam": Plant(
        net="conv", base={"optimizer": "Adam", "numbers": ADAM}, change={"limit": 0.5}, in_b=True, rung=UPDATE,
        cause="changed between the updates", number=0.5,
    ),
    "twice the learning rate": Plant(
        net="two-layer", change={"numbers": SGD | {"learning_rate": 0.1}}, in_b=True, rung=UPDATE,
        cause="learning rate", number=2,
    ),
    "a tenth of the learning rate, of Adam": Plant(
        net="conv", base={"optimizer": "Adam", "numbers": ADAM}, change={"numbers": ADAM | {"learning_rate": 1e-4}},
        in_b=True, rung=UPDATE, cause="learning rate", number=0.1,
    ),
    "another learning rate of one tensor": Plant(
        net="recurrent", change={"tensors": {"head.w": 0.1}}, rung=UPDATE, cause="learning rate of some tensors",
        number=10,
    ),
    "a tensor is frozen": Plant(
        net="recurrent", change={"frozen": ("embed.w",)}, in_b=True, rung=NAMES, cause="trained on one side only",
        number=1,
    ),
    "a schedule one step late": Plant(
        net="two-layer", base={"rates": RATES}, change={"rates": LATE}, in_b=True, rung=UPDATE,
        cause="learning rate lags", number=1,
    ),
    "a schedule one step late in torch, which has no rate in its momentum": Plant(
        net="conv", base={"rates": RATES}, change={"rates": LATE}, rung=UPDATE, cause="learning rate lags", number=-1
    ),
    "a cosine for a constant rate": Plant(
        net="recurrent", base={"rates": (0.05,) * STEPS}, change={"rates": COSINE}, in_b=True, rung=UPDATE,
        cause="learning rate schedule", number=COSINE[1] / 0.05,
    ),
    "a schedule by epochs": Plant(
        net="recurrent", base={"rates": RATES}, change={"rates": BY_EPOCH}, in_b=True, rung=UPDATE,
        cause="schedule by epochs", number=4,
    ),
    "a schedule that counts micro-batches": Plant(
        net="two-layer", base={"rates": RATES}, change={"rates": BY_MICRO_BATCH}, in_b=True, rung=UPDATE,
        cause="schedule by micro-batches", number=2,
    ),
    "decoupled weight decay": Plant(
        net="two-layer", base={"optimizer": "AdamW", "numbers": ADAM | {"weight_decay": 0.0}},
        change={"numbers": ADAM | {"weight_decay": 0.1}}, in_b=True, rung=UPDATE, cause="weight decay", number=0.1,
    ),
    "the optimizer's state dropped": Plant(
        net="conv", change={"reset_at": 6}, in_b=True, rung=UPDATE, cause="optimizer state dropped", number=6
    ),
    "Adam's state dropped": Plant(
        net="two-layer", base={"optimizer": "Adam", "numbers": ADAM}, change={"reset_at": 5}, rung=UPDATE,
        cause="optimizer state dropped", number=5,
    ),
    "no momentum": Plant(
        net="two-layer", change={"numbers": SGD | {"momentum": 0.0}}, rung=UPDATE, cause="momentum", number=0.9
    ),
    # --- the rule, which is named by what each side's steps follow
    "another momentum": Plant(
        net="two-layer", change={"numbers": SGD | {"momentum": 0.8}}, in_b=True, by_rules=True, rung=UPDATE,
        cause="momentum", number=0.8,
    ),
    "Nesterov's momentum": Plant(
        net="recurrent", change={"numbers": SGD | {"nesterov": True}}, in_b=True, by_rules=True, rung=UPDATE,
        cause="nesterov", number=None,
    ),
    "another epsilon of Adam": Plant(
        net="two-layer", base={"optimizer": "Adam", "numbers": ADAM | {"epsilon": 1e-3}},
        change={"numbers": ADAM | {"epsilon": 1e-2}}, by_rules=True, rung=UPDATE, cause="epsilon",
        number=None,
    ),
    "decay in the gradient for decay beside it": Plant(
        net="two-layer", base={"optimizer": "AdamW", "numbers": ADAM | {"weight_decay": 0.1}},
        change={"optimizer": "Adam"}, by_rules=True, rung=UPDATE, cause="coupling of the weight decay", number=None,
    ),
}  # fmt: skip
