"""Verdicts: what a gap is, by runs of the reference that are made up, each case derived by hand."""

import math

import numpy as np
import pytest
from synthetic import a_comparison, a_history, a_task, still

from comparisons.analysis.rounding import Runs, allowance, doubling_steps, leaves
from comparisons.analysis.verdicts import Side, judge, left_over
from comparisons.rules import RMSprop
from comparisons.training.cells import Failure

TORCH = RMSprop(learning_rate=0.01, rho=0.99, epsilon=1e-8, epsilon_position="outside-root")
KERAS = RMSprop(learning_rate=0.01, rho=0.99, epsilon=1e-8, epsilon_position="inside-root")
OTHER = RMSprop(learning_rate=0.01, rho=0.9, epsilon=1e-8, epsilon_position="outside-root")
EPS = {"float32": 2.0**-23, "float64": 2.0**-52}
STEPS = 400
NAN, INF = math.nan, math.inf


def curve(*losses, dtype="float64"):
    return np.array(losses, dtype)


def constant(value=1.0, dtype="float64"):
    return np.full(STEPS, value, dtype)


def late(gap, dtype="float64", step=3):
    """A curve of ones that a gap is added to from a step on."""
    return np.where(np.arange(STEPS) < step, 1.0, 1.0 + gap).astype(dtype)


def runs(itself=None, moved=None, shaken=None, numbers=None, flushed=None):
    itself = constant() if itself is None else itself
    return Runs(
        itself=itself,
        moved=np.stack([itself if moved is None else moved, itself]),
        shaken=np.stack([itself if shaken is None else shaken, itself]),
        numbers=itself if numbers is None else numbers,
        flushed=np.full_like(itself, np.nan) if flushed is None else flushed,
    )


def growing(doubling, dtype="float64", largest=1.0):
    """A curve whose errors double every so many steps, from a machine epsilon on."""
    errors = np.minimum(EPS[dtype] * 2.0 ** (np.arange(STEPS) / doubling), largest)
    return (constant() + errors).astype(dtype)


CHAOTIC = runs(moved=growing(4.0))
UNDER_KERAS = runs(itself=late(1e-3))
CASES = {
    # verdict, the target's curve, rules and runs of source and target; the source's curve is its own run
    "equal": ("identical", constant(), (TORCH, runs()), (TORCH, runs())),
    "equal, under two rules": ("identical", constant(), (TORCH, runs()), (KERAS, UNDER_KERAS)),
    "an epsilon": ("rounding", late(EPS["float64"]), (TORCH, runs()), (TORCH, runs())),
    "sixty epsilons": ("rounding", late(60 * EPS["float64"]), (TORCH, runs()), (TORCH, runs())),
    "what training makes of a move": ("rounding", late(1e-10), *[(TORCH, runs(moved=late(1e-11)))] * 2),
    "as much as both bounds": ("rounding", late(1e-9), *[(TORCH, runs(moved=late(1e-11)))] * 2),
    "what another number makes": ("rounding", late(1e-7), *[(TORCH, runs(numbers=late(1e-7)))] * 2),
    "chaos": ("chaotic", late(0.9, step=200), (TORCH, CHAOTIC), (TORCH, CHAOTIC)),
    "chaos, and not grown yet": ("unexplained", late(0.9), (TORCH, CHAOTIC), (TORCH, CHAOTIC)),
    "chaos that has not come yet": ("rounding", late(EPS["float64"]), (TORCH, CHAOTIC), (TORCH, CHAOTIC)),
    "another formula": ("rule", late(1e-3), (TORCH, runs()), (KERAS, UNDER_KERAS)),
    "another formula, of 1,000 epsilons": ("rule", late(1e-13), (TORCH, runs()), (KERAS, runs(itself=late(1e-13)))),
    "another formula without effect": ("rounding", late(1e-15), (TORCH, runs()), (KERAS, runs())),
    "another formula in chaos, that shows at once": (
        "rule",
        late(1e-3),
        (TORCH, CHAOTIC),
        (KERAS, runs(itself=late(1e-3), moved=growing(4.0) + late(1e-3) - 1)),
    ),
    "another formula in chaos, that does not show": (
        "chaotic",
        late(0.9, step=200),
        (TORCH, CHAOTIC),
        (KERAS, runs(itself=late(0.5, step=200), moved=growing(4.0))),
    ),
    "other numbers": ("numbers", late(0.5), (TORCH, runs()), (OTHER, runs(itself=late(0.5)))),
    "what no rule makes": ("unexplained", late(1e-6), (TORCH, runs()), (TORCH, runs())),
    "what no rule makes, beside a formula": ("unexplained", late(2e-3), (TORCH, runs()), (KERAS, UNDER_KERAS)),
    "a loss that is flushed": (
        "underflow",
        late(-1.0),
        (TORCH, runs()),
        (TORCH, runs(flushed=late(-1.0))),
    ),
    "flushed into chaos": ("underflow", late(1e19), (TORCH, runs()), (TORCH, runs(flushed=late(1e19 * (1 + 1e-15))))),
    "flushing makes less than the formula": (
        "rule",
        late(1e-3 + 1e-6),
        (TORCH, runs()),
        (KERAS, runs(itself=late(1e-3), flushed=late(1e-3 + 1e-6))),
    ),
    "one diverges": ("diverged", late(INF), (TORCH, runs()), (TORCH, runs())),
    "one is no number": ("diverged", late(NAN), (TORCH, runs()), (TORCH, runs())),
}


@pytest.mark.parametrize(("verdict", "target", "source_side", "target_side"), CASES.values(), ids=CASES)
def test_verdict(verdict, target, source_side, target_side):
    (rule, of_rule), (other, of_other) = source_side, target_side
    source = Side(name="torch", curve=of_rule.itself, rule=rule, runs=of_rule)
    found = judge(source, Side(name="Keras", curve=target, rule=other, runs=of_other), "as-written")
    assert found.verdict == verdict
    assert found.astray == ("Keras" if verdict in {"unexplained", "underflow"} else "")
    starred = verdict not in {"identical", "rounding", "chaotic"}
    assert (found.first_gap_step >= 0) == starred  # no star but on what is more than rounding
    assert (found.formula_gap > 0) == (of_rule.itself != of_other.itself).any()
    assert math.isnan(found.doubling_steps) == (verdict != "chaotic")


def test_numbers_are_no_verdict_where_they_are_the_same():
    """What a class has built in, beside the numbers that it was given, is a part of its formula."""
    sides = (
        Side(name="", curve=constant(), rule=TORCH, runs=runs()),
        Side(name="", curve=late(0.5), rule=OTHER, runs=runs(itself=late(0.5))),
    )
    assert judge(*sides, "same-numbers").verdict == "rule"


def test_a_framework_that_is_known_to_leave_its_rule_is_unfaithful_unless_there_is_no_gap():
    source = Side(name="", curve=constant(), rule=TORCH, runs=runs())
    for other, verdict in ((late(1e-16), "identical"), (late(1e-15), "unfaithful"), (late(INF), "unfaithful")):
        assert (
            judge(source, Side(name="", curve=other, rule=TORCH, runs=runs(), unfaithful=True), "same-rule").verdict
            == verdict
        )


def test_a_difference_that_float64_shows_is_no_rounding_in_float32_and_has_no_star_there():
    ones = constant(dtype="float32")
    source = Side(name="", curve=ones, rule=TORCH, runs=runs(itself=ones))
    target = Side(name="", curve=late(1e-7, "float32"), rule=KERAS, runs=runs(itself=ones))
    assert judge(source, target, "same-numbers").verdict == "rounding"
    found = judge(source, target, "same-numbers", felt=True)
    assert (found.verdict, found.first_gap_step, found.formula_gap) == ("rule", -1, 0.0)


ASTRAY = {
    "the source": (late(1e-6), constant(), "torch"),
    "the other": (constant(), late(1e-6), "Keras"),
    "both": (late(1e-6), late(2e-6), "torch and Keras"),
}


@pytest.mark.parametrize(("source", "target", "astray"), ASTRAY.values(), ids=ASTRAY)
def test_who_goes_astray_is_named(source, target, astray):
    sides = [
        Side(name=name, curve=curve, rule=TORCH, runs=runs()) for name, curve in (("torch", source), ("Keras", target))
    ]
    assert judge(*sides, "same-rule").astray == astray


def test_one_rule_is_never_another_formula():
    source = Side(name="", curve=constant(), rule=TORCH, runs=runs())
    found = judge(source, Side(name="", curve=late(1e-15), rule=TORCH, runs=runs()), "same-rule", felt=True)
    assert found.verdict == "rounding"


@pytest.mark.parametrize("dtype", EPS)
def test_the_bound_is_64_epsilons_or_64_moves_and_the_numbers(dtype):
    itself = constant(2.0, dtype)
    least = 64 * 2 * EPS[dtype]
    assert runs(itself=itself).bound == pytest.approx(least, rel=1e-6)
    step = 2.0**-10
    moved = runs(itself=itself, moved=itself + late(step, dtype) - constant(1.0, dtype))
    assert moved.bound[2] == pytest.approx(least, rel=1e-6)
    assert moved.bound[3] == 64 * step
    numbers = runs(itself=itself, numbers=itself + late(step, dtype) - constant(1.0, dtype))
    assert numbers.bound[3] == pytest.approx(least + step, rel=1e-6)
    for one in (moved, numbers):
        assert (one.reach == one.bound).all()


def test_the_bound_reaches_farther_where_errors_are_amplified():
    least = 64 * EPS["float64"]
    calm = runs(shaken=late(10 * least))
    assert calm.bound[3] == calm.reach[3] == pytest.approx(10 * least, rel=1e-2)
    wild = runs(shaken=late(1e-3))
    assert (wild.bound[3], wild.reach[3]) == pytest.approx((1e-3, 8e-3), rel=1e-6)


def test_the_bound_never_falls_and_is_infinite_once_a_move_is():
    shaken = constant()
    shaken[2] += 0.5
    assert (runs(moved=shaken).bound[2:] == 32).all()
    assert (runs(moved=late(NAN)).bound[3:] == INF).all()


LEAVES = {
    "never": (curve(1, 2), curve(1, 2.5), curve(1, 1), -1),
    "at once": (curve(3, 2), curve(1, 2), curve(1, 1), 0),
    "the bound itself is allowed": (curve(1, 3), curve(1, 2), curve(1, 1), -1),
    "one is not finite": (curve(1, INF), curve(1, 2), curve(1, 1), 1),
    "neither is finite": (curve(1, INF), curve(1, NAN), curve(1, 1), -1),
    "nor is the bound": (curve(1, INF), curve(1, 2), curve(1, INF), -1),
    "a gap beyond the largest number": (curve(1e308), curve(-1e308), curve(1.0), 0),
}


@pytest.mark.parametrize(("one", "other", "bound", "step"), LEAVES.values(), ids=LEAVES)
def test_where_curves_leave_each_other(one, other, bound, step):
    assert leaves(one, other, bound) == step


GROWTH = {
    "none": (constant(), None),
    "in four steps": (growing(4.0), 4.0),
    "in seven": (growing(7.0), 7.0),
    "to the end, and far from large": (growing(30.0), 30.0),
    "slow": (growing(60.0), None),  # six doublings in the whole run
    "like a power of the steps": (constant() + EPS["float64"] * np.arange(STEPS) ** 4.0, None),
    "at once": (late(1e-3), None),
    "for a while": (growing(2.0, largest=1e-6), None),
}


@pytest.mark.parametrize(("moved", "steps"), GROWTH.values(), ids=GROWTH)
def test_in_how_many_steps_errors_double(moved, steps):
    found = doubling_steps(runs(moved=moved))
    assert (found is None) if steps is None else found == pytest.approx(steps, rel=0.03)


def test_rounding_is_allowed_a_machine_epsilon_and_what_training_makes_of_it():
    ones = np.ones(4)
    shaken = ones * [1, 1, 10, 1]  # a decade at one step of four
    least = 64 * EPS["float64"] / np.log(10)
    still_one = runs(itself=ones)
    for one, allowed in (
        (still_one, least),
        (runs(itself=ones, moved=shaken), 16),
        (runs(itself=ones, numbers=shaken), 0.25 + least),
    ):
        assert allowance((still_one, one), "float64") == pytest.approx((allowed, allowed), rel=1e-12)


def test_what_the_rules_leave_over_has_a_name():
    assert [left_over(verdict) for verdict in ("rule", "chaotic", "underflow", "unfaithful", "unexplained")] == [
        "rounding",
        "rounding",
        "underflow",
        "unfaithful",
        "unexplained",
    ]


def test_verdicts_of_a_comparison():
    """tf stays a millionth away, numpy explodes in float32, and one cell fails."""

    def outcome(cell, steps, seeds):
        if cell.framework == "tf" and cell.level == "as-written":
            return Failure(reason="no luck")
        losses = np.full((seeds, steps), 1 + 1e-6 * (cell.framework == "tf"))
        losses[:, -1] = math.inf if cell.framework == "numpy" and cell.dtype == "float32" else 1.0
        return a_history(losses.astype(cell.dtype))

    def ones(work, steps, seeds):
        return np.ones_like(still(work, steps, seeds))

    gaps = a_comparison(a_task(recipes=["rmsprop"]), outcome=outcome, reference=ones).gaps()
    found = gaps.set_index(["level", "dtype", "framework"])
    assert found.loc[("same-numbers", "float64", "tf"), "verdict"] == "unexplained"
    assert found.loc[("same-numbers", "float64", "tf"), "first_gap_step"] == 0
    assert found.loc[("same-numbers", "float32", "tf"), "verdict"] == "rounding"
    assert found.loc[("same-numbers", "float32", "numpy"), "verdict"] == "diverged"
    assert found.loc[("same-numbers", "float64", "numpy"), "verdict"] == "identical"
    failed = found.xs("tf", level="framework").loc["as-written"]
    assert failed["verdict"].isna().all()
    assert (failed["first_gap_step"] == -1).all()
    assert failed[["rounding_gap", "formula_gap", "doubling_steps"]].isna().all(axis=None)


def test_without_the_reference_nothing_is_judged_and_that_is_said():
    comparison = a_comparison(a_task("bowl"), reference=lambda *_: Failure(reason="no luck"))
    assert comparison.gaps()["verdict"].isna().all()
    assert "bowl in float64: gaps are not judged: no luck" in comparison.mishaps()
