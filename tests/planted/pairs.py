"""Pairs of causes in one side: the first must be named, and the second with the first mended."""

from collections.abc import Mapping
from dataclasses import replace

from tests.planted.causes import (
    DATA,
    LATE,
    LOSS,
    PLANTS,
    RATES,
    SGD,
    START,
    UPDATE,
    USED,
    Plant,
    other_seed,
    started,
)  # fmt: skip
from tests.planted.ports import Plan

HALF = started(lambda _, value: value / 2)


def halved_and_clipped(plan: Plan) -> Plan:
    return replace(HALF(plan), clip=("value", 0.01))


def seeded_and_scaled(plan: Plan) -> Plan:
    return replace(other_seed(plan), scale=16.0)


def seeded_and_averaged(plan: Plan) -> Plan:
    return replace(other_seed(plan), ema=0.99)


PAIRS: Mapping[str, Plant] = {
    "a sum, and a loss logged three times as large": Plant(
        net="two-layer", change={"loss": "sum", "reported": 3.0}, in_b=True, rung=LOSS, cause="sum against mean",
        number=32, then=("loss reported otherwise", 3),
    ),
    "L2, and a loss logged three times as large": Plant(
        net="two-layer", change={"l2": 0.01, "reported": 3.0}, in_b=True, rung=LOSS, cause="L2", number=0.01,
        then=("loss reported otherwise", 3),
    ),
    "micro-batches added up, and L2": Plant(
        net="two-layer", change={"loss": 4.0, "l2": 0.01}, in_b=True, rung=LOSS, cause="scaled", number=4,
        then=("L2", 0.01),
    ),
    "micro-batches added up, and another epsilon of the normalisation": Plant(
        net="conv", change={"loss": 4.0, "batch_norm": (0.99, 1e-5, False)}, in_b=True, rung=LOSS, cause="scaled",
        number=4, within=0.1, then=("epsilon of the normalisation", 1e-5),  # the epsilon changes the gradients, too
    ),
    "L2, and another epsilon of a layer's normalisation": Plant(
        net="normalised", change={"l2": 0.01, "layer_norm": 1e-5}, in_b=True, rung=LOSS, cause="L2", number=0.01,
        then=("epsilon of the normalisation", 0.01),
    ),
    "L2 and L1": Plant(
        net="two-layer", change={"l2": 0.01, "l1": 1e-3}, in_b=True, rung=LOSS, cause="L2", number=0.01,
        then=("L1", 1e-3),
    ),
    "a sum, and a clip": Plant(
        net="two-layer", change={"loss": "sum", "clip": ("global", 0.5)}, in_b=True, rung=LOSS,
        cause="sum against mean", number=32, then=("clipped by the norm of all", 0.5),
    ),
    "L2, and an average": Plant(
        net="two-layer", base={"ema": 0.9}, change={"l2": 0.01, "ema": 0.99}, in_b=True, rung=LOSS, cause="L2",
        number=0.01, then=("decay of the average", 0.99),
    ),
    "another start, and inputs not divided": Plant(
        net="two-layer", change=seeded_and_scaled, in_b=True, rung=START, cause="other initial values", number=1,
        within=0.1, then=("inputs scaled", 16),
    ),
    "half the start, and a clip": Plant(
        net="two-layer", change=halved_and_clipped, in_b=True, rung=START, cause="scaled", number=0.5,
        then=("clipped by value", 0.01),
    ),
    "another start, and an average": Plant(
        net="two-layer", base={"ema": 0.9}, change=seeded_and_averaged, in_b=True, rung=START,
        cause="other initial values", number=1, within=0.1, then=("decay of the average", 0.99),
    ),
    "inputs not divided, and a clip": Plant(
        net="two-layer", change={"scale": 16.0, "clip": ("value", 0.01)}, in_b=True, rung=DATA,
        cause="inputs scaled", number=16, then=("clipped by value", 0.01),
    ),
    "a clip, and twice the learning rate": Plant(
        net="two-layer", change={"clip": ("value", 0.01), "numbers": SGD | {"learning_rate": 0.1}}, in_b=True,
        rung=USED, cause="clipped by value", number=0.01, then=("learning rate", 2),
    ),
    "a loss logged three times as large, and twice the learning rate": Plant(
        net="conv", change={"reported": 3.0, "numbers": SGD | {"learning_rate": 0.1}}, in_b=True, rung=LOSS,
        cause="loss reported otherwise", number=3, then=("learning rate", 2),
    ),
    "a loss logged otherwise, and another momentum of the statistics": Plant(
        net="conv", change={"reported": 3.0, "batch_norm": (0.9, 1e-3, False)}, in_b=True, rung=LOSS,
        cause="loss reported otherwise", number=3, then=("momentum of the statistics", 0.9),
    ),
    # --- the second is in the update, and is found by replay
    "twice the learning rate, and the state dropped": Plant(
        net="two-layer", change={"numbers": SGD | {"learning_rate": 0.1}, "reset_at": 6}, in_b=True, by_rules=True,
        rung=UPDATE, cause="learning rate", number=2, then=("optimizer state dropped", 6),
    ),
    "micro-batches added up, and the state dropped": Plant(
        net="two-layer", change={"loss": 4.0, "reset_at": 6}, in_b=True, by_rules=True, rung=LOSS, cause="scaled",
        number=4, then=("optimizer state dropped", 6),
    ),
    "micro-batches added up, and a schedule one step late": Plant(
        net="two-layer", base={"rates": RATES}, change={"loss": 4.0, "rates": LATE}, in_b=True, by_rules=True,
        rung=LOSS, cause="scaled", number=4, then=("learning rate lags", 1),
    ),
    "a sum, and labels smoothed": Plant(
        net="two-layer", change={"loss": "sum", "smoothed": 0.1}, rung=LOSS, cause="sum against mean", number=1 / 32,
        then=("labels smoothed", 0.1),
    ),
    "a clip, and a schedule one step late": Plant(
        net="two-layer", base={"rates": RATES}, change={"clip": ("global", 0.5), "rates": LATE}, in_b=True,
        by_rules=True, rung=USED, cause="clipped by the norm of all", number=0.5, then=("learning rate lags", 1),
    ),
}  # fmt: skip

ALL: Mapping[str, Plant] = {**PLANTS, **PAIRS}
