"""How things are measured: clocks, peak memory, processes, and the rows that hold what was found."""

import gc
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from time import perf_counter, process_time
from types import ModuleType
from typing import Generic, Literal, TypeVar

from comparisons.frameworks import FRAMEWORKS
from comparisons.frameworks.installed import missing
from comparisons.names import BadInput
from comparisons.training.workers import start_worker, stop_worker

Unit = Literal["s", "MiB", "B", "ratio", "count"]
T = TypeVar("T")


BASELINES = Path(__file__).parents[2] / "tests" / "baselines"  # of a checkout: they are not installed


@dataclass(frozen=True, kw_only=True)
class Row:
    """One quantity, as often as it was measured.

    Args:
        framework: in which it was measured; "-" where it is of none, or of all together.
        case: what was run. quantity, unit: what was measured of it.
        samples: a number for each repetition; the median stands for them.
        target: what the median is to be at most; None where nothing is promised.
    """

    framework: str | Literal["-"] = "-"
    case: str
    quantity: str
    unit: Unit
    samples: Sequence[float]
    target: float | None = None

    def __post_init__(self) -> None:
        if not self.samples:
            raise ValueError(f"samples of '{self.quantity}' is empty; it must hold at least one number")


@dataclass(frozen=True, kw_only=True)
class Lap(Generic[T]):
    """One timed call: seconds by the clock on the wall, seconds of this process on any core, and what it returned."""

    wall: float
    cpu: float
    result: T


def interleaved(repetitions: int, *calls: Callable[[], T]) -> list[list[Lap[T]]]:
    """Time the calls in turn, A B A B ..., after calling each once to warm up; the laps of each.

    What slows the machine for a while thus slows all of them, and the ratio of neighbours stays. Each starts with the
    garbage of the one before collected: a TensorFlow graph is a cycle, and whoever collects it pays.
    """
    for call in calls:
        call()
    laps: list[list[Lap[T]]] = [[] for _ in calls]
    for _ in range(repetitions):
        for call, done in zip(calls, laps, strict=True):
            gc.collect()
            wall, cpu = perf_counter(), process_time()
            result = call()
            done.append(Lap(wall=perf_counter() - wall, cpu=process_time() - cpu, result=result))
    return laps


def ratios(numerators: Sequence[float], denominators: Sequence[float]) -> list[float]:
    """Each over its neighbour in time. Their median is not quite the ratio of the medians, and less of a lottery."""
    return [a / b for a, b in zip(numerators, denominators, strict=True)]


def command(*arguments: str) -> Lap[subprocess.CompletedProcess[str]]:
    """Time Python, run with these arguments in a process of its own; CPU seconds are its and its children's.

    Raises:
        RuntimeError: it failed, so that there is nothing to time.
    """
    wall, cpu = perf_counter(), _cpu_of_children()
    ended = subprocess.run([sys.executable, *arguments], capture_output=True, text=True)
    lap = Lap(wall=perf_counter() - wall, cpu=_cpu_of_children() - cpu, result=ended)
    if ended.returncode:
        raise RuntimeError(f"python {' '.join(arguments)} failed with exit code {ended.returncode}:\n{ended.stderr}")
    return lap


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@contextmanager
def worker(framework: str) -> Iterator[Executor]:
    """A process of the framework's, prepared as those of a run are; ended on leaving."""
    pool = start_worker(framework, None)
    try:
        yield pool
    finally:
        stop_worker(pool)


def installed() -> list[str]:
    """The frameworks that can be measured here."""
    return [framework for framework in FRAMEWORKS if not missing(framework)]


def baseline(framework: str) -> ModuleType:
    """What the framework is measured against: the file of its name in `tests/baselines`.

    Raises:
        BadInput: this is no checkout of the project, which has that file.
    """
    spec = spec_from_file_location(f"baselines_{framework}", BASELINES / f"{framework}.py")
    if spec is None or spec.loader is None or not BASELINES.is_dir():
        raise BadInput(f"this benchmark needs a checkout of the project: there is no {BASELINES}")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def memory_growth(call: Callable[[], object]) -> int:
    """The bytes by which the most memory that this process holds during the call exceeds what it held before."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far, under which growth would hide
    before = peak_memory()
    call()
    return peak_memory() - before


def peak_memory() -> int:
    """In bytes. Where there is no /proc, getrusage says it; where there is, that one counts the parent's peak too."""
    try:
        status = Path("/proc/self/status").read_text(encoding="utf-8")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return 1024 * next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))
