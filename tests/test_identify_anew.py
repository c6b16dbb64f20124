"""`triptych identify` where the optimizer forgets in mid-training, or something else is done from some update on."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from comparisons.identify.identify import identify
from comparisons.identify.words import sentences
from comparisons.rules import SGD, Adam
from comparisons.traces.reading import read_trace
from torch_impl import Recorder

STEPS = 32
RNG = np.random.default_rng(0)
X = torch.tensor(RNG.standard_normal((256, 12)), dtype=torch.float32)
Y = torch.tensor(RNG.integers(0, 4, 256))


def trained(folder, optimizer_of, before=lambda step, optimizer: None, schedule_of=None):
    """The trace of a small net's training; `before` each step something is done to the optimizer."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(12, 16), nn.Tanh(), nn.Linear(16, 4))
    optimizer = optimizer_of(model)
    recorder = Recorder(folder, optimizer, model)
    schedule = None if schedule_of is None else schedule_of(optimizer)
    for step in range(STEPS):
        at = slice(8 * step % 256, 8 * step % 256 + 8)
        before(step, optimizer)
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(X[at]), Y[at]).backward()
        optimizer.step()
        if schedule is not None:
            schedule.step()
    recorder.close()
    return read_trace(folder)


def said(trace):
    found = identify(trace)
    return found, " ".join(sentences(found, trace.about))


def forgets(*steps):
    def before(step, optimizer):
        if step in steps:
            optimizer.state.clear()

    return before


def adam(model):
    return torch.optim.Adam(model.parameters(), 3e-3)


def decayed(model):
    """Groups as most people have them."""
    of = {True: [], False: []}
    for theta in model.parameters():
        of[theta.ndim > 1].append(theta)
    groups = [{"params": of[True], "weight_decay": 0.1}, {"params": of[False], "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, 3e-3)


def halving(optimizer):
    return torch.optim.lr_scheduler.StepLR(optimizer, 10, 0.5)


WHEN = {
    "once": (forgets(13), "before update 13 (counted from 0)"),
    "after each epoch": (forgets(8, 16, 24), "after every 8 updates"),
    "twice": (forgets(5, 21), "before updates 5, 21 (counted from 0)"),
}


@pytest.mark.parametrize(("before", "when"), WHEN.values(), ids=WHEN)
def test_an_optimizer_that_forgets_is_told_with_its_rule(before, when, tmp_path):
    """None of the rules made its steps: the closest missed by 1e7 ulp, at the first step."""
    found, words = said(trained(tmp_path / "t", adam, before))
    assert words.startswith(
        f"This is Adam with epsilon on the corrected root, but for a slip: what it remembers is lost {when}; make the "
        "optimizer once, and load its state wherever the parameters are loaded."
    )
    assert "Mended, it is `torch.optim.Adam(lr=0.003)`." in words
    assert found.found[0].ulp < 10


@pytest.mark.parametrize("schedule_of", [None, halving])
def test_it_forgets_in_all_groups_at_all_rates(schedule_of, tmp_path):
    found, words = said(trained(tmp_path / "t", decayed, forgets(13), schedule_of))
    assert found.slip is not None
    assert "lost before update 13" in words
    assert {one.tensors: one.rule.weight_decay for one in found.found} == {
        ("0.weight", "2.weight"): 0.1,
        ("0.bias", "2.bias"): 0.0,
    }


@pytest.mark.full
def test_a_bare_trace_says_so_itself(tmp_path):
    trace = trained(tmp_path / "t", lambda m: torch.optim.SGD(m.parameters(), 0.1, momentum=0.9), forgets(13))
    found, words = said(replace(trace, about={}, learning_rate=None, momentum=None))
    assert found.found[0].rule == SGD(learning_rate=0.1, momentum=0.9)
    assert "what it remembers is lost before update 13" in words


@pytest.mark.full
def test_the_rule_of_the_first_steps_is_told_where_something_is_changed(tmp_path):
    def before(step, optimizer):
        if step == 14:
            optimizer.param_groups[0]["weight_decay"] = 0.5

    found, words = said(trained(tmp_path / "t", lambda m: torch.optim.AdamW(m.parameters(), 3e-3), before))
    assert found.found == ()
    assert (type(found.closest.rule), found.closest.first_steps) == (Adam, 14)
    assert words.startswith(
        "None of our rules makes all of these steps. Those of the first 14 updates are Adam with decoupled weight "
        "decay and epsilon on the corrected root: `torch.optim.AdamW(lr=0.003)`; update 14 (counted from 0) misses by "
    )


@pytest.mark.full  # 7 seconds
def test_signs_are_no_adam_that_forgets_at_each_step(tmp_path):
    """The first step of Adam is a sign: as many starts as steps say nothing."""
    trace = trained(tmp_path / "t", adam)
    tensors = {}
    for name, one in trace.tensors.items():
        steps = -0.003 * np.sign(one.gradient)
        before = one.before[0] + np.concatenate([np.zeros_like(steps[:1]), np.cumsum(steps, axis=0)[:-1]])
        tensors[name] = replace(one, before=before, after=before + steps)
    found = identify(replace(trace, tensors=tensors))
    assert found.slip is None
    assert found.found
