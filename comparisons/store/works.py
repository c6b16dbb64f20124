"""The keys of a run's work: of each training all that its numbers depend on."""

import json
from collections.abc import Mapping
from dataclasses import fields, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from comparisons.analysis.work import UnderRules
from comparisons.faithful.fingerprint import of_packages
from comparisons.frameworks.call import NativeCall
from comparisons.inputs.files import opened
from comparisons.store.keys import Key, circumstances
from comparisons.store.nouns import as_json
from comparisons.tasks.sources import Bundled, CsvFile, Data, NpzFile
from comparisons.tasks.spec import TaskSpec
from comparisons.training.cells import Cell, Work

OF_NAMES = ("name", "title", "recipes")  # fields of a task that no training of it depends on
HELD = "held to its rules"


class Keys:
    """The keys of the work of one run.

    Args:
        tasks: by their names. seeds: of all trainings.
        devices: how each column that names a device computes there.
        executor: what trains in the place of our own processes, of whose circumstances no more is known; "" for those.
    """

    def __init__(
        self,
        tasks: Mapping[str, TaskSpec],
        seeds: tuple[int, ...],
        devices: Mapping[str, Mapping[str, Any]],
        executor: str = "",
    ) -> None:
        self.tasks, self.seeds, self.devices, self.executor = tasks, seeds, devices, executor
        self._of_tasks: dict[str, dict[str, str]] = {}

    def of(self, work: Work) -> Key:
        """The key of a cell, or of what is trained to judge and to explain gaps."""
        match work:
            case Cell(call=call):
                trained: Any = call
            case UnderRules(rules=rules):
                trained = rules
            case _:
                raise TypeError(f"{type(work).__name__} is no work that is kept")
        content = {
            "seeds": json.dumps(self.seeds),
            **self._of_task(work.task),
            "work": type(work).__name__,
            "call": written(trained),
            **self._here(work.framework, self._also(work)),
        }
        return Key(name=tuple(work.job), content=content)

    def of_held(self, framework: str, calls: tuple[NativeCall, ...]) -> Key:
        """The key of what was found when the calls of a column were held to their rules."""
        content = {"calls": written(calls), "source of the examination": of_packages(("comparisons.faithful",))}
        return Key(name=(HELD, framework), content=content | self._here(framework, ()))

    def _also(self, work: Work) -> tuple[str, ...]:
        return ("sklearn",) if isinstance(self.tasks[work.task].data, Bundled) else ()

    def _here(self, framework: str, also: tuple[str, ...]) -> dict[str, str]:
        here = circumstances(framework, also)
        here |= {"device": written(dict(self.devices[framework]))} if framework in self.devices else {}
        return here | ({"executor": self.executor} if self.executor else {})

    def _of_task(self, name: str) -> dict[str, str]:
        if name not in self._of_tasks:
            self._of_tasks[name] = of_task(self.tasks[name])
        return self._of_tasks[name]


def of_task(task: TaskSpec) -> dict[str, str]:
    """A task as a part of the content of a key: what it is, and what its data are."""
    parts = {field.name: getattr(task, field.name) for field in fields(task) if field.name not in OF_NAMES}
    return {name: written(_of_data(part) if name == "data" else part) for name, part in parts.items()}


def _of_data(data: Data) -> tuple[Any, ...]:
    """The description of data, and of a file what is in it in the place of where it lies."""
    if not isinstance(data, CsvFile | NpzFile):
        return (data,)
    try:
        with opened(Path(data.path)) as file:
            digest = sha256()
            while part := file.read(1 << 20):
                digest.update(part)
    except OSError as error:  # whoever reads it next says so
        return (replace(data, path=""), str(error))
    return (replace(data, path=""), digest.hexdigest())


def written(value: Any) -> str:
    """A value as canonical JSON."""
    return json.dumps(as_json(value), sort_keys=True, separators=(",", ":"))
