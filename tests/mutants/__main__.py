"""`python -m tests.mutants [--out FILE]` writes the table of mutants. It fails if one survives."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from comparisons.results.files import write_csv
from tests.mutants import score

SURVIVORS, CANNOT_WRITE = 1, 5


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("results/reference/mutants.csv"),
    show_default=True,
    help="The table to write.",
)
def main(out: Path) -> None:
    """Try every mutant with every probe, and write who saw it."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=out.parent, prefix=".writing-") as aside:  # the table appears whole or not at all
            table = score()
            write_csv(table, Path(aside) / out.name)
            (Path(aside) / out.name).replace(out)
    except OSError as error:
        click.echo(f"triptych: cannot write {out}: {error.strerror or error}; choose another file with --out", err=True)
        sys.exit(CANNOT_WRITE)
    survivors = table[table["killed_by"].isna()]
    missed = (table["golden_5_steps"] == "missed").sum()
    click.echo(f"The probes kill {len(table) - len(survivors)} of {len(table)} mutants; a golden test misses {missed}.")
    click.echo(f"The table is in {out}")
    for row in survivors.itertuples():
        click.echo(f"triptych: {row.base_rule}: {row.mutant}: survives", err=True)
    sys.exit(SURVIVORS if len(survivors) else 0)


if __name__ == "__main__":
    main(prog_name="python -m tests.mutants")
