"""`python -m tests.identified [--out FILE] [--count N]` writes the table of identified trainings."""

from pathlib import Path
from tempfile import TemporaryDirectory

import click

from comparisons.results.files import write_csv
from tests.identified.scoring import TRACES, score, summary


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("results/reference/identify.csv"),
    show_default=True,
    help="The table to write.",
)
@click.option("--count", default=TRACES, show_default=True, help="How many trainings.")
def main(out: Path, count: int) -> None:
    """Identify trainings whose rule is known, and write what was said of each."""
    table = score(count)
    out.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=out.parent, prefix=".writing-") as aside:  # the table appears whole or not at all
        write_csv(table, Path(aside) / out.name)
        (Path(aside) / out.name).replace(out)
    click.echo(summary(table))
    click.echo(f"The table is in {out}")


if __name__ == "__main__":
    main(prog_name="python -m tests.identified")
