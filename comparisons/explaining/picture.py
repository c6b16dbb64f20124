"""The picture of a gap report."""

from typing import TYPE_CHECKING

import pandas as pd

from comparisons.analysis.factors import values
from comparisons.analysis.gap_report import GapReport
from comparisons.analysis.measures import logs, measured
from comparisons.explaining.words import last_losses, parting

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def picture(report: GapReport) -> "Figure":
    """The waterfall from the one side to the other, in the last dtype that was asked for."""
    from comparisons.plots.waterfall import plot_waterfall

    one, sides = report.explanations[-1], report.question.sides
    ends = [measured(curve) for curve in logs(one.losses, one.parts.dtype)]
    pairs = zip(one.parts.factors, one.parts.contributions, strict=True)
    bars = [(f"{f.name}\n{values(f.source)} → {values(f.target)}", made) for f, made in pairs]
    rows = [(sides[0].name, ends[0]), *bars, (one.left, one.parts.rounding), (sides[1].name, ends[1])]
    frame = pd.DataFrame([{"bar": name, **made._asdict()} for name, made in rows])
    frame["last_loss"] = [last_losses(one)[0], *[""] * (len(rows) - 2), last_losses(one)[1]]
    return plot_waterfall(frame, report.question.title, f"{one.parts.dtype}; {parting(one)}")
