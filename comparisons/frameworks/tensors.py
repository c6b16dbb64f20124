"""Which tensors are picked, in the names that another framework gives them."""

import re
from dataclasses import replace

from comparisons.frameworks.framework import Framework, Tensor
from comparisons.frameworks.selecting import caseless
from comparisons.rules.training import Selector


def renamed(tensors: Selector, source: Framework, target: Framework) -> tuple[Selector, tuple[str, ...]]:
    """The selector in the target's names, and a sentence for each pattern that is another there, or may be."""
    if source is target or not (source.names.tensors and target.names.tensors):
        return tensors, ()
    meant = {pattern: _meant(pattern, source) for pattern in (*tensors.names, *tensors.without)}
    ours = target.names.tensors
    named = {pattern: _widest([name for one in kinds for name in ours[one]]) for pattern, kinds in meant.items()}
    picked = {one for pattern in tensors.names for one in meant[pattern]}
    covered = [  # the target has one name for two kinds, of which one is meant
        name
        for one in ours
        if picked and one not in picked
        for name in ours[one]
        if any(name.endswith(other.lstrip("*")) for kind in picked for other in ours[kind])
    ]
    changed = replace(
        tensors,
        names=_widest([name for pattern in tensors.names for name in named[pattern] or (pattern,)]),
        without=_widest([*(name for pattern in tensors.without for name in named[pattern] or (pattern,)), *covered]),
    )
    return changed, tuple(_said(pattern, names, source, target) for pattern, names in named.items())


def _said(pattern: str, names: tuple[str, ...], source: Framework, target: Framework) -> str:
    pattern = caseless(pattern) or pattern
    if names:
        return f"{pattern} of {source.name} is {' or '.join(names)} in {target.name}"
    return f"{pattern} is as {source.name} has it; write what those tensors are called in {target.name}"


def _widest(patterns: list[str]) -> tuple[str, ...]:
    """Each once, without those that another one covers: "*norm*bias" beside "*bias"."""
    return tuple(
        one
        for one in dict.fromkeys(patterns)
        if not any(other != one and one.endswith(other.lstrip("*")) for other in patterns if other.startswith("*"))
    )


def _meant(pattern: str, framework: Framework) -> tuple[Tensor, ...]:
    """What is meant by a pattern: () where that is not known."""
    letters = (caseless(pattern) or pattern).lower().strip("*.")
    if "/" in letters:  # of some layers only, whose names are the model's
        return ()
    return next((meant for known, meant in framework.names.meant.items() if re.search(known, letters)), ())
