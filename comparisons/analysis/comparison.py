"""What a comparison found: the curves of every cell, as frames, pictures and a notebook view."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from comparisons.analysis import notebook
from comparisons.analysis.conclusion import conclusion
from comparisons.analysis.frame import KEY, aligned, losses_frame, metrics_frame, paths_frame
from comparisons.analysis.gaps import gap_curves_frame, gaps_frame
from comparisons.analysis.of_run import explanations_frame, runs_of
from comparisons.analysis.reference import references, usual_reference
from comparisons.analysis.summary import absent, compared, summary
from comparisons.analysis.verdicts import RunsOf, with_judgements
from comparisons.analysis.work import IntermediateRules, ReferenceRuns
from comparisons.faithful.held import Held, deviates
from comparisons.names import BadInput, unknown
from comparisons.plots.picture import Curves
from comparisons.tasks.spec import TaskSpec
from comparisons.training.cells import Cell, Failure, Job, Key, Outcome, Panel
from comparisons.training.contract import History

if TYPE_CHECKING:
    from matplotlib.figure import Figure

UNTRAINED = Failure(reason="interrupted before it was trained")


@dataclass(frozen=True, kw_only=True, repr=False)
class Comparison:
    """The outcomes of all cells. In a notebook it shows itself: gaps as a table, curves as pictures.

    Args:
        tasks: as they were run (chosen recipes, chosen number of steps).
        frameworks: the ones asked for, in the order of the columns.
        devices: how each column that names a device computes there.
        source: whose numbers `same-numbers` took.
        seeds: one for each replica.
        cells: every curve asked for.
        reference_runs: of the NumPy reference under the rules of the cells, to judge gaps by.
        intermediate_rules: the rules that lie between those of the cells, trained to explain gaps.
        outcomes: the history or the failure of each cell's job, and the losses or the failure of the other work.
        interrupted: whether Ctrl-C cut the training short, so that outcomes are missing.
        held: the calls of the cells, held to their rules.
        provenance: when, on what and with what it was trained, as the manifest has it; {} for here and now.
    """

    tasks: tuple[TaskSpec, ...]
    frameworks: tuple[str, ...]
    devices: Mapping[str, Mapping[str, Any]]
    source: str
    seeds: tuple[int, ...]
    cells: tuple[Cell, ...]
    outcomes: dict[Job, Outcome]
    interrupted: bool
    reference_runs: tuple[ReferenceRuns, ...] = ()
    intermediate_rules: tuple[IntermediateRules, ...] = ()
    held: Held = field(default_factory=Held)
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def references(self) -> dict[Panel, str]:
        """Of each panel with a curve, the framework whose curves the others are compared with."""
        return references(self.cells, self.source, self._has_curve)

    @cached_property
    def reference(self) -> str:
        """The reference of the comparison as a whole."""
        return usual_reference(self.references, self.source)

    @cached_property
    def _losses(self) -> pd.DataFrame:
        return losses_frame(self.cells, self.outcomes, self.seeds)

    @cached_property
    def _aligned(self) -> pd.DataFrame:
        return aligned(self._losses)

    @cached_property
    def _metrics(self) -> pd.DataFrame:
        return metrics_frame(self.cells, self.outcomes, self.seeds)

    @cached_property
    def _paths(self) -> pd.DataFrame:
        return paths_frame(self.cells, self.outcomes, self.seeds)

    @cached_property
    def _gaps(self) -> pd.DataFrame:
        trained: dict[Key, dict[str, bool]] = {}
        for cell in self.cells:
            trained.setdefault(cell.key, {})[cell.framework] = self._has_curve(cell)
        gaps = gaps_frame(self._aligned, self.references, trained)
        return with_judgements(gaps, self.cells, self.outcomes, self.seeds, self._runs_of(), self._deviates)

    @cached_property
    def _explanations(self) -> pd.DataFrame:
        between, runs = self.intermediate_rules, self._runs_of()
        return explanations_frame(self._gaps, self.cells, between, runs, self.outcomes, self.seeds)

    def _runs_of(self) -> RunsOf:
        return runs_of(self.reference_runs, self.outcomes)

    def frame(self) -> pd.DataFrame:
        """Tidy: task, optimizer, level, dtype, framework, seed, step, loss."""
        return self._losses.copy()

    def aligned(self) -> pd.DataFrame:
        """The key, seed and step, then a column of losses for each framework."""
        return self._aligned.copy()

    def gaps(self) -> pd.DataFrame:
        """A row for each curve and framework but the one it is compared with; docs/verdicts.md has the columns."""
        return self._gaps.copy()

    def explanations(self) -> pd.DataFrame:
        """Of each gap of the first seed that is no rounding, what makes it; columns as in `analysis.of_run`."""
        return self._explanations.copy()

    def metrics(self) -> pd.DataFrame:
        """Accuracies: the key, framework, seed, step, metric, value."""
        return self._metrics.copy()

    def paths(self) -> pd.DataFrame:
        """Where points in the plane went: the key, framework, seed, step, x0, x1."""
        return self._paths.copy()

    def timings(self) -> pd.DataFrame:
        """The key and framework, seconds_setup (building and tracing), seconds_training; all seeds together."""
        rows = [
            {**cell.key._asdict(), "framework": cell.framework, **_seconds(outcome)}
            for cell in self.cells
            if isinstance(outcome := self.outcomes.get(cell.job), History)
        ]
        return pd.DataFrame(rows, columns=[*KEY, "framework", "seconds_setup", "seconds_training"])

    def failures(self) -> list[tuple[Cell, str]]:
        """The cells that gave no history, each with the reason."""
        outcomes = [(cell, self.outcomes.get(cell.job, UNTRAINED)) for cell in self.cells]
        return [(cell, outcome.reason) for cell, outcome in outcomes if isinstance(outcome, Failure)]

    def unexplained(self) -> list[str]:
        """A line for each framework with curves that neither its rules nor rounding make."""
        rows = self._gaps[self._gaps["verdict"] == "unexplained"]
        lines = []
        for name, some in rows.groupby("astray", sort=False):
            first = ", ".join(some.iloc[0][["optimizer", "task", "level", "dtype"]])
            many = "gap is" if len(some) == 1 else "gaps are"
            lines.append(
                f"{name}: {len(some)} {many} unexplained, the first of {first}: neither the update rule nor rounding "
                "makes such a curve; 'triptych check' says what has changed"
            )
        return lines

    def mishaps(self) -> list[str]:
        """A line for each class that deviates, and for each reason why something failed or was cut short."""
        failures = Counter((cell.framework, reason) for cell, reason in self.failures() if reason != UNTRAINED.reason)
        lines = [*self.held.sentences, *self.unexplained()]
        lines += [
            f"{framework}: {count} {'cell' if count == 1 else 'cells'} failed: {reason}"
            for (framework, reason), count in failures.items()
        ]
        lines += [
            f"{one.task} in {one.dtype}: gaps are not {done}: {outcome.reason}"
            for done, works in (("judged", self.reference_runs), ("explained", self.intermediate_rules))
            for one in works
            if isinstance(outcome := self.outcomes.get(one.job), Failure)
        ]
        if self.interrupted:
            untrained = sum(cell.job not in self.outcomes for cell in self.cells)
            lines.append(f"interrupted: {untrained} of {len(self.cells)} cells were not trained; run again for them")
        return lines

    def conclusion(self, *, everything: bool = False) -> list[str]:
        """What it comes to, in a few sentences; the last is the command to go on with, where there is more to know.

        Args:
            everything: name every optimizer, not the first three alone.
        """
        known = self._gaps, self._explanations, self.cells, self.outcomes
        return conclusion(*known, self.reference, everything=everything)

    def plot(self, task: str | None = None) -> "Figure":
        """The picture of a task: a panel for each level, the gaps below. `task` may be left out when there is one.

        Raises:
            BadInput: no such task was run, or it has no curve to show.
        """
        from comparisons.plots.task import plot_task  # matplotlib is slow to import, and not everybody plots

        return plot_task(self.curves(self.task_named(task)))

    def task_named(self, name: str | None) -> str:
        """The name of a task that was run; None may stand for the only one.

        Raises:
            BadInput: there is no such task, or several.
        """
        names = [task.name for task in self.tasks]
        if name is None and len(names) > 1:
            raise BadInput(f"say which task to plot: {', '.join(names)}")
        if name is not None and name not in names:
            raise BadInput(unknown("task", name, names))
        return name or names[0]

    def curves(self, task: str) -> Curves:
        """What `plots.plot_task` draws."""
        [spec] = (spec for spec in self.tasks if spec.name == task)
        losses, metrics, paths = (frame[frame["task"] == task] for frame in (self._losses, self._metrics, self._paths))
        cells = [cell for cell in self.cells if cell.task == task]
        return Curves(
            task=spec,
            losses=losses,
            gaps=gap_curves_frame(cells, self.outcomes, self.seeds, self.references),
            metrics=metrics,
            paths=paths,
            source=self.source,
            reference=self.reference,
            references=self.references,
        )

    def drawable(self) -> list[str]:
        """The names of the tasks of which there is a curve."""
        trained = set(self._losses["task"])
        return [task.name for task in self.tasks if task.name in trained]

    def _deviates(self, cell: Cell) -> bool:
        return deviates(cell, self.held.deviations)

    def _has_curve(self, cell: Cell) -> bool:
        return isinstance(self.outcomes.get(cell.job), History)

    def summary(self) -> pd.DataFrame:
        """A row for each gap that is more than rounding, with its cause; columns as in `analysis.summary`."""
        return summary(self._gaps, self._explanations)

    def __repr__(self) -> str:
        return "\n".join([self._compared, *absent(self.frameworks), *self.mishaps(), *self.conclusion()])

    @property
    def _compared(self) -> str:
        return compared(self.tasks, self.frameworks, self.cells, len(self.seeds))

    def _repr_html_(self) -> str:
        said = [self._compared, *absent(self.frameworks), *self.mishaps()]
        shown = [notebook.items(self.conclusion()), notebook.table(self.summary())]
        pictures = (notebook.picture(self.plot(name), name) for name in self.drawable())
        return notebook.page([*map(notebook.line, said), *shown, *pictures])


def _seconds(history: History) -> dict[str, float]:
    return {"seconds_setup": history.seconds_setup, "seconds_training": history.seconds_training}
