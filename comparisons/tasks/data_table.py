"""The [data] table of a task file: one kind of data, each a table of its own."""

import reprlib
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Annotated, Any, assert_never

from pydantic import BaseModel, ConfigDict, Field, Strict, ValidationInfo, field_validator

from comparisons.names import BadInput
from comparisons.tasks.checks import finite
from comparisons.tasks.sources import Bundled, BundledName, CsvFile, Data, LinearTarget, NpzFile


class Table(BaseModel):
    """A table of the file: no other keys and no other types, but a whole number does for a floating-point one.

    Lists are taken for tuples where a field says Strict(False).
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class BundledTable(Table):
    """[data] that comes with scikit-learn."""

    bundled: BundledName


class CsvTable(Table):
    """[data] in a CSV file."""

    csv: str
    classes: bool = False
    target: Annotated[tuple[str, ...], Strict(False)] = Field(examples=['target = ["price"]'])

    @field_validator("target")
    @classmethod
    def _try_target(cls, target: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        return CsvFile(path="", target=target, classes=info.data.get("classes", False)).target


class NpzTable(Table):
    """[data] in an npz file."""

    npz: str


class LinearTable(Table):
    """[data] drawn around a plane."""

    coefficients: Annotated[tuple[float, ...], Strict(False)]
    intercept: float = LinearTarget.intercept
    noise: float = LinearTarget.noise
    low: float = LinearTarget.low
    high: float = Field(LinearTarget.high, validate_default=True)
    samples: int = LinearTarget.samples

    @field_validator("coefficients", "intercept", "noise", "samples")
    @classmethod
    def _try_alone(cls, value: object, info: ValidationInfo) -> object:
        fields: dict[str, Any] = {"coefficients": (1.0,), str(info.field_name): value}
        LinearTarget(**fields)
        return value

    @field_validator("low")
    @classmethod
    def _try_low(cls, low: float) -> float:
        finite("linear target", "low", low)
        return low

    @field_validator("high")
    @classmethod
    def _try_range(cls, high: float, info: ValidationInfo) -> float:
        if "low" in info.data:
            LinearTarget(coefficients=(1.0,), low=info.data["low"], high=high)
        return high


DataTable = BundledTable | CsvTable | NpzTable | LinearTable

KINDS: dict[str, type[DataTable]] = {
    "bundled": BundledTable,
    "csv": CsvTable,
    "npz": NpzTable,
    "coefficients": LinearTable,
}


def kinds_of(table: Iterable[str]) -> list[str]:
    """The kinds of data that a [data] table gives; in a good one there is one."""
    return [kind for kind in KINDS if kind in table]


def described(table: object) -> Data:
    """The data that a [data] table describes.

    Raises:
        ValidationError: mistakes within the table.
        BadInput: there is no table, or not exactly one kind of data in it.
    """
    if not isinstance(table, dict):
        raise BadInput(f"data: is {reprlib.repr(table)}; it must be a table headed [data]")
    match kinds_of(table):
        case [kind]:
            return _record(KINDS[kind].model_validate(table))
        case []:
            hints = [f"write '{near}' for '{key}'" for key in table for near in get_close_matches(key, KINDS, n=1)]
            raise BadInput(f"data: gives none of {', '.join(KINDS)}; {(hints or ['add one of them'])[0]}")
        case several:
            raise BadInput(f"data: gives {' and '.join(several)}; keep one of them")


def _record(table: DataTable) -> Data:
    match table:
        case BundledTable():
            return Bundled(name=table.bundled)
        case CsvTable():
            return CsvFile(path=table.csv, target=table.target, classes=table.classes)
        case NpzTable():
            return NpzFile(path=table.npz)
        case LinearTable():
            return LinearTarget(**dict(table))
        case _:
            assert_never(table)
