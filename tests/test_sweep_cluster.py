"""A sweep on a Dask cluster: the same bytes as on one machine, whatever happens to the workers."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread

import pytest
from distributed import LocalCluster

import comparisons
from comparisons.names import BadInput
from comparisons.store import circumstances
from comparisons.sweeps import cluster, remote

pytestmark = pytest.mark.full

WRITTEN = ("sweep.csv", "summary.csv", "curves.csv")
ASKED = {
    "optimizers": ["sgd", "adam"],
    "frameworks": ["numpy", "torch"],
    "levels": ["as-written"],
    "grid": {"learning_rate": [0.001, 0.01, 0.1]},
}


@pytest.fixture
def workers():
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as found:
        yield found


def sweep(out, **changed):
    return comparisons.sweep("regression-20", **{"seeds": 20, "out": out, **ASKED, **changed})


def contents(out):
    return {name: (out / name).read_bytes() for name in WRITTEN}


@pytest.mark.parametrize("frameworks", [["numpy", "torch"], ["numpy", "torch", "tf"]])
def test_the_same_bytes_as_on_one_machine(tmp_path, workers, frameworks):
    here = sweep(tmp_path / "here", frameworks=frameworks)
    there = sweep(tmp_path / "there", frameworks=frameworks, scheduler=workers.scheduler_address)
    assert not here.mishaps()
    assert not there.mishaps()
    assert contents(tmp_path / "here") == contents(tmp_path / "there")


def test_a_worker_that_is_killed_costs_another_try_only(tmp_path, workers):
    """It is killed in the middle of its first block, and its nanny starts another."""
    sweep(tmp_path / "here", seeds=500, steps=200)
    pids = [worker.pid for worker in workers.workers.values()]
    begun, killed = Event(), Event()

    def kill():
        begun.wait(120)
        os.kill(pids[0], signal.SIGKILL)
        killed.set()

    Thread(target=kill, daemon=True).start()
    there = sweep(
        tmp_path / "there",
        seeds=500,
        steps=200,
        scheduler=workers.scheduler_address,
        progress=lambda counts: begun.set() if any(done for done, _ in counts.values()) else None,
    )
    assert killed.is_set()
    assert not there.mishaps()
    assert contents(tmp_path / "here") == contents(tmp_path / "there")


def test_a_scheduler_that_is_gone_keeps_what_is_finished(tmp_path, workers):
    sweep(tmp_path / "here")

    def end(counts):
        if any(done for done, _ in counts.values()):
            workers.close()

    cut = sweep(tmp_path / "there", memory=2_000_000, scheduler=workers.scheduler_address, progress=end)
    assert cut.kept
    assert "scheduler" in cut.mishaps()[-1]
    after = sweep(tmp_path / "there", memory=2_000_000)
    assert f"{len(cut.kept)} of 12 trainings were finished before and are not made again" in after.notes
    assert contents(tmp_path / "here") == contents(tmp_path / "there")


def test_a_worker_of_other_versions_is_named_and_refused(tmp_path, workers, monkeypatch):
    """The client says that it has another torch: all workers differ from it in that."""
    monkeypatch.setattr(
        cluster, "circumstances", lambda framework: circumstances(framework) | {"torch": "1.0", "numpy": "1.0"}
    )
    asked = {"seeds": 2, "scheduler": workers.scheduler_address}
    refused = sweep(tmp_path / "refused", **asked)
    assert not refused.kept
    assert len(refused.notes) == 2
    assert all("is not used: numpy was 1.0 and is" in note for note in refused.notes)
    assert not sweep(tmp_path / "taken", mixed_versions=True, **asked).mishaps()


def test_no_scheduler_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "PATIENCE", 1.0)
    with pytest.raises(BadInput, match="cannot be reached"):
        sweep(tmp_path, scheduler="tcp://127.0.0.1:1")


def test_how_a_thread_rounds_is_checked():
    """NumPy's own reference has the way to flush subnormal numbers; a worker that does is refused."""
    from numpy_impl import subnormals

    assert remote.float_fault() == ""
    assert subnormals.can_flush()

    def flushed():
        with subnormals.flushing():
            return remote.float_fault()

    with ThreadPoolExecutor(1) as executor:
        assert executor.submit(flushed).result() == "it takes subnormal numbers for 0 there"
