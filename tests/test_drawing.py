"""Two processes that draw: the same pictures, whatever becomes of the second one."""

import multiprocessing
import os
import subprocess
import sys
from concurrent.futures import BrokenExecutor, Executor, Future

import pytest
from synthetic import a_comparison, a_task

import comparisons
from comparisons.plots.render import PICTURE_FORMATS, render
from comparisons.results import drawing
from comparisons.results.drawing import Pictures, drawn
from comparisons.results.files import write

NAMES = ("bowl", "valley", "regression-20", "simple-net")


def a_run(**asked):
    """Four tasks with a recipe of four steps each."""
    return a_comparison(*(a_task(name, ["sgd"]) for name in NAMES), **asked)


@pytest.fixture(scope="module")
def alone():
    """What one process draws."""
    return dict(Pictures(a_run()).of(a_run()))


@pytest.fixture
def rendered_here(monkeypatch):
    """The kinds of the pictures that this process has rendered."""
    kinds = []

    def noted(figure, kind):
        kinds.append(kind)
        return render(figure, kind)

    monkeypatch.setattr(drawing, "render", noted)
    return kinds


@pytest.fixture
def worth_it(monkeypatch):
    monkeypatch.setattr(drawing, "ENOUGH", 1)


def test_one_process_draws_every_task(alone):
    assert list(alone) == list(NAMES)
    assert {kind: picture[:5] for kind, picture in alone["bowl"].items()} == {"png": b"\x89PNG\r", "svg": b"<?xml"}


def both(comparison):
    """What two processes draw."""
    with Pictures(comparison) as pictures:
        pictures.begin(comparison)
        return list(pictures.of(comparison))


def test_two_processes_draw_the_same(alone, worth_it, rendered_here):
    found = both(a_run())
    assert dict(found) == alone
    assert len(found) == len(alone)
    assert len(rendered_here) < len(NAMES) * len(PICTURE_FORMATS)
    assert multiprocessing.active_children() == []


def test_drawing_begins_with_the_tasks_that_are_trained(alone, worth_it, rendered_here):
    with Pictures(a_run()) as pictures:
        for name in NAMES:
            pictures.foresee(a_comparison(a_task(name, ["sgd"])))
        pictures.helper.join()
        assert dict(pictures.of(a_run())) == alone
    assert rendered_here == []


def test_drawing_waits_where_the_whole_comparison_may_have_another_reference(worth_it):
    with Pictures(a_run()) as pictures:
        pictures.foresee(a_comparison(a_task("bowl", ["sgd"]), frameworks=("numpy", "tf")))
        assert not pictures.begun
    assert multiprocessing.active_children() == []


def test_what_cannot_be_drawn_costs_no_training(worth_it, monkeypatch):
    def broken(_):
        raise ValueError("no picture")

    monkeypatch.setattr(drawing, "arrange", broken)
    with Pictures(a_run()) as pictures:
        pictures.foresee(a_run())
        with pytest.raises(ValueError, match="no picture"):
            next(pictures.of(a_run()))


def test_each_task_is_drawn_with_all_its_curves(tmp_path, monkeypatch):
    told = []
    monkeypatch.setattr(Pictures, "foresee", lambda _, comparison: told.append(comparison))
    whole = comparisons.run("bowl", "valley", frameworks=["numpy"], optimizers=["sgd"], steps=2, out=tmp_path)
    assert [comparison.drawable() for comparison in told] == [["bowl"], ["valley"]]
    assert [loss for one in told for loss in one.frame()["loss"]] == whole.frame()["loss"].tolist()


NOT_WORTH_IT = {
    "few recipes": ({"ENOUGH": 5}, {}),
    "many steps": ({"ENOUGH": 1, "TOO_MUCH": 15}, {}),
    "many seeds": ({"ENOUGH": 1, "TOO_MUCH": 31}, {"seeds": 2}),
}


@pytest.mark.parametrize(("limits", "asked"), NOT_WORTH_IT.values(), ids=NOT_WORTH_IT)
def test_where_it_is_not_worth_it_no_process_is_started(monkeypatch, limits, asked):
    for name, limit in limits.items():
        monkeypatch.setattr(drawing, name, limit)
    with Pictures(a_run(**asked)) as pictures:
        pictures.begin(a_run(**asked))
        assert pictures.pool is None
    assert multiprocessing.active_children() == []


class Broken(Executor):
    """One whose process has died: before it was asked, or when it had begun."""

    def __init__(self, *, at_once):
        self.at_once = at_once

    def submit(self, *_):
        if self.at_once:
            raise BrokenExecutor
        begun = Future()
        begun.set_exception(BrokenExecutor())
        return begun


@pytest.mark.parametrize("at_once", [True, False])
def test_what_a_broken_pool_leaves_is_drawn_here(alone, at_once, worth_it, rendered_here, monkeypatch):
    monkeypatch.setattr(drawing, "_second_process", lambda: Broken(at_once=at_once))
    assert dict(both(a_run())) == alone
    assert len(rendered_here) == len(NAMES) * len(PICTURE_FORMATS)


def test_a_process_killed_while_it_draws_costs_no_picture(alone, worth_it):
    with Pictures(a_run()) as pictures:
        pictures.begin(a_run())
        [process] = multiprocessing.active_children()
        process.kill()
        assert dict(pictures.of(a_run())) == alone


def test_ctrl_c_keeps_what_is_drawn_and_ends_the_other_process(tmp_path, worth_it, monkeypatch):
    def interrupted(picture):
        if picture.task.name == "valley":
            raise KeyboardInterrupt
        return drawn(picture)

    monkeypatch.setattr(Pictures, "_help", lambda *_: None)  # the other process is not fast enough
    monkeypatch.setattr(drawing, "drawn", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(a_run(), tmp_path)
    assert sorted(path.name for path in (tmp_path / "plots").iterdir()) == ["bowl.png", "bowl.svg"]
    assert (tmp_path / "losses.csv").exists()
    assert multiprocessing.active_children() == []


SCRIPT = """
import sys
import comparisons
from comparisons.results import drawing

drawing.ENOUGH = 1
print("once")
comparisons.run("bowl", "simple-net", frameworks=["numpy"], optimizers=["sgd"], steps=2, out=sys.argv[1])
"""


def test_a_script_needs_no_guard_around_its_main_part(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, script, tmp_path], capture_output=True, text=True, env=environment)
    assert (done.stdout, done.stderr, done.returncode) == ("once\n", "", 0)
    assert len(list((tmp_path / "plots").iterdir())) == 2 * len(PICTURE_FORMATS)
