"""The fields in which two rules differ, as sentences and remedies."""

from collections.abc import Mapping

from comparisons.frameworks.code import written
from comparisons.identify.words import in_lines
from comparisons.rules import Rule, Schedule
from comparisons.rules.surroundings import Clip, ClipGlobalNorm, ClipNorm, ClipValue

NAMES = {
    "learning_rate": "learning rate",
    "learning_rate_in_velocity": "learning rate in the velocity",
    "weight_decay": "weight decay",
    "weight_decay_coupling": "coupling of the weight decay",
    "epsilon_position": "place of epsilon",
}
# What a side does by a switch: field to value to words.
DOES: Mapping[str, Mapping[object, str]] = {
    "nesterov": {True: "has Nesterov's momentum", False: "has plain momentum"},
    "learning_rate_in_velocity": {
        True: "keeps the learning rate in the velocity", False: "multiplies the velocity by the learning rate",
    },
    "centered": {True: "divides by the root of the variance", False: "divides by the root of the mean square"},
    "amsgrad": {True: "divides by the root of the largest v so far", False: "divides by the root of v itself"},
    "lazy": {True: "lets rows rest where they have no gradient", False: "moves all rows"},
    "weight_decay_coupling": {
        "coupled": "adds the weight decay to the gradient", "decoupled": "decays the weights beside the step",
        "decoupled-last": "decays the weights after the step",
    },
    "epsilon_position": {
        "corrected-root": "adds epsilon to the corrected root",
        "uncorrected-root": "adds epsilon to the uncorrected root",
        "outside-root": "adds epsilon outside of the root", "inside-root": "adds epsilon inside of the root",
        "in-maximum": "takes the maximum with epsilon", "floor": "divides by epsilon at least", "added": "adds epsilon",
    },
}  # fmt: skip
VERBS = ("has ", "adds epsilon ", "divides ", "decays the weights ")  # which are said once
REMEDIES = {
    "learning_rate_in_velocity": "They part where the rate changes, and no argument mends it: Keras's velocity is to "
    "be multiplied by the new rate over the old one then.",
    "weight_decay_coupling": "torch's AdamW and Keras's optimizers decay beside the step, torch's others in the "
    "gradient.",
    "epsilon_position": "No argument moves it; one that is too small to be felt is the same at any place.",
    "epsilon": "Give both the same epsilon, where they add it at the same place.",
    "centered": "Give both the same centered=.",
    "nesterov": "Give both the same nesterov=.",
    "amsgrad": "Give both the same amsgrad=.",
    "clip": "Clip both to the same number, or neither.",
    "weight_decay": "Give both the same decay, coupled or decoupled.",
}


def called(field: str) -> str:
    """A field of a rule, in words."""
    return NAMES.get(field, field.replace("_", " "))


def differs(field: str, values: tuple[object, object], rules: tuple[Rule, Rule]) -> str:
    """In what A's rule and B's differ, for the value that each has of the field."""
    if field == "clip":
        ours, theirs = (_clips(value) for value in values)
        return f"A {ours} and B {theirs}"
    does = DOES.get(field, {})
    if all(value in does for value in values):
        ours, theirs = (does[value] for value in values)
        verb = next((verb for verb in VERBS if ours.startswith(verb) and theirs.startswith(verb)), "")
        return f"A {ours} and B {theirs.removeprefix(verb)}"
    if all(isinstance(value, bool) for value in values):
        return f"A has {_article(values[0])}{called(field)} and B {'none' if values[0] else 'has one'}"
    ours, theirs = (f"{told(value)}{_coupled(field, rule)}" for value, rule in zip(values, rules, strict=True))
    return f"{called(field)} is {ours} in A and {theirs} in B"


def remedy(field: str, of_call: str) -> str:
    """What to do about a field: which call is A's, as `calls_said` has it, and what is known of the field."""
    known = REMEDIES.get(field, "" if of_call or field == "family" else f"Give both the same {called(field)}.")
    switched = field in ("learning_rate_in_velocity", "epsilon_position")  # which the call does not show
    return " ".join(filter(None, [of_call, known if switched or not of_call else ""]))


def calls_said(call: str | None, framework: str = "", there: str | None = None, exact: bool = True) -> str:
    """Which call A's rule is, and which of B's framework, by name, is it or is the closest; empty if there is none."""
    if call is None:
        return ""
    of_a = f"Of A's, {in_one_line(call)} is the call"
    if there is None or there == call:
        return f"{of_a}."
    if exact:
        return f"{of_a}; in {framework} it is {in_one_line(there)}."
    return f"{of_a}; {framework}'s closest is {in_one_line(there)}, and `triptych port` has what it leaves."


def in_one_line(code: str) -> str:
    """Several calls in a sentence: that of a schedule after that of the optimizer."""
    return " with ".join(in_lines(code))


def told(value: object) -> str:
    """A value in a sentence: of a number what it is to six digits."""
    if isinstance(value, Schedule):
        return in_one_line(written(value))
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _clips(clip: Clip | object | None) -> str:
    match clip:
        case ClipValue(limit=limit):
            return f"clips each number of the gradient to {limit:.6g}"
        case ClipNorm(limit=limit):
            return f"clips each tensor's gradient to a norm of {limit:.6g}"
        case ClipGlobalNorm(limit=limit):
            return f"clips the gradients of all to a norm of {limit:.6g}"
        case _:
            return "does not clip"


def _article(on: object) -> str:
    return "a " if on else "no "


def _coupled(field: str, rule: Rule) -> str:
    """How a decay goes in, where it is the decay that differs."""
    return f" ({rule.weight_decay_coupling})" if field == "weight_decay" and rule.weight_decay else ""
