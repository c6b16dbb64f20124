"""Files that people name: opened only if they end, read only up to a size, and written in place of files alone."""

import errno
import os
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from comparisons.names import BadInput

MIB = 1 << 20


def opened(path: Path, most: int | None = None) -> BinaryIO:
    """The file, to read bytes from.

    Raises:
        OSError: it cannot be opened, is a pipe or a device (which need not end), or has more than `most` bytes. Its
            `strerror` says so.
    """
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise OSError(errno.EINVAL, "it is a pipe or a device, not a file")
    try:
        stream = path.open("rb")
    except ValueError:
        raise OSError(errno.EINVAL, "a path has no NUL in it") from None
    size = os.fstat(stream.fileno()).st_size
    if most is not None and size > most:
        stream.close()
        raise OSError(errno.EFBIG, f"it has {size / MIB:.0f} MiB, and at most {most / MIB:g} are read")
    return stream


def content(path: Path, most: int) -> bytes:
    """All bytes of the file.

    Raises:
        OSError: as `opened`.
    """
    with opened(path, most) as stream:
        return stream.read(most)


def text(path: Path, most: int) -> str:
    """The file's text in UTF-8, without a byte order mark; ends of lines are \\n.

    Raises:
        OSError: as `opened`.
        UnicodeDecodeError: it is something else.
    """
    return content(path, most).decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")


def write_whole(path: Path, new: bytes) -> None:
    """Write the file of an --out, all of it or none.

    Raises:
        BadInput: it cannot be written, or something else than a file is there: a device would be gone for everybody.
    """
    aside = path.parent / f".{path.name}.{os.getpid()}"
    try:
        if path.exists() and not path.is_file():
            raise OSError(errno.EEXIST, "what is there is no file")
        aside.write_bytes(new)
        aside.replace(path)
    except (OSError, ValueError) as error:  # ValueError: a path has a NUL in it
        with suppress(OSError, ValueError):
            aside.unlink(missing_ok=True)
        why = getattr(error, "strerror", None) or error
        raise BadInput(f"{path}: cannot be written: {why}; give another --out") from None
