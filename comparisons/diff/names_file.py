"""A file that says which tensor of B is which of A's."""

import json
from pathlib import Path

from comparisons.inputs import files
from comparisons.names import BadInput

LIMIT = 64 * files.MIB


def read_names(path: Path) -> dict[str, str]:
    """A file of names: JSON, each of A's tensors to B's.

    Raises:
        BadInput: it cannot be read, or is something else.
    """
    try:
        found = json.loads(files.text(path, LIMIT))
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{path}: is no JSON: {error}") from None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise BadInput(f'{path}: must be an object of names: {{"dense.weight": "dense/kernel", ...}}')
    if len(set(found.values())) < len(found):
        raise BadInput(f"{path}: gives one tensor of B to two of A's")
    return found
