"""Identify: what the first step alone rules out, before any rule is fitted."""

from dataclasses import replace

import numpy as np
import pytest

from comparisons.identify import search
from comparisons.identify.candidates import candidates
from comparisons.identify.evidence import Piece
from comparisons.identify.hypotheses import FAMILIES, hypotheses
from comparisons.identify.notes import of_samples
from comparisons.identify.numbers import bounds_of, from_scale, written
from comparisons.identify.onset import as_adafactor, as_lamb, by_elements, uphill
from comparisons.rules import SGD, Adafactor, Adam, Ftrl, Lamb, Muon
from comparisons.rules.ranges import RANGES
from comparisons.training.implementations import taught_alone

SHAPES = ((12, 8), (12,))
BY_ELEMENTS = [family for family in FAMILIES if family not in (Adafactor, Ftrl, Lamb, Muon)]


def first_step(rule, dtype="float32", change=lambda gradient: gradient):
    """Two tensors and the first step that a rule takes of them, with what is made of its gradients."""
    rng, pieces = np.random.default_rng(0), []
    for shape in SHAPES:
        before, gradients = (
            rng.normal(0, 0.3, (1, *shape)).astype(dtype),
            rng.normal(0, 0.02, (1, *shape)).astype(dtype),
        )
        after = taught_alone(rule, before, change(gradients).astype(dtype), np.ones(1))
        pieces.append(Piece(before=before, after=after, gradients=gradients))
    return pieces


def rules_of(family):
    """One of each set of switches, with steps that are long against rounding."""
    return [replace(one.rule, learning_rate=0.05) for one in hypotheses(family)]


@pytest.mark.parametrize("dtype", ["float32", pytest.param("float64", marks=pytest.mark.full)])
@pytest.mark.parametrize("family", BY_ELEMENTS, ids=lambda family: family.__name__)
def test_the_first_step_of_a_rule_of_elements_is_of_one_formula(family, dtype):
    """With any switches and decay; a bound that one of them broke would keep it from being found."""
    for rule in rules_of(family)[:: 1 if dtype == "float64" else 11]:
        pieces = first_step(rule, dtype)
        assert by_elements(pieces), rule
        assert as_lamb(pieces), rule
        assert not as_adafactor(pieces), rule
        assert not uphill(pieces), rule


def centred(gradient):
    return gradient - gradient.mean()


def noisy(gradient):
    return gradient + np.random.default_rng(1).normal(0, 1e-3, gradient.shape)


@pytest.mark.parametrize("change", [centred, noisy])
@pytest.mark.parametrize("rule", [rules_of(SGD)[0], replace(rules_of(Adam)[0], epsilon=0.01)], ids=["SGD", "Adam"])
def test_the_first_step_of_other_gradients_is_of_none(rule, change):
    """Where more than their sign is felt."""
    assert not by_elements(first_step(rule, change=change))


def test_the_first_steps_of_adafactor_and_lamb_are_their_own():
    assert all(as_adafactor(first_step(rule)) for rule in rules_of(Adafactor))
    assert all(as_lamb(first_step(rule)) for rule in rules_of(Lamb))


def test_a_step_up_the_gradient_is_seen_beside_decay():
    rule = replace(rules_of(SGD)[0], weight_decay=0.1)
    assert uphill(first_step(rule, change=lambda gradient: -gradient))
    assert not uphill(first_step(rule))


def test_where_the_first_step_is_of_no_rule_few_are_fitted(monkeypatch):
    """What is left is Ftrl, Muon, and what is common, of which the nearest is named."""
    fitted, quick_fit = [], search.quick_fit
    monkeypatch.setattr(search, "quick_fit", lambda one, *rest: fitted.append(one) or quick_fit(one, *rest))
    rng = np.random.default_rng(2)
    before = rng.normal(size=(4, 12, 8)).astype("float32")
    after = (before + 1e-3 * rng.normal(size=before.shape)).astype("float32")
    gradients = rng.normal(size=before.shape).astype("float32")
    found = candidates([Piece(before=before, after=after, gradients=gradients)], None, whole=True)
    assert found
    assert not any(one.holding.holds for one in found)
    assert {type(one.rule).__name__ for one in fitted} <= {"SGD", "Adam", "Ftrl", "Muon"}


def test_of_a_sample_it_is_said_which_rules_it_does_not_tell():
    [said] = of_samples(["w", "b"], {"w": False, "b": True, "c": False})
    assert said.startswith("Of w a sample is recorded. Lamb, Adafactor, Muon go by norms, means or products")
    assert not list(of_samples(["b"], {"w": False, "b": True}))


@pytest.mark.parametrize("family", FAMILIES)
def test_the_least_and_the_most_that_is_fitted_are_numbers_that_a_rule_may_have(family):
    for one in hypotheses(family):
        for name, bounds in zip(one.free, bounds_of(one.free), strict=True):
            assert all(RANGES[name].contains(float(from_scale(name, bound))) for bound in bounds), name


def test_no_number_is_written_as_0_that_must_not_be():
    assert written("weight_decay", -1e-3, 1e-3) == 0.0
    assert written("shrinkage", 0.0, 0.4) == 0.1
