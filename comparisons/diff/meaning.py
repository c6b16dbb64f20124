"""What a family's number means, in the words of somebody who has to mend it."""

from collections.abc import Iterator

import numpy as np

from comparisons.diff.both import Both
from comparisons.diff.record import Cause
from comparisons.diff.seen import Family, written
from comparisons.names import listed
from comparisons.traces.trace import Trace

NEAR = 1e-3  # relative: a ratio that is so near to a number with a meaning has that meaning
FEW = 4  # outputs: a weight of a loss is as often such a number
EXACT = 1e-5  # the same of a share of a batch's samples, of which there are many
BESIDE = 3  # times the size of what else differs: it may lie along the gradients, as that of an epsilon does
MOST = 0.1  # relative: with more, a number is near anything
RUNG = "raw gradient"
ALIKE = "a function that is nearly the same (GELU by tanh, another epsilon), or a small term of the loss"
TF32 = {"matmul": "matrix products", "cudnn": "convolutions and recurrent layers"}  # as traces have them


def meaning_of(both: Both, family: Family, step: int, *, in_loss: bool, once: bool = False) -> Cause:
    """The cause that a family stands for.

    Args:
        in_loss: whether the losses part as well. once: whether it was seen at one step only.
    """
    here = f"They part at step {step} in the {'loss and the ' * in_loss}gradient"
    number = family.number or 0.0
    doubtful = once and family.name == "scaled" and next(_meanings(both, number, _near(family)), None) is None
    says, remedy = _scaled_once(both, number, here) if doubtful else _said(both, family, here)
    return Cause(
        rung=RUNG,
        step=step,
        cause=_name(both, family),
        number=number,
        says=says,
        remedy=remedy,
        tensors=family.tensors,
        certain=family.certain and not doubtful,
    )


def _said(both: Both, family: Family, here: str) -> tuple[str, str]:
    """The sentence, which begins with `here`, and the remedy."""
    number, side = family.number or 0.0, family.side
    other = "BA"["AB".index(side)]
    match family.name:
        case "scaled":
            return _scaled(both, family, here)
        case "scaled in some tensors":
            says = f"{here}{_where(family)} alone: B's is {_times(number)} A's; the others are the same."
            if number == 0:
                return says, "B stops its gradient there."
            return says, "B's loss has another term there, or A's has none."
        case "decayed" | "decayed by signs":
            return _decayed(family, number, here)
        case name if name.startswith("clipped"):
            return f"{here}: {side}'s are {other}'s, {name}, at {number:.6g}.", f"Clip {other}'s too, or not {side}'s."
        case "lower precision":
            return _lower(both, family, here)
        case name:
            says = f"{here}: {side}'s have the bits of {name} only; they differ by {family.detail:.2g} of their size."
            return says, f"Compute both in the same dtype: {side} leaves {name}, or {other} takes it."


def _lower(both: Both, family: Family, here: str) -> tuple[str, str]:
    """Noise of a lower precision, which a trace of a GPU may say is allowed."""
    last = f", and by {family.detail:.2g} in the last layer" if family.detail else ""
    size = f"{family.number:.2g} of their size{last}"
    says = f"{here}: B's differ from A's by {size}, without any pattern. Likely: "
    for side, own, others in (("B", 1, 0), ("A", 0, 1)):
        elsewhere = _allowed(both.traces[others])
        if where := [part for part in _allowed(both.traces[own]) if part not in elsewhere]:
            return (
                f"{says}TF32, which {side} allows in {' and in '.join(where)}, and {'AB'[others]} does not.",
                f"Switch it off in {side} (allow_tf32 = False, enable_tensor_float_32_execution(False)).",
            )
    if all(trace.about.get("device") == "cpu" for trace in both.traces):
        return (
            f"{says}{ALIKE}; or, though both ran on the CPU, a lower precision in one side's products.",
            "Compare the functions and the losses, then switch lower precisions off (autocast, mixed_precision).",
        )
    return (
        f"{says}TF32, or another lower precision, on one side; or {ALIKE}.",
        "Switch it off on both sides (allow_tf32, autocast, mixed_precision), and compare the functions.",
    )


def _allowed(trace: Trace) -> list[str]:
    """Where a trace says that TF32 is allowed."""
    said = trace.about.get("tf32")
    return [words for part, words in TF32.items() if isinstance(said, list) and part in said]


def _where(family: Family) -> str:
    return f" in {listed(family.tensors)}" if family.tensors else ""


def _decayed(family: Family, number: float, here: str) -> tuple[str, str]:
    """A term of the loss that draws the parameters to 0."""
    size, (larger, less) = abs(number), "BA" if number > 0 else "AB"
    if family.name == "decayed":
        of, norm = "the parameters", "L2"
        how = f"torch's weight_decay={size:.6g}, and Keras's L2({size / 2:.6g}), which adds that times the squares"
    else:
        of, norm = "the signs of the parameters", "L1"
        how = f"Keras's L1({size:.6g}), and in torch that times the sum of the absolute values, added"
    that_is = ":" if family.certain else ", beside what else differs. Likely:"
    more = f"{size:.6g} times {of} more than {less}'s{_where(family)}"
    says = f"{here}: {larger}'s has {more}{that_is} {norm} in the loss."
    return says, f"Have the same on both sides: it is {how} to the loss."


def _name(both: Both, family: Family) -> str:
    if family.name == "scaled" and family.number is not None:
        found = next(_meanings(both, family.number, _near(family)), None)
        return found[0] if found else "scaled"
    if family.name == "scaled in some tensors" and family.number == 0:
        return "gradient stopped"
    return {"decayed": "L2", "decayed by signs": "L1"}.get(family.name, family.name)


def _near(family: Family) -> float:
    """Relative: a factor beside noise is known as well as the noise allows."""
    return min(max(NEAR, BESIDE * (family.detail or 0.0)), MOST)


def larger_of(c: float) -> tuple[str, str, float]:
    """Whose gradients are the larger where B's are c times A's, whose are not, and how many times they are."""
    return ("B", "A", c) if abs(c) >= 1 else ("A", "B", 1 / c if c else np.inf)


def _scaled(both: Both, family: Family, here: str) -> tuple[str, str]:
    c = family.number or 0.0
    larger, other, ratio = larger_of(c)
    found = next(_meanings(both, c, _near(family)), None)
    is_that = ", which is" if family.certain else ". Likely, that is"
    weight = "" if family.certain else ". Likely: a weight of the loss, or another loss"
    which = f"{is_that} {found[1]}{found[2].format(larger=larger, other=other)}" if found else weight
    beside = "" if family.certain else f", but for {family.detail:.2g} of their size"
    says = f"{here}: all of {larger}'s are {_times(ratio)} {other}'s{beside}{which}."
    return says, f"Divide {larger}'s loss, or its learning rate, by {_plain(ratio)}."


def _scaled_once(both: Both, c: float, here: str) -> tuple[str, str]:
    """A ratio at one step, of no meaning: at other steps it may be another, as where what counts differs by batch."""
    larger, other, ratio = larger_of(c)
    says = f"{here}: all of {larger}'s are {_times(ratio)} {other}'s there; no other step can be compared. Likely: "
    counted = 0 if both.batch_size is None else round(both.batch_size / ratio)
    if counted > 1 and both.batch_size and abs(ratio * counted / both.batch_size - 1) < EXACT:
        says += (
            f"{larger} takes the mean over {counted} of the batch's {both.batch_size} samples and {other} over all "
            "(ignore_index, a mask), or a weight of the loss."
        )
        return says, "Divide both sums by the same count."
    weight = next((f" of {_plain(one)}" for one in (ratio, 1 / ratio) if written(one)), "")
    says += f"a weight{weight} of the loss; or weights of samples or classes, by whose sum one side divides."
    return says, f"Divide both sums by the same; or {larger}'s loss by {_plain(ratio)}, if it is that at all steps."


def _meanings(both: Both, c: float, within: float) -> Iterator[tuple[str, str, str]]:
    """Name of the cause, what the number is, and why, for a ratio that is known as well as `within`, relative."""
    ratio = abs(c) if abs(c) >= 1 else 1 / max(abs(c), 1e-300)

    def near(value: float) -> bool:
        return abs(ratio / value - 1) < within

    batch, outputs = both.batch_size, both.outputs
    if (passes := _passes(both, c)) > 1 and near(passes):
        yield "scaled", "the number of micro-batches", ": {larger} adds their gradients up, and does not divide by it"
    if batch is not None and near(batch) and batch == outputs:
        yield (
            "sum against mean",
            "the batch size and the number of outputs",
            ": {larger} sums its loss over one of them",
        )
    elif batch is not None and near(batch):
        yield "sum against mean", "the batch size", ": {larger} sums its loss"
    if batch is not None and outputs > 1 and near(batch * outputs):
        yield "sum against mean", "the batch size times the outputs", ": {larger} sums its loss over both"
    if outputs > 1 and near(outputs) and (both.losses is None or _in_loss(both, c, within)):
        likely, weight = ("likely ", ", or a weight of the loss") if outputs <= FEW else ("", "")
        yield (
            "classes",
            "the number of outputs",
            f": {likely}{{larger}} sums over them and {{other}} takes the mean{weight}",
        )
    for base, name in ((2, "base 2"), (10, "base 10")):
        if near(1 / np.log(base)) or near(np.log(base)):
            yield "logarithm", f"that of logarithms to {name}", ""
    places = 0 if batch is None else round(ratio / batch)
    by_places = batch is not None and places > 1 and near(batch * places) and _in_loss(both, c, within)
    over = f"over the batch and {places} places of each sample (words, pixels)"
    if ratio >= 128 and near(2 ** round(np.log2(ratio))):
        summed = f"; or it sums its loss, {over}" if by_places else ""
        power = round(np.log2(ratio))
        yield "loss scaling", f"2^{power}", f": {{larger}}'s loss is scaled, and its gradients not back{summed}"
    if by_places:
        yield "sum against mean", f"the batch size times {places}", f": {{larger}} sums its loss, {over}"
    if batch is None and round(ratio) > 1 and near(round(ratio)):
        yield "sum against mean", "a whole number", ": a batch size, or a number of classes"
    elif 1 < round(ratio) < 100 and near(round(ratio)):
        yield "scaled", "a whole number", ": micro-batches that {larger} adds up, or a weight of its loss"


def _passes(both: Both, c: float) -> int:
    """How many backward passes made a gradient of the side with the larger; 0 if that is not known."""
    side = int(abs(c) >= 1)
    passes = both.traces[side].passes
    return 0 if passes is None else int(passes[both.at[side]].max())


def _in_loss(both: Both, c: float, within: float) -> bool:
    """Whether B's loss is c times A's as well, at the steps with the same parameters."""
    if both.losses is None:
        return False
    a, b = (loss[both.together] for loss in both.losses)
    return bool(len(a)) and bool((np.abs(b - c * a) <= within * np.abs(b)).all())


def _times(ratio: float) -> str:
    return f"{_plain(ratio)} times"


def _plain(ratio: float) -> str:
    return str(round(ratio)) if ratio and abs(ratio / max(round(ratio), 1) - 1) < 1e-5 else f"{ratio:.6g}"
