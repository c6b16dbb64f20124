"""The curves of a panel as strokes: losses, and below them gaps."""

from collections.abc import Iterator, Mapping

import numpy as np

from comparisons.analysis.gaps import scaled_gap
from comparisons.names import Dtype
from comparisons.report import layout
from comparisons.report.axes import Axis
from comparisons.report.drawing import outline
from comparisons.report.lookups import CurveOf, Lookups
from comparisons.report.values import summary
from comparisons.report.view import Stroke
from comparisons.tasks.streams import Array
from comparisons.training.cells import Panel


def stroke(column: int, dtype: Dtype, table: Array, axis: Axis) -> Stroke:
    """The curve of one seed; of several the median, within a band from the 5 to the 95 % quantile."""
    if len(table) == 1:
        return Stroke(column=column, dtype=dtype, path=layout.losses_path(table[0], axis))
    low, middle, high = summary(table, 1)
    end = int((~np.isfinite(high)).argmax()) if not np.isfinite(high).all() else len(high)
    every = (
        np.unique(np.linspace(0, end - 1, min(end, layout.LAYOUT.plot // 2)).astype(int)) if end else np.empty(0, int)
    )
    ends = [layout.up(axis.share(curve[every].astype(np.float64)), layout.LAYOUT.losses) for curve in (low, high)]
    area = outline(layout.across(every, len(low)), *ends)
    return Stroke(column=column, dtype=dtype, path=layout.losses_path(middle, axis), area=area)


def gap_curves(of: Lookups, panel: Panel, losses: Mapping[CurveOf, Array]) -> Iterator[Stroke]:
    """The gap of each framework but the reference's in each dtype, the coarsest below; of seeds, the largest."""
    reference = of.comparison.references.get(panel)
    for dtype in reversed(of.dtypes):
        for name in of.columns:
            one, other = losses.get((panel, dtype, name)), losses.get((panel, dtype, reference or ""))
            if name != reference and one is not None and other is not None:
                gap = scaled_gap(one, other)
                largest = np.where(np.isnan(gap), -np.inf, gap).max(axis=0)
                yield Stroke(column=of.columns.index(name), dtype=dtype, path=layout.gaps_path(largest))
