"""The files of a run: what is in them, that they appear whole, and that nobody else's file is touched."""

import errno
import json
import math
import os
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from synthetic import a_comparison, a_curve, a_history, a_task

from comparisons.plots.render import render
from comparisons.results import drawing
from comparisons.results.files import prepare, write, write_csv
from comparisons.store.place import CannotWrite
from comparisons.training.cells import Failure

KEY = ["task", "optimizer", "level", "dtype"]
COLUMNS = {
    "losses.csv": [*KEY, "framework", "seed", "step", "loss"],
    "aligned.csv": [*KEY, "seed", "step", "numpy", "torch", "tf"],
    "gaps.csv": [
        *KEY, "seed", "framework", "source", "final_loss", "source_final_loss",
        "max_abs_gap", "max_rel_gap", "max_scaled_gap", "max_ulp", "first_bad_step", "status",
        "verdict", "first_gap_step", "rounding_gap", "formula_gap", "doubling_steps", "astray",
    ],
    "explanations.csv": [
        *KEY, "framework", "source", "factor", "source_value", "framework_value", "final", "curve",
        "measured_final", "measured_curve",
    ],
    "metrics.csv": [*KEY, "framework", "seed", "step", "metric", "value"],
    "paths.csv": [*KEY, "framework", "seed", "step", "x0", "x1"],
    "timings.csv": [*KEY, "framework", "seconds_setup", "seconds_training"],
}  # fmt: skip


def files_in(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def nothing(*_):
    return Failure(reason="no luck")


def half(cell, steps, seeds):
    """Only tf has no history."""
    return nothing() if cell.framework == "tf" else a_curve(cell, steps, seeds)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    write(a_comparison(a_task("bowl"), a_task("valley")), folder)
    return folder


@pytest.mark.parametrize("outcome", [a_curve, half, nothing], ids=["all trained", "tf failed", "all failed"])
def test_columns(tmp_path, outcome):
    write(a_comparison(outcome=outcome), tmp_path)
    assert {name: (tmp_path / name).read_text().split("\n")[0].split(",") for name in COLUMNS} == COLUMNS


def test_the_manifest_lists_the_files_that_are_there(written):
    listed = json.loads((written / "manifest.json").read_text())["files"]
    pictures = [f"plots/{task}.{kind}" for task in ("bowl", "valley") for kind in ("png", "svg")]
    assert listed == [*COLUMNS, *pictures]
    assert files_in(written).keys() == {*listed, "manifest.json"}


def test_the_manifest_says_what_was_run_on_what(written):
    manifest = json.loads((written / "manifest.json").read_text())
    assert next(iter(manifest.items())) == ("schema", 1)
    assert {"python", "numpy", "torch", "tensorflow", "keras", "triptych"} <= manifest["versions"].keys()
    assert {"processor", "cores", "memory_gib", "system", "machine"} <= manifest["hardware"].keys()
    assert (manifest["seeds"], manifest["threads"], manifest["interrupted"]) == ([0], 1, False)
    assert (manifest["frameworks"], manifest["source"]) == (["numpy", "torch", "tf"], "torch")
    assert manifest["calls"]["bowl"]["sgd"]["as-written"]["torch"].startswith("torch.optim.SGD(lr=0.1, momentum=0.0")
    assert manifest["calls"]["bowl"]["adam"]["same-numbers"]["tf"].startswith("keras.optimizers.Adam(learning_rate=0.3")
    assert manifest["tasks"]["valley"]["steps"] == 4
    assert manifest["failures"] == []


def test_the_manifest_names_the_cells_that_failed(tmp_path):
    write(a_comparison(outcome=half, interrupted=True), tmp_path)
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["interrupted"] is True
    assert [failure["framework"] for failure in manifest["failures"]] == ["tf"] * 12
    assert manifest["failures"][0] == dict(zip([*KEY, "framework"], ["bowl", "sgd", "as-written", "float32", "tf"],
                                               strict=True)) | {"reason": "no luck"}  # fmt: skip


def test_the_manifest_has_no_calls_where_there_is_no_such_optimizer(tmp_path):
    write(a_comparison(a_task("linear-target", ["ftrl"])), tmp_path)
    calls = json.loads((tmp_path / "manifest.json").read_text())["calls"]["linear-target"]["ftrl"]
    assert {level: list(frameworks) for level, frameworks in calls.items()} == {
        "as-written": ["numpy", "tf"],
        "same-numbers": ["numpy", "tf"],
        "same-rule": ["numpy", "torch", "tf"],
    }


def test_two_runs_write_the_same_bytes(written, tmp_path):
    write(a_comparison(a_task("bowl"), a_task("valley")), tmp_path)
    first, second = files_in(written), files_in(tmp_path)
    assert {name for name in first if first[name] != second[name]} <= {"manifest.json"}
    assert first.keys() == second.keys()


@given(st.lists(st.floats(width=64), min_size=1))
def test_numbers_read_back_as_they_were(tmp_path_factory, numbers):
    file = tmp_path_factory.mktemp("csv") / "numbers.csv"
    write_csv(pd.DataFrame({"number": numbers}), file)
    heading, *lines = file.read_text().removesuffix("\n").split("\n")
    assert heading == "number"
    read = [float(line) for line in lines]
    assert [bits(number) for number in read] == [bits(number) for number in numbers]
    assert [line for line in lines if math.isnan(float(line))] == ["nan"] * sum(map(math.isnan, numbers))


def bits(number):
    """A float's 8 bytes; every NaN is one."""
    return b"nan" if math.isnan(number) else struct.pack("<d", number)


def test_a_curve_that_diverges_is_written_as_it_is(tmp_path):
    def diverging(*_):
        return a_history(np.array([[1.0, 1e300, math.inf, math.nan]]))

    write(a_comparison(outcome=diverging), tmp_path)
    losses = [line.split(",")[-1] for line in (tmp_path / "losses.csv").read_text().split("\n")[1:-1]]
    assert set(losses) == {"1.0", "1e+300", "inf", "nan"}


def test_pictures_of_an_earlier_run_go_and_all_else_stays(tmp_path):
    write(a_comparison(a_task("bowl"), a_task("valley")), tmp_path)
    mine = {"notes.txt", "plots/mine.png", "plots/valley.pdf", "logs/mine.log", "extra/losses.csv"}
    for name in mine:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("mine")
    prepare(tmp_path)
    write(a_comparison(a_task("bowl")), tmp_path)
    ours = {*COLUMNS, "manifest.json", "plots/bowl.png", "plots/bowl.svg"}
    assert files_in(tmp_path).keys() == mine | ours


MANIFESTS = {
    "paths that lead out": {"files": ["../evil", "plots/../../evil", "/{outside}/evil", "plots/../../evil.png"]},
    "an absolute path": {"files": ["{outside}/evil", "{outside}/evil.png"]},
    "what no run writes": {"files": ["mine.txt", "plots/mine.txt", "plots", ".", "", "plots/a b.png", "\0", 7, None]},
    "files is not a list": {"files": 3},
    "no files": {},
    "not an object": [1],
    "not JSON": None,
}


@pytest.mark.parametrize("content", MANIFESTS.values(), ids=MANIFESTS)
def test_a_manipulated_manifest_takes_no_file_away(tmp_path, content):
    run = tmp_path / "run"
    (run / "plots").mkdir(parents=True)
    others = [tmp_path / "evil", tmp_path / "evil.png", run / "mine.txt", run / "plots/mine.txt", run / "plots/a b.png"]
    for file in others:
        file.write_text("mine")
    text = "{{{" if content is None else json.dumps(content).replace("{outside}", str(tmp_path))
    (run / "manifest.json").write_text(text)
    write(a_comparison(), run)
    assert [file.read_text() for file in others] == ["mine"] * len(others)
    assert json.loads((run / "manifest.json").read_text())["files"]


def test_prepare_takes_away_the_logs_of_an_earlier_run(tmp_path):
    for name in ("numpy.log", "tf.log", "mine.log"):
        (prepare(tmp_path) / name).write_text("")
        (tmp_path / "logs" / name).touch()
    assert prepare(tmp_path) == tmp_path / "logs"
    assert [log.name for log in (tmp_path / "logs").iterdir()] == ["mine.log"]


def a_file(folder):
    (folder / "file").touch()
    return folder / "file"


PLACES = {
    "below a file": (lambda folder: a_file(folder) / "run", errno.ENOTDIR),
    "a file": (a_file, errno.ENOTDIR),
    "where nothing can be made": (lambda _: Path("/proc/run"), errno.ENOENT),
    "a name that is too long": (lambda folder: folder / ("x" * 300), errno.ENAMETOOLONG),
}


@pytest.mark.parametrize(("place", "number"), PLACES.values(), ids=PLACES)
def test_a_place_that_cannot_be_written_to_is_found_out_first(tmp_path, place, number):
    where = place(tmp_path)
    with pytest.raises(CannotWrite) as told:
        prepare(where)
    assert str(told.value) == f"cannot write results to {where}: {os.strerror(number)}; choose another directory"


def test_a_directory_in_the_place_of_a_file_is_named(tmp_path):
    (tmp_path / "gaps.csv").mkdir()
    with pytest.raises(CannotWrite, match=f"{tmp_path}/gaps.csv: Is a directory; choose another directory"):
        write(a_comparison(), tmp_path)


FULL_DISK = """
import resource, sys
from pathlib import Path
from synthetic import a_comparison, a_task
from comparisons.results.files import write
from comparisons.store.place import CannotWrite

resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
try:
    write(a_comparison(a_task(steps=3)), Path(sys.argv[1]))
except CannotWrite as error:
    print(error)
"""


@pytest.mark.parametrize("first_too_large", ["losses.csv", "plots/bowl.png"])
def test_a_full_disk_leaves_the_earlier_run_as_it_was(tmp_path, first_too_large):
    folder = tmp_path / "run"
    folder.mkdir()
    write(a_comparison(), folder)
    before = files_in(folder)
    size = 100 if first_too_large == "losses.csv" else max(len(before[table]) for table in COLUMNS)
    assert size < len(before[first_too_large])
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, folder, str(size)], capture_output=True, text=True, env=environment
    )
    reason = os.strerror(errno.EFBIG)
    assert done.stdout == f"cannot write results to {folder}: {reason}; choose another directory\n"
    assert (done.stderr, done.returncode) == ("", 0)
    assert files_in(folder) == before
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


def test_ctrl_c_while_drawing_keeps_the_tables(tmp_path, monkeypatch):
    write(a_comparison(), tmp_path)
    drawn = []

    def interrupted(figure, kind):
        drawn.append(kind)
        if len(drawn) == 3:
            raise KeyboardInterrupt
        return render(figure, kind)

    monkeypatch.setattr(drawing, "render", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(a_comparison(a_task("valley"), a_task("bowl")), tmp_path)
    assert files_in(tmp_path).keys() == {*COLUMNS, "manifest.json", "plots/valley.png", "plots/valley.svg"}
    assert json.loads((tmp_path / "manifest.json").read_text())["interrupted"] is True
    assert "valley" in (tmp_path / "losses.csv").read_text()


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_a_picture_is_the_same_bytes_at_each_render(kind):
    def a_figure():
        figure = Figure()
        figure.add_subplot().plot([1, 2], label="curve")
        return figure

    assert render(a_figure(), kind) == render(a_figure(), kind)
    assert b"date" not in render(a_figure(), kind).lower()
