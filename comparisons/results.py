"""The files of a run: tables, pictures, manifest, logs. Each appears whole or not at all."""

import json
import os
import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any

from comparisons.frame import KEY
from comparisons.frameworks import ENVIRONMENT, THREADS, versions

if TYPE_CHECKING:
    import pandas as pd

    from comparisons.comparison import Comparison

MANIFEST = "manifest.json"


class CannotWrite(OSError):
    """The results directory, or a file in it, cannot be written. The message says which and why."""


def prepare(directory: Path) -> Path:
    """Make the directory and see that it can be written to, before hours are spent; return its folder of logs.

    Raises:
        CannotWrite: it cannot.
    """
    logs = directory / "logs"
    with _explained(directory):
        logs.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=directory):
            pass
        for log in logs.glob("*.log"):
            log.unlink()
    return logs


def write(comparison: "Comparison", directory: Path) -> None:
    """Write all files of a run. What an earlier run left there, by the word of its manifest, goes away.

    Raises:
        CannotWrite: a file cannot be written; those already written are whole.
    """
    with _explained(directory):
        earlier = _files_of(directory / MANIFEST)
        tables = {
            "losses.csv": comparison.frame(),
            "aligned.csv": comparison.aligned(),
            "gaps.csv": comparison.gaps(),
            "metrics.csv": comparison.metrics(),
            "paths.csv": comparison.paths(),
            "timings.csv": comparison.timings(),
        }
        for name, frame in tables.items():
            replace_file(directory / name, lambda path, frame=frame: write_csv(frame, path))
        pictures = [name for task in comparison.tasks for name in _draw(comparison, task.name, directory)]
        files = [*tables, *pictures]
        text = json.dumps(manifest(comparison, files), indent=1, ensure_ascii=False) + "\n"
        replace_file(directory / MANIFEST, lambda path: path.write_text(text, encoding="utf-8"))
        for name in set(earlier) - set(files):
            (directory / name).unlink(missing_ok=True)


def write_csv(frame: "pd.DataFrame", path: Path) -> None:
    """Floats in the fewest digits that read back as the same float64; NaN as `nan`, no index."""
    frame.to_csv(path, index=False, na_rep="nan", lineterminator="\n")


def replace_file(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a temporary file beside `path`, then give it the name: readers see the old one or the new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}{path.suffix}")
    try:
        write(temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def manifest(comparison: "Comparison", files: list[str]) -> dict[str, Any]:
    """All that is needed to know what was run, on what, and with which calls."""
    return {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "interrupted": comparison.interrupted,
        "versions": versions(),
        "hardware": hardware(),
        "threads": THREADS,
        "environment": ENVIRONMENT,
        "seeds": comparison.seeds,
        "frameworks": comparison.frameworks,
        "source": comparison.source,
        "compared_with": comparison.reference,
        "tasks": {task.name: asdict(task) for task in comparison.tasks},
        "calls": _calls(comparison),
        "failures": [
            {**{name: getattr(cell, name) for name in (*KEY, "framework")}, "reason": reason}
            for cell, reason in comparison.failures()
        ],
        "files": files,
    }


def hardware() -> dict[str, Any]:
    """The machine, as far as it bears on rounding and on time."""
    return {
        "system": platform.platform(),
        "machine": platform.machine(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")


def _calls(comparison: "Comparison") -> dict[str, dict[str, dict[str, dict[str, str]]]]:
    """task, optimizer, level, framework: the call as a line of code; it is the same in both dtypes."""
    calls: dict[str, dict[str, dict[str, dict[str, str]]]] = {}
    for cell in comparison.cells:
        levels = calls.setdefault(cell.task, {}).setdefault(cell.optimizer, {})
        levels.setdefault(cell.level, {})[cell.framework] = cell.call.code()
    return calls


def _draw(comparison: "Comparison", task: str, directory: Path) -> list[str]:
    """Draw a task's picture in both formats; a task of which no cell was finished has none."""
    from matplotlib import rc_context

    from comparisons.plots import STYLE

    if (comparison.frame()["task"] != task).all():
        return []
    names = [f"plots/{task}.png", f"plots/{task}.svg"]
    with rc_context(STYLE):
        figure = comparison.plot(task)
        for name in names:
            replace_file(directory / name, figure.savefig)
    return names


def _files_of(path: Path) -> list[str]:
    """The files that the manifest of an earlier run lists; none if there is no such manifest."""
    try:
        files = json.loads(path.read_text(encoding="utf-8"))["files"]
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return []
    return [name for name in files if isinstance(name, str) and not Path(name).is_absolute() and ".." not in name]


@contextmanager
def _explained(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        place = error.filename or directory
        raise CannotWrite(
            f"cannot write results to {place}: {error.strerror or error}; choose another directory with --out"
        ) from error
