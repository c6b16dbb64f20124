"""Gaps and verdicts, held against a loop over the steps."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from comparisons.analysis.gaps import COLUMNS, gaps_frame, largest_gap, largest_path_gap, scaled_gap
from comparisons.analysis.reference import references, usual_reference
from comparisons.frameworks import FRAMEWORKS
from comparisons.names import DTYPES
from comparisons.training.cells import Cell, Key, Panel

EPSILON = {"float32": 2.0**-23, "float64": 2.0**-52}
NAN, INF = math.nan, math.inf


def a_curve(dtype="float64", **frameworks):
    """An aligned frame of one curve."""
    steps = len(next(iter(frameworks.values())))
    key = {"task": "t", "optimizer": "o", "level": "as-written", "dtype": dtype, "seed": 0}
    losses = {name: np.array(curve, np.float64) for name, curve in frameworks.items()}
    return pd.DataFrame({**{name: [value] * steps for name, value in key.items()}, "step": range(steps), **losses})


def a_key(aligned):
    return Key("t", "o", "as-written", aligned["dtype"].iloc[0])


def gaps_of(aligned, failed=(), reference="torch"):
    """The rows of the gaps to the reference, of numpy and of whatever else there is a column for."""
    there = {name: name not in failed for name in aligned if name in FRAMEWORKS}
    key = a_key(aligned)
    return gaps_frame(aligned, {key.panel: reference}, {key: there}).to_dict("records")


def by_loop(losses, reference):
    """The same as `gaps_frame` says, step by step in Python's floats."""
    both = [(a, b) for a, b in zip(losses, reference, strict=True) if math.isfinite(a) and math.isfinite(b)]
    scale = max((abs(b) for _, b in both), default=0.0)
    gaps = [abs(a - b) for a, b in both]
    bad = [step for step, a in enumerate(losses) if not math.isfinite(a)]
    return {
        "final_loss": losses[-1],
        "source_final_loss": reference[-1],
        "max_abs_gap": max(gaps, default=NAN),
        "max_rel_gap": max((abs(a - b) / max(abs(a), abs(b)) if a or b else 0.0 for a, b in both), default=NAN),
        "max_scaled_gap": max((gap / scale if scale else gap for gap in gaps), default=NAN),
        "first_bad_step": bad[0] if bad else -1,
    }


floats = st.floats(width=64) | st.sampled_from([0.0, -0.0, 1.0, 1 + 2.0**-30, NAN, INF, -INF])
curves = st.integers(1, 5).flatmap(lambda n: st.tuples(*[st.lists(floats, min_size=n, max_size=n)] * 2))


@given(curves, st.sampled_from(sorted(EPSILON)))
@example(([1.7e308], [-1.7e308]), "float64")
def test_gaps_are_those_of_a_loop_over_the_steps(pair, dtype):
    losses, reference = pair
    [row] = gaps_of(a_curve(dtype, numpy=losses, torch=reference))
    expected = by_loop(losses, reference)
    np.testing.assert_equal({name: row[name] for name in expected}, expected)


STATUS = {
    "both are finite": ([1, 2], [1, 3], "ok", -1),
    "overflows": ([1, INF], [1, 3], "diverged", 1),
    "becomes NaN": ([1, NAN], [1, 3], "diverged", 1),
    "is NaN from the start": ([NAN, NAN], [1, 3], "diverged", 0),
    "both diverge": ([1, INF], [1, INF], "diverged", 1),
    "only the source diverges": ([1, 2], [1, INF], "source-diverged", -1),
    "no curve": (None, [1, 3], "failed", -1),
    "no curve to compare with": ([1, 2], None, "source-failed", -1),
    "diverges, with no curve to compare with": ([1, INF], None, "source-failed", 1),
    "no curve at all": (None, None, "failed", -1),
}


@pytest.mark.parametrize(("losses", "reference", "status", "first_bad_step"), STATUS.values(), ids=STATUS)
def test_status(losses, reference, status, first_bad_step):
    curves = {"numpy": losses, "torch": reference}
    failed = [name for name, curve in curves.items() if curve is None]
    [row] = gaps_of(a_curve(**{name: curve or [NAN, NAN] for name, curve in curves.items()}), failed)
    assert (row["status"], row["first_bad_step"]) == (status, first_bad_step)
    ends = {"final_loss": losses, "source_final_loss": reference}
    np.testing.assert_equal([row[end] for end in ends], [curve[-1] if curve else NAN for curve in ends.values()])


def test_a_row_for_each_framework_but_the_source():
    two_seeds = pd.concat([a_curve(numpy=[1], torch=[2], tf=[3]).assign(seed=seed) for seed in (0, 1)])
    key = a_key(two_seeds)
    frame = gaps_frame(two_seeds, {key.panel: "numpy"}, {key: dict.fromkeys(FRAMEWORKS, True)})
    assert list(frame.columns) == COLUMNS
    assert list(zip(frame["seed"], frame["framework"], frame["source"], strict=True)) == [
        (0, "torch", "numpy"),
        (0, "tf", "numpy"),
        (1, "torch", "numpy"),
        (1, "tf", "numpy"),
    ]


PLACES = {
    # frameworks with a cell, those of them that failed, the reference: framework and status of each row
    "all": ("numpy torch tf", "", "torch", [("numpy", "ok"), ("tf", "ok")]),
    "the source is not there": ("numpy tf", "", "numpy", [("tf", "ok")]),
    "the source failed": ("numpy torch tf", "torch", "numpy", [("torch", "failed"), ("tf", "ok")]),
    "the source failed in this dtype": ("numpy torch", "torch", "torch", [("numpy", "source-failed")]),
    "another one is not there": ("numpy torch", "", "torch", [("numpy", "ok")]),
    "another one failed": ("numpy torch tf", "tf", "torch", [("numpy", "ok"), ("tf", "failed")]),
    "only the source is there": ("torch", "", "torch", []),
    "only another one is there": ("tf", "", "tf", []),
}


@pytest.mark.parametrize(("there", "failed", "reference", "rows"), PLACES.values(), ids=PLACES)
def test_a_cell_that_is_not_there_has_no_row_and_one_that_failed_has(there, failed, reference, rows):
    curves = {name: [1.0, NAN if name in failed.split() else 0.5] for name in there.split()}
    found = gaps_of(a_curve(**curves), failed.split(), reference)
    assert [(row["framework"], row["source"], row["status"]) for row in found] == [
        (framework, reference, status) for framework, status in rows
    ]


SCALED = [
    # a curve, the reference's, the gap
    ([2.0, 1.0], [2.0, 1.0], [0, 0]),
    ([2.0, 1.5], [2.0, 1.0], [0, 0.25]),
    ([3.0, 1e-300], [3.0, 2e-300], [0, 1e-300 / 3]),
    ([INF, 1.0], [INF, 2.0], [NAN, 0.5]),
    ([1.0, NAN], [2.0, 1e300], [0.5, NAN]),
    ([0.0, 0.5], [0.0, 0.0], [0, 0.5]),
    ([NAN, NAN], [1.0, 1.0], [NAN, NAN]),
    ([[2.0, 1.0], [8.0, 9.0]], [[2.0, 2.0], [8.0, 8.0]], [[0, 0.5], [0, 0.125]]),  # each curve by its own largest loss
]


@pytest.mark.parametrize(("ours", "theirs", "expected"), SCALED)
def test_a_gap_is_relative_to_the_largest_loss_and_0_for_equal_numbers_only(ours, theirs, expected):
    np.testing.assert_array_equal(scaled_gap(np.array(ours), np.array(theirs)), expected)


LARGEST = [
    ([[1.0, 2.0], [3.0, 4.0]], [[1.0, 2.0], [3.0, 5.0]], 0.2),
    ([1.0, INF], [1.0, NAN], 0.0),
    ([1.0, INF], [1.0, 2.0], INF),
    ([NAN], [INF], 0.0),
    ([1.0], [1.0, 2.0], INF),
    (1.5, 1.0, 0.5),
]


@pytest.mark.parametrize(("ours", "theirs", "expected"), LARGEST)
def test_the_largest_gap_is_that_of_all_numbers(ours, theirs, expected):
    assert largest_gap(np.array(ours), np.array(theirs)) == expected


def test_the_largest_gap_of_several_is_that_of_the_worst_in_its_own_units():
    ours, theirs = (
        {"w": np.array([100.0, 101.0]), "b": np.array([1.5])},
        {"w": np.array([100.0, 100.0]), "b": np.ones(1)},
    )
    assert largest_path_gap(ours, theirs) == 0.5


def a_cell(framework, dtype, optimizer="sgd", level="as-written"):
    return Cell(task="t", optimizer=optimizer, level=level, dtype=dtype, framework=framework, call=None)


REFERENCES = {
    # the curves of numpy, torch and tf ("32", "64" or both), the reference if torch is the source, and if tf is
    "all": (("32 64", "32 64", "32 64"), "torch", "tf"),
    "none of torch": (("32 64", "", "32 64"), "numpy", "tf"),
    "only one of torch": (("32 64", "64", "32 64"), "numpy", "tf"),
    "one of each": (("32", "64", "32"), "torch", "tf"),
    "one of the last": (("", "", "64"), "tf", "tf"),
    "one dtype": (("64", "64", "64"), "torch", "tf"),
}


@pytest.mark.parametrize(("curves", "torch", "tf"), REFERENCES.values(), ids=REFERENCES)
def test_the_reference_is_the_source_unless_another_has_more_curves(curves, torch, tf):
    cells = {
        a_cell(name, dtype): dtype[-2:] in of for name, of in zip(FRAMEWORKS, curves, strict=True) for dtype in DTYPES
    }
    panel = Panel("t", "sgd", "as-written")
    assert references(cells, "torch", cells.get) == {panel: torch}
    assert references(cells, "tf", cells.get) == {panel: tf}


def test_a_panel_without_a_curve_has_no_reference():
    cells = {a_cell("numpy", "float32"): False, a_cell("numpy", "float64", "adam"): True}
    assert references(cells, "numpy", cells.get) == {Panel("t", "adam", "as-written"): "numpy"}


USUAL = {
    # the references of the panels; of the comparison
    "the source, wherever it is one": ("tf tf torch", "torch"),
    "else that of the most": ("numpy tf tf", "tf"),
    "else the first": ("numpy tf", "numpy"),
    "no curve at all": ("", "torch"),
}


@pytest.mark.parametrize(("of_panels", "usual"), USUAL.values(), ids=USUAL)
def test_a_comparison_names_one_reference(of_panels, usual):
    assert usual_reference(dict(enumerate(of_panels.split())), "torch") == usual
