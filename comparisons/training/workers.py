"""Where the frameworks train: one process for each, prepared before the framework is imported in it."""

import gc
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from multiprocessing import get_context, parent_process
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from threading import Thread
from typing import Any, ParamSpec, TypeVar
from weakref import WeakKeyDictionary, finalize

from comparisons.frameworks.column import column
from comparisons.frameworks.installed import ENVIRONMENT, NOT_FOR_TRAINING
from comparisons.training.implementations import implementation

P = ParamSpec("P")
T = TypeVar("T")


# Of each process of ours: what takes its temporary files away. TensorFlow and torch leave some that they never remove.
_FOLDERS: WeakKeyDictionary[ProcessPoolExecutor, Callable[[], object]] = WeakKeyDictionary()


class Workers:
    """The executor of each column: a process of its own, or the one executor that somebody gave for all.

    Args:
        given: any concurrent.futures.Executor, for example a Dask cluster's `client.get_executor()`. It is used as
            it is: threads, environment, and when it ends are the giver's to see to.
        logs: the folder where each process keeps its stderr, in a file of the column's name; None drops it.
    """

    def __init__(self, *, given: Executor | None = None, logs: Path | None = None) -> None:
        self.given, self.logs = given, logs
        self.running: dict[str, ProcessPoolExecutor] = {}

    def executor(self, framework: str) -> Executor:
        """The framework's executor, started if need be."""
        if self.given is not None:
            return self.given
        if framework not in self.running:
            self.running[framework] = start_worker(framework, self.log(framework))
        return self.running[framework]

    def log(self, framework: str) -> Path | None:
        """The file that a framework's process writes to, if it has one."""
        return None if self.given is not None or self.logs is None else self.logs / column(framework).log

    def stopped(self, framework: str) -> bool:
        """Whether somebody has stopped the framework's process (SIGSTOP), so that it waits to be continued."""
        pool = self.running.get(framework)
        return any(_state(number) == "T" for number in (pool._processes or {})) if pool is not None else False

    def discard(self, framework: str) -> None:
        """End the framework's process at once, so that the next call starts another."""
        if framework in self.running:
            stop_worker(self.running.pop(framework))

    def close(self) -> None:
        """End all processes at once."""
        for framework in list(self.running):
            self.discard(framework)


def start_worker(framework: str, log: Path | None) -> ProcessPoolExecutor:
    """A new process that imports the framework and then runs one call after the other."""
    return start_process(implementation(framework), log, column(framework).environment, NOT_FOR_TRAINING)


def start_process(
    module: str, log: Path | None, environment: Mapping[str, str] = ENVIRONMENT, without: Sequence[str] = ()
) -> ProcessPoolExecutor:
    """A new process that imports the module and then runs one call after the other.

    Args:
        without: what is not imported with it, as if it were not installed.
    """
    folder = mkdtemp(prefix="triptych-")
    pool = ProcessPoolExecutor(
        max_workers=1,
        mp_context=get_context("spawn"),
        initializer=_prepare,
        initargs=(os.devnull if log is None else str(log.absolute()), dict(environment), folder),
    )
    _FOLDERS[pool] = finalize(pool, rmtree, folder, ignore_errors=True)
    with _main_hidden(), _interrupts_held():
        pool.submit(_import, module, without)  # the process starts with the first call
    # Only the process is to hold this end of the pipe. Else, when it is killed halfway through a result, the reader
    # in here waits for the other half without end. The executor has no public way to say so.
    pool._result_queue._writer.close()  # type: ignore[attr-defined]  # private
    return pool


def stop_worker(pool: ProcessPoolExecutor) -> None:
    """End a worker's process at once, whatever it is doing: `shutdown` alone would wait for the call in hand."""
    for process in list((pool._processes or {}).values()):
        process.kill()
    pool.shutdown(wait=True, cancel_futures=True)
    _FOLDERS[pool]()


def _state(process: int) -> str:
    """The letter by which Linux says what a process does; "" where that is not known."""
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return ""


def submitted(executor: Executor, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
    """The call, handed to the executor; one that takes no more calls is as one that breaks on this."""
    try:
        return executor.submit(call, *args, **kwargs)
    except RuntimeError as error:
        refused: Future[T] = Future()
        refused.set_exception(BrokenExecutor(str(error)))
        return refused


def _prepare(log: str, environment: dict[str, str], folder: str) -> None:
    """Runs in the worker before anything else is imported there."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the main process, which ends the workers
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    Thread(target=_end_with_parent, args=[folder], daemon=True).start()
    os.environ.update(environment | {"TMPDIR": folder})
    stream = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(stream, 1)
    os.dup2(stream, 2)


def _import(module: str, without: Sequence[str]) -> None:
    """Runs in the worker before its first work. What is imported stays: no search for garbage is to go through it."""
    absent = dict.fromkeys(name for name in without if name not in sys.modules)
    sys.modules.update(absent)  # type: ignore[arg-type]  # None is how Python notes what cannot be imported
    try:
        import_module(module)
    finally:
        for name in absent:
            del sys.modules[name]
    gc.freeze()


def _end_with_parent(folder: str) -> None:
    """Leave nothing running, and no temporary files, when the main process was killed and could end no worker."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        rmtree(folder, ignore_errors=True)
        os._exit(1)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """A process started meanwhile is deaf to Ctrl-C from its first instruction on; here it is only put off."""
    held = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)


@contextmanager
def _main_hidden() -> Iterator[None]:
    """Keep a worker from running the user's script again.

    A spawned process imports the main script, to find functions defined there; a script without the usual
    `if __name__ == "__main__"` would then start itself without end. Nothing of ours is defined there.
    """
    main = vars(sys.modules["__main__"])
    hidden: dict[str, Any] = {name: main[name] for name in ("__file__", "__spec__") if name in main}
    main.pop("__file__", None)
    main["__spec__"] = None
    try:
        yield
    finally:
        main.update(hidden)
