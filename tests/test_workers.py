"""Worker processes: how they start, what they are deaf to, and that none outlives its use."""

import os
import select
import signal
import struct
import subprocess
import sys
import time
from concurrent.futures import BrokenExecutor, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from threading import Barrier, BrokenBarrierError
from types import SimpleNamespace

import pytest

from comparisons.frameworks import FRAMEWORKS
from comparisons.frameworks.installed import ENVIRONMENT, NOT_FOR_TRAINING
from comparisons.training import implementations
from comparisons.training.workers import Workers, start_worker, stop_worker


@contextmanager
def a_worker(log=None, framework="numpy"):
    worker = start_worker(framework, log)
    try:
        yield worker
    finally:
        stop_worker(worker)


@pytest.fixture(scope="module")
def worker():
    with a_worker() as running:
        yield running


def blas_threads():
    import threadpoolctl

    return [library["num_threads"] for library in threadpoolctl.threadpool_info()]


def speak():
    os.write(1, b"to stdout\n")
    print("to stderr", file=sys.stderr, flush=True)


def ended(pid):
    """Wait for the end of a process that is not a child of ours; False if none comes."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    return bool(select.select([handle], [], [], 60)[0])


def imported():
    """What is not for training and is there, before and after it is asked for."""
    before = sys.modules.keys() & set(NOT_FOR_TRAINING)
    import pandas as pd

    return before, pd.Series([1]).sum()


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_framework_brings_nothing_that_is_not_for_training_and_all_can_be_imported_later(framework):
    with a_worker(framework=framework) as worker:
        assert worker.submit(imported).result() == (set(), 1)


def test_the_environment_is_set_before_numpy_is_imported(monkeypatch):
    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
    with a_worker() as worker:
        assert {name: worker.submit(os.getenv, name).result() for name in ENVIRONMENT} == ENVIRONMENT
        assert set(worker.submit(blas_threads).result()) == {int(ENVIRONMENT["OPENBLAS_NUM_THREADS"])}


def test_one_process_runs_all_calls(worker):
    assert len({worker.submit(os.getpid).result() for _ in range(3)} - {os.getpid()}) == 1


def test_what_a_worker_writes_goes_to_its_log(tmp_path, capfd):
    with a_worker(tmp_path / "numpy.log") as worker:
        worker.submit(speak).result()
    assert (tmp_path / "numpy.log").read_text() == "to stdout\nto stderr\n"
    assert capfd.readouterr() == ("", "")


def test_without_a_log_it_goes_nowhere(worker, capfd):
    worker.submit(speak).result()
    assert capfd.readouterr() == ("", "")


def test_a_busy_worker_is_ended_at_once():
    worker = start_worker("numpy", None)
    pid = worker.submit(os.getpid).result()
    long = worker.submit(time.sleep, 60)
    while not long.running():
        time.sleep(0.01)
    stop_worker(worker)
    assert ended(pid)
    with pytest.raises(BrokenExecutor):
        long.result(0)


def test_a_worker_can_be_stopped_when_it_is_dead_and_twice():
    worker = start_worker("numpy", None)
    with pytest.raises(BrokenExecutor):
        worker.submit(os._exit, 1).result()
    stop_worker(worker)
    stop_worker(worker)


@contextmanager
def python(script):
    """A main process of its own, in a process group of its own; nothing is left of it at the end."""
    with subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    ) as main:
        try:
            yield main
        finally:
            main.kill()


def half_a_result():
    """What a process that is killed while it sends its result leaves behind."""
    frame = sys._getframe()
    while "result_queue" not in frame.f_locals:
        frame = frame.f_back
    os.write(frame.f_locals["result_queue"]._writer.fileno(), struct.pack("!i", 1000) + b"half")
    os.kill(os.getpid(), signal.SIGKILL)


HALF_A_RESULT = """
from test_workers import half_a_result, start_worker, stop_worker

worker = start_worker("numpy", None)
print(type(worker.submit(half_a_result).exception()).__name__, flush=True)
stop_worker(worker)
"""


def test_a_worker_killed_halfway_through_a_result_is_noticed():
    with python(HALF_A_RESULT) as main:
        assert main.communicate(timeout=60) == ("BrokenProcessPool\n", "")


INTERRUPTED_AT_START = """
import os, signal
from comparisons.training.workers import start_worker, stop_worker

try:
    worker = start_worker("numpy", None)
    os.killpg(0, signal.SIGINT)
    signal.pause()
except KeyboardInterrupt:
    print(worker.submit(os.getpid).result() != os.getpid())
    stop_worker(worker)
"""


def test_a_worker_is_deaf_to_ctrl_c_from_its_start_on():
    with python(INTERRUPTED_AT_START) as main:
        assert main.communicate(timeout=60) == ("True\n", "")


KILLED = """
import os, time
from comparisons.training.workers import start_worker

worker = start_worker("numpy", None)
print(worker.submit(os.getpid).result(), flush=True)
worker.submit(time.sleep, 3600).result()
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_no_worker_outlives_a_main_process_that_is_killed(how):
    with python(KILLED) as main:
        worker = int(main.stdout.readline())
        main.send_signal(how)
    try:
        assert ended(worker)
    finally:
        with suppress(ProcessLookupError):
            os.kill(worker, signal.SIGKILL)


def test_workers_are_started_when_asked_for_and_replaced_when_discarded(tmp_path):
    workers = Workers(logs=tmp_path)
    first = workers.executor("numpy")
    pid = first.submit(os.getpid).result()
    assert workers.executor("numpy") is first
    workers.discard("numpy")
    workers.discard("torch")
    assert ended(pid)
    second = workers.executor("numpy").submit(os.getpid).result()
    assert second != pid
    workers.close()
    assert ended(second)
    assert workers.log("numpy") == tmp_path / "numpy.log"


def test_an_executor_that_was_given_serves_all_and_is_left_running(tmp_path):
    with ThreadPoolExecutor() as given:
        workers = Workers(given=given, logs=tmp_path)
        assert workers.executor("numpy") is workers.executor("tf") is given
        assert workers.log("numpy") is None
        workers.discard("numpy")
        workers.close()
        assert given.submit(int, 1).result() == 1


def test_a_process_trains_one_thing_at_a_time_with_a_framework(monkeypatch):
    both = Barrier(2)

    def train(*_):
        with pytest.raises(BrokenBarrierError):
            both.wait(0.2)  # passed only if the other thread is in here as well
        both.reset()

    monkeypatch.setitem(sys.modules, "tf_impl.train", SimpleNamespace(train=train))
    with ThreadPoolExecutor(2) as threads:
        for training in [threads.submit(implementations.train, "tf", None, None) for _ in range(2)]:
            training.result()


def test_the_main_module_is_itself_again_once_a_worker_has_started():
    main = sys.modules["__main__"]
    before = dict(vars(main))
    with a_worker():
        assert vars(main) == before
