"""Where the frameworks train: one process for each, prepared before the framework is imported in it."""

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from threading import Lock

from comparisons.frameworks import ENVIRONMENT, implementation
from comparisons.names import Framework


class Workers:
    """The executor of each framework: a process of its own, or the one executor that somebody gave for all.

    Args:
        given: any concurrent.futures.Executor, for example a Dask cluster's `client.get_executor()`. It is used as
            it is: threads and environment are the giver's to set.
        log_of: the file that a framework's process writes its stderr to; None leaves stderr as it is.
    """

    def __init__(self, *, given: Executor | None = None, log_of: Callable[[Framework], Path | None]) -> None:
        self.given, self.log_of = given, log_of
        self.running: dict[Framework, Executor] = {}
        self.closed, self.lock = False, Lock()

    def executor(self, framework: Framework) -> Executor | None:
        """The framework's executor, started if need be; None once the workers are closed."""
        with self.lock:
            if self.closed:
                return None
            if framework not in self.running:
                self.running[framework] = self.given or start_worker(framework, self.log_of(framework))
            return self.running[framework]

    def discard(self, framework: Framework) -> None:
        """End the framework's process at once, so that the next call starts another."""
        with self.lock:
            executor = self.running.pop(framework, None)
        if executor is not None and executor is not self.given:
            stop_worker(executor)

    def close(self) -> None:
        """End all processes at once and start no other."""
        with self.lock:
            self.closed = True
        for framework in list(self.running):
            self.discard(framework)


def start_worker(framework: Framework, log: Path | None = None) -> Executor:
    """A new process that imports the framework and then runs one call after the other."""
    pool = ProcessPoolExecutor(
        max_workers=1,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_prepare,
        initargs=(None if log is None else str(log),),
    )
    with _main_hidden():
        pool.submit(import_module, implementation(framework))  # the process starts with the first call
    return pool


def stop_worker(executor: Executor) -> None:
    """End a worker's process at once, whatever it is doing: `shutdown` alone would wait for the call in hand."""
    for process in list((getattr(executor, "_processes", None) or {}).values()):
        process.kill()
    executor.shutdown(wait=True, cancel_futures=True)


def _prepare(log: str | None) -> None:
    """Runs in the worker before anything else is imported there."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the main process, which ends the workers
    os.environ.update(ENVIRONMENT)
    if log is not None:
        stream = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(stream, sys.__stdout__.fileno())
        os.dup2(stream, sys.__stderr__.fileno())


@contextmanager
def _main_hidden() -> Iterator[None]:
    """Keep a worker from running the user's script again.

    A spawned process imports the main script, to find functions defined there; a script without the usual
    `if __name__ == "__main__"` would then start itself without end. Nothing of ours is defined there.
    """
    main = vars(sys.modules["__main__"])
    hidden = {name: main[name] for name in ("__file__", "__spec__") if name in main}
    main.pop("__file__", None)
    main["__spec__"] = None
    try:
        yield
    finally:
        main.update(hidden)
