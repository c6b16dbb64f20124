"""Files that people name: opened only if they end, and read only up to a size."""

import errno
import os
from pathlib import Path
from typing import BinaryIO

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
