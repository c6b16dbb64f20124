"""What is installed here and what is missing."""

from collections.abc import Iterator
from concurrent.futures import BrokenExecutor

from comparisons.frameworks import INSTALL, devices, missing, versions
from comparisons.names import FRAMEWORKS
from comparisons.workers import start_worker, stop_worker


def examine() -> Iterator[str]:
    """Lines about the versions, then for each framework its devices and threads, or how to install it."""
    found = versions()
    yield ", ".join(f"{name} {version}" for name, version in found.items())
    for framework in FRAMEWORKS:
        if packages := missing(framework):
            yield f"{framework:6} missing: {' and '.join(packages)}; {INSTALL[framework]}"
            continue
        worker = start_worker(framework)
        try:
            report = worker.submit(devices, framework).result()
            yield f"{framework:6} devices: {', '.join(report['devices'])}; threads of its worker: {report['threads']}"
        except (BrokenExecutor, ImportError, OSError) as error:
            yield f"{framework:6} is installed but does not start ({error}); reinstall it: {INSTALL[framework]}"
        finally:
            stop_worker(worker)
