"""The committed reference results are what the default run gives here."""

import json
from pathlib import Path

import matplotlib.image
import numpy as np
import pandas as pd
import pytest

import comparisons
from comparisons.analysis.frame import CURVE, KEY
from comparisons.names import FRAMEWORKS
from comparisons.tasks import TASKS

REFERENCE = Path(__file__).parents[1] / "results" / "reference"

# Of the largest loss of a curve. The tasks without a product of matrices round alike on every machine in NumPy; the
# others add in the order of the machine's BLAS, and a difference of one rounding grows over the steps. Measured between
# the frameworks, which add in different orders too, where they run one rule: up to 3e-4 in float32 (two-layer-net,
# RMSprop) and 3e-13 in float64.
ROUNDING = {"float32": 1e-3, "float64": 1e-11}
WITHOUT_PRODUCTS = ("bowl", "valley")


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """The default run, written to a folder of its own."""
    folder = tmp_path_factory.mktemp("results")
    comparison = comparisons.run(out=folder)
    assert comparison.failures() == []
    return folder


def read(folder, name):
    return pd.read_csv(folder / name)


def curves(folder):
    """Curve to a frame of its losses, a column a framework."""
    return dict(list(read(folder, "aligned.csv").groupby(CURVE, sort=False)))


def test_the_same_curves_are_there(fresh):
    assert list(curves(fresh)) == list(curves(REFERENCE))
    assert {key[0] for key in curves(REFERENCE)} == set(TASKS)
    assert list(read(fresh, "gaps.csv").columns) == list(read(REFERENCE, "gaps.csv").columns)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_losses_are_reproduced(fresh, framework):
    reference = curves(REFERENCE)
    for key, curve in curves(fresh).items():
        ours, theirs = curve[framework].to_numpy(), reference[key][framework].to_numpy()
        finite = np.isfinite(theirs)
        np.testing.assert_array_equal(np.isfinite(ours), finite, err_msg=str(key))
        ours, theirs = ours[finite], theirs[finite]
        allowed = ROUNDING[key[CURVE.index("dtype")]] * np.abs(theirs).max(
            initial=0
        )  # no losses where there is no such cell
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=allowed, err_msg=str(key))


def test_under_one_rule_nothing_is_left_but_rounding(fresh):
    gaps = read(fresh, "gaps.csv")
    left = gaps[(gaps["level"] == "same-rule") & ~gaps["verdict"].isin(["identical", "rounding"])]
    assert set(left["optimizer"]) == {"sgd-exploding"}
    assert set(left["verdict"]) == {"diverged"}


def test_the_gaps_have_the_same_causes(fresh):
    place = [*KEY, "framework", "source", "factor", "source_value", "framework_value"]
    ours, theirs = (read(folder, "explanations.csv").set_index(place).sort_index() for folder in (fresh, REFERENCE))
    assert list(ours.index) == list(theirs.index)
    # In decades: 1e-3 of a loss in float32 is 4e-4 of them. What a factor makes is a mean of differences of such.
    for dtype, allowed in {"float32": 1e-3, "float64": 1e-6}.items():
        rows = ours.index.get_level_values("dtype") == dtype
        np.testing.assert_allclose(ours[rows], theirs[rows], rtol=allowed, atol=allowed)


@pytest.mark.parametrize("task", WITHOUT_PRODUCTS)
def test_numpy_is_reproduced_to_the_bit_where_nothing_is_multiplied_by_blas(fresh, task):
    def losses(folder):
        frame = read(folder, "losses.csv")
        return frame[(frame["task"] == task) & (frame["framework"] == "numpy")]

    pd.testing.assert_frame_equal(losses(fresh), losses(REFERENCE), check_exact=True)


def test_calls_are_the_same(fresh):
    ours, theirs = (json.loads((folder / "manifest.json").read_text()) for folder in (fresh, REFERENCE))
    assert ours["calls"] == theirs["calls"]
    assert ours["files"] == theirs["files"]


@pytest.mark.parametrize("task", TASKS)
def test_pictures_are_reproduced(fresh, task):
    ours, theirs = (matplotlib.image.imread(folder / "plots" / f"{task}.png") for folder in (fresh, REFERENCE))
    assert ours.shape == theirs.shape
    # Rounding moves a line of the gap panels by some pixels; a curve out of place would colour far more than this.
    assert np.abs(ours - theirs).mean() < 0.01
