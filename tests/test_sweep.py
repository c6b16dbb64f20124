"""A sweep: what is kept, what holds, what is written, and going on where it stopped."""

import json
import os
import re
import shutil
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from multiprocessing import active_children

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import comparisons
from comparisons.cli import triptych
from comparisons.names import BadInput
from comparisons.plots.maps import plot_map
from comparisons.plots.render import render
from comparisons.store import CannotWrite, Locked, open_store
from comparisons.store.overview import overviews
from comparisons.sweeps import api
from comparisons.sweeps.block import NEVER, endings, joined, running
from comparisons.sweeps.grids import Grid
from comparisons.sweeps.plan import Plan, blocks_of, bytes_of_replica
from comparisons.sweeps.statistics import decades, intervals, paired, summary_frame
from comparisons.sweeps.words import sentences
from comparisons.tasks import TASKS
from comparisons.tasks.problem import make_problem
from comparisons.training import runner
from comparisons.training.contract import Endings
from comparisons.training.implementations import train

RATES = {"learning_rate": [0.01, 0.1]}
ASKED = {"optimizers": ["sgd", "adam"], "frameworks": ["numpy"], "levels": ["as-written"]}

ONE = ASKED | {"optimizers": ["sgd"]}


@pytest.fixture(scope="module")
def threads():
    with ThreadPoolExecutor(1) as executor:
        yield executor


@pytest.fixture(scope="module")
def swept(threads):
    return comparisons.sweep("regression-20", grid=RATES, seeds=7, executor=threads, **ASKED)


def test_each_line_is_a_training(swept):
    frame = swept.frame()
    assert list(frame) == [
        *("task", "optimizer", "level", "dtype", "framework", "seed", "learning_rate"),
        *("final_loss", "best_loss", "steps_to_target", "diverged_at"),
    ]
    assert len(frame) == 2 * 2 * 7
    for cell in swept.plan.cells:
        problem = make_problem(TASKS["regression-20"], tuple(range(7)), "float32")
        losses = train("numpy", problem, cell.call).losses
        lines = frame[(frame["optimizer"] == cell.optimizer) & (frame["learning_rate"] == cell.point[0])]
        np.testing.assert_array_equal(lines["final_loss"], losses[:, -1])
        np.testing.assert_array_equal(lines["best_loss"], losses.min(axis=1))
        low = losses <= losses[:, :1].astype(float) / 10
        np.testing.assert_array_equal(
            lines["steps_to_target"].astype(float), np.where(low.any(axis=1), low.argmax(axis=1), np.nan)
        )
    assert frame["steps_to_target"].notna().any()
    assert frame["steps_to_target"].isna().any()


def test_what_is_kept_of_losses():
    losses = np.array([[8, 4, 0.5, 2], [8, np.inf, np.nan, 1], [8, 7, 6, 5]], np.float32)
    kept = endings(losses, 1, None, 200)
    np.testing.assert_array_equal(kept.final, [2, 1, 5])
    np.testing.assert_array_equal(kept.best, [0.5, 1, 5])
    np.testing.assert_array_equal(kept.reached_at, [2, NEVER, NEVER])  # 0.8 and below
    np.testing.assert_array_equal(kept.diverged_at, [NEVER, 1, NEVER])
    np.testing.assert_array_equal(endings(losses, 1, 4.0, 200).reached_at, [1, 3, NEVER])
    curves = joined([kept]).curves
    np.testing.assert_array_equal(curves[0], [8, 7, 6, 2])  # the middle one of three, a loss that is not finite highest
    np.testing.assert_array_equal(curves[3:5], losses[[0, 2]])
    np.testing.assert_array_equal(curves[5], [0, 1 / 3, 1 / 3, 0])


def test_where_steps_take_batches_losses_are_means_over_a_tenth_of_them():
    losses = np.arange(100.0)[None]
    means, last = running(losses, 10)
    np.testing.assert_array_equal(last, np.arange(9, 100))
    np.testing.assert_array_equal(means[0], np.arange(9, 100) - 4.5)


def test_an_interval_of_the_median_holds_it_as_often_as_it_says():
    """Of 300 samples of 21 numbers, 95 % hold the median that they are drawn with; a count of 4 deviations is less."""
    found = intervals(np.random.default_rng(1).normal(0.3, 1.0, (300, 21)))
    held = ((found[:, 1] <= 0.3) & (found[:, 2] >= 0.3)).mean()
    assert abs(held - 0.95) < 4 * np.sqrt(0.95 * 0.05 / 300)


def test_intervals_of_what_is_equal_and_of_too_few():
    differences = np.array([[0.25] * 10, [np.nan] * 4 + [1.0] * 6, [np.nan] * 8 + [1.0, 3.0], [np.nan] * 10])
    np.testing.assert_array_equal(intervals(differences), [[0.25] * 3, [1.0] * 3, [2.0, np.nan, np.nan], [np.nan] * 3])


def ended(final, diverged=()):
    """What is kept of seeds that ended so, of which some diverged."""
    final = np.array(final, float)
    never = np.full(len(final), NEVER)
    at = never.copy()
    at[list(diverged)] = 3
    return Endings(first=np.ones(len(final)), final=final, best=final, reached_at=never, diverged_at=at,
                   kept_at=np.arange(2), curves=np.zeros((6, 2)), seconds=0.0)  # fmt: skip


def test_losses_below_rounding_are_equal():
    """Float32's epsilon is 1.2e-7; of a first loss of 1, 1.4e-14 and less is rounding."""
    ours, theirs = ended([1e-3, 1e-20, 1e-20, 1, 1]), ended([1e-4, 1e-30, 0, 1, 2], diverged=[3])
    np.testing.assert_allclose(decades(ours, theirs, "float32"), [1, 0, 0, np.nan, -np.log10(2)], rtol=1e-12)
    np.testing.assert_allclose(decades(ours, theirs, "float64")[:2], [1, 10], rtol=1e-12)


def told(by_rate, frameworks=("torch", "tf"), levels=("same-numbers",)):
    """The sentences and the summary of a sweep of rmsprop, whose endings are given by rate and framework."""
    plan = Plan(
        tasks=(replace(TASKS["regression-20"], recipes=TASKS["regression-20"].recipes[-1:]),),
        grids=(Grid(field="learning_rate", values=tuple(by_rate)),),
        levels=levels,
        dtypes=("float32",),
        frameworks=frameworks,
        seeds=200,
        source="torch",
        target=None,
    )
    kept = {cell.job: by_rate[cell.point[0]][cell.framework] for cell in plan.cells}
    pairs = paired(plan, kept)
    summary = summary_frame(plan, kept, pairs)
    return sentences(plan, pairs, summary), summary


def test_what_holds_is_said():
    spread = 10 ** np.linspace(0.2, 0.4, 200)
    equal = np.full(200, 1e-2)
    higher = {"torch": ended(equal), "tf": ended(equal * spread)}
    same = {"torch": ended(equal), "tf": ended(equal)}
    said, summary = told({1e-4: higher, 1e-3: higher, 1e-2: same, 1e-1: same})
    assert len(said) == 1
    before, after = said[0].split(" (95 % interval 0.29 to 0.31, 200 seeds)")
    assert before == (
        "At same-numbers Keras's rmsprop, next to torch's, ends 0.3 decades higher on average at learning rates up to "
        "0.001"
    )
    assert after == ", and the same at learning rates from 0.01 (in every seed, 200 seeds)."
    keras = summary[summary["framework"] == "tf"]
    np.testing.assert_allclose(keras["difference"], [0.3, 0.3, 0, 0], atol=1e-12)
    assert list(keras["compared_with"]) == ["torch"] * 4
    assert (summary[summary["framework"] == "torch"]["compared_with"] == "").all()


def test_what_cannot_be_told_apart_or_diverges_is_said():
    noise = 10 ** np.random.default_rng(0).normal(0.0, 1.0, 200)
    open_ = {"torch": ended(np.ones(200)), "tf": ended(noise)}
    diverged = {"torch": ended(np.ones(200)), "tf": ended(np.ones(200), diverged=range(200))}
    said, summary = told({1e-2: open_, 1.0: diverged})
    assert "cannot be told apart at learning rate 0.01 (95 % interval -0." in said[0]
    assert said[0].endswith("and has too few seeds that end finite in both to compare at learning rate 1.")
    assert said[1] == "At same-numbers rmsprop diverges at learning rate 1: of 400 trainings each, torch 0, Keras 200."
    assert summary["diverged"].tolist() == [0, 0, 0, 1]


def test_memory_bounds_how_many_are_trained_at_once_and_changes_no_number(swept, threads):
    plan, problems = swept.plan, api.problems_of(swept.plan)
    each = max(bytes_of_replica(problem) for problem in problems.values())
    blocks = blocks_of(plan, plan.jobs, problems, 3 * each)
    assert {(block.at_once, len(block.optimizers)) for block in blocks} == {(3, 1)}
    small = api.run(plan, 3 * each, api.locally(given=threads))
    pd.testing.assert_frame_equal(small.frame(), swept.frame())
    with pytest.raises(BadInput, match="one replica needs"):
        blocks_of(plan, plan.jobs, problems, each // 2)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"seeds": 10**9}, "at most 1,000,000"),
        ({"seeds": 10**6, "grid": {"learning_rate": [i / 1000 for i in range(1, 200)]}}, "100,000,000"),
        ({"grid": {"beta2": [0.9]}}, "unknown field 'beta2'"),  # SGD has none
        ({"grid": {"learning_rate": [-1.0]}}, "learning_rate is -1"),
        ({"levels": ["as-writen"]}, "did you mean 'as-written'"),
        ({"source": "jax"}, "unknown source 'jax'"),
    ],
)
def test_what_is_refused_before_anything_is_made(asked, said):
    with pytest.raises(BadInput, match=said):
        comparisons.sweep("regression-20", **ASKED | asked)


def test_a_sweep_goes_on_where_it_stopped(tmp_path, threads):
    def sweep(out, rates):
        return comparisons.sweep(
            "regression-20", grid={"learning_rate": rates}, seeds=5, out=tmp_path / out, executor=threads, **ONE
        )

    assert not sweep("twice", [0.01, 0.1]).notes
    more = sweep("twice", [0.01, 0.1, 0.5])
    assert more.notes == ("2 of 3 trainings were finished before and are not made again",)
    sweep("once", [0.01, 0.1, 0.5])
    written = [file.name for file in (tmp_path / "once").iterdir() if file.suffix in (".csv", ".png", ".svg")]
    assert len(written) == 3 + 2  # no framework to compare with
    for name in written:
        assert (tmp_path / "twice" / name).read_bytes() == (tmp_path / "once" / name).read_bytes(), name
    assert [
        (one.directory.name, one.sweep, one.state, one.done, one.total, one.seeds) for one in overviews(tmp_path)
    ] == [
        ("once", True, "complete", 3, 3, 5),
        ("twice", True, "complete", 3, 3, 5),
    ]
    line = CliRunner().invoke(triptych, ["list", "--runs", str(tmp_path)]).output.splitlines()[0]
    assert re.fullmatch(r".*once  sweep, complete, 3 of 3 trainings, begun \S+  regression-20; numpy; 5 seeds", line)


def test_a_timeout_is_for_workers_here():
    with pytest.raises(BadInput, match="timeout is for workers here: a cluster ends its own; leave it out"):
        comparisons.sweep("regression-20", grid=RATES, timeout=2.0, scheduler="tcp://127.0.0.1:1", **ONE)


def test_a_clock_that_is_set_back_changes_nothing(tmp_path, monkeypatch, threads):
    """What is finished goes by its key, not by when that was."""

    def sweep(out, progress=None):
        return comparisons.sweep("regression-20", grid=RATES, seeds=300, memory=600_000, out=tmp_path / out,
                                 progress=progress, executor=threads, **ONE)  # fmt: skip

    def interrupt(counts):
        if counts["numpy"][0] == 1:
            raise KeyboardInterrupt

    sweep("once")
    assert len(sweep("twice", interrupt).kept) == 1
    monkeypatch.setattr(time, "time", lambda: 0.0)
    more = sweep("twice")
    assert more.notes == ("1 of 2 trainings were finished before and are not made again",)
    for name in ("sweep.csv", "summary.csv", "curves.csv"):
        assert (tmp_path / "twice" / name).read_bytes() == (tmp_path / "once" / name).read_bytes()


def test_a_call_that_fails_costs_itself_only(monkeypatch, threads):
    from comparisons.training import implementations

    together = implementations.train_together

    def failing(framework, problem, optimizers):
        if any("0.1" in repr(one) for one in optimizers):
            raise ValueError("no such number")
        return together(framework, problem, optimizers)

    monkeypatch.setattr(implementations, "train_together", failing)
    found = comparisons.sweep("regression-20", grid=RATES, seeds=3, executor=threads, **ONE)
    assert found.mishaps() == ["numpy: 1 training failed: ValueError: no such number"]
    assert set(found.frame()["learning_rate"]) == {0.01}


PLAN = """
tasks = ["regression-20"]
optimizers = ["sgd"]
frameworks = ["numpy"]
levels = ["as-written"]
seeds = 3

[grid]
learning_rate = "0.01:0.1:log:2"
"""


def test_the_command_takes_a_file_that_says_the_same(tmp_path):
    """A worker's process is started, as for anybody."""
    (tmp_path / "plan.toml").write_text(PLAN)
    arguments = ["sweep", "--plan", str(tmp_path / "plan.toml"), "--json", "--out", str(tmp_path / "out")]
    ended = CliRunner().invoke(triptych, arguments)
    assert ended.exit_code == 0, ended.output
    found = json.loads(ended.stdout)
    assert found["schema"] == 1
    assert [row["learning_rate"] for row in found["summary"]] == [0.01, 0.1]
    assert len(pd.read_csv(tmp_path / "out" / "sweep.csv")) == 6
    described = json.loads((tmp_path / "out" / "sweep.json").read_text())
    assert described["grids"] == {"learning_rate": [0.01, 0.1]}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("seeds = ", "is not TOML"),
        ("a = " + "[" * 5000, "is not TOML"),
        ('optimiser = "sgd"', "optimiser: Extra inputs"),
        ("seeds = 2.5", "seeds: Input should be a valid integer"),
        ("#" * 2_000_000, "it has 2 MiB, and at most 1 are read"),
        ("[grid]\nlearning_rate = '1:2'", "write LOW:HIGH:log:COUNT"),
    ],
)
def test_a_file_with_mistakes(tmp_path, text, said):
    (tmp_path / "plan.toml").write_text(text)
    ended = CliRunner().invoke(triptych, ["sweep", "--plan", str(tmp_path / "plan.toml")])
    assert ended.exit_code == 2
    assert said in ended.output


@pytest.mark.full
def test_an_estimate_and_a_replay(tmp_path):
    options = ["regression-20", "--optimizer", "adam", "--framework", "numpy", "--grid", "learning_rate=0.01,0.1"]
    options += ["--seeds", "20", "--out", str(tmp_path)]
    estimated = CliRunner().invoke(triptych, ["sweep", *options, "--level", "as-written", "--dry-run", "--json"])
    assert estimated.exit_code == 0, estimated.output
    found = json.loads(estimated.stdout)
    assert (found["cells"], found["trainings"], found["replicas"], found["blocks"]) == (2, 2, 40, 1)
    assert 0 < found["wall"] < 60
    assert not list(tmp_path.glob("*.csv"))
    for more in ([], ["--replay", "17"]):
        ended = CliRunner().invoke(triptych, ["sweep", *options, "--level", "as-written", *more])
        assert ended.exit_code == 0, ended.output
    curves, lines = (pd.read_csv(tmp_path / name) for name in ("replay-17.csv", "sweep.csv"))
    last = curves[curves["step"] == 19].set_index("learning_rate")["loss"]
    of_sweep = lines[lines["seed"] == 17].set_index("learning_rate")["final_loss"]
    np.testing.assert_array_equal(last, of_sweep)  # NumPy's are the same to the bit


def test_a_directory_that_is_taken_away_or_is_another_runs_is_told(tmp_path, threads):
    asked = {"grid": RATES, "seeds": 2, "executor": threads, **ONE}
    with open_store(tmp_path / "busy"), pytest.raises(Locked, match="another run"):
        comparisons.sweep("regression-20", out=tmp_path / "busy", **asked)
    with pytest.raises(CannotWrite, match="was taken away"):
        comparisons.sweep(
            "regression-20", out=tmp_path / "gone", progress=lambda _: shutil.rmtree(tmp_path / "gone"), **asked
        )


def test_a_worker_that_is_stopped_is_named_and_given_up(monkeypatch):
    """It costs the block that it had; another worker makes the rest."""
    monkeypatch.setattr(runner, "SILENT_SECONDS", 0.2)
    told, stopped = [], []

    def stop(counts):
        if not stopped and counts["numpy"][0] == 1:
            stopped.extend(one.pid for one in active_children())
            for pid in stopped:
                os.kill(pid, signal.SIGSTOP)

    rates = {"learning_rate": [0.001 * i for i in range(1, 9)]}
    asked = ONE | {"seeds": 1000, "memory": 3_000_000, "timeout": 3.0}  # each rate is a block
    found = comparisons.sweep("regression-20", grid=rates, progress=stop, silence=told.append, **asked)
    assert len(stopped) == 1
    named = [one.line for one in told if one.stopped]  # without this it is only slow to start
    assert "its worker was stopped by a signal (SIGSTOP), and is given up after 3 s" in named[0]
    assert list(found.failures.values()) == ["no end after 3 s, and its worker was ended"]
    assert len(found.kept) == 7


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf")])
def test_a_timeout_is_some_seconds(seconds):
    with pytest.raises(BadInput, match="timeout is"):
        comparisons.sweep("regression-20", timeout=seconds, **ONE)


def test_pictures_of_what_diverged_say_so(threads):
    asked = {"optimizers": ["sgd"], "frameworks": ["numpy", "torch"], "levels": ["same-rule"], "seeds": 2, "steps": 9}
    found = comparisons.sweep("regression-20", grid={"learning_rate": [1e30, 1e35]}, executor=threads, **asked)
    said = [[text.get_text() for axes in figure.axes for text in axes.texts] for figure in found.figures().values()]
    assert said == [["half of the seeds, or more, diverge"], ["no seed ends finite in both"]]


def test_a_map_of_what_diverged_has_no_scale():
    lines = pd.DataFrame(
        {"level": "same-rule", "framework": "torch", "rate": [1.0, 2.0], "beta": 0.5, "median": np.inf}
    )
    assert len(plot_map(lines, "rate", "beta", "all diverged").axes) == 1


def test_labels_that_are_code_elsewhere_are_drawn_as_they_are(threads):
    """Mathematics to matplotlib, markup to a browser, letters written from the right."""
    label = "x $x_{ <script>alert(1)</script> \\frac{ \u05e9\u05dc\u05d5\u05dd"
    task = replace(TASKS["regression-20"], recipes=(replace(TASKS["regression-20"].recipes[0], label=label),), steps=3)
    asked = {"frameworks": ["numpy"], "levels": ["same-rule"], "seeds": 2, "executor": threads}
    [(name, figure)] = comparisons.sweep(task, **asked).figures().items()
    drawn = render(figure, "svg").decode()
    assert label in figure.get_suptitle().replace("\n", " ")
    assert "<script" not in drawn
    assert re.fullmatch(r"[\w.-]+", name)
