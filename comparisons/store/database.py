"""The store of a run: SQLite, a row for each finished piece of work, and one writer."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from comparisons.store import salvage, schema
from comparisons.store.keys import Key, changes
from comparisons.store.packing import Damaged, Record, packed, unpacked
from comparisons.store.place import CannotWrite, cannot, check, explained, locked
from comparisons.store.schema import RUN_DB

One = TypeVar("One", Key, str)
WAIT = 30.0  # seconds for a reader that looks at the same file; there is no other writer


class Store:
    """What is finished. Made by `open_store`, to read and write, or by `read_store`, to read only.

    What is put is safe at once: a process that is killed afterwards loses nothing of it.

    Args:
        file: where it is.
        said: what is to be told of how it was found, a line each: a damaged file that was rebuilt.
    """

    def __init__(self, file: Path, connection: sqlite3.Connection, said: tuple[str, ...] = ()) -> None:
        self.file, self.said = file, said
        self._connection = connection
        self._place = _identity(file)

    def known(self, keys: Iterable[One]) -> set[One]:
        """Those of the keys, or of the digests of keys, that have a record."""
        by_digest = {key if isinstance(key, str) else key.digest: key for key in keys}
        with self._reading():
            rows = self._connection.execute(schema.AMONG, [json.dumps(list(by_digest))])
            return {by_digest[digest] for (digest,) in rows}

    def get(self, key: Key | str) -> Record | None:
        """The record of a key, or of a key's digest; None if there is none, or if it is no longer what was put."""
        with self._reading():
            row = self._connection.execute(schema.GET, [key if isinstance(key, str) else key.digest]).fetchone()
        with suppress(Damaged):
            return None if row is None else unpacked(*row)
        return None

    def put(self, key: Key, record: Record) -> None:
        """Keep the record of finished work; one of the same key is replaced.

        Raises:
            CannotWrite: the disk is full, or the file is gone; what was put before is kept as far as that has it.
        """
        name, content = json.dumps(key.name), json.dumps(dict(key.content))
        self._write(schema.PUT, [key.digest, name, content, *packed(record)])

    def note(self, name: str, value: Any) -> None:
        """Keep a value, of what JSON can say, under a name; None takes it away.

        Raises:
            CannotWrite: as `put`.
        """
        if value is None:
            self._write(schema.UNNOTE, [name])
        else:
            head, _, check = packed(Record({}, {"value": value}))
            self._write(schema.NOTE, [name, head, check])

    def noted(self, name: str) -> Any:
        """The value that was noted last under the name; None if none was."""
        with self._reading():
            row = self._connection.execute(schema.NOTED, [name]).fetchone()
        with suppress(Damaged):
            return None if row is None else unpacked(row[0], b"", row[1]).data["value"]
        return None

    def anew(self, keys: Iterable[Key]) -> list[str]:
        """A line for each reason why work of these keys, done before under the same name, has to be done again.

        As in `12 of 364 trainings are trained anew: torch was 2.12.0 and is 2.13.0`. Work that was never done is not
        told of.
        """
        asked = list(dict.fromkeys(keys))
        known, reasons = self.known(asked), Counter[str]()
        for key in asked:
            if key not in known:
                with self._reading():
                    row = self._connection.execute(schema.LATEST, [json.dumps(key.name)]).fetchone()
                if row is not None:
                    reasons[changes(json.loads(row[0]), key.content)] += 1
        return [
            f"{count} of {len(asked)} trainings {'is' if count == 1 else 'are'} trained anew: {reason}"
            for reason, count in reasons.items()
        ]

    def check_place(self) -> None:
        """See that the directory is still there: a file that was taken away would take what is written all the same.

        Raises:
            CannotWrite: it is not.
        """
        if _identity(self.file) != self._place:
            raise CannotWrite(f"{self.file} was taken away while a run wrote to it; run again")

    def close(self) -> None:
        """Let go of the file; everything that was put is in it."""
        with suppress(sqlite3.Error):
            self._connection.close()

    def _write(self, statement: str, values: list[Any]) -> None:
        self.check_place()
        try:
            self._connection.execute(statement, values)
        except sqlite3.Error as error:
            raise CannotWrite(cannot(self.file, str(error))) from error

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise CannotWrite(f"cannot read {self.file}: {error}; run again to rebuild it") from error


@contextmanager
def open_store(directory: Path, *, fresh: bool = False) -> Iterator[Store]:
    """The store of a directory, which is made if need be, to be read and written by this process alone.

    A file that is damaged, or is no store, is put aside, and what is whole in it is kept.

    Args:
        fresh: forget what is there.

    Raises:
        Locked: another process has it.
        CannotWrite: the directory, or the file, cannot be written.
    """
    check(directory)
    with locked(directory):
        file = directory / RUN_DB
        try:
            with explained(directory):
                if fresh:
                    salvage.remove(file)
                said = salvage.rebuilt(file)
            connection = schema.opened(file, WAIT)
        except sqlite3.Error as error:
            raise CannotWrite(cannot(file, str(error))) from error
        with closing(Store(file, connection, said)) as store:
            yield store


@contextmanager
def read_store(directory: Path) -> Iterator[Store]:
    """The store of a directory to read from, also while a run writes to it.

    Raises:
        FileNotFoundError: there is none. salvage.NotYet: it is just being made.
        salvage.NoStore: there is something else, or it is damaged.
    """
    file = directory / RUN_DB
    if not file.is_file():
        raise FileNotFoundError(str(file))
    with closing(Store(file, salvage.readable(file, WAIT))) as store:
        yield store


def _identity(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
