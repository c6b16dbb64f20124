"""Which lesson explains a cause: the ids that `triptych lesson` takes, known here so that every table can say them."""

from collections.abc import Iterable, Mapping

ANY = ""  # family of rules
# (field of a rule or verdict, family of rules in lower case) to the lesson. ANY is for the families not named.
LESSONS: Mapping[tuple[str, str], str] = {
    ("epsilon_position", "adam"): "adam-epsilon",
    ("epsilon_position", "adamw"): "adam-epsilon",
    ("epsilon_position", "radam"): "adam-epsilon",
    ("epsilon_position", "rmsprop"): "rmsprop-epsilon",
    ("epsilon_position", "adagrad"): "rmsprop-epsilon",
    ("initial_accumulator", "adagrad"): "adagrad-accumulator",
    ("learning_rate", "adadelta"): "adadelta-learning-rate",
    ("learning_rate_in_velocity", ANY): "momentum-schedule",
    ("nesterov", ANY): "nesterov-without-momentum",
    ("dampening", ANY): "dampening",
    ("amsgrad", ANY): "amsgrad-maximum",
    ("momentum_decay", ANY): "nadam-momentum-decay",
    ("weight_decay_coupling", ANY): "weight-decay-coupling",
    ("weight_decay", ANY): "weight-decay-rate",
    ("learning_rate", ANY): "defaults-differ",
    ("epsilon", ANY): "defaults-differ",
    ("rho", ANY): "defaults-differ",
    ("numbers", ANY): "defaults-differ",
    ("learning_rate", "training"): "epochs-or-steps",
    ("clip", ANY): "clipping",
    ("accumulation", ANY): "accumulation-normalised",
    ("average", ANY): "ema-micro-batch",
    ("chaotic", ANY): "chaos",
    ("rounding", ANY): "float32-and-float64",
    ("underflow", ANY): "denormals",
    ("diverged", ANY): "learning-rate",
}


def lesson_of(cause: str, family: str = ANY) -> str | None:
    """The lesson about a cause; None if there is none.

    Args:
        cause: the name of a factor, such as "epsilon_position", or a verdict, such as "chaotic". Of several fields that
            are switched together ("dampening + nesterov"), and of one in a group or a part ("weight_decay [bias*]",
            "clip.formula"), the first that has a lesson.
        family: the rule's class or the recipe's optimizer, in any case: "Adam", "adamw".
    """
    fields = (one.partition(" ")[0].partition(".")[0] for one in cause.split(" + "))
    found = (LESSONS.get((one, family.lower())) or LESSONS.get((one, ANY)) for one in fields)
    return next((one for one in found if one), None)


def pointer(causes: Iterable[tuple[str, str]]) -> str:
    """What to type to be told more of causes, each with its family: "triptych lesson adam-epsilon"; "" for none."""
    found = dict.fromkeys(lesson_of(cause, family) for cause, family in causes)
    first, *others = [one for one in found if one] or [""]
    return (f"triptych lesson {first}" + (f" (or {', '.join(others)})" if others else "")) if first else ""
