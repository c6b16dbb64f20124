"""The state of Keras's own classes, from which a drop-in takes over in mid-training."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from comparisons import rules
from comparisons.rules import Rule
from comparisons.tasks.streams import Array

# Keras makes the state variable by variable; these symbols it makes later, all variables of each together.
LATER: Mapping[type[Rule], Mapping[str, int]] = {rules.Adam: {"w": 1}, rules.RMSprop: {"b": 1, "a": 2}}


def order(rule: type[Rule], symbol: str) -> int:
    """When Keras's own class makes this part of the state."""
    return LATER.get(rule, {}).get(symbol, 0)


def of_adafactor(values: Sequence[Array], vectors: Iterable[bool]) -> list[Array]:
    """Of the state of keras.optimizers.Adafactor what counts, its means with the axis that they have lost.

    It has r, c and v for each variable, of which r and c of a vector stay 0 and v of all else is made anew each step.
    """
    kept = []
    for i, vector in enumerate(vectors):
        r, c, v = values[3 * i : 3 * i + 3]
        kept += [v] if vector else [r[..., None], np.expand_dims(c, -2)]
    return kept
