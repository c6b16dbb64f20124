"""`triptych diff` where one side computes in fewer bits, or the same in another order: neither is sold as a cause."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from comparisons.diff.families import families
from comparisons.diff.ladder import compare
from comparisons.diff.record import Diff
from comparisons.diff.seen import Seen
from comparisons.traces.reading import read_trace
from comparisons.traces.trace import Array, Tensor, Trace
from tests.planted.tf32 import Tf32Conv2d, Tf32Linear
from torch_impl import Recorder

STEPS, BATCH = 32, 64
OPTIMIZERS: dict[str, Callable[[nn.Module], torch.optim.Optimizer]] = {
    "SGD": lambda m: torch.optim.SGD(m.parameters(), lr=0.05, momentum=0.9, nesterov=True, weight_decay=1e-3),
    "Adam": lambda m: torch.optim.Adam(m.parameters(), lr=1e-3),
}


def batches(seed: int, dtype: torch.dtype) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Ten clouds of points, (64, 64), and which is whose, (64,)."""
    generator = torch.Generator().manual_seed(seed + 1000)
    centers = torch.randn(10, 64, generator=generator)
    for _ in range(STEPS):
        y = torch.randint(10, (BATCH,), generator=generator)
        yield (centers[y] + torch.randn(BATCH, 64, generator=generator)).to(dtype), y


def perceptron(seed: int, wide: int, *, tf32: bool = False) -> nn.Sequential:
    linear = Tf32Linear if tf32 else nn.Linear
    torch.manual_seed(seed)
    return nn.Sequential(linear(64, wide), nn.ReLU(), linear(wide, wide), nn.ReLU(), linear(wide, 10))


def convolution(seed: int, wide: int, *, tf32: bool = False) -> nn.Sequential:
    conv, linear = (Tf32Conv2d, Tf32Linear) if tf32 else (nn.Conv2d, nn.Linear)
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Unflatten(1, (1, 8, 8)), conv(1, wide, 3, padding=1), nn.BatchNorm2d(wide), nn.ReLU(),
        conv(wide, wide, 3, padding=1), nn.ReLU(), nn.Flatten(), linear(64 * wide, 10),
    )  # fmt: skip


def trained(
    where: Path,
    model: nn.Module,
    seed: int,
    optimizer: str = "SGD",
    *,
    cast: torch.dtype | None = None,
    scale: float | None = None,
) -> Trace:
    """32 steps, recorded: products in `cast`, the loss times `scale` and the gradients divided by it before a step."""
    made = OPTIMIZERS[optimizer](model)
    recorder = Recorder(where, made, model)
    scaler = torch.amp.GradScaler("cpu", init_scale=scale or 1.0, enabled=scale is not None)
    for x, y in batches(seed, next(model.parameters()).dtype):
        with torch.autocast("cpu", dtype=cast or torch.bfloat16, enabled=cast is not None):
            outputs = model(x)
        loss = cross_entropy(outputs.to(x.dtype), y)
        recorder.batch(x, y)
        recorder.loss(loss)
        scaler.scale(loss).backward()
        scaler.step(made)
        scaler.update()
        made.zero_grad()
    recorder.close()
    return read_trace(where)


def causes(found: Diff) -> list[tuple[str, bool]]:
    """All that were named, and whether they are certain."""
    return [(cause.cause, cause.certain) for rung in found.rungs for cause in rung.causes]


SMALL = pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.full) for seed in (1, 2))])
WIDE = pytest.mark.parametrize("wide", [16, 64, pytest.param(512, marks=pytest.mark.full)])


@pytest.mark.every(3)
@SMALL
@WIDE
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_tf32_of_a_perceptron_is_likely_and_nothing_else_is_certain(seed, wide, optimizer, tmp_path):
    """The noise of ten numbers of a bias, sorted, is not taken for labels that are smoothed."""
    a = trained(tmp_path / "a", perceptron(seed, wide), seed, optimizer)
    b = trained(tmp_path / "b", perceptron(seed, wide, tf32=True), seed, optimizer)
    found = compare(a, b)
    assert causes(found) == [("lower precision", False)]
    assert "though both ran on the CPU, a lower precision" in found.first_break.says
    b.about["device"] = "NVIDIA H100"
    assert "Likely: TF32" in compare(a, b).first_break.says


@pytest.mark.every(3)
@SMALL
@pytest.mark.parametrize("wide", [4, pytest.param(16, marks=pytest.mark.full)])
@pytest.mark.parametrize("cast", [None, torch.bfloat16, torch.float16], ids=["tf32", "bfloat16", "float16"])
def test_fewer_bits_of_a_convolution_are_the_only_cause(seed, wide, cast, tmp_path):
    """The statistics of its normalisation differ by those bits, which is no cause of their own."""
    a = trained(tmp_path / "a", convolution(seed, wide), seed, "Adam")
    scale = 1024.0 if cast == torch.float16 else None
    b = trained(tmp_path / "b", convolution(seed, wide, tf32=cast is None), seed, "Adam", cast=cast, scale=scale)
    name = "lower precision" if cast is None else str(cast).removeprefix("torch.")
    assert causes(compare(a, b)) == [(name, cast is not None)]


@SMALL
@WIDE
def test_a_loss_scale_that_is_undone_is_no_cause(seed, wide, tmp_path):
    """float16 with the loss times 1,024 and the gradients divided by it: what is left is float16."""
    a = trained(tmp_path / "a", perceptron(seed, wide), seed, "Adam")
    b = trained(tmp_path / "b", perceptron(seed, wide), seed, "Adam", cast=torch.float16, scale=1024.0)
    found = compare(a, b)
    assert causes(found) == [("float16", True)]
    assert (
        "B's loss is scaled by 1024 and its gradients are divided by that before the step: they are compared after that"
        in found.first_break.says
    )
    assert "Both optimizers get the raw gradient." in [rung.says for rung in found.rungs]


@SMALL
@WIDE
def test_a_loss_scale_that_is_no_power_of_two_leaves_the_bits_of_the_dtype(seed, wide, tmp_path):
    a = trained(tmp_path / "a", perceptron(seed, wide), seed, "Adam")
    b = trained(tmp_path / "b", perceptron(seed, wide), seed, "Adam", cast=torch.float16, scale=1000.0)
    found = compare(a, b)
    assert causes(found) == [("float16", True)]
    assert "B's loss is scaled by 1000 and its gradients are divided by that" in found.first_break.says


def test_a_loss_scale_that_is_no_power_of_two_makes_rounding(tmp_path):
    """A remedy was to divide the loss by it, another to do the same to the gradients: of one thing that is right."""
    a, b = (trained(tmp_path / str(scale), perceptron(0, 16), 0, "Adam", scale=scale) for scale in (None, 1000.0))
    found = compare(a, b)
    assert found.verdict == "rounding"
    [rung] = [one for one in found.rungs if one.rung == "raw gradient"]
    assert rung.says.endswith("B's loss is scaled by 1000 and its gradients are divided by that before the step: they "
                              "are compared after that.")  # fmt: skip


@pytest.mark.parametrize(("one", "other"), [(None, 1024.0), (65536.0, 1024.0)])
def test_a_loss_scale_alone_is_identical(one, other, tmp_path):
    a, b = (trained(tmp_path / str(scale), perceptron(0, 16), 0, scale=scale) for scale in (one, other))
    assert compare(a, b).verdict == "identical"


def permuted(model: nn.Sequential, orders: Sequence[Array]) -> nn.Sequential:
    """The same function, its hidden units in another order: sums over them are taken in that order."""
    with torch.no_grad():
        for (layer, after), order in zip(((0, 2), (2, 4)), orders, strict=True):
            model[layer].weight.copy_(model[layer].weight[order])
            model[layer].bias.copy_(model[layer].bias[order])
            model[after].weight.copy_(model[after].weight[:, order])
    return model


def unpermuted(trace: Trace, orders: Sequence[Array]) -> Trace:
    first, second = (np.argsort(order) for order in orders)
    axes = {"0.weight": (first, ...), "0.bias": (first,), "2.weight": np.ix_(second, first), "2.bias": (second,),
            "4.weight": (..., second), "4.bias": (...,)}  # fmt: skip
    tensors = {
        name: Tensor(
            shape=tensor.shape,
            **{kind: np.stack([one[axes[name]] for one in getattr(tensor, kind).reshape(-1, *tensor.shape)])
               for kind in ("before", "after", "gradient")},
        )
        for name, tensor in trace.tensors.items()
    }  # fmt: skip
    return replace(trace, tensors=tensors)


def in_float32(trace: Trace) -> Trace:
    """A training in float64, its numbers rounded; hashes of the data are of float64 and left out."""
    kinds = ("before", "after", "gradient")
    tensors = {
        name: replace(tensor, **{kind: getattr(tensor, kind).astype(np.float32) for kind in kinds})
        for name, tensor in trace.tensors.items()
    }
    return replace(trace, tensors=tensors, samples=None, labels=None, batch=None, inputs=None)


WIDTHS = [16, 64, 512, pytest.param(1024, marks=pytest.mark.full)]
SEEDS = [pytest.param(seed, marks=[pytest.mark.full] * (seed not in (0, 1, 2, 5))) for seed in range(8)]  # 5: a kink


@pytest.mark.every(3)
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("wide", WIDTHS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_sums_in_another_order_are_no_cause(seed, wide, optimizer, tmp_path):
    """As a GPU takes them; and not rounded at all, as in float64.

    The losses come down to 1e-4 and less, where log(1 + x) is rounded as 1 is; and a ReLU at its kink may be on at one
    side and off at the other.
    """
    a = trained(tmp_path / "a", perceptron(seed, wide), seed, optimizer)
    others = [in_float32(trained(tmp_path / "b", perceptron(seed, wide).double(), seed, optimizer))]
    if a.tensors["2.weight"].whole:
        orders = [np.random.default_rng([seed, layer]).permutation(wide) for layer in (0, 1)]
        model = permuted(perceptron(seed, wide), orders)
        others.append(unpermuted(trained(tmp_path / "c", model, seed, optimizer), orders))
    for b in others:
        found = compare(a, b)
        assert (found.verdict, found.first_break) == ("rounding", None)


FAR = {"prices": (1e5, 1e4), "a narrow range": (1e5, 1e3), "timestamps": (1e6, 1e3)}
NORMALISED = {
    "after the first layer": lambda: [nn.Linear(10, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 4)],
    "of the inputs": lambda: [nn.BatchNorm1d(10), nn.Linear(10, 16), nn.Tanh(), nn.Linear(16, 4)],
}


def trained_on(
    where: Path,
    layers: Callable[[], list[nn.Module]],
    inputs: tuple[float, float],
    seed: int,
    dtype: torch.dtype = torch.float32,
    optimizer: Callable[..., torch.optim.Optimizer] = torch.optim.SGD,
    **changes: float,
) -> Trace:
    """8 steps on numbers (32, 10) of a mean and a deviation; the loss times a factor, L2 in it, a clip, a rate."""
    torch.manual_seed(seed)
    model = nn.Sequential(*layers()).to(dtype)
    made = optimizer(model.parameters(), lr=changes.get("rate", 0.01))
    recorder = Recorder(where, made, model)
    rng = np.random.default_rng(seed + 77)
    for _ in range(8):
        x = torch.tensor((inputs[0] + inputs[1] * rng.normal(size=(32, 10))).astype(np.float32)).to(dtype)
        y = torch.tensor(rng.integers(0, 4, size=32))
        decay = changes.get("l2", 0.0) / 2 * sum(theta.square().sum() for theta in model.parameters())
        loss = cross_entropy(model(x), y) * changes.get("factor", 1.0) + decay
        recorder.batch(x, y)
        recorder.loss(loss)
        made.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), changes.get("clip", float("inf")))
        made.step()
    recorder.close()
    return read_trace(where)


@pytest.mark.parametrize("seed", [1, 4, *(pytest.param(seed, marks=pytest.mark.full) for seed in range(5, 25))])
@pytest.mark.parametrize("inputs", FAR.values(), ids=FAR)
@pytest.mark.parametrize("layers", NORMALISED.values(), ids=NORMALISED)
def test_numbers_far_from_0_before_a_normalisation_are_rounded_as_they_are(layers, inputs, seed, tmp_path):
    """They were called a lower precision, or nearly the same function."""
    a = trained_on(tmp_path / "a", layers, inputs, seed)
    found = compare(a, trained_on(tmp_path / "b", layers, inputs, seed, torch.float64))
    assert (found.verdict, found.first_break) == ("rounding", None)


BESIDE = {
    "a sum": ({"factor": 32.0}, "sum against mean", 32),
    "L2": ({"l2": 0.01}, "L2", 0.01),
    "a clip": ({"clip": 0.2}, "clipped by the norm of all", 0.2),
    "a rate": ({"rate": 0.02}, "learning rate", 2),
}


@pytest.mark.parametrize("inputs", FAR.values(), ids=FAR)
@pytest.mark.parametrize(("change", "cause", "number"), BESIDE.values(), ids=BESIDE)
def test_what_differs_is_named_where_numbers_are_far_from_0(change, cause, number, inputs, tmp_path):
    layers = NORMALISED["after the first layer"]
    a, b = (trained_on(tmp_path / str(len(of)), layers, inputs, 1, **of) for of in ({}, change))
    first = compare(a, b).first_break
    assert (first.cause, first.certain) == (cause, True)
    assert first.number == pytest.approx(number, rel=1e-3)


SATURATED = [(nn.Tanh, 0.0, 1e3), (nn.Sigmoid, 0.0, 1e3), (nn.Tanh, 1e5, 1e3), (nn.Sigmoid, 1e5, 1e3)]


@pytest.mark.parametrize("optimizer", [torch.optim.SGD, torch.optim.Adam])
@pytest.mark.parametrize("seed", [0, 9, 11, *(pytest.param(seed, marks=pytest.mark.full) for seed in (3, 4, 5, 17))])
@pytest.mark.parametrize(("unit", "mean", "deviation"), SATURATED)
def test_how_far_a_saturated_unit_is_is_rounding(unit, mean, deviation, seed, optimizer, tmp_path):
    """One unit of one sample was all that was felt of a layer, and its rounding a factor of 0.99997 for certain."""

    def layers() -> list[nn.Module]:
        return [nn.Linear(10, 16), unit(), nn.Linear(16, 16), unit(), nn.Linear(16, 4)]

    a, b = (
        trained_on(tmp_path / str(dtype), layers, (mean, deviation), seed, dtype, optimizer, rate=0.003)
        for dtype in (torch.float32, torch.float64)
    )
    assert compare(a, b).verdict == "rounding"


def seen(name: str, a: Array, b: Array, theta: Array) -> Seen:
    """One step of a tensor, (k,) each, of which 1e-6 is rounding."""
    norms = tuple(np.linalg.norm(one, keepdims=True) for one in (a, b))
    bounds = (np.full(1, 1e-6), np.full(1, 1e-6))
    return Seen(
        name=name, axes=1, a=a[None], b=b[None], theta=theta[None], bounds=bounds, norms=norms, later=norms
    )  # fmt: skip


@pytest.mark.parametrize(("factor", "named"), [(0.99997, []), (0.5, ["scaled in some tensors"])])
def test_a_factor_of_one_step_that_is_nearly_1_is_nobodys(factor, named):
    rng = np.random.default_rng(0)
    a, other, theta = rng.normal(size=(3, 16))
    found = families([seen("w", a, factor * a, theta), seen("v", other, other, theta)])
    assert [family.name for family in found] == named


@pytest.mark.parametrize(("count", "named"), [(1, []), (16, ["decayed"])])
def test_a_decay_that_is_fitted_to_one_number_is_none(count, named):
    """Any is: of the one bias of a regression it was L2 for certain."""
    rng = np.random.default_rng(0)
    a, other, theta = rng.normal(size=(3, 16))
    a, theta = a[:count], theta[:count]
    found = families([seen("b", a, a + 1e-4 * theta, theta), seen("v", other, other, rng.normal(size=16))])
    assert [family.name for family in found] == named
