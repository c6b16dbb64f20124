"""`triptych diff` where one of several terms of a loss differs: some gradients are the same, or one factor apart."""

import numpy as np
import pytest
import torch
from torch import nn

from comparisons.diff.ladder import compare
from comparisons.diff.seen import Seen
from comparisons.diff.terms import same_matrices
from comparisons.traces.reading import read_trace
from comparisons.traces.trace import Tensor, Trace
from torch_impl import Recorder

STEPS, BATCH, INPUTS, HIDDEN, LATENT = 3, 16, 10, 12, 4
BELOW = ("encode.weight", "encode.bias", "mean.weight", "mean.bias", "spread.weight", "spread.bias")
ABOVE = ("decode.weight", "decode.bias", "out.weight", "out.bias")


class Coder(nn.Module):
    """A variational autoencoder; its loss is the sum of two terms."""

    def __init__(self, kl=1.0, fit=1.0, *, dropped=False, mean_kl=False, back=1.0):
        super().__init__()
        torch.manual_seed(0)
        self.encode, self.mean = nn.Linear(INPUTS, HIDDEN), nn.Linear(HIDDEN, LATENT)
        self.spread, self.decode = nn.Linear(HIDDEN, LATENT), nn.Linear(LATENT, HIDDEN)
        self.out, self.kl, self.fit, self.dropped = nn.Linear(HIDDEN, INPUTS), kl, fit, dropped
        self.mean_kl, self.back = mean_kl, back

    def forward(self, x):
        hidden = torch.tanh(self.encode(x))
        hidden = hidden * (torch.arange(HIDDEN) % 3 > 0) if self.dropped else hidden
        mean, spread = self.mean(hidden), self.spread(hidden)
        drawn = mean + torch.exp(spread / 2) * x[:, :LATENT]
        made = self.out(torch.tanh(self.decode(self.back * drawn + (1 - self.back) * drawn.detach())))
        of_fit = nn.functional.binary_cross_entropy_with_logits(made, torch.sigmoid(x), reduction="none").sum(1).mean()
        of_kl = (mean.square() + spread.exp() - 1 - spread) / 2
        of_kl = of_kl.mean() if self.mean_kl else of_kl.sum(1).mean()
        return self.fit * of_fit + self.kl * of_kl


def trained(folder, model, loss_of=None):
    """By SGD; the loss is what the model gives, or is made of that and its inputs."""
    optimizer, draws = torch.optim.SGD(model.parameters(), 0.1), torch.Generator().manual_seed(1)
    recorder = Recorder(folder, optimizer, model)
    for _ in range(STEPS):
        x = torch.randn(BATCH, INPUTS, generator=draws)
        optimizer.zero_grad()
        loss = model(x) if loss_of is None else loss_of(model(x), x)
        recorder.batch(x)
        recorder.loss(loss)
        loss.backward()
        optimizer.step()
    recorder.close()
    return read_trace(folder)


SCALES = {  # the weights of B's terms, to what is said of them
    "a mean over outputs": (
        (1.0, 1 / INPUTS),
        "is a sum in {A} where {B} takes the mean (10 is the number of outputs)",
    ),
    "means over both": ((1 / LATENT, 1 / INPUTS), "is a sum in {A} where {B} takes the mean (10 is the number of"),
    "a sum over samples": ((1.0, float(BATCH)), "is a sum in {B} where {A} takes the mean (16 is the batch size)"),
    "sums over all": ((1.0, float(BATCH * INPUTS)), "(160 is the batch size times the number of outputs)"),
    "a weight": ((1.0, 0.3), "has another weight, or is divided by another number; the others get another term"),
}


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(("weights", "says"), SCALES.values(), ids=SCALES)
def test_a_term_that_is_scaled_beside_another_is_named(weights, says, turned, tmp_path):
    """It was logits that are taken for probabilities, or another function."""
    sides = [trained(tmp_path / str(i), Coder(*given)) for i, given in enumerate([(), weights])]
    first = compare(*(sides[::-1] if turned else sides)).first_break
    assert (first.cause, first.tensors, first.certain) == ("a part of the loss weighed", ABOVE, False)
    assert first.number == pytest.approx(1 / weights[1] if turned else weights[1], rel=1e-5)
    assert says.format(**dict(zip("AB", "BA" if turned else "AB", strict=True))) in first.says


def test_a_sum_beside_another_function_is_no_term(tmp_path):
    a, b = (trained(tmp_path / str(i), Coder(*of, dropped=bool(of))) for i, of in enumerate([(), (16.0, 16.0)]))
    assert "a part of the loss weighed" not in [cause.cause for cause in compare(a, b).breaks]


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("given", [{"kl": 0.5}, {"mean_kl": True}], ids=["its weight", "its mean"])
def test_a_term_that_some_tensors_are_not_in_is_told_by_those(given, turned, tmp_path):
    sides = [trained(tmp_path / str(i), Coder(**of)) for i, of in enumerate([{}, given])]
    first = compare(*(sides[::-1] if turned else sides)).first_break
    assert (first.cause, first.tensors, first.certain) == ("another term of the loss", BELOW, False)
    assert f"those of {', '.join(ABOVE)} are the same. Likely: a term of the loss that those are not in" in first.says


def test_a_gradient_that_is_another_below_a_loss_that_is_the_same_is_no_term(tmp_path):
    a, b = (trained(tmp_path / str(back), Coder(back=back)) for back in (1.0, 0.5))
    first = compare(a, b).first_break
    assert (first.cause, first.tensors) == ("another gradient passed back", BELOW)
    assert "(detach, stop_gradient, a hook), as the loss is the same" in first.says


class Heads(nn.Module):
    """Two outputs above one layer, of which one is a number."""

    def __init__(self, *, dropped=False):
        super().__init__()
        torch.manual_seed(0)
        self.trunk, self.kind, self.price = nn.Linear(INPUTS, HIDDEN), nn.Linear(HIDDEN, 3), nn.Linear(HIDDEN, 1)
        self.dropped = dropped

    def forward(self, x):
        hidden = torch.relu(self.trunk(x))
        return self.kind(hidden), self.price(hidden * (torch.arange(HIDDEN) % 2) if self.dropped else hidden)


def of_two(of_price):
    def loss_of(outputs, x):
        kind, price = outputs
        return nn.functional.cross_entropy(kind, x[:, :3].argmax(1)) + of_price(price, x.sum(1, keepdim=True))

    return loss_of


PRICES = {  # the loss of B's second output, and whether its layers drop units
    "another loss": (lambda price, y: (price - y).abs().mean(), False),
    "broadcast": (lambda price, y: (price - y[:, 0]).square().mean(), False),
    "another function": (lambda price, y: (price - y).square().mean(), True),
}


@pytest.mark.parametrize(("of_price", "dropped"), PRICES.values(), ids=PRICES)
def test_of_two_outputs_the_one_whose_gradients_differ_is_named(of_price, dropped, tmp_path):
    """It was hidden behind "and 2 more"; where targets are broadcast its bias alone has the same gradient."""
    a = trained(tmp_path / "a", Heads(), of_two(lambda price, y: (price - y).square().mean()))
    b = trained(tmp_path / "b", Heads(dropped=dropped), of_two(of_price))
    first = compare(a, b).first_break
    assert (first.cause, first.tensors[0], first.certain) == ("another loss of one output", "price.weight", False)
    assert "those of kind.weight, kind.bias are the same. Likely: of several losses that are added, " in first.says
    assert "that of the output by price.weight is another, or has other targets (of shape (n, 1) against" in first.says


def test_a_small_difference_that_a_bias_happens_not_to_feel_has_a_hint():
    """As of GELU by tanh: where the last bias hardly felt it, it had none."""
    rng = np.random.default_rng(0)
    shapes = {"first.weight": (HIDDEN, INPUTS), "first.bias": (HIDDEN,), "last.weight": (3, HIDDEN), "last.bias": (3,)}
    start = {name: rng.standard_normal((1, *shape)).astype(np.float32) for name, shape in shapes.items()}
    gradient = {name: rng.standard_normal((1, *shape)).astype(np.float32) for name, shape in shapes.items()}

    def trace(size):
        made = {}
        for name, theta in start.items():
            noise = rng.standard_normal(theta.shape) * (0 if name == "last.bias" else size)
            of = (gradient[name] * (1 + noise)).astype(np.float32)
            made[name] = Tensor(shape=shapes[name], before=theta, after=theta - np.float32(0.1) * of, gradient=of)
        return Trace(steps=np.arange(1), tensors=made, samples=(np.arange(BATCH, dtype=np.uint64),))

    first = compare(trace(0), trace(4e-5)).first_break
    assert (first.cause, first.certain) == ("nearly the same function", False)
    assert first.tensors == ("first.weight", "first.bias", "last.weight")


@pytest.mark.parametrize(("sizes", "found"), [((0, 0.1), [0]), ((1e-7, 1e-5), []), ((1e-7, 1e-4), [0]), ((0, 0), [])])
def test_matrices_are_the_same_only_where_others_clearly_are_not(sizes, found):
    a, bound = np.ones((1, 16)), (np.full(1, 4e-6),) * 2
    norms = (np.full(1, 4.0),) * 2
    seen = [
        Seen(name=str(size), axes=2, a=a, b=a + size, theta=a, bounds=bound, norms=norms, later=norms) for size in sizes
    ]
    assert same_matrices(seen) == [seen[i] for i in found]
