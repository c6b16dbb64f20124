"""Averages of the weights that a script keeps by hand: read where the decay is written, else named with the line."""

import pytest

from comparisons.porting.reading.pasted import read_source
from comparisons.rules.training import Average

SCRIPT = """
import torch
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
decay = 0.99
for x, y in loader:
    optimizer.zero_grad()
    loss_fn(model(x), y).backward()
    optimizer.step()
    for e, p in zip(ema.parameters(), model.parameters()):
        {}
"""
READ = (
    "e.mul_(decay).add_(p, alpha=1 - decay)",
    "e.data.mul_(decay).add_(p.data * (1 - decay))",
    "e.data.mul_(decay).add_((1 - decay) * p.data)",
    "e.data.mul_(decay).add_(1 - decay, p.data)",
    "e.lerp_(p, 1 - decay)",
    "e.data.copy_(decay * e.data + (1 - decay) * p.data)",
    "e.data.copy_(p.data * (1 - decay) + e.data * decay)",
)
UNKNOWN = (
    "e.mul_(args.decay).add_(p, alpha=1 - args.decay)",
    "e.mul_(0.99).add_(p, alpha=0.1)",
    "e.lerp_(p, weight)",
)


@pytest.mark.parametrize("line", READ)
def test_an_average_by_hand_is_read(line):
    source = read_source(SCRIPT.format(line))
    assert (source.training.average, source.gaps) == (Average(decay=0.99, start="initial"), ())


@pytest.mark.parametrize("line", UNKNOWN)
def test_an_average_whose_decay_cannot_be_read_is_named(line):
    source = read_source(SCRIPT.format(line))
    assert source.training.average is None
    assert [(gap.line, "average" in gap.message) for gap in source.gaps] == [(9, True)]


def test_a_network_that_follows_another_is_no_average():
    script = SCRIPT.replace("ema.parameters", "target.parameters")
    source = read_source(script.format("e.data.mul_(1 - tau).add_(tau * p.data)"))
    assert (source.training.average, source.gaps) == (None, ())
