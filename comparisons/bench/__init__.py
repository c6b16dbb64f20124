"""Benchmarks: what is promised of speed and of memory, measured on the machine at hand."""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from comparisons.bench import (
    drop_ins,
    memory,
    overhead,
    page,
    recording,
    replicas,
    startup,
    step,
    store,
    sweep,
    whole_recipe,
    whole_run,
)
from comparisons.bench.measure import Row, baseline
from comparisons.names import SCHEMA, BadInput, unknown

if TYPE_CHECKING:
    import pandas as pd

BENCHMARKS: dict[str, Callable[[], Iterator[Row]]] = {
    "startup": startup.rows,
    "run": whole_run.rows,
    "store": store.rows,
    "page": page.rows,
    "overhead": overhead.rows,
    "recipe": whole_recipe.rows,
    "replicas": replicas.rows,
    "memory": memory.rows,
    "step": step.rows,
    "drop-ins": drop_ins.rows,
    "recorder": recording.rows,
    "sweep": sweep.rows,
}
AGAINST_BASELINES = {"overhead", "recipe", "step", "drop-ins", "recorder"}
FILES = {"step": "optimizer_step"}  # what a file is called that would not explain itself by the benchmark's name
IDLE = 0.5  # the load, as `uptime` tells it, that a machine may have and still be called idle


def bench(
    names: Iterable[str] = (), out: str | Path = "results/bench", device: str = drop_ins.CPU
) -> "dict[str, pd.DataFrame]":
    """Run the benchmarks of these names one after the other, all if none is given; return the rows of each.

    The drop-ins are stepped on `device`, in torch's words. When one is done, it is printed as a table and written to
    `out`: NAME.csv, and on what machine in NAME.json; of "step" the files are called optimizer_step.

    Raises:
        BadInput: there is no such benchmark, or it needs a checkout of the project.
        results.CannotWrite: `out` cannot be written.
    """
    from comparisons.bench.table import frame_of, table
    from comparisons.results.files import write_csv
    from comparisons.results.layout import print_table, wide_console

    chosen = list(dict.fromkeys(names)) or list(BENCHMARKS)
    for name in chosen:
        if name not in BENCHMARKS:
            raise BadInput(unknown("benchmark", name, BENCHMARKS))
    if AGAINST_BASELINES & set(chosen):
        baseline("numpy")  # before minutes are spent
    _write({}, Path(out))
    found = machine()
    if found["load"] > IDLE:
        print(f"The machine is not idle (load {found['load']:.1f}): times will come out too long.")
    described = json.dumps({"schema": SCHEMA, **found}, indent=1) + "\n"
    frames = {}
    files: dict[str, Callable[[Path], object]]
    for name in chosen:
        rows = drop_ins.rows(device=device) if name == "drop-ins" else BENCHMARKS[name]()
        frame = frames[name] = frame_of(rows)
        stem = FILES.get(name, name)
        files = {f"{stem}.csv": partial(write_csv, frame), f"{stem}.json": lambda path: path.write_text(described)}
        _write(files, Path(out))
        print_table(wide_console(), table(name, frame))
    print(f"Tables are in {out}")
    return frames


def machine() -> dict[str, Any]:
    """On what the benchmarks run, and its load: how many processes wanted a core in the last minute."""
    from comparisons.frameworks.installed import ENVIRONMENT, versions
    from comparisons.store.machine import hardware

    return {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "load": os.getloadavg()[0],
        "hardware": hardware(),
        "versions": versions(),
        "environment": ENVIRONMENT,
    }


def _write(files: Mapping[str, Callable[[Path], object]], directory: Path) -> None:
    """Let each write itself to a temporary folder, then move all to their names: each appears whole or not at all."""
    from comparisons.store.place import CannotWrite

    try:
        directory.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=directory, prefix=".writing-") as aside:
            for name, write in files.items():
                write(Path(aside) / name)
            for name in files:
                (Path(aside) / name).replace(directory / name)
    except OSError as error:
        reason = error.strerror or error
        raise CannotWrite(f"cannot write to {directory}: {reason}; choose another directory") from error
