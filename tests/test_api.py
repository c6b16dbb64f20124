"""Comparisons run from Python: what is asked for, what is refused, and any executor in the place of ours."""

import math
import multiprocessing
import os
import re
import signal
import subprocess
import sys
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from synthetic import a_comparison, a_curve, a_full_history, a_history, a_task

import comparisons
from comparisons.analysis.summary import PANEL
from comparisons.faithful.examine import examine
from comparisons.frameworks import installed
from comparisons.names import DTYPES, LEVELS, BadInput
from comparisons.rules.recipe import Recipe
from comparisons.running.asked import NoFramework
from comparisons.store.place import CannotWrite
from comparisons.tasks import EXAMPLES, TASKS
from comparisons.training import implementations
from comparisons.training.cells import Failure

NAN, INF = math.nan, math.inf
TASK = a_task("bowl", steps=3)
ASKED = {"frameworks": ["numpy", "torch"], "seeds": 2}


@pytest.fixture(scope="module")
def trained():
    return comparisons.run(TASK, **ASKED)


def test_all_that_was_asked_for_is_trained(trained):
    frame = trained.frame()
    assert (trained.failures(), trained.mishaps(), trained.interrupted) == ([], [], False)
    assert {name: set(frame[name]) for name in ("level", "dtype", "framework", "optimizer", "seed", "step")} == {
        "level": set(LEVELS),
        "dtype": set(DTYPES),
        "framework": {"numpy", "torch"},
        "optimizer": {"sgd", "adam"},
        "seed": {0, 1},
        "step": {0, 1, 2},
    }
    assert not frame.duplicated(["optimizer", "level", "dtype", "framework", "seed", "step"]).any()
    assert set(trained.gaps()["status"]) == {"ok"}
    assert len(trained.timings()) == 2 * len(LEVELS) * 2 * 2


def test_all_start_from_the_same_loss(trained):
    first = trained.aligned().query("step == 0")
    assert (first["numpy"] == 5).all()
    assert (first["torch"] == 5).all()


EXECUTORS = {
    "threads": lambda: ThreadPoolExecutor(4),
    "one thread": lambda: ThreadPoolExecutor(1),
    "processes": lambda: ProcessPoolExecutor(1, multiprocessing.get_context("spawn")),
}


@pytest.mark.parametrize("make", EXECUTORS.values(), ids=EXECUTORS)
def test_any_executor_trains_the_same_curves_and_is_left_running(trained, make):
    with make() as executor:
        pd.testing.assert_frame_equal(comparisons.run(TASK, **ASKED, executor=executor).frame(), trained.frame())
        assert executor.submit(int, 1).result() == 1


class Quick(Executor):
    """Trains nothing, and holds nothing: every call is answered at once."""

    def submit(self, function, _, given):
        future, problem = Future(), given
        if function is examine:
            future.set_result([None] * len(given))
            return future
        future.set_result(a_history(np.zeros((problem.replicas, problem.task.steps))))
        return future


def quickly(*tasks, **asked):
    return comparisons.run(*tasks, executor=Quick(), **asked)


def test_nothing_given_means_everything():
    comparison = quickly(steps=1)
    assert [task.name for task in comparison.tasks] == list(TASKS)
    assert comparison.frameworks == frameworks_installed()
    assert {cell.level for cell in comparison.cells} == set(LEVELS)
    assert {cell.dtype for cell in comparison.cells} == set(DTYPES)


def frameworks_installed():
    return tuple(name for name in implementations.FRAMEWORKS if not installed.missing(name))


CHOICES = {
    "tasks, in the order given": (("valley", "bowl"), {}, lambda c: [t.name for t in c.tasks] == ["valley", "bowl"]),
    "steps": (("bowl",), {"steps": 7}, lambda c: set(c.frame()["step"]) == set(range(7))),
    "seeds": (("bowl",), {"seeds": 3}, lambda c: set(c.frame()["seed"]) == {0, 1, 2}),
    "an optimizer": (("bowl",), {"optimizers": ["adam"]}, lambda c: set(c.frame()["optimizer"]) == {"adam"}),
    "a label": (("valley", "bowl"), {"optimizers": ["sgd-exploding"]}, lambda c: len(c.tasks) == 1),
    "all labels of an optimizer": (("valley",), {"optimizers": ["sgd"]}, lambda c: len(c.tasks[0].recipes) == 3),
    "a level": (("bowl",), {"levels": ["as-written"]}, lambda c: set(c.frame()["level"]) == {"as-written"}),
    "no level means all": (("bowl",), {"levels": []}, lambda c: set(c.frame()["level"]) == set(LEVELS)),
    "a dtype": (("bowl",), {"dtypes": ["float64"]}, lambda c: set(c.frame()["dtype"]) == {"float64"}),
    "a framework twice": (("bowl",), {"frameworks": ["tf", "tf"]}, lambda c: c.frameworks == ("tf",)),
    "the source": (("bowl",), {"source": "tf"}, lambda c: set(c.gaps()["source"]) == {"tf"}),
    "a source that is not run": (
        ("bowl",), {"source": "torch", "frameworks": ["numpy", "tf"]}, lambda c: set(c.gaps()["source"]) == {"numpy"}
    ),
    "no such optimizer in the source": (
        ("two-layer-net",), {"optimizers": ["lion"]},
        lambda c: dict(zip(c.gaps()["level"], c.gaps()["source"], strict=True)) ==
        {"as-written": "numpy", "same-numbers": "numpy", "same-rule": "torch"},
    ),
    "no such optimizer, and no curve of it": (
        ("two-layer-net",), {"optimizers": ["lion"], "frameworks": ["torch"]}, lambda c: len(c.timings()) == 2
    ),
    "an example": (("linear-sigmoid",), {}, lambda c: c.tasks[0].name == "linear-sigmoid"),
    "a path": ((EXAMPLES["wine"],), {}, lambda c: c.tasks[0].name == "wine"),
}  # fmt: skip


@pytest.mark.parametrize(("tasks", "asked", "holds"), CHOICES.values(), ids=CHOICES)
def test_choices(monkeypatch, tasks, asked, holds):
    monkeypatch.chdir(Path(__file__).parent.parent)
    assert holds(quickly(*tasks, **{"steps": 2} | asked))


def a_recipe(**given):
    return lambda: quickly(replace(TASK, recipes=(Recipe(optimizer="adam", **given),)))


COUNT, RATE = "; it must be a whole number, at least 1", "; it must be a finite number above 0"
REFUSED = {
    "unknown task": (lambda: quickly("bowll"), "unknown task 'bowll'; did you mean 'bowl'?"),
    "task that is like no other": (lambda: quickly("x"), "unknown task 'x' (known: bowl, valley,"),
    "task twice": (lambda: quickly("bowl", "bowl"), "task 'bowl' is given twice"),
    "task twice, once as a record": (lambda: quickly("bowl", TASK), "task 'bowl' is given twice"),
    "no such file": (lambda: quickly("nowhere/my.toml"), "nowhere/my.toml: there is no such file"),
    "optimizer": (lambda: quickly("bowl", optimizers=["adan"]), "unknown optimizer 'adan'; did you mean 'adam'?"),
    "optimizer of no task": (lambda: quickly(TASK, optimizers=["rmsprop"]), "no task chosen has a recipe for rmsprop"),
    "optimizer that no framework asked for has": (
        lambda: quickly("two-layer-net", optimizers=["lion"], frameworks=["torch"], levels=["as-written"]),
        "no lion in torch; add the level same-rule or another framework",
    ),
    "framework": (lambda: quickly(frameworks=["troch"]), "unknown framework 'troch'; did you mean 'torch'?"),
    "level": (lambda: quickly(levels=["same-number"]), "unknown level 'same-number'; did you mean 'same-numbers'?"),
    "dtype": (lambda: quickly(dtypes=["float46"]), "unknown dtype 'float46'; did you mean 'float64'?"),
    "source": (lambda: quickly(source="nunpy"), "unknown source 'nunpy'; did you mean 'numpy'?"),
    "text for a list": (lambda: quickly(dtypes="tf"), "dtypes is 'tf'; it must be a list, such as ['tf']"),
    "no steps": (lambda: quickly(steps=0), "steps is 0" + COUNT),
    "negative steps": (lambda: quickly(steps=-3), "steps is -3" + COUNT),
    "part of a step": (lambda: quickly(steps=2.5), "steps is 2.5" + COUNT),
    "no seeds": (lambda: quickly(seeds=0), "seeds is 0" + COUNT),
    "negative seeds": (lambda: quickly(seeds=-1), "seeds is -1" + COUNT),
    "seeds as a float": (lambda: quickly(seeds=1.0), "seeds is 1.0" + COUNT),
    "learning rate below 0": (a_recipe(learning_rate=-0.1), "adam: learning_rate is -0.1" + RATE),
    "learning rate 0": (a_recipe(learning_rate=0), "adam: learning_rate is 0" + RATE),
    "learning rate NaN": (a_recipe(learning_rate=NAN), "adam: learning_rate is nan" + RATE),
    "learning rate infinite": (a_recipe(learning_rate=INF), "adam: learning_rate is inf" + RATE),
    "learning rate as text": (
        a_recipe(learning_rate="0.1"),
        "adam: learning_rate is '0.1'; it must be a finite number above 0",
    ),
    "momentum of adam": (a_recipe(momentum=0.9), "adam: unknown hyperparameter 'momentum'"),
    "batch": (
        lambda: quickly(replace(TASKS["two-layer-net"], batch=10_000)),
        "task 'two-layer-net': batch is 10000 but the data has",
    ),
}


@pytest.mark.parametrize(("ask", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_done_is_refused_in_one_line(ask, words):
    with pytest.raises(BadInput, match=re.escape(words)) as told:
        ask()
    assert "\n" not in str(told.value)


def test_nothing_is_written_for_what_is_refused(tmp_path):
    with pytest.raises(BadInput):
        quickly("bowll", out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_no_worker_is_left_of_what_is_refused_late():
    with pytest.raises(BadInput, match="lower batch"):
        comparisons.run(replace(TASKS["two-layer-net"], batch=10_000), frameworks=["numpy"])
    assert multiprocessing.active_children() == []


def test_a_place_that_cannot_be_written_to_is_refused_before_anything_is_trained(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(CannotWrite, match="file/run"):
        comparisons.run(TASK, executor=None, out=tmp_path / "file" / "run", progress=pytest.fail)


def test_a_worker_killed_in_mid_run_costs_nothing(trained):
    killed = []

    def kill(counts):
        if counts["numpy"][0] == 1 and not killed:
            [worker] = multiprocessing.active_children()
            os.kill(worker.pid, signal.SIGKILL)
            killed.append(worker)

    comparison = comparisons.run(TASK, **ASKED | {"frameworks": ["numpy"]}, progress=kill)
    assert killed
    assert comparison.failures() == []
    assert comparison.aligned()["numpy"].equals(trained.aligned()["numpy"])


def test_progress_is_told_from_none_to_all():
    seen = []
    quickly(TASK, frameworks=["numpy", "torch"], progress=seen.append)
    # Cells with the same call are one training: SGD's in NumPy, and all of torch's, whose numbers and rule are taken.
    # In NumPy there are, in each dtype, the runs that judge the gaps and the rules between the two Adams, too.
    assert seen[0] == {"numpy": (0, 12), "torch": (0, 4)}
    assert seen[-1] == {"numpy": (12, 12), "torch": (4, 4)}
    assert len(seen) == 1 + 12 + 4


@pytest.fixture
def without(monkeypatch):
    """Hide packages from the search for installed ones."""

    def hide(*packages):
        found = installed.find_spec
        monkeypatch.setattr(installed, "find_spec", lambda name: None if name in packages else found(name))

    return hide


def test_a_missing_framework_is_left_out(without):
    without("torch", "keras")
    comparison = quickly(TASK)
    assert (comparison.frameworks, comparison.failures()) == (("numpy",), [])


def test_a_missing_framework_asked_for_costs_its_own_cells(without):
    without("torch")
    comparison = quickly(TASK, frameworks=["torch", "numpy"])
    failures = comparison.failures()
    assert {cell.framework for cell, _ in failures} == {"torch"}
    assert {reason for _, reason in failures} == {'torch not installed; pip install "torch>=2.13,<2.14"'}
    assert set(comparison.gaps()["source"]) == {"numpy"}
    assert comparison.mishaps() == ['torch: 12 cells failed: torch not installed; pip install "torch>=2.13,<2.14"']


TF = 'pip install "tensorflow>=2.21,<2.22" "keras>=3.15,<3.16"'


@pytest.mark.parametrize(
    ("hidden", "asked", "lines"),
    [
        (("numpy", "torch", "tensorflow", "keras"), (), [
            'numpy cannot run: numpy not installed; pip install "numpy>=2.4,<3"',
            'torch cannot run: torch not installed; pip install "torch>=2.13,<2.14"',
            f"tf cannot run: tensorflow and keras not installed; {TF}",
        ]),
        (("keras",), ("tf",), [f"tf cannot run: keras not installed; {TF}"]),
    ],
    ids=["of all", "of those asked for"],
)  # fmt: skip
def test_no_usable_framework(without, hidden, asked, lines):
    without(*hidden)
    with pytest.raises(NoFramework) as told:
        quickly(TASK, frameworks=asked)
    assert str(told.value).split("\n") == lines


def test_ctrl_c_keeps_what_is_finished(tmp_path):
    def progress(counts):
        if counts["numpy"][0] == 3:
            raise KeyboardInterrupt

    comparison = quickly(TASK, frameworks=["numpy"], source="numpy", out=tmp_path, progress=progress)
    assert comparison.interrupted
    assert len(comparison.outcomes) == 3
    assert comparison.mishaps() == ["interrupted: 3 of 12 cells were not trained; run again for them"]
    assert len(pd.read_csv(tmp_path / "losses.csv")) == (12 - 3) * TASK.steps


SCRIPT = """
import comparisons

print("once")
print(len(comparisons.run("bowl", frameworks=["numpy"], optimizers=["sgd"], steps=2).frame()))
"""


def test_a_script_needs_no_guard_around_its_main_part(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, env=environment)
    assert (done.stdout, done.stderr, done.returncode) == ("once\n12\n", "", 0)


LIGHT = """
import sys
import comparisons
heavy = {"numpy", "pandas", "matplotlib", "torch", "tensorflow", "keras", "sklearn", "rich", "pydantic"}
print(sorted(heavy & sys.modules.keys()))
"""


def test_importing_the_package_loads_nothing_heavy():
    done = subprocess.run([sys.executable, "-c", LIGHT], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_package_has_what_it_lists_and_nothing_else():
    assert [getattr(comparisons, name).__name__ for name in comparisons.__all__] == comparisons.__all__
    with pytest.raises(AttributeError, match="no attribute 'runn'"):
        _ = comparisons.runn


def failing(cell, steps, seeds):
    return (
        Failure(reason="a < b & no luck")
        if cell.task == "valley" or cell.framework == "tf"
        else a_curve(cell, steps, seeds)
    )


def test_a_notebook_shows_mishaps_gaps_and_the_tasks_that_have_curves():
    html = a_comparison(a_task("bowl"), a_task("valley"), outcome=failing)._repr_html_()
    assert "<p>tf: 24 cells failed: a &lt; b &amp; no luck</p>" in html
    assert re.findall('<img alt="([a-z]*)" [^>]*src="data:image/png;base64,iVBOR', html) == ["bowl"]


def test_what_a_notebook_shows_is_well_formed_and_not_cut_before_the_verdict():
    task = a_task("bowl", recipes=["sgd"])
    task = replace(task, title="a < b", recipes=(replace(task.recipes[0], label='<b>&"</b>'),))
    page = ElementTree.fromstring(a_comparison(task)._repr_html_())
    headings = [cell.text for cell in page.iter("th")]
    assert headings == [*PANEL, "verdict", "cause", *DTYPES]
    rows = [[cell.text for cell in row.iter("td")] for row in page.iter("tr")][1:]
    names = ["bowl", '<b>&"</b>', "as-written", "tf", "torch"]
    assert rows[0] == [*names, "rounding and unexplained", "unexplained", "9.537e-07", "1e-06"]
    assert [image.get("alt") for image in page.iter("img")] == ["bowl"]


def test_a_notebook_shows_a_comparison_that_failed_altogether():
    assert "<img" not in a_comparison(outcome=lambda *_: Failure(reason="no luck"))._repr_html_()


def test_a_comparison_prints_as_a_short_summary():
    comparison = a_comparison(frameworks=("numpy", "torch"))
    assert repr(comparison).split("\n") == [
        "NumPy, torch: sgd, adam on bowl; as-written, same-numbers, same-rule; float32, float64; 1 seed",
        "Keras was not compared",
        "NumPy equals torch as written and with the same numbers and under the same rule, rounding aside.",
        "NumPy is the book's code: torch's sgd and adam equal it to the last bit in float64.",
    ]
    assert len(repr(a_comparison(*TASKS.values()))) < 2000


def test_a_figure_shows_itself_where_no_backend_of_matplotlib_was_chosen():
    assert a_comparison().plot()._repr_png_().startswith(b"\x89PNG")


def test_plot_wants_a_task_when_there_are_several():
    comparison = a_comparison(a_task("bowl"), a_task("valley"))
    assert comparison.plot("valley").get_axes()
    with pytest.raises(BadInput, match="say which task to plot: bowl, valley"):
        comparison.plot()
    with pytest.raises(BadInput, match="unknown task 'vally'; did you mean 'valley'"):
        comparison.plot("vally")
    assert a_comparison().plot().get_axes()


@pytest.mark.parametrize("name", ["frame", "aligned", "gaps", "metrics", "paths"])
def test_frames_are_the_caller_s_to_change(name):
    comparison = a_comparison(outcome=a_full_history)
    before = getattr(comparison, name)().copy()
    changed = getattr(comparison, name)()
    changed["task"] = "mine"
    pd.testing.assert_frame_equal(getattr(comparison, name)(), before)
