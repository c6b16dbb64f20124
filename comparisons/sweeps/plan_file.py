"""A sweep described in a TOML file, which says what the options of the command say."""

import tomllib
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Strict, ValidationError

from comparisons.inputs import files
from comparisons.names import BadInput, Dtype, Level
from comparisons.sweeps.grids import Grid, read_values

Values = str | Annotated[tuple[float, ...], Strict(False)]


class PlanTable(BaseModel):
    """The keys of the file; what is left out is as the command has it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    tasks: Annotated[tuple[str, ...], Strict(False)] = ()
    optimizers: Annotated[tuple[str, ...], Strict(False)] = ()
    frameworks: Annotated[tuple[str, ...], Strict(False)] = ()
    levels: Annotated[tuple[Level, ...], Strict(False)] = ()
    dtypes: Annotated[tuple[Dtype, ...], Strict(False)] = ()
    seeds: int | None = None
    steps: int | None = None
    target: float | None = None
    source: str | None = None
    grid: dict[str, Values] = {}


def read(path: str) -> dict[str, Any]:
    """The arguments of `sweep` that the file gives; paths of task files start from its folder.

    Raises:
        BadInput: it cannot be read, or one line for each mistake in it.
    """
    try:
        table = PlanTable.model_validate(tomllib.loads(files.text(Path(path), files.MIB)))
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror}); give the path of a sweep's file") from None
    except ValidationError as error:
        lines = [f"{path}: {'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
        raise BadInput("\n".join(lines)) from None
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{path}: is not TOML: {error}; save it as TOML in UTF-8") from None
    given = {name: value for name, value in table if value not in (None, (), {}) and name != "grid"}
    folder = Path(path).parent
    given["tasks"] = tuple(str(folder / task) if task.endswith(".toml") else task for task in table.tasks)
    given["grid"] = tuple(
        Grid(field=field, values=read_values(field, values) if isinstance(values, str) else values)
        for field, values in table.grid.items()
    )
    return given
