"""Look for what has changed: the installed frameworks beside what we know of them, and a run beside a baseline's."""

import platform
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from comparisons import api
from comparisons.analysis.comparison import Comparison
from comparisons.check import baseline as baselines
from comparisons.check.baseline import Baseline
from comparisons.check.bounds import Curve, chaotic
from comparisons.check.changes import Change
from comparisons.check.curves import in_both, of_comparison, run_changes
from comparisons.check.surface import Surface, surface_changes, surfaces
from comparisons.faithful.held import Held, gather, submit
from comparisons.faithful.variants import variants
from comparisons.frameworks import FRAMEWORKS, installed, of
from comparisons.frameworks.column import column
from comparisons.frameworks.defects import DEFECTS
from comparisons.names import DTYPES
from comparisons.running.asked import NoFramework
from comparisons.training.cells import one_line
from comparisons.training.implementations import defects_seen
from comparisons.training.runner import Progress
from comparisons.training.workers import Workers, submitted


class RequiredMissing(NoFramework):
    """A framework that must be checked is not installed."""


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What was found.

    Args:
        baseline: where it was read.
        versions: package to its version in the baseline and here; None where it has none.
        changes: what is not as it was.
        curves: how many curves were compared. chaotic: how many were not, because no two machines have the same.
        left_out: the frameworks that are not installed, so that nothing of them was looked at.
        interrupted: whether Ctrl-C cut the training short.
    """

    baseline: str
    versions: dict[str, tuple[str | None, str | None]]
    changes: tuple[Change, ...]
    curves: int
    chaotic: int
    left_out: tuple[str, ...]
    interrupted: bool


def check(baseline: Path | None = None, *, require: Sequence[str] = (), progress: Progress | None = None) -> Checked:
    """Look at the classes, updates and known defects of each installed framework, and train what the baseline trained.

    Args:
        baseline: a results directory of ours; None for the default run of this release.
        require: frameworks that must be installed. progress: see `api.run`.

    Raises:
        BadInput: there is no baseline, or it cannot be run here.
        RequiredMissing: a framework that must be there is not. NoFramework: none of the baseline's is.
    """
    if absent := [name for name in require if installed.missing(name)]:
        raise RequiredMissing("\n".join(f"{name} is required: {installed.remedy(name)}" for name in absent))
    before = baselines.shipped() if baseline is None else baselines.read(baseline)
    needed = dict.fromkeys(column(name).framework.id for name in before.frameworks)
    if all(installed.missing(name) for name in needed):
        raise NoFramework("\n".join(f"{name} cannot run: {installed.remedy(name)}" for name in needed))
    present = [name for name in FRAMEWORKS if not installed.missing(name)]
    changes, started = _framework_changes(present)
    columns = [name for name in before.frameworks if column(name).framework.id in started]
    now = _trained(before, columns, progress) if columns else None
    curves: list[Curve] = []
    aside: set[Curve] = set()
    if now is not None and not now.interrupted:
        changes += [one for one in _update_changes(now.held) if one not in changes]
        curves, aside = in_both(before, of_comparison(now)), chaotic(now)
        failures = {(*cell.key, cell.framework): reason for cell, reason in now.failures()}
        changes += run_changes(before, of_comparison(now), failures, aside)
    return Checked(
        baseline="the default run of this release" if baseline is None else str(baseline),
        versions=_side_by_side(before),
        changes=tuple(changes),
        curves=len(set(curves) - aside),
        chaotic=len(aside.intersection(curves)),
        left_out=tuple(name for name in FRAMEWORKS if name not in present),
        interrupted=now is not None and now.interrupted,
    )


def _trained(before: Baseline, columns: Sequence[str], progress: Progress | None) -> Comparison:
    """The baseline's tasks, trained again in those of its columns that can."""
    return api.run(
        *before.tasks,
        frameworks=columns,
        levels=before.levels,
        dtypes=DTYPES,  # a bound on rounding takes both
        seeds=len(before.facts["seeds"]),
        source=before.facts["source"],
        progress=progress,
    )


def _side_by_side(before: Baseline) -> dict[str, tuple[str | None, str | None]]:
    here = {"python": platform.python_version()} | installed.versions()
    return {name: (before.versions.get(name), here.get(name)) for name in dict.fromkeys((*before.versions, *here))}


def _framework_changes(present: Iterable[str]) -> tuple[list[Change], list[str]]:
    """What has changed in the frameworks themselves, and those that start."""
    changes: list[Change] = []
    started: list[str] = []
    workers = Workers()
    try:
        holding = submit([(name, call) for name in present for call in variants(of(name))], workers)
        asked = {name: submitted(workers.executor(name), _looked_at, name) for name in present}
        for name, answer in asked.items():
            try:
                found, seen = answer.result()
            except Exception as error:  # whatever keeps it from starting
                words = f"does not start: {one_line(error)}"
                changes.append(Change(kind="rule", framework=name, about="framework", place={}, message=words))
                continue
            started.append(name)
            changes += [*surface_changes(name, found), *_defect_changes(name, seen)]
        changes += _update_changes(gather([one for one in holding if one.framework in started]))
    finally:
        workers.close()
    return changes, started


def _update_changes(held: Held) -> Iterator[Change]:
    """Of the calls that do not follow their rules. Other defaults alone are named with the arguments."""
    for one in held.deviations:
        if one.step:
            place = {"class": one.call.name, "call": one.call.code()}
            yield Change(
                kind="rule",
                framework=one.framework,
                about="update",
                place=place,
                message=one.sentence,
                step=one.step,
                gap=one.gap,
            )
    for line in held.not_held:
        framework, _, words = line.partition(": ")
        yield Change(kind="rule", framework=framework, about="framework", place={}, message=words)


def _looked_at(framework: str) -> tuple[list[Surface], dict[str, bool | str]]:
    """What a worker of the framework sees of it."""
    return surfaces(framework), defects_seen(framework)


def _defect_changes(framework: str, seen: dict[str, bool | str]) -> Iterator[Change]:
    says = {defect.name: defect.says for defect in DEFECTS}
    for name, there in seen.items():
        if there is not True:
            words = (
                f"is mended; it was: {says[name].removesuffix('.')}"
                if there is False
                else f"cannot be tried any more: {there}"
            )
            yield Change(kind="other", framework=framework, about="defect", place={"defect": name}, message=words)
