"""What `triptych sweep` does and shows."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from comparisons.names import SCHEMA
from comparisons.results import files as results
from comparisons.results.terminal import progress
from comparisons.results.width import folded
from comparisons.store import open_store
from comparisons.sweeps import api, files
from comparisons.sweeps.cluster import OnCluster
from comparisons.sweeps.grids import read_grid
from comparisons.sweeps.plan import Plan
from comparisons.sweeps.plan_file import read
from comparisons.sweeps.sweep import Sweep
from comparisons.training.runner import Silence

LOCAL = "local"  # instead of a scheduler's address


def asked(tasks: tuple[str, ...], options: Mapping[str, Any], file: Path | None) -> Plan:
    """The plan of the command's options, and of the file for what they do not say.

    Raises:
        BadInput: something in either cannot be used.
    """
    given: dict[str, Any] = {} if file is None else read(str(file))
    named = given.pop("tasks", ())
    given |= {name: value for name, value in options.items() if name != "grids"}
    if grids := options.get("grids", ()):
        given["grid"] = tuple(read_grid(text) for text in grids)
    return api.plan_of(*(tasks or named), **given)


def show_estimate(plan: Plan, memory: int | None, *, as_json: bool) -> None:
    """Print what the sweep would take."""
    found = api.estimate(plan, api.problems_of(plan), api.memory_of(plan, memory))
    click.echo(json.dumps(found.as_data(), indent=1) if as_json else folded("\n".join(found.lines())))


def write_replay(plan: Plan, memory: int | None, seed: int, out: Path, *, quiet: bool) -> None:
    """Write the full curves of a seed.

    Raises:
        CannotWrite: the file cannot be written.
    """
    results.prepare(out)
    curves = api.replay(plan, api.problems_of(plan), api.memory_of(plan, memory), seed)
    name = f"replay-{seed}.csv"
    results.write_files({name: files.as_csv(curves)}, out)
    if not quiet:
        click.echo(folded(f"The curves of seed {seed} are in {out / name}"))


def run(
    plan: Plan,
    out: Path,
    memory: int | None,
    *,
    scheduler: str,
    mixed_versions: bool,
    timeout: float | None,
    silence: Callable[[Silence], object],
    fresh: bool,
    quiet: bool,
) -> Sweep:
    """Train, and write the files.

    Raises:
        BadInput: the timeout is none, or is given for a cluster.
        CannotWrite: a file cannot be written.
    """
    seconds = api.checked(timeout, scheduler=None if scheduler == LOCAL else scheduler)
    with open_store(out, fresh=fresh) as store:
        logs = results.prepare(out)
        with progress(quiet=quiet) as bars:
            train: api.Train = OnCluster(scheduler, mixed_versions, bars)
            if scheduler == LOCAL:
                train = api.locally(logs=logs, progress=bars, timeout=seconds, silence=silence)
            found = api.run(plan, api.memory_of(plan, memory), train, store)
        files.write(found, out)
    return found


def show(sweep: Sweep, out: Path) -> None:
    """Print what holds."""
    for sentence in sweep.sentences:
        click.echo(folded(sentence))
    click.echo(folded(f"Tables and pictures are in {out}"))


def as_data(sweep: Sweep, out: Path) -> dict[str, Any]:
    """For JSON: numbers that are not finite are null."""
    rows = json.loads(sweep.summary().to_json(orient="records", double_precision=15))
    return {
        "schema": SCHEMA,
        "out": str(out),
        "interrupted": sweep.interrupted,
        "sentences": sweep.sentences,
        "summary": rows,
        "mishaps": sweep.mishaps(),
    }
