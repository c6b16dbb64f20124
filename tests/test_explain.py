"""What an explanation is made of: Shapley values, the rules between two rules, measures of curves."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from comparisons.analysis import factors as module
from comparisons.analysis.attribution import attribute, needed
from comparisons.analysis.factors import factors, subsets
from comparisons.analysis.measures import Measure, logs, measured, parting
from comparisons.analysis.shapley import shapley
from comparisons.analysis.work import distinct, move, perturb_hyperparameters
from comparisons.frameworks.express import differing
from comparisons.names import BadInput
from comparisons.rules import (
    SGD,
    Adafactor,
    Adagrad,
    Adam,
    ClipNorm,
    ClipValue,
    CosineDecay,
    ExponentialDecay,
    NAdam,
    RMSprop,
    StepDecay,
)
from comparisons.rules.canonical import canonical
from comparisons.tasks import TASKS
from comparisons.tasks.problem import make_problem

INF, NAN = np.inf, np.nan

# --- Shapley values

GAMES = {
    # v of the subsets 0, 1, 2, 12 (and so on, by their bits); the values, by hand
    "nothing to switch": ([7.0], []),
    "one switch": ([1.0, 4.0], [3.0]),
    "two switches": ([0.0, 1.0, 2.0, 6.0], [2.5, 3.5]),  # (1 + 4) / 2 and (2 + 5) / 2
    "two that only work together": ([0.0, 0.0, 0.0, 1.0], [0.5, 0.5]),
    # one left glove, two right ones: a pair is worth 1. The left one misses out only if it comes first: 2/3.
    "three gloves": ([0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0], [2 / 3, 1 / 6, 1 / 6]),
}


@pytest.mark.parametrize(("values", "expected"), GAMES.values(), ids=GAMES)
def test_shapley_values_by_hand(values, expected):
    # a sum of at most 2^2 differences, each times a weight below 1: a few roundings
    np.testing.assert_allclose(shapley(np.array(values)), expected, rtol=0, atol=1e-14)


def games(least=1):
    """v of every subset of up to five switches, at two steps."""
    numbers = st.floats(-1e3, 1e3)
    return st.integers(least, 5).flatmap(lambda n: arrays(np.float64, (2**n, 2), elements=numbers))


# Differences of up to 2e3, in sums of 2^5: a rounding of each is 2e3 * 32 * 1.1e-16.
EXACT = 1e-11


@given(games())
def test_shapley_values_are_means_over_all_orders(values):
    count = len(values).bit_length() - 1
    orders = list(permutations(range(count)))
    expected = np.zeros((count, 2))
    for order in orders:
        on = 0
        for i in order:
            expected[i] += (values[on | 1 << i] - values[on]) / len(orders)
            on |= 1 << i
    np.testing.assert_allclose(shapley(values), expected, rtol=0, atol=EXACT)


@given(games())
def test_shapley_values_add_up(values):
    np.testing.assert_allclose(shapley(values).sum(axis=0), values[-1] - values[0], rtol=0, atol=EXACT)


@given(games(least=2))
def test_two_switches_that_do_the_same_have_the_same_value(values):
    swapped = [s & ~3 | (s & 1) << 1 | (s & 2) >> 1 for s in range(len(values))]
    found = shapley(values + values[swapped])
    np.testing.assert_allclose(found[0], found[1], rtol=0, atol=2 * EXACT)


@given(games())
def test_a_switch_that_does_nothing_has_no_value(values):
    found = shapley(np.repeat(values, 2, axis=0))  # bit 0 changes nothing
    assert (found[0] == 0).all()
    np.testing.assert_allclose(found[1:], shapley(values), rtol=0, atol=EXACT)


# --- factors

PLAIN = SGD(learning_rate=0.1)
VELOCITY = SGD(learning_rate=0.1, momentum=0.9)
ADAGRAD = Adagrad(learning_rate=0.1, epsilon=1e-10, epsilon_position="outside-root", initial_accumulator=0.0)
ADAM = Adam(learning_rate=0.1, beta1=0.9, beta2=0.999, epsilon=1e-8, epsilon_position="corrected-root")
DROPS = StepDecay(initial=0.1, every=1, factor=0.5)
SHRINKING = Adafactor(
    learning_rate=0.1,
    beta2_decay=-0.8,
    epsilon1=None,
    epsilon1_position="floor",
    epsilon2=1e-3,
    clip_threshold=1.0,
    scale_after_decay=False,
)
PAIRS = {
    "the same rule": (ADAM, ADAM, []),
    "a number": (PLAIN, replace(PLAIN, learning_rate=0.2), ["learning_rate"]),
    "numbers and a switch": (
        ADAGRAD,
        replace(ADAGRAD, epsilon=1e-7, epsilon_position="inside-root", initial_accumulator=0.1),
        ["epsilon", "epsilon_position", "initial_accumulator"],
    ),
    "a coupling without weight decay": (PLAIN, replace(PLAIN, weight_decay_coupling="decoupled"), []),
    "a coupling with weight decay on one side": (
        ADAM,
        replace(ADAM, weight_decay=0.1, weight_decay_coupling="decoupled"),
        ["weight_decay", "weight_decay_coupling"],
    ),
    "a velocity at a constant rate": (VELOCITY, replace(VELOCITY, learning_rate_in_velocity=True), []),
    "a velocity and a schedule": (
        VELOCITY,
        replace(VELOCITY, learning_rate=DROPS, learning_rate_in_velocity=True),
        ["learning_rate", "learning_rate_in_velocity"],
    ),
    "nesterov without momentum": (PLAIN, replace(PLAIN, nesterov=True), []),
    "a place for no epsilon": (
        replace(ADAM, epsilon=0.0),
        replace(ADAM, epsilon=0.0, epsilon_position="uncorrected-root"),
        [],
    ),
    "a schedule in other words": (
        replace(PLAIN, learning_rate=DROPS),
        replace(PLAIN, learning_rate=ExponentialDecay(initial=0.1, rate=0.5)),
        [],
    ),
    "clipping": (PLAIN, replace(PLAIN, clip=ClipValue(limit=1.0)), ["clip"]),
    "another formula of clipping": (
        replace(ADAM, clip=ClipNorm(limit=1.0, formula="padded")),
        replace(ADAM, clip=ClipNorm(limit=1.0, formula="exact")),
        ["clip"],
    ),
    "dampening against nesterov": (
        replace(VELOCITY, dampening=0.5),
        replace(VELOCITY, learning_rate=0.2, nesterov=True),
        ["learning_rate", "dampening + nesterov"],
    ),
    "a floor the framework chooses": (
        SHRINKING,
        replace(SHRINKING, epsilon1=1e-30, epsilon1_position="added", clip_threshold=2.0),
        ["clip_threshold", "epsilon1 + epsilon1_position"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("source", "target", "names"), PAIRS.values(), ids=PAIRS)
def test_factors_are_the_fields_that_are_felt(source, target, names):
    assert sorted(factor.name for factor in factors(source, target)) == sorted(names)
    assert sorted(factor.name for factor in factors(target, source)) == sorted(names)


@pytest.mark.parametrize(("source", "target", "names"), PAIRS.values(), ids=PAIRS)
def test_subsets_lead_from_the_one_rule_to_the_other(source, target, names):
    switched = factors(source, target)
    rules = subsets(source, target, switched)
    assert len(rules) == 2 ** len(names)
    assert differing(rules[0], source) == []
    assert rules[-1] == target
    for i, factor in enumerate(switched):
        alone = rules[1 << i]
        assert {name: getattr(alone, name) for name in factor.fields} == dict(
            zip(factor.fields, factor.target, strict=True)
        )


def test_values_stand_beside_their_fields():
    [together] = [factor for factor in factors(*PAIRS["dampening against nesterov"][:2]) if "+" in factor.name]
    assert (together.fields, together.source, together.target) == (("dampening", "nesterov"), (0.5, False), (0.0, True))


def test_two_families_are_refused():
    with pytest.raises(BadInput, match=r"^SGD and Adam are different optimizers, .*; explain one of them$"):
        factors(PLAIN, ADAM)


def test_too_many_factors_are_refused_with_their_names(monkeypatch):
    monkeypatch.setattr(module, "MOST", 2)
    factors.cache_clear()  # what was found with more is kept
    with pytest.raises(
        BadInput, match=r"^Adagrad: the rules differ in 3 fields \(epsilon, .*at most 2 can be told apart"
    ):
        factors(*PAIRS["numbers and a switch"][:2])


# --- measures

EPS = 2.0**-52
CURVES = {
    # losses in float64, and their log10
    "whole": ([100.0, 10.0, 1.0], [2, 1, 0]),
    "below the square of rounding": ([1.0, 1e-40], [0, 2 * np.log10(EPS)]),
    "zero": ([10.0, 0.0], [1, 1 + 2 * np.log10(EPS)]),
    "below zero": ([10.0, -1e-7], [1, 1 + 2 * np.log10(EPS)]),
    "infinite": ([1.0, INF], [0, np.log10(np.finfo(float).max)]),
    "not a number": ([1.0, NAN], [0, np.log10(np.finfo(float).max)]),
    "small before it diverges": ([1.0, 1e-9, 1e9, INF], [0, -9, 9, np.log10(np.finfo(float).max)]),
    "zero from the start": ([0.0, 0.0], [np.log10(np.finfo(float).tiny)] * 2),
}


@pytest.mark.parametrize(("losses", "expected"), CURVES.values(), ids=CURVES)
def test_logs_are_finite(losses, expected):
    np.testing.assert_allclose(logs(np.array(losses), "float64"), expected, rtol=1e-15)  # log10 rounds once


def test_in_float32_the_floor_and_the_largest_number_are_its_own():
    found = logs(np.array([1.0, 0.0, INF], np.float32), "float32")
    np.testing.assert_allclose(
        found, [0, 2 * np.log10(2.0**-23), np.log10(float(np.finfo(np.float32).max))], rtol=1e-15
    )


def test_measures_of_a_curve():
    assert measured(logs(np.array([100.0, 10.0, 10.0]), "float64")) == Measure(final=1.0, curve=4 / 3)


PARTINGS = {
    "never": ([1.0, 0.5], [1.0, 0.5], None),
    "by rounding alone": ([1.0, 0.5], [1.0, 0.5 + 64 * EPS], None),
    "by more": ([1.0, 0.5], [1.0, 0.5 + 65 * EPS], 1),
    "near zero, measured by what was": ([1.0, 1e-20], [1.0, 2e-20], None),
    "when one diverges": ([1.0, 1.0, 1.0], [1.0, 1.0, NAN], 2),
    "not where both diverge": ([1.0, INF], [1.0, NAN], None),
    "before it diverges": ([1.0, 1.0, 1e300], [1.0, 1.5, INF], 1),
}


@pytest.mark.parametrize(("one", "other", "step"), PARTINGS.values(), ids=PARTINGS)
def test_where_curves_part(one, other, step):
    assert parting(np.array(one), np.array(other), "float64") == step
    assert parting(np.array(other), np.array(one), "float64") == step


@pytest.mark.parametrize("task", ["simple-net", "bowl", "linear-target"])
@pytest.mark.parametrize("ulps", [1, 64])
def test_a_move_is_of_units_in_the_last_place_everywhere_but_at_zero(task, ulps):
    problem = make_problem(TASKS[task], (0,), "float32")
    moves = [move(problem, ulps, seed) for seed in (0, 0, 1)]
    for name in ("inputs", "targets", *problem.params):
        still, *moved = (one.params.get(name, getattr(one, name, None)) for one in (problem, *moves))
        first, again, other = (one.view(np.int32) - still.view(np.int32) for one in moved)
        if not first.size:
            continue
        # below a power of two the units are half as large
        assert ((np.abs(first) == ulps * (still != 0)) | (np.abs(first) == 2 * ulps * (still != 0))).mean() > 0.99
        assert (first == again).all()
        assert first.size < 8 or (first != other).any() or not still.any()
        assert first.size < 8 or not still.any() or {-ulps, ulps} <= set(first.ravel().tolist())


def test_in_float64_the_numbers_are_as_they_are_but_for_the_constant_of_keras():
    assert perturb_hyperparameters(ADAM, "float64") == ADAM
    nadam = NAdam(learning_rate=0.1, beta1=0.9, beta2=0.999, epsilon=1e-7, momentum_decay=0.004)
    assert perturb_hyperparameters(nadam, "float64") == nadam
    lost = perturb_hyperparameters(replace(nadam, momentum_decay=1.0), "float64").momentum_decay - 1
    # 0.96^t with 0.96 in float32 is 0.96^(t (1 + x)): x is the relative error over log(0.96), 2.2e-8 / 0.0408
    assert lost == pytest.approx(64 * 5.475e-7, rel=1e-3)


def test_a_nudged_rule_holds_the_next_numbers_of_the_dtype():
    rule = perturb_hyperparameters(ADAGRAD, "float32")
    assert (rule.epsilon, rule.initial_accumulator) == (np.nextafter(np.float32(1e-10), np.float32(0)), 0.0)
    assert differing(rule, ADAGRAD) == ["learning_rate", "epsilon"]
    # 2^-23 / 4 / (1 - 0.999): what float32 can lose of 1 - beta2
    assert 1 - perturb_hyperparameters(ADAM, "float32").learning_rate / 0.1 == pytest.approx(2.98e-5, rel=1e-3)
    assert perturb_hyperparameters(replace(PLAIN, learning_rate=DROPS), "float32").learning_rate == DROPS


# --- attribution

STEPS = np.arange(4.0)


def test_a_gap_is_taken_apart():
    source, target, _ = PAIRS["a coupling with weight decay on one side"]
    target = replace(target, learning_rate=0.2)
    rules = needed(source, target)
    # The loss falls by a decade a step; a doubled rate adds half a decade a step, weight decay a constant hundredth.
    decades = {
        canonical(rule): -STEPS + 0.5 * STEPS * (rule.learning_rate == 0.2) + 0.01 * (rule.weight_decay > 0)
        for rule in rules
    }
    trained = {rule: 10**curve for rule, curve in decades.items()}
    found = attribute((source, target), (10**-STEPS, 10 ** (-STEPS / 2 + 0.03)), trained, "float64")
    made = {factor.name: tuple(parts) for factor, parts in zip(found.factors, found.contributions, strict=True)}
    assert made == {
        "learning_rate": pytest.approx((1.5, 0.75), abs=1e-13),
        "weight_decay": pytest.approx((0.01, 0.01), abs=1e-13),
        "weight_decay_coupling": pytest.approx((0, 0), abs=1e-13),
    }
    assert tuple(found.measured) == pytest.approx((1.53, 0.78), abs=1e-13)
    assert tuple(found.rounding) == pytest.approx((0.02, 0.02), abs=1e-13)
    assert (found.parts_at, found.parted_by.name) == (0, "weight_decay")  # the rate has no effect before step 1


# The losses of the rules with neither, the first, the second and both factors switched; which diverge by themselves.
MIXTURES = {
    "none": ([1.0, 1.0, 1.0, 1.0], []),
    "the second": ([1.0, 1.0, NAN, 1.0], ["momentum"]),
    "each": ([1.0, INF, NAN, 1.0], ["learning_rate"]),
    "the source, and more": ([INF, INF, 1.0, 1.0], []),
    "the target, and more": ([1.0, INF, 1.0, NAN], []),
}


@pytest.mark.parametrize(("losses", "names"), MIXTURES.values(), ids=MIXTURES)
def test_a_mixture_that_diverges_is_found(losses, names):
    ends = PLAIN, replace(VELOCITY, learning_rate=0.2)
    trained = {canonical(rule): np.array([1.0, loss]) for rule, loss in zip(needed(*ends), losses, strict=True)}
    found = attribute(ends, (np.ones(2), np.ones(2)), trained, "float64")
    assert [factor.name for factor in found.diverging] == names


def test_one_rule_leaves_rounding_alone():
    found = attribute((ADAM, ADAM), (np.array([1.0, 1.0]), np.array([1.0, 10.0])), {}, "float64")
    assert (found.factors, found.rounding, found.measured, found.parts_at) == ((), (1.0, 0.5), (1.0, 0.5), None)


def test_rules_that_are_the_same_are_trained_once():
    fast = replace(ADAM, learning_rate=0.2)
    assert distinct([ADAM, fast, replace(ADAM, weight_decay_coupling="decoupled")]) == (ADAM, fast)
    rising = CosineDecay(initial=0.1, over=10, rises=True)
    assert len(distinct([replace(PLAIN, learning_rate=rate) for rate in (rising, replace(rising, rises=False))])) == 2


def test_rmsprop_between_frameworks_takes_every_rule_between():
    torch = RMSprop(learning_rate=0.01, rho=0.99, epsilon=1e-8, epsilon_position="outside-root")
    keras = RMSprop(learning_rate=0.001, rho=0.9, epsilon=1e-7, epsilon_position="inside-root")
    assert len(set(needed(torch, keras))) == 16
