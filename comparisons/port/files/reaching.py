"""Which definitions of a variable may hold where it is used."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Protocol, TypeVar

from comparisons.port.files.binding import Spot

MOST = 20  # of what a name may be that are followed


class _Placed(Protocol):
    @property
    def spot(self) -> Spot: ...


Definition = TypeVar("Definition", bound=_Placed)


def reaching(definitions: Sequence[Definition], use: Spot) -> list[Definition]:
    """Those of a variable's definitions that may hold where it is used, no more than MOST, from top to bottom.

    In the room of the use it is the last above, and with it those on other arms of an `if`, and those before an `if`
    that may be passed by. If there is none, it is any that another room has.
    """
    own, others = definitions, definitions[:0]
    if definitions and definitions[0].spot.room is not use.room:
        own = [one for one in definitions if one.spot.room is use.room]
        others = definitions
    found: list[Definition] = []
    above = bisect_left(own, use.order, key=lambda one: one.spot.order)
    while above and len(found) < MOST:
        above -= 1
        one = own[above]
        if _exclusive(one.spot, use) or any(_kills(later.spot, one.spot, use) for later in found):
            continue
        found.append(one)
        if set(one.spot.arms) <= set(use.arms):  # nothing above it is left
            break
    return found[::-1] or [*others[-MOST:]]


def _kills(later: Spot, earlier: Spot, use: Spot) -> bool:
    """Whether who comes from the earlier definition to the use always comes by the later one."""
    passed = set(later.arms) <= {*use.arms, *earlier.arms}
    return passed and not _exclusive(later, earlier)


def _exclusive(one: Spot, other: Spot) -> bool:
    """Whether the two are on different arms of one statement, so that no run comes by both."""
    arms = dict(one.arms)
    return any(arms.get(chosen, arm) != arm for chosen, arm in other.arms)
