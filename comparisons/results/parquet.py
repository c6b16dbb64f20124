"""Losses as parquet, by polars: pandas without pyarrow writes none, and with it has other strings everywhere else."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from comparisons.names import BadInput

if TYPE_CHECKING:
    import pandas as pd

FILE = "losses.parquet"
REMEDY = 'polars is not installed; pip install "triptych[parquet]"'


def possible() -> bool:
    """Whether polars is installed."""
    return find_spec("polars") is not None


def require() -> None:
    """Refuse before anything is trained.

    Raises:
        BadInput: polars is not installed.
    """
    if not possible():
        raise BadInput(f"losses as parquet: {REMEDY}")


def write(losses: "pd.DataFrame", path: Path) -> None:
    """The frame as a file: text as categories, steps and seeds as whole numbers, losses in float64."""
    import pandas as pd
    import polars as pl

    columns = []
    for name, values in losses.items():
        if isinstance(values.dtype, pd.CategoricalDtype):
            names = pl.Series(str(name), [str(one) for one in values.cat.categories], dtype=pl.String)
            columns.append(names.gather(values.cat.codes.to_numpy()).cast(pl.Categorical))
        else:
            columns.append(pl.Series(str(name), values.to_numpy()))
    pl.DataFrame(columns).write_parquet(path)
