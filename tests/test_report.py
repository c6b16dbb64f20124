"""What the terminal shows: tables that fit, numbers that are whole, JSON that is exact."""

import json
import math
import re
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
from comparisons.results.layout import print_table
from comparisons.tasks import TASKS
from comparisons.training.cells import Failure
from comparisons.training.levels import runs


def shown(comparison, width=80):
    """The tables as text, line by line, without what pads them."""
    console = Console(file=StringIO(), width=width)
    for _, table, _ in report.tables(comparison):
        print_table(console, table)
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
        " ──────────────────────────────────────────────────────────────────────────────",
        "                    loss                   gap of the book's",
        "              the book's     loss     loss code               gap of Keras",
        "                    code    torch    Keras float32  float64   float32  float64",
        " ──────────────────────────────────────────────────────────────────────────────",
        " as-written",
        "  sgd              0.125    0.125    0.125 0        0         9.5e-07  1.0e-06*",
        "                                                              unexplained",
        "  momentum      diverged diverged diverged diverged diverged  diverged diverged",
        "  adam             0.125    0.125 no curve 0        0         –        –",
        " ──────────────────────────────────────────────────────────────────────────────",
        " same-numbers",
        "  sgd              0.125    0.125    0.125 0        0         9.5e-07  1.0e-06*",
        "                                                              unexplained",
        "  momentum      diverged diverged diverged diverged diverged  diverged diverged",
        "  adam             0.125    0.125 no curve 0        0         –        –",
        " ──────────────────────────────────────────────────────────────────────────────",
        " same-rule",
        "  sgd              0.125    0.125    0.125 0        0         9.5e-07  1.0e-06*",
        "                                                              unexplained",
        "  momentum      diverged diverged diverged diverged diverged  diverged diverged",
        "  adam             0.125    0.125 no curve 0        0         –        –",
        " ──────────────────────────────────────────────────────────────────────────────",
        "",
    ]


@pytest.mark.every(3)
@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("task", TASKS)
def test_tables_fit_and_their_numbers_are_whole(task, width):
    def extreme(cell, steps, _seeds):
        return a_history(np.full((1, steps), -1.2345678e-300 * (1 + list(FRAMEWORKS).index(cell.framework))))

    comparison = a_comparison(a_task(task, [recipe.label for recipe in TASKS[task].recipes]), outcome=extreme)
    lines = shown(comparison, width)
    assert max(map(len, lines)) <= width
    assert "…" not in "".join(lines)
    if width == 80:  # not enough for three such losses abreast: each has a line
        lines = [" ".join(lines[i : i + 4]) for i in range(len(lines)) if re.match(" [a-z]", lines[i])]
        rows = [re.findall(r"loss .*?: (\S+)", line) for line in lines]
    else:
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
    rows = [line.split() for line in lines if "lion" in line or "asgd" in line]
    assert rows == [
        *[["lion", "0.125", "–", "no-curve", *"––––"], ["asgd", "no-curve", "0.125", "–", *"––––"]] * 2,
        ["lion", "0.125", "0.125", "no-curve", "0", "0", "–", "–"],
        ["asgd", "no-curve", "0.125", "0.125", "–", "–", "9.5e-07", "1.0e-06*"],
    ]


NO_SUCH = "–: the framework has no such optimizer"
LEGENDS = {
    "every framework has it": ("adam", tuple(FRAMEWORKS), []),
    "the reference has it not": (
        "lion",
        tuple(FRAMEWORKS),
        ["where torch has no curve, the gap is to that of NumPy", NO_SUCH],
    ),
    "one has it not": ("asgd", tuple(FRAMEWORKS), [NO_SUCH]),
    "it has it not, and there is only one other": ("lion", ("torch", "tf"), [NO_SUCH]),
}


@pytest.mark.parametrize(("optimizer", "names", "last"), LEGENDS.values(), ids=LEGENDS)
def test_the_legend_tells_of_what_there_is_not_only_where_it_is_missing(optimizer, names, last):
    recipe = replace(TASKS["bowl"].recipes[0], optimizer=optimizer)
    comparison = a_comparison(replace(TASKS["bowl"], steps=2, recipes=(recipe,)), frameworks=names)
    always = ("loss: ", "the book's code: ", "gap: ", "under a gap: ")
    assert [line for line in report.legend(comparison) if not line.startswith(always)] == last
    assert all(len(line) <= 80 for line in report.legend(comparison))


INF, NAN = math.inf, math.nan
GAPS = {
    "none": ([8.0, 4.0], [8.0, 4.0], "0"),
    "none to losses of zero": ([0.0, 0.0], [0.0, 0.0], "0"),
    "rounding": ([8.0, 4.0 + 2**-49], [8.0, 4.0], "2.2e-16"),
    "more than rounding": ([8.0, 6.0], [8.0, 4.0], "2.5e-01* unexplained"),
    "one diverges": ([8.0, NAN], [8.0, 4.0], "diverged"),
    "the reference diverges": ([8.0, 6.0], [8.0, INF], "diverged"),
}


@pytest.mark.parametrize(("tf", "others", "gap"), GAPS.values(), ids=GAPS)
def test_gaps_are_in_units_of_the_largest_loss_and_marked_if_more_than_rounding(tf, others, gap):
    def reference(work, *_):
        return np.broadcast_to(np.array(others, work.dtype), (3 + len(MOVES), len(work.rules), 1, len(others)))

    lines = shown(a_comparison(a_task(recipes=["sgd"]), outcome=curves(tf, others), reference=reference), 120)
    row = next(i for i, line in enumerate(lines) if line.startswith("  sgd"))
    said = [line for line in lines[row + 1 : row + 2] if line.startswith("    ")]
    assert " ".join(" ".join([lines[row], *said]).split()).endswith(f" {gap}")


def ends(work, gap):
    """A curve of ones in the dtype of the work, off by a gap from the 55th step on."""
    off = np.ones(60, work.dtype)
    off[55:] += np.dtype(work.dtype).type(gap)
    return off


CHAOS = np.minimum(2.0 ** (np.arange(60) - 50), 1.0)  # doubles at each step, from an epsilon of float64 on
SAID = {
    "chaos": (CHAOS, None, {"float32": 0.5, "float64": 0.5}, "chaotic, doubling in 1 steps"),
    "underflow": (0.0, 0.5, {"float32": 0.5, "float64": 0.5}, "underflow"),
    "neither": (0.0, None, {"float32": 0.5, "float64": 0.5}, "unexplained"),
    "in float32 alone": (0.0, 0.5, {"float32": 0.5, "float64": 0.0}, "underflow"),
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
    lines = shown(comparison, 120)
    under = [lines[i + 1].strip() for i, line in enumerate(lines) if "sgd" in line]
    assert under == [cause] * len(LEVELS)


def test_a_loss_is_the_median_over_the_seeds_one_that_diverges_counting_as_infinite():
    def outcome(_cell, steps, _seeds):
        losses = np.tile([[1.0], [5.0], [3.0]], (1, steps))
        losses[0, -1] = math.nan
        return a_history(losses)

    comparison = a_comparison(a_task(recipes=["sgd"]), outcome=outcome, seeds=3)
    assert next(line for line in shown(comparison) if "sgd" in line).split()[1:4] == ["5"] * 3
    assert next(report.legend(comparison)) == "loss: at the last step, in float64, median of 3 seeds"


def test_one_framework_has_no_gaps():
    comparison = a_comparison(frameworks=("numpy",))
    assert [line.split() for line in shown(comparison)[1:3]] == [["loss"], ["the", "book's", "code"]]
    assert [line.split(":")[0] for line in report.legend(comparison)] == ["loss", "the book's code"]
    assert comparison.conclusion() == []


def test_a_comparison_that_failed_altogether_has_a_table():
    lines = shown(a_comparison(outcome=lambda *_: Failure(reason="no luck")))
    assert [line.split() for line in lines if "sgd" in line] == [["sgd", *["no", "curve"] * 3]] * len(LEVELS)


@pytest.mark.parametrize("width", [40, 80])
def test_a_label_longer_than_a_line_is_folded_and_nothing_else_is(width):
    task = a_task(recipes=["sgd"])
    long = replace(task, recipes=(replace(task.recipes[0], label="x" * 100),))
    lines = shown(a_comparison(long), width)
    assert max(map(len, lines)) <= width
    assert "".join(lines).count("x") == len(LEVELS) * (100 + len("x"))  # one is of "unexplained"
    assert "".join(lines).count("1.0e-06*") == len(LEVELS)


@pytest.mark.parametrize("columns", ["40", "80", "120", None])
def test_the_tables_are_as_wide_as_is_told_and_else_120_columns(capsys, monkeypatch, columns):
    """At 40 columns a row of the table is a list of lines; no word is broken, no number cut."""
    monkeypatch.setenv("COLUMNS", columns) if columns else monkeypatch.delenv("COLUMNS", raising=False)
    comparison = a_comparison(a_task(recipes=["sgd"]))
    report.show(comparison)
    report.conclude(comparison)
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= int(columns or 120)
    words = text.split()
    assert words.count("0.125") == len(LEVELS) * len(FRAMEWORKS)
    assert (words.count("1.0e-06*"), words.count("unexplained"), words.count("(unexplained);")) == (3, 3, 2)
    assert "…" not in text


def test_the_tables_and_the_frames_agree_to_the_digit():
    comparison = a_comparison(a_task(recipes=["sgd", "adam"]))
    losses, gaps = comparison.frame(), comparison.gaps()
    last = losses[(losses["step"] == losses["step"].max()) & (losses["dtype"] == "float64")]
    [(_, table, _)] = report.tables(comparison)
    rows = [
        [str(cell).split() for cell in row] for row in zip(*(column.cells for column in table.columns), strict=True)
    ]
    level = None
    for name, *cells in rows:
        if not any(cells):
            [level] = name
            continue
        here = f"optimizer == '{name[0]}' and level == '{level}'"
        of = last.query(here).set_index("framework")["loss"]
        assert cells[:3] == [[f"{of[framework]:.4g}"] for framework in FRAMEWORKS]
        for framework, cell in zip(("numpy", "tf"), cells[3:], strict=True):
            widest = gaps.query(f"{here} and framework == '{framework}'")["max_scaled_gap"]
            assert [word.rstrip("*") for word in cell[:2]] == [f"{gap:.1e}" if gap else "0" for gap in widest]


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
