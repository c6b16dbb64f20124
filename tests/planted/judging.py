"""Every cause, planted and looked for."""

from collections.abc import Callable, Iterable

import pandas as pd

from comparisons.diff.ladder import compare
from comparisons.diff.record import Diff
from comparisons.diff.show import sentence
from comparisons.traces.trace import Trace
from tests.planted.causes import PLANTS, Plant
from tests.planted.ports import Plan, led_only

Train = Callable[[Plan], Trace]


def judged(plant: Plant, ours: Train, theirs: Train, seed: int = 0) -> Diff:
    """What is said of a plant, one side of which each of the two trains."""
    traces = [train(plan) for train, plan in zip((ours, theirs), plant.plans(seed), strict=True)]
    a, b = map(led_only, traces) if plant.led_only else traces
    return compare(a, b, by_rules=plant.by_rules)


def right(plant: Plant, found: Diff) -> bool:
    """Whether the first break is the planted cause, on its rung, with its number."""
    first = found.first_break
    if first is None or (first.rung, first.cause) != (plant.rung, plant.cause):
        return False
    if plant.number is None:
        return True
    return first.number is not None and abs(first.number - plant.number) <= plant.within * abs(plant.number)


def table(ours: Train, theirs: Train, names: Iterable[str] = tuple(PLANTS)) -> pd.DataFrame:
    """A row for each plant: what it is, what was to be named, what was."""
    rows = []
    for name in names:
        plant = PLANTS[name]
        found = judged(plant, ours, theirs)
        first = found.first_break
        rows.append(
            {
                "planted": name,
                "net": plant.net,
                "side": "B" if plant.in_b else "A",
                "cause": plant.cause,
                "number": plant.number,
                "rung_named": first.rung if first else "",
                "cause_named": first.cause if first else "",
                "number_found": first.number if first else None,
                "right": right(plant, found),
                "sentence": sentence(found),
            }
        )
    return pd.DataFrame(rows)
