"""The files of a sweep."""

import json
import platform
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from comparisons.frameworks.installed import ENVIRONMENT, THREADS, versions
from comparisons.names import SCHEMA
from comparisons.plots.render import PICTURE_FORMATS, render
from comparisons.results.files import write_files
from comparisons.store.machine import hardware
from comparisons.store.place import explained
from comparisons.sweeps.plan import Plan
from comparisons.sweeps.sweep import Sweep

MANIFEST = "sweep.json"


def write(sweep: Sweep, directory: Path) -> None:
    """Write sweep.csv, summary.csv, curves.csv, the pictures and sweep.json; each appears whole or not at all.

    The pictures of an earlier sweep are taken away.

    Raises:
        CannotWrite: a file cannot be written.
    """
    files = {
        "sweep.csv": as_csv(sweep.frame()),
        "summary.csv": as_csv(sweep.summary()),
        "curves.csv": as_csv(sweep.curves()),
    }
    for name, figure in sweep.figures().items():
        for kind in PICTURE_FORMATS:
            files[f"{name}.{kind}"] = render(figure, kind)
            figure.set_layout_engine("none")  # it has found its place, which takes half of the time
    content = manifest(sweep, [*files])
    files[MANIFEST] = (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()
    earlier = {file.name for kind in PICTURE_FORMATS for file in directory.glob(f"*.sweep.{kind}")}
    write_files(files, directory)
    with explained(directory):
        for name in earlier.difference(files):
            (directory / name).unlink(missing_ok=True)


def as_csv(frame: pd.DataFrame) -> bytes:
    """Floats in the fewest digits that read back as the same float64; what is missing as `nan`, no index."""
    return frame.to_csv(index=False, na_rep="nan", lineterminator="\n").encode()


def manifest(sweep: Sweep, files: list[str]) -> dict[str, Any]:
    """What was asked for, on what it ran, and what holds."""
    return {
        "schema": SCHEMA,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "interrupted": sweep.interrupted,
        "versions": {"python": platform.python_version()} | versions(),
        "hardware": hardware(),
        "threads": THREADS,
        "environment": ENVIRONMENT,
        **asked(sweep.plan),
        "sentences": sweep.sentences,
        "mishaps": sweep.mishaps(),
        "files": files,
    }


def asked(plan: Plan) -> dict[str, Any]:
    """What was asked for."""
    return {
        "tasks": {task.name: asdict(task) for task in plan.tasks},
        "grids": {grid.field: grid.values for grid in plan.grids},
        "levels": plan.levels,
        "dtypes": plan.dtypes,
        "frameworks": plan.frameworks,
        "seeds": plan.seeds,
        "source": plan.source,
        "target": plan.target,
    }
