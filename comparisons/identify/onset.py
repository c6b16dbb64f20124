"""What the first step alone tells: it remembers nothing, so that all rules of elements are one formula there."""

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
from scipy.optimize import least_squares

from comparisons.identify.evidence import Piece, chosen, flat
from comparisons.rules import Adafactor, Rule
from comparisons.tasks.streams import Array
from comparisons.training.implementations import taught

FAR = 1e4  # the mean squared residual, in roundings, of what is no rounding
SIZES = (-25.0, -15.0, -9.0, -6.0, -4.0, -2.0, -1.0, 0.0, 1.0, 3.0)  # logarithms of b^(1/2) and c, against gradients
DECAYS = (0.0, 0.01, 0.3)  # of theta in u, against gradients
MOST = 60  # evaluations of the formula in a fit
NUMBERS: dict[str, Any] = {"learning_rate": 1.0, "beta2_decay": -0.8, "epsilon2": 1e-3, "clip_threshold": 1.0}
NUMBERS |= {"scale_parameter": False, "relative_step": False, "scale_after_decay": False}
ADAFACTORS = (
    Adafactor(**NUMBERS, epsilon1=None, epsilon1_position="floor"),
    Adafactor(**NUMBERS, epsilon1=1e-30, epsilon1_position="added"),
)


def uphill(pieces: Sequence[Piece]) -> bool:
    """Whether the first step goes up the gradient, beside whatever it takes of the parameters."""
    before, step, gradient = _first(flat(pieces))
    beside = np.linalg.lstsq(np.stack([gradient, before], axis=1), step, rcond=None)[0]
    return bool(beside[0] > 0)


def by_elements(pieces: Sequence[Piece]) -> bool:
    """Whether one formula makes all first steps of their parameters theta and gradients g:

        u = g + w theta
        theta <- theta - rate u / (sqrt(u^2 + b) + c) - d theta

    It is that of all rules that step each element by itself, with any numbers, but for Ftrl: of SGD, where c is large,
    of signs, where b and c are 0; clipped by a norm, with decay of any kind.
    """
    piece = flat(pieces)
    piece = _told(Piece(before=piece.before[:1], after=piece.after[:1], gradients=piece.gradients[:1]))
    before, step, gradient = _first(piece)
    if not gradient.any() or not step.any():
        return True
    sigma, size = _sigma(piece), float(np.abs(gradient).max())
    scale = size / max(float(np.abs(before).max()), 1e-300)

    def off(x: Array) -> Array:
        """(elements,): in roundings; the rate and d, in which the step is linear, are the best that there are."""
        u = (gradient + x[2] * scale * before) / size
        with np.errstate(all="ignore"):
            way = np.nan_to_num(u / (np.sqrt(u * u + np.exp(2 * x[0])) + np.exp(x[1])))
        made = np.stack([way, before], axis=1) / sigma[:, None]
        made = made / np.maximum(np.sqrt(np.square(made).sum(axis=0)), 1e-300)
        return np.asarray(made @ np.linalg.lstsq(made, step / sigma, rcond=None)[0] - step / sigma)

    def nearest(root: float) -> Array:
        return min((np.array([root, *rest]) for rest in product(SIZES, DECAYS)), key=lambda x: _square(off(x)))

    for start in sorted(map(nearest, SIZES), key=lambda x: _square(off(x))):
        found = least_squares(off, start, max_nfev=MOST, x_scale=(1.0, 1.0, 1e-3))
        if 2 * found.cost < FAR * len(step):
            return True
    return False


def _square(off: Array) -> float:
    return float(off @ off)


def as_lamb(pieces: Sequence[Piece]) -> bool:
    """Whether that formula makes the first step of each tensor, at a rate of its own."""
    return all(by_elements([piece]) for piece in pieces)


def as_adafactor(pieces: Sequence[Piece]) -> bool:
    """Whether the first step of each tensor goes where Adafactor's does, which the gradient alone sets, and decay."""
    return any(all(_along(rule, piece) for piece in pieces) for rule in ADAFACTORS)


def _along(rule: Rule, piece: Piece) -> bool:
    """Whether the first step is the rule's, at any rate and decay."""
    start, gradient = np.zeros(piece.before[:1].shape), piece.gradients[:1].astype(float)
    way = taught(rule, {"learning_rate": np.ones(1)}, start, gradient, np.ones(1))[0, 0].ravel()
    before, step = piece.before[0].astype(float).ravel(), (piece.after[0].astype(float) - piece.before[0]).ravel()
    sigma = _sigma(piece).ravel()
    made = np.stack([way, before], axis=1) / sigma[:, None]
    if not np.isfinite(made).all():
        return True
    off = made @ np.linalg.lstsq(made, step / sigma, rcond=None)[0] - step / sigma
    return bool(np.square(off).mean() < FAR)


def _told(piece: Piece) -> Piece:
    """Elements of one step that tell most, without those of whose gradients the squares have lost digits."""
    sizes = np.abs(piece.gradients[0])
    felt = (sizes > np.finfo(sizes.dtype).tiny ** 0.4) | (sizes == 0)
    return chosen(Piece(before=piece.before[:, felt], after=piece.after[:, felt], gradients=piece.gradients[:, felt]))


def _sigma(piece: Piece) -> Array:
    """What is rounding in the first step: at least that of float32, for which these fits are good enough."""
    size = np.abs(piece.after[0].astype(float) - piece.before[0])
    return np.asarray(piece.sigma[0] + float(np.finfo(np.float32).eps) * (4 * size + np.sqrt(np.square(size).mean())))


def _first(piece: Piece) -> tuple[Array, Array, Array]:
    """(elements,) each of the first step: parameters before it, how far they went, gradients."""
    before = piece.before[0].astype(float)
    return before, piece.after[0] - before, piece.gradients[0].astype(float)
