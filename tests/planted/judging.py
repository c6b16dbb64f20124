"""Every cause, planted and looked for."""

from collections.abc import Callable, Iterable

import pandas as pd

from comparisons.diff.ladder import compare
from comparisons.diff.record import Cause, Diff
from comparisons.diff.show import sentence
from comparisons.traces.trace import Trace
from tests.planted.causes import Plant
from tests.planted.pairs import ALL
from tests.planted.ports import Plan, led_only

Train = Callable[[Plan], Trace]


def judged(plant: Plant, ours: Train, theirs: Train, seed: int = 0) -> Diff:
    """What is said of a plant, one side of which each of the two trains."""
    traces = [train(plan) for train, plan in zip((ours, theirs), plant.plans(seed), strict=True)]
    a, b = map(led_only, traces) if plant.led_only else traces
    return compare(a, b, by_rules=plant.by_rules)


def right(plant: Plant, found: Diff) -> bool:
    """Whether the first break is the planted cause, on its rung, with its number."""
    first, second = found.first_break, second_of(plant, found)
    if first is None or (first.rung, first.cause) != (plant.rung, plant.cause):
        return False
    if plant.then is not None and (second is None or not near(second.number, plant.then[1], 1e-3)):
        return False
    return plant.number is None or near(first.number, plant.number, plant.within)


def near(number: float | None, wanted: float, within: float) -> bool:
    return number is not None and abs(number - wanted) <= within * abs(wanted)


def second_of(plant: Plant, found: Diff) -> Cause | None:
    """The second cause that was planted, as it was named after the first."""
    return next((one for one in found.breaks[1:] if plant.then is not None and one.cause == plant.then[0]), None)


def table(ours: Train, theirs: Train, names: Iterable[str] = tuple(ALL)) -> pd.DataFrame:
    """A row for each plant: what it is, what was to be named, what was."""
    rows = []
    for name in names:
        plant = ALL[name]
        found = judged(plant, ours, theirs)
        first, second = found.first_break, second_of(plant, found)
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
                "then": plant.then[0] if plant.then else "",
                "then_number": plant.then[1] if plant.then else None,
                "then_found": second.number if second else None,
                "right": right(plant, found),
                "sentence": sentence(found),
            }
        )
    return pd.DataFrame(rows)
