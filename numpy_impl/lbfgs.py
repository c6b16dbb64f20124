"""L-BFGS in NumPy, held to torch's step by step; the equations are at comparisons.rules.lbfgs."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from comparisons.rules.lbfgs import LBFGS
from comparisons.tasks.streams import Array

Closure = Callable[[], tuple[float, Sequence[Array]]]  # the loss at the tensors as they are, and their gradients
ARMIJO, CURVATURE = 1e-4, 0.9


class Point(NamedTuple):
    """A step along the direction, and there the loss, its gradient, and the slope along the direction."""

    a: float
    loss: float
    g: Array
    slope: float


class Optimizer:
    """Applies L-BFGS to arrays of parameters, in place; its memory lasts from one update to the next."""

    def __init__(self, rule: LBFGS, tensors: Sequence[Array]) -> None:
        self.rule, self.tensors = rule, list(tensors)
        self.pairs: deque[tuple[Array, Array]] = deque(maxlen=rule.history)
        self.scale, self.last = 1.0, np.empty(0)  # h, and the gradient of the iteration before
        self.s = np.empty(0)  # its step
        self.begun = False

    def step(self, closure: Closure) -> float:
        """One update; the loss before it."""
        rule = self.rule
        first, g = self._evaluated(closure)
        loss, evaluations = first, 1
        if abs(g).max() <= rule.tolerance_gradient:
            return first
        for iteration in range(1, rule.iterations + 1):
            if self.begun:
                self._remember(g - self.last, self.s)
            d = -two_loops(g, self.pairs, self.scale)
            a = rule.learning_rate * (1.0 if self.begun else min(1.0, 1 / abs(g).sum()))
            self.begun, self.last, self.s, before = True, g, a * d, loss
            if g @ d > -rule.tolerance_change:
                break
            if rule.strong_wolfe:
                along = Along(self, closure, d)
                found = search(along, Point(0.0, loss, g, float(g @ d)), a, rule.evaluations - evaluations, rule)
                a, loss, g, evaluations = found.a, found.loss, found.g, evaluations + along.evaluations
            self._move(a * d)
            self.s = a * d
            if iteration == rule.iterations:
                break
            if not rule.strong_wolfe:
                loss, g = self._evaluated(closure)
                evaluations += 1
            still = abs(self.s).max() <= rule.tolerance_change or abs(loss - before) < rule.tolerance_change
            if evaluations >= rule.evaluations or abs(g).max() <= rule.tolerance_gradient or still:
                break
        return first

    def _remember(self, y: Array, s: Array) -> None:
        """A pair that curves upwards."""
        if y @ s > 1e-10:
            self.pairs.append((s, y))
            self.scale = (y @ s) / (y @ y)

    def _evaluated(self, closure: Closure) -> tuple[float, Array]:
        loss, gradients = closure()
        return float(loss), np.concatenate([g.ravel() for g in gradients])

    def _move(self, by: Array) -> None:
        parts = np.split(by, np.cumsum([theta.size for theta in self.tensors])[:-1])
        for theta, part in zip(self.tensors, parts, strict=True):
            theta += part.reshape(theta.shape)


class Along:
    """The loss along a direction, from where the tensors are; what it costs is counted."""

    def __init__(self, optimizer: Optimizer, closure: Closure, d: Array) -> None:
        self.optimizer, self.closure, self.d, self.evaluations = optimizer, closure, d, 0

    def at(self, a: float) -> Point:
        """There; the tensors stay."""
        start = [theta.copy() for theta in self.optimizer.tensors]
        self.optimizer._move(a * self.d)
        loss, g = self.optimizer._evaluated(self.closure)
        for theta, before in zip(self.optimizer.tensors, start, strict=True):
            theta[...] = before
        self.evaluations += 1
        return Point(a, loss, g, float(g @ self.d))


def two_loops(g: Array, pairs: Sequence[tuple[Array, Array]], scale: float) -> Array:
    """H g: the inverse Hessian that the pairs (s, y), oldest first, make of `scale` times the identity, times g."""
    q, alphas = g.copy(), []
    for s, y in reversed(pairs):
        alphas.append((s @ q) / (y @ s))
        q -= alphas[-1] * y
    q *= scale
    for (s, y), alpha in zip(pairs, reversed(alphas), strict=True):
        q += (alpha - (y @ q) / (y @ s)) * s
    return q


def search(along: Along, start: Point, a: float, most: int, rule: LBFGS) -> Point:
    """A point with the strong Wolfe conditions, or the best of `most` evaluations: first a bracket, then into it."""
    before, now, tries = start, along.at(a), 0
    bracket = [start, now]
    while tries < most:
        if _too_high(now, start) or (tries > 1 and now.loss >= before.loss):
            bracket = [before, now]
            break
        if _flat(now, start):
            return now
        if now.slope >= 0:
            bracket = [before, now]
            break
        low, high = now.a + 0.01 * (now.a - before.a), now.a * 10
        before, now = now, along.at(cubic(before, now, low, high))
        tries += 1
        bracket = [start, now]
    return _zoomed(along, start, bracket, tries, most, rule)


def _zoomed(along: Along, start: Point, bracket: list[Point], tries: int, most: int, rule: LBFGS) -> Point:
    longest, stuck = abs(along.d).max(), False
    low, high = (0, 1) if bracket[0].loss <= bracket[1].loss else (1, 0)
    while tries < most and abs(bracket[1].a - bracket[0].a) * longest >= rule.tolerance_change:
        left, right = sorted(point.a for point in bracket)
        a, stuck = _inside(cubic(bracket[0], bracket[1], left, right), left, right, stuck)
        now = along.at(a)
        tries += 1
        if _too_high(now, start) or now.loss >= bracket[low].loss:
            bracket[high] = now
            low, high = (0, 1) if bracket[0].loss <= bracket[1].loss else (1, 0)
            continue
        if _flat(now, start):
            return now
        if now.slope * (bracket[high].a - bracket[low].a) >= 0:
            bracket[high] = bracket[low]
        bracket[low] = now
    return bracket[low]


def _inside(a: float, left: float, right: float, stuck: bool) -> tuple[float, bool]:
    """A step away from the ends of the bracket, where it is at one, or near one for the second time."""
    margin = 0.1 * (right - left)
    if min(right - a, a - left) >= margin:
        return a, False
    if stuck or a >= right or a <= left:
        return (right - margin if abs(a - right) < abs(a - left) else left + margin), False
    return a, True


def _too_high(now: Point, start: Point) -> bool:
    """Whether the loss has not fallen enough for so long a step."""
    return now.loss > start.loss + ARMIJO * now.a * start.slope


def _flat(now: Point, start: Point) -> bool:
    return abs(now.slope) <= -CURVATURE * start.slope


def cubic(one: Point, other: Point, low: float, high: float) -> float:
    """The minimum of the cubic through two losses and slopes, within bounds; their middle where it has none."""
    one, other = sorted((one, other), key=lambda point: point.a)
    d1 = one.slope + other.slope - 3 * (one.loss - other.loss) / (one.a - other.a)
    square = d1**2 - one.slope * other.slope
    if square < 0:
        return (low + high) / 2
    d2 = square**0.5
    best = other.a - (other.a - one.a) * ((other.slope + d2 - d1) / (other.slope - one.slope + 2 * d2))
    return float(min(max(best, low), high))
