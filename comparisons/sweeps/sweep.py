"""The result of a sweep."""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from comparisons.sweeps.frames import curves_frame, sweep_frame
from comparisons.sweeps.plan import Plan
from comparisons.sweeps.statistics import Paired, paired, summary_frame
from comparisons.sweeps.words import sentences
from comparisons.training.cells import Job
from comparisons.training.contract import Endings

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """What was asked for, and what came of it.

    Args:
        plan: what was asked for.
        kept: of each training that ended, what is kept of it.
        failures: of each that did not, why.
        interrupted: whether Ctrl-C cut it short.
        notes: lines about where it ran, such as workers that were refused.
    """

    plan: Plan
    kept: dict[Job, Endings]
    failures: dict[Job, str]
    interrupted: bool = False
    notes: tuple[str, ...] = ()

    @cached_property
    def _frame(self) -> pd.DataFrame:
        return sweep_frame(self.plan, self.kept)

    @cached_property
    def _pairs(self) -> list[Paired]:
        return paired(self.plan, self.kept)

    @cached_property
    def _summary(self) -> pd.DataFrame:
        return summary_frame(self.plan, self.kept, self._pairs)

    @cached_property
    def sentences(self) -> list[str]:
        """What holds, in words."""
        return sentences(self.plan, self._pairs, self._summary)

    def frame(self) -> pd.DataFrame:
        """Tidy: the key, framework, seed, grid fields, final_loss, best_loss, steps_to_target, diverged_at."""
        return self._frame.copy()

    def summary(self) -> pd.DataFrame:
        """A line for each cell: quartiles, shares, and the paired difference to the reference; see `summary_frame`."""
        return self._summary.copy()

    def curves(self) -> pd.DataFrame:
        """For each cell and kept step: median, q05, q95, first_seed, last_seed, diverged (a share)."""
        return curves_frame(self.plan, self.kept)

    def figures(self) -> "dict[str, Figure]":
        """The pictures by name: final losses, paired differences and, of two grids, a map, for each optimizer."""
        from comparisons.sweeps.pictures import figures  # matplotlib is slow to import

        return figures(self.plan, self.kept, self._frame, self._summary)

    def mishaps(self) -> list[str]:
        """A line for each reason why trainings failed or were cut short."""
        reasons = Counter((job.framework, reason) for job, reason in self.failures.items())
        lines = [
            *self.notes,
            *(
                f"{framework}: {count:,} {'training' if count == 1 else 'trainings'} failed: {reason}"
                for (framework, reason), count in reasons.items()
            ),
        ]
        if self.interrupted:
            left = len(self.plan.jobs) - len(self.kept) - len(self.failures)
            lines.append(
                f"interrupted: {left:,} of {len(self.plan.jobs):,} trainings were not made; run again for them"
            )
        return lines

    def __repr__(self) -> str:
        plan = self.plan
        counts = f"{len(self.kept):,} of {len(plan.jobs):,} trainings of {plan.seeds:,} seeds"
        return "\n".join([f"<Sweep of {', '.join(task.name for task in plan.tasks)}: {counts}>", *self.sentences])
