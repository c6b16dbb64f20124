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

pytestmark = pytest.mark.full

OPTIONS = ["regression-20", "--optimizer", "sgd", "--framework", "numpy", "--framework", "torch"]
OPTIONS += ["--level", "as-written", "--grid", "learning_rate=0.001:0.1:log:30", "--seeds", "300", "--memory", "8M"]
KILLS = 10
ENDINGS = (".csv", ".png", ".svg")


def started(out):
    arguments = [sys.executable, "-m", "comparisons", "sweep", *OPTIONS, "--out", str(out), "--quiet"]
    return subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


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


@pytest.mark.parametrize("which", ["main", "worker"])
def test_killed_at_random_moments(tmp_path, which):
    whole = started(tmp_path / "whole")
    begun = time.monotonic()
    assert whole.wait() == 0, whole.stderr.read()
    length = time.monotonic() - begun
    choice, finished = random.Random(0 if which == "main" else 1), 0
    for _ in range(KILLS):
        one = started(tmp_path / "killed")
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
    last = started(tmp_path / "killed")
    _, told = last.communicate()
    assert last.returncode == 0, told
    assert contents(tmp_path / "killed") == contents(tmp_path / "whole")


def test_interrupted_once(tmp_path):
    """Ctrl-C ends it with 130, and what is finished is written and kept."""
    one = started(tmp_path)
    until = time.monotonic() + 120
    while time.monotonic() < until and one.poll() is None:
        if kept(tmp_path):
            break
        time.sleep(0.05)
    one.send_signal(signal.SIGINT)
    _, told = one.communicate()
    if one.returncode == 130:  # it may have been over
        assert "interrupted:" in told
        assert started(tmp_path).wait() == 0
    else:
        assert one.returncode == 0, told
    assert (tmp_path / "sweep.csv").exists()
