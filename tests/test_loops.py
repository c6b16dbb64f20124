"""Every wrong order of a training loop is seen by the gradients that lead the implementations, and no right one."""

import numpy as np
import pytest

from comparisons.frameworks import FRAMEWORKS
from comparisons.training.implementations import follow
from tests.mutants.loops import BATCHES, GRADIENTS, MODERN, STARTS, WRONG_LOOPS, Loop, in_a_row, walk

# The parameters are of the size of 1; ten steps of Adam do not blow errors up: 2e-15 were seen at most.
ROUNDING = 2e-14
SEEN = 1e-3  # the weakest mutant leads that far; it must be far beyond all rounding


@pytest.fixture(scope="module", params=FRAMEWORKS)
def path(request):
    """(micro-batches, numbers): what an implementation makes of the training."""
    found = follow(request.param, MODERN, STARTS, GRADIENTS)
    names = [*STARTS, *(f"average of {name}" for name in STARTS)]
    return np.stack([in_a_row([found[name][i] for name in names]) for i in range(BATCHES)])


def test_the_right_loop_is_what_the_implementations_do(path):
    right = np.stack(list(walk(Loop(MODERN, STARTS))))
    assert np.abs(right - path).max() <= ROUNDING


@pytest.mark.parametrize("mutant", WRONG_LOOPS, ids=lambda one: one.wrong)
def test_every_wrong_loop_is_seen(mutant, path):
    wrong = np.stack(list(walk(mutant.loop(MODERN, STARTS))))
    assert np.abs(wrong - path).max() > SEEN


def test_some_updates_are_clipped_and_some_are_not():
    sums = {name: g.reshape(-1, 3, *g.shape[1:]).mean(axis=1) for name, g in GRADIENTS.items()}
    norms = np.sqrt(sum((g * g).sum(axis=(1, 2)) for g in sums.values()))
    assert 3 <= (norms > MODERN.clip.limit).sum() <= len(norms) - 3
