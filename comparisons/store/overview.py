"""What runs and sweeps lie in a folder, and how far each is."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from comparisons.names import BadInput
from comparisons.store import notes
from comparisons.store.database import Store, read_store
from comparisons.store.place import busy
from comparisons.store.salvage import NotYet
from comparisons.store.schema import RUN_DB

State = Literal["complete", "running", "stopped", "empty", "unreadable"]


@dataclass(frozen=True, kw_only=True)
class Overview:
    """A run or a sweep in a directory.

    Args:
        state: complete; under way just now; begun, and stopped; neither a run nor a sweep; not to be read.
        sweep: whether it is one.
        done, total: trainings, of those asked for.
        created: when it was begun. tasks, frameworks, seeds: what is compared; seeds is their number.
        problem: why it cannot be read; "" if it can.
    """

    directory: Path
    state: State
    sweep: bool = False
    done: int = 0
    total: int = 0
    created: str = ""
    tasks: tuple[str, ...] = ()
    frameworks: tuple[str, ...] = ()
    seeds: int = 0
    problem: str = ""

    @property
    def line(self) -> str:
        """In a line."""
        match self.state:
            case "unreadable":
                return f"{self.directory}  {self.problem}"
            case "empty":
                return f"{self.directory}  {self.state}"
            case "running" if not self.total:
                return f"{self.directory}  {self.state}, just begun"
        what = f"{', '.join(self.tasks)}; {', '.join(self.frameworks)}; {self.seeds} seed{'s' * (self.seeds != 1)}"
        state = f"sweep, {self.state}" if self.sweep else self.state
        return f"{self.directory}  {state}, {self.done} of {self.total} trainings, begun {self.created}  {what}"

    def as_data(self) -> dict[str, Any]:
        """For JSON."""
        return {**vars(self), "directory": str(self.directory)}


def overviews(folder: Path) -> Iterator[Overview]:
    """The runs in a folder and in the folders in it, in the order of their names.

    Raises:
        BadInput: there is no such folder.
    """
    if not folder.is_dir():
        raise BadInput(f"{folder}: there is no such folder; give the one that runs write to, as --out has it")
    # a folder that is gone before its turn, as those are that files are made in, is none
    for directory in sorted(Path(found) for found, _, files in os.walk(folder) if RUN_DB in files):
        yield from _of(directory)


def _of(directory: Path) -> Iterator[Overview]:
    running = busy(directory)
    try:
        with read_store(directory) as store:
            names = (notes.COMPLETE, notes.BEGUN, notes.SWEEP)
            found = {name: note for name in names if (note := store.noted(name)) is not None}
            if not found:
                yield Overview(directory=directory, state="running" if running else "empty")
            last = max(reversed(found), key=lambda name: found[name]["provenance"]["created"], default=None)
            for name, note in found.items():
                yield _seen(directory, store, note, sweep=name == notes.SWEEP, running=running and name == last)
    except NotYet:
        yield Overview(directory=directory, state="running" if running else "empty")
    except (BadInput, OSError, LookupError, TypeError) as error:
        yield Overview(directory=directory, state="unreadable", problem=str(error))


def _seen(directory: Path, store: Store, note: Mapping[str, Any], *, sweep: bool, running: bool) -> Overview:
    digests = dict.fromkeys(note["digests"])
    done = len(store.known(digests))
    over = done == len(digests) if sweep else not note["interrupted"]
    return Overview(
        directory=directory,
        state="running" if running else "complete" if over else "stopped",
        sweep=sweep,
        done=done,
        total=len(digests),
        created=note["provenance"]["created"],
        tasks=tuple(task["name"] for task in note["tasks"]),
        frameworks=tuple(note["frameworks"]),
        seeds=note["seeds"] if sweep else len(note["seeds"]),
    )
