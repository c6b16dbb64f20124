"""How long the page of a run takes to make, and how large it is."""

import json
from collections.abc import Iterator
from time import perf_counter
from typing import Any, NamedTuple

from comparisons.bench.measure import Row, command


class Case(NamedTuple):
    """A run, and what is promised of its page in seconds and in bytes."""

    name: str
    tasks: tuple[str, ...]
    options: dict[str, Any]
    seconds: float
    size: float


CASES = (
    Case("page of the default run", (), {}, 2.0, 1e6),
    # 7 recipes, 3 levels, 2 dtypes, 3 frameworks, 80 seeds
    Case("page of 10,080 curves", ("regression-20",), {"seeds": 80}, 30.0, 20e6),
)


def rows(cases: tuple[Case, ...] = CASES, *, repetitions: int = 3) -> Iterator[Row]:
    """The page alone, of a run in a fresh process, whose gaps are known, as they are when its tables are written."""
    for case in cases:
        script = "import sys; from comparisons.bench.page import measure; measure(*sys.argv[1:])"
        lap = command("-c", script, json.dumps(case.tasks), json.dumps(case.options), str(repetitions))
        seconds, size = json.loads(lap.result.stdout)
        yield Row(case=case.name, quantity="wall time", unit="s", samples=seconds, target=case.seconds)
        yield Row(case=case.name, quantity="size", unit="B", samples=[size], target=case.size)


def measure(tasks: str, options: str, repetitions: str) -> None:
    """Run, make the page, and print as JSON the seconds that it takes and its size in bytes."""
    from comparisons import api
    from comparisons.report import page

    comparison = api.run(*json.loads(tasks), **json.loads(options))
    comparison.gaps(), comparison.explanations()
    seconds = []
    for _ in range(int(repetitions)):
        started = perf_counter()
        text = page(comparison)
        seconds.append(perf_counter() - started)
    print(json.dumps([seconds, len(text.encode())]))
