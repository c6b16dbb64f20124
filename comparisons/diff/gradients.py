"""The rungs of the data, the loss and the raw gradient: all at equal parameters."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from comparisons.diff.another import softmax_twice, turned, unknown
from comparisons.diff.beside import decayed_beside, summed_beside, without
from comparisons.diff.bits import beside_mark, fewer_bits, made_by, patternless
from comparisons.diff.both import Both
from comparisons.diff.by_step import scaled_by_step
from comparisons.diff.data import DATA, ROUNDED, data_causes, single_values
from comparisons.diff.families import families
from comparisons.diff.kinks import at_one_kink
from comparisons.diff.logged import logged
from comparisons.diff.logits import logits_taken
from comparisons.diff.marks import GRADIENT, LOSS, mark_of, no_number, reported, unpaired_at
from comparisons.diff.meaning import NEAR, meaning_of
from comparisons.diff.pairing import Pair
from comparisons.diff.parts import weighed, without_rows
from comparisons.diff.record import Cause, Rung, State
from comparisons.diff.scaling import told
from comparisons.diff.seen import Family, Seen, noise, seen_at
from comparisons.diff.terms import another_term
from comparisons.diff.tied import tied
from comparisons.traces.trace import Array

CANCELLED = 4  # times rounding: twice was seen where all terms of a tensor cancel, or through a dozen normalisations
OK = "No farther apart than rounding makes them, as far as the parameters are the same."
BEFORE = 3  # steps that are the same, at least: what makes a later one differ is no layer's function
CHANGES = "a target net, a teacher or other labels"
LARGE = 2  # a factor: what a loss is weighed by, and what nobody logs, are more
APART = "the parameters are apart from the start, so that nothing can be said of it"
UNORDERED = " The order of the values within a sample (channels, rows, columns) is not compared."
NO_LOSS = "No step has a finite loss on both sides."


def gradient_rungs(both: Both) -> Iterator[Rung]:
    """Data, loss and raw gradient; without those that stand for two of the other side's, of which is told before."""
    sums = {one.with_ for one in tied(both)}
    both = both.of([pair for pair in both.pairs if pair.name not in sums] or both.pairs)
    of_data, recorded = data_causes(both), (both.losses is not None, bool(both.with_gradients))
    loss_off, gradient_off = _where_off(both)
    either = loss_off | gradient_off
    same_data = np.ones(len(both.steps), bool)
    if of_data:
        same_data = both.same_data
        at = int(np.searchsorted(both.steps, of_data[0].step))
        if both.together[at] and not either[at] and any(recorded):
            of_data = ()  # written otherwise, and the same numbers
        elif both.labels is None and (unpaired := unpaired_at(both, of_data[0].step)) is not None:
            of_data = (unpaired,)
    usable = both.together & same_data
    if of_data and not usable.any():
        words = "the data differ from the start, so that nothing can be said of it"
    else:
        words = APART if not both.together.any() else ""
    where = (same_data, usable, loss_off)
    causes = () if words else _of_both(both, *where, gradient_off)
    if _unexplained(causes) and not (loss_off & same_data).any() and (little := gradient_off & _little(both)).any():
        gradient_off = gradient_off & ~little
        causes = _of_both(both, *where, gradient_off)
    first_loss = bool(causes) and bool((loss_off & same_data).any()) and _first(loss_off) <= _first(gradient_off)
    causes = tuple(replace(cause, says=cause.says + told(both.scales)) for cause in causes)
    unordered = not all(cause.certain for cause in causes) and not single_values(both)
    yield _data_rung(both, of_data, UNORDERED * unordered)
    of_loss = _rung(LOSS, recorded[0], words, bool((loss_off & same_data).any()), causes if first_loss else (), causes)
    yield _with_numbers(both, of_loss, both.together & same_data & (not causes))
    rest = () if first_loss else causes
    of_gradient = _rung(GRADIENT, recorded[1], words, bool((gradient_off & same_data).any()), rest, causes)
    more = _of_kinks(both) + told(both.scales) if of_gradient.state == "ok" else ""
    yield replace(of_gradient, says=of_gradient.says + more)


def _of_both(both: Both, same_data: Array, usable: Array, loss_off: Array, gradient_off: Array) -> tuple[Cause, ...]:
    """What makes the loss or the gradient differ; where the loss does so first, that is said before."""
    of_loss, of_gradient = loss_off & same_data, gradient_off & same_data
    if not (of_loss | of_gradient).any():
        return ()
    first, later = _first(of_loss), _first(of_gradient)
    if not first < later < len(of_gradient):
        return _after(int(usable[: min(first, later)].sum()), _causes(both, of_loss | of_gradient, usable, loss_off))
    causes = _causes(both, of_gradient, usable, loss_off)
    there, begins = int(both.steps[first]), f"They part at step {int(both.steps[later])}"
    says = causes[0].says.replace(begins, f"They part at step {there} in the loss alone, and then{begins[9:]}", 1)
    return (replace(causes[0], step=there, says=says), *causes[1:])


def _after(same: int, causes: tuple[Cause, ...]) -> tuple[Cause, ...]:
    """Causes that nothing explains, with how many steps before them are the same, if that says something."""
    if same < BEFORE or not _unexplained(causes):
        return causes
    first = causes[0]
    says = f"{first.says} At the {same} steps before they are the same: look for what changes then, as {CHANGES}."
    return (replace(first, says=says), *causes[1:])


def all_same(both: Both) -> Array | None:
    """(n,) bool: the steps at which all gradients are the same; None where none were recorded.

    Where the parameters are apart, or gradients have parted before, those that are near are not the same.
    """
    if not both.with_gradients:
        return None
    return np.asarray(both.together & (np.arange(len(both.steps)) < _first(_where_off(both)[1])))


def _where_off(both: Both) -> tuple[Array, Array]:
    """(n,) bool each: the steps at which the losses differ by more than rounding, and those at which gradients do."""
    nowhere = np.zeros(len(both.steps), bool)
    of_loss = nowhere if both.losses is None else _off_of_loss(both, both.losses)
    off = [_off(both, pair) for pair in both.with_gradients]
    of_gradient = np.any(off, axis=0) if off else nowhere
    if off:
        at_kink = at_one_kink(both.with_gradients, both.together, off, both.batch_size)
        of_gradient = of_gradient & ~at_kink & _comparable(both, of_gradient)
    if any(both.paired.alone):  # after the first step they are another net's
        first = np.arange(len(both.steps)) == 0
        of_loss, of_gradient = of_loss & first, of_gradient & first
    return np.asarray(of_loss), np.asarray(of_gradient)


def _unexplained(causes: tuple[Cause, ...]) -> bool:
    return bool(causes) and not any(cause.certain for cause in causes)


def _little(both: Both) -> Array:
    """(n,) bool: the steps at which gradients that differ by more than rounding do so by little more of all together.

    In a tensor whose terms cancel it is more of its own: where no family explains that, it is rounding.
    """
    gaps = [np.square(np.subtract(*pair.gradients)).sum(axis=1) * _off(both, pair) for pair in both.with_gradients]
    return np.asarray(np.sqrt(sum(gaps)) <= CANCELLED * both.relative * np.maximum(*both.gradient_norms))


def _of_kinks(both: Both) -> str:
    """What is rounding though it is more than that elsewhere."""
    if not both.kinked.any():
        return ""
    share = noise(seen_at(both, both.kinked))
    return f" It is up to {100 * share:.2g} % of them where it decides whether a unit at the kink of a ReLU is on."


def _comparable(both: Both, off: Array) -> Array:
    """(n,) bool: the steps with the same parameters, and those after one that shows how gradients change with them.

    In a net that is rough the gradients of a training's own steps, which are far from each other, say too little of it:
    where they differ as soon as the parameters do, that is no cause of its own.

    Args:
        off: (n,) bool, the steps at which gradients differ by more than is allowed.
    """
    found, shown = both.together.copy(), False
    for t, kinked in enumerate(both.kinked):
        found[t] |= shown
        shown = not kinked and (shown or bool(both.moved[t] > 0 and not off[t]))
    return found


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
        return Rung(rung=name, state=state, says=OK)
    named = tuple(replace(cause, rung=name) for cause in own)
    says = named[0].says if named else f"For the same reason: {causes[0].kind}." if causes else "It differs."
    return Rung(rung=name, state=state, says=says, causes=named)


def _with_numbers(both: Both, rung: Rung, where: Array) -> Rung:
    """The rung of the loss, with what is said of losses that are no numbers, on one side or at every step.

    Args:
        where: (n,) bool, the steps at which nothing else differs.
    """
    if (lost := no_number(both, where)) is not None:
        return Rung(rung=LOSS, state="broken", says=lost.says, causes=(lost,))
    return replace(rung, says=NO_LOSS) if both.losses is None and both.series("loss") is not None else rung


def _data_rung(both: Both, causes: tuple[Cause, ...] | None, unseen: str) -> Rung:
    """Whether the batches are the same; `unseen` says what of them was not compared."""
    if causes is None:
        return Rung(rung=DATA, state="not recorded", says="No hashes of the batches were recorded on both sides.")
    if causes and causes[0].cause == ROUNDED and any(len(set(pair.dtypes)) > 1 for pair in both.pairs):
        return Rung(
            rung=DATA, state="broken", says="For the same reason: the inputs are cast to what the parameters are."
        )
    if causes:
        return Rung(rung=DATA, state="broken", says=causes[0].says, causes=causes)
    return Rung(rung=DATA, state="ok", says=f"The same batches, as far as they make a difference.{unseen}")


def _off_of_loss(both: Both, losses: tuple[Array, Array]) -> Array:
    known = np.isfinite(losses[0]) & np.isfinite(losses[1])
    gap = np.abs(np.where(known, losses[1] - losses[0], 0))
    return np.asarray(gap > np.where(known, both.loss_bound(losses), np.inf))


def _off(both: Both, pair: Pair) -> Array:
    a, b = pair.gradients
    return np.asarray(np.linalg.norm(b - a, axis=1) > both.gradient_bound(pair))


def _causes(both: Both, off: Array, usable: Array, loss_off: Array) -> tuple[Cause, ...]:
    """What makes the loss or the gradient differ, from the first step on at which one does."""
    at = int(off.argmax())
    where = usable & (np.arange(len(usable)) >= at)
    step = int(both.steps[at])
    if not where.any():  # the parameters are apart by more than rounding
        return (unknown(both, step, seen_at(both, np.arange(len(usable)) == at)),)
    seen = seen_at(both, where)
    if all(one.same for one in seen):
        return (reported(both, at, where),)
    in_loss = bool(loss_off[at])
    if (changing := scaled_by_step(both, at, usable, in_loss=in_loss)) is not None:
        return (changing,)
    if found := families(seen):
        once = int(where.sum()) == 1
        return (*_meanings(both, found, step, in_loss=in_loss, once=once), *logged(both, at, where, found))
    if parts := weighed(both, step, seen) or tuple(filter(None, [without_rows(both, step, seen)])):
        return parts
    bits = fewer_bits(seen, None if both.scales is None else (both.scales[0][where], both.scales[1][where]))
    if bits and made_by(bits[-1], seen):
        return _meanings(both, bits, step, in_loss=in_loss)
    if (decay := decayed_beside(seen)) is not None:
        rest = without(both, decay)
        same = all(one.same for one in seen_at(rest, where))
        of_rest = () if same else _causes(rest, off, usable, loss_off)
        return (*_meanings(both, [decay], step, in_loss=in_loss), *of_rest)
    mark, term = mark_of(both, at, where, seen), another_term(both, step, seen, in_loss=in_loss)
    if mark is not None and (mark.certain or term is None):
        return (*_meanings(both, bits[-1:] or beside_mark(seen), step, in_loss=in_loss), mark)
    if term is not None:
        return (*_meanings(both, bits[-1:], step, in_loss=in_loss), term)
    if summed := _summed_beside_mark(both, at, where, seen, in_loss=in_loss):
        return summed
    if (output := logits_taken(both, at, seen) or softmax_twice(both, at, seen)) is not None:
        return (output,)
    if not any(one.same for one in seen if one.felt) and (matrix := turned(both, step)) is not None:
        return (matrix,)
    if not bits and (found := patternless(seen)) and _as_the_losses(both, at, found[0]):
        return _meanings(both, found, step, in_loss=in_loss)
    beside = bits[-1:]
    if not bits and (factor := summed_beside(both, seen)) is not None:
        beside, seen = [factor], [one.evened(factor.number or 1.0) for one in seen]
    return (*_meanings(both, beside, step, in_loss=in_loss), unknown(both, step, seen))


def _as_the_losses(both: Both, at: int, factor: Family) -> bool:
    """Whether a factor beside noise is that of the losses, too: else it is no weight of them.

    A large one, of a sum or a scale, may be missing in the loss that is logged.
    """
    c = factor.number or 1.0
    if factor.name != "scaled" or both.losses is None:
        return True
    ratio = float(np.divide(*(loss[at] for loss in both.losses[::-1])))
    possible = (c, 1.0) if max(abs(c), 1 / abs(c)) >= LARGE else (c,)
    return not np.isfinite(ratio) or any(abs(ratio / of - 1) <= max(NEAR, factor.detail or 0.0) for of in possible)


def _summed_beside_mark(both: Both, at: int, where: Array, seen: list[Seen], *, in_loss: bool) -> tuple[Cause, ...]:
    """A loss that one side sums over the batch, and what leaves its mark beside that; none if it is not so."""
    if both.batch_size is None:
        return ()
    count = float(both.batch_size)
    for factor in (count, 1 / count):
        mean = [one.evened(factor) for one in seen]
        if (mark := mark_of(both, at, where, mean)) is not None:
            summed = Family(name="scaled", number=factor)
            return (*_meanings(both, [summed], int(both.steps[at]), in_loss=in_loss), mark)
    return ()


def _meanings(both: Both, found: list[Family], step: int, *, in_loss: bool, once: bool = False) -> tuple[Cause, ...]:
    return tuple(meaning_of(both, family, step, in_loss=in_loss, once=once) for family in found)
