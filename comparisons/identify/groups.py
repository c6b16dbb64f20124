"""Which tensors follow one rule, and which another."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from comparisons.identify.candidates import candidates
from comparisons.identify.evidence import Piece, evidence_of
from comparisons.identify.holding import holds
from comparisons.identify.search import Candidate
from comparisons.rules import Rule
from comparisons.tasks.streams import Array

MISSES = 2  # after so many tensors of which nothing was found, of the others only those are told that a rule fits


@dataclass(frozen=True, kw_only=True, eq=False)
class Group:
    """Tensors and what was looked at for them; what holds comes first."""

    names: tuple[str, ...]
    candidates: list[Candidate]

    @property
    def holding(self) -> list[Candidate]:
        """Those that hold."""
        return [one for one in self.candidates if one.holding.holds]


def together(pieces: Mapping[str, Piece], shape: Array | None, whole: Mapping[str, bool]) -> Group:
    """All tensors as one group."""
    return _searched(pieces, list(pieces), shape, whole)


def groups(pieces: Mapping[str, Piece], shape: Array | None, whole: Mapping[str, bool]) -> list[Group]:
    """Tensors for which no rule holds together in as few groups as there are rules, and those without one."""
    found: list[Group] = []
    for group in _apart(pieces, shape, whole):
        _put(group, found, pieces, shape, whole)
    return found


def as_declared(
    pieces: Mapping[str, Piece], shape: Array | None, whole: Mapping[str, bool], declared: Sequence[Sequence[str]]
) -> list[Group]:
    """The groups that the script has, in as few as there are rules; the first for which no rule holds, alone."""
    found: list[Group] = []
    for names in sorted(declared, key=lambda names: -sum(pieces[name].before.size for name in names)):
        group = _searched(pieces, names, shape, whole)
        if not group.holding:
            return [group]
        _put(group, found, pieces, shape, whole)
    return found


def _put(
    group: Group, found: list[Group], pieces: Mapping[str, Piece], shape: Array | None, whole: Mapping[str, bool]
) -> None:
    """The group beside those that were found, or as one with the first that it can be."""
    for i, earlier in enumerate(found):
        if joined := _joined(earlier, group, pieces, shape, whole):
            found[i] = joined
            return
    found.append(group)


def _joined(
    earlier: Group, later: Group, pieces: Mapping[str, Piece], shape: Array | None, whole: Mapping[str, bool]
) -> Group | None:
    """Both as one, where a rule of the later holds for the earlier: what these did not feel, those may tell."""
    ours = evidence_of([pieces[name] for name in earlier.names], shape)
    if not any(holds(one.rule, ours) for one in later.holding):
        return None
    found = _searched(pieces, [*earlier.names, *later.names], shape, whole)
    return found if found.holding else None


def _apart(pieces: Mapping[str, Piece], shape: Array | None, whole: Mapping[str, bool]) -> Iterator[Group]:
    """Groups that begin with the largest tensor that is left, each of all that follow one of its rules."""
    left, missed = sorted(pieces, key=lambda name: -pieces[name].before.size), 0
    while left:
        first = left[0]
        alone = _searched(pieces, [first], shape, whole)
        if not alone.holding:
            missed += 1
            left.remove(first)
            yield alone if missed == 1 else Group(names=(first,), candidates=[])
            if missed >= MISSES:
                yield from (Group(names=(name,), candidates=[]) for name in left)
                return
            continue
        rules = [one.rule for one in alone.holding]
        like = [name for name in left if name == first or any(_holds(rule, pieces[name], shape) for rule in rules)]
        found = _searched(pieces, like, shape, whole) if len(like) > 1 else alone
        if not found.holding:  # each holds for the rule within what one tensor tells of it, not all for the same
            like, found = [first], alone
        left = [name for name in left if name not in like]
        yield found


def _searched(
    pieces: Mapping[str, Piece], names: Sequence[str], shape: Array | None, whole: Mapping[str, bool]
) -> Group:
    ordered = [name for name in pieces if name in names]
    found = candidates([pieces[name] for name in ordered], shape, all(whole[name] for name in ordered))
    return Group(names=tuple(ordered), candidates=found)


def _holds(rule: Rule, piece: Piece, shape: Array | None) -> bool:
    return holds(rule, evidence_of([piece], shape))
