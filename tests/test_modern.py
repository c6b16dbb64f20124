"""The whole recipe as it is run: one rule in three frameworks, and what makes the gaps as it is written."""

import numpy as np
import pytest

import comparisons
from comparisons.frameworks import FRAMEWORKS
from comparisons.training.cells import Cell
from comparisons.training.contract import History

pytestmark = pytest.mark.full  # three frameworks start and are traced for it


@pytest.fixture(scope="module")
def run():
    """A third of the run: through the warm-up and far down the cosine, with 60 updates."""
    found = comparisons.run("two-layer-net", optimizers=["modern"], steps=120, out=None)
    assert found.failures() == []
    return found


def test_under_one_rule_nothing_is_left_but_rounding(run):
    gaps = run.gaps()
    left = gaps[gaps["level"] == "same-rule"]
    assert len(left) == 4
    assert set(left["verdict"]) <= {"identical", "rounding"}


def test_as_it_is_written_the_clock_of_the_schedule_makes_the_gap_of_keras(run):
    made = run.explanations()
    made = made[(made["level"] == "as-written") & (made["dtype"] == "float64") & (made["framework"] == "tf")]
    by_factor = made.set_index("factor")
    assert list(by_factor.index) == [
        "schedule clock",
        "epsilon",
        "epsilon_position",
        "clip.formula",
        "average.clock",
        "average.after",
        "rounding",
    ]
    (measured,) = set(made["measured_final"])
    assert by_factor["final"].sum() == pytest.approx(measured, abs=1e-12)
    assert by_factor.loc["schedule clock", "final"] > 0.9 * measured
    assert abs(by_factor.loc["rounding", "final"]) < 1e-12
    assert by_factor.loc["schedule clock", "source_value"] == "updates"
    assert by_factor.loc["schedule clock", "framework_value"] == "batches, 2 an update"


def test_what_is_evaluated_is_the_average(run):
    cells = [cell for cell in run.cells if cell.level == "same-rule" and cell.dtype == "float64"]
    assert [cell.framework for cell in cells] == list(FRAMEWORKS)
    averages = [average_of(run.outcomes[cell.job], cell) for cell in cells]
    for name, value in averages[0].items():
        for other in averages[1:]:
            np.testing.assert_allclose(other[name], value, atol=1e-12)  # 1e-14 were seen


def average_of(history: History, cell: Cell) -> dict[str, np.ndarray]:
    assert history.average is not None, cell
    assert any(np.abs(history.average[name] - value).max() > 1e-3 for name, value in history.params.items())
    return history.average
