"""The files of a run: tables, pictures, manifest, logs. Each appears whole or not at all."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comparisons.frameworks import FRAMEWORKS
from comparisons.frameworks.trainings import code
from comparisons.names import SCHEMA
from comparisons.plots.render import PICTURE_FORMATS, PictureFormat
from comparisons.results import parquet
from comparisons.results.drawing import Pictures
from comparisons.store.place import aside, check, explained
from comparisons.store.runs import now, provenance

if TYPE_CHECKING:
    import pandas as pd

    from comparisons.analysis.comparison import Comparison

MANIFEST = "manifest.json"
PAGE = "report.html"
# What a manifest is believed about which files an earlier run left that another may not have.
CHANGING = re.compile(r"plots/[\w-]+(\.\d+)?\.(png|svg)|" + re.escape(parquet.FILE))


def prepare(directory: Path, tasks: Iterable[str] = ()) -> Path:
    """Make the directory and see that it can be written to, before hours are spent; return its folder of logs.

    Args:
        tasks: the names of those of which there will be pictures.

    Raises:
        CannotWrite: it cannot.
    """
    logs = directory / "logs"
    check(directory, [f"{task}.{kind}" for task in tasks for kind in PICTURE_FORMATS])
    with explained(directory):
        logs.mkdir(exist_ok=True)
        for log in logs.glob("*.log"):
            if log.stem.partition("@")[0] in FRAMEWORKS:
                log.unlink()
    return logs


def write(
    comparison: "Comparison",
    directory: Path,
    page: "Callable[[Comparison], str] | None" = None,
    pictures: Pictures | None = None,
    *,
    as_parquet: bool = False,
) -> list[str]:
    """Write all files of a run, and take away the pictures of an earlier one that this one has not; return their names.

    They are written to a temporary folder and then moved into place: a full disk leaves the earlier run as it was.
    Drawing takes long; Ctrl-C meanwhile keeps the tables, and is raised when they are in place.

    Args:
        page: what makes the page; None for none.
        pictures: the comparison's, which may have been begun before.
        as_parquet: write the losses as that, too.

    Raises:
        CannotWrite: a file cannot be written.
    """
    with explained(directory), aside(directory) as temporary:
        interrupt, plots = None, dict[str, list[str]]()
        with pictures or Pictures(comparison) as drawing:
            drawing.begin(comparison)
            files = _write_tables(comparison, temporary, as_parquet=as_parquet)
            try:
                if page is not None:
                    (temporary / PAGE).write_text(page(comparison), encoding="utf-8")
                    files.append(PAGE)
                for sheet, drawn in drawing.of(comparison):
                    plots[sheet] = _write_picture(sheet, drawn, temporary)
            except KeyboardInterrupt as error:
                interrupt = error
        files += [file for sheet in drawing.in_order(comparison) for file in plots.get(sheet, ())]
        content = manifest(comparison, files) | {"interrupted": comparison.interrupted or interrupt is not None}
        (temporary / MANIFEST).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        for file in _of_an_earlier_run(directory / MANIFEST).difference(files):
            (directory / file).unlink(missing_ok=True)
        for file in (*files, MANIFEST):
            (directory / file).parent.mkdir(exist_ok=True)
            (temporary / file).replace(directory / file)
    if interrupt:
        raise interrupt
    return [*files, MANIFEST]


def _write_tables(comparison: "Comparison", directory: Path, *, as_parquet: bool) -> list[str]:
    tables = {
        "losses.csv": comparison.frame(),
        "aligned.csv": comparison.aligned(),
        "gaps.csv": comparison.gaps(),
        "explanations.csv": comparison.explanations(),
        "metrics.csv": comparison.metrics(),
        "paths.csv": comparison.paths(),
        "timings.csv": comparison.timings(),
    }
    for name, frame in tables.items():
        write_csv(frame, directory / name)
    if as_parquet:
        parquet.write(tables["losses.csv"], directory / parquet.FILE)
    return [*tables, *([parquet.FILE] if as_parquet else [])]


def write_csv(frame: "pd.DataFrame", path: Path) -> None:
    """Floats in the fewest digits that read back as the same float64; NaN as `nan`, no index."""
    frame.to_csv(path, index=False, na_rep="nan", lineterminator="\n")


def _write_picture(sheet: str, picture: Mapping[PictureFormat, bytes], directory: Path) -> list[str]:
    (directory / "plots").mkdir(exist_ok=True)
    files = {f"plots/{sheet}.{kind}": content for kind, content in picture.items()}
    for name, content in files.items():
        (directory / name).write_bytes(content)
    return list(files)


def write_files(files: Mapping[str, bytes], directory: Path) -> None:
    """Write files into a directory that is there; each appears whole or not at all.

    Raises:
        CannotWrite: a file cannot be written.
    """
    with explained(directory), aside(directory) as temporary:
        for name, content in files.items():
            (temporary / name).write_bytes(content)
        for name in files:
            (temporary / name).replace(directory / name)


def manifest(comparison: "Comparison", files: list[str]) -> dict[str, Any]:
    """All that is needed to know what was run, on what, and with which calls."""
    made = comparison.provenance or provenance(now())
    return {
        "schema": SCHEMA,
        "created": made["created"],
        "interrupted": comparison.interrupted,
        "versions": made["versions"],
        "hardware": made["hardware"],
        "threads": made["threads"],
        "environment": made["environment"],
        "devices": comparison.devices,
        "seeds": comparison.seeds,
        "frameworks": comparison.frameworks,
        "source": comparison.source,
        "compared_with": comparison.reference,
        "tasks": {task.name: asdict(task) for task in comparison.tasks},
        "calls": _calls(comparison),
        "failures": [
            {**cell.key._asdict(), "framework": cell.framework, "reason": reason}
            for cell, reason in comparison.failures()
        ],
        "files": files,
    }


def _calls(comparison: "Comparison") -> dict[str, dict[str, dict[str, dict[str, str]]]]:
    """task, optimizer, level, framework: the call as a line of code; it is the same in both dtypes."""
    calls: dict[str, dict[str, dict[str, dict[str, str]]]] = {}
    for cell in comparison.cells:
        levels = calls.setdefault(cell.task, {}).setdefault(cell.optimizer, {})
        levels.setdefault(cell.level, {})[cell.framework] = code(cell.call)
    return calls


def _of_an_earlier_run(path: Path) -> set[str]:
    """The files that its manifest lists and not every run has; none if there is no such manifest."""
    try:
        files = json.loads(path.read_text(encoding="utf-8"))["files"]
        return {name for name in files if CHANGING.fullmatch(name)}
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return set()
