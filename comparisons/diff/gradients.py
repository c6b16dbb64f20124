"""The rungs of the data, the loss and the raw gradient: all at equal parameters."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from comparisons.diff.batch_norm import norms, unnormalised
from comparisons.diff.both import Both
from comparisons.diff.data import DATA, data_causes
from comparisons.diff.families import Seen, families, noise, snapped
from comparisons.diff.meaning import meaning_of
from comparisons.diff.record import Cause, Rung, State
from comparisons.traces.trace import Array

LOSS, GRADIENT = "loss at equal parameters", "raw gradient"
APART = "the parameters are apart from the start, so that nothing can be said of it"


def gradient_rungs(both: Both) -> Iterator[Rung]:
    """Data, loss and raw gradient."""
    of_data = data_causes(both)
    losses = both.losses
    loss_off = _off_of_loss(both, losses) if losses is not None else np.zeros(len(both.steps), bool)
    off = {pair.name: _off(both, pair.name) for pair in both.with_gradients}
    gradient_off = np.any(list(off.values()), axis=0) if off else np.zeros(len(both.steps), bool)
    if any(both.paired.alone):  # after the first step they are another net's
        loss_off[1:] = gradient_off[1:] = False
    either = loss_off | gradient_off
    same_data = np.ones(len(both.steps), bool)
    if of_data:
        same_data = both.same_data
        at = int(np.searchsorted(both.steps, of_data[0].step))
        if both.together[at] and not either[at] and (off or losses is not None):
            of_data = ()  # written otherwise, and the same numbers
        elif (unpaired := _unpaired_at(both, of_data[0].step)) is not None:
            of_data = (unpaired,)
    yield _data_rung(of_data)
    usable = both.together & same_data
    if of_data and not usable.any():
        words = "the data differ from the start, so that nothing can be said of it"
    else:
        words = APART if not both.together.any() else ""
    causes = () if words or not (either & same_data).any() else _causes(both, either & same_data, usable, loss_off)
    first_loss = bool(causes) and bool((loss_off & same_data).any()) and _first(loss_off) <= _first(gradient_off)
    yield _rung(
        LOSS, losses is not None, words, bool((loss_off & same_data).any()), causes if first_loss else (), causes
    )
    rest = () if first_loss else causes
    yield _rung(GRADIENT, bool(off), words, bool((gradient_off & same_data).any()), rest, causes)


def _first(off: Array) -> int:
    return int(off.argmax()) if off.any() else len(off)


def _rung(
    name: str, recorded: bool, apart: str, broken: bool, own: tuple[Cause, ...], causes: tuple[Cause, ...]
) -> Rung:
    if not recorded:
        return Rung(rung=name, state="not recorded", says="Not recorded on both sides.")
    if apart:
        return Rung(rung=name, state="not recorded", says=f"Not comparable: {apart}.")
    state: State = "broken" if broken else "ok"
    if not broken:
        return Rung(rung=name, state=state, says="The same but for rounding, as far as the parameters are the same.")
    named = tuple(replace(cause, rung=name) for cause in own)
    says = named[0].says if named else f"For the same reason: {causes[0].cause}." if causes else "It differs."
    return Rung(rung=name, state=state, says=says, causes=named)


def _data_rung(causes: tuple[Cause, ...] | None) -> Rung:
    if causes is None:
        return Rung(rung=DATA, state="not recorded", says="No hashes of the batches were recorded on both sides.")
    if causes:
        return Rung(rung=DATA, state="broken", says=causes[0].says, causes=causes)
    return Rung(rung=DATA, state="ok", says="The same batches, as far as they make a difference.")


def _off_of_loss(both: Both, losses: tuple[Array, Array]) -> Array:
    known = np.isfinite(losses[0]) & np.isfinite(losses[1])
    gap = np.abs(np.where(known, losses[1] - losses[0], 0))
    return np.asarray(gap > np.where(known, both.loss_bound(losses), np.inf))


def _off(both: Both, name: str) -> Array:
    pair = next(pair for pair in both.with_gradients if pair.name == name)
    a, b = pair.gradients
    return np.asarray(np.linalg.norm(b - a, axis=1) > both.gradient_bound(pair))


def _seen(both: Both, where: Array) -> list[Seen]:
    found = []
    for pair in both.with_gradients:
        a, b = pair.gradients
        found.append(
            Seen(
                name=pair.name,
                a=a[where],
                b=b[where],
                theta=pair.a.before[where],
                bound=both.gradient_bound(pair)[where],
                norms=(pair.a.norms["gradient"][where], pair.b.norms["gradient"][where]),
            )
        )
    return found


def _causes(both: Both, off: Array, usable: Array, loss_off: Array) -> tuple[Cause, ...]:
    """What makes the loss or the gradient differ, from the first step on at which one does."""
    at = int(off.argmax())
    where = usable & (np.arange(len(usable)) >= at)
    if not where.any():
        where = np.arange(len(usable)) == at
    seen = _seen(both, where)
    step = int(both.steps[at])
    if all(one.same for one in seen):
        return (_reported(both, at, where),)
    found = families(seen)
    if found:
        return tuple(meaning_of(both, family, step, in_loss=bool(loss_off[at])) for family in found)
    return (_structured(both, at, where, seen) or _unknown(step, seen),)


def _reported(both: Both, at: int, where: Array) -> Cause:
    """The losses differ, and the gradients do not."""
    losses, step = both.losses, int(both.steps[at])
    assert losses is not None
    a, b = losses[0][where], losses[1][where]
    ratio, shift = float(a @ b / (a @ a)), float(np.mean(b - a))
    recorded = "" if both.with_gradients else ", and no gradients were recorded"
    if np.linalg.norm(b - ratio * a) <= np.linalg.norm(b - a - shift):
        cause, number, how = "loss reported otherwise", ratio, f"{ratio:.6g} times A's"
    else:
        cause, number, how = "loss reported otherwise", shift, f"A's {shift:+.6g}"
    tail = "all gradients are the same: it is the number that is logged that differs" if not recorded else recorded[2:]
    return Cause(
        rung=LOSS,
        step=step,
        cause=cause,
        number=number,
        says=f"They part at step {step} in the loss only: B's is {how}; {tail}.",
        remedy="Log the same thing, or compare the gradients." if not recorded else "Record the gradients.",
    )


def _structured(both: Both, at: int, where: Array, seen: list[Seen]) -> Cause | None:
    """Causes that leave a mark in the gradients by which they are known, though it is not all that they do."""
    step = int(both.steps[at])
    for name, side in unnormalised(both, at):
        other = "BA"["AB".index(side)]
        return Cause(
            rung=GRADIENT,
            step=step,
            cause="batch statistics",
            says=f"They part at step {step}: {name} has no gradient in {other}, as a bias before a normalisation by "
            f"the batch's own statistics, and has one in {side}: {side} normalises with the moving statistics, or not.",
            remedy=f"Run {side}'s normalisation in training mode (model.train(), training=True).",
            tensors=(name,),
        )
    for norm in norms(both, where):
        if abs(norm.ratio - 1) > 0.05:
            return _epsilon(step, norm.scale, norm.ratio, norm.epsilons)
    if (unpaired := _unpaired(both, step, seen)) is not None:
        return unpaired
    return None


def _epsilon(step: int, scale: str, ratio: float, epsilons: tuple[float, float] | None) -> Cause:
    if epsilons is None:
        number, how = ratio, f"B's is {ratio:.3g} times A's"
    else:
        a, b = (snapped(one, 1) if abs(snapped(one, 1) / one - 1) < 0.05 else one for one in epsilons)
        number, how = b, f"A's is {a:.3g} and B's {b:.3g}"
    return Cause(
        rung=GRADIENT,
        step=step,
        cause="epsilon of the normalisation",
        number=number,
        says=f"They part at step {step}: the epsilon of the normalisation by {scale} is another: {how}.",
        remedy="Give both the same epsilon; torch's default is 1e-5 and Keras's 1e-3.",
        tensors=(scale,),
    )


def _unpaired(both: Both, step: int, seen: list[Seen]) -> Cause | None:
    """Only the last bias has the same gradient: the sum over the batch, which does not ask which target is whose."""
    same = [one for one in seen if one.same and one.felt]
    if len(same) != 1 or len(seen) < 3 or len(both.pairs[[p.name for p in both.pairs].index(same[0].name)].shape) != 1:
        return None
    [bias] = same
    width = bias.a.shape[1]
    how = (
        "a difference of (n, 1) and (n,) is (n, n)" if width == 1 else "the labels are in another order than the inputs"
    )
    return Cause(
        rung=GRADIENT,
        step=step,
        cause="targets broadcast" if width == 1 else "targets in another order",
        number=None if both.batch_size is None else float(both.batch_size),
        says=f"They part at step {step}: of all gradients only that of {bias.name} is the same, which sums over the "
        f"batch and does not ask which target is whose: each output meets targets that are not its own ({how}).",
        remedy="Give targets and outputs the same shape, and the same order.",
        tensors=tuple(one.name for one in seen if not one.same),
    )


def _unpaired_at(both: Both, step: int) -> Cause | None:
    """Whether the data differ at a step only in which target is whose."""
    where = (both.steps == step) & both.together
    found = _unpaired(both, step, _seen(both, where)) if where.any() and both.with_gradients else None
    return None if found is None else replace(found, rung=DATA)


def _unknown(step: int, seen: list[Seen]) -> Cause:
    """Nothing fits: said, with what is known."""
    felt = [one for one in seen if one.felt]
    a, b = (np.concatenate([getattr(one, side).ravel() for one in felt]) for side in ("a", "b"))
    cosine = float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))
    if all(not one.same for one in felt) and 0.2 < cosine < 0.9999:
        return Cause(
            rung=GRADIENT,
            step=step,
            cause="chance on one side",
            number=noise(seen),
            says=f"They part at step {step}: all gradients differ by {100 * noise(seen):.2g} % of their size; no "
            "factor, clip, decay or precision explains it. Likely: chance on one side, such as dropout.",
            remedy="Switch dropout off on both sides, or give both the same masks.",
            certain=False,
        )
    off = tuple(one.name for one in felt if not one.same)
    return Cause(
        rung=GRADIENT,
        step=step,
        cause="not known",
        number=noise(seen),
        says=f"They part at step {step}: the gradients differ by {100 * noise(seen):.2g} % of their size; "
        "no family that is known here fits.",
        tensors=off if len(off) < len(felt) else (),
        certain=False,
    )
