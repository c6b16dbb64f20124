"""Losses as parquet, by polars: pandas without pyarrow writes none, and with it has other strings everywhere else."""

from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from comparisons.names import BadInput
from comparisons.results.files import write_files

if TYPE_CHECKING:
    import pandas as pd

FILE = "losses.parquet"


def require() -> None:
    """Refuse before anything is trained.

    Raises:
        BadInput: polars is not installed.
    """
    if find_spec("polars") is None:
        raise BadInput('--format parquet: polars is not installed; pip install "triptych[parquet]"')


def write(losses: "pd.DataFrame", directory: Path) -> None:
    """The frame as a file: text as categories, steps and seeds as whole numbers, losses in float64.

    Raises:
        CannotWrite: the file cannot be written.
    """
    import pandas as pd
    import polars as pl

    columns = []
    for name, values in losses.items():
        if isinstance(values.dtype, pd.CategoricalDtype):
            names = pl.Series(str(name), [str(one) for one in values.cat.categories], dtype=pl.String)
            columns.append(names.gather(values.cat.codes.to_numpy()).cast(pl.Categorical))
        else:
            columns.append(pl.Series(str(name), values.to_numpy()))
    content = BytesIO()
    pl.DataFrame(columns).write_parquet(content)
    write_files({FILE: content.getvalue()}, directory)
