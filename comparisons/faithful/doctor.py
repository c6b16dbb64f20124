"""What is installed here and what is missing."""

import platform
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from comparisons.frameworks import FRAMEWORKS, of
from comparisons.frameworks.installed import MODULES, missing, remedy, versions
from comparisons.training.cells import one_line
from comparisons.training.implementations import devices
from comparisons.training.workers import start_worker, stop_worker


def examine() -> Iterator[str]:
    """A line of versions, then one for each framework: what it trains on, or how to make it work."""
    others = set(MODULES) - {package for framework in FRAMEWORKS.values() for package in framework.packages}
    yield _listed({"python": platform.python_version()} | versions(sorted(others)))
    for framework in FRAMEWORKS:
        if missing(framework):
            yield f"{framework:6} {remedy(framework)}"
        else:
            yield f"{framework:6} {_start(framework)} ({_listed(versions(FRAMEWORKS[framework].packages))})"


def _listed(found: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in found.items())


def _start(framework: str) -> str:
    """What a worker of the framework says, or its last words."""
    with TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        worker = start_worker(framework, log)
        try:
            report = worker.submit(devices, framework).result()
        except BrokenExecutor:
            words = log.read_text(errors="replace").split("\n") if log.exists() else []
            return f"does not start: its worker died; {next(filter(None, reversed(words)), 'it said nothing')}"
        except Exception as error:
            return f"does not start: {one_line(error)}; reinstall it: {of(framework).install}"
        finally:
            stop_worker(worker)
    threads = report["threads"]
    columns = "".join(f"; ask for {framework}@{name} to train there" for name in report["columns"])
    return f"works: {', '.join(report['devices'])}, {threads} {'thread' if threads == 1 else 'threads'}{columns}"
