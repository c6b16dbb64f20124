"""`triptych diff` on trainings in one side of which a cause was planted, and on those in which none was."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from comparisons.diff.ladder import compare
from tests.planted import torch_port
from tests.planted.causes import ADAM, PLANTS, SGD, within_batches
from tests.planted.judging import judged, right, table
from tests.planted.pairs import PAIRS
from tests.planted.ports import SHAPES, Plan

REFERENCE = "results/reference/planted.csv"
KERAS = pytest.mark.full  # Keras compiles a net for a second; torch trains one in a twentieth


# To look for a rule takes seconds a side.
NAMES = [pytest.param(name, marks=[pytest.mark.full] * plant.by_rules) for name, plant in PLANTS.items()]


@pytest.mark.every(3)
@pytest.mark.parametrize("name", NAMES)
def test_a_planted_cause_is_named(name):
    """Between two trainings of torch's."""
    plant = PLANTS[name]
    found = judged(plant, torch_port.train, torch_port.train)
    assert right(plant, found), found.first_break
    assert found.verdict == "different"


PAIRED = [pytest.param(name, marks=[pytest.mark.full] * plant.by_rules) for name, plant in PAIRS.items()]


@pytest.mark.parametrize("name", PAIRED)
def test_a_second_cause_is_named_with_the_first_mended(name):
    found = judged(PAIRS[name], torch_port.train, torch_port.train)
    assert right(PAIRS[name], found), found.breaks


CLIPPED = {
    "by the norm of each": ({}, {"scaler": 1024.0, "clip": ("each", 0.05)}, "clipped by the norm of each"),
    "by value": ({}, {"scaler": 1024.0, "clip": ("value", 0.01)}, "clipped by value"),
    "by the norm of all, both scaled": (
        {"scaler": 1024.0}, {"scaler": 1024.0, "clip": ("global", 0.05)}, "clipped by the norm of all",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("ours", "theirs", "cause"), CLIPPED.values(), ids=CLIPPED)
def test_a_clip_after_a_loss_scale_is_the_clip_alone(ours, theirs, cause):
    plan = Plan(net="two-layer")
    found = compare(torch_port.train(replace(plan, **ours)), torch_port.train(replace(plan, **theirs)))
    assert [(one.cause, one.number, one.certain) for one in found.breaks] == [(cause, theirs["clip"][1], True)]


def test_updates_that_are_left_out_are_counted():
    plan = Plan(net="two-layer")
    fewer = tuple(batch for i, batch in enumerate(plan.batches) if i not in (0, 3))
    found = compare(torch_port.train(plan), torch_port.train(replace(plan, feed=fewer)))
    assert (found.first_break.cause, found.first_break.number) == ("steps skipped", 2)


EQUAL = [
    Plan(net=net, seed=seed, dtype=dtype, masks=False, **numbers)
    for net in SHAPES
    for dtype in ("float32", "float64")
    for numbers in ({}, {"optimizer": "Adam", "numbers": ADAM})
    for seed in range(2)
]


@pytest.mark.every(3)
@pytest.mark.parametrize("plan", EQUAL, ids=lambda plan: f"{plan.net}-{plan.dtype}-{plan.optimizer}-{plan.seed}")
def test_rounding_is_no_cause(plan):
    """The samples of each batch in another order: the same sums, in another order."""
    found = compare(torch_port.train(plan), torch_port.train(within_batches(plan)))
    assert (found.verdict, found.first_break) == ("rounding", None)


def test_the_same_training_is_identical():
    plan = Plan(net="conv")
    assert compare(torch_port.train(plan), torch_port.train(plan)).verdict == "identical"


def test_more_than_36_causes_of_every_kind_are_planted():
    assert len(PLANTS) >= 36
    assert len({plant.cause for plant in PLANTS.values()}) >= 24


@pytest.mark.parametrize("plan", [Plan(net="conv"), Plan(net="recurrent")], ids=lambda plan: plan.net)
def test_what_is_of_no_family_is_not_sold_as_one(plan):
    """Dropout on one side: it is told by what does not explain it, and so only as likely."""
    found = compare(torch_port.train(plan), torch_port.train(replace(plan, masks=False)))
    assert found.verdict == "different"
    assert not found.first_break.certain
    assert "Likely: " in found.first_break.says


@pytest.mark.parametrize("seed", range(1, 4))
@pytest.mark.parametrize("name", ["dropout on one side of a convolution", "epsilon of the normalisation 1e-5"])
def test_an_epsilon_of_a_normalisation_is_told_from_what_is_none(name, seed):
    assert right(PLANTS[name], judged(PLANTS[name], torch_port.train, torch_port.train, seed))


BITS = {
    "TF32 and a sum": ({"cast": "tf32", "loss": "sum"}, {"sum against mean": False, "lower precision": False}),
    "bfloat16 and dropout": (
        {"cast": "bfloat16", "masks": False}, {"bfloat16": True, "dropout, or another function": False},
    ),
    "float16, a loss scale that is undone, and a clip": (
        {"cast": "float16", "scaler": 1024.0, "clip": ("global", 0.5)},
        {"float16": True, "clipped by the norm of all": True},
    ),
    "a loss scale that is undone, and a clip of every step": (
        {"scaler": 1024.0, "clip": ("global", 0.05)}, {"clipped by the norm of all": True},
    ),
    "a loss scale that is left in, and float16": (
        {"cast": "float16", "loss": 1024.0}, {"loss scaling": False, "float16": True},
    ),
    "TF32 and a learning rate": (
        {"cast": "tf32", "numbers": SGD | {"learning_rate": 0.1}}, {"lower precision": False, "learning rate": True},
    ),
    "labels smoothed by little": ({"smoothed": 1e-4}, {"labels smoothed": True}),
}  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("change", "causes"), BITS.values(), ids=BITS)
def test_what_stands_beside_fewer_bits_is_named_as_surely_as_they_allow(change, causes, seed):
    plan = Plan(net="two-layer", seed=seed)
    found = compare(torch_port.train(plan), torch_port.train(replace(plan, **change)))
    assert {cause.cause: cause.certain for rung in found.rungs for cause in rung.causes} == causes


@KERAS
def test_the_table_is_reproduced():
    from tests.planted import keras_port

    found, shipped = table(torch_port.train, keras_port.train), pd.read_csv(REFERENCE, keep_default_na=False)
    assert found["right"].sum() >= len(found) - 1
    words = ["planted", "net", "side", "cause", "rung_named", "cause_named", "then"]
    pd.testing.assert_frame_equal(found[words], shipped[words])
    for column in ("number_found", "then_found"):
        numbers = (one[column].replace(["nan", ""], np.nan).astype(float) for one in (shipped, found))
        # What is fitted to float32 has three digits on every machine; the noise of lower precision, one.
        np.testing.assert_allclose(*numbers, rtol=0.05)


@KERAS
@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_equal_ports_differ_by_rounding_only(seed, dtype):
    from tests.planted import keras_port

    for net in SHAPES:
        for numbers in ({}, {"optimizer": "Adam", "numbers": ADAM}):
            plan = replace(Plan(net=net, seed=seed, dtype=dtype), **numbers)
            found = compare(torch_port.train(plan), keras_port.train(plan))
            assert (found.verdict, found.first_break) == ("rounding", None), (net, numbers)
