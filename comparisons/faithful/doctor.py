"""What is installed here, what is missing, and whether the frameworks' optimizers follow their rules."""

import platform
from collections.abc import Iterable, Iterator
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from comparisons.faithful.held import Held, hold
from comparisons.faithful.variants import variants
from comparisons.frameworks import FRAMEWORKS, of
from comparisons.frameworks.installed import MODULES, missing, remedy, untested, versions
from comparisons.names import SCHEMA
from comparisons.training.cells import one_line
from comparisons.training.implementations import devices
from comparisons.training.workers import Workers


@dataclass(frozen=True, kw_only=True)
class Examined:
    """A framework, as it is here.

    Args:
        framework: its id. versions: of its packages.
        remedy: what is missing, and how to get it; "" for nothing.
        failure: why it does not start; "" if it does, or if it is missing.
        report: what it says of itself: its devices, the columns that train on them, its threads.
        held: whether its optimizers follow their rules, every class by several calls.
    """

    framework: str
    versions: dict[str, str]
    remedy: str = ""
    failure: str = ""
    report: dict[str, Any] = field(default_factory=dict)
    held: Held = field(default_factory=Held)

    @property
    def untested(self) -> str | None:
        """What is to be said of it if it is older or newer than those tested."""
        return untested(self.framework)

    @property
    def faithful(self) -> int:
        """How many of its optimizers follow their rules in all their calls that could be held."""
        astray = {one.call.name for one in self.held.deviations}
        return len({call.name for call in self.held.faithful} - astray)

    @property
    def well(self) -> bool:
        """Whether it works and follows its rules, or is only missing."""
        return not self.failure and not self.held.sentences

    def lines(self) -> Iterator[str]:
        """What it trains on, or how to make it work; then a line for each optimizer that does not follow its rule."""
        if self.remedy:
            yield f"{self.framework:6} {self.remedy}"
            return
        yield f"{self.framework:6} {self.failure or f'works: {self._works()}'} ({_listed(self.versions)})"
        yield from (f"{'':6} {sentence}" for sentence in filter(None, (self.untested, *self.held.sentences)))

    def _works(self) -> str:
        threads = self.report["threads"]
        classes = of(self.framework).classes if of(self.framework).has_optimizers else ()
        count = f"all {len(classes)}" if self.faithful == len(classes) else f"only {self.faithful} of {len(classes)}"
        follow = f"; {count} optimizers follow their rules" if classes else ""
        columns = "".join(f"; ask for {self.framework}@{name} to train there" for name in self.report["columns"])
        said = f"{', '.join(self.report['devices'])}, {threads} {'thread' if threads == 1 else 'threads'}"
        return f"{said}{follow}{columns}"

    def as_data(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "framework": self.framework,
            "versions": self.versions,
            "works": not self.remedy and not self.failure,
            "remedy": self.remedy or None,
            "failure": self.failure or None,
            "untested": self.untested,
            "devices": self.report.get("devices", []),
            "columns": [f"{self.framework}@{name}" for name in self.report.get("columns", [])],
            "threads": self.report.get("threads"),
            "held": len(self.held.faithful) + len(self.held.deviations),
            "optimizers_that_follow": self.faithful,
            "deviations": [one.as_data() for one in self.held.deviations],
            "not_held": list(self.held.not_held),
        }


def others() -> dict[str, str]:
    """The versions of Python and of what is no framework's."""
    rest = set(MODULES) - {package for framework in FRAMEWORKS.values() for package in framework.packages}
    return {"python": platform.python_version()} | versions(sorted(rest))


def first_line() -> str:
    """Those versions in a line."""
    return _listed(others())


def examine() -> Iterator[Examined]:
    """Each framework, one after the other."""
    for framework in FRAMEWORKS:
        found = versions(of(framework).packages)
        if missing(framework):
            yield Examined(framework=framework, versions=found, remedy=remedy(framework))
        else:
            yield _start(framework, found)


def as_data(found: Iterable[Examined]) -> dict[str, Any]:
    """All of it for JSON."""
    return {"schema": SCHEMA, "versions": others(), "frameworks": [one.as_data() for one in found]}


def _listed(found: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in found.items())


def _start(framework: str, found: dict[str, str]) -> Examined:
    """What a worker of the framework says, or its last words."""
    with TemporaryDirectory() as folder:
        workers = Workers(logs=Path(folder))
        try:
            report = workers.executor(framework).submit(devices, framework).result()
            held = hold(((framework, call) for call in variants(of(framework))), workers)
        except BrokenExecutor:
            log = workers.log(framework)
            words = (
                log.read_text(encoding="utf-8", errors="replace").split("\n")
                if log is not None and log.exists()
                else []
            )
            said = next(filter(None, reversed(words)), "it said nothing")
            failure = f"does not start: its worker died; {said}"
            return Examined(framework=framework, versions=found, failure=failure)
        except Exception as error:
            failure = f"does not start: {one_line(error)}; reinstall it: {of(framework).install}"
            return Examined(framework=framework, versions=found, failure=failure)
        finally:
            workers.close()
    return Examined(framework=framework, versions=found, report=report, held=held)
