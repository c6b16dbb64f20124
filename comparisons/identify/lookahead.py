"""A slip of Nesterov's momentum, which a book's first printings have: the velocity is used after it is updated."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from scipy.optimize import minimize_scalar

from comparisons.identify.evidence import Piece, flat
from comparisons.identify.groups import Group
from comparisons.identify.numbers import written
from comparisons.identify.search import PROMISING
from comparisons.identify.slips import Slip
from comparisons.rules import SGD
from comparisons.tasks.streams import Array

MOMENTA = np.append(np.arange(0.05, 1.0, 0.05), 0.99)  # from which the nearest is sought
NEAR = 1e-5  # to which it is fitted: rounding makes less of it
LOOKAHEAD = Slip(
    says="the velocity is updated before it is used",
    mended="where momentum^2 stands, use it as it was before",
)


def without_slip(pieces: Mapping[str, Piece]) -> tuple[float, dict[str, Piece]] | None:
    """The momentum m with which the slip is near the steps, and the gradients of which Nesterov's rule makes them.

    With v <- m v - rate g, Nesterov's parameters go by m^2 v - (1 + m) rate g, with v before the update. With v after
    it they go by -rate ((1 + m) g + m^2 b) where b <- m b + g: no rule of ours of these gradients. Of gradients h with

        (1 + m) h = m h' + (1 + m + m^2) g - m (1 + m) g'

    where h' and g' are those of the step before, or 0, it is Nesterov's: held to the steps like any.
    None without such m.
    """
    piece = flat(list(pieces.values()))
    taken, gradients = piece.after.astype(float) - piece.before, piece.gradients.astype(float)

    def off(m: float) -> float:
        made = ((1 + m) * gradients + m * m * _summed(gradients, m)) / piece.sigma
        rate = (made * taken / piece.sigma).sum() / max(np.square(made).sum(), 1e-300)
        return float(np.square(rate * made - taken / piece.sigma).mean())

    at = int(np.argmin([off(m) for m in MOMENTA]))
    low, high = (float(MOMENTA[i]) for i in (max(at - 1, 0), min(at + 1, len(MOMENTA) - 1)))
    near = float(minimize_scalar(off, bounds=(low, high), method="bounded", options={"xatol": NEAR / 10}).x)
    m = written("momentum", near * (1 - NEAR), near * (1 + NEAR))
    if m is None or off(m) > PROMISING:
        return None
    return m, {name: replace(one, gradients=_mended(one.gradients, m)) for name, one in pieces.items()}


def is_of(found: Group, m: float) -> bool:
    """Whether what holds is Nesterov's rule with this momentum, and so the slip."""
    rules = [one.rule for one in found.holding]
    return bool(rules) and all(isinstance(one, SGD) and one.nesterov and one.momentum == m for one in rules)


def _summed(gradients: Array, m: float) -> Array:
    """(steps, ...): b of each step."""
    found = gradients.copy()
    for t in range(1, len(found)):
        found[t] += m * found[t - 1]
    return found


def _mended(gradients: Array, m: float) -> Array:
    g = gradients.astype(float)
    right = (1 + m + m * m) * g
    right[1:] -= m * (1 + m) * g[:-1]
    return np.asarray(_summed(right / (1 + m), m / (1 + m)).astype(gradients.dtype))
