"""A sweep that is killed at any moment goes on, and ends with the bytes of one that never was."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from comparisons.store import read_store
from comparisons.store.salvage import NoStore

OPTIONS = ["regression-20", "--optimizer", "sgd", "--framework", "numpy", "--level", "as-written"]
OPTIONS += ["--grid", "learning_rate=0.001:0.1:log:30", "--seeds", "300", "--memory", "8M"]
BOTH = ("--framework", "torch")
ENDINGS = (".csv", ".png", ".svg")


def started(out, *more):
    arguments = [sys.executable, "-m", "comparisons", "sweep", *OPTIONS, *more, "--out", str(out), "--quiet"]
    return subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def whole(out, *more):
    """A sweep to its end."""
    one = started(out, *more)
    _, told = one.communicate()
    assert one.returncode == 0, told


def contents(out):
    return {file.name: file.read_bytes() for file in sorted(out.iterdir()) if file.suffix in ENDINGS}


def processes_of(pid):
    """The process and what it has started, by /proc."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(stat.parent.name)] = int(fields[1])
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one and child not in found]
    return found


def gone(pids, seconds=60):
    until = time.monotonic() + seconds
    while (left := [pid for pid in pids if Path(f"/proc/{pid}").exists()]) and time.monotonic() < until:
        time.sleep(0.2)
    return not left


def kept(out):
    """How many trainings the store has; none where it is not there yet, or is being made."""
    with suppress(FileNotFoundError, NoStore), read_store(out) as store:
        [count] = store._connection.execute("SELECT count(*) FROM job").fetchone()
        return count
    return 0


@pytest.mark.parametrize(
    ("which", "kills", "more"),
    [
        ("main", 2, ()),
        pytest.param("main", 15, BOTH, marks=pytest.mark.full),
        pytest.param("worker", 15, BOTH, marks=pytest.mark.full),
    ],
)
def test_killed_at_random_moments(tmp_path, which, kills, more):
    begun = time.monotonic()
    whole(tmp_path / "whole", *more)
    length = time.monotonic() - begun
    choice, finished = random.Random(0 if which == "main" else 1), 0
    for _ in range(kills):
        one = started(tmp_path / "killed", *more)
        time.sleep(choice.uniform(0.2, 1.0) * length)
        family = processes_of(one.pid)
        victims = family[:1] if which == "main" else family[1:]
        for pid in victims:
            if Path(f"/proc/{pid}").exists():
                os.kill(pid, signal.SIGKILL)
        one.communicate()
        assert gone(family), "a process is left behind"
        count = kept(tmp_path / "killed")
        assert count >= finished, "a finished training is lost"
        finished = count
    whole(tmp_path / "killed", *more)
    assert contents(tmp_path / "killed") == contents(tmp_path / "whole")


@pytest.mark.full
def test_interrupted_once(tmp_path):
    """Ctrl-C ends it with 130, and what is finished is written and kept."""
    one = started(tmp_path, *BOTH)
    until = time.monotonic() + 120
    while time.monotonic() < until and one.poll() is None:
        if kept(tmp_path):
            break
        time.sleep(0.05)
    one.send_signal(signal.SIGINT)
    _, told = one.communicate()
    if one.returncode == 130:  # it may have been over
        assert "interrupted:" in told
        whole(tmp_path, *BOTH)
    else:
        assert one.returncode == 0, told
    assert (tmp_path / "sweep.csv").exists()
