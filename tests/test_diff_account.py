"""The account of `triptych diff`: whose the drift is, where a start, a clip or a second cause is beside it."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import mse_loss

from comparisons.diff.ladder import compare
from comparisons.traces.reading import read_trace
from torch_impl import Recorder

STEPS, BATCH = 12, 16


def trained(folder, *, loss_of=mse_loss, clip=None, head=1.0, decay=0.0, signs=0.0, rate=0.05):
    """The trace of a regression.

    Args:
        loss_of: of (outputs, targets). clip: of the norm of all. head: by what the last layer is multiplied at first.
        decay, signs: of L2 and of L1 in the loss.
    """
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 4))
    with torch.no_grad():
        model[2].weight.mul_(head)
    optimizer, draws = torch.optim.SGD(model.parameters(), rate), torch.Generator().manual_seed(1)
    recorder = Recorder(folder, optimizer, model)
    for _ in range(STEPS):
        x, y = (torch.randn(BATCH, size, generator=draws) for size in (6, 4))
        optimizer.zero_grad()
        loss = loss_of(model(x), y) + decay / 2 * sum(theta.square().sum() for theta in model.parameters())
        loss = loss + signs * sum(theta.abs().sum() for theta in model.parameters())
        recorder.batch(x)
        recorder.loss(loss)
        loss.backward()
        if clip is not None:
            nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()
    recorder.close()
    return read_trace(folder)


def summed(outputs, targets):
    return mse_loss(outputs, targets, reduction="sum") / outputs.shape[1]


def rung(found, name):
    return next(one for one in found.rungs if one.rung == name)


def test_a_clip_that_one_side_never_reaches_may_be_the_other_s_too(tmp_path):
    """Both scripts have it; it was the next difference, "mended by" a factor with which it is not felt any more."""
    a, b = trained(tmp_path / "a", loss_of=summed, clip=5.0), trained(tmp_path / "b", clip=5.0)
    found = compare(a, b, by_rules=True)
    assert [one.cause for one in found.breaks] == ["sum against mean"]
    assert rung(found, "used gradient").state == "ok"
    assert rung(found, "used gradient").says == (
        "A's optimizer gets the gradient clipped by the norm of all, at 5. B's gradients never reach that: B may clip "
        "them, too."
    )
    assert set(found.account) == {"sum against mean", "gradients at other parameters", "rounding"}
    assert found.account["sum against mean"] > 0.5
    assert abs(found.account["rounding"]) < 1e-4


def test_a_clip_that_the_other_side_would_reach_is_a_difference(tmp_path):
    a, b = trained(tmp_path / "a", clip=0.1), trained(tmp_path / "b")
    found = compare(a, b, by_rules=True)
    assert [one.cause for one in found.breaks] == ["clipped by the norm of all"]


def test_a_start_that_is_scaled_is_no_factor_of_the_gradients(tmp_path):
    """The start's share was lost, and all together made three quarters."""
    a, b = trained(tmp_path / "a"), trained(tmp_path / "b", head=0.1)
    found = compare(a, b, by_rules=True)
    assert sum(found.account.values()) == pytest.approx(1)
    drift = {name: b.tensors[name].after[-1] - one.after[-1] for name, one in a.tensors.items()}
    whole = sum(float(np.square(one).sum()) for one in drift.values())
    # by hand: SGD keeps what the start was apart, and the gradients make the rest
    start = b.tensors["2.weight"].before[0] - a.tensors["2.weight"].before[0]
    share = float((start * drift["2.weight"]).sum()) / whole
    assert found.account["initial parameters"] == pytest.approx(share, abs=1e-4)


def test_a_second_cause_has_its_part_of_the_rest(tmp_path):
    """It was named above, and all that the first leaves over was "gradients at other parameters"."""
    a, b = trained(tmp_path / "a"), trained(tmp_path / "b", decay=0.05, signs=0.01)
    found = compare(a, b, by_rules=True)
    assert [one.cause for one in found.breaks] == ["L2", "L1"]
    assert set(found.account) == {"L2", "L1, and gradients at other parameters", "rounding"}


def test_gradients_that_have_parted_are_the_same_at_no_step(tmp_path):
    """Those after the first were, within what its parameters allow: "the same, at 11 steps"."""

    def nearly(outputs, targets):
        return mse_loss(outputs, targets) + 1e-4 * outputs.square().mean().sqrt()

    a, b = trained(tmp_path / "a", rate=1e-3), trained(tmp_path / "b", loss_of=nearly, rate=1e-3)
    found = compare(a, b, by_rules=True)
    assert rung(found, "raw gradient").state == "broken"
    assert rung(found, "update").says.startswith("At no step are all gradients the same: those within 1 %")


def test_what_is_likely_is_so_in_the_tables_too(tmp_path):
    a, b = trained(tmp_path / "a"), trained(tmp_path / "b", loss_of=lambda o, t: (o - t).abs().mean())
    found = compare(a, b, by_rules=True)
    assert not found.breaks[0].certain
    assert rung(found, "raw gradient").says.endswith(" (likely).")
    assert any("(likely), and gradients at other parameters" in name for name in found.account)


def test_gradients_of_which_only_what_the_optimizer_got_is_known_have_an_account(tmp_path):
    """As where a script writes theta.grad itself, and no backward pass has added to it."""
    a, b = trained(tmp_path / "a"), trained(tmp_path / "b", rate=0.1)
    a, b = (
        replace(one, tensors={name: replace(of, gradient=None, used=of.led_by) for name, of in one.tensors.items()})
        for one in (a, b)
    )
    found = compare(a, b, by_rules=True)
    assert sum(found.account.values()) == pytest.approx(1)
