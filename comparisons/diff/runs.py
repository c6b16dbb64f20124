"""Two runs of ours, before and after: which curves changed, by how much, and the versions side by side."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from comparisons.analysis.frame import CURVE
from comparisons.check.baseline import Baseline, read
from comparisons.check.bounds import Curve
from comparisons.check.changes import Change
from comparisons.check.curves import in_both, run_changes
from comparisons.check.show import place_of, subject
from comparisons.diff.record import Cause, Diff, Rung
from comparisons.inputs.text import visible
from comparisons.names import DTYPES, BadInput


def diff_runs(one: Path, other: Path) -> Diff:
    """Two results directories of `triptych run`: the second against the first.

    Raises:
        BadInput: one cannot be read, they have no curve in common, or neither was run in both dtypes.
    """
    before, now = read(one), read(other)
    if all(len(run.dtypes) < len(DTYPES) for run in (before, now)):
        raise BadInput(
            f"{one} and {other}: neither was run in both dtypes, by which rounding is told; run one with --dtype both"
        )
    curves = set(in_both(before, now))
    if not curves:
        raise BadInput(f"{one} and {other}: have no curve in common; compare runs of the same tasks and frameworks")
    aside = (_chaotic(before) | _chaotic(now)) & curves
    changes = list(run_changes(before, now, aside=aside))
    compared = len(curves) - len(aside)
    causes = tuple(_cause(change) for change in changes)
    identical = not changes and _identical(before, now)
    says = (
        f"{sum(change.about == 'curve' for change in changes)} of {compared} curves changed beyond rounding."
        if changes
        else f"All {compared} curves are {'the same' if identical else 'the same but for rounding'}."
    )
    notes = [f"{len(aside)} curves are chaotic, and were not compared: no two machines have the same"] * bool(aside)
    return Diff(
        names=(visible(str(one)), visible(str(other))),
        kind="runs",
        verdict="different" if changes else "identical" if identical else "rounding",
        first_break=causes[0] if causes else None,
        breaks=tuple(causes),
        rungs=(Rung(rung="loss", state="broken" if changes else "ok", says=says, causes=causes),),
        notes=tuple(notes),
        details={
            "versions": _versions(before, now),
            "compared": compared,
            "chaotic": len(aside),
            "changes": [asdict(change) for change in changes],
        },
    )


def _cause(change: Change) -> Cause:
    place = place_of(change) if change.about in ("curve", "call", "verdict") else ""
    return Cause(
        rung="loss",
        step=change.step or 0,
        cause=f"{change.about} changed",
        number=change.gap,
        says=f"{change.framework}, {subject(change)}, {place}{change.message}",
    )


def _chaotic(run: Baseline) -> set[Curve]:
    """The curves of a gap that was found to be chaotic, on both its sides."""
    rows = run.verdicts[run.verdicts["verdict"] == "chaotic"]
    return {
        (tuple(row[name] for name in CURVE), str(row[side]))
        for row in rows.to_dict("records")
        for side in ("framework", "source")
    }


def _identical(before: Baseline, now: Baseline) -> bool:
    return before.losses.equals(now.losses)


def _versions(before: Baseline, now: Baseline) -> dict[str, dict[str, Any]]:
    """Package to its version in A and in B; None where it has none."""
    names = dict.fromkeys((*before.versions, *now.versions))
    return {name: {"A": before.versions.get(name), "B": now.versions.get(name)} for name in names}
