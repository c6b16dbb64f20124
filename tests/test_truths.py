"""Verdicts on tasks whose truth is known, trained for real in the three frameworks: `tests/truths.py` has them."""

from functools import cache
from math import isfinite

import exact
import numpy as np
import pytest
from truths import CASES, GROUPS, LEVELS, NEVER

import comparisons
from comparisons.tasks.problem import make_problem

STEPS = 200  # of the runs in many digits: long enough for the slowest growth here to be a thousandfold
EPSILON = 2.0**-52
FELT, NOT_FELT = 200, 1 / 4  # epsilons: what is more is above rounding, what is less is under it


@cache
def trained(group):
    """The comparison of a group."""
    cases = GROUPS[group].cases
    tasks = {case.task.name: case.task for case in cases}
    asked = {case.level for case in cases}
    levels = [level for level in LEVELS.split() if level in asked]
    return comparisons.run(*tasks.values(), levels=levels, seeds=GROUPS[group].seeds, source=GROUPS[group].source)


def rows(frame, case, *columns):
    """The rows of a case."""
    key = {"task": case.task.name, "optimizer": case.label, "level": case.level, "framework": case.framework}
    for column, value in key.items():
        frame = frame[frame[column] == value]
    return frame


def marked(some):
    """The parameters, the first of which is a group; two rules, or several seeds, take longer."""
    slow = {name for name, group in GROUPS.items() if name == "two rules" or group.seeds > 1}
    return [pytest.param(*one, marks=pytest.mark.full if one[0] in slow else ()) for one in some]


@pytest.mark.parametrize(("group", "case"), marked(CASES.values()), ids=CASES)
def test_the_verdict_is_true(group, case):
    found = rows(trained(group).gaps(), case)
    assert len(found) == len(case.verdicts) * GROUPS[group].seeds
    for dtype, of in found.groupby("dtype", observed=True):
        assert set(of["verdict"]) <= case.verdicts[dtype], of.T.to_string()


CAUSES = {name: where for name, where in CASES.items() if where[1].cause}


@pytest.mark.parametrize(("group", "case"), marked(CAUSES.values()), ids=CAUSES)
def test_the_cause_is_true(group, case):
    """In float64: float32 need not see it."""
    found = rows(trained(group).explanations(), case)
    found = found[(found["dtype"] == "float64") & (found["factor"] != "rounding")]
    assert case.cause in found.loc[found["curve"].abs().idxmax(), "factor"]


@pytest.mark.parametrize("group", marked((name,) for name in GROUPS))
def test_what_is_wrong_with_no_framework_is_said_of_none(group):
    gaps = trained(group).gaps()
    assert not set(gaps["verdict"]) & NEVER
    assert not set(gaps.loc[gaps["level"] == "same-rule", "verdict"]) & {"rule", "numbers"}
    assert not set(gaps.loc[gaps["level"] != "as-written", "verdict"]) & {"numbers"}
    assert not gaps["verdict"].isna().any()


@pytest.mark.parametrize("group", marked((name,) for name in GROUPS))
def test_a_gap_that_rounding_covers_has_no_step_from_which_it_is_more(group):
    gaps = trained(group).gaps()
    covered = gaps["verdict"].isin(["identical", "rounding", "chaotic"])
    assert (gaps.loc[covered, "first_gap_step"] == -1).all()
    assert (gaps.loc[covered, "max_scaled_gap"] <= gaps.loc[covered, "rounding_gap"]).all()
    assert (gaps["verdict"] == "chaotic").equals(gaps["doubling_steps"].map(isfinite))


@pytest.mark.parametrize("group", marked((name,) for name in GROUPS))
def test_under_one_rule_no_framework_diverges_alone(group):
    gaps = trained(group).gaps().query("level == 'same-rule'")
    finite = [np.isfinite(gaps[column]) for column in ("final_loss", "source_final_loss")]
    assert finite[0].equals(finite[1].rename(finite[0].name))


GROWTH = {f"{growth[0].name}-{growth[1]}": (group, *growth) for group, of in GROUPS.items() for growth in of.growth}


@pytest.mark.parametrize(("group", "task", "label", "update", "grows"), GROWTH.values(), ids=GROWTH)
def test_errors_double_as_often_as_they_do_in_many_digits(group, task, label, update, grows):
    """Float64 sees errors grow from 1e-16 to 1, which is a part of the way, along which growth is uneven."""
    doubling = exact.doubling(make_problem(task, (0,), "float64"), update, STEPS, digits=300)
    assert (doubling > 0) == grows
    gaps = trained(group).gaps()
    found = gaps[(gaps["task"] == task.name) & (gaps["optimizer"] == label) & (gaps["verdict"] == "chaotic")]
    assert (found["doubling_steps"] / doubling).between(1 / 2, 2).all()


APART = {f"{apart[0].name}-{apart[1]}": (group, *apart) for group, of in GROUPS.items() for apart in of.apart}


@pytest.mark.every(3)
@pytest.mark.parametrize(("group", "task", "label", "keras", "torch", "felt"), APART.values(), ids=APART)
def test_formulas_are_as_far_apart_as_they_are_in_many_digits(group, task, label, keras, torch, felt):
    problem = make_problem(task, (0,), "float64")
    gap = exact.gap(*(exact.losses(problem, update, task.steps) for update in (keras, torch)))
    assert gap > FELT * EPSILON if felt else gap < NOT_FELT * EPSILON
    gaps = trained(group).gaps().query("framework == 'tf' and level == 'same-numbers' and dtype == 'float64'")
    [row] = gaps[(gaps["task"] == task.name) & (gaps["optimizer"] == label)].to_dict("records")
    assert row["formula_gap"] == pytest.approx(gap, rel=0.01, abs=FELT * EPSILON / 10)
