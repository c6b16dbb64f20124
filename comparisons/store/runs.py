"""A whole comparison in a store: what was asked for, and under which keys what came of it is found."""

import json
import platform
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from comparisons.analysis.comparison import Comparison
from comparisons.faithful.fingerprint import of_packages
from comparisons.frameworks.installed import ENVIRONMENT, THREADS, bearing, versions
from comparisons.names import BadInput
from comparisons.store.database import Store, read_store
from comparisons.store.machine import hardware
from comparisons.store.notes import BEGUN, COMPLETE
from comparisons.store.nouns import as_json, of_json
from comparisons.store.outcomes import outcome_of
from comparisons.store.packing import Damaged
from comparisons.store.works import Keys
from comparisons.training.cells import Failure, Job, Outcome, Work

# The fields of a comparison that are there before anything is trained: by them a run knows itself again.
ASKED = ("tasks", "frameworks", "devices", "source", "seeds", "cells")
FOUND = ("reference_runs", "intermediate_rules", "held")


class NoRun(BadInput):
    """There is no run to be read in a directory."""


def provenance(created: str) -> dict[str, Any]:
    """When, on what and with what a comparison is trained here."""
    return {
        "created": created,
        "versions": {"python": platform.python_version()} | versions(),
        "hardware": hardware(),
        "threads": THREADS,
        "environment": ENVIRONMENT | bearing(),
    }


def now() -> str:
    """The time as a manifest has it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def as_note(comparison: Comparison, keys: Keys) -> dict[str, Any]:
    """All of the comparison but the records: these by their keys' digests, and of what failed the reason."""
    works: list[Work] = [*comparison.cells, *comparison.reference_runs, *comparison.intermediate_rules]
    digests = {work.job: keys.of(work).digest for work in works}
    failures = {job: one.reason for job, one in comparison.outcomes.items() if isinstance(one, Failure)}
    note = {
        **{name: as_json(getattr(comparison, name)) for name in (*ASKED, *FOUND)},
        "provenance": dict(comparison.provenance),
        "interrupted": comparison.interrupted,
        "code": code(),
        "digests": [digests[work.job] for work in works],
        "failures": {digests[job]: reason for job, reason in failures.items()},
    }
    plain: dict[str, Any] = json.loads(json.dumps(note))  # lists for tuples, as it is read back
    return plain


def before(asked: Comparison, keys: Keys, store: Store) -> tuple[Comparison, dict[str, Any]] | None:
    """The comparison that was asked for, with its note, where all of it was trained before, here and by this code.

    Args:
        asked: what is known of it before anything is trained.
    """
    note = store.noted(COMPLETE)
    if note is None or note["failures"] or note["code"] != code():
        return None
    here = as_note(replace(asked, provenance=provenance(now())), keys)
    if not _same(note, here) or note["digests"][: len(asked.cells)] != here["digests"]:
        return None
    found = of_note(note, store)
    return None if found.interrupted else (found, note)


@cache
def code() -> str:
    """All our own source, in a few letters."""
    return of_packages(("comparisons", "numpy_impl", "torch_impl", "tf_impl"))


def begun_at(store: Store, asked: Mapping[str, Any]) -> str:
    """When a comparison was begun that asks for the same, in the same circumstances: it goes on, or is there; or now.

    Args:
        asked: its note.
    """
    for name in (BEGUN, COMPLETE):
        earlier = store.noted(name)
        if earlier is not None and _same(earlier, asked):
            return str(earlier["provenance"]["created"])
    return now()


def _same(earlier: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
    def timeless(note: Mapping[str, Any]) -> list[Any]:
        return [*(note[name] for name in ASKED), {**note["provenance"], "created": ""}]

    return timeless(earlier) == timeless(asked)


def load(path: Path) -> Comparison:
    """The comparison that a run has left in a directory: see `api.load`."""
    try:
        with read_store(path) as store:
            return noted(store, path)[0]
    except FileNotFoundError:
        raise none_in(path) from None


def none_in(path: Path) -> NoRun:
    """That there is no store in a directory."""
    what = "run.db" if path.is_dir() else "such directory"
    return NoRun(f"{path}: there is no {what}; 'triptych list --runs' shows what there is")


def noted(store: Store, path: Path) -> tuple[Comparison, dict[str, Any]]:
    """The last comparison in a store that is complete, else the one that was begun; and its note.

    Raises:
        NoRun: there is none.
    """
    note = store.noted(COMPLETE) or store.noted(BEGUN)
    if note is None:
        raise NoRun(f"{path}: nothing was run there yet; 'triptych run --out {path}' does")
    try:
        return of_note(note, store), note
    except (Damaged, LookupError, TypeError) as error:
        raise NoRun(f"{path}: its run was kept by another triptych ({error}); run it again") from error


def of_note(note: Mapping[str, Any], store: Store) -> Comparison:
    """The comparison of a note, with what the store has of its outcomes.

    Raises:
        Damaged, LookupError: it is none.
    """
    kept = {name: of_json(note[name]) for name in (*ASKED, *FOUND)}
    works = [*kept["cells"], *kept["reference_runs"], *kept["intermediate_rules"]]
    outcomes: dict[Job, Outcome] = {}
    for work, digest in zip(works, note["digests"], strict=True):
        if work.job in outcomes:
            continue
        if digest in note["failures"]:
            outcomes[work.job] = Failure(reason=note["failures"][digest])
        elif (record := store.get(digest)) is not None:
            outcomes[work.job] = outcome_of(record)
    untrained = any(work.job not in outcomes for work in works)
    return Comparison(
        **kept, outcomes=outcomes, interrupted=note["interrupted"] or untrained, provenance=note["provenance"]
    )
