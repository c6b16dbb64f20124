"""A file that says which tensor of B is which of A's."""

import json
from pathlib import Path

from comparisons.inputs import files
from comparisons.inputs.text import visible
from comparisons.names import BadInput

LIMIT = 64 * files.MIB
FORM = 'write {"dense.weight": "dense/kernel", ...}'


def read_names(path: Path) -> dict[str, str]:
    """A file of names: JSON, each of A's tensors to B's.

    Raises:
        BadInput: it cannot be read, or is something else.
    """
    try:
        found = json.loads(files.text(path, LIMIT))
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror or error}; give another --names") from None
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{path}: is no JSON: {error}; {FORM}") from None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise BadInput(f"{path}: must be an object of names; {FORM}")
    if len(set(found.values())) < len(found):
        twice = next(value for value in found.values() if list(found.values()).count(value) > 1)
        raise BadInput(f"{path}: gives '{visible(twice)}' of B to two tensors of A's; leave one of them out")
    return found
