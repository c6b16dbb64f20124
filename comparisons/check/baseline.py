"""A baseline: an earlier run, read from its results directory or from the one file that is shipped.

That file is `results/reference` without what no comparison needs: one line of JSON, then the losses of float32 as
float32 and those of float64 as float64, a row for each step and a column for each framework, little endian, all of it
compressed by LZMA. It holds no time, so the same results make the same file: 0.4 MB of 37.
"""

import json
import lzma
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd

from comparisons.analysis.frame import CURVE, KEY
from comparisons.names import DTYPES, SCHEMA, BadInput, Dtype, Level
from comparisons.results.files import MANIFEST
from comparisons.tasks import TaskSpec
from comparisons.tasks.of_data import task_of

SHIPPED = Path(__file__).with_name("reference.xz")
KEPT = ("versions", "frameworks", "seeds", "source", "tasks", "calls")  # of the manifest
VERDICT = [*CURVE, "framework", "source"]  # what names a verdict


@dataclass(frozen=True, kw_only=True, eq=False)
class Baseline:
    """An earlier run.

    Args:
        facts: those of its manifest that are KEPT.
        losses: as `Comparison.aligned` has them: CURVE, step, and a column for each framework.
        verdicts: VERDICT and verdict.
    """

    facts: dict[str, Any]
    losses: pd.DataFrame
    verdicts: pd.DataFrame

    @property
    def versions(self) -> dict[str, str]:
        """Package to version."""
        return dict(self.facts["versions"])

    @property
    def frameworks(self) -> list[str]:
        """Its columns."""
        return list(self.facts["frameworks"])

    @property
    def tasks(self) -> list[TaskSpec]:
        """As they were run."""
        return [task_of(task) for task in self.facts["tasks"].values()]

    @property
    def levels(self) -> list[Level]:
        """Those that were run."""
        return list(dict.fromkeys(cast(Level, level) for level in self.losses["level"]))

    @property
    def dtypes(self) -> list[Dtype]:
        """Those that were run."""
        return list(dict.fromkeys(cast(Dtype, dtype) for dtype in self.losses["dtype"]))


def read(directory: Path) -> Baseline:
    """The run whose results are in a directory.

    Raises:
        BadInput: they are not, or a file of them cannot be read.
    """
    try:
        manifest = _manifest(directory / MANIFEST)
        if manifest.get("schema", SCHEMA) != SCHEMA:  # there was none at first
            raise ValueError(f"its schema is {manifest['schema']}, not {SCHEMA}")
        losses = _table(directory / "aligned.csv", dict.fromkeys(manifest["frameworks"], float))
        verdicts = _table(directory / "gaps.csv", {"verdict": str})[[*VERDICT, "verdict"]]
        found = Baseline(facts=_facts(manifest), losses=losses, verdicts=verdicts)
        wanted = {*CURVE, "step", *found.frameworks}  # the manifest has them in the order of --framework
        if set(losses.columns) != wanted:
            raise ValueError("aligned.csv has other columns than the manifest has frameworks")
        steps = {name: list(range(task.steps)) for name, task in zip(found.facts["tasks"], found.tasks, strict=True)}
        curves = losses.groupby(CURVE, sort=False)["step"]
        if losses.empty or any(list(curve) != steps[key[0]] for key, curve in curves):
            raise ValueError("aligned.csv has not every step of each curve")
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise BadInput(
            f"{directory}: no baseline can be read there ({_reason(error)}); "
            "give a directory that 'triptych run --out' wrote"
        ) from None
    return found


def _manifest(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{file.name} is no JSON, or not all of it: {error}") from None
    if not isinstance(found, dict):
        raise ValueError(f"{file.name} is no JSON object")
    return found


def _facts(manifest: dict[str, Any]) -> dict[str, Any]:
    """Those that are KEPT, if they are what they are called.

    Raises:
        KeyError: one is not there. ValueError: one is something else.
    """
    facts = {name: manifest[name] for name in KEPT}
    panels = _nested(facts["calls"], 4)
    if panels is None or not all(isinstance(call, str) for call in panels):
        raise ValueError("the calls of the manifest are not one for each task, optimizer, level and framework")
    if not all(isinstance(version, str) for version in _nested(facts["versions"], 1) or [None]):
        raise ValueError("the versions of the manifest are not one for each package")
    if not isinstance(facts["seeds"], list) or not isinstance(facts["source"], str):
        raise ValueError("the manifest has not the seeds as a list, and the source as a name")
    return facts


def _nested(found: Any, depth: int) -> list[Any] | None:
    """What is in dicts in dicts; None where one is none."""
    if not depth:
        return [found]
    if not isinstance(found, dict):
        return None
    inner = [_nested(one, depth - 1) for one in found.values()]
    return None if None in inner else [one for some in inner for one in some or ()]


def _reason(error: Exception) -> str:
    match error:
        case OSError(filename=str(name)):
            return f"{Path(name).name}: {error.strerror}"
        case KeyError(args=(name,)):
            return f"there is no {name!r}"
        case OSError() | ValueError():
            return str(error)
        case _:
            return repr(error)


def _table(file: Path, columns: dict[str, type]) -> pd.DataFrame:
    """A CSV file of a run. What names a curve is text, be it "007" or "NA", and only an empty cell has no value."""
    words = dict.fromkeys([*KEY, "framework", "source"], str)
    none = {name: ["", "nan"] if kind is float else [""] for name, kind in (words | columns).items()}
    if _is_cut_off(file):
        raise ValueError(f"{file.name} is cut off: its last line has no end")
    try:
        return pd.read_csv(file, dtype=words | columns | {"seed": int}, keep_default_na=False, na_values=none)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{file.name}: {str(error).strip()}") from None


def _is_cut_off(file: Path) -> bool:
    with file.open("rb") as stream:
        if not stream.seek(0, os.SEEK_END):
            return False  # empty
        stream.seek(-1, os.SEEK_END)
        return stream.read(1) != b"\n"


def shipped() -> Baseline:
    """The default run, as it was when this release was made."""
    return unpacked(SHIPPED.read_bytes())


def packed(baseline: Baseline) -> bytes:
    """The baseline as one file."""
    frame, columns = baseline.losses, baseline.frameworks
    curves = frame.groupby(CURVE, sort=False, observed=True)
    about = {
        "schema": SCHEMA,
        **baseline.facts,
        "curves": [[*map(_plain, key), len(steps)] for key, steps in curves["step"]],
        "verdicts": baseline.verdicts.astype(object).where(baseline.verdicts.notna(), None).to_numpy().tolist(),
    }
    blocks = [frame.loc[frame["dtype"] == dtype, columns].to_numpy(_stored(dtype)) for dtype in DTYPES]
    parts = [json.dumps(about, separators=(",", ":")).encode(), b"\n", *(block.tobytes() for block in blocks)]
    return lzma.compress(b"".join(parts), preset=9 | lzma.PRESET_EXTREME)


def unpacked(content: bytes) -> Baseline:
    """The baseline that was packed."""
    line, _, rest = lzma.decompress(content).partition(b"\n")
    about = json.loads(line)
    keys = pd.DataFrame(about["curves"], columns=[*CURVE, "steps"])
    lengths = keys.pop("steps").to_numpy()
    losses = keys.loc[np.repeat(np.arange(len(keys)), lengths)].reset_index(drop=True)
    losses["step"] = np.concatenate([np.arange(length) for length in lengths])
    values, start = np.empty((len(losses), len(about["frameworks"]))), 0
    for dtype in DTYPES:
        rows = (losses["dtype"] == dtype).to_numpy()
        block = np.frombuffer(rest, _stored(dtype), rows.sum() * values.shape[1], start)
        values[rows], start = block.reshape(-1, values.shape[1]), start + block.nbytes
    losses[about["frameworks"]] = values
    verdicts = pd.DataFrame(about["verdicts"], columns=[*VERDICT, "verdict"])
    return Baseline(facts={name: about[name] for name in KEPT}, losses=losses, verdicts=verdicts)


def _stored(dtype: Dtype) -> np.dtype[Any]:
    return np.dtype(dtype).newbyteorder("<")


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
