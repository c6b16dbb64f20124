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
# The others take most of the time, and are trained by `make test-full`.
QUICK = ("bowl", "regression-20", "simple-net")


@pytest.fixture(scope="module", params=[QUICK, pytest.param((), marks=pytest.mark.full)], ids=["quick", "all"])
def fresh(request, tmp_path_factory):
    """The default run, or of some of its tasks, written to a folder of its own."""
    folder = tmp_path_factory.mktemp("results")
    comparison = comparisons.run(*request.param, out=folder)
    assert comparison.failures() == []
    return folder


def facts(folder):
    return json.loads((folder / "manifest.json").read_text())


def read(folder, name):
    return pd.read_csv(folder / name)


def reference(name, fresh):
    """A table of the committed results, of the tasks that were trained."""
    table = read(REFERENCE, name)
    return table[table["task"].isin(facts(fresh)["tasks"])]


def test_the_same_curves_are_there(fresh):
    assert list(by_curve(read(fresh, "aligned.csv"))) == list(by_curve(reference("aligned.csv", fresh)))
    assert list(read(fresh, "gaps.csv").columns) == list(read(REFERENCE, "gaps.csv").columns)


def test_the_reference_is_of_all_tasks():
    assert set(read(REFERENCE, "aligned.csv")["task"]) == set(TASKS)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_losses_are_reproduced(fresh, framework):
    committed = by_curve(reference("aligned.csv", fresh))
    for key, curve in by_curve(read(fresh, "aligned.csv")).items():
        ours, theirs = curve[framework].to_numpy(), committed[key][framework].to_numpy()
        finite = np.isfinite(theirs)
        np.testing.assert_array_equal(np.isfinite(ours), finite, err_msg=str(key))
        allowed = bound(committed, key, framework)
        np.testing.assert_allclose(ours[finite], theirs[finite], rtol=0, atol=allowed, err_msg=str(key))


def test_under_one_rule_nothing_is_left_but_rounding(fresh):
    gaps = read(fresh, "gaps.csv")
    left = gaps[(gaps["level"] == "same-rule") & ~gaps["verdict"].isin(["identical", "rounding"])]
    explode = {"sgd-exploding"} & set(gaps["optimizer"])
    assert set(left["optimizer"]) == explode
    assert set(left["verdict"]) == ({"diverged"} if explode else set())


def test_the_gaps_have_the_same_causes(fresh):
    gap = [*KEY, "framework", "source"]
    place = [*gap, "factor", "source_value", "framework_value"]
    both_tables = read(fresh, "explanations.csv"), reference("explanations.csv", fresh)
    ours, theirs = (table.set_index(place).sort_index() for table in both_tables)
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


def test_numpy_is_reproduced_to_the_bit_where_nothing_is_multiplied_by_blas(fresh):
    tasks = [task for task in WITHOUT_PRODUCTS if task in facts(fresh)["tasks"]]

    def losses(folder):
        frame = read(folder, "losses.csv")
        return frame[frame["task"].isin(tasks) & (frame["framework"] == "numpy")].reset_index(drop=True)

    pd.testing.assert_frame_equal(losses(fresh), losses(REFERENCE), check_exact=True)


def test_calls_are_the_same(fresh):
    ours, theirs = facts(fresh), facts(REFERENCE)
    assert ours["calls"] == {task: theirs["calls"][task] for task in ours["tasks"]}
    others = [f"plots/{task}." for task in TASKS if task not in ours["tasks"]]
    assert ours["files"] == [name for name in theirs["files"] if not name.startswith(tuple(others))]


def test_the_shipped_file_is_the_reference():
    ours, theirs = shipped(), baseline(REFERENCE)
    assert ours.facts == theirs.facts, "make it again: python -m tests.packed"
    pd.testing.assert_frame_equal(ours.losses, theirs.losses, check_exact=True)
    pd.testing.assert_frame_equal(ours.verdicts, theirs.verdicts)


def test_packing_twice_makes_the_same_bytes_and_few_of_them():
    content = packed(shipped())
    assert content == packed(baseline(REFERENCE))
    assert len(content) < 500_000


def test_pictures_are_reproduced(fresh):
    for picture in (fresh / "plots").glob("*.png"):
        ours, theirs = (matplotlib.image.imread(folder / "plots" / picture.name) for folder in (fresh, REFERENCE))
        assert ours.shape == theirs.shape, picture.name
        # Rounding moves a line of the gap panels by some pixels; a curve out of place would colour far more than this.
        assert np.abs(ours - theirs).mean() < 0.01, picture.name


def test_the_page_is_within_a_megabyte(fresh):
    assert (fresh / "report.html").stat().st_size <= 1_000_000
