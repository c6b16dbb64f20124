"""Paths that are the same for several curves, written once."""

from collections import Counter
from collections.abc import Iterable, Iterator

from markupsafe import Markup


class Shapes:
    """Writes the paths of a part of the page, each with an id of its own where it comes again, and then refers to it.

    Args:
        ids: numbers that no other part takes.
        paths: all that the part has, each as often as it comes.
    """

    def __init__(self, ids: Iterator[int], paths: Iterable[str]) -> None:
        counts = Counter(paths)
        self._ids = {path: f"p{next(ids):x}" for path, count in counts.items() if count > 1}
        self._written: set[str] = set()

    def element(self, path: str, shown: str) -> Markup:
        """The element of the class `shown` that draws a path.

        One that others refer to stands in a group, which has the class: what refers to a path has its class, too.
        """
        if path in self._written:
            return Markup('<use class="{}" href="#{}"/>').format(shown, self._ids[path])
        if path not in self._ids:
            return Markup('<path class="{}" d="{}"/>').format(shown, path)
        self._written.add(path)
        return Markup('<g class="{}"><path id="{}" d="{}"/></g>').format(shown, self._ids[path], path)
