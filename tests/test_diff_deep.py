"""`triptych diff` of nets that are deep: ReLUs that rounding switches, many normalisations, many names."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from comparisons.diff.aligning import both_of
from comparisons.diff.ladder import compare
from comparisons.traces.reading import read_trace
from comparisons.traces.trace import Tensor, Trace
from tests.planted.tf32 import Tf32Conv2d, Tf32Linear
from torch_impl import Recorder

DEPTH, WIDTH, SIZE, BATCH, STEPS = 8, 8, 32, 32, 2
LAST = 3 * DEPTH + 2  # the layer that is linear


def net(dtype, *, epsilon=1e-5, momentum=0.1, activation=nn.ReLU, tf32=False):
    conv, linear = (Tf32Conv2d, Tf32Linear) if tf32 else (nn.Conv2d, nn.Linear)
    torch.manual_seed(1)
    layers = []
    for _ in range(DEPTH):
        layers += [conv(WIDTH, WIDTH, 3, padding=1), nn.BatchNorm2d(WIDTH, epsilon, momentum), activation()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), linear(WIDTH, 10)).to(dtype)


def train(
    folder,
    dtype=torch.float32,
    *,
    summed=False,
    l2=0.0,
    rate=0.01,
    evaluated=False,
    cast=None,
    inputs=None,
    elements=4096,
    steps=STEPS,
    **of_net,
):
    """The trace of a training; in float64 it is the same but for rounding, from the same numbers."""
    model = net(dtype, **of_net)
    model.train(not evaluated)
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    recorder = Recorder(folder, optimizer, model, elements=elements)
    draws = torch.Generator().manual_seed(2)
    loss_of = nn.CrossEntropyLoss(reduction="sum" if summed else "mean")
    for _ in range(steps):
        x = torch.randn(BATCH, WIDTH, SIZE, SIZE, generator=draws).to(inputs).to(dtype)
        y = torch.randint(0, 10, (BATCH,), generator=draws)
        optimizer.zero_grad()
        with torch.autocast("cpu", cast or torch.bfloat16, enabled=cast is not None):
            outputs = model(x)
        loss = loss_of(outputs if dtype == torch.float64 else outputs.float(), y)
        (loss + l2 / 2 * sum((theta**2).sum() for theta in model.parameters())).backward()
        recorder.batch(x, y)
        recorder.loss(loss)
        optimizer.step()
    recorder.close()
    return read_trace(folder)


@pytest.fixture(scope="module")
def one(tmp_path_factory):
    return train(tmp_path_factory.mktemp("deep") / "a")


def state_of(found, rung):
    return next(one for one in found.rungs if one.rung == rung)


def test_a_deep_net_in_another_precision_differs_by_rounding_only(one, tmp_path):
    """Some unit is on at one side and off at the other from the first step on: a percent of the gradients."""
    other = train(tmp_path / "b", torch.float64)
    both, found = both_of(one, other), compare(one, other)
    first, last = both.with_gradients[0], both.with_gradients[-2]
    share, above = (np.linalg.norm(np.subtract(*pair.gradients)[0]) / np.linalg.norm(pair.gradients[0][0])
                    for pair in (first, last))  # fmt: skip
    assert share > 100 * both.relative > 100 * above
    assert (found.verdict, found.first_break) == ("rounding", None)
    assert "where it decides whether a unit at the kink of a ReLU is on" in state_of(found, "raw gradient").says


def test_what_rounding_has_grown_to_is_said(tmp_path):
    found = compare(
        *(train(tmp_path / str(dtype), dtype, rate=1.0, steps=8) for dtype in (torch.float32, torch.float64))
    )
    assert found.verdict == "rounding"
    assert "apart: rounding has grown to that, through the parameters." in found.notes[-1]


CAUSES = {
    "a sum": ({"summed": True}, "sum against mean", BATCH),
    "L2": ({"l2": 0.01}, "L2", 0.01),
    "a rate": ({"rate": 0.02}, "learning rate", 2),
    "an epsilon": ({"epsilon": 1e-3}, "epsilon of the normalisation", 100),
    "a momentum of statistics": ({"momentum": 0.01}, "momentum of the statistics", 0.1),
    "statistics that never move": ({"evaluated": True}, "batch statistics", None),
    "another activation": ({"activation": nn.Tanh}, "dropout, or another function", None),
}


@pytest.mark.parametrize(("change", "cause", "number"), CAUSES.values(), ids=CAUSES)
def test_what_else_differs_is_named_beside_them(one, tmp_path, change, cause, number):
    first = compare(one, train(tmp_path / "b", torch.float64, **change)).first_break
    assert first.cause == cause
    assert number is None or first.number == pytest.approx(number, rel=0.02)


PRECISIONS = {
    "TF32": ({"tf32": True}, ("lower precision", False)),
    "bfloat16": ({"cast": torch.bfloat16}, ("bfloat16", True)),
    "float16": ({"cast": torch.float16}, ("float16", True)),
    "parameters held in bfloat16": ({"dtype": torch.bfloat16}, ("bfloat16", True)),
}


@pytest.mark.parametrize("change", PRECISIONS)
def test_fewer_bits_are_the_one_cause(one, tmp_path, change):
    """The last bias alone kept its gradient, which was called another order of the targets, for certain."""
    how, named = PRECISIONS[change]
    found = compare(one, train(tmp_path / "b", **how))
    assert [(cause.cause, cause.certain) for rung in found.rungs for cause in rung.causes] == [named]


def test_inputs_that_are_rounded_are_no_other_scale(one, tmp_path):
    first = compare(one, train(tmp_path / "b", inputs=torch.bfloat16)).first_break
    assert (first.rung, first.cause, first.certain) == ("data", "inputs rounded", False)


def test_what_holds_its_parameters_in_bfloat16_is_told_what_that_loses(one, tmp_path):
    first = compare(one, train(tmp_path / "b", torch.bfloat16)).first_break
    assert "B holds them in bfloat16: they are A's, rounded, and so is each step" in first.says
    assert "Hold them in float32 in B" in first.remedy


@pytest.mark.parametrize(("a", "b"), [([], ["matmul", "cudnn"]), (["cudnn"], [])])
def test_a_trace_of_a_gpu_says_where_tf32_is_allowed(one, tmp_path, a, b):
    other = train(tmp_path / "b", tf32=True)
    traces = (replace(trace, about={**trace.about, "tf32": tf32}) for trace, tf32 in ((one, a), (other, b)))
    first = compare(*traces).first_break
    assert first.says.endswith(
        "Likely: TF32, which B allows in matrix products and in convolutions and recurrent layers, and A does not."
        if b
        else "Likely: TF32, which A allows in convolutions and recurrent layers, and B does not."
    )


@pytest.mark.parametrize("seed", [4, 5])
def test_a_running_mean_feels_a_bias_that_rounding_moved(seed, tmp_path):
    """The gradient of a bias before a normalisation is rounding, of which Adam makes steps of the learning rate."""

    def trained(fused):
        torch.manual_seed(seed)
        model = nn.Sequential(
            nn.Conv2d(3, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(),
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 10),
        )  # fmt: skip
        optimizer = torch.optim.AdamW(model.parameters(), fused=fused)
        recorder = Recorder(tmp_path / str(fused), optimizer, model)
        draws = torch.Generator().manual_seed(1)
        for _ in range(8):
            x = torch.randn(32, 3, 16, 16, generator=draws)
            y = torch.randint(0, 10, (32,), generator=draws)
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x), y).backward()
            optimizer.step()
        recorder.close()
        return read_trace(tmp_path / str(fused))

    found = compare(trained(fused=False), trained(fused=True))
    assert (found.verdict, found.first_break) == ("rounding", None)


def test_of_another_function_the_statistics_say_where_it_shows_first(one, tmp_path):
    found = compare(one, train(tmp_path / "b", torch.float64, activation=nn.Tanh))
    assert state_of(found, "side state").says == (
        "For the same reason: dropout, or another function; 4.running_mean is the first that shows it."
    )


def test_a_smaller_sample_on_one_side_is_enough(one, tmp_path):
    found = compare(one, train(tmp_path / "b", torch.float64, elements=500))
    assert (found.verdict, len(found.details["names"])) == ("rounding", 4 * DEPTH + 2)


def with_statistics(one, keep, count, names=("{}.running_mean", "{}.running_var")):
    """The trace with running statistics of two layers by a rule: of variances times n / (n - 1), if n is given."""
    buffers = {}
    for layer, n in ((1, count), (4, 4 * count)):
        for name, start, factor in ((names[0], 0.0, 1.0), (names[1], 1.0, n / (n - 1) if count else 1.0)):
            values, kept = np.random.default_rng(layer).uniform(0.5, 2, (STEPS, WIDTH)), np.full(WIDTH, start)
            rows = []
            for value in values:
                kept = keep * kept + (1 - keep) * factor * value
                rows.append(kept)
            buffers[name.format(layer)] = np.array(rows, np.float32)
    return replace(one, buffers=buffers)


def cut(trace, steps):
    """The first steps alone."""

    def of(values):
        return None if values is None else values[:steps]

    tensors = {
        name: Tensor(shape=t.shape, sample=t.sample, before=of(t.before), after=of(t.after), gradient=of(t.gradient))
        for name, t in trace.tensors.items()
    }
    return Trace(steps=trace.steps[:steps], tensors=tensors, buffers={k: of(v) for k, v in trace.buffers.items()})


@pytest.mark.parametrize("steps", [1, STEPS])
def test_an_unbiased_variance_is_told_by_the_first_step(one, steps):
    a, b = (cut(with_statistics(one, 0.9, count), steps) for count in (16, 0))
    [cause] = [cause for cause in compare(a, b).breaks if cause.rung == "side state"]
    assert (cause.cause, cause.tensors) == ("unbiased variance", ("1.running_var", "4.running_var"))
    assert cause.number == pytest.approx(16, rel=1e-3)
    assert "So do 1 more, with n from 6" in cause.says


def test_statistics_go_by_the_layer_of_their_parameters(one):
    """Two layers whose statistics are as near to each other's as to their own, in the other order, by other names."""
    a = with_statistics(one, 0.9, 0)
    b = with_statistics(one, 0.99, 0, ("{}/moving_mean", "{}/moving_variance"))
    renamed = {f"{layer}.{kind}": f"{new}/{kind}" for layer, new in ((1, "layer_b"), (4, "layer_a"))
               for kind in ("weight", "bias")}  # fmt: skip
    buffers = {name.replace("1/", "layer_b/").replace("4/", "layer_a/"): v for name, v in reversed(b.buffers.items())}
    b = replace(b, buffers=buffers, tensors={renamed.get(name, name): t for name, t in b.tensors.items()})
    [cause] = compare(a, b).breaks
    assert (cause.cause, cause.number) == ("momentum of the statistics", pytest.approx(0.1))


def test_the_map_of_a_deep_net_is_cut_short(one):
    renamed = replace(one, tensors={f"net/{name}": tensor for name, tensor in one.tensors.items()})
    found = compare(one, renamed)
    says = state_of(found, "names and layout").says
    assert says.startswith("0.weight is net/0.weight; 0.bias is net/0.bias; ")
    assert says.endswith(f"; and {4 * DEPTH + 2 - 12} more, which --json lists.")
    assert len(found.details["names"]) == 4 * DEPTH + 2


def test_tensors_of_other_shapes_are_named_with_them(one):
    fewer = dict(one.tensors)
    last, bias = f"{LAST}.weight", f"{LAST}.bias"
    for name, size in ((last, (9, WIDTH)), (bias, (9,))):
        t = fewer.pop(name)
        fewer[name if name == last else "out/bias"] = Tensor(
            shape=size, before=t.before[:, :9], after=t.after[:, :9], gradient=t.gradient[:, :9]
        )
    found = compare(one, replace(one, tensors=fewer))
    assert [(cause.cause, cause.says) for cause in found.breaks if cause.rung == "names and layout"] == [
        ("other shapes", f"{last} has the shape (10, {WIDTH}) in A and (9, {WIDTH}) in B."),
        ("other shapes", f"{bias} has the shape (10,) in A, and out/bias (9,) in B."),
    ]


SGD = {
    "momentum": ({"momentum": 0.9}, {"momentum": float(np.float32(0.9))}, "B's momentum is 0.9 in float32"),
    "momentum in A": ({"momentum": float(np.float32(0.9))}, {"momentum": 0.9}, "A's momentum is 0.9 in float32"),
    "a rate": ({}, {"lr": float(np.float32(0.01))}, "a number of one rule is held in float32"),
}


@pytest.mark.parametrize(("ours", "theirs", "says"), SGD.values(), ids=SGD)
def test_a_number_that_one_side_holds_in_float32_is_called_that(tmp_path, ours, theirs, says):
    traces = []
    for side, given in (("a", ours), ("b", theirs)):
        torch.manual_seed(0)
        theta = nn.Parameter(torch.randn(30, 20, dtype=torch.float64))
        optimizer = torch.optim.SGD([theta], **{"lr": 0.01, **given})
        recorder = Recorder(tmp_path / side, optimizer)
        for _ in range(4):
            theta.grad = torch.randn(30, 20, dtype=torch.float64)
            optimizer.step()
        recorder.close()
        traces.append(read_trace(tmp_path / side))
    first = compare(*traces).first_break
    assert first.cause == "number in float32"
    assert says in first.says
