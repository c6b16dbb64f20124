"""What the terminal shows: tables that fit, numbers that are whole, JSON that is exact."""

import json
import math
import sys
from dataclasses import replace
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from synthetic import a_comparison, a_curve, a_history, a_task

from comparisons.analysis.work import MOVES
from comparisons.frameworks import FRAMEWORKS, installed
from comparisons.names import LEVELS
from comparisons.results import terminal as report
from comparisons.tasks import TASKS
from comparisons.training.cells import Failure
from comparisons.training.levels import runs


def shown(comparison, width=80):
    """The tables as text, line by line, without what pads them."""
    console = Console(file=StringIO(), width=width)
    for _, table in report.tables(comparison):
        console.print(table)
    return [line.rstrip() for line in console.file.getvalue().split("\n")]


def curves(tf, others):
    """tf has one curve, the others have another."""
    return lambda cell, *_: a_history(np.array([tf if cell.framework == "tf" else others]))


def test_a_table():
    def outcome(cell, steps, seeds):
        if cell.framework == "tf" and cell.optimizer == "adam":
            return Failure(reason="no luck")
        if cell.optimizer == "momentum":
            return a_history(np.full((seeds, steps), math.inf if cell.framework == "torch" else math.nan))
        return a_curve(cell, steps, seeds)

    assert shown(a_comparison(a_task(recipes=("sgd", "momentum", "adam")), outcome=outcome)) == [
        " ────────────────────────────────────────────────────────────────────────────",
        "                  loss     loss     loss       gap       gap",
        "                 numpy    torch       tf   float32   float64  cause",
        " ────────────────────────────────────────────────────────────────────────────",
        " as-written",
        "  sgd            0.125    0.125    0.125   9.5e-07 1.0e-06 *  tf: unexplained",
        "  momentum    diverged diverged diverged  diverged  diverged",
        "  adam           0.125    0.125 no curve         0         0",
        " ────────────────────────────────────────────────────────────────────────────",
        " same-numbers",
        "  sgd            0.125    0.125    0.125   9.5e-07 1.0e-06 *  tf: unexplained",
        "  momentum    diverged diverged diverged  diverged  diverged",
        "  adam           0.125    0.125 no curve         0         0",
        " ────────────────────────────────────────────────────────────────────────────",
        " same-rule",
        "  sgd            0.125    0.125    0.125   9.5e-07 1.0e-06 *  tf: unexplained",
        "  momentum    diverged diverged diverged  diverged  diverged",
        "  adam           0.125    0.125 no curve         0         0",
        " ────────────────────────────────────────────────────────────────────────────",
        "",
    ]


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("task", TASKS)
def test_tables_fit_and_their_numbers_are_whole(task, width):
    def extreme(cell, steps, _seeds):
        return a_history(np.full((1, steps), -1.2345678e-300 * (1 + list(FRAMEWORKS).index(cell.framework))))

    comparison = a_comparison(a_task(task, [recipe.label for recipe in TASKS[task].recipes]), outcome=extreme)
    lines = shown(comparison, width)
    assert max(map(len, lines)) <= width
    assert "…" not in "".join(lines)
    rows = [line.split()[1:4] for line in lines if "e-300" in line]
    losses = dict(zip(FRAMEWORKS, ["-1.235e-300", "-2.469e-300", "-3.704e-300"], strict=True))
    assert rows == [
        [loss if runs(name, recipe, level) else "–" for name, loss in losses.items()]
        for level in LEVELS
        for recipe in TASKS[task].recipes
    ]


def absent_or_failed(cell, steps, seeds):
    """torch has no Lion, and tf's fails; Keras has no ASGD, and NumPy's fails."""
    failed = (cell.optimizer, cell.framework) in {("lion", "tf"), ("asgd", "numpy")}
    return Failure(reason="no luck") if failed else a_curve(cell, steps, seeds)


def test_what_a_framework_has_not_is_told_from_what_failed():
    lion, asgd = (replace(TASKS["bowl"].recipes[0], optimizer=name, label=name) for name in ("lion", "asgd"))
    comparison = a_comparison(replace(TASKS["bowl"], steps=4, recipes=(lion, asgd)), outcome=absent_or_failed)
    lines = [line.replace("no curve", "no-curve") for line in shown(comparison)]
    rows = [line.split(maxsplit=5) for line in lines if "lion" in line or "asgd" in line]
    assert rows == [
        *[["lion", "0.125", "–", "no-curve", "–", "–"], ["asgd", "no-curve", "0.125", "–", "–", "–"]] * 2,
        ["lion", "0.125", "0.125", "no-curve", "0", "0"],
        ["asgd", "no-curve", "0.125", "0.125", "9.5e-07", "1.0e-06 *  tf: unexplained"],
    ]


NO_SUCH = "–: the framework has no such optimizer"
LEGENDS = {
    "every framework has it": ("adam", tuple(FRAMEWORKS), []),
    "the reference has it not": (
        "lion",
        tuple(FRAMEWORKS),
        ["where torch has no curve, the gap is to numpy's", NO_SUCH],
    ),
    "one has it not": ("asgd", tuple(FRAMEWORKS), [NO_SUCH]),
    "it has it not, and there is only one other": ("lion", ("torch", "tf"), [NO_SUCH]),
}


@pytest.mark.parametrize(("optimizer", "names", "last"), LEGENDS.values(), ids=LEGENDS)
def test_the_legend_tells_of_what_there_is_not_only_where_it_is_missing(optimizer, names, last):
    recipe = replace(TASKS["bowl"].recipes[0], optimizer=optimizer)
    comparison = a_comparison(replace(TASKS["bowl"], steps=2, recipes=(recipe,)), frameworks=names)
    causes = "cause: the field of the rule that makes most of a gap, or the gap's verdict"
    assert [line for line in report.legend(comparison) if line != causes][2:] == last
    assert all(len(line) <= 80 for line in report.legend(comparison))


INF, NAN = math.inf, math.nan
GAPS = {
    "none": ([8.0, 4.0], [8.0, 4.0], "0"),
    "none to losses of zero": ([0.0, 0.0], [0.0, 0.0], "0"),
    "rounding": ([8.0, 4.0 + 2**-49], [8.0, 4.0], "2.2e-16"),
    "more than rounding": ([8.0, 6.0], [8.0, 4.0], "2.5e-01 *  tf: unexplained"),
    "one diverges": ([8.0, NAN], [8.0, 4.0], "diverged"),
    "the reference diverges": ([8.0, 6.0], [8.0, INF], "diverged"),
}


@pytest.mark.parametrize(("tf", "others", "gap"), GAPS.values(), ids=GAPS)
def test_gaps_are_in_units_of_the_largest_loss_and_marked_if_more_than_rounding(tf, others, gap):
    def reference(work, *_):
        return np.broadcast_to(np.array(others, work.dtype), (3 + len(MOVES), len(work.rules), 1, len(others)))

    row = shown(a_comparison(a_task(recipes=["sgd"]), outcome=curves(tf, others), reference=reference))[5]
    assert row.rstrip().endswith(gap)


def ends(work, gap):
    """A curve of ones in the dtype of the work, off by a gap from the 55th step on."""
    off = np.ones(60, work.dtype)
    off[55:] += np.dtype(work.dtype).type(gap)
    return off


CHAOS = np.minimum(2.0 ** (np.arange(60) - 50), 1.0)  # doubles at each step, from an epsilon of float64 on
SAID = {
    "chaos": (CHAOS, None, {"float32": 0.5, "float64": 0.5}, "tf: chaotic, doubling in 1 steps"),
    "underflow": (0.0, 0.5, {"float32": 0.5, "float64": 0.5}, "tf: underflow"),
    "neither": (0.0, None, {"float32": 0.5, "float64": 0.5}, "tf: unexplained"),
    "in float32 alone": (0.0, 0.5, {"float32": 0.5, "float64": 0.0}, "tf: underflow"),
}


@pytest.mark.parametrize(("errors", "flushed", "tf", "cause"), SAID.values(), ids=SAID)
def test_where_no_rule_makes_a_gap_the_cause_is_the_verdict(errors, flushed, tf, cause):
    def outcome(cell, *_):
        return a_history(ends(cell, tf[cell.dtype] if cell.framework == "tf" else 0.0)[np.newaxis])

    def reference(work, *_):
        flush = np.full(60, math.nan) if flushed is None else ends(work, flushed)
        found = np.stack([np.ones(60), np.ones(60), flush, *[1 + errors + np.zeros(60) for _ in MOVES]])
        return np.repeat(found[:, np.newaxis, np.newaxis], len(work.rules), axis=1).astype(work.dtype)

    comparison = a_comparison(a_task(recipes=["sgd"], steps=60), outcome=outcome, reference=reference)
    assert [line.split("  ")[-1] for line in shown(comparison, 120) if "sgd" in line] == [cause] * len(LEVELS)


def test_a_loss_is_the_median_over_the_seeds_one_that_diverges_counting_as_infinite():
    def outcome(_cell, steps, _seeds):
        losses = np.tile([[1.0], [5.0], [3.0]], (1, steps))
        losses[0, -1] = math.nan
        return a_history(losses)

    comparison = a_comparison(a_task(recipes=["sgd"]), outcome=outcome, seeds=3)
    assert shown(comparison)[5].split()[1:4] == ["5"] * 3
    assert next(report.legend(comparison)) == "loss: at the last step, in float64, median of 3 seeds"


def test_one_framework_has_no_gaps():
    comparison = a_comparison(frameworks=("numpy",))
    assert [line.split() for line in shown(comparison)[1:3]] == [["loss"], ["numpy"]]
    assert list(report.legend(comparison)) == ["loss: at the last step, in float64"]


def test_a_comparison_that_failed_altogether_has_a_table():
    lines = shown(a_comparison(outcome=lambda *_: Failure(reason="no luck")))
    assert [line.split() for line in lines if "sgd" in line] == [["sgd", *["no", "curve"] * 3, "–", "–"]] * len(LEVELS)


def test_a_long_label_is_folded_before_a_number_is_cut():
    task = a_task(recipes=["sgd"])
    long = replace(task, recipes=(replace(task.recipes[0], label="x" * 100),))
    lines = shown(a_comparison(long))
    assert max(map(len, lines)) <= 80
    assert "".join(lines).count("x") == len(LEVELS) * (100 + len("x"))  # one is of "unexplained"
    assert "".join(lines).count("1.0e-06 *") == len(LEVELS)


def test_where_there_is_no_terminal_there_is_room_for_120_columns(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    task = a_task(recipes=["sgd"])
    label = "x" * 50
    report.show(a_comparison(replace(task, recipes=(replace(task.recipes[0], label=label),))))
    assert capsys.readouterr().out.count(f"  {label} ") == len(LEVELS)


class Terminal(StringIO):
    def isatty(self):
        return True


def test_on_a_terminal_too_narrow_numbers_are_whole_all_the_same(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setattr(sys, "stdout", Terminal())
    report.show(a_comparison(a_task(recipes=["sgd"])))
    assert sys.stdout.getvalue().count("0.125") == len(LEVELS) * len(FRAMEWORKS)
    assert "…" not in sys.stdout.getvalue()


def test_json_has_exact_numbers_and_null_for_what_is_none():
    def outcome(cell, steps, _seeds):
        if cell.framework == "tf":
            return Failure(reason="no luck")
        return a_history(np.full((1, steps), math.inf if cell.framework == "numpy" else 1 / 3))

    comparison = a_comparison(a_task(recipes=["sgd"]), outcome=outcome)
    found = json.loads(report.as_json(comparison, Path("out")), parse_constant=pytest.fail)
    assert (found["results"], found["interrupted"]) == ("out", False)
    by_framework = {row["framework"]: row for row in found["gaps"]}
    assert (
        by_framework["numpy"] | {"final_loss": None, "source_final_loss": 1 / 3, "status": "diverged", "seed": 0}
        == (by_framework["numpy"])
    )
    assert list(by_framework["tf"]) == list(comparison.gaps().columns)
    assert found["failures"][0] == {
        "task": "bowl", "optimizer": "sgd", "level": "as-written", "dtype": "float32", "framework": "tf",
        "reason": "no luck",
    }  # fmt: skip


def test_what_is_left_out_is_named_with_the_line_that_installs_it(monkeypatch):
    monkeypatch.setattr(installed, "find_spec", lambda _: None)
    assert list(report.left_out(a_comparison(frameworks=("numpy", "torch")))) == [
        'tf is left out: tensorflow and keras not installed; pip install "tensorflow>=2.21,<2.22" "keras>=3.15,<3.16"'
    ]
