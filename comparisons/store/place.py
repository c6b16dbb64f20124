"""The directory of a run: it is there, it can be written, and no other run writes there."""

import errno
import fcntl
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from time import sleep

from comparisons.names import BadInput

LOCK = "run.lock"
TRIES, PAUSE = 5, 0.05  # for the lock; seconds
ASIDE = ".writing-"  # what the names of folders begin with in which files are written before they are moved into place


class CannotWrite(OSError):
    """A directory of results, or a file in it, cannot be written. The message says which and why."""


class Locked(BadInput):
    """Another run writes to this directory."""


@contextmanager
def explained(directory: Path) -> Iterator[None]:
    """An OSError inside becomes a CannotWrite, which names the place and the reason."""
    try:
        yield
    except CannotWrite:
        raise
    except OSError as error:
        raise CannotWrite(cannot(error.filename2 or directory, str(error.strerror or error))) from error


def cannot(place: object, reason: str) -> str:
    """That results cannot be written, in a line."""
    return f"cannot write results to {place}: {reason}; choose another directory"


def check(directory: Path, names: Iterable[str] = ()) -> None:
    """Make the directory, and see that files of these names can be written there, before hours are spent.

    Raises:
        CannotWrite: they cannot.
    """
    with explained(directory):
        try:
            directory.mkdir(parents=True, exist_ok=True)
        except FileExistsError:
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(directory)) from None
        with aside(directory) as folder:
            for name in names:
                (folder / name).touch()


@contextmanager
def aside(directory: Path) -> Iterator[Path]:
    """A folder to write files to that are then moved into place; nothing of it is left."""
    with TemporaryDirectory(dir=directory, prefix=ASIDE, ignore_cleanup_errors=True) as name:
        yield Path(name)


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """The directory is this process's alone: the lock ends with the process, however that ends.

    What a process that was killed has left half written is cleared away.

    Raises:
        Locked: it is another's.
        CannotWrite: the directory cannot be written.
    """
    with explained(directory):
        held = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        if not _taken(held):
            number = os.read(held, 20).decode("ascii", "replace").strip()
            other = f"another run (process {number})" if number else "another run"
            raise Locked(f"{directory}: {other} writes there; wait for its end, or choose another directory")
        with explained(directory):
            os.ftruncate(held, 0)
            os.pwrite(held, f"{os.getpid()}\n".encode(), 0)
        for folder in directory.glob(f"{ASIDE}*"):
            shutil.rmtree(folder, ignore_errors=True)
        yield
    finally:
        os.close(held)


def _taken(held: int) -> bool:
    """Take the lock; whether it could be had. Who only asks whether it is held has it for a moment, too."""
    for _ in range(TRIES):
        with suppress(BlockingIOError):
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        sleep(PAUSE)
    return False


def busy(directory: Path) -> bool:
    """Whether a run is writing to the directory just now."""
    try:
        held = os.open(directory / LOCK, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(held, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(held)
    return False
