"""Rates that a loop sets itself: what is read is what torch's optimizer is stepped with, where the script is run."""

import math

import pytest
import torch

from comparisons.frameworks import rule_of
from comparisons.porting.reading.pasted import read_source
from comparisons.rules import Schedule
from comparisons.rules.schedules import rate_at
from tests.recipes.reading import with_numbers

BATCHES = 3  # in an epoch
SCRIPTS = {
    "of the step, by a function": """
learning_rate, min_lr, warm, end = 6e-4, 6e-5, 5, 20
optimizer = torch.optim.AdamW(model.parameters(), lr=learning_rate)
def get_lr(it):
    if it < warm:
        return learning_rate * (it + 1) / (warm + 1)
    if it > end:
        return min_lr
    ratio = (it - warm) / (end - warm)
    coeff = 0.5 * (1.0 + math.cos(math.pi * ratio))
    return min_lr + coeff * (learning_rate - min_lr)

for it in range(30):
    lr = get_lr(it)
    for param_group in optimizer.param_groups:
        param_group['lr'] = lr
    optimizer.step()
""",
    "of the epoch, in a function": """
def adjust_learning_rate(optimizer, epoch, args):
    lr = 0.1 * (0.1 ** (epoch // 4))
    for param_group in optimizer.param_groups:
        param_group['lr'] = lr

optimizer = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9)
for epoch in range(10):
    adjust_learning_rate(optimizer, epoch, None)
    for x in loader:
        optimizer.step()
""",
    "of the step from 1 on": """
optimizer = torch.optim.Adam(model.parameters(), lr=2.5e-4, eps=1e-5)
for update in range(1, 21):
    frac = 1.0 - (update - 1.0) / 20
    lrnow = frac * 2.5e-4
    optimizer.param_groups[0]["lr"] = lrnow
    optimizer.step()
""",
    "of the step, in place": """
optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
for step in range(20):
    for g in optimizer.param_groups:
        g["lr"] = 0.5 * 0.9 ** step
    optimizer.step()
""",
}


def rates_of(text):
    """The rates that the script's optimizer is stepped with."""
    rates = []

    class Told(torch.optim.SGD):
        def __init__(self, params, lr, **_):
            super().__init__(params, lr)

        def step(self):
            rates.append(self.param_groups[0]["lr"])

    class Optim:
        AdamW = SGD = Adam = Told

    class Torch:
        optim = Optim

    names = {"torch": Torch, "math": math, "model": torch.nn.Linear(1, 1), "loader": range(BATCHES)}
    exec(text, names)  # lines of ours
    return rates


@pytest.mark.parametrize("text", SCRIPTS.values(), ids=SCRIPTS)
def test_the_rates_are_those_of_the_script(text):
    source = read_source(text)
    assert source.gaps == ()
    rate = with_numbers(rule_of(source.training).groups[0].optimizer.learning_rate, {"steps_per_epoch": BATCHES})
    assert isinstance(rate, Schedule)
    # two ways to write a formula differ by some roundings
    assert [rate_at(rate, k) for k in range(len(rates_of(text)))] == pytest.approx(rates_of(text), rel=1e-12)


STEP = "optimizer = torch.optim.SGD(model.parameters(), 0.1)\n"
UNREAD = {
    "after the update": "for i in range(9):\n    optimizer.step()\n    {}",
    "of a loop within another": "for e in range(9):\n    for i in range(9):\n        {}\n        optimizer.step()",
    "of a condition": "for i in range(9):\n    if anneal:\n        {}\n    optimizer.step()",
    "of no number of rounds": "for i in rounds:\n    {}\n    optimizer.step()",
    "of a first round that is not known": "for i in range(first, 9):\n    {}\n    optimizer.step()",
    "in a loop without updates": "for i in range(9):\n    {}",
}


@pytest.mark.parametrize("text", UNREAD.values(), ids=UNREAD)
def test_what_is_no_rate_of_the_updates_is_named(text):
    source = read_source(STEP + text.format("optimizer.param_groups[0]['lr'] = 0.1 * 0.9 ** i"))
    assert ["lr is set here" in gap.message for gap in source.gaps] == [True]
    assert source.call.schedule is None


@pytest.mark.parametrize("value", ["0.1 * 0.9 ** j", "magic(i)", "0.1 * g['lr_scale']", "0.1 + i % 3"])
def test_what_is_no_formula_is_named(value):
    setting = f"    for g in optimizer.param_groups:\n        g['lr'] = {value}\n"
    text = f"{STEP}for i in range(9):\n{setting}    optimizer.step()"
    assert ["lr is set here" in gap.message for gap in read_source(text).gaps] == [True]


def test_the_first_of_several_groups_by_itself_is_named():
    groups = "[{'params': a, 'lr': 0.1}, {'params': b, 'lr': 0.2}]"
    text = (
        f"opt = torch.optim.SGD({groups})\nfor i in range(9):\n    opt.param_groups[0]['lr'] = 0.9 ** i\n    opt.step()"
    )
    assert ["lr is set here" in gap.message for gap in read_source(text).gaps] == [True]
