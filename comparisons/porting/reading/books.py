"""A book's class, written from scratch: Adam(lr=0.01, beta1=0.9)."""

from collections.abc import Mapping

from comparisons import frameworks
from comparisons.frameworks.numpy import NUMPY
from comparisons.frameworks.numpy.names import BOOK


def of_book(written: str, given: Mapping[str, object]) -> tuple[str, dict[str, str]] | None:
    """The class of ours that a bare name means, and its arguments to ours; None where a framework may be meant.

    Args:
        written: the name of the class.
        given: the arguments by their names: a framework's are tried first.
    """
    found = [name for name in NUMPY.classes if name.lower() == written.lower()]
    if not found:
        return None
    [name] = found
    for one in frameworks.FRAMEWORKS.values():
        known = [native for key, native in one.classes.items() if key == written and one is not NUMPY]
        if known and set(given) <= {*known[0].arguments, "params"}:
            return None
    words = {key: BOOK.get(key, key) for key in given}
    ours = NUMPY.classes[name].arguments
    return (name, words) if set(words.values()) <= set(ours) and len({*words.values()}) == len(words) else None
