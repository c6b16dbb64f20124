"""What a mismatch costs, and how to say it."""

from typing import Literal

from comparisons.dialects.grammar import NativeClass
from comparisons.names import Framework
from comparisons.rules import (
    SGD,
    Adafactor,
    Adagrad,
    Adam,
    Adamax,
    ClipGlobalNorm,
    ClipNorm,
    CosineDecay,
    RMSprop,
    Rule,
    Surroundings,
)

Fidelity = Literal[
    "exact",  # the same recursion
    "exact-at-constant-learning-rate",  # the same, as long as nobody changes the rate in mid-training
    "exact-with-hook",  # the same, with a few lines that run at every step
    "approximate",  # close, and not the same
    "drop-in-only",  # no native class follows the rule; a drop-in does
    "impossible",  # neither
]

SENTENCES = {
    "epsilon_position": "epsilon stands elsewhere: felt where gradients are not much larger than epsilon",
    "learning_rate_in_velocity": "the velocity holds the learning rate on one side only: felt when the rate changes",
    "weight_decay_coupling": "weight decay goes through the update on one side and past it on the other",
    "weight_decay": "the class has no weight decay",
    "dampening": "the class has no dampening",
    "momentum_decay": "the class has this momentum decay built in",
    "epsilon1_position": "epsilon1 is added to squared gradients on one side, a floor under them on the other",
    "scale_after_decay": "the size of the parameters is taken before weight decay on one side, after it on the other",
}


def says(field: str, reached: Rule, native: NativeClass) -> str:
    """One sentence about the mismatch with the rule that the call reached, and the file that shows it."""
    match field, reached:
        case "clip", Surroundings(clip=None):
            sentence = "the class does not clip gradients"
        case "clip", _:
            sentence = "the norm is clipped by another formula: torch adds 1e-6 to it"
        case "learning_rate", Surroundings(learning_rate=CosineDecay(over=over)):
            sentence = f"after {over} updates the rate rises again in torch, and stays low in Keras"
        case "learning_rate", _:
            sentence = "the class has no schedules"
        case _ if field in SENTENCES:
            sentence = SENTENCES[field]
        case _:
            settable = any(field in argument.fields for argument in native.arguments.values())
            sentence = f"the class {'refuses such a' if settable else 'cannot set'} {field.replace('_', ' ')}"
    return f"{sentence} ({native.source})"


def lost(framework: Framework, reached: Rule, field: str) -> Fidelity:
    """How close the native call, which reached this rule, still is when it differs in this field alone."""
    match field, reached:
        # a hook sets epsilon anew at every step: epsilon sqrt(1 - beta2^t), or over it
        case "epsilon_position", Adam():
            return "exact-with-hook"
        # a hook multiplies the velocity by the new rate over the old one
        case "learning_rate_in_velocity", SGD() | RMSprop():
            return "exact-with-hook"
        # a hook steps the scheduler no further, or a few lines make a schedule that goes on
        case "learning_rate", Surroundings(learning_rate=CosineDecay()):
            return "exact-with-hook"
        # a hook before the step multiplies the parameters by 1 - learning_rate weight_decay; the call's own is then 0
        case "weight_decay_coupling", _ if framework == "torch":
            return "exact-with-hook"
        case "epsilon_position", Adagrad() | RMSprop() | Adamax():
            return "approximate"
        case "clip", Surroundings(clip=ClipNorm() | ClipGlobalNorm()):
            return "approximate"
        case "epsilon1" | "epsilon1_position" | "scale_after_decay", Adafactor():
            return "approximate"
        case _:
            return "drop-in-only"
