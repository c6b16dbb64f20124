"""How long sweeps take: many seeds, and many cells, which are to cost little beside their training."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from tempfile import TemporaryDirectory
from typing import Any

from comparisons.bench.measure import Row, command, peak_memory

MIB = 2**20


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A sweep of regression-20 with Adam, as-written, with all its files.

    Args:
        seconds, each, memory: the targets: of the wall time; of a cell's, without its training; of the main process's
            peak in MiB. None where nothing is promised.
    """

    name: str
    grid: dict[str, str]
    seeds: int
    frameworks: tuple[str, ...] = ()
    seconds: float | None = None
    each: float | None = None
    memory: float | None = None
    steps: int | None = None


SEEDS = Asked(name="13 learning rates", grid={"learning_rate": "1e-4:1e0:log:13"}, seeds=1000, seconds=60.0)
CELLS = Asked(
    name="5,000 points, NumPy and torch",
    grid={"learning_rate": "1e-4:1e0:log:100", "beta2": "0.5:0.999:linear:50"},
    seeds=1,
    frameworks=("numpy", "torch"),
    each=0.005,
    memory=500.0,
)


def rows(*sweeps: Asked) -> Iterator[Row]:
    """Each sweep once, in a fresh process; what is of a cell is the wall time without that of the busiest worker."""
    for asked in sweeps or (SEEDS, CELLS):
        with TemporaryDirectory() as out:
            script = "import sys; from comparisons.bench.sweep import measured; measured(*sys.argv[1:])"
            lap = command("-c", script, out, json.dumps(asdict(asked)))
        found = json.loads(lap.result.stdout)
        case = f"{asked.name}, {asked.seeds:,} {'seed' if asked.seeds == 1 else 'seeds'}"
        yield Row(case=case, quantity="wall time", unit="s", samples=[lap.wall], target=asked.seconds)
        yield Row(case=case, quantity="CPU time of all processes", unit="s", samples=[lap.cpu])
        yield Row(case=case, quantity="training, in the busiest worker", unit="s", samples=[found["training"]])
        each = max(0.0, lap.wall - found["training"]) / found["cells"]
        yield Row(case=case, quantity="a cell, without its training", unit="s", samples=[each], target=asked.each)
        peak = found["peak"] / MIB
        yield Row(case=case, quantity="main process, peak", unit="MiB", samples=[peak], target=asked.memory)


def measured(out: str, asked: str) -> None:
    """Sweep, and print the number of cells, seconds of training and the peak of this process's memory as JSON."""
    from comparisons.sweeps.api import sweep

    given: dict[str, Any] = json.loads(asked)
    names = ("grid", "seeds", "frameworks", "steps")
    found = sweep(
        "regression-20",
        optimizers=["adam"],
        levels=["as-written"],
        out=out,
        **{name: given[name] for name in names},
    )
    if found.failures:
        raise RuntimeError(f"nothing to time: {found.mishaps()}")
    seconds: dict[str, float] = {}
    for job, endings in found.kept.items():
        seconds[job.framework] = seconds.get(job.framework, 0.0) + endings.seconds
    print(json.dumps({"cells": len(found.plan.cells), "training": max(seconds.values()), "peak": peak_memory()}))
