"""Two runs of ours, before and after: which curves changed, by how much, and the versions side by side."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from comparisons.analysis.frame import CURVE
from comparisons.check.baseline import Baseline, read
from comparisons.check.bounds import Curve, by_curve
from comparisons.check.changes import Change
from comparisons.check.curves import in_both, run_changes
from comparisons.diff.record import Cause, Diff, Rung
from comparisons.inputs.text import visible
from comparisons.names import DTYPES, BadInput, short

BESIDE = ("title", "recipes")  # of a task: what does not make its curves
PER_TASK = ("tasks", "calls")  # facts of a run


def diff_runs(one: Path, other: Path) -> Diff:
    """Two results directories of `triptych run`: the second against the first.

    Raises:
        BadInput: one cannot be read, they have no curve in common that is not chaotic, or neither was run in both
            dtypes.
    """
    whole = read(one), read(other)
    if all(len(run.dtypes) < len(DTYPES) for run in whole):
        raise BadInput(
            f"{one} and {other}: neither was run in both dtypes, by which rounding is told; run one with --dtype both"
        )
    others = _other_tasks(*whole)
    before, now = (without_tasks(run, others) for run in whole)
    curves = set(in_both(before, now))
    if not curves:
        why = "".join(f" ({task} is another task in B: {fields})" for task, fields in others.items())
        raise BadInput(
            f"{one} and {other}: have no curve in common{why}; compare runs of the same tasks and frameworks"
        )
    aside = (_chaotic(before) | _chaotic(now)) & curves
    changes = [one for one in run_changes(before, now, aside=aside) if _in_both(one, before, now)]
    causes = tuple(_cause(change) for change in changes)
    identical = not changes and _identical(before, now, curves)
    if not changes and not identical and aside == curves:
        raise BadInput(
            f"{one} and {other}: all curves that both have are chaotic, and no two machines have the same; "
            "compare runs of smaller learning rates"
        )
    return Diff(
        names=(visible(str(one)), visible(str(other))),
        kind="runs",
        verdict="different" if changes else "identical" if identical else "rounding",
        first_break=causes[0] if causes else None,
        breaks=causes,
        rungs=(
            Rung(
                rung="loss",
                state="broken" if changes else "ok",
                says=_says(changes, len(curves) - len(aside), identical=identical),
                causes=causes,
            ),
        ),
        notes=tuple(_notes(whole, others, curves, aside)),
        details={
            "versions": _versions(before, now),
            "compared": len(curves) - len(aside),
            "chaotic": len(aside),
            "changes": [asdict(change) for change in changes],
        },
    )


def _in_both(change: Change, before: Baseline, now: Baseline) -> bool:
    """Whether both runs trained what has changed: a run of fewer optimizers has changed none."""
    task, optimizer, level = (str(change.place[name]) for name in ("task", "optimizer", "level"))
    return all(level in run.facts["calls"].get(task, {}).get(optimizer, {}) for run in (before, now))


def _says(changes: Sequence[Change], compared: int, *, identical: bool) -> str:
    all_of_them = "The one curve is" if compared == 1 else f"All {compared} curves are"
    if not changes:
        return f"{all_of_them} {'the same' if identical else 'the same but for rounding'}."
    changed = sum(change.step is not None for change in changes)
    return f"{changed or 'None'} of {_counted(compared, 'curve')} changed beyond rounding."


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' * (count != 1)}"


def _notes(
    runs: tuple[Baseline, Baseline], others: Mapping[str, str], curves: set[Curve], aside: set[Curve]
) -> Iterator[str]:
    """What was not compared."""
    yield from (f"{task} is another task in B, and was not compared: {fields}" for task, fields in others.items())
    for side, run in zip("AB", runs, strict=True):
        trained = {(key, name) for key, name in in_both(run, run) if key[0] not in others}
        if alone := len(trained - curves):
            are, it = ("are", "they were") if alone > 1 else ("is", "it was")
            yield f"{_counted(alone, 'curve')} of {side} {are} not in {'BA'['AB'.index(side)]}: {it} not compared"
    if aside:
        are = "are chaotic, and were" if len(aside) > 1 else "is chaotic, and was"
        yield f"{_counted(len(aside), 'curve')} {are} not compared: no two machines have the same"


def _other_tasks(before: Baseline, now: Baseline) -> dict[str, str]:
    """Tasks that both have by name alone, each to what they differ in. Recipes are seen in the calls."""
    found = {}
    for task in before.facts["tasks"].keys() & now.facts["tasks"].keys():
        was, is_ = (run.facts["tasks"][task] for run in (before, now))
        fields = [name for name in {**was, **is_} if name not in BESIDE and was.get(name) != is_.get(name)]
        if fields:
            found[task] = ", ".join(f"{name} {_short(was.get(name))} and {_short(is_.get(name))}" for name in fields)
    return dict(sorted(found.items()))


def _short(value: object) -> str:
    return short(visible(json.dumps(value)))


def without_tasks(run: Baseline, tasks: Collection[str]) -> Baseline:
    """The run as if it had not had these tasks."""
    kept = {name: {task: one for task, one in run.facts[name].items() if task not in tasks} for name in PER_TASK}
    losses, verdicts = (frame[~frame["task"].isin(list(tasks))] for frame in (run.losses, run.verdicts))
    return Baseline(facts={**run.facts, **kept}, losses=losses, verdicts=verdicts)


def _cause(change: Change) -> Cause:
    """The optimizer, and which of its curves: two that look the same would be two seeds."""
    place = change.place
    seed = f", seed {place['seed']}" if "seed" in place else ""
    which = ", ".join(str(place[name]) for name in ("level", "dtype") if name in place) + seed
    told = change.message.replace("the baseline", "A")
    what = {"curve": "parts " if told.startswith("from step") else "", "call": "the call ", "verdict": "the verdict "}
    return Cause(
        rung="loss",
        step=change.step or 0,
        cause=f"{change.about} changed",
        number=change.gap,
        says=visible(f"{change.framework}, {place['optimizer']} on {place['task']} ({which}): ")
        + f"{what[change.about]}{told}",
    )


def _chaotic(run: Baseline) -> set[Curve]:
    """The curves of a gap that was found to be chaotic, on both its sides."""
    rows = run.verdicts[run.verdicts["verdict"] == "chaotic"]
    return {
        (tuple(row[name] for name in CURVE), str(row[side]))
        for row in rows.to_dict("records")
        for side in ("framework", "source")
    }


def _identical(before: Baseline, now: Baseline, curves: set[Curve]) -> bool:
    """Whether the losses of all these curves are the same, bit by bit."""
    old, new = by_curve(before.losses), by_curve(now.losses)
    return all(np.array_equal(old[key][name], new[key][name], equal_nan=True) for key, name in curves)


def _versions(before: Baseline, now: Baseline) -> dict[str, dict[str, Any]]:
    """Package to its version in A and in B; None where it has none."""
    names = dict.fromkeys((*before.versions, *now.versions))
    return {name: {"A": before.versions.get(name), "B": now.versions.get(name)} for name in names}
