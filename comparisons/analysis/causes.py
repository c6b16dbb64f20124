"""What makes a framework's gap, in a few words: a factor of the rules with its two values, or a verdict."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from comparisons.analysis.frame import Row
from comparisons.analysis.verdicts import BEYOND, ROUNDING
from comparisons.names import DTYPES

VERDICTS = ("chaotic", *BEYOND)  # that are causes
QUIET = ("identical", "rounding")  # verdicts of which there is nothing to tell
LONG = 40  # letters of values: longer ones are for `explain`


class Cause(NamedTuple):
    """A factor of the rules or a verdict, and how it is said."""

    what: str
    words: str


def is_quiet(gaps: Iterable[Row]) -> bool:
    """Whether no gap of these is more than rounding; what was not judged is not quiet."""
    return all(gap["verdict"] in QUIET and gap["first_gap_step"] < 0 for gap in gaps)


def cause_of(gaps: Sequence[Row], explanations: Sequence[Row]) -> str:
    """The cause of the gaps of a framework in one panel, in words that can be broken between lines; "" if none is.

    It is that of the finer dtype in which there is one; the other's is named beside it where that is a verdict.
    """
    coarse, fine = (_cause_in(*(of_dtype(rows, dtype) for rows in (gaps, explanations))) for dtype in DTYPES)
    if coarse is None or fine is None:
        return (fine or coarse or Cause("", "")).words
    also = coarse.what in VERDICTS and coarse.what != fine.what
    return fine.words + (f"; {DTYPES[0]}: {coarse.words}" if also else "")


def of_dtype(rows: Iterable[Row], dtype: str) -> list[Row]:
    """Those of one dtype."""
    return [row for row in rows if row["dtype"] == dtype]


def change(factor: str, value: str, instead_of: str) -> str:
    """A factor as it is in a framework, and not as it is in the source."""
    if " + " in factor or len(value) + len(instead_of) > LONG:
        return said(factor)
    return f"{said(factor)} {value}, not {instead_of}"


def said(factor: str) -> str:
    """A factor's name in words."""
    return factor.replace("_", " ").replace(" + ", " and ")


def leading(explanations: Iterable[Row]) -> Row | None:
    """The row of the largest part of a gap over the whole curve, of rows of one framework and key.

    None if there is none but rounding.
    """
    named = [row for row in explanations if row["factor"] != ROUNDING]
    return named[int(np.argmax([abs(row["curve"]) for row in named]))] if named else None


def _cause_in(gaps: Sequence[Row], explanations: Sequence[Row]) -> Cause | None:
    """The field of the largest part of the gaps of one dtype; else what the verdict says."""
    row = leading(explanations)
    if row is not None and row["factor"] not in BEYOND:
        return Cause(row["factor"], change(row["factor"], row["framework_value"], row["source_value"]))
    for gap in gaps:
        verdict = gap["verdict"]
        if row is not None and verdict != row["factor"]:
            continue
        if verdict in VERDICTS or gap["first_gap_step"] >= 0:
            astray = f" in {gap['astray']}" if gap["astray"] not in ("", gap["framework"]) else ""
            doubling = f", doubling in {gap['doubling_steps']:.2g} steps" if verdict == "chaotic" else ""
            return Cause(verdict, f"{verdict}{astray}{doubling}")
    return None
