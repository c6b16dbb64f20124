"""Which column of a log is the loss, and which the step, by the names that loggers give them."""

import re
from pathlib import Path

from comparisons.diff.curves.table import Table, shown
from comparisons.names import BadInput, listed, unknown

# Names by their words, so that "train/loss", "train_loss" and "Train Loss" are one. The first that is there is taken.
STEPS = (
    *("step", "global step", "trainer global step", "train global step", "train step", "steps"),
    *("iteration", "iterations", "iter", "iters", "update", "updates", "num updates"),
    *("batch", "batches", "batch idx", "batch index", "i", "epoch", "epochs", "unnamed 0", "index", ""),
)
EPOCHS = ("epoch", "epochs")
LOSSES = (
    *("loss", "train loss", "training loss", "loss train", "loss training", "train train loss", "batch loss"),
    *("train loss step", "loss step", "train loss epoch", "value"),
)
HELD_OUT = {"val", "valid", "validation", "eval", "test", "dev"}
ASIDE = re.compile(r".*__(min|max)|(.*\W)?_?(wall ?time|timestamp|runtime|time|relative time \(.*\))", re.IGNORECASE)


def words(name: str) -> str:
    """Its words in lower case, without the run that wandb names before them: "run-7 - train/loss" is "train loss"."""
    return " ".join(re.findall(r"[^\W_]+", name.rpartition(" - ")[2].lower()))


def columns(path: Path, table: Table, column: str | None) -> tuple[int, int | None]:
    """Where the loss is, and the step; None if there is none.

    Without a header the last column is the loss, and the first the step if there are two or more.

    Raises:
        BadInput: there is no such column, or more than one.
    """
    if not table.headed and column is None:
        return len(table.names) - 1, 0 if len(table.names) > 1 else None
    known = [words(name) for name in table.names]
    step = next((known.index(name) for name in STEPS if name in known), None) if table.headed else 0
    loss = _loss(path, table, known, step) if column is None else _named(path, table, column)
    if step == loss:
        step = None
    for chosen in (loss, step):
        if chosen is not None and table.names.count(table.names[chosen]) > 1:
            raise BadInput(f"{path}: two columns are called '{shown(table.names[chosen])}'; take one of them out")
    return loss, step


def epoch_column(table: Table, loss: int, step: int | None) -> int | None:
    """Where the epoch stands beside the step."""
    known = [words(name) for name in table.names] if table.headed else []
    return next((i for i, name in enumerate(known) if name in EPOCHS and i not in (loss, step)), None)


def _named(path: Path, table: Table, column: str) -> int:
    if column not in table.names:
        raise BadInput(f"{path}: {unknown('column', shown(column), map(shown, table.names))}")
    return table.names.index(column)


def _loss(path: Path, table: Table, known: list[str], step: int | None) -> int:
    left = [
        i for i, name in enumerate(table.names) if i != step and known[i] not in STEPS and not ASIDE.fullmatch(name)
    ]
    for name in LOSSES:
        if found := [i for i in left if known[i] == name]:
            break
    else:
        losses = [i for i in left if "loss" in known[i]]
        found = [i for i in losses if not HELD_OUT & set(known[i].split())] or losses or left
    if len({table.names[i] for i in found}) != 1:
        names = listed([f"'{shown(table.names[i])}'" for i in found or range(len(table.names))])
        what = f"{len(found)} columns may be the loss" if found else "no column is called loss"
        raise BadInput(f"{path}: {what}; name one with --column (there are: {names})")
    return found[0]
