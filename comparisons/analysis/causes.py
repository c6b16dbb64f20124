"""What makes the gaps of a row of the table, in a few words: a factor of the rules, or a verdict."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from comparisons.analysis.verdicts import BEYOND, ROUNDING
from comparisons.names import DTYPES

VERDICTS = ("chaotic", *BEYOND)  # that are causes


class Cause(NamedTuple):
    """A factor of the rules or a verdict, and how it is said."""

    what: str
    words: str


def has_cause(gaps: pd.DataFrame, explanations: pd.DataFrame) -> bool:
    """Whether there is a cause of any of the gaps."""
    judged = gaps["verdict"].isin(VERDICTS) | (gaps["first_gap_step"] >= 0)
    return bool(judged.any()) or leading_cause(explanations) is not None


def cause_of(gaps: pd.DataFrame, explanations: pd.DataFrame) -> str:
    """The cause of the gaps of a recipe at a level, in words that can be broken between lines; "" if there is none.

    It is that of the finer dtype in which there is one; the other's is named beside it where that is a verdict.
    """
    coarse, fine = (_cause_in(*(frame[frame["dtype"] == dtype] for frame in (gaps, explanations))) for dtype in DTYPES)
    if coarse is None or fine is None:
        return (fine or coarse or Cause("", "")).words
    also = coarse.what in VERDICTS and coarse.what != fine.what
    return fine.words + (f"; {DTYPES[0]}: {coarse.words}" if also else "")


def _cause_in(gaps: pd.DataFrame, explanations: pd.DataFrame) -> Cause | None:
    """The framework and the field of the largest part of the gaps of one dtype; else what the verdict says."""
    cause = leading_cause(explanations)
    if cause is not None and cause[1] not in BEYOND:
        return Cause(cause[1], f"{cause[0]}: {cause[1].replace('_', ' ')}")
    for row in (gaps if cause is None else gaps[gaps["verdict"] == cause[1]]).to_dict("records"):
        verdict = row["verdict"]
        if verdict in VERDICTS or row["first_gap_step"] >= 0:
            doubling = f", doubling in {row['doubling_steps']:.2g} steps" if verdict == "chaotic" else ""
            return Cause(verdict, f"{row['astray'] or row['framework']}: {verdict}{doubling}")
    return None


def leading_cause(explanations: pd.DataFrame) -> tuple[str, str] | None:
    """The framework and the factor of the largest part of a gap over the whole curve, in the rows of one key.

    None if there is none but rounding.
    """
    named = explanations[explanations["factor"] != ROUNDING]
    if named.empty:
        return None
    row = named.iloc[int(np.argmax(named["curve"].abs()))]
    return str(row["framework"]), str(row["factor"])
