"""`triptych diff` of ordinary ports: what each framework does by default, frozen layers, epochs, averages."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from comparisons.diff.aligning import both_of
from comparisons.diff.ladder import compare
from comparisons.diff.layer_norm import layer_norms
from comparisons.traces.reading import read_trace
from comparisons.traces.trace import Tensor, Trace
from numpy_impl import Recorder as ArrayRecorder
from torch_impl import Recorder

STEPS, BATCH, INPUTS = 8, 16, 6


def data(dtype=torch.float32, steps=STEPS):
    draws = torch.Generator().manual_seed(1)
    return [
        (
            torch.randn(BATCH, INPUTS, generator=draws).to(dtype),
            torch.randint(0, 4, (BATCH,), generator=draws),
        )
        for _ in range(steps)
    ]


def trained(folder, model, optimizer, batches, average=None):
    recorder = Recorder(folder, optimizer, model, average=average)
    for x, y in batches:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        recorder.batch(x, y)
        recorder.loss(loss)
        loss.backward()
        optimizer.step()
        if average is not None:
            average.update_parameters(model)
    recorder.close()
    return read_trace(folder)


def perceptron(seed=0, width=8, depth=1, activation=nn.Tanh):
    torch.manual_seed(seed)
    layers = [nn.Linear(INPUTS, width), activation()]
    for _ in range(depth - 1):
        layers += [nn.Linear(width, width), activation()]
    return nn.Sequential(*layers, nn.Linear(width, 4))


def causes(found):
    return [(cause.rung, cause.cause, cause.certain) for cause in found.breaks]


LAYER_WISE = (0.05, 0.1, 0.2)


def in_groups(rates, **options):
    def optimizer_of(model):
        layers = (layer for layer in model if isinstance(layer, nn.Linear))
        groups = [{"params": layer.parameters(), "lr": rate} for layer, rate in zip(layers, rates, strict=True)]
        return torch.optim.SGD(groups, lr=0.2, momentum=0.9, **options)

    return optimizer_of


def test_each_factor_of_learning_rates_is_told_with_its_tensors(tmp_path):
    """It was one number, which is no tensor's, and all of them were said to have it."""
    models = perceptron(depth=2), perceptron(depth=2)
    a = trained(tmp_path / "a", models[0], in_groups(LAYER_WISE)(models[0]), data())
    b = trained(tmp_path / "b", models[1], in_groups((0.2, 0.2, 0.2))(models[1]), data())
    told = {one.tensors: one.number for one in compare(a, b).breaks if one.cause == "learning rate of some tensors"}
    assert told == {("0.weight", "0.bias"): pytest.approx(4), ("2.weight", "2.bias"): pytest.approx(2)}


@pytest.mark.full  # 9 s: both sides are identified
def test_what_else_differs_in_the_rules_is_no_factor(tmp_path):
    models = perceptron(depth=2), perceptron(depth=2)
    a = trained(tmp_path / "a", models[0], in_groups(LAYER_WISE, nesterov=True)(models[0]), data())
    b = trained(tmp_path / "b", models[1], in_groups((0.2, 0.2, 0.2))(models[1]), data())
    says = " ".join(one.says for one in compare(a, b, by_rules=True).breaks)
    assert "learning rate is 0.05 in A and 0.2 in B" in says
    assert "A has Nesterov's momentum and B plain momentum" in says


def normalised(decay=0.0, steps=8):
    """A trace of weights whose scale the loss does not feel, as before a normalisation, but for a decay in the loss."""
    rng = np.random.default_rng(0)
    w, gamma = (np.stack([rng.standard_normal(shape)] * steps) for shape in ((4, 3), (4,)))
    g = rng.standard_normal((steps, 4, 3))
    g -= w * (w * g).sum(axis=(1, 2), keepdims=True) / np.square(w).sum(axis=(1, 2), keepdims=True)
    values = {"w": (w, g + decay * w), "gamma": (gamma, gamma * rng.uniform(0.5, 1.5, (steps, 1)))}
    tensors = {name: Tensor(shape=x.shape[1:], before=x, after=x, gradient=dx) for name, (x, dx) in values.items()}
    return Trace(steps=np.arange(steps), tensors=tensors)


def test_weights_that_begin_with_0_are_no_warning():
    traces = normalised(), normalised(decay=1e-3)
    for trace in traces:
        trace.tensors["w"].before[0] = 0
    list(layer_norms(both_of(*traces, None)))


@pytest.mark.parametrize("turned", [False, True])
def test_a_decay_in_the_loss_is_no_epsilon_of_a_normalisation(turned):
    """Beside smoothed labels it was one that is felt on one side, and too small on the other."""
    traces = normalised(), normalised(decay=1e-3)
    both = both_of(*(traces[::-1] if turned else traces), None)
    assert list(layer_norms(both)) == []


@pytest.mark.parametrize("seed", [9, 11, 13])
def test_a_bias_before_a_normalisation_has_no_learning_rate_of_its_own(seed, tmp_path):
    """Its gradient is rounding, which each epsilon damps otherwise; the samples in another order show it."""

    def run(epsilon, batches):
        torch.manual_seed(seed)
        model = nn.Sequential(nn.Linear(INPUTS, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 4))
        trace = trained(tmp_path / str(epsilon), model, torch.optim.Adam(model.parameters(), eps=epsilon), batches)
        return replace(trace, samples=None, labels=None, batch=None)

    found = compare(run(1e-8, data()), run(1e-7, [(x.flip(0), y.flip(0)) for x, y in data()]))
    assert "learning rate of some tensors" not in [cause.cause for cause in found.breaks]


def frozen(folder):
    model = perceptron()
    for theta in model[0].parameters():
        theta.requires_grad_(False)
    return trained(folder, model, torch.optim.SGD(model[2].parameters(), lr=0.1), data())


def laid_out(trace, change=1.0):
    """The same as Keras has it."""
    names = {"0.weight": "a/kernel", "0.bias": "a/bias"}
    assert trace.buffers.keys() == names.keys()
    buffers = {names[name]: change * np.swapaxes(values, 1, -1) for name, values in trace.buffers.items()}
    return replace(trace, buffers=buffers)


def test_a_frozen_layer_is_compared_in_its_layout(tmp_path):
    one = frozen(tmp_path / "a")
    found = compare(one, laid_out(one))
    assert (found.verdict, found.first_break) == ("identical", None)
    assert "0.weight is a/kernel (transposed); 0.bias is a/bias" in found.rungs[0].says


def test_other_numbers_in_a_frozen_layer_are_other_initial_values(tmp_path):
    one = frozen(tmp_path / "a")
    first = compare(one, laid_out(one, np.float32(1.5))).first_break
    assert (first.rung, first.cause, first.number) == ("initial parameters", "scaled", pytest.approx(1.5))
    assert "0.weight, 0.bias, which neither side trains" in first.says


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("change", [lambda one: one, laid_out], ids=["of one framework", "of two"])
def test_a_layer_that_one_side_has_frozen_is_said_to_be_so(change, turned, tmp_path):
    """The other was said to have "nothing that goes with" it."""
    one, model = change(frozen(tmp_path / "b")), perceptron()
    other = trained(tmp_path / "a", model, torch.optim.SGD(model.parameters(), lr=0.1), data())
    first = compare(*((one, other) if turned else (other, one))).first_break
    assert (first.cause, first.tensors) == ("trained on one side only", ("0.weight", "0.bias"))
    side, its = "AB"[turned], ", as a/kernel, a/bias" if change is laid_out else ""
    assert first.says == f"{side} trains 0.weight, 0.bias, and {'BA'[turned]} has them frozen{its}."


def test_a_buffer_of_the_shape_of_a_tensor_is_no_frozen_one(tmp_path):
    """As a table of sines is, where the other side trains one."""
    one, model = laid_out(frozen(tmp_path / "b"), np.float32(1.5)), perceptron()
    other = trained(tmp_path / "a", model, torch.optim.SGD(model.parameters(), lr=0.1), data())
    assert "and B has nothing that goes with them" in compare(other, one).first_break.says


def test_a_smaller_epoch_is_no_offset(tmp_path):
    eight = data()
    a, b = (
        trained(tmp_path / str(size), model := perceptron(), torch.optim.SGD(model.parameters(), lr=0.1), batches)
        for size, batches in ((8, [*eight, *eight]), (6, [*eight[:6], *eight[:6], *eight[:4]]))
    )
    first = compare(a, b).first_break
    assert (first.cause, first.number, first.step) == ("length of the epoch", 0.75, 6)
    assert "A begins anew after 8 batches and B after 6" in first.says


AVERAGES = {
    "the same decay": (0.9, 0.9, []),
    "another decay": (0.9, 0.99, [("side state", "decay of the average", True)]),
    "a mean of all": (0.9, None, [("side state", "average of another kind", True)]),
    "a mean of all on both": (None, None, []),
}


@pytest.mark.parametrize(("one", "other", "named"), AVERAGES.values(), ids=AVERAGES)
def test_averages_of_the_weights_are_compared(one, other, named, tmp_path):
    def run(folder, decay):
        model = perceptron()
        how = {} if decay is None else {"multi_avg_fn": get_ema_multi_avg_fn(decay)}
        return trained(folder, model, torch.optim.SGD(model.parameters(), lr=0.1), data(), AveragedModel(model, **how))

    found = compare(run(tmp_path / "a", one), run(tmp_path / "b", other))
    assert causes(found) == named


@pytest.mark.parametrize(("activation", "width", "seed"), [(nn.Tanh, 1, 35), (nn.ReLU, 1, 13), (nn.ReLU, 2, 31)])
def test_terms_that_cancel_in_a_small_net_are_rounding(activation, width, seed, tmp_path):
    traces = []
    for dtype in (torch.float32, torch.float64):
        model = perceptron(seed, width, 2, activation).to(dtype)
        traces.append(trained(tmp_path / str(dtype), model, torch.optim.SGD(model.parameters(), lr=0.1), data(dtype)))
    assert compare(*traces).verdict == "rounding"


def clipped(folder, limit, rate, used):
    """SGD of plain arrays, that clips all gradients, and is told of it or not."""
    rng = np.random.default_rng(0)
    theta = {"w": rng.normal(size=(6, 5)).astype(np.float32)}
    recorder = ArrayRecorder(folder, theta)
    for _ in range(STEPS):
        g = {"w": rng.normal(size=(6, 5)).astype(np.float32)}
        norm = np.linalg.norm(g["w"])
        gets = {"w": (g["w"] * min(1.0, limit / norm)).astype(np.float32)}
        theta = {"w": (theta["w"] - np.float32(rate) * gets["w"]).astype(np.float32)}
        recorder.step(params=theta, gradients=g, **({"used": gets} if used else {}))
    recorder.close()
    return read_trace(folder)


@pytest.mark.full  # a clip is looked for
def test_a_clip_that_all_gradients_are_over_is_compared_at_the_other_rate(tmp_path):
    """The steps tell its product with the rate: a rate of 0.1 and a limit of 0.15 had been named, certain both."""
    a, b = clipped(tmp_path / "a", np.inf, 0.05, used=False), clipped(tmp_path / "b", 0.3, 0.05, used=False)
    first = compare(a, b, by_rules=True).first_break
    assert first.cause == "clip"
    assert "0.3" in first.says
    assert "learning rate" not in first.says


def test_what_a_recorder_was_not_told_is_not_certain(tmp_path):
    a, b = clipped(tmp_path / "a", 0.3, 0.05, used=True), clipped(tmp_path / "b", 0.3, 0.05, used=False)
    first = compare(a, b).first_break
    assert (first.cause, first.certain) == ("clipped by the norm of all", False)
    assert "B's recorder was not told what the optimizer gets: used=" in first.says


def test_tensors_of_0_are_paired_by_the_first_gradients_that_are_not(tmp_path):
    rng = np.random.default_rng(0)
    shape = (3, 4, 4)
    g = rng.normal(size=shape)
    g[0] = 0
    theta = np.concatenate([np.zeros((1, 4, 4)), -0.1 * np.cumsum(g, axis=0)])
    steps = np.arange(3)
    one = Trace(steps=steps, tensors={"w": Tensor(shape=(4, 4), before=theta[:-1], after=theta[1:], gradient=g)})
    turned = [np.swapaxes(values, 1, 2) for values in (theta[:-1], theta[1:], g)]
    other = Tensor(shape=(4, 4), before=turned[0], after=turned[1], gradient=turned[2])
    assert compare(one, Trace(steps=steps, tensors={"kernel": other})).verdict == "identical"


class Residual(nn.Module):
    """Three branches that begin as nothing: their scales are 0, so that all shifts have one first gradient."""

    def __init__(self):
        super().__init__()
        self.stem, self.head = nn.Linear(INPUTS, 8), nn.Linear(8, 4)
        self.inner = nn.ModuleList(nn.Linear(8, 8) for _ in range(3))
        self.norms = nn.ModuleList(nn.BatchNorm1d(8) for _ in range(3))
        for norm in self.norms:
            nn.init.zeros_(norm.weight)

    def forward(self, x):
        x = self.stem(x)
        for inner, norm in zip(self.inner, self.norms, strict=True):
            x = x + norm(torch.relu(inner(x)))
        return self.head(x)


@pytest.mark.parametrize("seed", range(3))
def test_a_shift_goes_with_the_scale_of_its_layer(seed, tmp_path):
    """By names and places those of the first layer and the last were each other's."""
    traces = []
    for dtype in (torch.float32, torch.float64):
        torch.manual_seed(seed)
        model = Residual().to(dtype)
        traces.append(trained(tmp_path / str(dtype), model, torch.optim.Adam(model.parameters()), data(dtype)))
    other = {
        name: f"bn_{2 - int(name.split('.')[1])}/{name.split('.')[2]}" for name in traces[0].tensors if "norms" in name
    }
    tensors = {other.get(name, name): tensor for name, tensor in traces[1].tensors.items()}
    found = compare(traces[0], replace(traces[1], tensors=dict(sorted(tensors.items())), buffers={}))
    assert other.items() <= found.details["names"].items()
    assert (found.verdict, found.first_break) == ("rounding", None)
