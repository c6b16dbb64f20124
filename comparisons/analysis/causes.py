"""What makes a framework's gap, in a few words: a factor of the rules with its two values, or a verdict."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from comparisons.analysis.verdicts import BEYOND, ROUNDING
from comparisons.names import DTYPES

VERDICTS = ("chaotic", *BEYOND)  # that are causes
QUIET = ("identical", "rounding")  # verdicts of which there is nothing to tell
LONG = 40  # letters of values: longer ones are for `explain`


class Cause(NamedTuple):
    """A factor of the rules or a verdict, and how it is said."""

    what: str
    words: str


def is_quiet(gaps: pd.DataFrame) -> bool:
    """Whether no gap of these rows is more than rounding; what was not judged is not quiet."""
    return bool(_quiet(gaps).all())


def is_any_quiet(gaps: pd.DataFrame) -> bool:
    """Whether one of them is quiet."""
    return bool(_quiet(gaps).any())


def _quiet(gaps: pd.DataFrame) -> "pd.Series[bool]":
    return gaps["verdict"].isin(QUIET) & (gaps["first_gap_step"] < 0)


def cause_of(gaps: pd.DataFrame, explanations: pd.DataFrame) -> str:
    """The cause of the gaps of a framework in one panel, in words that can be broken between lines; "" if none is.

    It is that of the finer dtype in which there is one; the other's is named beside it where that is a verdict.
    """
    coarse, fine = (_cause_in(*(frame[frame["dtype"] == dtype] for frame in (gaps, explanations))) for dtype in DTYPES)
    if coarse is None or fine is None:
        return (fine or coarse or Cause("", "")).words
    also = coarse.what in VERDICTS and coarse.what != fine.what
    return fine.words + (f"; {DTYPES[0]}: {coarse.words}" if also else "")


def change(factor: str, value: str, instead_of: str) -> str:
    """A factor as it is in a framework, and not as it is in the source."""
    if " + " in factor or len(value) + len(instead_of) > LONG:
        return said(factor)
    return f"{said(factor)} {value}, not {instead_of}"


def said(factor: str) -> str:
    """A factor's name in words."""
    return factor.replace("_", " ").replace(" + ", " and ")


def leading(explanations: pd.DataFrame) -> "pd.Series | None":
    """The row of the largest part of a gap over the whole curve, of rows of one framework and key.

    None if there is none but rounding.
    """
    named = explanations[explanations["factor"] != ROUNDING]
    return None if named.empty else named.iloc[int(np.argmax(named["curve"].abs()))]


def _cause_in(gaps: pd.DataFrame, explanations: pd.DataFrame) -> Cause | None:
    """The field of the largest part of the gaps of one dtype; else what the verdict says."""
    row = leading(explanations)
    if row is not None and row["factor"] not in BEYOND:
        return Cause(row["factor"], change(row["factor"], row["framework_value"], row["source_value"]))
    for gap in (gaps if row is None else gaps[gaps["verdict"] == row["factor"]]).to_dict("records"):
        verdict = gap["verdict"]
        if verdict in VERDICTS or gap["first_gap_step"] >= 0:
            astray = f" in {gap['astray']}" if gap["astray"] not in ("", gap["framework"]) else ""
            doubling = f", doubling in {gap['doubling_steps']:.2g} steps" if verdict == "chaotic" else ""
            return Cause(verdict, f"{verdict}{astray}{doubling}")
    return None
