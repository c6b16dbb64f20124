"""Two runs of the same tasks side by side: which curves differ by more than rounding, and what else does."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from comparisons.analysis.comparison import Comparison
from comparisons.analysis.frame import CURVE, KEY
from comparisons.analysis.gaps import absolute_gap
from comparisons.check.baseline import KEPT, VERDICT, Baseline
from comparisons.check.bounds import Curve, bound, by_curve
from comparisons.check.changes import Change, Kind
from comparisons.names import DTYPES
from comparisons.results.files import manifest
from comparisons.tasks.streams import Array

# What another machine may say of a gap that is one thing.
ALIKE = ("identical", "rounding", "chaotic")
# And where rules differ by less than float32 sees: no gap on one machine, and a rounding on the other.
OF_RULES = ("numbers", "rule")


def of_comparison(comparison: Comparison) -> Baseline:
    """A run that was made just now, as one is read from its files."""
    facts = manifest(comparison, [])
    losses, verdicts = comparison.aligned(), comparison.gaps()[[*VERDICT, "verdict"]]
    words = dict.fromkeys([*KEY, "framework", "source"], str)
    return Baseline(
        facts={name: facts[name] for name in KEPT},
        losses=losses.astype({name: words[name] for name in KEY}),
        verdicts=verdicts.astype({name: words[name] for name in words if name in verdicts}),
    )


def in_both(before: Baseline, now: Baseline) -> list[Curve]:
    """The curves that both runs have."""
    there = by_curve(now.losses)
    keys = [key for key in by_curve(before.losses) if key in there]
    names = [name for name in before.frameworks if name in now.frameworks]
    calls = ((key, name) for key in keys for name in names)
    return [(key, name) for key, name in calls if None not in (_call(before, key, name), _call(now, key, name))]


def run_changes(
    before: Baseline,
    now: Baseline,
    failures: Mapping[tuple[Any, ...], str] = MappingProxyType({}),
    aside: Collection[Curve] = (),
) -> Iterator[Change]:
    """In what a run is not as the baseline, for the frameworks that both have.

    Args:
        now: in both dtypes.
        failures: CURVE without the seed, and framework, to the reason for which there is no curve now.
        aside: curves that cannot be compared.
    """
    frameworks = [name for name in before.frameworks if name in now.frameworks]
    yield from _call_changes(before, now, frameworks)
    yield from _curve_changes(before, now, failures, aside)
    yield from _verdict_changes(before, now)


def _call(run: Baseline, key: Sequence[Any], framework: str) -> str | None:
    """The call of a curve; None if there is no such curve."""
    task, optimizer, level = key[:3]
    call: str | None = run.facts["calls"].get(task, {}).get(optimizer, {}).get(level, {}).get(framework)
    return call


def _call_changes(before: Baseline, now: Baseline, frameworks: list[str]) -> Iterator[Change]:
    for task, optimizer, level in dict.fromkeys((*_panels(before), *_panels(now))):
        for name in frameworks:
            was, call = (_call(run, (task, optimizer, level), name) for run in (before, now))
            place = {"task": task, "optimizer": optimizer, "level": level}
            if was is not None and call is not None and was != call:
                message = f"was: {was}; is: {call}"
                yield Change(kind="numbers", framework=name, about="call", place=place, message=message)
            elif (was is None) != (call is None):
                message = "has a curve that the baseline has not" if was is None else "has no curve any more"
                yield Change(kind="other", framework=name, about="curve", place=place, message=message)


def _panels(run: Baseline) -> Iterator[tuple[str, str, str]]:
    for task, optimizers in run.facts["calls"].items():
        for optimizer, levels in optimizers.items():
            for level in levels:
                yield task, optimizer, level


def _curve_changes(
    before: Baseline, now: Baseline, failures: Mapping[tuple[Any, ...], str], aside: Collection[Curve]
) -> Iterator[Change]:
    old, new = by_curve(before.losses), by_curve(now.losses)
    bounds = old if len(before.dtypes) == len(DTYPES) else new
    for key, name in in_both(before, now):
        kind: Kind = "rule" if _call(before, key, name) == _call(now, key, name) else "numbers"
        place = dict(zip(CURVE, key, strict=True)) | {"seed": int(key[-1])}  # not NumPy's, which JSON has not
        about: dict[str, Any] = {"kind": kind, "framework": name, "about": "curve", "place": place}
        if np.isnan(old[key][name]).all():
            continue  # it did not train then
        if reason := failures.get((*key[:-1], name)):
            yield Change(**about, message=f"does not train any more: {reason}")
        elif (key, name) not in aside and (
            found := _parting(old[key][name].to_numpy(), new[key][name].to_numpy(), bound(bounds, key, name))
        ):
            yield Change(**about, **found)


def _parting(old: Array, new: Array, most: float) -> dict[str, Any] | None:
    """Where and how far a curve leaves another (steps,), and what of it rounding may make; None if it does not."""
    largest = float(np.max(np.abs(old), where=np.isfinite(old), initial=0)) or 1.0
    ends = np.isfinite(old) != np.isfinite(new)
    if ends.any():
        step = int(ends.argmax())
        side = "is not finite, and was" if np.isfinite(old[step]) else "is finite, and was not"
        return {"message": f"{side}, at step {step}", "step": step, "gap": float("inf"), "allowed": most / largest}
    gap = absolute_gap(new, old)
    off = gap > most  # not where both are not finite
    if not off.any():
        return None
    step, widest = int(off.argmax()), float(np.nanmax(gap)) / largest
    words = f"from step {step}, by up to {widest:.1e} of its largest loss; rounding allows {most / largest:.1e}"
    return {"message": words, "step": step, "gap": widest, "allowed": most / largest}


def _verdict_changes(before: Baseline, now: Baseline) -> Iterator[Change]:
    """Of the gaps that both have, to the same framework."""
    both = before.verdicts.merge(now.verdicts, on=VERDICT, suffixes=("_was", "_is"))
    was, verdict = both["verdict_was"], both["verdict_is"]
    no_gap = (was == "identical") & verdict.isin(OF_RULES) | (verdict == "identical") & was.isin(OF_RULES)
    both = both[~no_gap]
    words = both[["verdict_was", "verdict_is"]].replace(dict.fromkeys(ALIKE, "rounding"))
    words = words.astype(object).where(words.notna(), "none")
    for row, old, new in zip(both.to_dict("records"), words["verdict_was"], words["verdict_is"], strict=True):
        if old != new:
            yield Change(
                kind="other",
                framework=str(row["framework"]),
                about="verdict",
                place={name: row[name] for name in CURVE},
                message=f"was {old}, is {new}",
            )
