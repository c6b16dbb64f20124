"""Updates of tensors whose gradients say nothing: what takes them apart, as far as that can be told from rounding."""

from collections.abc import Iterator, Sequence

import numpy as np

from comparisons.diff.both import Both
from comparisons.diff.moves import ULPS, UPDATE
from comparisons.diff.pairing import Pair
from comparisons.diff.record import Cause
from comparisons.names import listed
from comparisons.traces.trace import Array

FITTED = 1e-3  # relative: a factor, or a first update, that differs by less is the same
GROWN = 0.1  # of an update: what gradients that nobody recorded may differ by, where the parameters are still the same
AT_ONCE = 64  # times as far apart as before a step: rounding grows by less in one
FELT = 0.01  # of the size of the parameters: less may be rounding that grew faster


def not_led(both: Both, pairs: Sequence[Pair], where: Array) -> Cause | None:
    """Where updates of these tensors differ; None if nowhere. Of one that one side never moves another rung tells.

    Gradients that nobody recorded may be rounding in some of the tensors, and after the first step differ by more and
    more: all must. Where they are known, and the same, one matrix is enough.

    Args:
        where: (n,) bool, the steps at which all else that is known is the same.
    """
    moving = [one for one in pairs if all((side.before != side.after).any() for side in (one.a, one.b))]
    for t in np.flatnonzero(where) if moving else ():
        updates = [_updates(pair, int(t)) for pair in moving]
        off = [_apart(*one, GROWN if t else FITTED) for one in updates]
        of_matrix = any(one and pair.led and len(pair.shape) > 1 for pair, one in zip(moving, off, strict=True))
        if of_matrix or all(off):
            return _cause(both, int(t), [pair.name for pair, one in zip(moving, off, strict=True) if one], updates)
    return None


def _cause(both: Both, t: int, names: Sequence[str], updates: Sequence[tuple[Array, Array, float]]) -> Cause:
    size = sum(float(a @ a) for a, _, _ in updates)
    ratio = sum(float(a @ b) for a, b, _ in updates) / (size or 1.0)
    known = size > 0 and not any(_apart(ratio * a, b, rounding, FITTED) for a, b, rounding in updates)
    whose = "" if len(names) == len(both.pairs) else f" of {listed(names)}"
    step = int(both.steps[t])
    led = all(pair.led for pair in both.pairs if pair.name in names)
    how = f": B's is {ratio:.6g} times A's. Likely: another learning rate" if known else ""
    why = _OF_LED if led else _OF_RATE if known else _OF_NONE
    return Cause(
        rung=UPDATE,
        step=step,
        cause="learning rate or loss" if known else "not known",
        number=ratio if known else None,
        says=f"They part in the update{whose} of step {step}{how}{why}",
        remedy="Compare the learning rates, and what is done there." if led else "Record the gradients.",
        tensors=tuple(names) if whose else (),
        certain=False,
    )


_OF_LED = "; the gradients are the same there, and were little more than rounding at a step before."
_OF_RATE = ", or loss; which, gradients would say."
_OF_NONE = "; no gradients were recorded that would say whether it is theirs."


def _updates(pair: Pair, t: int) -> tuple[Array, Array, float]:
    """A's and B's update of a tensor (k,), and what the rounding of its parameters makes of them."""
    a, b = pair.a.after[t] - pair.a.before[t], pair.b.after[t] - pair.b.before[t]
    return a, b, ULPS * pair.epsilon * float(np.linalg.norm(pair.a.before[t]))


def _apart(a: Array, b: Array, rounding: float, share: float) -> bool:
    """Whether two updates differ by more than a share of the first and their rounding."""
    return bool(np.linalg.norm(b - a) > share * np.linalg.norm(a) + rounding)


def come_apart(both: Both, rung: str) -> Cause | None:
    """Parameters that come far apart at once where no gradients say by what, rounding being one of the answers.

    Matrices are asked: biases before a normalisation are moved by rounding alone, as far as by anything else.

    Args:
        rung: that it is told on.
    """
    of = both.of([pair for pair in both.pairs if len(pair.shape) > 1] or both.pairs)
    if any(pair.led for pair in both.pairs) or of.apart_at_end <= FELT:
        return None
    before, after = of.apart, np.append(of.apart[1:], of.apart_at_end)
    follows = np.append(np.diff(both.steps) == 1, True)
    at_once = follows & (after > AT_ONCE * np.maximum(before, both.epsilon))
    if not at_once.any():
        return None
    t = int(at_once.argmax())
    step, share = int(both.steps[t]), f"{100 * of.apart_at_end:.2g} %"
    return Cause(
        rung=rung,
        step=step,
        cause="not known",
        says=f"They come apart in the update of step {step}, and are {share} of their size apart after the last: no "
        "gradients were recorded that would say by what. Likely it is more than rounding, which only a training that "
        "is not stable takes so far.",
        remedy="Record the gradients.",
        certain=False,
    )


def not_led_notes(both: Both) -> Iterator[str]:
    """That rounding is hardly told from anything else, if no gradients are known."""
    if not any(pair.led for pair in both.pairs):
        yield f"Without gradients, parameters that come less than {100 * FELT:.0f} % apart are not told from rounding."
