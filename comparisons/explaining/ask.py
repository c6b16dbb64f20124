"""From the words of a command to a gap report, and to its picture on the disk."""

import os
from collections.abc import Sequence
from concurrent.futures import Executor
from pathlib import Path

from comparisons.analysis.factors import factors
from comparisons.analysis.gap_report import GapReport, gap_report
from comparisons.analysis.question import Question, of_calls, of_recipe
from comparisons.explaining.picture import picture
from comparisons.names import DTYPES, BadInput, Dtype, Level, unknown
from comparisons.plots.render import PICTURE_FORMATS, render
from comparisons.results import files as results
from comparisons.tasks import find
from comparisons.training.workers import Workers

TASK = "regression-20"  # on which two calls are compared if no other is named


def ask(
    first: str,
    second: str,
    *,
    between: tuple[str, str] | None = None,
    level: Level | None = None,
    task: str | os.PathLike[str] | None = None,
    dtypes: Sequence[Dtype] = DTYPES,
    out: str | Path | None = None,
    executor: Executor | None = None,
) -> tuple[GapReport, list[Path]]:
    """Explain a gap: why the second of two calls, or of two frameworks, has another curve than the first.

    Args:
        first, second: a task (a name, or the path of a TOML file) and a recipe of it; or two calls of optimizers, such
            as "torch.optim.Adam(lr=1e-3)".
        between: of a recipe, the two frameworks; torch and tf if not given.
        level: of a recipe, as-written (if not given) or same-numbers, the numbers being those of the first framework.
        task: of two calls, where they are trained.
        dtypes: in which to explain it, both if none is given; the last is the one that is put into words.
        out: a directory for the picture; none is drawn without.
        executor: where to train instead of in a process for each framework.

    Returns: the report, and the files written: none where there is nothing to draw.

    Raises:
        BadInput: there is no such thing, or the gap between the two cannot be taken apart.
        gap_report.NotTrained: a framework failed.
        results.CannotWrite: `out` cannot be written.
    """
    for dtype in dtypes:
        if dtype not in DTYPES:
            raise BadInput(unknown("dtype", dtype, DTYPES))
    question = _question(first, second, between, level, task)
    factors(*question.rules)  # refuses what cannot be taken apart before anything is written
    workers = Workers(given=executor, logs=None if out is None else results.prepare(Path(out)))
    try:
        report = gap_report(question, tuple(dict.fromkeys(dtypes or DTYPES)), workers)
    finally:
        workers.close()
    if out is None or not report.explanations[-1].parts.factors:
        return report, []
    figure = picture(report)
    files = {f"{question.slug}.{kind}": render(figure, kind) for kind in PICTURE_FORMATS}
    results.write_files(files, Path(out))
    return report, [Path(out) / name for name in files]


def _question(
    first: str,
    second: str,
    between: tuple[str, str] | None,
    level: Level | None,
    task: str | os.PathLike[str] | None,
) -> Question:
    calls = [_is_call(text) for text in (first, second)]
    if calls[0] != calls[1]:
        one, other = (first, second) if calls[0] else (second, first)
        raise BadInput(f"'{one}' is a call and '{other}' is none; give two calls, or a task and an optimizer")
    if not calls[0]:
        if task is not None:
            raise BadInput(f"task is given twice, {task} and {first}; --task goes with two calls")
        return of_recipe(find(first), second, between or ("torch", "tf"), level or "as-written")
    if between or level:
        given = "--between" if between else "--level"
        raise BadInput(f"{given} goes with a task and an optimizer; two calls say all by themselves")
    from comparisons.porting import read

    return of_calls(find(os.fspath(task or TASK)), read(first), read(second))


def _is_call(text: str) -> bool:
    return any(bracket in text for bracket in "({") and not text.endswith(".toml")
