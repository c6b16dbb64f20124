"""`comparisons.explain`: what `triptych explain` finds, as a record that shows itself in a notebook."""

import os
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from comparisons.analysis import notebook
from comparisons.analysis.checks import Check
from comparisons.analysis.factors import values
from comparisons.analysis.gap_report import GapReport
from comparisons.explaining.ask import ask
from comparisons.explaining.picture import picture
from comparisons.explaining.show import text
from comparisons.explaining.words import sentence
from comparisons.names import DTYPES, Dtype, Level

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, kw_only=True, repr=False)
class Explained:
    """A gap, explained: prints as on the command line, and shows itself in a notebook."""

    report: GapReport

    @property
    def sentence(self) -> str:
        """What makes the gap, in the last dtype."""
        return sentence(self.report)

    @property
    def checks(self) -> tuple[Check, ...]:
        """What was looked at before the optimizer."""
        return self.report.checks

    def factors(self) -> pd.DataFrame:
        """A row for each field that differs and one for what is left, which add up to the gap, in decades of the loss.

        Columns: dtype, factor, its value in the source and the target, final (of the last loss), curve (of all).
        """
        rows = []
        for one in self.report.explanations:
            for factor, made in zip(one.parts.factors, one.parts.contributions, strict=True):
                ends = {"source": values(factor.source), "target": values(factor.target)}
                rows.append({"dtype": one.parts.dtype, "factor": factor.name, **ends, **made._asdict()})
            rows.append({"dtype": one.parts.dtype, "factor": one.left, "source": "", "target": ""})
            rows[-1] |= one.parts.rounding._asdict()
        return pd.DataFrame(rows, columns=["dtype", "factor", "source", "target", "final", "curve"])

    def plot(self) -> "Figure | None":
        """The waterfall from the one curve to the other; None where the two rules are one."""
        return picture(self.report) if self.report.explanations[-1].parts.factors else None

    def __repr__(self) -> str:
        return text(self.report)

    def _repr_html_(self) -> str:
        figure = self.plot()
        checks = [f"{'ok' if one.ok else 'NOT OK'}: {one.name}: {one.found}" for one in self.checks]
        said = [notebook.line(self.sentence), *map(notebook.line, self.report.held.sentences), notebook.items(checks)]
        shown = notebook.picture(figure, self.report.question.title) if figure else ""
        return notebook.page([*said, notebook.table(self.factors()), shown])


def explain(
    first: str,
    second: str,
    *,
    between: tuple[str, str] | None = None,
    level: Level | None = None,
    task: str | os.PathLike[str] | None = None,
    dtypes: Sequence[Dtype] = DTYPES,
    executor: Executor | None = None,
) -> Explained:
    """Take the gap between two curves apart: which field of the update rule makes how much of it.

    Args:
        first, second: a task and a recipe of it, "regression-20" and "rmsprop"; or two calls of optimizers.
        between: of a recipe, the two frameworks; torch and tf if not given.
        level: of a recipe, as-written (if not given) or same-numbers.
        task: of two calls, where they are trained.
        dtypes: in which to explain it; the last is the one that is put into words.
        executor: where to train instead of in a process for each framework.

    Raises:
        BadInput: there is no such thing, or the gap between the two cannot be taken apart.
        gap_report.NotTrained: a framework failed.
    """
    report, _ = ask(first, second, between=between, level=level, task=task, dtypes=dtypes, executor=executor)
    return Explained(report=report)
