"""What docs/mutants.md says of the table, results/reference/mutants.csv: `make readme`."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import pandas as pd

from comparisons.faithful.probes import PROBES
from tests.mutants import golden
from tests.mutants.mutant import Mutant
from tests.mutants.mutants import MUTANTS

Rows = list[list[str]]


@cache
def committed() -> pd.DataFrame:
    """The table as it is committed."""
    return pd.read_csv(Path(__file__).parents[2] / "results/reference/mutants.csv").astype({"step": "Int64"})


def caught_at_large_rates(mutants: Sequence[Mutant] = MUTANTS) -> int:
    """How many of the mutants a golden test of a hundred times the learning rate catches."""
    (large,) = (probe for probe in PROBES if probe.name == "large learning rate")
    return sum(golden.catches(replace(mutant, rule=large.setting(mutant.rule))) for mutant in mutants)


def score() -> str:
    """The mutation score in a paragraph."""
    table = committed()
    killed, caught = table["killed_by"].notna().sum(), (table["golden_5_steps"] == "caught").sum()
    return (
        f"The probes kill {killed} of {len(table)} mutants; a golden test catches {caught} of them. With a hundred\n"
        f"times the learning rate (some golden tests have as much) it would catch {caught_at_large_rates()}.\n"
    )


def probes() -> tuple[list[str], Rows]:
    """How many mutants each probe sees, and how many it alone does: the head of a table, and its rows."""
    seeing = committed()["probes_that_see_it"].str.split("; ")
    counts = [(sum(one.name in all_ for all_ in seeing), sum([one.name] == all_ for all_ in seeing)) for one in PROBES]
    rows = [[one.name, one.shows, *map(str, both)] for one, both in zip(PROBES, counts, strict=True)]
    return ["probe", "shows", "sees", "sees alone"], rows


def families() -> tuple[list[str], Rows]:
    """How many mutants there are of each family: the head of a table, and its rows."""
    rows = []
    for family, some in committed().groupby("family", sort=False):
        caught = (some["golden_5_steps"] == "caught").sum()
        rows.append([str(family), str(len(some)), str(some["killed_by"].notna().sum()), str(caught)])
    return ["family", "mutants", "killed", "caught by a golden test"], rows
