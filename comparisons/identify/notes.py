"""What is said beside the rules: clips, changes between the updates, and why of some tensors none is known."""

from collections.abc import Iterator, Mapping, Sequence

from comparisons.frameworks.defects import DEFECTS
from comparisons.identify.evidence import Piece, evidence_of
from comparisons.identify.holding import hold
from comparisons.identify.script import added_by_rows, class_of, squared_by_rows, steps_as_one
from comparisons.identify.search import WHOLE
from comparisons.identify.trying import HALF
from comparisons.names import listed
from comparisons.rules import ClipValue, Rule
from comparisons.rules.surroundings import Clip
from comparisons.traces.between import change_of
from comparisons.traces.finite import finite, not_finite
from comparisons.traces.trace import Array, Trace

COARSE = "bfloat16"  # its 8 bits leave less of a step than rules differ in, and of 0.999 v + 0.001 g^2 often nothing
REMEDY = "Record the same script in float32, or the copy in float32 that is stepped, if there is one."
OF_DOUBLES = (
    "The parameters are in float64, and their steps are the rule's to the digits of float32 only, to which these ulp "
    "belong: that is so where a framework holds its numbers in float32, as Keras does."
)
# By what a trace says of rows: who adds them to the parameter one by one, and what adds them up.
ADDERS = {
    "by_rows": ("Keras's SGD", "tf.convert_to_tensor(gradient)"),
    "added_by_rows": ("torch's SGD", "gradient.coalesce()"),
}


def of_clips(clips: tuple[Clip, ...], norms: Array | None) -> tuple[str, ...]:
    """What was done to the gradients that were recorded, whose norms are (steps,)."""
    if not clips or norms is None:
        return ()
    clip = clips[0]
    if isinstance(clip, ClipValue):
        return (f"It got other gradients than those recorded: each element was clipped to {clip.limit:g} at most.",)
    over = int((norms > clip.limit).sum())
    least = (
        f" That is any up to {norms.min():.3g}: of rules in proportion to the gradient the steps tell its product with "
        "the learning rate, and of others nothing of it."
        if over == len(norms)
        else ""
    )
    how = (
        "whether by torch's formula or Keras's the steps do not tell"
        if len(clips) > 1
        else ("torch divides by the norm + 1e-6" if clip.formula == "padded" else "the norm as it is, as Keras has it")
    )
    return (
        f"It got other gradients than those recorded: all together they were clipped to a norm of {clip.limit:g} "
        f"({how}), which {over} of {len(norms)} were over.{least}",
    )


def of_changes(trace: Trace) -> Iterator[str]:
    """What is done to the parameters beside the updates."""
    if (one := change_of(trace)) is not None:
        yield (
            f"Between the updates, from step {one.step} on, parameters are {one.says}, which is no part of a rule: "
            f"{listed(one.tensors)}."
        )


def of_numbers(trace: Trace, names: Sequence[str], count: int) -> Iterator[str]:
    """What of a training is no number, and from where on nothing was looked at for that.

    Args:
        names: the tensors that have gradients. count: the updates that were looked at.
    """
    for said in not_finite(trace, slice(None)):
        yield f"The {said}."
    if count < trace.consecutive:
        at = slice(count, count + 1)
        kinds = {"gradients": "led_by", "parameters before it": "before", "parameters after it": "after"}
        of = [(kind, [name for name in names if not finite(getattr(trace.tensors[name], field)[at]).all()])
              for kind, field in kinds.items()]  # fmt: skip
        kind, tensors = next(one for one in of if one[1])
        steps = "update was" if count == 1 else f"{count} updates were"
        yield f"Only the first {steps} looked at: at update {count} the {kind} are not finite, or not recorded, of " + (
            f"{listed(tensors)}."
        )


def of_rare_moves(every: int) -> str:
    """That accumulation explains nothing."""
    return (
        f"Parameters move at one of {every} recorded updates only; neither the mean nor the sum of the gradients since "
        "the last, nor the latest alone, explains the steps."
    )


def of_coarse(names: Sequence[str]) -> Iterator[str]:
    """Why nothing is told of parameters in bfloat16."""
    if names:
        yield (
            f"Of {listed(names)} nothing is told: a step in {COARSE} has 8 bits, as has what the optimizer keeps. "
            f"{REMEDY}"
        )


def of_halves(unknown: Sequence[str], pieces: Mapping[str, Piece]) -> Iterator[str]:
    """Why little is told of those in float16."""
    if halves := [name for name in unknown if pieces[name].before.dtype == HALF]:
        yield (
            f"Of {listed(halves)} no more is told: in float16, means of squares have 11 bits, and small ones fewer. "
            f"{REMEDY}"
        )


def of_samples(unknown: Sequence[str], whole: Mapping[str, bool]) -> Iterator[str]:
    """Which rules no sample tells."""
    if sampled := [name for name in unknown if not whole[name]]:
        yield (
            f"Of {listed(sampled)} a sample is recorded. {listed([rule.__name__ for rule in WHOLE])} go by norms, "
            "means or products of whole tensors, which it does not tell: none of them was looked for there. They are "
            "where elements= of the recorder is as large as the largest tensor."
        )


def of_one_vector(unknown: Sequence[str], trace: Trace) -> Iterator[str]:
    """What was not looked for under a class that takes no groups."""
    if unknown and steps_as_one(trace.about):
        yield "It steps all parameters as one: a rule of all was looked for, and neither clips nor groups of tensors."


def of_rows(unknown: Sequence[str], trace: Trace) -> Iterator[str]:
    """Why an embedding may follow no rule."""
    if rows := [name for name in unknown if name in squared_by_rows(trace.about)]:
        yield (
            f"The gradients of {listed(rows)} came in rows: of a token that comes twice in a batch, Keras squares each "
            "and not their sum, which no rule of ours does. tf.convert_to_tensor(gradient) adds them up before."
        )
    if rows := [name for name in unknown if name in added_by_rows(trace.about)]:
        yield f"The gradients of {listed(rows)} came in rows: {_adds(trace)}."


def of_added(names: Sequence[str], ulp: float, trace: Trace) -> str:
    """How far tensors follow a rule whose gradients are added row by row."""
    return f"Of {listed(names)} that is so to {ulp:,.0f} ulp, for the gradients came in rows: {_adds(trace)}."


def _adds(trace: Trace) -> str:
    by, remedy = ADDERS["by_rows" if trace.about.get("by_rows") else "added_by_rows"]
    return (
        f"of a token that comes twice in a batch, {by} adds each to the parameter, and each rounds. {remedy} adds them "
        "up before"
    )


def of_begun(found: bool, trace: Trace) -> Iterator[str]:
    """Why nothing may be found of a training that goes on."""
    if not found and trace.about.get("begun") is True:
        yield (
            "The optimizer had taken steps when its recorder was made, or was read from a file, and what it remembered "
            "by then is not known: record from its first step on."
        )


def of_defects(found: bool, trace: Trace) -> Iterator[str]:
    """What a class of a framework's is known to do that no rule does."""
    name = "" if found else class_of(trace.about)
    known = [one for one in DEFECTS if one.hides and one.hides == name]
    yield from (f"A known defect, last seen in {one.version}: {one.says}" for one in known)


def of_unreached(names: Sequence[str]) -> str:
    """Of what has no gradient at the first update, as a layer that is frozen by then has none."""
    return (
        f"Of {listed(names)} nothing is told: no finite gradient was recorded at update 0, and what an optimizer "
        "remembers by a later one is not known."
    )


def of_missed(names: Sequence[str], rule: Rule, pieces: Sequence[Piece], whose: str) -> str:
    """By how much a rule misses tensors; `whose` it is, as in "the others follow"."""
    missed = max(hold(rule, evidence_of([piece])).ulp for piece in pieces)
    return f"{type(rule).__name__}, which {whose}, misses {listed(names)} by {missed:,.0f} ulp."
