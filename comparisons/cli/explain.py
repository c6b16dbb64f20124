"""`triptych explain`."""

import sys
from pathlib import Path
from typing import Any

import click

from comparisons.cli.options import (
    DTYPE,
    FAILED,
    FRAMEWORK,
    LEFT_OUT,
    LEVEL,
    dtypes_of,
    end,
    errors_printed,
    out_option,
    tell,
    untested,
)


@click.command(short_help="Say which field of the update rule makes how much of a gap.")
@click.argument("first", metavar="TASK|CALL")
@click.argument("second", metavar="OPTIMIZER|CALL")
@click.option("--between", nargs=2, type=FRAMEWORK, help="Of a recipe, the two frameworks.  [default: torch tf]")
@click.option("--level", type=LEVEL, help="Of a recipe, what is equal.  [default: as-written]")
@click.option("--task", metavar="TASK", help="Of two calls, where they are trained.  [default: regression-20]")
@click.option("--dtype", type=DTYPE, default="both", show_default=True)
@out_option("results/explain", "Where the picture goes.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
def explain(
    first: str, second: str, between: Any, level: Any, task: str | None, dtype: Any, out: Path, as_json: bool
) -> None:
    """Take the gap between two curves apart.

    TASK OPTIMIZER: a recipe of a task, as two frameworks train it. CALL CALL: two calls of optimizers, such as
    "torch.optim.Adam(lr=1e-3)" "keras.optimizers.Adam()".
    """
    from comparisons.analysis.gap_report import NotTrained
    from comparisons.explaining.ask import ask
    from comparisons.explaining.show import as_json as written
    from comparisons.explaining.show import show

    dtypes = dtypes_of(dtype)
    try:
        with errors_printed():
            report, files = ask(first, second, between=between, level=level, task=task, dtypes=dtypes, out=out)
    except NotTrained as error:
        end(FAILED, str(error))
    tell([*untested(side.framework for side in report.question.sides), *report.held.sentences])
    if as_json:
        click.echo(written(report, files))
    else:
        show(report, files)
    failed = report.held.sentences or any(one.judgement.verdict == "unexplained" for one in report.explanations)
    sys.exit(FAILED if failed else LEFT_OUT if report.question.stand_ins else 0)
