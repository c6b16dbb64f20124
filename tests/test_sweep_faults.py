"""A sweep whose disk is full, whose directory is read only or whose user is in a hurry says so, and goes on later."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

import psutil
import pytest

import comparisons
from comparisons.store import read_store
from comparisons.store.salvage import NoStore

pytestmark = pytest.mark.full

# So many seeds that seconds are left when the first training of them is finished.
ASKED = ["regression-20", "--optimizer", "sgd", "--framework", "numpy", "--source", "numpy", "--level", "as-written"]
ASKED += ["--grid", "learning_rate=0.001:0.1:log:30", "--seeds", "3000", "--memory", "20M", "--quiet"]
COMMAND = [sys.executable, "-m", "comparisons", "sweep", *ASKED]
TABLES = ("sweep.csv", "summary.csv", "curves.csv")
LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
from comparisons.cli import main
sys.argv = ["triptych", *sys.argv[2:]]
main()
"""


# Root writes wherever it likes, until it has not the capability to (CAP_DAC_OVERRIDE, by PR_CAPBSET_DROP).
AS_ANYBODY = """
import ctypes, os, sys
ctypes.CDLL(None).prctl(24, 1, 0, 0, 0)
os.execv(sys.executable, [sys.executable, "-m", "comparisons", *sys.argv[1:]])
"""
RUN = ["run", "bowl", "--framework", "numpy", "--source", "numpy", "--dtype", "float32", "--seeds", "50", "--quiet"]


def kept(out):
    """How many trainings the store has; none where it is not there yet."""
    try:
        with read_store(out) as store:
            [count] = store._connection.execute("SELECT count(*) FROM job").fetchone()
            return count
    except (FileNotFoundError, NoStore):
        return 0


def once_begun(out, *more, command=COMMAND):
    """A sweep, or a run, of which something is finished, and more is to do."""
    line = [*command, *more, "--out", str(out)]
    one = subprocess.Popen(line, stderr=subprocess.PIPE, text=True, start_new_session=True)
    until = time.monotonic() + 120
    while not kept(out) and one.poll() is None and time.monotonic() < until:
        time.sleep(0.01)
    return one


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    out = tmp_path_factory.mktemp("whole")
    subprocess.run([*COMMAND, "--out", str(out)], check=True)
    return {name: (out / name).read_bytes() for name in TABLES}


def goes_on(out, whole):
    done = subprocess.run([*COMMAND, "--out", str(out)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert {name: (out / name).read_bytes() for name in TABLES} == whole
    assert not list(out.glob(".writing-*"))


def test_a_disk_that_is_full_ends_it_with_5_and_keeps_what_is_finished(tmp_path, whole):
    line = [sys.executable, "-c", LIMITED, "3000000", "sweep", *ASKED, "--out", str(tmp_path)]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert (done.returncode, len(done.stderr.splitlines())) == (5, 1), done.stderr
    assert 0 < kept(tmp_path) < 30
    goes_on(tmp_path, whole)


@pytest.mark.parametrize("asked", [["sweep", *ASKED], RUN], ids=["sweep", "run"])
def test_a_directory_that_turns_read_only_ends_it_with_5_and_keeps_what_is_finished(tmp_path, whole, asked):
    """What is open stays so, and the store goes on; the tables are new files."""
    out = tmp_path / "out"
    one = once_begun(out, command=[sys.executable, "-c", AS_ANYBODY, *asked])
    out.chmod(0o555)
    _, told = one.communicate(timeout=300)
    out.chmod(0o755)
    refused = f"triptych: cannot write results to {out}: Permission denied; choose another directory with --out\n"
    assert (one.returncode, told) == (5, refused)
    if asked == RUN:
        finished = kept(out)
        again = comparisons.run("bowl", frameworks=["numpy"], source="numpy", dtypes=["float32"], seeds=50, out=out)
        assert (kept(out), again.mishaps()) == (finished, [])
    else:
        assert kept(out) == 30
        goes_on(out, whole)


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_keeps_what_is_finished(tmp_path, whole, times):
    """A terminal sends it to all processes; twice is while it cleans up, so how it ends then is the machine's."""
    one = once_begun(tmp_path)
    for _ in range(times):
        if one.poll() is None:
            os.killpg(one.pid, signal.SIGINT)
        time.sleep(0.2)
    _, told = one.communicate(timeout=60)
    assert one.returncode in ((130,) if times == 1 else (130, -signal.SIGINT)), told
    assert "Traceback" not in told
    assert kept(tmp_path)
    goes_on(tmp_path, whole)


def test_a_worker_that_is_stopped_is_named_and_given_up(tmp_path, whole):
    one = once_begun(tmp_path, "--timeout", "35")
    [worker] = [child for child in psutil.Process(one.pid).children() if "resource_tracker" not in str(child.cmdline())]
    worker.suspend()
    _, told = one.communicate(timeout=120)
    assert one.returncode == 3, told
    lines = told.splitlines()
    assert "numpy: no answer for 30 s; regression-20, float32, " in lines[0]
    assert "its worker was stopped by a signal (SIGSTOP), and is given up after 35 s" in lines[0]
    assert "no end after 35 s, and its worker was ended" in lines[-1]
    assert kept(tmp_path) == 29
    goes_on(tmp_path, whole)


@pytest.fixture
def scheduler(tmp_path):
    """A scheduler and a worker, each a process of its own, as on a cluster: the processes, and the address."""
    file = tmp_path / "scheduler.json"
    line = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--port", "0", "--no-dashboard", "--no-show"]
    first = subprocess.Popen([*line, "--scheduler-file", str(file)], stderr=subprocess.DEVNULL, start_new_session=True)
    line = [sys.executable, "-m", "distributed.cli.dask_worker", "--nthreads", "1", "--no-dashboard"]
    line += ["--scheduler-file", str(file), "--death-timeout", "20", "--local-directory", str(tmp_path)]
    second = subprocess.Popen(line, stderr=subprocess.DEVNULL, start_new_session=True)
    until = time.monotonic() + 60
    while not file.exists() and time.monotonic() < until:
        time.sleep(0.1)
    time.sleep(0.5)  # it may be half written
    yield first, json.loads(file.read_text())["address"]
    for one in (first, second):
        with suppress(ProcessLookupError):
            os.killpg(one.pid, signal.SIGKILL)
        one.wait()


def test_a_scheduler_that_is_killed_is_told_and_costs_nothing_that_is_finished(tmp_path, whole, scheduler):
    process, address = scheduler
    one = once_begun(tmp_path / "out", "--scheduler", address)
    process.kill()
    _, told = one.communicate(timeout=120)
    assert one.returncode == 3, told
    [line] = told.splitlines()
    assert f"trainings failed: the scheduler at {address} is gone" in line
    assert 0 < kept(tmp_path / "out") < 30
    goes_on(tmp_path / "out", whole)
