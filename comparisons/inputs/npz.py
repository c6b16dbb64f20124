"""Arrays out of a .npz that somebody gave: nothing in it is run, and its sizes are checked before they are read."""

import math
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from comparisons.inputs.files import opened
from comparisons.inputs.memory import check_memory
from comparisons.inputs.text import visible
from comparisons.names import BadInput

Array = NDArray[Any]

ANEW = "write the file anew with np.savez"
HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


def read_npz(
    path: Path, names: Sequence[str] = (), remedy: str = "give the folder of a recorder, or a .npz"
) -> dict[str, Array]:
    """The arrays of a .npz by name: all of them, or those that are named.

    Raises:
        BadInput: it cannot be read, is cut short, lacks one that is named, has an entry that is no array or holds
            objects (which only a pickle can), says another size than it has, or unpacks to more than the memory that
            is free.
    """
    try:
        with opened(path) as file:
            return _read_all(path, file, names)
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror or error}); {remedy}") from error
    except BadInput:
        raise
    except Exception as error:  # zipfile, zlib and lzma each have errors of their own for damaged bytes
        raise BadInput(f"{path}: is no whole .npz file ({_line(error)}); {remedy}") from error


def _read_all(path: Path, file: BinaryIO, names: Sequence[str]) -> dict[str, Array]:
    with zipfile.ZipFile(file) as archive:
        members = {one.filename.removesuffix(".npy"): one for one in archive.infolist() if not one.is_dir()}
        for name in names:
            if name not in members:
                raise BadInput(f"{path}: {name} is missing (there are {sorted(members)}); save it with np.savez")
        wanted = {name: members[name] for name in names or members}
        check_memory(f"{path}: its arrays", sum(one.file_size for one in wanted.values()), "give fewer or smaller ones")
        return {name: _read(path, name, archive, member) for name, member in wanted.items()}


def _read(path: Path, name: str, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Array:
    entry = f"{path}: {visible(name)}"
    with archive.open(member) as stream:
        try:
            shape, fortran, dtype = HEADERS[npy.read_magic(stream)](stream)
        except (zipfile.BadZipFile, zlib.error):  # of the file, not of the header
            raise
        except Exception as error:  # the header is a literal of Python's: what reading that says helps nobody
            raise BadInput(f"{entry} is no array of NumPy's: its .npy header cannot be read; {ANEW}") from error
        if dtype.hasobject:
            raise BadInput(f"{entry} holds objects, which are never read; write plain numbers")
        size, rest = math.prod(shape) * dtype.itemsize, member.file_size - stream.tell()
        if size != rest or min(shape, default=0) < 0:
            raise BadInput(f"{entry} says {size} bytes and has {rest}; {ANEW}")
        data = stream.read()
    try:
        values = np.frombuffer(data, dtype) if size else np.zeros(math.prod(shape), dtype)
        return values.reshape(shape, order="F" if fortran else "C")
    except (TypeError, ValueError) as error:  # more than 64 axes, or a length beyond int64 beside one of 0
        raise BadInput(f"{entry} says a shape that no array has; {ANEW}") from error


def _line(error: Exception) -> str:
    """An error in a line."""
    return " ".join(str(error).split()) or type(error).__name__
