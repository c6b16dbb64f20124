"""What comes of a piece of work, as a record of arrays, and back."""

from collections.abc import Mapping

import numpy as np

from comparisons.store.packing import Damaged, Record
from comparisons.tasks.streams import Array
from comparisons.training.cells import Outcome
from comparisons.training.contract import History

GROUPS = ("metrics", "params", "average")  # of a history: arrays by name


def record_of(outcome: Outcome) -> Record | None:
    """The record of a history, or of an array of losses; None of what is not kept: a failure is tried again."""
    match outcome:
        case History():
            arrays = {"losses": outcome.losses, "measured_at": outcome.measured_at}
            arrays |= {} if outcome.path is None else {"path": outcome.path}
            for group in GROUPS:
                arrays |= {f"{group}/{name}": array for name, array in (getattr(outcome, group) or {}).items()}
            seconds = {name: getattr(outcome, name) for name in ("seconds_setup", "seconds_training")}
            return Record(arrays, {"averaged": outcome.average is not None, **seconds})
        case np.ndarray():
            return Record({"losses": outcome}, {})
        case _:
            return None


def outcome_of(record: Record) -> History | Array:
    """The history or the array that a record was made of.

    Raises:
        Damaged: it was made of something else.
    """
    try:
        if not record.data:
            return record.arrays["losses"]
        return History(
            losses=record.arrays["losses"],
            metrics=_group(record.arrays, "metrics"),
            measured_at=record.arrays["measured_at"],
            path=record.arrays.get("path"),
            params=_group(record.arrays, "params"),
            average=_group(record.arrays, "average") if record.data["averaged"] else None,
            seconds_setup=record.data["seconds_setup"],
            seconds_training=record.data["seconds_training"],
        )
    except LookupError as error:
        raise Damaged(f"no {error}") from error


def _group(arrays: Mapping[str, Array], group: str) -> dict[str, Array]:
    return {name.removeprefix(f"{group}/"): array for name, array in arrays.items() if name.startswith(f"{group}/")}
