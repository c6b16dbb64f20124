"""What a translation comes to on the command line."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from comparisons import frameworks

Shortfall = Literal[
    "not-exact",  # an exact route is not, or a framework's class departs from its rule
    "not-carried",  # something that the source says could not be read, or no record holds it
    "impossible",  # there is no translation
    "unproved",  # there is one, and the proof that was asked for could not be measured
    "no-call",  # the file has no call to translate
]


@dataclass(frozen=True, kw_only=True)
class Printed:
    """Text for standard output, what did not go as asked, a line each, and in which ways an answer falls short."""

    text: str
    troubles: tuple[str, ...] = ()
    shortfalls: tuple[Shortfall, ...] = ()


def carried(gaps: Sequence[object], fidelity: str) -> tuple[Shortfall, ...]:
    """How an answer falls short before it is proved."""
    gone: tuple[Shortfall, ...] = ("not-carried",) if gaps else ()
    return (*gone, "impossible") if fidelity == "impossible" else gone


def untrained(*ids: str) -> str:
    """Why there is no proof between frameworks of which one does not train; "" where all do."""
    names = [one.name for one in map(frameworks.of, ids) if not one.trains]
    return f"no proof: triptych trains no {names[0]}; the dialect is held to {names[0]} by its tests" if names else ""
