"""The files of a run and its store: written when the store has something else than they show, and made from it."""

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

from comparisons.analysis.comparison import Comparison
from comparisons.faithful.fingerprint import digest, of_packages
from comparisons.frameworks.installed import version
from comparisons.results import files, parquet
from comparisons.results.drawing import Pictures
from comparisons.store import RUN_DB, Store, open_store, runs
from comparisons.store.notes import BEGUN, COMPLETE, PARQUET, WRITTEN
from comparisons.store.works import Keys

Page = Callable[[Comparison], str]  # what makes a page of a comparison
MAKERS = ("comparisons.analysis", "comparisons.plots", "comparisons.results", "comparisons.report")
PACKAGES = ("pandas", "matplotlib")


def write(
    comparison: Comparison, keys: Keys, store: Store, directory: Path, page: Page, pictures: Pictures | None = None
) -> bool:
    """Note the comparison in the store, and write its files, if they are not there already.

    Args:
        pictures: the comparison's, which may have been begun before.

    Returns:
        Whether the files are its own. One that was interrupted leaves those of an earlier one that is complete.

    Raises:
        CannotWrite: the store or a file cannot be written.
    """
    note = runs.as_note(comparison, keys)
    if not comparison.interrupted:
        store.note(COMPLETE, note)
        store.note(BEGUN, None)
    elif store.noted(COMPLETE) is not None:
        return False
    else:
        store.note(BEGUN, note)
    _write(comparison, note, store, directory, page, pictures)
    return True


def before(asked: Comparison, keys: Keys, store: Store, directory: Path, page: Page) -> Comparison | None:
    """The comparison that was asked for, where all of it was trained before; its files are there, or are made anew.

    Raises:
        CannotWrite: the store or a file cannot be written.
    """
    found = runs.before(asked, keys, store)
    if found is None:
        return None
    _write(*found, store, directory, page)
    return found[0]


def again(directory: Path, page: Page) -> list[str]:
    """Make the files of the run in a directory anew, from its store; return what there is to tell of it.

    Raises:
        BadInput: nothing was run there, or a run is under way. CannotWrite: a file cannot be written.
    """
    if not (directory / RUN_DB).is_file():
        raise runs.none_in(directory)
    with open_store(directory) as store:
        comparison, note = runs.noted(store, directory)
        store.note(WRITTEN, None)
        _write(comparison, note, store, directory, page)
        return [*store.said, *comparison.mishaps(), *_left_out(store)]


def _write(
    comparison: Comparison,
    note: dict[str, Any],
    store: Store,
    directory: Path,
    page: Page,
    pictures: Pictures | None = None,
) -> None:
    as_parquet = bool(store.noted(PARQUET)) and parquet.possible()
    made_by = (of_packages(MAKERS), *(" ".join(version(name)) for name in PACKAGES))
    made_of = digest([json.dumps(note), *made_by, str(as_parquet)])
    before = store.noted(WRITTEN)
    there = before is not None and before["of"] == made_of
    if there and all(_digest(directory / name) == one for name, one in before["files"].items()):
        return
    store.note(WRITTEN, None)
    written = files.write(comparison, directory, page, pictures, as_parquet=as_parquet)
    store.note(WRITTEN, {"of": made_of, "files": {name: _digest(directory / name) for name in written}})


def _left_out(store: Store) -> list[str]:
    """That the losses were asked for as parquet, and cannot be written so here."""
    return [f"{parquet.FILE} is left out: {parquet.REMEDY}"] if store.noted(PARQUET) and not parquet.possible() else []


def _digest(file: Path) -> str | None:
    try:
        return sha256(file.read_bytes()).hexdigest()
    except OSError:
        return None
