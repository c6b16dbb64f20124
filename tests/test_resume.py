"""Runs that stop, and go on: nothing that is finished is lost, and in the end the files are those of a run at once."""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from synthetic import a_task

import comparisons
from comparisons import api
from comparisons.names import BadInput
from comparisons.report import document
from comparisons.results import drawing, files, kept, parquet
from comparisons.running import trained as running
from comparisons.store import CannotWrite, keys, read_store, runs
from comparisons.store.overview import overviews
from comparisons.store.session import keys_of
from comparisons.training import workers
from comparisons.training.cells import Failure

TASK = a_task("bowl", steps=3)
ASKED = {"frameworks": ["numpy"], "source": "numpy"}
FRAMES = ("frame", "aligned", "gaps", "explanations", "metrics", "paths", "timings", "failures", "mishaps")
TIMES = ("timings.csv", "manifest.json", "report.html")  # what has clock readings in it


def run(out, *tasks, **asked):
    return comparisons.run(*(tasks or [TASK]), out=out, **ASKED | asked)


def contents(directory, *left_out):
    """The files of a run, by name: all but its store, its lock and its logs, and none of what is in those left out."""
    found = [file for file in directory.rglob("*") if file.is_file() and not file.name.startswith("run.")]
    all_of_them = {str(file.relative_to(directory)): file.read_bytes() for file in found if file.suffix != ".log"}
    return all_of_them | dict.fromkeys(left_out, b"")


def same(one, other):
    for name in FRAMES:
        found, wanted = getattr(one, name)(), getattr(other, name)()
        if isinstance(found, pd.DataFrame):
            pd.testing.assert_frame_equal(found, wanted, check_exact=True)
        else:
            assert found == wanted
    note = [json.dumps(runs.as_note(each, keys_of(each))) for each in (one, other)]
    return note[0] == note[1]


@pytest.fixture(scope="module", autouse=True)
def no_pictures():
    """In the place of pictures, which take most of the time; `test_results` has them."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(drawing, "drawn", lambda _: {"png": b"a", "svg": b"b"})
        yield


@pytest.fixture(scope="module")
def whole(tmp_path_factory, no_pictures):
    """A run at once, and its directory."""
    directory = tmp_path_factory.mktemp("whole") / "run"
    return run(directory), directory


@pytest.fixture
def copied(whole, tmp_path):
    shutil.copytree(whole[1], tmp_path / "run")
    return tmp_path / "run"


@pytest.fixture
def nothing_starts(monkeypatch):
    def start(*_):
        raise AssertionError("a worker was started")

    monkeypatch.setattr(workers, "start_process", start)


def stop_after(number):
    def progress(counts):
        if counts["numpy"][0] == number:
            raise KeyboardInterrupt

    return progress


def test_what_is_loaded_is_what_the_run_returned(whole):
    comparison, directory = whole
    loaded = comparisons.load(str(directory))
    assert same(loaded, comparison)
    assert (loaded.interrupted, loaded.tasks, loaded.held) == (False, (TASK,), comparison.held)
    for job, outcome in comparison.outcomes.items():
        np.testing.assert_equal(vars(loaded.outcomes[job]), vars(outcome))


def test_a_complete_run_is_not_run_again(copied, whole, nothing_starts):
    before = contents(copied)
    assert same(run(copied), whole[0])
    assert contents(copied) == before


@pytest.mark.parametrize("lost", ["gaps.csv", "plots/bowl.png"])
def test_a_file_that_was_lost_or_changed_is_made_again(copied, nothing_starts, lost):
    before = contents(copied)
    (copied / lost).write_text("not this")
    run(copied)
    assert contents(copied) == before


def test_all_files_are_made_from_the_store(copied, nothing_starts):
    before = contents(copied)
    for name in before:
        (copied / name).unlink()
    assert api.remake(copied) == []
    assert contents(copied) == before


def test_an_edited_template_makes_the_page_anew(copied, monkeypatch, nothing_starts):
    template = copied.parent / "maker" / "page.css"
    template.parent.mkdir()
    (template.parent / "__init__.py").touch()
    monkeypatch.syspath_prepend(copied.parent)
    monkeypatch.setattr(kept, "MAKERS", ("maker",))
    monkeypatch.setattr(document, "_file", lambda name: template.read_text())
    for style in ("p{}", "b{}"):
        template.write_text(style)
        run(copied)
        assert f"<style>{style}" in (copied / "report.html").read_text()


def test_losses_as_parquet_are_a_file_of_the_run(copied, monkeypatch, nothing_starts):
    run(copied, as_parquet=True)
    whole = contents(copied)
    assert "losses.parquet" in json.loads(whole["manifest.json"])["files"]
    (copied / "losses.parquet").unlink()
    assert api.remake(copied) == []
    assert contents(copied) == whole
    (copied / "losses.parquet").unlink()
    run(copied)  # once asked for, it stays
    assert contents(copied) == whole
    monkeypatch.setattr(parquet, "find_spec", lambda _: None)
    assert api.remake(copied) == [f"losses.parquet is left out: {parquet.REMEDY}"]
    assert set(whole) - set(contents(copied)) == {"losses.parquet"}


@pytest.mark.parametrize("stops", [(0,), (1, 3)])
def test_a_run_that_was_stopped_goes_on(tmp_path, whole, stops):
    for number in stops:
        stopped = run(tmp_path, progress=stop_after(number))
        assert (stopped.interrupted, len(stopped.outcomes)) == (True, number)
        assert same(comparisons.load(tmp_path), stopped)
    seen = []
    finished = run(tmp_path, progress=seen.append)
    assert seen[0] == {"numpy": (stops[-1], 4)}
    assert (finished.interrupted, len(seen)) == (False, 1 + 4 - stops[-1])
    assert contents(tmp_path, *TIMES) == contents(whole[1], *TIMES)
    manifests = [json.loads((directory / "manifest.json").read_text()) for directory in (tmp_path, whole[1])]
    assert manifests[0] | {"created": ""} == manifests[1] | {"created": ""}


def test_a_rerun_that_is_stopped_leaves_the_files_of_a_complete_run(copied, whole):
    before, told = contents(copied), []
    stopped = run(copied, steps=5, progress=stop_after(2), say=told.append)
    assert (stopped.interrupted, contents(copied)) == (True, before)
    assert told == [
        "4 of 4 trainings are trained anew: steps was 3 and is 5",
        f"{copied} has the files of an earlier run, which is complete; what is finished of this one is kept",
    ]
    assert same(comparisons.load(copied), whole[0])
    assert [(one.state, one.done, one.total) for one in overviews(copied.parent)] == [
        ("complete", 4, 4),
        ("stopped", 2, 4),
    ]
    seen = []
    assert not run(copied, steps=5, progress=seen.append).interrupted
    assert seen[0] == {"numpy": (2, 4)}


def test_another_version_is_another_training(copied, monkeypatch):
    found, told = keys.version, []
    monkeypatch.setattr(keys, "version", lambda name: (name, "9.9") if name == "numpy" else found(name))
    keys._circumstances.cache_clear()
    try:
        run(copied, say=told.append)
    finally:
        keys._circumstances.cache_clear()
    assert told == [f"4 of 4 trainings are trained anew: numpy was {np.__version__} and is 9.9"]


def test_fresh_forgets(copied):
    seen = []
    run(copied, fresh=True, progress=seen.append)
    assert seen[0] == {"numpy": (0, 4)}


def test_a_failure_is_told_again_and_tried_again(tmp_path, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(running, "train_all", lambda works, *_: ((one.job, Failure(reason="no luck")) for one in works))
        failed = run(tmp_path)
    assert {reason for _, reason in failed.failures()} == {"no luck"}
    assert same(comparisons.load(tmp_path), failed)
    assert run(tmp_path).failures() == []


@pytest.mark.parametrize("when", ["tables", "pictures"])
def test_ctrl_c_while_files_are_written_loses_nothing(tmp_path, monkeypatch, whole, nothing_starts_later, when):
    def stop(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as stopping:
        stopping.setattr(*((files, "write_csv") if when == "tables" else (files.Pictures, "of")), stop)
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path)
    nothing_starts_later()
    run(tmp_path)
    assert contents(tmp_path, *TIMES) == contents(whole[1], *TIMES)


@pytest.fixture
def nothing_starts_later(monkeypatch):
    def start(*_):
        raise AssertionError("a worker was started")

    return lambda: monkeypatch.setattr(workers, "start_process", start)


def test_results_taken_away_in_mid_run_are_told(tmp_path):
    out = tmp_path / "run"

    def progress(counts):
        if counts["numpy"][0] == 2:
            shutil.rmtree(out)

    with pytest.raises(CannotWrite, match=r"run/run.db was taken away while a run wrote to it; run again"):
        run(out, progress=progress)


def test_what_cannot_be_written_is_told_before_anything_is_trained(tmp_path, nothing_starts):
    with pytest.raises(CannotWrite, match="File name too long"):
        run(tmp_path / ("n" * 300))
    with pytest.raises(CannotWrite, match="File name too long"):
        files.prepare(tmp_path, ["n" * 253])


def test_where_nothing_was_run_there_is_nothing_to_load(tmp_path):
    for place, words in ((tmp_path, "there is no run.db"), (tmp_path / "none", "there is no such directory")):
        with pytest.raises(BadInput, match=words):
            comparisons.load(place)
        with pytest.raises(BadInput, match=words):
            api.remake(place)
    with pytest.raises(BadInput, match="no such folder"):
        list(overviews(tmp_path / "none"))


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf")])
def test_a_timeout_is_some_seconds(seconds):
    with pytest.raises(BadInput, match="timeout is"):
        run(None, timeout=seconds)


COMMAND = [sys.executable, "-m", "comparisons", "run", "bowl", "--framework", "numpy", "--source", "numpy", "--quiet"]
IMPORTED = """
import sys
from comparisons.cli import main
sys.argv = ["triptych", *sys.argv[1:]]
try:
    main()
finally:
    print(sorted({"torch", "tensorflow", "keras", "matplotlib"} & sys.modules.keys()))
"""


def test_a_run_that_is_complete_imports_no_framework(copied, whole):
    """Nor does `triptych list --runs`, which says how far it is."""
    asked = [sys.executable, "-c", IMPORTED]
    done = subprocess.run([*asked, "list", "--runs", str(copied)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    line, imported = done.stdout.splitlines()
    assert re.fullmatch(rf"{copied}  complete, 4 of 4 trainings, begun [\d:T+-]+  bowl; numpy; 1 seed", line)
    assert imported == "[]"


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
from comparisons.cli import main
sys.argv = ["triptych", *sys.argv[2:]]
main()
"""


@pytest.mark.full
def test_a_disk_that_is_full_ends_the_run_with_5_and_keeps_what_is_finished(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, "120000", *COMMAND[3:], "--out", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, len(done.stderr.splitlines())) == (5, 1)
    with read_store(tmp_path) as store:
        kept = len(store.known(store.noted("begun")["digests"]))
    assert 0 < kept < 14
    assert subprocess.run([*COMMAND, "--out", str(tmp_path)], check=False).returncode == 0


@pytest.mark.full
def test_two_runs_at_once_are_one(tmp_path):
    first = subprocess.Popen([*COMMAND, "--out", str(tmp_path)])
    while not (tmp_path / "run.db").exists():
        time.sleep(0.01)
    second = subprocess.run([*COMMAND, "--out", str(tmp_path)], capture_output=True, text=True, check=False)
    assert second.returncode == 2
    assert second.stderr == (
        f"triptych: {tmp_path}: another run (process {first.pid}) writes there; wait for its end, or choose another "
        "directory\n"
    )
    assert first.wait() == 0


def of_session(number):
    """The processes of a session that are alive."""
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            _, _, rest = (place / "stat").read_text().rpartition(")")
            state, _, _, session, *_ = rest.split()
            if int(session) == number and state != "Z":
                yield int(place.name)


@pytest.mark.full
def test_a_run_that_is_killed_thirty_times_ends_as_one_that_is_not(tmp_path):
    """Kills of the main process, and of a worker, at any moment: which is drawn from a seed, when is the machine's."""
    whole, killed, draw = tmp_path / "whole", tmp_path / "killed", random.Random(1)
    started = time.monotonic()
    assert subprocess.run([*COMMAND, "--out", str(whole)], check=False).returncode == 0
    lasts = time.monotonic() - started
    known = 0
    for number in range(30):
        process = subprocess.Popen([*COMMAND, "--out", str(killed)], start_new_session=True, stderr=subprocess.DEVNULL)
        with suppress(subprocess.TimeoutExpired):
            process.wait(draw.uniform(0, lasts))
        if number % 2:
            for worker in [one for one in of_session(process.pid) if one != process.pid]:
                with suppress(ProcessLookupError):
                    os.kill(worker, signal.SIGKILL)
            with suppress(subprocess.TimeoutExpired):
                process.wait(draw.uniform(0, 1))
        process.kill()
        process.wait()
        for _ in range(600):
            if not list(of_session(process.pid)):
                break
            time.sleep(0.05)
        assert not list(of_session(process.pid))
        with suppress(BadInput):
            done = [one.done for one in overviews(killed) if one.total]
            assert known <= max(done, default=known)
            known = max([known, *done])
        if number % 10 == 9:
            shutil.rmtree(killed)
            known = 0
            subprocess.run([*COMMAND, "--out", str(killed)], timeout=600, check=True)
            assert contents(killed, *TIMES) == contents(whole, *TIMES)
            shutil.rmtree(killed)
    assert subprocess.run([*COMMAND, "--out", str(killed)], check=False).returncode == 0
    assert contents(killed, *TIMES) == contents(whole, *TIMES)
    assert not list(killed.glob(".writing-*"))


def test_a_clock_that_is_set_back_changes_nothing(tmp_path, whole, monkeypatch):
    """What is kept, and what was last, goes by the order in which it came."""
    run(tmp_path, progress=stop_after(2))
    begun = comparisons.load(tmp_path).provenance["created"]
    monkeypatch.setattr(runs, "now", lambda: "1970-01-01T00:00:00+00:00")
    monkeypatch.setattr(time, "time", lambda: 0.0)
    seen = []
    finished = run(tmp_path, progress=seen.append)
    assert (seen[0], finished.provenance["created"]) == ({"numpy": (2, 4)}, begun)
    assert contents(tmp_path, *TIMES) == contents(whole[1], *TIMES)
    assert same(comparisons.load(tmp_path), finished)
