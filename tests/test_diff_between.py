"""What is done to parameters between the updates, and between those that are recorded; where rules differ."""

from dataclasses import replace

import numpy as np
import pytest

from comparisons.diff.aligning import both_of
from comparisons.diff.apart import side_by_side
from comparisons.diff.ladder import compare
from comparisons.diff.precision import precision_rung
from comparisons.identify.identify import identify
from comparisons.rules import Adam
from comparisons.traces.between import BY_ROUNDING, change_of
from comparisons.traces.trace import Tensor, Trace

SHAPES = {"w": (6, 5), "b": (5,)}
ADAMW = Adam(
    learning_rate=0.01, beta1=0.9, beta2=0.999, epsilon=1e-8, epsilon_position="corrected-root",
    weight_decay=0.1, weight_decay_coupling="decoupled",
)  # fmt: skip
MASK = np.random.default_rng(1).random((6, 5)) < 0.5


def trained(between=lambda name, value, step: value, decays=(0.0, 0.0), steps=12, seed=0, size=1.0):
    """SGD down a slope of chance in float32, with what is done to the parameters after each update.

    Args:
        size: of all numbers.
    """
    rng = np.random.default_rng(seed)
    theta = {name: (size * rng.uniform(-1, 1, shape)).astype(np.float32) for name, shape in SHAPES.items()}
    rows = {name: [] for name in SHAPES}
    for step in range(steps):
        for (name, shape), decay in zip(SHAPES.items(), decays, strict=True):
            before = theta[name]
            g = (0.5 * before + size * rng.standard_normal(shape)).astype(np.float32)
            after = before - np.float32(0.1) * (g + np.float32(decay) * before)
            rows[name].append((before, after, g))
            theta[name] = np.asarray(between(name, after, step), np.float32)
    tensors = {}
    for name, shape in SHAPES.items():
        before, after, gradient = map(np.stack, zip(*rows[name], strict=True))
        tensors[name] = Tensor(shape=shape, before=before, after=after, gradient=gradient)
    return Trace(steps=np.arange(steps), tensors=tensors)


def in_half(at):
    return lambda _, value, step: value.astype(np.float16) if step == at else value


def norms(value, axis):
    return np.linalg.norm(value, axis=axis, keepdims=True)


KINDS = {
    "clipped": (lambda _, value, step: np.clip(value, -0.5, 0.5), 0, 0.5, "clipped to -0.5 at least and 0.5 at most"),
    "at one end": (lambda _, value, step: np.maximum(value, 0), 0, 0.0, "clipped to 0 at least"),
    "masked": (lambda name, value, step: value * MASK if name == "w" else value, 0, 1 - MASK.mean(), "set to 0 in"),
    "scaled": (lambda _, value, step: value * np.float32(0.999), 0, 0.999, "multiplied by 0.999"),
    "rows": (
        lambda name, value, step: value * np.minimum(1, 0.5 / norms(value, -1)) if name == "w" else value,
        0, 0.5, "scaled down to a norm of 0.5",
    ),
    "columns": (
        lambda name, value, step: value * np.minimum(1, 0.5 / norms(value, 0)) if name == "w" else value,
        0, 0.5, "scaled down to a norm of 0.5",
    ),
    "to one norm": (
        lambda name, value, step: value * 0.5 / norms(value, 0) if name == "w" else value,
        0, 0.5, "scaled to a norm of 0.5",
    ),
    "saved in half": (in_half(3), 3, 2.0**-11, "rounded to float16"),
    "something else": (lambda _, value, step: value + 0.01 * (step == 4), 4, None, "changed by"),
}  # fmt: skip


@pytest.mark.parametrize("side", "AB")
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_done_between_the_updates_is_named(kind, side):
    between, step, number, says = KINDS[kind]
    plain, changed = trained(), trained(between)
    found = compare(plain, changed) if side == "B" else compare(changed, plain)
    cause = found.first_break
    assert (found.verdict, cause.rung, cause.cause, cause.step) == (
        "different", "update", "changed between the updates", step,
    )  # fmt: skip
    some = " w" if kind in ("masked", "rows", "columns", "to one norm") else ""
    assert f"steps {step} and {step + 1}, where {side}'s parameters{some} are {says}" in cause.says
    assert cause.number is None if number is None else cause.number == pytest.approx(number, rel=1e-4)
    assert cause.tensors == (("w",) if some else ("w", "b"))


def test_what_is_added_and_taken_away_again_is_rounding():
    """As SAM does: parameters were "multiplied by 1", and the trainings different."""
    plain, there_and_back = trained(), trained(lambda _, value, step: (value + np.float32(0.7)) - np.float32(0.7))
    assert change_of(there_and_back).says == BY_ROUNDING
    assert not any(cause.cause == "changed between the updates" for cause in compare(plain, there_and_back).breaks)


def test_what_is_read_back_in_half_precision_is_named_with_numbers_next_to_0():
    """float16 has fewer bits for what is less than 2^-14."""
    a, b = trained(size=2.0**-13), trained(in_half(3), size=2.0**-13)
    first = compare(a, b).first_break
    assert ("are rounded to float16" in first.says, first.step, first.number) == (True, 3, 2.0**-11)


def test_a_start_that_was_read_back_in_half_precision_is_named_with_numbers_next_to_0():
    """It was other initial values."""
    a, half = trained(size=2.0**-13), lambda value: value.astype(np.float16).astype(np.float32)
    tensors = {name: replace(one, before=half(one.before), after=half(one.after)) for name, one in a.tensors.items()}
    first = compare(a, replace(a, tensors=tensors)).first_break
    assert first.says.endswith("B's are the other's, rounded to float16.")


@pytest.mark.parametrize("axes", [(0, 1, 2), (1, 2, 3), (0,)])
def test_filters_are_scaled_down_by_their_own_norms(axes):
    """Of a kernel (height, width, in, out), and of one (out, in, height, width)."""
    after = np.random.default_rng(0).standard_normal((4, 3, 3, 2, 5)).astype(np.float32)
    over = np.sqrt(np.square(after).sum(axis=tuple(axis + 1 for axis in axes), keepdims=True))
    before = np.concatenate([after[:1], (after * np.minimum(1, 1 / over))[:-1]])
    between = change_of(
        Trace(steps=np.arange(4), tensors={"w": Tensor(shape=(3, 3, 2, 5), before=before, after=after)})
    )
    assert (between.number, between.says[:14]) == (pytest.approx(1, rel=1e-6), "scaled down to")


def test_what_both_do_is_no_difference_and_what_each_does_is_said():
    clipped, less = (trained(lambda _, value, step, most=most: np.clip(value, -most, most)) for most in (0.5, 0.7))
    assert change_of(trained()) is None
    assert compare(clipped, clipped).verdict == "identical"
    says = compare(clipped, less).first_break.says
    assert "A's parameters are clipped to -0.5 at least" in says
    assert "B's parameters are clipped to -0.7 at least" in says


def test_a_change_to_what_is_no_number_is_said_without_a_warning(recwarn):
    with np.errstate(all="ignore"):
        trace = trained(lambda _, value, step: np.where(step == 5, np.inf, value))
    between = change_of(trace)
    assert (between.step, between.number, between.says) == (5, None, "set to numbers that are not finite")
    assert not recwarn


def thinned(trace, at):
    """Of a trace the updates at some places."""
    tensors = {
        name: replace(one, **{kind: getattr(one, kind)[at] for kind in ("before", "after", "gradient")})
        for name, one in trace.tensors.items()
    }
    rates = None if trace.learning_rate is None else trace.learning_rate[at]
    return replace(trace, steps=trace.steps[at], tensors=tensors, learning_rate=rates)


def test_updates_that_do_not_follow_each_other_say_nothing():
    assert change_of(thinned(trained(), np.arange(0, 12, 3))) is None


SOME = np.array([*range(16), 20, 40, 60, 79])  # of 80


def test_what_happens_between_the_records_is_no_rounding():
    """It was called so: no rung can compare what is apart, and none said that it is."""
    plain, pushed = (
        thinned(trained(lambda _, value, step, by=by: value + by * (step == 30), steps=80), SOME) for by in (0, 1)
    )
    found = compare(plain, pushed)
    assert (found.verdict, found.rungs[-1].state) == ("different", "broken")
    cause = found.first_break
    assert (cause.rung, cause.step, cause.certain) == ("dtype and rounding", 40, False)
    assert "the same but for rounding up to step 20, and at step 40" in cause.says
    assert "in one of the 19 updates between, which were not recorded" in cause.says


def test_rates_that_are_recorded_are_compared_where_nothing_else_can_be():
    plain, pushed = (trained(lambda _, value, step, by=by: value + by * (step == 30), steps=80) for by in (0, 1))
    plain = replace(plain, learning_rate=np.full(80, 0.1))
    faster = replace(pushed, learning_rate=np.where(np.arange(80) < 50, 0.1, 0.2))
    cause = compare(thinned(plain, SOME), thinned(faster, SOME)).first_break
    assert (cause.cause, cause.step, cause.number) == ("learning rate schedule", 60, pytest.approx(2))


RECORDED = np.concatenate([np.arange(16), np.arange(20, 80, 20)])


@pytest.mark.parametrize(
    ("grown", "state"),
    [
        (1e-7 * np.ones(19), "ok"),
        (1e-7 * 1.3**RECORDED, "ok"),  # chaotic: all of its size at step 60
        (np.where(RECORDED < 30, 1e-7, 1.0), "broken"),
        (np.where(RECORDED < 30, 1e-7, 1e-3), "ok"),  # it may have grown faster
    ],
    ids=["steady", "at its pace", "at once", "a little"],
)
def test_rounding_may_grow_at_the_pace_at_which_it_grew(grown, state):
    path = np.random.default_rng(0).uniform(1, 2, 50) * np.ones((19, 1))
    traces = [
        Trace(steps=RECORDED, tensors={"w": Tensor(shape=(50,), before=one, after=one)})
        for one in (path.astype(np.float32), (path * (1 + grown[:, None])).astype(np.float32))
    ]
    assert precision_rung(both_of(*traces), explained=False).state == state
    assert precision_rung(both_of(*traces), explained=True).state == "ok"


def test_identify_says_what_is_no_part_of_the_rule():
    found = identify(trained(lambda _, value, step: np.clip(value, -0.5, 0.5)))
    assert found.found[0].rule.learning_rate == pytest.approx(0.1)
    assert found.notes == (
        "Between the updates, from step 0 on, parameters are clipped to -0.5 at least and 0.5 at most, which is no "
        "part of a rule: w, b.",
    )
    assert identify(trained()).notes == ()


def test_a_decay_of_0_is_coupled_as_the_others_is():
    decayed, plain = ADAMW, replace(ADAMW, weight_decay=0.0)
    for a, b in ((decayed, plain), (plain, decayed)):
        assert [one.weight_decay_coupling for one in side_by_side(a, b)] == ["decoupled", "decoupled"]


@pytest.mark.full  # half a minute: the groups of a side are looked for
def test_a_decay_of_some_tensors_is_named_with_them():
    found = compare(trained(decays=(0.1, 0.1), steps=24), trained(decays=(0.1, 0.0), steps=24), by_rules=True)
    [cause] = found.breaks
    assert (cause.cause, cause.tensors) == ("weight decay", ("b",))
    assert "update of b: weight decay is 0.1 (coupled) in A and 0 in B." in cause.says
    assert list(found.account)[:2] == ["gradients at other parameters", "weight decay"]
