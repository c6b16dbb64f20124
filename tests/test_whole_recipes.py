"""Whole recipes as people paste them: what they say, and what they become, held to answers derived by hand."""

import itertools

import pytest
import torch
import transformers

from tests.recipes.record import Whole
from tests.recipes.torch_generative import GENERATIVE
from tests.recipes.torch_language import LANGUAGE
from tests.recipes.torch_reinforcement import REINFORCEMENT
from tests.recipes.torch_tutorials import TUTORIALS
from tests.recipes.torch_vision import VISION

TORCH = (*VISION, *LANGUAGE, *REINFORCEMENT, *GENERATIVE, *TUTORIALS)
LONG = 3_000  # steps of a scheduler that a test takes; what turns later has the same formula


def _named(wholes: tuple[Whole, ...]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("whole", wholes, ids=lambda whole: whole.name)


@_named(tuple(whole for whole in TORCH if whole.by))
def test_rates_are_those_of_the_schedulers(whole: Whole) -> None:
    """The rates that were derived by hand are those that the scheduler itself sets, stepped update by update."""
    names = {**vars(torch.optim.lr_scheduler), **vars(transformers.optimization)}
    opt = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=whole.base)
    scheduler = eval(whole.by, {**names, "opt": opt})  # noqa: S307  # an expression of ours
    reached = {}
    for k in itertools.takewhile(lambda k: k <= min(LONG, max(whole.rates)), itertools.count()):
        reached[k] = opt.param_groups[0]["lr"]
        opt.step()
        scheduler.step()
    # recursive forms drift by a rounding a step
    for k in [k for k in whole.rates if k in reached]:
        assert reached[k] == pytest.approx(whole.rates[k], rel=1e-9, abs=1e-12 * whole.base), k


def test_names_are_used_once() -> None:
    """No two recipes have the same name or the same text."""
    for part in ("name", "text"):
        said = [getattr(whole, part) for whole in TORCH]
        assert len(set(said)) == len(said)
