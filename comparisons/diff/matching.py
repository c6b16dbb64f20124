"""How well two tensors go together, and in which layout."""

import re
from collections.abc import Iterable
from difflib import SequenceMatcher
from functools import lru_cache

import numpy as np

from comparisons.diff.layouts import Layout, plain, rearranged, usual
from comparisons.traces.trace import Array, Tensor

SAME = 0.02  # of a tensor's size: values nearer than that are the same tensor's, in another dtype perhaps
AS_LARGE = 1e-5  # relative: tensors that are drawn alike have norms that are as near as one in a thousand
WORDS = {"kernel": "weight", "gamma": "weight", "beta": "bias", "embeddings": "weight", "recurrent_kernel": "weight"}
RESHAPED = 0.05  # what tensors of other numbers of axes go together less well
TURNED = 0.2  # what tensors go together less well whose gradients do not lie along each other
ALONG = 0.1  # 1 - |cosine|, up to which they do; beyond it, it is the function that is another, or the tensor
PART = re.compile(r"\[\d+/\d+\]$")  # at the end of a name: of a tensor that one side holds in one with others
FEWEST = 8  # elements that both recorded of a tensor of which each has a sample


def match(
    ours: tuple[str, Tensor], theirs: tuple[str, Tensor], at: tuple[Array, Array], channels: set[int]
) -> tuple[float, Layout] | None:
    """How ill two tensors go together, 0 to about 1.5, and in which layout they do so least; None if they cannot."""
    (name, a), (other, b) = ours, theirs
    scored = in_layouts(a, b, at, plain(a.shape, b.shape))
    if not scored:
        return None
    words = [_word(one) for one in (name, other)]
    unlike = 0.1 * (1 - SequenceMatcher(None, name, other).ratio() + (words[0] != words[1]))
    unlike += RESHAPED * (len(a.shape) != len(b.shape))
    if scored[0][0] > SAME and _same_values(a, b, at):
        scored = sorted(
            (*scored, *in_layouts(a, b, at, rearranged(a.shape, b.shape, channels))), key=lambda one: one[0]
        )
    least = scored[0][0]
    if least > SAME:  # the values are others: axes alone, as frameworks have them
        found = [layout for *_, layout in in_layouts(a, b, at, plain(a.shape, b.shape))]
        same_words = name.rsplit(".", 1)[-1] == other.rsplit("/", 1)[-1].rsplit(".", 1)[-1]
        return min(least, 1.0) + unlike, usual(found, len(a.shape), same_words=same_words)
    _, turn, chosen = min((one for one in scored if one[0] <= least + SAME), key=lambda one: round(one[1], 3))
    return least + TURNED * (turn > ALONG and name != other) + unlike, chosen


def in_layouts(
    a: Tensor, b: Tensor, at: tuple[Array, Array], found: Iterable[Layout], kind: str = "gradient"
) -> list[tuple[float, float, Layout]]:
    """How far apart the first values are in each layout, and how far turned those of a kind are, the nearest first."""
    scored = []
    for layout in found:
        if (elements := common(a, b, layout)) is None:
            continue
        first = [
            values_of(tensor, "before", i[:1], where) for tensor, i, where in zip((a, b), at, elements, strict=True)
        ]
        scored.append((_apart(*first), _turned(a, b, at, elements, kind), layout))
        if scored[-1][0] == 0 and scored[-1][1] < SAME:
            break
    return sorted(scored, key=lambda one: one[0])


def _same_values(a: Tensor, b: Tensor, at: tuple[Array, Array]) -> bool:
    """Whether one may be the other in another order: the same values, or as large where not all are recorded."""
    if a.whole and b.whole:
        first = [np.sort(t.before[i[0]].ravel().astype(np.float64)) for t, i in zip((a, b), at, strict=True)]
        return _apart(*first) <= SAME
    norms = [float(tensor.norm("before")[i[0]]) for tensor, i in zip((a, b), at, strict=True)]
    return abs(norms[0] - norms[1]) <= AS_LARGE * max(norms)


def _word(name: str) -> str:
    last = _layer_and_word(name)[1]
    return next((ours for theirs, ours in WORDS.items() if theirs in last), "bias" if "bias" in last else "weight")


def word(name: str) -> str:
    """Which statistic a buffer is, by its name: "mean", "var" or ""."""
    return next((word for word in ("mean", "var") if word in _layer_and_word(name)[1]), "")


def layer_of(name: str) -> str:
    """Of which layer a tensor is: all of its name but the last word.

    Of parts that one side holds in one, as "in_proj_weight[1/3]", each is a layer, with the same part of the bias.
    """
    return _layer_and_word(name)[0]


def _layer_and_word(name: str) -> tuple[str, str]:
    whole = PART.sub("", name)
    layer, _, last = whole.replace("/", ".").rpartition(".")
    return layer + name.removeprefix(whole), last


def common(a: Tensor, b: Tensor, layout: Layout) -> tuple[Array, Array] | None:
    """Where the elements that both recorded are on each side, among those recorded, in A's order; None if too few."""
    samples = [None if tensor.sample is None else tensor.sample.tobytes() for tensor in (a, b)]
    return _elements(samples[0], samples[1], layout)


@lru_cache(maxsize=64)  # layers that are alike have the same samples
def _elements(ours: bytes | None, theirs: bytes | None, layout: Layout) -> tuple[Array, Array] | None:
    of_a, of_b = (np.arange(layout.size) if one is None else np.frombuffer(one, np.int64) for one in (ours, theirs))
    both, in_a, in_b = np.intersect1d(of_a, layout.places(of_b), return_indices=True)
    return (in_a, in_b) if len(both) >= min(FEWEST, layout.size) else None


def values_of(tensor: Tensor, kind: str, steps: Array, elements: Array) -> Array:
    """(steps, elements) in float64."""
    values = np.asarray(getattr(tensor, kind))
    return values.reshape(len(values), -1)[np.ix_(steps, elements)].astype(np.float64)


def _apart(a: Array, b: Array) -> float:
    """How far apart, in units of their size; or how far apart a multiple of one is, which counts a little more."""
    sizes = [float(np.abs(one).sum()) for one in (a, b)]
    if not all(sizes):
        return float(any(sizes))
    apart = 2 * float(np.abs(a - b).sum()) / sum(sizes)
    return min(apart, SAME / 2 + float(np.abs(a / sizes[0] - b / sizes[1]).sum()))


def _turned(a: Tensor, b: Tensor, at: tuple[Array, Array], elements: tuple[Array, Array], kind: str) -> float:
    """1 - |cosine| of the first values of a kind that are not 0, which no factor changes; 0 where there are none."""
    if getattr(a, kind) is None or getattr(b, kind) is None:
        return 0.0
    for t in range(len(at[0])):
        x, y = (
            values_of(tensor, kind, i[t : t + 1], where).ravel()
            for tensor, i, where in zip((a, b), at, elements, strict=True)
        )
        norms = float(np.linalg.norm(x) * np.linalg.norm(y))
        if norms and np.isfinite(norms):
            return 1 - abs(float(x @ y)) / norms
    return 0.0
