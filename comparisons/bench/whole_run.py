"""How long the whole default run takes, and where the time goes."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from time import time
from typing import Any

from comparisons.bench.measure import Row, command

TARGET_SECONDS = 60.0
CASE = "triptych run"


def rows(*tasks: str, **options: Any) -> Iterator[Row]:
    """`comparisons.run` with these arguments, else with none, once, in a fresh process.

    The frameworks train side by side: their times overlap, and the longest counts.
    """
    with TemporaryDirectory() as out:
        script = "import sys; from comparisons.bench.whole_run import stages; stages(*sys.argv[1:])"
        lap = command("-c", script, out, json.dumps(tasks), json.dumps(options))
    seconds = json.loads(lap.result.stdout)
    yield Row(case=CASE, quantity="wall time", unit="s", samples=[lap.wall], target=TARGET_SECONDS)
    yield Row(case=CASE, quantity="CPU time of all processes", unit="s", samples=[lap.cpu])
    for quantity, spent in seconds.items():
        yield Row(case=CASE, quantity=quantity, unit="s", samples=[spent])


def stages(out: str, tasks: str, options: str) -> None:
    """Run, and print the seconds of each stage as JSON; the dates of the run's files tell the last two apart."""
    started = time()
    from comparisons import api

    trained: dict[str, float] = {}

    def note(counts: Mapping[str, tuple[int, int]]) -> None:
        for framework, (done, total) in counts.items():
            if done == total:
                trained.setdefault(framework, time())

    comparison = api.run(*json.loads(tasks), out=out, progress=note, **json.loads(options))
    ended = time()
    if failures := comparison.failures():
        raise RuntimeError(f"nothing to time: cells failed ({len(failures)}), the first with {failures[0][1]}")
    written = max(path.stat().st_mtime for path in Path(out).glob("*.csv"))
    seconds = {f"start to the last curve of {framework}": end - started for framework, end in trained.items()}
    seconds["frames and CSV files"] = written - max(trained.values())
    seconds["pictures"] = ended - written
    print(json.dumps(seconds))
