"""How to say what a mismatch is."""

from collections.abc import Mapping

from comparisons.frameworks.fidelity import last_cosine
from comparisons.frameworks.framework import Framework
from comparisons.frameworks.signature import NativeClass
from comparisons.rules import Adam, Adamax, Clip, Muon, Rule, Surroundings
from comparisons.rules.symbols import Symbol

# Of a switch: a value that it may have, and a sentence in which `one` is the side that has it and `other` the other.
SWITCHES: Mapping[str, tuple[object, str]] = {
    "iteration_dtype": (
        "bfloat16",
        "the steps that make the velocity orthogonal are rounded to bfloat16 in {one}, and not in {other}: felt in "
        "every step, by some hundredths of it",
    ),
    "learning_rate_in_velocity": (
        True,
        "the velocity holds the learning rate in {one} and not in {other}: felt when the rate changes in mid-training",
    ),
    "epsilon1_position": (
        "added",
        "epsilon1 is added to squared gradients in {one}, a floor under their means in {other}: felt where gradients "
        "are not much larger than its root",
    ),
    "scale_after_decay": (
        True,
        "the size of the parameters, which scales the step, is taken after weight decay in {one}, before it in "
        "{other}: felt in proportion to learning_rate * weight_decay",
    ),
}
EPSILONS: Mapping[type[Rule], tuple[object, str]] = {
    Adam: (
        "corrected-root",
        "epsilon is added to the root after its correction in {one}, before in {other}, where it is worth "
        "epsilon / sqrt(1 - beta2^t): felt in the first steps, and where gradients are not much larger than epsilon",
    ),
    Adamax: (
        "in-maximum",
        "epsilon is in the maximum in {one}, added to it in {other}: felt where gradients are not much larger than "
        "epsilon",
    ),
    Muon: (
        "floor",
        "epsilon is a floor under the velocity's norm in {one}, added to it in {other}: felt where the gradients of a "
        "matrix are all together not much larger than epsilon",
    ),
}
EPSILON = (
    "outside-root",
    "epsilon is added outside the root in {one}, inside in {other}: felt where gradients are not much larger than the "
    "one outside, and no other number makes up for it",
)
SENTENCES = {
    "weight_decay_coupling": (
        "weight decay is a part of the gradient on one side and goes past the update on the other: felt from the start "
        "wherever the update is not the bare gradient"
    ),
    "weight_decay": "the class has no weight decay: felt from the first step",
    "lazy": "rows without a gradient are left alone on one side, and drift on along their momentum on the other: felt "
    "where gradients are sparse (an Embedding)",
    "scale": (
        "the class scales the orthogonal step otherwise, by the shape of the matrix: felt in every step, as another "
        "learning rate for each shape"
    ),
    "dampening": "the class has no dampening: felt from the second step, when the velocity takes gradients in damped",
    "momentum_decay": (
        "the class has this momentum decay built in: felt from the first step, until 0.96^(t momentum_decay) is gone"
    ),
}


def says(sides: tuple[str, Framework], field: str, rule: Rule, reached: Rule, native: NativeClass) -> str:
    """One sentence about the mismatch with the rule that the call reached, and the file that shows it.

    Args:
        sides: what the source is called, and the framework of the call.
        field: where the rules differ.
        rule, reached: what was asked for, and what the call stands for.
        native: the class of the call.
    """
    match field, reached:
        case "clip", Surroundings(clip=None):
            sentence = "the class does not clip gradients: felt where a gradient is larger than the limit"
        case "clip", Surroundings(clip=clip):
            sentence = padding(sides, rule.clip, clip)
        case "weight_decay_coupling", Surroundings(weight_decay_coupling="decoupled") if rule.decay_place == "after":
            one, other = _sides(sides, True)
            sentence = (
                f"weight decay comes after the update in {one}, before it in {other}: felt by learning_rate * "
                "weight_decay of a step"
            )
        case "learning_rate", Surroundings(learning_rate=rate) if (found := last_cosine(rate)) is not None:
            start, cosine = found
            one, other = _sides(sides, not cosine.rises)
            sentence = f"after {start + cosine.over} updates the rate rises again in {one}, and stays low in {other}"
        case "learning_rate", _:
            sentence = "the class has no schedules: felt when the rate changes"
        case _ if field in SWITCHES or field == "epsilon_position":
            value, text = SWITCHES.get(field, EPSILONS.get(type(reached), EPSILON))
            one, other = _sides(sides, getattr(rule, field) == value)
            sentence = text.format(one=one, other=other)
        case _ if field in SENTENCES:
            sentence = SENTENCES[field]
        case _:
            settable = any(field in argument.fields for argument in native.arguments.values())
            sentence = f"the class {'refuses such a' if settable else 'cannot set'} {field.replace('_', ' ')}"
    part = {"clip": sides[1].clips, "learning_rate": sides[1].schedules}.get(field)
    return f"{sentence} ({part.source if part else native.source})"


def padding(sides: tuple[str, Framework], clip: Clip | None, reached: Clip | None) -> str:
    """How far apart the two formulas of clipping to a norm are: limit / (norm + 1e-6) and limit / norm."""
    padded, other = _sides(sides, getattr(reached, "formula", "") == "exact")
    limit = getattr(clip, "limit", 1.0)
    size = f"{1e-6 / limit:.2g}" if not isinstance(limit, Symbol) else f"1e-6 / {limit}"
    return (
        f"{padded} adds 1e-6 to the norm before it divides by it, {other} does not: a gradient that is clipped differs "
        f"by {size} of itself at most"
    )


def _sides(sides: tuple[str, Framework], source_first: bool) -> tuple[str, str]:
    source, target = sides[0], sides[1].name
    return (source, target) if source_first else (target, source)
