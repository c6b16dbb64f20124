"""From a task to its arrays: every draw depends on its seed alone, and float32 is float64 rounded once."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comparisons.names import BadInput
from comparisons.tasks import TASKS, bowl, linear_target, regression_20, simple_net
from comparisons.tasks.problem import CHUNK, initial_params, make_problem
from comparisons.tasks.spec import FanIn, Given, LinearTarget, Network, Normal, Point

ARRAYS = ("inputs", "targets", "test_inputs", "test_targets")
SMALL = replace(linear_target(), data=LinearTarget(coefficients=(3.0, 2.0), samples=13))
SEEDS = st.lists(st.integers(0, 2**63), min_size=1, max_size=4).map(tuple)


def batches(task, seeds):
    """All batches of a training, (steps, replicas, batch), with the steps of each chunk."""
    chunks = list(make_problem(task, seeds, "float32").chunks())
    return np.concatenate([rows for _, _, rows in chunks]), [(start, stop) for start, stop, _ in chunks]


# --- data and starting point


@pytest.mark.parametrize("task", TASKS)
def test_float32_is_float64_rounded(task):
    exact, rounded = (make_problem(TASKS[task], (0, 1), dtype) for dtype in ("float64", "float32"))
    for name in ARRAYS:
        array = getattr(rounded, name)
        assert array.dtype == np.float32
        np.testing.assert_array_equal(array, getattr(exact, name).astype(np.float32))
    for name, array in rounded.params.items():
        assert array.dtype == np.float32
        assert exact.params[name].dtype == np.float64
        np.testing.assert_array_equal(array, exact.params[name].astype(np.float32))


@given(seeds=SEEDS)
def test_replica_depends_on_its_own_seed_alone(seeds):
    together = make_problem(SMALL, seeds, "float64")
    drawn, _ = batches(SMALL, seeds)
    assert together.replicas == len(seeds)
    for r, seed in enumerate(seeds):
        alone = make_problem(SMALL, (seed,), "float64")
        for name in ARRAYS:
            np.testing.assert_array_equal(getattr(together, name), getattr(alone, name))
        for name, array in alone.params.items():
            np.testing.assert_array_equal(together.params[name][[r]], array)
        np.testing.assert_array_equal(drawn[:, [r]], batches(SMALL, (seed,))[0])


def test_no_two_draws_share_a_stream():
    # the same generator would give the data's uniform numbers again as the seed-0 start, and one seed's as another's
    task = replace(SMALL, model=replace(SMALL.model, weights=FanIn()))
    problem = make_problem(task, (0, 1), "float64")
    unit = (problem.params["weight1"] * np.sqrt(2) + 1) / 2
    numbers = np.concatenate([problem.inputs.ravel(), unit.ravel()])
    assert len(set(numbers.round(12))) == numbers.size


def test_the_numbers_are_the_same_in_every_release():
    # Whoever changes a draw changes every result that was ever committed.
    line = make_problem(regression_20, (0, 1), "float64")
    np.testing.assert_allclose(line.inputs[0, :2], [0.1257302210933933, -0.1321048632913019], rtol=1e-15)
    np.testing.assert_allclose(line.params["weight1"][:, 0, 0], [-0.265110155320449, -0.03262512796866884], rtol=1e-15)
    target = linear_target()
    np.testing.assert_allclose(
        make_problem(target, (0,), "float64").inputs[0], [0.6369616873214543, 0.2697867137638703], rtol=1e-15
    )
    np.testing.assert_array_equal(batches(target, (0, 1))[0][:3, :, 0], [[50384, 44630], [89497, 1406], [95461, 82099]])


SHAPES = {
    "none": {"weight1": (5, 4), "weight2": (4, 3)},
    "zeros": {"weight1": (5, 4), "bias1": (1, 4), "weight2": (4, 3), "bias2": (1, 3)},
    "as-weights": {"weight1": (5, 4), "bias1": (1, 4), "weight2": (4, 3), "bias2": (1, 3)},
}


@pytest.mark.parametrize("biases", SHAPES)
def test_shapes_of_a_network(biases):
    task = replace(SMALL, model=Network(hidden=(4,), biases=biases))
    params = initial_params(task, 5, 3, seed=0)
    assert {name: array.shape for name, array in params.items()} == SHAPES[biases]
    zero = {name: not array.any() for name, array in params.items()}
    assert zero == {name: biases == "zeros" and "bias" in name for name in params}


# Large layers, so that means and extremes lie where they should: 10,000 draws from each distribution.
def test_weights_have_the_spread_they_are_given():
    def weights(kind):
        return initial_params(replace(SMALL, model=Network(weights=kind)), 100, 100, seed=0)["weight1"]

    # the standard deviation of 10,000 normal draws is off by 1 / sqrt(20,000) = 0.7 % typically; 3 % is 4 sigma
    assert weights(Normal(scale=0.01)).std() == pytest.approx(0.01, rel=0.03)
    np.testing.assert_array_equal(weights(Normal(scale=2.0)), 2 * weights(Normal()))
    uniform = weights(FanIn())
    assert np.abs(uniform).max() <= 0.1  # 1 / sqrt(100 inputs)
    assert np.abs(uniform).max() == pytest.approx(0.1, rel=1e-3)  # missed with probability e^-10
    assert uniform.std() == pytest.approx(0.1 / np.sqrt(3), rel=0.03)


def test_given_values_and_points_are_the_start_of_every_replica():
    weight = simple_net().model.weights.weight
    np.testing.assert_array_equal(make_problem(simple_net(), (0, 1), "float64").params["weight1"], [weight] * 2)
    np.testing.assert_array_equal(make_problem(bowl, (0, 1), "float64").params["theta"], [[0, 0]] * 2)


# --- batches


@given(seeds=SEEDS, steps=st.integers(1, 600), batch=st.integers(1, 13), every=st.integers(0, 50))
def test_batches_depend_on_the_seed_alone_not_on_chunks_or_the_number_of_steps(seeds, steps, batch, every):
    longest, _ = batches(replace(SMALL, steps=600, batch=batch), seeds)
    task = replace(SMALL, steps=steps, batch=batch, evaluate_every=every)
    drawn, chunks = batches(task, seeds)
    np.testing.assert_array_equal(drawn, longest[:steps])
    assert drawn.dtype == np.int64
    # chunks join without a gap, none longer than is due or than memory should hold
    assert [start for start, _ in chunks] == [0, *(stop for _, stop in chunks[:-1])]
    assert chunks[-1][1] == steps
    assert max(stop - start for start, stop in chunks) <= (every or CHUNK)


def test_batches_are_drawn_evenly_and_with_replacement():
    drawn, _ = batches(replace(SMALL, steps=1000, batch=13), (0,))
    counts = np.bincount(drawn.ravel(), minlength=13)
    assert counts.size == 13
    # 1000 expected of each, standard deviation 30: chi^2 of 12 degrees of freedom exceeds 40 once in 10,000 times
    assert ((counts - 1000) ** 2 / 1000).sum() < 40
    assert any(len(set(rows)) < 13 for rows in drawn[:, 0])


def test_full_batches_are_none():
    assert [rows for _, _, rows in make_problem(regression_20, (0,), "float32").chunks()] == [None]


MEASUREMENTS = {  # steps, evaluate_every
    (7, 3): [0, 3, 6],
    (6, 3): [0, 3, 6],
    (2, 3): [0],
    (3, 0): [],
}


@pytest.mark.parametrize(("steps", "every"), MEASUREMENTS)
def test_accuracy_is_due_every_so_many_updates_where_there_are_classes(steps, every):
    task = replace(simple_net(), steps=steps, evaluate_every=every)
    assert list(make_problem(task, (0,), "float32").evaluation_steps) == MEASUREMENTS[steps, every]
    task = replace(regression_20, steps=steps, evaluate_every=every)
    assert list(make_problem(task, (0,), "float32").evaluation_steps) == []


# --- what only the arrays can show

TWO_OUT = Given(inputs=((1.0, 2.0),), targets=((0.5, 0.6),))
BAD = {
    "batch is 14 but the data has 13 samples": replace(SMALL, batch=14),
    "start has 3 numbers but a target has 2": replace(bowl, model=Point(start=(0.0, 0.0, 0.0))),
    "loss is 'softmax-cross-entropy' but the targets are not classes": replace(simple_net(), data=TWO_OUT),
    r"the given weight has shape \(2, 3\); this layer needs \(2, 2\)": replace(
        simple_net(), data=Given(inputs=((1.0, 2.0),), targets=((0.5, 0.5),))
    ),
}


@pytest.mark.parametrize(("message", "task"), BAD.items(), ids=BAD)
def test_what_does_not_fit_is_said_in_one_line(message, task):
    with pytest.raises(BadInput, match=message) as raised:
        make_problem(task, (0,), "float32")
    assert "\n" not in str(raised.value)
