"""`python -m tests.planted [--out FILE]` writes the table of planted causes. It fails if more than one is not named."""

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from comparisons.frameworks.installed import ENVIRONMENT
from comparisons.results.files import write_csv

MISSED, CANNOT_WRITE = 1, 5


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("results/reference/planted.csv"),
    show_default=True,
    help="The table to write.",
)
def main(out: Path) -> None:
    """Plant every cause in one of two trainings, torch's and Keras's, and write what is said of it."""
    os.environ.update(ENVIRONMENT)
    from tests.planted import keras_port, torch_port
    from tests.planted.judging import table

    found = table(torch_port.train, keras_port.train)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=out.parent, prefix=".writing-") as aside:  # the table appears whole or not at all
            write_csv(found, Path(aside) / out.name)
            (Path(aside) / out.name).replace(out)
    except OSError as error:
        click.echo(f"triptych: cannot write {out}: {error.strerror or error}; choose another file with --out", err=True)
        sys.exit(CANNOT_WRITE)
    missed = found[~found["right"]]
    click.echo(f"{len(found) - len(missed)} of {len(found)} planted causes are named with the right number.")
    click.echo(f"The table is in {out}")
    for name in missed["planted"]:
        click.echo(f"triptych: {name}: is not named", err=True)
    sys.exit(MISSED if len(missed) > 1 else 0)


if __name__ == "__main__":
    main(prog_name="python -m tests.planted")
