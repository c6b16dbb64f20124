"""`triptych diff` on what shows beside another difference: epsilons of layers, decays, sums, a softmax taken twice."""

from dataclasses import replace

import pytest

from comparisons.diff.ladder import compare
from comparisons.diff.show import sentence
from tests.planted import ports, torch_port
from tests.planted.causes import SGD
from tests.planted.ports import Plan

EPSILON, TWICE, OTHER = "epsilon of the normalisation", "softmax twice", "dropout, or another function"
SEEDS = range(3)


def breaks(net, ours, theirs, seed=0):
    plan = Plan(net=net, seed=seed)
    return compare(*(torch_port.train(replace(plan, **side)) for side in (ours, theirs)))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("ours", "theirs", "number"), [(1e-3, 1e-5, 0.01), (1e-5, 1e-6, 0.1), (1e-6, 1e-3, 1000), (1e-5, 1e-12, None)]
)
def test_the_epsilon_of_a_layer_is_named_by_the_power_of_ten(ours, theirs, number, seed):
    for sides, wanted in (((ours, theirs), number), ((theirs, ours), number and 1 / number)):
        found = breaks("normalised", *({"layer_norm": one} for one in sides), seed).first_break
        assert (found.cause, found.certain, found.tensors) == (EPSILON, True, ("norm.weight",))
        assert found.number == (None if wanted is None else pytest.approx(wanted, rel=1e-12))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    "change", [{"masks": False}, {"probable": True}, {"cast": "bfloat16"}, {"scale": 4.0}], ids=str
)
@pytest.mark.parametrize("net", ["normalised", "conv"])
def test_what_is_no_epsilon_is_not_called_one(net, change, seed):
    found = breaks(net, {}, change, seed)
    assert found.verdict == "different"
    assert EPSILON not in [one.cause for one in found.breaks]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("net", ["two-layer", "normalised", "conv", "recurrent"])
def test_a_softmax_that_is_taken_twice_is_likely(net, seed):
    for sides, side in ((({}, {"probable": True}), "B"), (({"probable": True}, {}), "A")):
        found = breaks(net, *sides, seed)
        assert (found.first_break.cause, found.first_break.certain) == (TWICE, False)
        assert f"{side}'s last layer takes the softmax, and its loss takes it again" in sentence(found)
        assert (found.first_break.number < 1) == (side == "B")


@pytest.mark.parametrize("net", ["two-layer", "conv", "recurrent"])
def test_dropout_is_no_second_softmax(net):
    assert breaks(net, {}, {"masks": False}).first_break.cause == OTHER


BESIDE = {
    "L2, and an epsilon": ("normalised", {}, {"l2": 0.01, "layer_norm": 1e-5}, [("L2", 0.01), (EPSILON, 0.01)]),
    "L1, and an epsilon": ("normalised", {}, {"l1": 0.001, "layer_norm": 1e-5}, [("L1", 0.001), (EPSILON, 0.01)]),
    "L1 for L2": ("two-layer", {"l1": 0.001}, {"l2": 0.01}, [("L2", 0.01), ("L1", -0.001)]),
    "L1 and L2": ("two-layer", {}, {"l1": 0.001, "l2": 0.01}, [("L2", 0.01), ("L1", 0.001)]),
    "L2, and TF32": ("two-layer", {}, {"l2": 0.01, "cast": "tf32"}, [("L2", 0.01), ("lower precision", None)]),
    "L2 in A, and TF32 in B": ("two-layer", {"l2": 0.01}, {"cast": "tf32"}, [("L2", -0.01), ("lower precision", None)]),
    "a sum, and dropout": (
        "two-layer", {}, {"loss": "sum", "masks": False}, [("sum against mean", 32), (OTHER, None)],
    ),
    "a sum in A, and dropout": (
        "two-layer", {"loss": "sum", "masks": False}, {}, [("sum against mean", 1 / 32), (OTHER, None)],
    ),
    "a sum, and an epsilon": (
        "normalised", {}, {"loss": "sum", "layer_norm": 1e-5, "numbers": SGD | {"learning_rate": 0.05 / 32}},
        [("sum against mean", 32), (EPSILON, 0.01)],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("net", "ours", "theirs", "causes"), BESIDE.values(), ids=BESIDE)
def test_both_causes_are_named(net, ours, theirs, causes):
    found = breaks(net, ours, theirs).breaks
    assert [one.cause for one in found] == [cause for cause, _ in causes]
    for one, (_, number) in zip(found, causes, strict=True):
        assert number is None or one.number == pytest.approx(number, rel=2e-3)


def test_labels_that_are_smoothed_are_exact_beside_l2():
    decay, smoothed = breaks("two-layer", {}, {"l2": 0.01, "smoothed": 0.1}).breaks
    assert (decay.cause, decay.certain, smoothed.cause) == ("L2", False, "labels smoothed")
    assert smoothed.number == pytest.approx(0.1, rel=1e-5)
    assert decay.number == pytest.approx(0.01, rel=0.05)  # the smoothing lies along the weights a little


def test_gradients_that_point_elsewhere_are_of_other_targets_or_another_loss(monkeypatch):
    """The labels are counted from 1 on one side after they were recorded."""
    plan, known = Plan(net="two-layer"), ports.samples
    a = torch_port.train(plan)
    monkeypatch.setattr(ports, "samples", lambda net: (known(net)[0], (known(net)[1] + 1) % 10))
    found = compare(a, replace(torch_port.train(plan), labels=a.labels)).first_break
    assert (found.cause, found.certain) == ("other targets, or another loss", False)


def test_a_function_that_is_nearly_the_same_is_likely():
    """Of one output: its gradients in TF32 have no noise of many, and point the same way."""
    found = breaks("regression", {}, {"cast": "tf32"}).first_break
    assert (found.cause, found.certain) == ("nearly the same function", False)
