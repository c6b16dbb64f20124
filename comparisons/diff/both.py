"""Two traces, aligned: the common steps, the pairs of tensors, and what rounding may make of their numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from comparisons.diff.conditioning import of_inputs, offsets_of, weights_before
from comparisons.diff.frozen import frozen_pairs
from comparisons.diff.kinks import of_many_kinks
from comparisons.diff.pairing import Pair, Paired
from comparisons.diff.scaling import Scales
from comparisons.traces.trace import Array, Trace

Hashes = tuple[tuple[Array, ...], tuple[Array, ...]]

# Of the number of terms in the largest sum, where a trace does not say how many samples a batch has.
UNKNOWN_BATCH = 1024
# Parameters that are as near as so many units in the last place were not moved apart by anything but rounding.
TOGETHER = 64
# Layers. Of ten, rounding was seen to make a third of the bound at most; of twenty, each with a normalisation by the
# batch's statistics, up to three times as much as it.
SHALLOW = 16
SMALL = 0.01  # of the norm of all gradients: a smaller one may be what is left of terms that cancel


@dataclass(frozen=True, kw_only=True, eq=False)
class Both:
    """Two trainings at their n common steps.

    Args:
        steps: (n,) int64. traces: A's and B's. at: where the steps are in each, (n,) int64 each.
        paired: the tensors. scales: what their raw gradients were divided by, as `scales_of`.
    """

    steps: Array
    traces: tuple[Trace, Trace]
    at: tuple[Array, Array]
    paired: Paired
    scales: Scales | None

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """The tensors that both have."""
        return self.paired.pairs

    def of(self, pairs: Sequence[Pair]) -> "Both":
        """With some of the pairs alone."""
        return replace(self, paired=replace(self.paired, pairs=tuple(pairs)))

    @property
    def moving(self) -> "Both":
        """Without the tensors that stay on both sides where they begin, of which no rule is known, if not all do."""
        pairs = [pair for pair in self.pairs if not pair.still]
        return self.of(pairs) if pairs else self

    def series(self, name: str) -> tuple[Array, Array] | None:
        """Both sides' "loss", "learning_rate" or "batch", (n,) each, or "inputs"; None if one of them has none."""
        found = [getattr(trace, name) for trace in self.traces]
        if any(values is None for values in found):
            return None
        return found[0][self.at[0]], found[1][self.at[1]]

    @property
    def run(self) -> int:
        """How many of the steps, from the first on, follow each other."""
        gaps = np.flatnonzero(np.diff(self.steps) != 1)
        return int(gaps[0]) + 1 if len(gaps) else len(self.steps)

    @property
    def losses(self) -> tuple[Array, Array] | None:
        """Both sides', (n,) each; None where no step has one on both."""
        found = self.series("loss")
        return None if found is None or not np.isfinite(found).all(axis=0).any() else found

    @cached_property
    def samples(self) -> Hashes | None:
        """The hashes of the samples of each step, on both sides."""
        return self._hashes("samples")

    @cached_property
    def labels(self) -> Hashes | None:
        """The hashes of what they are to give."""
        return self._hashes("labels")

    def _hashes(self, kind: str) -> Hashes | None:
        found = []
        for trace, at in zip(self.traces, self.at, strict=True):
            hashes = getattr(trace, kind)
            if hashes is None or not all(len(hashes[i]) for i in at):
                return None
            found.append(tuple(hashes[i] for i in at))
        return found[0], found[1]

    @cached_property
    def same_data(self) -> Array:
        """(n,) bool: whether the batch of each step has the same samples, as far as is known."""
        if self.samples is not None:
            return np.array([_same(*sides) for sides in zip(*self.samples, *(self.labels or ()), strict=True)])
        batches = self.series("batch")
        return np.ones(len(self.steps), bool) if batches is None else np.asarray(batches[0] == batches[1])

    @cached_property
    def batch_size(self) -> int | None:
        """Of the first common step, as A has it; None where it was not recorded."""
        return None if self.samples is None else len(self.samples[0][0])

    @property
    def outputs(self) -> int:
        """How many the net has, by its last tensor: the length of a bias, the shorter side of a matrix."""
        last = self.pairs[-1].shape
        return last[-1] if len(last) == 1 else min(last)

    @cached_property
    def relative(self) -> float:
        """What rounding may make of a gradient or a loss, relative to its size.

        The root of the number of terms in the largest sum, in machine epsilons of the coarser side: a batch's samples
        times the elements of a tensor that meet in one output. Of a deep net more, as each layer adds to what comes.
        Where numbers are far from 0 before a normalisation, that of the sum of one sample, as often as they are.
        """
        fan = max(int(np.prod(pair.shape)) // max(min(pair.shape, default=1), 1) for pair in self.pairs)
        terms = (self.batch_size or UNKNOWN_BATCH) * fan
        deep = max(1.0, sum(len(pair.shape) > 1 for pair in self.pairs) / SHALLOW)
        usual = float(np.sqrt(max(terms, TOGETHER))) * deep
        return self.epsilon * max(usual, float(np.sqrt(max(fan, TOGETHER))) * self.offset)

    @property
    def epsilon(self) -> float:
        """Of the coarsest of the dtypes in which tensors were recorded."""
        return max(pair.epsilon for pair in self.pairs)

    @cached_property
    def offsets(self) -> Mapping[str, float] | None:
        """How far from 0 are the numbers that normalisations get, by layer, as `offsets_of`."""
        return offsets_of(self.traces, (self.at[0][: self.run], self.at[1][: self.run]))

    @property
    def offset(self) -> float:
        """The most of them; where no statistics tell, that of the inputs."""
        return of_inputs(self.traces, self.at) if self.offsets is None else max(self.offsets.values())

    @cached_property
    def before_offsets(self) -> Mapping[str, float]:
        """The weights before the normalisations, by A's names, with how far from 0 what they get is."""
        return weights_before(self.pairs, self.offsets or {})

    @cached_property
    def moved(self) -> Array:
        """(n,): the norm of the difference of all parameters before each step."""
        return _norm([pair.b.before - pair.a.before for pair in self.pairs])

    @cached_property
    def apart(self) -> Array:
        """(n,): the same, relative to the size of A's parameters."""
        size = _norm([pair.a.before for pair in self.pairs])
        return np.divide(self.moved, size, out=np.where(self.moved > 0, np.inf, 0.0), where=size > 0)

    @property
    def apart_at_end(self) -> float:
        """The same after the last step."""
        gap, size = (
            float(_norm([one[-1:] for one in of])[0])
            for of in zip(*((pair.b.after - pair.a.after, pair.a.after) for pair in self.pairs), strict=True)
        )
        return gap / size if size else 0.0

    @cached_property
    def together(self) -> Array:
        """(n,) bool: whether the parameters before each step are the same but for rounding."""
        same = self.apart <= TOGETHER * self.epsilon
        if any(self.paired.alone):  # nobody knows what those do after the first step
            same[1:] = False
        return np.asarray(same) & all(
            np.linalg.norm(pair.b.before[0] - pair.a.before[0])
            <= TOGETHER * pair.epsilon * np.linalg.norm(pair.a.before[0])
            for pair in self.frozen
        )

    @cached_property
    def frozen(self) -> tuple[Pair, ...]:
        """What neither side trains, paired: parts of the function, too."""
        return frozen_pairs(*self.traces, self.at)

    @cached_property
    def with_gradients(self) -> tuple[Pair, ...]:
        """The pairs whose raw gradients both sides recorded."""
        return tuple(pair for pair in self.pairs if pair.a.gradient is not None and pair.b.gradient is not None)

    @cached_property
    def sensitivities(self) -> tuple[float, float]:
        """How much each side's gradient changes with the parameters: the most that one of its steps shows.

        The batch changes too, from step to step, so that it is too large rather than too small.
        """
        a, b = (
            self.sensitivity(side, [pair.gradients[i] for pair in self.with_gradients]) for i, side in enumerate("ab")
        )
        return a, b

    def sensitivity(self, side: str, values: Sequence[Array]) -> float:
        """The same of other values (n, ...) of side "a" or "b"."""
        if len(self.steps) < 2 or not values:
            return 0.0
        pairs = self.with_gradients or self.pairs
        changed = _norm([np.diff(one, axis=0) for one in values])
        moved = _norm([np.diff(getattr(pair, side).before, axis=0) for pair in pairs])
        return float((changed[moved > 0] / moved[moved > 0]).max(initial=0.0))

    @cached_property
    def gradient_norms(self) -> tuple[Array, Array]:
        """(n,) each: each side's norm of all recorded gradients."""
        a, b = (_norm(list(side)) for side in zip(*(pair.gradients for pair in self.with_gradients), strict=True))
        return a, b

    def gradient_bounds(self, pair: Pair) -> tuple[Array, Array]:
        """(n,) each: how far rounding, and the parameters as far as they are apart, may take each side's gradient.

        Each in its own side's size: what explains a loss that is scaled by 1,024 is not held to the rounding of that.
        """
        share = np.maximum(self.at_kinks[pair.name], self.relative * self.before_offsets.get(pair.name, 1.0))
        return self._bounds(pair, share)

    def _bounds(self, pair: Pair, share: Array) -> tuple[Array, Array]:
        """(n,) each: a share of the size of each side's gradient (n,), and what the parameters make.

        A small one may be a difference of larger numbers: p - 1 of a sample that is nearly certain is rounded as 1 is.
        The largest gradient while the parameters are the same stands for their size: others may belong to a training
        that diverges.
        """
        found = []
        for gradient, whole, sensitivity in zip(pair.gradients, self.gradient_norms, self.sensitivities, strict=True):
            own = _norm([gradient])
            size = np.where(own <= self.relative * whole, whole, np.maximum(own, SMALL * whole))  # rounding, or more
            floor = self.epsilon * own[self.together].max(initial=0.0)
            found.append(np.asarray(share * size + floor + 2 * sensitivity * self.moved))
        return found[0], found[1]

    @cached_property
    def at_kinks(self) -> dict[str, Array]:
        """Of each pair with gradients (n,): the share of them that units at their kinks may make."""
        pairs, rounding = self.with_gradients, np.full(len(self.steps), self.relative)
        found = of_many_kinks(pairs, self.relative, [self._bounds(pair, rounding)[1] for pair in pairs])
        return {pair.name: np.where(self.together, share, 0) for pair, share in zip(pairs, found, strict=True)}

    @property
    def kinked(self) -> Array:
        """(n,) bool: the steps at which units at their kinks make more of a gradient than rounding."""
        return np.any(list(self.at_kinks.values()) or [np.zeros(len(self.steps))], axis=0)

    def gradient_bound(self, pair: Pair) -> Array:
        """(n,): the larger of both sides'."""
        return np.maximum(*self.gradient_bounds(pair))

    def loss_bound(self, losses: tuple[Array, Array]) -> Array:
        """(n,): how far rounding, and the parameters as far as they are apart, may take the loss.

        A small loss is a difference of larger numbers: log(1 + x) of a sample that is nearly certain is rounded as 1
        is, and not as x. The largest loss of the training stands for their size.
        """
        largest = np.maximum(*map(np.abs, losses))
        floor = self.epsilon * largest[np.isfinite(largest)].max(initial=0.0)
        return np.asarray(self.relative * largest + floor + self._by_parameters(losses))

    def _by_parameters(self, losses: tuple[Array, Array]) -> Array:
        """(n,): how far the parameters, as far as they are apart, may take the loss.

        Without gradients, by the most that a step of A or B shows: the batch changes too, so that it is too large
        rather than too small.
        """
        if self.with_gradients:
            curved = max(self.sensitivities) * np.square(self.moved)
            return np.asarray(4 * np.maximum(*self.gradient_norms) * self.moved + curved)
        changed = np.abs(np.diff(losses))
        moved = np.stack([_norm([np.diff(getattr(pair, side).before, axis=0) for pair in self.pairs]) for side in "ab"])
        known = np.isfinite(changed) & (moved > 0)
        if not known.any():
            return np.where(self.moved > 0, np.inf, 0.0)
        return np.asarray(4 * (changed[known] / moved[known]).max() * self.moved)


def _same(x: Array, y: Array, *labels: Array) -> bool:
    """Whether two batches have the same samples, with the same labels where those are known."""
    a, b = (np.stack([one, *of], axis=1) for one, of in ((x, labels[:1]), (y, labels[1:])))
    return np.array_equal(a[np.lexsort(a.T)], b[np.lexsort(b.T)])


def _norm(values: Sequence[Array]) -> Array:
    """(n,): the norm of several arrays (n, ...) together at each step."""
    return np.asarray(np.sqrt(sum(np.square(one).reshape(len(one), -1).sum(axis=1) for one in values)))
