"""The gaps of a whole run, explained: explanations.csv, and the cause in the table."""

import json
import math
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from dataclasses import replace
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from synthetic import a_comparison, a_history, a_task

import comparisons
from comparisons.analysis import factors as module
from comparisons.analysis.causes import change, leading
from comparisons.analysis.frame import KEY
from comparisons.analysis.of_run import COLUMNS, NOT_EXPLAINED, intermediate_rules
from comparisons.analysis.reference import references
from comparisons.analysis.work import IntermediateRules
from comparisons.frameworks.column import column
from comparisons.names import DTYPES
from comparisons.results import terminal as report
from comparisons.results.layout import print_table
from comparisons.rules.canonical import canonical
from comparisons.tasks import TASKS
from comparisons.training import implementations
from comparisons.training.cells import Cell, Failure, cells_of

PAIR = [*KEY, "framework", "source"]
ASKED = {"optimizers": ["sgd", "adagrad", "adam"], "steps": 20}


def explained(*tasks, executor=None, **asked):
    with ThreadPoolExecutor(1) as threads:
        return comparisons.run(*tasks or ["regression-20"], executor=executor or threads, **ASKED | asked)


@pytest.fixture(scope="module")
def run():
    """All three frameworks, two seeds."""
    return explained(seeds=2)


def test_every_gap_that_is_no_rounding_is_explained(run):
    gaps = run.gaps()
    named = gaps[gaps["verdict"].notna() & ~gaps["verdict"].isin(NOT_EXPLAINED) & (gaps["seed"] == 0)]
    found = run.explanations()
    assert len(named) > 10
    assert list(found.columns) == COLUMNS
    assert [*found[PAIR].drop_duplicates().itertuples(index=False)] == [*named[PAIR].itertuples(index=False)]
    assert (found.groupby(PAIR, observed=True)["factor"].last() == "rounding").all()


def test_the_rows_of_a_gap_add_up_to_what_the_first_seed_measured(run):
    found = run.explanations()
    sums = found.groupby(PAIR, observed=True)[["final", "curve"]].sum()
    gaps = found.groupby(PAIR, observed=True)[["measured_final", "measured_curve"]].first()
    # a few numbers of decades below ten
    np.testing.assert_allclose(sums.to_numpy(), gaps.to_numpy(), rtol=0, atol=1e-14)
    finals = run.gaps().query("seed == 0").set_index(PAIR).loc[gaps.index]
    measured = np.log10(finals["final_loss"] / finals["source_final_loss"])
    np.testing.assert_allclose(gaps["measured_final"], measured, rtol=0, atol=1e-14)


def test_json_has_the_rows_of_the_table(run):
    printed = json.loads(report.as_json(run, Path("out")), parse_constant=pytest.fail)["explanations"]
    table = run.explanations().astype(object)
    assert printed == table.where(table.notna(), None).to_dict("records")


def test_factors_stand_with_their_values(run):
    rows = run.explanations().query("optimizer == 'adagrad' and level == 'as-written' and dtype == 'float64'")
    rows = rows[rows["framework"] == "tf"].set_index("factor")
    assert rows["source_value"].to_dict() == {
        "learning_rate": "0.01", "epsilon": "1e-10", "epsilon_position": "outside-root", "initial_accumulator": "0",
        "rounding": "",
    }  # fmt: skip
    assert rows["framework_value"]["initial_accumulator"] == "0.1"
    assert rows["curve"].idxmax() == "learning_rate"
    assert abs(rows["curve"]["rounding"]) < 1e-14  # a few machine epsilons of numbers near 1


def test_what_was_asked_for_alone_is_explained():
    found = explained(frameworks=["numpy", "torch"], dtypes=["float32"], levels=["as-written"]).explanations()
    assert set(found["dtype"]) == {"float32"}
    assert set(found["level"]) == {"as-written"}
    assert set(found["source"]) == {"torch"}


def test_a_reference_that_is_no_source_is_the_first_framework():
    found = explained(frameworks=["numpy", "tf"], dtypes=["float64"]).explanations()
    assert set(found["source"]) == {"numpy"}
    assert "initial_accumulator" in set(found["factor"])


def test_workers_of_our_own_explain_the_same(run):
    asked = {"frameworks": ["numpy", "torch"], "levels": ["as-written"], "seeds": 2}
    ours = comparisons.run("regression-20", **ASKED | asked).explanations()
    theirs = run.explanations().query("framework == 'numpy' and level == 'as-written'")
    assert len(ours) > 4
    # the threads of this process may add up a matrix product in another order than a worker's one thread
    for name in ("final", "curve", "measured_final", "measured_curve"):
        np.testing.assert_allclose(ours[name], theirs[name], rtol=0, atol=1e-6)


# --- what goes wrong


class Choosy(Executor):
    """Does in this thread what it is given, but for what it refuses."""

    def __init__(self, refuses):
        self.refuses = refuses

    def submit(self, function, work, problem):
        future = Future()
        failure = Failure(reason="no luck")
        future.set_result(failure if self.refuses(work) else function(work, problem))
        return future


SOME = {"frameworks": ["numpy", "torch"]}


def test_rules_that_fail_leave_their_gaps_unexplained_and_are_told():
    executor = Choosy(lambda work: isinstance(work, IntermediateRules) and work.dtype == "float32")
    # of NumPy's Adam two numbers differ: what has one of them alone is none of the cells' rules
    comparison = explained("bowl", executor=executor, **SOME, optimizers=["adam"], levels=["as-written"])
    assert set(comparison.explanations()["dtype"]) == {"float64"}
    assert comparison.failures() == []
    assert comparison.mishaps() == ["bowl in float32: gaps are not explained: no luck"]


def test_a_failed_cell_leaves_its_own_gap_unexplained():
    executor = Choosy(lambda work: isinstance(work, Cell) and work.framework == "numpy" and "Adam(" in work.job.code)
    assert set(explained(executor=executor, **SOME).explanations()["optimizer"]) == {"adagrad"}


class Dying(Choosy):
    """Dies of what it refuses, every time."""

    def submit(self, function, work, problem):
        if not self.refuses(work):
            return super().submit(function, work, problem)
        dead = Future()
        dead.set_exception(BrokenExecutor())
        return dead


SOURCE_FAILS = {
    # what of the source's fails, the reference of each optimizer, of the comparison
    "everything": (lambda _: True, {"sgd": "numpy", "adagrad": "numpy", "adam": "numpy"}, "numpy"),
    "an optimizer": (
        lambda cell: "Adagrad(" in cell.job.code,
        {"sgd": "torch", "adagrad": "numpy", "adam": "torch"},
        "torch",
    ),
    "a dtype": (
        lambda cell: cell.dtype == "float32",
        {"sgd": "numpy", "adagrad": "numpy", "adam": "numpy"},
        "numpy",
    ),
}


@pytest.mark.every(2)
@pytest.mark.parametrize("executor", [Choosy, Dying])
@pytest.mark.parametrize(("fails", "references", "reference"), SOURCE_FAILS.values(), ids=SOURCE_FAILS)
def test_where_the_source_fails_all_name_one_reference_and_the_gaps_are_explained(
    tmp_path, executor, fails, references, reference
):
    def refuses(work):
        return isinstance(work, Cell) and work.framework == "torch" and fails(work)

    found = explained(executor=executor(refuses), levels=["as-written"], out=tmp_path)
    gaps, explanations = found.gaps(), found.explanations()
    assert dict(zip(gaps["optimizer"], gaps["source"], strict=True)) == references
    named = gaps[gaps["verdict"].notna() & ~gaps["verdict"].isin(NOT_EXPLAINED)]
    assert "adagrad" in set(named[named["source"] == "numpy"]["optimizer"])
    assert [*explanations[PAIR].drop_duplicates().itertuples(index=False)] == [*named[PAIR].itertuples(index=False)]
    assert json.loads((tmp_path / "manifest.json").read_text())["compared_with"] == reference
    legend = "\n".join(report.legend(found))
    assert f"gap: largest to {column(reference).name}, in units" in legend
    others = set(references.values()) - {reference}
    assert ("the gap is to that of NumPy" in legend) == bool(others)
    figure = found.plot()
    assert f"|loss − {column(reference).name}'s|" in figure.texts[1].get_text()
    remarks = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert any("compared with NumPy" in words for words in remarks) == bool(others)


def test_an_interrupted_run_explains_what_it_can():
    def progress(counts):
        done, total = counts["numpy"]
        if done == total - 1:  # of the rules between, which come last, one dtype's
            raise KeyboardInterrupt

    asked = {"optimizers": ["adam"], "levels": ["as-written"], "frameworks": ["torch", "numpy"]}
    comparison = explained("bowl", executor=Choosy(lambda _: False), progress=progress, **asked)
    assert comparison.interrupted
    assert set(comparison.explanations()["dtype"]) == {"float32"}


def test_a_gap_with_too_many_factors_is_left_unexplained(monkeypatch):
    monkeypatch.setattr(module, "MOST", 1)
    module.factors.cache_clear()  # what was found with more is kept
    found = explained("bowl", **SOME, levels=["as-written"]).explanations()
    assert set(found["optimizer"]) == {"adagrad"}  # Adam's epsilon stands elsewhere, too, and is another number


def test_rules_between_are_trained_once_for_all_pairs_of_a_task():
    task = replace(TASKS["bowl"], recipes=tuple(r for r in TASKS["bowl"].recipes if r.label in ("sgd", "rmsprop")))
    cells = cells_of([task], ["as-written", "same-numbers"], DTYPES, implementations.FRAMEWORKS, "torch")
    found = intermediate_rules(cells, references(cells, "torch", lambda _: True))
    assert {(one.task, one.dtype, one.framework) for one in found} == {("bowl", dtype, "numpy") for dtype in DTYPES}
    for one in found:
        # rho, epsilon and its place: 2^3 rules from torch to Keras; NumPy's epsilon and Keras's place are among them
        assert len(one.rules) == 8
        assert list(map(canonical, one.rules)) == list(one.rules)


def test_a_comparison_of_one_framework_explains_nothing():
    comparison = explained(frameworks=["numpy"])
    assert comparison.intermediate_rules == ()
    assert comparison.explanations().empty


# --- the cause in the table


CAUSES = {
    "none": ([], None),
    "the largest, whatever its sign": ([("rho", 0.1), ("epsilon", -0.2)], "epsilon"),
    "not rounding": ([("rounding", 9.0), ("rho", 0.0)], "rho"),
    "nothing but rounding": ([("rounding", 9.0)], None),
}


@pytest.mark.parametrize(("causes", "factor"), CAUSES.values(), ids=CAUSES)
def test_the_leading_cause(causes, factor):
    row = leading({"factor": name, "curve": size} for name, size in causes)
    assert (row if row is None else row["factor"]) == factor


CHANGES = {
    "a number": (("rho", "0.9", "0.99"), "rho 0.9, not 0.99"),
    "a word": (("epsilon_position", "inside-root", "outside-root"), "epsilon position inside-root, not outside-root"),
    "two fields at once": (("dampening + nesterov", "0, True", "0.9, False"), "dampening and nesterov"),
    "values too long for a table": (("clip.formula", "x" * 30, "y" * 30), "clip.formula"),
}


@pytest.mark.parametrize(("factor", "words"), CHANGES.values(), ids=CHANGES)
def test_a_cause_has_the_framework_s_value_and_the_source_s(factor, words):
    assert change(*factor) == words


@pytest.mark.parametrize("width", [80, 120])
def test_the_table_names_the_cause_with_its_value_in_the_column_of_its_framework(run, width):
    console = Console(file=StringIO(), width=width)
    for _, table, _ in report.tables(run):
        print_table(console, table)
    lines = [line.rstrip() for line in console.file.getvalue().split("\n")]
    assert max(map(len, lines)) <= width
    keras = next(line for line in lines if "gap of Keras" in line).index("gap of Keras")
    adagrad = next(i for i, line in enumerate(lines) if line.startswith("  adagrad"))
    words = " ".join(line[keras:].strip() for line in lines[adagrad + 1 : adagrad + 3] if not line.startswith("  a"))
    assert words == "learning rate 0.001, not 0.01"
    assert "under a gap: the field of the rule that makes most of it, or the gap's verdict" in report.legend(run)


# --- what it comes to


def test_the_conclusion_is_made_of_the_explanations(run):
    numpy, keras, book, further = run.conclusion()
    assert numpy.startswith("NumPy differs from torch as written in ")
    assert "adagrad (learning rate 0.001, not 0.01)" in keras
    assert "adam (epsilon" in keras
    assert keras.endswith("under the same rule only rounding is left.")
    assert book.startswith("NumPy is the book's code: torch's sgd equals it to ")
    assert "Keras's adam and sgd equal it to " in book
    assert further == "Next: triptych explain regression-20 adagrad"


@pytest.mark.parametrize("everything", [True, False])
def test_rows_in_which_only_rounding_is_left_are_folded(run, everything):
    [(_, table, folded)] = report.tables(run, everything=everything)
    names = [str(cell).strip() for cell in table.columns[0].cells]
    assert ("sgd" in names) == everything
    assert "adagrad" in names
    assert ("same-rule: only rounding is left in all 3 optimizers" in folded) != everything
    assert "--all shows the rows in which only rounding is left" in report.legend(run, folded=True)


def test_a_run_that_diverges_without_a_reason_in_the_rules_has_rounding_alone():
    def outcome(cell, steps, _seeds):
        return a_history(np.full((1, steps), math.inf if cell.framework == "tf" else 1.0, cell.dtype))

    found = a_comparison(a_task(recipes=["sgd"]), outcome=outcome).explanations()
    assert set(found["factor"]) == {"rounding"}
    assert set(found["framework"]) == {"tf"}
    largest = {dtype: math.log10(np.finfo(dtype).max) for dtype in DTYPES}
    assert found["final"].tolist() == pytest.approx([largest[dtype] for dtype in found["dtype"]])


class Bent(Choosy):
    """Gives torch's curves in float32 a bend that no rule makes."""

    def submit(self, function, work, problem):
        future = super().submit(function, work, problem)
        if isinstance(work, Cell) and (work.framework, work.dtype) == ("torch", "float32"):
            history = future.result()
            bent = history.losses * np.where(np.arange(history.losses.shape[1]) < 5, 1, 1.001).astype("float32")
            future = Future()
            future.set_result(replace(history, losses=bent))
        return future


def test_a_curve_that_is_not_its_rule_s_is_unexplained_and_the_one_that_strays_is_named():
    comparison = explained(executor=Bent(lambda _: False), **SOME, levels=["same-rule"])
    gaps = comparison.gaps().set_index(["optimizer", "dtype"])
    assert set(gaps.xs("float32", level="dtype")["verdict"]) == {"unexplained"}
    assert set(gaps.xs("float32", level="dtype")["astray"]) == {"torch"}
    assert set(gaps.xs("float64", level="dtype")["verdict"]) <= {"identical", "rounding"}
    [line] = comparison.unexplained()
    assert line.startswith("torch: 3 gaps are unexplained, the first of sgd, regression-20, same-rule, float32: ")
    assert comparison.mishaps() == [line]
    _, table, _ = next(report.tables(comparison))
    console = Console(file=StringIO(), width=120)
    print_table(console, table)
    assert console.file.getvalue().count("unexplained in torch") == 3
