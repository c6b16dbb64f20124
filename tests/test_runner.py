"""Cells and their trainings: with stand-ins for an implementation that die, hang and raise in real workers."""

from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from dataclasses import replace
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from textwrap import dedent, indent
from threading import Thread
from time import sleep, time

import numpy as np
import pytest
from synthetic import a_history

from comparisons.frameworks import FRAMEWORKS
from comparisons.names import DTYPES, LEVELS
from comparisons.tasks import TASKS
from comparisons.tasks.problem import make_problem
from comparisons.training import runner
from comparisons.training.cells import Failure, cells_of
from comparisons.training.runner import ATTEMPTS, HANG_SECONDS, train_all
from comparisons.training.workers import Workers

STAND_IN = """
import os, signal, sys, time
from pathlib import Path

import numpy as np

from comparisons.training.contract import History

HERE = Path(__file__).parent


def note(what):
    with (HERE / what).open("a") as file:
        file.write(f"{{os.getpid()}}\\n")


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def hang():
    note("hangs")
    time.sleep(3600)


note("starts")
{at_import}


def train(problem, call):
{at_training}
    losses = np.zeros((problem.replicas, problem.task.steps))
    return History(losses=losses, metrics={{}}, measured_at=np.array([]), path=None, params={{}},
                   seconds_setup=0.0, seconds_training=0.0)
"""
FOUR = ("sgd", "momentum", "adagrad", "adam")
TASK = replace(TASKS["bowl"], steps=2, recipes=tuple(r for r in TASKS["bowl"].recipes if r.label in FOUR))
CELLS = cells_of([TASK], ["as-written"], ["float32"], ["torch", "tf"], "torch")
PROBLEMS = {(TASK.name, dtype): make_problem(TASK, (0,), dtype) for dtype in DTYPES}


def notes(package, what):
    """The processes that noted it, in order."""
    file = package / what
    return file.read_text().split() if file.exists() else []


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    """Write an implementation; workers find it before the real one, as they have this process's sys.path."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(framework, at_import="", at_training="pass"):
        package = tmp_path / f"{framework}_impl"
        package.mkdir()
        (package / "__init__.py").touch()
        code = STAND_IN.format(at_import=dedent(at_import), at_training=indent(dedent(at_training), "    "))
        (package / "train.py").write_text(code)
        return package

    return write


@pytest.fixture
def quick_clock(tmp_path, monkeypatch):
    """Hours go by while a worker hangs, and no time otherwise."""
    seconds = count(step=HANG_SECONDS)

    def hanging():
        hung = [Path("/proc", process) for process in notes(tmp_path / "torch_impl", "hangs")]
        return (
            any(process.exists() for process in hung) and time() - (tmp_path / "torch_impl/hangs").stat().st_mtime > 0.3
        )

    now = 0.0

    def clock():
        nonlocal now
        now = next(seconds) if hanging() else now
        return now

    monkeypatch.setattr(runner, "monotonic", clock)
    monkeypatch.setattr(runner, "LONGEST_WAIT", 0.05)


# What the stand-in for torch does, on which calls; the recipes that fail for it, the reason, how often it starts.
MISHAPS = {
    "dies at import": ("die()", "pass", FOUR, "its worker died", 3),
    "dies at every training": ("", "die()", FOUR, "its worker died", 3),
    "dies at one training": ("", "if 'Adagrad' in call.code(): die()", ("adagrad",), "died 2 times in a row", 3),
    "dies at the first": ("", "if 'momentum=0.0' in call.code(): die()", ("sgd",), "died 2 times in a row", 3),
    "dies at the last": ("", "if 'Adam(' in call.code(): die()", ("adam",), "died 2 times in a row", 2),
    "dies once": ("", "if 'Adagrad' in call.code() and not (HERE / 'dead').exists(): note('dead'); die()", (), "", 2),
    "dies at two": ("", "if 'Adagrad' in call.code() or 'momentum=0.0' in call.code(): die()",
                    ("sgd", "adagrad"), "died 2 times in a row", 5),
    "cannot be imported": ("import no_such_module", "pass", FOUR, "ModuleNotFoundError: No module named", 1),
    "raises": ("", "if 'Adam(' in call.code(): raise ValueError('no\\n  luck')", ("adam",), "ValueError: no luck", 1),
    "raises what cannot be pickled": ("class Odd(Exception):\n def __init__(self, a, b): super().__init__(a + b)",
                                      "raise Odd('o', 'dd')", FOUR, "Odd: odd", 1),
    "exits": ("", "sys.exit('out')", FOUR, "SystemExit: out", 1),
    "returns what cannot be pickled": ("", "return lambda: None", FOUR, "Can't pickle", 1),
}  # fmt: skip
HANGS = {
    "at import": ("hang()", "pass", FOUR, 2),
    "at one training": ("", "if 'Adagrad' in call.code(): hang()", ("adagrad",), 2),
    "at every training": ("", "hang()", FOUR, 2),
}


def reasons(cells, outcomes):
    """Why cells failed, by framework and recipe."""
    assert outcomes.keys() == {cell.job for cell in cells}
    failed = [cell for cell in cells if isinstance(outcomes[cell.job], Failure)]
    return {(cell.framework, cell.optimizer): outcomes[cell.job].reason for cell in failed}


@pytest.mark.parametrize(("at_import", "at_training", "failed", "reason", "starts"), MISHAPS.values(), ids=MISHAPS)
def test_a_framework_in_trouble_fails_its_own_cells_only(stand_in, at_import, at_training, failed, reason, starts):
    troubled, well = stand_in("torch", at_import, at_training), stand_in("tf")
    told = reasons(CELLS, dict(train_all(CELLS, PROBLEMS, Workers())))
    assert told.keys() == {("torch", label) for label in failed}
    assert all(reason in line and "\n" not in line for line in told.values())
    assert (len(set(notes(troubled, "starts"))), len(set(notes(well, "starts")))) == (starts, 1)


@pytest.mark.parametrize(("at_import", "at_training", "failed", "starts"), HANGS.values(), ids=HANGS)
def test_a_worker_that_hangs_is_ended(stand_in, quick_clock, at_import, at_training, failed, starts):
    package = stand_in("torch", at_import, at_training)
    told = reasons(CELLS[::2], dict(train_all(CELLS[::2], PROBLEMS, Workers())))
    expected = f"no end after {HANG_SECONDS:g} s, and its worker was ended"
    assert told == {("torch", label): expected for label in failed}
    assert len(notes(package, "starts")) == starts
    assert not any(Path("/proc", process).exists() for process in notes(package, "starts"))


@pytest.mark.parametrize(
    ("logs", "pointer"), [(True, "; its last words are in {logs}/torch.log"), (False, "")], ids=["logs", "no logs"]
)
def test_a_death_points_to_the_log_if_there_is_one(stand_in, tmp_path, logs, pointer):
    stand_in("torch", at_training="print('ouch', file=sys.stderr, flush=True); die()")
    outcomes = train_all(CELLS[::2][:1], PROBLEMS, Workers(logs=tmp_path if logs else None))
    expected = f"its worker died {ATTEMPTS} times in a row" + pointer.format(logs=tmp_path)
    assert [outcome.reason for _, outcome in outcomes] == [expected]
    assert [log.read_text() for log in tmp_path.glob("*.log")] == ["ouch\n" * ATTEMPTS] * logs


def test_the_log_has_the_traceback_of_an_exception(stand_in, tmp_path):
    stand_in("torch", at_training="raise ValueError('no luck')")
    list(train_all(CELLS[::2], PROBLEMS, Workers(logs=tmp_path)))
    log = (tmp_path / "torch.log").read_text()
    assert log.count("Traceback") == len(FOUR)
    assert "bowl: torch.optim.Adam(" in log


def test_leaving_early_ends_the_workers(stand_in, tmp_path):
    stand_in("torch", at_training="if 'Adam' in call.code(): hang()")
    stand_in("tf")
    workers = Workers()
    outcomes = train_all(CELLS, PROBLEMS, workers)
    next(outcomes)
    processes = [process for pool in workers.running.values() for process in pool._processes.values()]
    outcomes.close()
    assert len(processes) == 2
    assert not any(process.is_alive() for process in processes)
    assert workers.running == {}


class Recorder(Executor):
    """Does nothing with what it is given but answer the first call."""

    def __init__(self):
        self.futures = []

    def submit(self, *_):
        self.futures.append(Future())
        if len(self.futures) == 1:
            self.futures[0].set_result(a_history(np.zeros((1, TASK.steps))))
        return self.futures[-1]


def test_leaving_early_takes_back_what_another_s_executor_has_not_begun():
    given = Recorder()
    outcomes = train_all(CELLS, PROBLEMS, Workers(given=given))
    next(outcomes)
    outcomes.close()
    assert len(given.futures) == len(CELLS)
    assert all(future.cancelled() for future in given.futures[1:])


@pytest.mark.parametrize("workers", [1, 2])
def test_another_s_pool_that_breaks_fails_all_cells(stand_in, workers):
    stand_in("torch", at_training="die()")
    stand_in("tf")
    with ProcessPoolExecutor(workers, get_context("spawn")) as given:
        outcomes = dict(train_all(CELLS, PROBLEMS, Workers(given=given)))
    assert outcomes.keys() == {cell.job for cell in CELLS}
    failed = [outcome.reason for outcome in outcomes.values() if isinstance(outcome, Failure)]
    assert len(failed) >= len(FOUR)
    assert all(reason.startswith("its worker died") for reason in failed)


class Breaking(Executor):
    """Ends its futures one after the other, as a pool does whose process died; one cancelled is in its way."""

    def __init__(self):
        self.futures = []

    def submit(self, *_):
        self.futures.append(Future())
        if len(self.futures) == len(CELLS):
            Thread(target=self.breaks).start()
        elif len(self.futures) > len(CELLS):
            raise BrokenExecutor
        return self.futures[-1]

    def breaks(self):
        for future in self.futures[: len(CELLS)]:
            future.set_exception(BrokenExecutor())
            sleep(0.05)


def test_what_a_breaking_pool_still_has_to_end_is_left_to_it():
    given = Breaking()
    outcomes = dict(train_all(CELLS, PROBLEMS, Workers(given=given)))
    assert len(outcomes) == len(CELLS)
    assert not any(future.cancelled() for future in given.futures)


class Closed(Executor):
    """One that somebody has shut down."""

    def submit(self, *_):
        raise RuntimeError("cannot schedule new futures after shutdown")


def test_an_executor_that_takes_no_calls_fails_all_cells():
    outcomes = dict(train_all(CELLS, PROBLEMS, Workers(given=Closed())))
    assert len(outcomes) == len(CELLS)
    assert all("its worker died" in outcome.reason for outcome in outcomes.values())


class Late(Executor):
    """Answers in the other order, and not at once."""

    def __init__(self):
        self.futures = []

    def submit(self, *_):
        self.futures.append(Future())
        if len(self.futures) == len(CELLS):
            for future in reversed(self.futures):
                future.set_result(a_history(np.zeros((1, TASK.steps))))
        return self.futures[-1]


def test_answers_may_come_in_any_order():
    outcomes = dict(train_all(CELLS, PROBLEMS, Workers(given=Late())))
    assert outcomes.keys() == {cell.job for cell in CELLS}


def test_cells_cover_every_combination_the_frameworks_innermost():
    cells = cells_of([TASK], LEVELS, DTYPES, FRAMEWORKS, "torch")
    assert [(c.task, c.optimizer, c.level, c.dtype, c.framework) for c in cells] == [
        (TASK.name, recipe.label, level, dtype, framework)
        for recipe in TASK.recipes
        for level in LEVELS
        for dtype in DTYPES
        for framework in FRAMEWORKS
    ]
    assert all(cell.call.framework == cell.framework for cell in cells if cell.level != "same-rule")


def test_cells_with_the_same_call_are_one_training(stand_in):
    package = stand_in("torch", at_training="note('trainings')")
    cells = cells_of([TASK], LEVELS, DTYPES, ["torch"], "torch")  # torch fills in its numbers and follows its rule
    outcomes = list(train_all(cells, PROBLEMS, Workers()))
    assert len(cells) == len(LEVELS) * len(outcomes) == len(LEVELS) * len(notes(package, "trainings"))
    assert {cell.job for cell in cells} == dict(outcomes).keys()


def test_nothing_to_train_is_no_trouble():
    assert list(train_all([], {}, Workers())) == []
