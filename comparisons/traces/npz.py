"""Arrays out of a .npz that somebody gave: nothing in it is run, and its sizes are checked before they are read."""

import math
import zipfile
from pathlib import Path

import numpy as np
from numpy.lib import format as npy

from comparisons.names import BadInput
from comparisons.traces.trace import Array

LIMIT = 4 << 30  # bytes of all arrays together; a recorder writes 64 MiB


def read_npz(path: Path) -> dict[str, Array]:
    """The arrays of a .npz by name.

    Raises:
        BadInput: it cannot be read, is cut short, has objects in it (which only a pickle can hold), says another size
            than it has, or unpacks to more than 4 GiB.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            if sum(member.file_size for member in members) > LIMIT:
                raise BadInput(f"{path}: its arrays unpack to more than {LIMIT >> 30} GiB")
            return {member.filename.removesuffix(".npy"): _read(path, archive, member) for member in members}
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror or error}") from error
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise BadInput(f"{path}: is no whole .npz file ({error}); give the folder of a recorder, or a .npz") from error


def _read(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Array:
    name = member.filename.removesuffix(".npy")
    with archive.open(member) as stream:
        try:
            version = npy.read_magic(stream)
            read_header = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}[version]
            shape, fortran, dtype = read_header(stream)
        except (ValueError, KeyError) as error:
            raise BadInput(f"{path}: {name} is no array of NumPy's: {str(error).splitlines()[0]}") from error
        if dtype.hasobject:
            raise BadInput(f"{path}: {name} holds objects, which are never read; write plain numbers")
        size = math.prod(shape) * dtype.itemsize
        if size != member.file_size - stream.tell():
            raise BadInput(f"{path}: {name} says {size} bytes and has {member.file_size - stream.tell()}")
        data = np.frombuffer(stream.read(), dtype)
    return data.reshape(shape, order="F" if fortran else "C")
