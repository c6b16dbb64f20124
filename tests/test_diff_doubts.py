"""`triptych diff` where what it sees has more than one cause: it is likely, and not certain."""

import numpy as np
import pytest
import torch
from torch import nn

from comparisons.diff.aligning import both_of
from comparisons.diff.batch_norm import is_scale, unnormalised
from comparisons.diff.ladder import compare
from comparisons.traces.reading import read_trace
from comparisons.traces.trace import Tensor, Trace
from torch_impl import Recorder

STEPS, BATCH = 8, 16


def trained(folder, loss_of, model_of=None, *, shift=0.0, rate=0.05):
    """The trace of a regression.

    Args:
        loss_of: of (outputs, targets, step). shift: of the targets.
    """
    torch.manual_seed(0)
    model = model_of() if model_of else nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 4))
    optimizer, draws = torch.optim.SGD(model.parameters(), rate), torch.Generator().manual_seed(1)
    recorder = Recorder(folder, optimizer, model)
    for step in range(STEPS):
        x, y = (torch.randn(BATCH, size, generator=draws) for size in (6, 4))
        optimizer.zero_grad()
        loss = loss_of(model(x), y + shift, step)
        recorder.batch(x)
        recorder.loss(loss)
        loss.backward()
        optimizer.step()
    recorder.close()
    return read_trace(folder)


def squared(outputs, targets, step):
    return nn.functional.mse_loss(outputs, targets)


def test_a_ratio_that_may_be_another_at_other_steps_is_likely_beside_a_decay(tmp_path):
    """With L2 beside it, it was for certain: divide the loss by that."""
    counts = (10, 11, 9, 13, 8, 12, 7, 14)
    weights = []

    def decayed(outputs, targets, step):
        return squared(outputs, targets, step) + 0.01 * sum(theta.square().sum() for theta in weights)

    def model_of():
        model = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 4))
        weights[:] = model.parameters()
        return model

    a = trained(tmp_path / "a", lambda o, y, k: squared(o, y, k) * BATCH / counts[k], model_of)
    b = trained(tmp_path / "b", decayed, model_of)
    [ratio, decay] = compare(a, b).breaks[:2]
    assert (ratio.cause, ratio.certain, decay.cause) == ("scaled", False, "L2")
    assert "all of A's are 1.6 times B's there; no other step can be compared. Likely: " in ratio.says


def test_targets_that_no_gradient_feels_are_not_what_is_logged(tmp_path):
    """Beyond the bend of a Huber loss: it was "what is logged that differs", for all the steps."""

    def huber(outputs, targets, step):
        return nn.functional.huber_loss(outputs, targets, delta=0.01)

    a = trained(tmp_path / "a", huber, shift=50.0)
    b = trained(tmp_path / "b", lambda o, y, k: huber(o, y + (1.0 if k == 0 else 0.0), k), shift=50.0, rate=0.06)
    first = compare(a, b).first_break
    assert (first.cause, first.step, first.certain) == ("loss reported otherwise", 0, False)
    assert "all gradients are the same there, and no other step can be compared. Likely: what is logged" in first.says


def test_a_loss_that_parts_before_the_gradient_does_is_told_so(tmp_path):
    """All gradients were said to differ at the step at which the loss alone does."""

    def added(outputs, targets, step):
        return squared(outputs, targets if step != 3 else targets.square(), step) + (1.0 if step == 1 else 0.0)

    first = compare(trained(tmp_path / "a", squared), trained(tmp_path / "b", added)).first_break
    assert (first.step, first.rung) == (1, "loss at equal parameters")
    assert first.says.startswith("They part at step 1 in the loss alone, and then at step 3: all gradients differ by ")


def test_steps_that_are_the_same_say_that_no_layer_is_another(tmp_path):
    def turned(outputs, targets, step):
        return squared(outputs, targets.square() if step >= 5 else targets, step)

    first = compare(trained(tmp_path / "a", squared), trained(tmp_path / "b", turned)).first_break
    assert first.step == 5
    assert "At the 5 steps before they are the same: look for what changes then, as a target net" in first.says


def distances(outputs, targets, step):
    return (outputs - outputs.roll(1, 0)).square().mean()


def normed(outputs, targets, step):
    return distances(nn.functional.normalize(outputs), targets, step)


def test_a_bias_that_a_difference_takes_away_is_before_no_normalisation_for_certain(tmp_path):
    a, b = trained(tmp_path / "a", normed), trained(tmp_path / "b", distances)
    first = compare(a, b).first_break
    assert (first.cause, first.tensors, first.certain) == ("batch statistics", ("2.bias",), False)
    assert "Likely: A normalises with the moving statistics" in first.says
    assert "B's loss sees differences of outputs alone, as distances are, and A's does not" in first.says


@pytest.mark.parametrize(("begins", "found"), [(1.0, []), (0.0, [("n.weight", "A")])], ids=["a scale", "a bias"])
def test_a_scale_that_hardly_has_a_gradient_is_no_bias_before_a_normalisation(begins, found):
    """The side was accused that normalises by the batch."""
    rng = np.random.default_rng(0)

    start, around = np.full(4, begins, np.float32), rng.standard_normal((1, 4)).astype(np.float32)
    w, gradient = rng.standard_normal((2, 1, 6)).astype(np.float32)

    def trace(share):
        of_norm = Tensor(shape=(4,), before=start[None], after=start[None], gradient=np.float32(share) * around)
        tensors = {"n.weight": of_norm, "w": Tensor(shape=(6,), before=w, after=w, gradient=gradient)}
        return Trace(steps=np.arange(1), tensors=tensors)

    both = both_of(trace(1.0), trace(1e-8))
    assert list(unnormalised(both, 0)) == found
    assert is_scale(both.pairs[0].a) is (not found)
