"""Two processes that draw: the same pictures, whatever becomes of the second one."""

import multiprocessing
import os
import subprocess
import sys
from concurrent.futures import BrokenExecutor, Executor, Future

import pytest
from synthetic import a_comparison, a_task

from comparisons.plots.render import PICTURE_FORMATS, render
from comparisons.results import drawing
from comparisons.results.drawing import Pictures, drawn, helper
from comparisons.results.files import write

NAMES = ("bowl", "valley", "regression-20", "simple-net")


def a_run(**asked):
    """Four tasks with a recipe of four steps each."""
    return a_comparison(*(a_task(name, ["sgd"]) for name in NAMES), **asked)


@pytest.fixture(scope="module")
def alone():
    """What one process draws."""
    return dict(Pictures(a_run(), None))


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


def test_two_processes_draw_the_same(alone, worth_it, rendered_here):
    with helper(a_run()) as pool:
        both = list(Pictures(a_run(), pool))
    assert dict(both) == alone
    assert len(both) == len(alone)
    assert 0 < len(rendered_here) < len(NAMES) * len(PICTURE_FORMATS)
    assert multiprocessing.active_children() == []


NOT_WORTH_IT = {
    "few recipes": ({"ENOUGH": 5}, {}),
    "many steps": ({"ENOUGH": 1, "TOO_MUCH": 15}, {}),
    "many seeds": ({"ENOUGH": 1, "TOO_MUCH": 31}, {"seeds": 2}),
}


@pytest.mark.parametrize(("limits", "asked"), NOT_WORTH_IT.values(), ids=NOT_WORTH_IT)
def test_where_it_is_not_worth_it_no_process_is_started(monkeypatch, limits, asked):
    for name, limit in limits.items():
        monkeypatch.setattr(drawing, name, limit)
    with helper(a_run(**asked)) as pool:
        assert pool is None
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
def test_what_a_broken_pool_leaves_is_drawn_here(alone, at_once, rendered_here):
    assert dict(Pictures(a_run(), Broken(at_once=at_once))) == alone
    assert len(rendered_here) == len(NAMES) * len(PICTURE_FORMATS)


def test_a_process_killed_while_it_draws_costs_no_picture(alone, worth_it):
    with helper(a_run()) as pool:
        [process] = multiprocessing.active_children()
        process.kill()
        assert dict(Pictures(a_run(), pool)) == alone


def test_ctrl_c_keeps_what_is_drawn_and_ends_the_other_process(tmp_path, worth_it, monkeypatch):
    def interrupted(curves):
        if curves.task.name == "valley":
            raise KeyboardInterrupt
        return drawn(curves)

    monkeypatch.setattr(drawing, "AHEAD", 0)  # the other process is not fast enough
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
