"""Which definitions of a variable may hold where it is used."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Protocol, TypeVar

from comparisons.porting.files.binding import Site

MOST = 20  # of what a name may be that are followed


class _Placed(Protocol):
    @property
    def site(self) -> Site: ...


Definition = TypeVar("Definition", bound=_Placed)


def reaching(definitions: Sequence[Definition], use: Site) -> list[Definition]:
    """Those of a variable's definitions that may hold where it is used, no more than MOST, from top to bottom.

    In the scope of the use it is the last above, and with it those on other branches of an `if`, and those before an
    `if` that may be passed by. If there is none, it is any that another scope has.
    """
    own, others = definitions, definitions[:0]
    if definitions and definitions[0].site.scope is not use.scope:
        own = [one for one in definitions if one.site.scope is use.scope]
        others = definitions
    found: list[Definition] = []
    above = bisect_left(own, use.order, key=lambda one: one.site.order)
    while above and len(found) < MOST:
        above -= 1
        one = own[above]
        if _exclusive(one.site, use) or any(_kills(later.site, one.site, use) for later in found):
            continue
        found.append(one)
        if set(one.site.branches) <= set(use.branches):  # nothing above it is left
            break
    return found[::-1] or [*others[-MOST:]]


def _kills(later: Site, earlier: Site, use: Site) -> bool:
    """Whether who comes from the earlier definition to the use always comes by the later one."""
    passed = set(later.branches) <= {*use.branches, *earlier.branches}
    return passed and not _exclusive(later, earlier)


def _exclusive(one: Site, other: Site) -> bool:
    """Whether the two are on different branches of one statement, so that no run comes by both."""
    branches = dict(one.branches)
    return any(branches.get(chosen, branch) != branch for chosen, branch in other.branches)
