"""What a translation comes to on the command line."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

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
    """What is printed of an answer.

    Args:
        text, data: the answer for people, and for JSON.
        troubles: what did not go as asked, a line each.
        shortfalls: in which ways the answer falls short.
    """

    text: str
    data: Mapping[str, Any]
    troubles: tuple[str, ...] = ()
    shortfalls: tuple[Shortfall, ...] = ()

    @property
    def json(self) -> str:
        """The data as JSON."""
        return json.dumps(self.data, indent=1, ensure_ascii=False, allow_nan=False)


def carried(gaps: Sequence[object], fidelity: str) -> tuple[Shortfall, ...]:
    """How an answer falls short before it is proved."""
    gone: tuple[Shortfall, ...] = ("not-carried",) if gaps else ()
    return (*gone, "impossible") if fidelity == "impossible" else gone


def untrained(*ids: str) -> str:
    """Why there is no proof between frameworks of which one does not train; "" where all do."""
    names = [one.name for one in map(frameworks.of, ids) if not one.trains]
    return f"no proof: triptych trains no {names[0]}; the dialect is held to {names[0]} by its tests" if names else ""
