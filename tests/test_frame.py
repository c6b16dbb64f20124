"""Histories as tidy frames, held against loops over the arrays and against a plain pivot."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from synthetic import a_history

from comparisons.analysis.frame import CURVE, KEY, aligned, losses_frame, metrics_frame, paths_frame
from comparisons.frameworks import FRAMEWORKS
from comparisons.names import DTYPES, LEVELS
from comparisons.tasks import TASKS
from comparisons.training.cells import Failure, cells_of
from comparisons.training.contract import History

STEPS, SEEDS = 3, (0, 1)
TASK = replace(TASKS["valley"], recipes=TASKS["valley"].recipes[:2], steps=STEPS)
CELLS = cells_of([TASK], LEVELS, DTYPES, FRAMEWORKS, "torch")
JOBS = list(dict.fromkeys(cell.job for cell in CELLS))


def key_of(cell):
    return (*cell.key, cell.framework)


def rows_of(frame):
    """The rows as tuples; NaN as None, so that it equals itself."""
    return [tuple(None if value != value else value for value in row) for row in frame.itertuples(index=False)]


losses_of_all = st.lists(
    st.none() | arrays(np.float64, (len(SEEDS), STEPS), elements=st.floats(width=64)),
    min_size=len(JOBS),
    max_size=len(JOBS),
)


def outcomes_of(histories):
    """None stands for a failed cell."""
    return {
        job: Failure(reason="") if losses is None else a_history(losses)
        for job, losses in zip(JOBS, histories, strict=True)
    }


@given(losses_of_all)
def test_losses_are_a_row_for_each_step_of_each_curve(histories):
    outcomes = outcomes_of(histories)
    expected = [
        (*key_of(cell), seed, step, outcome.losses[row, step])
        for cell in CELLS
        if isinstance(outcome := outcomes[cell.job], History)
        for row, seed in enumerate(SEEDS)
        for step in range(STEPS)
    ]
    frame = losses_frame(CELLS, outcomes, SEEDS)
    assert list(frame.columns) == [*KEY, "framework", "seed", "step", "loss"]
    assert rows_of(frame) == rows_of(pd.DataFrame(expected))


@given(losses_of_all)
def test_aligned_is_the_pivot_of_the_losses(histories):
    losses = losses_frame(CELLS, outcomes_of(histories), SEEDS)
    plain = losses.astype(dict.fromkeys([*KEY, "framework"], object))
    wide = plain.pivot(index=[*CURVE, "step"], columns="framework", values="loss").reindex(columns=[*FRAMEWORKS])
    expected = {row[:6]: row[6:] for row in rows_of(wide.reset_index())}
    frame = aligned(losses)
    assert list(frame.columns) == [*CURVE, "step", *FRAMEWORKS]
    assert {row[:6]: row[6:] for row in rows_of(frame)} == expected
    assert [row[:6] for row in rows_of(frame)] == list(dict.fromkeys((*row[:4], *row[5:7]) for row in rows_of(losses)))


def test_float32_losses_become_the_float64_of_the_same_value():
    loss = np.float32(0.1)
    outcomes = {job: a_history(np.full((len(SEEDS), STEPS), loss)) for job in JOBS}
    assert set(losses_frame(CELLS, outcomes, SEEDS)["loss"]) == {float(loss)}


def test_metrics_are_a_row_for_each_measurement():
    values = {"train_accuracy": np.array([[0.1, 0.2], [0.3, 0.4]]), "test_accuracy": np.array([[0.5, 0.6], [0.7, 0.8]])}
    cell = CELLS[0]
    outcomes = {cell.job: a_history(np.zeros((2, STEPS)), metrics=values, measured_at=(0, 2))}
    assert rows_of(metrics_frame([cell], outcomes, SEEDS)) == [
        (*key_of(cell), seed, step, metric, values[metric][row, column])
        for metric in values
        for row, seed in enumerate(SEEDS)
        for column, step in enumerate((0, 2))
    ]


def test_paths_are_a_row_for_each_point():
    path = np.arange(2 * (STEPS + 1) * 2, dtype=np.float64).reshape(2, STEPS + 1, 2)
    cell = CELLS[0]
    outcomes = {cell.job: a_history(np.zeros((2, STEPS)), path=path)}
    assert rows_of(paths_frame([cell], outcomes, SEEDS)) == [
        (*key_of(cell), seed, step, *path[row, step]) for row, seed in enumerate(SEEDS) for step in range(STEPS + 1)
    ]


@pytest.mark.parametrize("path", [None, np.zeros((2, STEPS + 1, 1)), np.zeros((2, STEPS + 1, 3))])
def test_only_points_in_the_plane_have_paths(path):
    outcomes = {CELLS[0].job: a_history(np.zeros((2, STEPS)), path=path)}
    assert paths_frame(CELLS[:1], outcomes, SEEDS).empty


def test_aligned_keeps_each_task_s_own_order_of_recipes():
    bowl, valley = TASKS["bowl"], TASKS["valley"]
    tasks = [replace(bowl, steps=2), replace(valley, steps=2, recipes=valley.recipes[::-1])]
    cells = cells_of(tasks, LEVELS, DTYPES, FRAMEWORKS, "torch")
    outcomes = {cell.job: a_history(np.zeros((2, 2))) for cell in cells}
    curves = dict.fromkeys(key_of(cell)[:4] for cell in cells)
    expected = [(*curve, seed, step) for curve in curves for seed in SEEDS for step in range(2)]
    assert [row[:6] for row in rows_of(aligned(losses_frame(cells, outcomes, SEEDS)))] == expected


def test_names_are_categories_in_the_order_of_the_cells():
    frame = losses_frame(CELLS[::-1], {}, SEEDS)
    for name in [*KEY, "framework"]:
        field = [getattr(cell, name) for cell in CELLS[::-1]]
        assert list(frame[name].cat.categories) == list(dict.fromkeys(field))
        assert frame[name].cat.ordered
