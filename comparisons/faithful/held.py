"""Hold the frameworks' own optimizers to the rules that they stand for."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Future
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np

from comparisons.faithful.examine import Finding, examine
from comparisons.frameworks import installed, of, trainings
from comparisons.frameworks.call import NativeCall
from comparisons.frameworks.column import column
from comparisons.frameworks.trainings import Trainable, calls_of
from comparisons.training.cells import Cell, one_line
from comparisons.training.workers import Workers, submitted


@dataclass(frozen=True, kw_only=True)
class Deviation:
    """A call of a framework's optimizer that does not follow the rule that it stands for.

    Args:
        framework: the id of the column where it was held. call: as it was given, without hooks.
        version: of the framework, as "keras 3.15.1".
        step: the first (from 1) after which it is elsewhere; 0 if it only has other defaults than its table.
        gap: how far after that step, relative to the largest parameter.
        fits: what other rule it follows, in words; of step 0, its defaults.
    """

    framework: str
    call: NativeCall
    version: str
    step: int
    gap: float
    fits: str

    @property
    def sentence(self) -> str:
        """In one line."""
        device = column(self.framework).device
        name = f"{self.version}'s {self.call.name}{f' on {device}' if device else ''}"
        if not self.step:
            return f"{name} has other defaults than its table: {self.fits}"
        gap = f"by {self.gap:.1e}" if np.isfinite(self.gap) else "where it is not a number"
        return f"{name} no longer follows its rule: first at step {self.step}, {gap}; {self.fits}"

    def as_data(self) -> dict[str, Any]:
        """For JSON; a gap that is not finite is null."""
        return {
            "framework": self.framework,
            "call": self.call.code(),
            "version": self.version,
            "step": self.step,
            "gap": self.gap if np.isfinite(self.gap) else None,
            "fits": self.fits,
            "says": self.sentence,
        }


@dataclass(frozen=True, kw_only=True)
class Held:
    """What came of it: the calls that follow their rules, those that do not, and a line for each reason not to know."""

    faithful: tuple[NativeCall, ...] = ()
    deviations: tuple[Deviation, ...] = ()
    not_held: tuple[str, ...] = ()

    @property
    def sentences(self) -> list[str]:
        """A line for each class that deviates, and for each reason not to know."""
        return [*sentences(self.deviations), *self.not_held]


def deviates(cell: Cell, deviations: Iterable[Deviation]) -> bool:
    """Whether what the cell trained does not follow its rule; other defaults matter where they are filled in only."""
    calls = [trainings.bare(call) for call in calls_of(cell.call)]
    return any(
        one.framework == cell.framework and one.call in calls and (one.step > 0 or cell.level == "as-written")
        for one in deviations
    )


def sentences(deviations: Iterable[Deviation]) -> Iterator[str]:
    """A line for each class that deviates."""
    for _, some in groupby(deviations, key=lambda one: (one.framework, one.call.name)):
        first, *others = some
        yield first.sentence + (f" (so do {len(others)} more of its calls)" if others else "")


class Holding(NamedTuple):
    """The calls of a column, and what will be found of them: a finding each."""

    framework: str
    calls: tuple[NativeCall, ...]
    findings: Future[list[Finding]]


def hold(calls: Iterable[tuple[str, Trainable]], workers: Workers) -> Held:
    """Hold calls to their rules: see `submit`."""
    return gather(submit(calls, workers))


def submit(
    calls: Iterable[tuple[str, Trainable]],
    workers: Workers,
    known: Callable[[str, tuple[NativeCall, ...]], Future[list[Finding]] | None] = lambda *_: None,
) -> list[Holding]:
    """Hand calls to the workers of their frameworks, to be held while something else is done; `gather` waits.

    Each call is complete, and stands with the id of the column whose worker is to hold it; hooks are left out. Of a
    training the calls of all groups are held, each by itself. Nothing is asked of rules, which drop-ins of ours follow,
    nor of NumPy's optimizers, which are ours too. A worker does this before what it is given afterwards, so that it is
    over when that is.

    Args:
        known: what was found before of the calls of a column, which is then not asked again; None for nothing.
    """
    wanted: dict[str, dict[str, NativeCall]] = {}
    for framework, trained in calls:
        for call in calls_of(trained) if of(framework).has_optimizers else ():
            bare = replace(trainings.bare(call), hooks=())
            wanted.setdefault(framework, {}).setdefault(bare.code(), bare)
    holdings = []
    for framework, some in wanted.items():
        complete = tuple(some.values())
        before = known(framework, complete)
        holdings.append(Holding(framework, complete, before) if before else _submitted(framework, complete, workers))
    return holdings


def _submitted(framework: str, calls: tuple[NativeCall, ...], workers: Workers) -> Holding:
    if installed.missing(framework):
        refused: Future[list[Finding]] = Future()
        refused.set_exception(ModuleNotFoundError(installed.remedy(framework)))
        return Holding(framework, calls, refused)
    return Holding(framework, calls, submitted(workers.executor(framework), examine, framework, calls))


def gather(holdings: Iterable[Holding]) -> Held:
    """What became of the calls. A worker that died, or a framework that is missing, costs its own calls only."""
    faithful, deviations, reasons = list[NativeCall](), list[Deviation](), Counter[tuple[str, str]]()
    for framework, calls, future in holdings:
        for call, finding in zip(calls, _findings(future, len(calls)), strict=True):
            match finding:
                case None:
                    faithful.append(call)
                case str():
                    reasons[framework, finding] += 1
                case _:
                    deviations.append(Deviation(framework=framework, call=call, **finding._asdict()))
    return Held(
        faithful=tuple(faithful),
        deviations=tuple(sorted(deviations, key=lambda one: (one.framework, one.call.name))),
        not_held=tuple(
            f"{framework}: {f'{count} calls are' if count > 1 else 'a call is'} not held to the rule: {reason}"
            for (framework, reason), count in reasons.items()
        ),
    )


def _findings(future: Future[list[Finding]], count: int) -> list[Finding]:
    try:
        return future.result()
    except (BrokenExecutor, CancelledError):
        return ["its worker died"] * count
    except ModuleNotFoundError as error:
        return [str(error)] * count
    except Exception as error:
        return [one_line(error)] * count
