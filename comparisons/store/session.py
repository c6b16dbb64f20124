"""What one run takes from its store, and what it keeps there."""

from collections.abc import Iterable, Mapping
from concurrent.futures import Executor, Future
from contextlib import suppress
from dataclasses import replace
from typing import Any

from comparisons.analysis.comparison import Comparison
from comparisons.faithful.examine import Finding, Found
from comparisons.faithful.held import Holding
from comparisons.frameworks.call import NativeCall
from comparisons.store import runs
from comparisons.store.database import Store
from comparisons.store.notes import BEGUN
from comparisons.store.outcomes import outcome_of, record_of
from comparisons.store.packing import Damaged, Record
from comparisons.store.works import Keys
from comparisons.training.cells import Job, Outcome, Work


class Session:
    """The store of a run, or none: then nothing is known, and nothing kept.

    Args:
        provenance: of the comparison; begun earlier, where the run goes on.
    """

    def __init__(self, store: Store | None, keys: Keys, provenance: Mapping[str, Any]) -> None:
        self.store, self.keys, self.provenance = store, keys, provenance

    def known(self, works: Iterable[Work]) -> dict[Job, Outcome]:
        """What came of those of the works that were finished before."""
        found: dict[Job, Outcome] = {}
        if self.store is None:
            return found
        for work in works:
            if work.job not in found and (record := self.store.get(self.keys.of(work))) is not None:
                with suppress(Damaged):
                    found[work.job] = outcome_of(record)
        return found

    def anew(self, works: Iterable[Work]) -> list[str]:
        """A line for each reason why some of the works are done again."""
        return [] if self.store is None else self.store.anew(self.keys.of(work) for work in works)

    def keep(self, work: Work, outcome: Outcome) -> None:
        """Keep what came of the work, unless it failed: then it is tried again next time.

        Raises:
            CannotWrite: the disk is full, or the directory is gone.
        """
        if self.store is None:
            return
        if (record := record_of(outcome)) is not None:
            self.store.put(self.keys.of(work), record)
        else:
            self.store.check_place()

    def findings(self, framework: str, calls: tuple[NativeCall, ...]) -> Future[list[Finding]] | None:
        """What was found before when the calls were held to their rules; None if they were not."""
        record = None if self.store is None else self.store.get(self.keys.of_held(framework, calls))
        if record is None:
            return None
        found: Future[list[Finding]] = Future()
        found.set_result([None if one is None else Found(*one) for one in record.data["findings"]])
        return found

    def keep_findings(self, holdings: Iterable[Holding]) -> None:
        """Keep what was found of the calls, where that is known of all of a column: what is not is asked again."""
        if self.store is None:
            return
        for framework, calls, future in holdings:
            if not future.cancelled() and future.exception() is None:
                findings = future.result()
                if not any(isinstance(one, str) for one in findings):
                    data: Mapping[str, object] = {"findings": [one and list(one) for one in findings]}
                    self.store.put(self.keys.of_held(framework, calls), Record({}, data))


def begin(asked: Comparison, store: Store | None, executor: Executor | None) -> Session:
    """The session of a comparison of which nothing is trained yet; the store notes that it is begun.

    Args:
        executor: that somebody gave; None for processes of our own.

    Raises:
        CannotWrite: the disk is full, or the directory is gone.
    """
    keys = keys_of(asked, executor)
    if store is None:
        return Session(None, keys, {})
    begun = replace(asked, provenance=runs.provenance(runs.now()))
    note = runs.as_note(begun, keys)
    provenance = {**begun.provenance, "created": runs.begun_at(store, note)}
    store.note(BEGUN, note | {"provenance": provenance})
    return Session(store, keys, provenance)


def keys_of(asked: Comparison, executor: Executor | None = None) -> Keys:
    """The keys of the work of a comparison."""
    elsewhere = "" if executor is None else f"{type(executor).__module__}.{type(executor).__qualname__}"
    return Keys({task.name: task for task in asked.tasks}, asked.seeds, asked.devices, elsewhere)
