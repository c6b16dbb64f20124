"""The committed reference results are what the default run gives here."""

import json
from pathlib import Path

import matplotlib.image
import numpy as np
import pandas as pd
import pytest

import comparisons
from comparisons.analysis.frame import KEY
from comparisons.analysis.gaps import ROUNDING_EPSILONS
from comparisons.check.baseline import packed, shipped
from comparisons.check.baseline import read as baseline
from comparisons.check.bounds import bound, by_curve
from comparisons.frameworks import FRAMEWORKS
from comparisons.names import DTYPES
from comparisons.tasks import TASKS

REFERENCE = Path(__file__).parents[1] / "results" / "reference"

EPSILON = {dtype: float(np.finfo(dtype).eps) for dtype in DTYPES}
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
    return by_curve(read(folder, "aligned.csv"))


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
        allowed = bound(reference, key, framework)
        np.testing.assert_allclose(ours[finite], theirs[finite], rtol=0, atol=allowed, err_msg=str(key))


def test_under_one_rule_nothing_is_left_but_rounding(fresh):
    gaps = read(fresh, "gaps.csv")
    left = gaps[(gaps["level"] == "same-rule") & ~gaps["verdict"].isin(["identical", "rounding"])]
    assert set(left["optimizer"]) == {"sgd-exploding"}
    assert set(left["verdict"]) == {"diverged"}


def test_the_gaps_have_the_same_causes(fresh):
    gap = [*KEY, "framework", "source"]
    place = [*gap, "factor", "source_value", "framework_value"]
    ours, theirs = (read(folder, "explanations.csv").set_index(place).sort_index() for folder in (fresh, REFERENCE))
    both = ours.index.intersection(theirs.index)
    # On one machine a gap may be nothing that is a rounding on the other, and then has no cause there.
    tiny = read(REFERENCE, "gaps.csv").set_index(gap)["max_scaled_gap"]
    for *one, _, _, _ in ours.index.symmetric_difference(theirs.index):
        assert tiny[tuple(one)] <= ROUNDING_EPSILONS * EPSILON[one[gap.index("dtype")]], one
    ours, theirs = ours.loc[both], theirs.loc[both]
    # In decades. Of a measured gap that differs itself, since its last loss is rounding amplified, the causes may too.
    allowed = both.get_level_values("dtype").map({"float32": 1e-3, "float64": 1e-6}).to_numpy()
    for part in ("final", "curve"):
        measured = (ours[f"measured_{part}"] - theirs[f"measured_{part}"]).abs()
        assert ((ours[part] - theirs[part]).abs() <= allowed * (1 + theirs[part].abs()) + 2 * measured).all(), part


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


def test_the_shipped_file_is_the_reference():
    ours, theirs = shipped(), baseline(REFERENCE)
    assert ours.facts == theirs.facts, "make it again: python -m tests.packed"
    pd.testing.assert_frame_equal(ours.losses, theirs.losses, check_exact=True)
    pd.testing.assert_frame_equal(ours.verdicts, theirs.verdicts)


def test_packing_twice_makes_the_same_bytes_and_few_of_them():
    content = packed(shipped())
    assert content == packed(baseline(REFERENCE))
    assert len(content) < 500_000


@pytest.mark.parametrize("picture", sorted(file.name for file in (REFERENCE / "plots").glob("*.png")))
def test_pictures_are_reproduced(fresh, picture):
    ours, theirs = (matplotlib.image.imread(folder / "plots" / picture) for folder in (fresh, REFERENCE))
    assert ours.shape == theirs.shape
    # Rounding moves a line of the gap panels by some pixels; a curve out of place would colour far more than this.
    assert np.abs(ours - theirs).mean() < 0.01


def test_the_page_is_within_a_megabyte(fresh):
    assert (fresh / "report.html").stat().st_size <= 1_000_000
