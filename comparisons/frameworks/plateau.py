"""ReduceLROnPlateau of torch and of Keras: what each argument means, and how each says it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from comparisons.frameworks.call import NativeCall
from comparisons.frameworks.signature import Argument, Arguments
from comparisons.names import BadInput
from comparisons.rules.ranges import NOT_NEGATIVE, Range
from comparisons.rules.schedules import COUNT
from comparisons.rules.schedules.plateau import Plateau

NAME = "ReduceLROnPlateau"
_FACTOR = Argument(default=0.1, field="factor", allowed=Range(ge=0, lt=1))
_PATIENCE = Argument(default=10, field="after", allowed=COUNT)
_COOLDOWN = Argument(default=0, field="pause", allowed=COUNT)
TORCH: Arguments = {
    "mode": Argument(default="min"),
    "factor": _FACTOR,
    "patience": _PATIENCE,
    "threshold": Argument(default=1e-4, field="threshold", allowed=NOT_NEGATIVE),
    "threshold_mode": Argument(default="rel"),
    "cooldown": _COOLDOWN,
    "min_lr": Argument(default=0, field="least", allowed=NOT_NEGATIVE),
    "eps": Argument(default=1e-8, field="smallest", allowed=NOT_NEGATIVE),
}
KERAS: Arguments = {
    "monitor": Argument(default="val_loss"),
    "factor": _FACTOR,
    "patience": _PATIENCE,
    "verbose": Argument(default=0),
    "mode": Argument(default="auto"),
    "min_delta": Argument(default=1e-4, field="threshold"),
    "cooldown": _COOLDOWN,
    "min_lr": Argument(default=0.0, field="least", allowed=NOT_NEGATIVE),
}


def _given(call: NativeCall, known: Arguments) -> dict[str, Any]:
    return {**{name: argument.default for name, argument in known.items()}, **call.arguments}


def of_torch(call: NativeCall) -> Plateau:
    """What torch's scheduler does, stepped with a metric."""
    given = _given(call, TORCH)
    if given["threshold_mode"] not in ("rel", "abs"):
        raise BadInput(f"{call.module}.{NAME}: threshold_mode is {given['threshold_mode']!r}; it must be rel or abs")
    return Plateau(
        mode=given["mode"],
        factor=given["factor"],
        after=given["patience"] + 1,
        threshold=given["threshold"],
        relative=given["threshold_mode"] == "rel",
        pause=given["cooldown"],
        least=given["min_lr"],
        smallest=given["eps"],
        takes_first=False,
    )


def of_keras(call: NativeCall) -> Plateau:
    """What Keras's callback does at the end of each epoch."""
    given = _given(call, KERAS)
    mode = given["mode"]
    if mode == "auto":
        if given["monitor"].removeprefix("val_") != "loss":
            words = f"mode is auto, and which way {given['monitor']} gets better is the model's to know"
            raise BadInput(f"{call.module}.{NAME}: {words}; write mode='min' or mode='max'")
        mode = "min"
    return Plateau(
        mode=mode,
        factor=given["factor"],
        after=max(given["patience"], 1),
        threshold=abs(given["min_delta"]),
        relative=False,
        pause=max(given["cooldown"] - 1, 0),
        least=given["min_lr"],
        smallest=0.0,
        takes_first=True,
    )


def to_torch(plateau: Plateau) -> NativeCall:
    """torch's scheduler that comes closest."""
    arguments: dict[str, Any] = {
        "mode": plateau.mode,
        "factor": plateau.factor,
        "patience": plateau.after - 1,
        "threshold": plateau.threshold,
        "threshold_mode": "rel" if plateau.relative else "abs",
        "cooldown": plateau.pause,
        "min_lr": plateau.least,
        "eps": plateau.smallest,
    }
    return NativeCall(framework="torch", name=NAME, module="torch.optim.lr_scheduler", arguments=arguments)


def to_keras(plateau: Plateau, monitor: str = "val_loss") -> NativeCall:
    """Keras's callback that comes closest."""
    arguments: dict[str, Any] = {
        "monitor": monitor,
        "factor": plateau.factor,
        "patience": plateau.after,
        "mode": plateau.mode,
        "min_delta": plateau.threshold,
        "cooldown": plateau.pause + 1 if plateau.pause else 0,
        "min_lr": plateau.least,
    }
    return NativeCall(framework="tf", name=NAME, module="keras.callbacks", arguments=arguments)


# Field to a sentence, of two that differ in it after a translation to the closest.
SENTENCES: Mapping[str, str] = {
    "relative": "threshold: in torch a share of the best, threshold_mode='rel'; in Keras min_delta is a difference",
    "smallest": "eps: torch leaves the rate where it would change by eps or less; Keras has no such bound",
    "takes_first": "the first metric: Keras takes it for the best even if it is NaN; torch compares it with infinity",
}


def differences(one: Plateau, other: Plateau) -> list[str]:
    """What is not the same, a sentence each."""
    differing = [name for name in vars(one) if getattr(one, name) != getattr(other, name)]
    plain = [f"{name}: {getattr(one, name)} and {getattr(other, name)}" for name in differing if name not in SENTENCES]
    return [*plain, *(SENTENCES[name] for name in differing if name in SENTENCES)]


@dataclass(frozen=True, kw_only=True)
class Spelling:
    """How a framework says it.

    Args:
        module: where it is.
        arguments: in their order; before them comes `first`, if that is anything.
        read, write: a call to what it does, and the reverse as close as it comes.
        used: how it is used.
    """

    module: str
    arguments: Arguments
    first: tuple[str, ...]
    read: Callable[[NativeCall], Plateau]
    write: Callable[[Plateau], NativeCall]
    used: str


SPELLINGS: Mapping[str, Spelling] = {
    "torch": Spelling(
        module="torch.optim.lr_scheduler",
        arguments=TORCH,
        first=("optimizer",),
        read=of_torch,
        write=to_torch,
        used="and scheduler.step(metric) after every epoch",
    ),
    "tf": Spelling(
        module="keras.callbacks",
        arguments=KERAS,
        first=(),
        read=of_keras,
        write=to_keras,
        used="among the callbacks of fit()",
    ),
}
