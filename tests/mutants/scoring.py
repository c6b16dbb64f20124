"""Every mutant against every probe, as a frame."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from comparisons.faithful.probes import PROBES, Probe
from tests.mutants import golden
from tests.mutants.mutant import Mutant
from tests.mutants.mutants import MUTANTS
from tests.mutants.walks import TOLERANCE, gaps, path


def score() -> pd.DataFrame:
    """A row for each mutant.

    Columns:
        family, mutant, base_rule: whose rule; what is wrong; under what name the rule is known.
        killed_by, step: the first probe that sees the mutant, and after which step. Missing if none does.
        max_scaled_difference: the largest at any step of that probe (of all probes, if none sees it), to three digits.
        probes_that_see_it: their names, separated by semicolons.
        golden_5_steps: "caught" or "missed" by a golden test of five steps.
    """
    return pd.DataFrame([_row(mutant) for mutant in MUTANTS]).astype({"step": "Int64"})


def _row(mutant: Mutant) -> dict[str, Any]:
    seen = {probe: step for probe in PROBES if (step := _seen_at(mutant, probe))}
    killer = next(iter(seen), None)
    largest = max(max(_gaps(mutant, probe)) for probe in ([killer] if killer else PROBES))
    return {
        "family": mutant.family,
        "mutant": mutant.wrong,
        "base_rule": mutant.base,
        "killed_by": killer.name if killer else None,
        "step": seen[killer] if killer else None,
        "max_scaled_difference": float(f"{largest:.3g}"),  # rounding is felt in the digits beyond
        "probes_that_see_it": "; ".join(probe.name for probe in seen),
        "golden_5_steps": "caught" if golden.catches(mutant) else "missed",
    }


def _gaps(mutant: Mutant, probe: Probe) -> Iterator[float]:
    return gaps(path(mutant.parts, mutant.rule, probe), mutant.rule, probe)


def _seen_at(mutant: Mutant, probe: Probe) -> int | None:
    """The first step after which the mutant is further away than rounding leads."""
    return next((t for t, gap in enumerate(_gaps(mutant, probe), start=1) if gap > TOLERANCE), None)
