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
    "learning_rate_in_velocity": (
        "the velocity holds the learning rate in Keras and not in torch: felt when the rate changes in mid-training"
    ),
    "weight_decay_coupling": (
        "weight decay is a part of the gradient on one side and goes past the update on the other: felt from the start "
        "wherever the update is not the bare gradient"
    ),
    "weight_decay": "the class has no weight decay: felt from the first step",
    "dampening": "the class has no dampening: felt from the second step, when the velocity takes gradients in damped",
    "momentum_decay": (
        "the class has this momentum decay built in: felt from the first step, until 0.96^(t momentum_decay) is gone"
    ),
    "epsilon1_position": (
        "epsilon1 is added to squared gradients in Keras, a floor under their means in torch: felt where gradients are "
        "not much larger than its root"
    ),
    "scale_after_decay": (
        "the size of the parameters, which scales the step, is taken after weight decay in Keras, before it in torch: "
        "felt in proportion to learning_rate * weight_decay"
    ),
}
EPSILONS: dict[type[Rule], str] = {
    Adam: (
        "epsilon is added to the root after its correction in torch, before in Keras, where it is worth "
        "epsilon / sqrt(1 - beta2^t): felt in the first steps, and where gradients are not much larger than epsilon"
    ),
    Adamax: (
        "epsilon is in the maximum in torch, added to it in Keras: felt where gradients are "
        "not much larger than epsilon"
    ),
}
EPSILON = (
    "epsilon is added outside the root in torch, inside in Keras: felt where gradients are not much larger than the "
    "one outside, and no other number makes up for it"
)
# Where what goes with a class is defined.
PLACES = {
    ("clip", "torch"): "torch/nn/utils/clip_grad.py",
    ("clip", "tf"): "keras/src/optimizers/base_optimizer.py",
    ("learning_rate", "torch"): "torch/optim/lr_scheduler.py",
    ("learning_rate", "tf"): "keras/src/optimizers/schedules/learning_rate_schedule.py",
}


def says(framework: Framework, field: str, reached: Rule, native: NativeClass) -> str:
    """One sentence about the mismatch with the rule that the call reached, and the file that shows it."""
    match field, reached:
        case "clip", Surroundings(clip=None):
            sentence = "the class does not clip gradients: felt where a gradient is larger than the limit"
        case "clip", _:
            sentence = "torch adds 1e-6 to the norm before it divides by it, Keras does not: felt while clipping"
        case "learning_rate", Surroundings(learning_rate=CosineDecay(over=over)):
            sentence = f"after {over} updates the rate rises again in torch, and stays low in Keras"
        case "learning_rate", _:
            sentence = "the class has no schedules: felt when the rate changes"
        case "epsilon_position", _:
            sentence = EPSILONS.get(type(reached), EPSILON)
        case _ if field in SENTENCES:
            sentence = SENTENCES[field]
        case _:
            settable = any(field in argument.fields for argument in native.arguments.values())
            sentence = f"the class {'refuses such a' if settable else 'cannot set'} {field.replace('_', ' ')}"
    return f"{sentence} ({PLACES.get((field, framework), native.source)})"


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
