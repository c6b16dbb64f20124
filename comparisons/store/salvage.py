"""A store that is damaged, or none: what is whole in it is kept."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from comparisons.names import BadInput
from comparisons.store import schema
from comparisons.store.keys import Key
from comparisons.store.packing import Damaged, unpacked

WITH_IT = ("", "-wal", "-shm")  # the files of one database
ROWS = "SELECT digest, name, content, head, body, checked FROM job WHERE id = ?"
NOTES = "SELECT name, head, checked FROM note WHERE id = ?"


class NoStore(BadInput):
    """A file that should be a store is damaged, or is something else."""


class NotYet(NoStore):
    """A store is being made, or who made it was killed: nothing is in it."""


def remove(file: Path) -> None:
    """Take the database away."""
    for end in WITH_IT:
        file.with_name(file.name + end).unlink(missing_ok=True)


def readable(file: Path, wait: float) -> sqlite3.Connection:
    """A connection to read with, also where the directory cannot be written.

    Raises:
        NotYet: nothing is in it so far. NoStore: it is no store, or it is damaged.
    """
    torn = _torn(file)
    for how in ("mode=ro", "mode=ro&immutable=1"):
        connection = sqlite3.connect(f"{file.absolute().as_uri()}?{how}", uri=True, timeout=wait, isolation_level=None)
        try:
            blank, fault = _blank(connection), _fault(connection, torn)
        except sqlite3.OperationalError as error:  # a log beside it cannot be made in a directory that is read only
            connection.close()
            if _logged(file) or how.endswith("immutable=1"):
                raise NoStore(f"cannot read {file}: {error}; run again to rebuild it") from None
            continue
        if blank:
            connection.close()
            raise NotYet(f"{file}: nothing is in it yet; if a run has just begun, try again in a moment")
        if fault:
            connection.close()
            raise NoStore(f"{file} {fault}; run again to rebuild it")
        return connection
    raise NoStore(f"cannot read {file}; run again to rebuild it")


def rebuilt(file: Path) -> tuple[str, ...]:
    """Put a file that is damaged, or is no store, aside, and make a store of what is whole in it; say so.

    Raises:
        OSError: it cannot be put aside. sqlite3.Error: it cannot be written.
    """
    if not file.exists() or not file.stat().st_size:
        return ()
    torn = _torn(file)
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        try:
            fault = "" if _blank(connection) else _fault(connection, torn)
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
                raise
            fault = f"is damaged ({error})"
    if not fault:
        return ()
    old = _free(file)
    for end in WITH_IT:
        with suppress(FileNotFoundError):
            file.with_name(file.name + end).rename(old.with_name(old.name + end))
    with closing(schema.opened(file, 0)) as new, closing(sqlite3.connect(old, isolation_level=None)) as damaged:
        kept = _copied(damaged, new)
    return (f"{file} {fault}: it is now {old.name}, and {kept} finished trainings in it are whole and kept",)


def _blank(connection: sqlite3.Connection) -> bool:
    """Whether it is a database without a table, and nobody's: its tables come with the name of who made it."""
    try:
        [application] = connection.execute("PRAGMA application_id").fetchone()
        [tables] = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:  # `_fault` says what it is
        return False
    return application == 0 and tables == 0


def _fault(connection: sqlite3.Connection, torn: bool) -> str:
    """What is wrong with a store, in words; "" if it is one and whole.

    Raises:
        sqlite3.DatabaseError: it cannot be read at all.
    """
    try:
        [application] = connection.execute("PRAGMA application_id").fetchone()
        [version] = connection.execute("PRAGMA user_version").fetchone()
        if application != schema.APPLICATION:
            return "is not triptych's"
        if version != schema.VERSION:
            return f"is of another triptych (its tables have version {version}, not {schema.VERSION})"
        [found] = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_NOTADB:
            return "is no database"
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_CORRUPT:
            return f"is damaged ({error})"
        raise
    return "" if found == "ok" and not torn else "is damaged"


def _copied(damaged: sqlite3.Connection, new: sqlite3.Connection) -> int:
    """Copy each row that can be read and is what was put; how many pieces of work that are."""
    kept = 0
    damaged.execute("PRAGMA writable_schema = ON")  # else a file that is too short is not read at all
    new.execute("BEGIN")
    for digest, name, content, *row in _rows(damaged, ROWS, "job"):
        with suppress(Damaged, ValueError, TypeError, AttributeError):
            unpacked(*row)
            if Key(name=tuple(json.loads(name)), content=json.loads(content)).digest == digest:
                new.execute(schema.PUT, [digest, name, content, *row])
                kept += 1
    for name, head, checked in _rows(damaged, NOTES, "note"):
        with suppress(Damaged, TypeError, AttributeError):
            unpacked(head, b"", checked)
            new.execute(schema.NOTE, [name, head, checked])
    new.execute("COMMIT")
    return kept


def _rows(damaged: sqlite3.Connection, query: str, table: str) -> Iterator[tuple[Any, ...]]:
    """The rows that can be read, one by one: a page that is gone costs its own."""
    with suppress(sqlite3.Error, TypeError):
        [last] = damaged.execute(f"SELECT seq FROM sqlite_sequence WHERE name = '{table}'").fetchone()
        for number in range(1, last + 1):
            with suppress(sqlite3.Error):
                if (row := damaged.execute(query, [number]).fetchone()) is not None:
                    yield row


def _torn(file: Path) -> bool:
    """Whether the last page is cut off, which SQLite takes for zeros; to be asked before it is opened."""
    with file.open("rb") as opened:
        page = int.from_bytes(opened.read(18)[16:], "big")  # 1 stands for 65536, which nobody asks for here
    return not _logged(file) and page > 1 and file.stat().st_size % page > 0


def _logged(file: Path) -> bool:
    """Whether something is in the write-ahead log only: somebody has the file open, or was killed."""
    with suppress(FileNotFoundError):  # asked once: who closes the file takes its log away
        return file.with_name(f"{file.name}-wal").stat().st_size > 0
    return False


def _free(file: Path) -> Path:
    """A name for the damaged file that none has."""
    number = 1
    while (old := file.with_name(f"{file.name}.damaged{number}")).exists():
        number += 1
    return old
