"""Whole recipes as people paste them: what they say, and what they become, held to answers derived by hand."""

import itertools

import keras
import pytest
import torch
import transformers

from comparisons.names import BadInput
from comparisons.porting.answer import Answer
from comparisons.porting.reading.names import NoRule
from comparisons.porting.reading.pasted import read_source, read_sources
from comparisons.porting.translate import port, port_each
from tests import recipes
from tests.recipes.answering import check_answer, check_answers
from tests.recipes.reading import check_each, check_read
from tests.recipes.record import Whole

TORCH, KERAS = recipes.TORCH, recipes.KERAS
LONG = 3_000  # steps of a scheduler that a test takes; what turns later has the same formula


def _named(wholes: tuple[Whole, ...]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("whole", wholes, ids=lambda whole: whole.name)


@_named(tuple(whole for whole in TORCH if whole.by))
def test_rates_are_those_of_the_schedulers(whole: Whole) -> None:
    """The rates that were derived by hand are those that the scheduler itself sets, stepped update by update."""
    names = {**vars(torch.optim.lr_scheduler), **vars(transformers.optimization)}
    opt = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=whole.base)
    scheduler = eval(whole.by, {**names, "opt": opt})  # an expression of ours
    reached = {}
    for k in itertools.takewhile(lambda k: k <= min(LONG, max(whole.rates)), itertools.count()):
        reached[k] = opt.param_groups[0]["lr"]
        opt.step()
        scheduler.step()
    # recursive forms drift by a rounding a step
    for k in [k for k in whole.rates if k in reached]:
        assert reached[k] == pytest.approx(whole.rates[k], rel=1e-9, abs=1e-12 * whole.base), k


@_named(tuple(whole for whole in KERAS if whole.by))
def test_rates_are_those_of_the_schedule_objects(whole: Whole) -> None:
    """The same of Keras's objects, asked for the step that an update sees: the last of its micro-batches."""
    schedule = eval(whole.by, vars(keras.optimizers.schedules).copy())  # an expression of ours
    n = whole.accumulation.batches if whole.accumulation else 1
    for k, rate in whole.rates.items():
        # float32 has 24 bits, and what is left of a cosine or a power is of numbers near 1
        assert float(schedule(n * k + n - 1)) == pytest.approx(rate, rel=2e-6, abs=2e-7 * whole.base), k


@_named(tuple(whole for whole in (*TORCH, *KERAS) if not whole.refused))
def test_reads(whole: Whole) -> None:
    """What the text says is read: groups, their numbers, rates, what surrounds them; what is left is named."""
    if whole.apart:
        with pytest.raises(BadInput, match=f"there are {len(whole.groups)}"):
            read_source(whole.text)
        check_each(whole, read_sources(whole.text))
    else:
        check_read(whole, read_source(whole.text))


@_named(tuple(whole for whole in TORCH if whole.refused))
def test_what_no_rule_is_is_impossible_with_its_reason(whole: Whole) -> None:
    """It is named, with what there is instead."""
    with pytest.raises(NoRule):
        read_source(whole.text)
    found = port(whole.text, "tf")
    assert isinstance(found, Answer)
    assert found.native.fidelity == "impossible"
    said = " ".join([found.native.mismatches[0].message, *found.notes])
    assert [words for words in whole.refused if words not in said] == []


@_named(tuple(whole for whole in (*TORCH, *KERAS) if whole.apart and whole.to is not None))
def test_each_of_several_is_answered(whole: Whole) -> None:
    """Each by itself, in the order of the text."""
    to = "tf" if whole in TORCH else "torch"
    found = [one for _, one in port_each(whole.text, to)]
    assert len(found) == len(whole.groups)
    check_answers(whole, found)


@pytest.mark.parametrize("others", [(TORCH, "tf"), (KERAS, "torch")], ids=["PyTorch", "Keras"])
def test_answers(others: tuple[tuple[Whole, ...], str]) -> None:
    """What is answered has the classes, says what differs, and prints the numbers of the text and no default's."""
    wholes, to = others
    told = [one for one in wholes if one.to is not None and not one.apart]
    assert len(told) > 30
    for whole in told:
        check_answer(whole, port(whole.text, to))


def test_names_are_used_once() -> None:
    """No two recipes have the same name or the same text."""
    for part in ("name", "text"):
        for wholes in (TORCH, KERAS):
            said = [getattr(whole, part) for whole in wholes]
            assert len(set(said)) == len(said) >= 60
