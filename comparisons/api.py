"""Run a comparison from Python."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from pathlib import Path

from comparisons.analysis.comparison import Comparison
from comparisons.names import DTYPES, LEVELS, Dtype, Level
from comparisons.results import files as results
from comparisons.results import kept, parquet
from comparisons.results.drawing import Pictures
from comparisons.running.asked import check_columns, check_counts, check_names, chosen, untrained, usable
from comparisons.running.trained import Watch, trained, unheard
from comparisons.store import open_store, runs
from comparisons.store.notes import PARQUET
from comparisons.store.session import keys_of
from comparisons.tasks import TaskSpec
from comparisons.training.runner import HANG_SECONDS, Progress, Silence, check_timeout
from comparisons.training.workers import Workers


def run(
    *tasks: str | os.PathLike[str] | TaskSpec,
    optimizers: Sequence[str] = (),
    frameworks: Sequence[str] = (),
    levels: Sequence[Level] = LEVELS,
    dtypes: Sequence[Dtype] = DTYPES,
    seeds: int = 1,
    steps: int | None = None,
    source: str = "torch",
    out: str | Path | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
    fresh: bool = False,
    as_parquet: bool = False,
    timeout: float = HANG_SECONDS,
    say: Callable[[str], object] | None = None,
    silence: Callable[[Silence], object] | None = None,
) -> Comparison:
    """Train the tasks in each framework, from the same numbers, and return the curves side by side.

    Args:
        tasks: names, paths of TOML files or TaskSpecs; none means all shipped tasks.
        optimizers: names or labels of the recipes to train; none means all.
        frameworks: none means those that are installed. One asked for by name that is not installed costs its cells.
            With a device, "torch@cuda", a framework trains there, as a column of its own.
        levels, dtypes: which to run; none means all.
        seeds: replicas, with the seeds 0, 1, ..., seeds - 1.
        steps: instead of each task's own number.
        source: the framework whose numbers `same-numbers` takes and whose curve the others are compared with.
        out: a directory to write results to; none are written without. What a run has finished there before is not
            trained again: see docs/runs.md.
        executor: where to train instead of in a process for each framework.
        progress: called with the number of cells done and in all, before the training and after each.
        fresh: forget what was finished in `out` before.
        as_parquet: write the losses as losses.parquet, too, now and whenever the files of `out` are made anew.
        timeout: the seconds after which a worker that gives no answer is ended, and its training given up.
        say: called with each line that there is to tell meanwhile: what is trained anew, and why.
        silence: called with what is known of a worker that gives no answer for half a minute, or longer.

    Ctrl-C ends the training and keeps what is finished (`interrupted` says so). The files of an earlier run that is
    complete are then left as they are. While pictures are drawn it keeps the tables and goes on to the caller.

    Raises:
        BadInput: something asked for does not exist, is out of its range or cannot be read; or another run has `out`.
        NoFramework: no framework asked for is installed.
        CannotWrite: `out` cannot be written; what was finished before is kept there.
    """
    check_columns(frameworks)
    check_names(levels, dtypes, source)
    check_counts(seeds=seeds, steps=1 if steps is None else steps)
    check_timeout(timeout)
    if as_parquet:
        parquet.require()
    asked = chosen(tasks, optimizers, steps)
    blank = untrained(asked, usable(frameworks), levels or LEVELS, dtypes or DTYPES, seeds, source)
    watch = Watch(progress or unheard, say or unheard, silence or unheard, timeout)
    if out is None:
        return trained(blank, Workers(given=executor), None, watch)
    with open_store(Path(out), fresh=fresh) as store:
        for line in store.said:
            watch.say(line)
        if as_parquet:
            store.note(PARQUET, True)
        if found := kept.before(blank, keys_of(blank, executor), store, Path(out), _page):
            return found
        logs = results.prepare(Path(out), [task.name for task in asked])
        with Pictures(blank) as pictures:
            comparison = trained(
                blank, Workers(given=executor, logs=logs), store, watch._replace(trained=pictures.foresee)
            )
            own = kept.write(comparison, keys_of(comparison, executor), store, Path(out), _page, pictures)
        if not own:
            watch.say(f"{out} has the files of an earlier run, which is complete; what is finished of this one is kept")
    return comparison


def load(path: str | Path) -> Comparison:
    """The comparison that a run has left in its directory, as `run` returned it; no framework is imported.

    Of a run that was killed it is what was finished (`interrupted` says so).

    Raises:
        BadInput: there is none, or it cannot be read.
    """
    return runs.load(Path(path))


def remake(path: str | Path) -> list[str]:
    """Make the files of the run in a directory anew, from its store; return what there is to tell of it, in lines.

    Raises:
        BadInput: there is none, or another run has it. CannotWrite: a file cannot be written.
    """
    return kept.again(Path(path), _page)


def _page(comparison: Comparison) -> str:
    """The page of a run."""
    from comparisons.report import page  # who writes no files need not load it

    return page(comparison)
