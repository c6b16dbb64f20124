import json
from dataclasses import replace
from importlib import import_module
from io import StringIO
from math import prod
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from parallel import DTYPES, TRAIN
from rich.console import Console

from comparisons import bench as benchmarks
from comparisons.bench import (
    bench,
    drop_ins,
    memory,
    overhead,
    page,
    recording,
    replicas,
    startup,
    store,
    sweep,
    whole_recipe,
    whole_run,
)
from comparisons.bench.measure import Row, baseline, command, interleaved, memory_growth, ratios
from comparisons.bench.overhead import EPSILONS, Loop, check_same
from comparisons.bench.shapes import gpt2_small, resnet_50
from comparisons.bench.table import COLUMNS, frame_of, table
from comparisons.cli.bench import bench as bench_command
from comparisons.frameworks import FRAMEWORKS
from comparisons.frameworks.installed import missing
from comparisons.names import BadInput
from comparisons.rules.recipe import Recipe
from comparisons.store.place import CannotWrite
from comparisons.tasks import linear_target
from comparisons.tasks.problem import make_problem
from comparisons.training.levels import optimizer_for

# Each benchmark at its smallest, how many rows it gives, and which quantities have a target.
RATIOS = {"train / loop, CPU time", "train / loop, wall time"}
MEMORY = {"growth beyond the losses", "growth per step and replica"}
SMALLEST = {
    "startup": (lambda: startup.rows(repetitions=2), 6, {"wall time", "heavy packages loaded"}),
    "run": (lambda: whole_run.rows("bowl", steps=2, frameworks=["numpy"], optimizers=["sgd"]), 5, {"wall time"}),
    "page": (
        lambda: page.rows((page.Case("a page", ("bowl",), {"frameworks": ["numpy"], "steps": 2}, 2.0, 1e6),)),
        2,
        {"wall time", "size"},
    ),
    "store": (
        lambda: store.rows("bowl", "--framework", "numpy", "--source", "numpy", "--steps", "2", repetitions=1),
        4,
        {"put", "got", "wall time", "frameworks loaded"},
    ),
    "overhead": (
        lambda: overhead.rows(frameworks=["numpy"], only=[Loop(steps=20, repetitions=2, target=2.0)]),
        4,
        RATIOS,
    ),
    "recipe": (lambda: whole_recipe.rows(frameworks=["numpy"], steps=30, repetitions=2), 4, RATIOS),
    "replicas": (
        lambda: replicas.rows(frameworks=["numpy"], replicas=3, repetitions=2),
        8,
        {"steps, 3 replicas / 1"},
    ),
    "memory": (lambda: memory.rows(frameworks=["numpy"], replicas=2, steps=10), 12, MEMORY),
    "drop-ins": (
        lambda: drop_ins.rows(models=["ResNet-50"], kinds=["SGD"], compiled=[], repetitions=1),
        3,
        {"SGD, drop-in / torch"},
    ),
    "sweep": (
        lambda: sweep.rows(sweep.Asked(name="one", grid={"learning_rate": "0.1"}, seeds=2, frameworks=("numpy",))),
        5,
        set(),
    ),
    "recorder": (
        lambda: recording.rows(frameworks=["numpy"], widths=(5, 4, 3), updates=20, later=20, repetitions=2),
        6,
        {"recorded / not, CPU time"},
    ),
}


def row(**given):
    return Row(**{"case": "a case", "quantity": "a quantity", "unit": "s", "samples": [3.0, 1.0, 2.0], **given})


def test_drop_ins_are_stepped_on_a_device_that_is_there():
    with pytest.raises(BadInput, match="torch finds no device 'nowhere' here: "):
        next(drop_ins.rows(device="nowhere"))


@pytest.mark.parametrize(
    ("shapes", "tensors", "elements"), [(resnet_50, 161, 25_557_032), (gpt2_small, 148, 124_439_808)]
)
def test_models_have_as_many_parameters_as_is_known(shapes, tensors, elements):
    assert (len(shapes()), sum(map(prod, shapes()))) == (tensors, elements)


# --- the bare loops, to which train is compared


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_loop_of_a_whole_recipe_gives_the_losses_of_train(framework):
    for ours, theirs in zip(*whole_recipe.measure(framework, 40, 1), strict=True):  # raises where they part
        assert ours.result.shape == theirs.result.shape == (40,)


@pytest.mark.parametrize("framework", ["torch", "tf"])
def test_a_convolutional_net_is_recorded_with_the_losses_that_it_has_without(framework):
    ours, theirs = recording.measure(framework, None, 2, 1, 1)  # raises where they are others
    assert len(ours) == len(theirs) == 1
    assert ours[0].result.shape == (2,)


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_bare_loop_gives_the_losses_of_train(framework, dtype):
    problem = make_problem(replace(linear_target(), steps=300), (0,), dtype)
    call = optimizer_for(framework, Recipe(optimizer="sgd", learning_rate=0.07), "as-written", framework)
    losses = baseline(framework).bare(problem, 0.07)
    check_same(TRAIN[framework](problem, call).losses[0], losses)


@pytest.mark.parametrize("dtype", DTYPES)
def test_eager_loop_gives_the_losses_of_the_traced_one(dtype):
    problem = make_problem(replace(linear_target(), steps=30), (0,), dtype)
    bare = baseline("tf").bare
    check_same(bare(problem, 0.07), bare(problem, 0.07, eager=True))


def test_bare_keras_loop_leaves_floatx_as_it_was():
    keras = import_module("keras")
    before = keras.config.floatx()
    baseline("tf").bare(make_problem(replace(linear_target(), steps=1), (0,), "float64"), 0.07)
    assert keras.config.floatx() == before


@pytest.mark.parametrize("name", sorted(benchmarks.AGAINST_BASELINES))
def test_a_benchmark_against_a_baseline_says_that_it_needs_a_checkout(name, tmp_path, monkeypatch):
    monkeypatch.setattr("comparisons.bench.measure.BASELINES", tmp_path / "baselines")
    ended = CliRunner().invoke(bench_command, [name, "--out", str(tmp_path / "out")])
    assert ended.exit_code == 2
    assert ended.stderr.splitlines() == [
        f"triptych: this benchmark needs a checkout of the project: there is no {tmp_path / 'baselines'}"
    ]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("dtype", DTYPES)
def test_other_losses_make_a_comparison_void(dtype):
    losses = np.array([1.0, 0.5, 0.25], dtype)
    eps = np.finfo(dtype).eps
    check_same(losses, losses + EPSILONS / 2 * eps)
    for other in (losses + 2 * EPSILONS * eps, np.array([1.0, np.nan, 0.25], dtype)):
        with pytest.raises(RuntimeError, match="nothing to compare"):
            check_same(losses, other)


# --- what each benchmark gives


@pytest.mark.every(2)
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.full if name in ("store", "drop-ins") else ()) for name in SMALLEST]
)
def test_rows_of_a_benchmark(name):
    rows, count, promised = SMALLEST[name]
    frame = frame_of(rows())
    assert list(frame.columns) == COLUMNS
    assert len(frame) == count
    assert not frame.duplicated(["framework", "case", "quantity"]).any()
    assert np.isfinite(frame["value"]).all()
    assert set(frame.loc[frame["target"].notna(), "quantity"]) == promised
    assert (frame["target"].notna() == frame["met"].notna()).all()


@pytest.mark.full
@pytest.mark.parametrize("framework", [name for name in FRAMEWORKS if not missing(name)])
def test_every_framework_is_measured_against_its_loops(framework):
    loops = [replace(loop, steps=20, repetitions=2) for loop in overhead.loops(framework)]
    frame = frame_of(overhead.rows(frameworks=[framework], only=loops))
    assert set(frame["framework"]) == {framework}
    assert frame["case"].str.contains("eager").any() == (framework == "tf")


def test_the_command_line_loads_nothing_heavy():
    assert "click" in startup.loaded("-m", "comparisons", "list")
    assert startup.loaded("-m", "comparisons", "list") & startup.HEAVY == set()


def test_a_run_that_stops_is_told_with_its_words():
    with pytest.raises(RuntimeError, match="no-such-task"):
        list(whole_run.rows("no-such-task"))


def test_a_run_with_failed_cells_is_not_timed(monkeypatch, tmp_path):
    failed = SimpleNamespace(failures=lambda: [("a cell", "out of luck")])
    monkeypatch.setattr("comparisons.api.run", lambda **_: failed)
    with pytest.raises(RuntimeError, match=r"nothing to time.*out of luck"):
        whole_run.stages(str(tmp_path), "[]", "{}")


# --- measuring


def test_calls_take_turns_after_a_warm_up():
    order = []
    one, other = interleaved(3, lambda: order.append("one") or 1, lambda: order.append("other") or 2)
    assert order == ["one", "other"] * 4
    assert [lap.result for lap in one + other] == [1, 1, 1, 2, 2, 2]
    assert all(lap.wall > 0 and lap.cpu >= 0 for lap in one + other)


def test_a_command_that_fails_is_told_with_its_words():
    with pytest.raises(RuntimeError, match="exit code 1:\nout of luck"):
        command("-c", "raise SystemExit('out of luck')")


def test_ratios_are_of_neighbours():
    assert ratios([2.0, 9.0], [1.0, 3.0]) == [2.0, 3.0]
    with pytest.raises(ValueError, match="zip"):
        ratios([1.0], [])


def test_memory_growth_is_what_a_call_holds_at_most():
    size = 64 * 2**20
    assert 0.9 * size < memory_growth(lambda: np.ones(size, np.int8).sum()) < 1.1 * size
    assert memory_growth(lambda: np.ones(1000).sum()) < 0.1 * size


def test_a_row_without_samples_is_refused():
    with pytest.raises(ValueError, match="samples of 'a quantity' is empty"):
        row(samples=[])


def test_frame_has_median_and_quartiles_and_says_whether_the_target_is_met():
    frame = frame_of([row(), row(target=2.0), row(target=1.9)])
    assert frame[["low", "value", "high", "repetitions"]].to_numpy().tolist() == [[1.5, 2.0, 2.5, 3]] * 3
    assert frame["met"].tolist() == [pd.NA, True, False]


def test_table_fits_a_terminal_and_keeps_units_from_ratios():
    frame = frame_of([row(target=1.5), row(framework="tf", unit="ratio", samples=[0.5], target=0.6)])
    console = Console(width=80, record=True, file=StringIO())
    console.print(table("a title", frame))
    lines = [" ".join(line.split()) for line in console.export_text().splitlines()]
    assert lines[0] == "a title"
    assert "a quantity 2 s 1.5 – 2.5 ≤ 1.5 s no" in lines
    assert "tf: a case" in lines
    assert "a quantity 0.5 ≤ 0.6 yes" in lines


# --- the command


@pytest.fixture
def two(monkeypatch):
    """Two benchmarks that are done at once."""
    quick = {"first": lambda: iter([row(target=2.0)]), "second": lambda: iter([row(framework="tf", target=1.0)])}
    monkeypatch.setattr(benchmarks, "BENCHMARKS", quick)


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize(("names", "chosen"), [((), ["first", "second"]), (["second", "second"], ["second"])])
def test_bench_prints_and_writes_what_it_returns(names, chosen, tmp_path, capsys):
    frames = bench(names, tmp_path / "new")
    assert list(frames) == chosen
    kept = {f"{name}.{kind}" for name in chosen for kind in ("csv", "json")}
    assert {path.name for path in (tmp_path / "new").iterdir()} == kept
    printed = capsys.readouterr().out
    for name, frame in frames.items():
        written = pd.read_csv(tmp_path / "new" / f"{name}.csv").astype({"met": "boolean"})
        pd.testing.assert_frame_equal(written, frame)
        described = json.loads((tmp_path / "new" / f"{name}.json").read_text())
        assert next(iter(described.items())) == ("schema", 1)
        assert {"load", "hardware", "versions"} <= set(described)
        assert name in printed


def test_files_of_the_step_are_named_after_what_steps(monkeypatch, tmp_path):
    monkeypatch.setattr(benchmarks, "BENCHMARKS", {"step": lambda: iter([row()])})
    assert list(bench(["step"], tmp_path)) == ["step"]
    assert {path.name for path in tmp_path.iterdir()} == {"optimizer_step.csv", "optimizer_step.json"}


@pytest.mark.usefixtures("two")
def test_unknown_benchmark_is_refused_with_the_nearest_before_any_is_run(tmp_path):
    with pytest.raises(BadInput, match="unknown benchmark 'secnd'; did you mean 'second'"):
        bench(["first", "secnd"], tmp_path / "new")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("given", ["start-up", "overheads", "replica", "Memory"])
def test_mistyped_benchmark_is_answered_with_the_nearest(given):
    with pytest.raises(RuntimeError, match=f"unknown benchmark '{given}'; did you mean"):
        command("-m", "comparisons", "bench", given)


def test_what_cannot_be_written_is_told_before_any_is_run(tmp_path, monkeypatch):
    monkeypatch.setattr(benchmarks, "BENCHMARKS", {"never": lambda: pytest.fail("it was run")})
    (tmp_path / "file").touch()
    with pytest.raises(CannotWrite, match="file"):
        bench([], tmp_path / "file")


@pytest.mark.usefixtures("two")
def test_a_busy_machine_is_told(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("os.getloadavg", lambda: (3.0, 2.0, 1.0))
    bench(["first"], tmp_path)
    assert "not idle (load 3.0)" in capsys.readouterr().out
