"""How fast a run's store is, and how soon a run that is complete is there again."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np

from comparisons.bench.measure import Row, command
from comparisons.bench.startup import loaded
from comparisons.frameworks import FRAMEWORKS
from comparisons.store import Key, Record, circumstances, open_store

ROWS = 2_000
TARGET_SECONDS = 1.0  # for that many rows
RESUMED_SECONDS = 3.0
STEPS = 200  # of each curve


def rows(*tasks: str, repetitions: int = 5) -> Iterator[Row]:
    """Rows put and got one by one, and `triptych run` of these tasks (all if none is given) where all is trained."""
    laps = [_put_and_got() for _ in range(repetitions)]
    for quantity, samples in zip(("put", "got"), zip(*laps, strict=True), strict=True):
        case = f"{ROWS:,} rows of {STEPS} steps"
        yield Row(case=case, quantity=quantity, unit="s", samples=samples, target=TARGET_SECONDS)
    yield from _resumed(tasks, repetitions)


def _put_and_got() -> tuple[float, float]:
    here = circumstances("numpy")
    keys = [Key(name=("bowl", "float64", "numpy", str(i)), content=here) for i in range(ROWS)]
    record = Record({"losses": np.zeros((1, STEPS)), "params/theta": np.zeros((1, 2))}, {"seconds_training": 0.1})
    with TemporaryDirectory() as place, open_store(Path(place)) as store:
        started = perf_counter()
        for key in keys:
            store.put(key, record)
        put = perf_counter()
        for key in keys:
            store.get(key)
        return put - started, perf_counter() - put


def _resumed(tasks: Sequence[str], repetitions: int) -> Iterator[Row]:
    frameworks = set[str]().union(*(framework.packages for framework in FRAMEWORKS.values())) - {"numpy"}
    with TemporaryDirectory() as out:
        line = ("-m", "comparisons", "run", *tasks, "--out", out)
        command(*line)
        walls = [command(*line).wall for _ in range(repetitions)]
        heavy = len(frameworks & loaded(*line))
    case = "triptych run, complete before"
    yield Row(case=case, quantity="wall time", unit="s", samples=walls, target=RESUMED_SECONDS)
    yield Row(case=case, quantity="frameworks loaded", unit="count", samples=[heavy], target=0)
