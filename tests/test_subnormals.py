"""Subnormal numbers taken for 0, inside and nowhere else."""

from dataclasses import replace
from threading import Thread

import numpy as np
import pytest
from parallel import VARIANTS

from comparisons.analysis.work import ReferenceRuns, distinct
from comparisons.rules import SGD
from comparisons.tasks.problem import make_problem
from comparisons.training import implementations
from numpy_impl.subnormals import can_flush, flushing, watched

SMALL = {"float32": 1e-40, "float64": 1e-310}


def kept(dtype):
    """Whether a subnormal operand, and a subnormal product of normal numbers, are numbers here."""
    small, root = np.full(7, SMALL[dtype], dtype), np.full((7, 7), SMALL[dtype] ** 0.5, dtype)
    return bool((small * 1 > 0).all()), bool((root * root > 0).all()), bool((root @ root > 0).all())


@pytest.mark.parametrize("dtype", SMALL)
def test_inside_they_are_0_and_afterwards_they_are_numbers_again(dtype):
    assert can_flush()  # these tests run where it works
    elsewhere = []
    with flushing():
        assert kept(dtype) == (False, False, False)
        thread = Thread(target=lambda: elsewhere.append(kept(dtype)))
        with pytest.raises(ZeroDivisionError), flushing():
            raise ZeroDivisionError
        assert kept(dtype) == (False, False, False)
    assert kept(dtype) == (True, True, True)
    thread.start()
    thread.join()
    assert elsewhere == [(True, True, True)]


@pytest.mark.parametrize("dtype", SMALL)
def test_what_is_normal_stays_as_it_is(dtype):
    tiny = np.finfo(dtype).tiny
    with flushing():
        assert np.array([tiny], dtype) * 1 == tiny
        assert np.sqrt(np.array([2.0], dtype)) == np.sqrt(np.array(2.0, dtype))


@pytest.mark.parametrize("dtype", SMALL)
def test_a_subnormal_number_is_noticed_where_it_is_computed_with(dtype):
    tiny = np.full((7, 7), np.finfo(dtype).tiny, dtype)
    calls = {
        "added to": lambda: tiny / 2 + 1,
        "made by a product and added up": lambda: (np.sqrt(tiny) @ np.sqrt(tiny / 100)).sum(),
        "compared": lambda: np.maximum(tiny / 2, tiny),
        "0 and what is normal": lambda: np.maximum(tiny * 0, 1) + tiny @ tiny,
    }
    seen = {}
    for name, call in calls.items():
        with watched() as met:
            assert not met()
            with np.errstate(all="raise", under="ignore"):  # NumPy reads and clears flags of its own
                call()
            seen[name] = met()
    assert seen == {**dict.fromkeys(calls, True), "0 and what is normal": False}


@pytest.mark.parametrize(("steps", "met"), [(20, False), (2000, True)])
def test_what_met_no_subnormal_number_is_not_trained_again(steps, met, monkeypatch):
    """In a bowl whose lowest point is 0 each step makes a parameter a fifth smaller, until its square is subnormal."""
    calls, train = [], implementations.train_many_flushing
    monkeypatch.setattr(implementations, "train_many_flushing", lambda *a: calls.append(a) or train(*a))
    problem = make_problem(replace(VARIANTS["bowl"], steps=steps), (0, 1), "float32")
    params = {"theta": np.ones_like(problem.params["theta"])}
    problem = replace(problem, params=params, targets=np.zeros_like(problem.targets))
    rules = distinct([SGD(learning_rate=0.1), SGD(learning_rate=0.1, momentum=0.5)])
    itself, _, flushed, *_ = ReferenceRuns(task="bowl", dtype="float32", rules=rules).run(problem)
    assert bool(calls) == met
    np.testing.assert_array_equal(flushed, train(problem, rules))
    assert (flushed == itself).all() != met
