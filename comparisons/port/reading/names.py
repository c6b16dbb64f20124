"""Which class, schedule or clipping a dotted name means, as people import and write it."""

from collections.abc import Iterable, Mapping
from typing import Literal

from comparisons import frameworks
from comparisons.frameworks.keras.clipping import FUNCTIONS as TF_CLIPS
from comparisons.frameworks.keras.clipping import FUNCTIONS_MODULE as TF_MODULE
from comparisons.frameworks.keras.schedules import CALLS as KERAS_SCHEDULES
from comparisons.frameworks.keras.schedules import MODULE as KERAS_MODULE
from comparisons.frameworks.signature import Arguments
from comparisons.frameworks.torch.clipping import CALLS as TORCH_CLIPS
from comparisons.frameworks.torch.clipping import MODULE as TORCH_CLIP_MODULE
from comparisons.frameworks.torch.schedules import CALLS as TORCH_SCHEDULERS
from comparisons.frameworks.torch.schedules import MODULE as TORCH_SCHEDULER_MODULE
from comparisons.names import BadInput, Framework, unknown

Kind = Literal["optimizer", "schedule", "clipping"]

# What people write before the last dot, to the module that it means.
ALIASES: Mapping[str, str] = {
    "torch.optim": "torch.optim",
    "optim": "torch.optim",
    "keras.optimizers": "keras.optimizers",
    "tf.keras.optimizers": "keras.optimizers",
    "tensorflow.keras.optimizers": "keras.optimizers",
    "tf.optimizers": "keras.optimizers",
    "tensorflow.optimizers": "keras.optimizers",
    "optimizers": "keras.optimizers",
    "numpy_impl.optimizers": "numpy_impl.optimizers",
    "torch.optim.lr_scheduler": TORCH_SCHEDULER_MODULE,
    "optim.lr_scheduler": TORCH_SCHEDULER_MODULE,
    "lr_scheduler": TORCH_SCHEDULER_MODULE,
    "keras.optimizers.schedules": KERAS_MODULE,
    "tf.keras.optimizers.schedules": KERAS_MODULE,
    "tensorflow.keras.optimizers.schedules": KERAS_MODULE,
    "tf.optimizers.schedules": KERAS_MODULE,
    "tensorflow.optimizers.schedules": KERAS_MODULE,
    "optimizers.schedules": KERAS_MODULE,
    "schedules": KERAS_MODULE,
    "torch.nn.utils": TORCH_CLIP_MODULE,
    "torch.nn.utils.clip_grad": TORCH_CLIP_MODULE,
    "nn.utils": TORCH_CLIP_MODULE,
    "utils": TORCH_CLIP_MODULE,
    "tensorflow": TF_MODULE,
    "tf": TF_MODULE,
}
OPTIMIZERS: Mapping[str, Framework] = {one.module: one.id for one in frameworks.FRAMEWORKS.values()}
PARTS: Mapping[str, tuple[Kind, Mapping[str, Arguments]]] = {
    TORCH_SCHEDULER_MODULE: ("schedule", TORCH_SCHEDULERS),
    KERAS_MODULE: ("schedule", KERAS_SCHEDULES),
    TORCH_CLIP_MODULE: ("clipping", TORCH_CLIPS),
    TF_MODULE: ("clipping", TF_CLIPS),
}
SEVERAL = "it holds several; port each, as parameter groups or optimizers of their own"
# Classes of the frameworks that no rule describes, each with the reason.
OUTSIDE: Mapping[tuple[str, str], str] = {
    ("torch.optim", "LBFGS"): "it calls a closure several times a step, where an optimizer of Keras is given gradients",
    ("torch.optim", "SparseAdam"): "it updates the rows of sparse gradients only, which Keras makes dense",
    ("torch.optim", "Muon"): "its Newton-Schulz steps are in bfloat16 in torch, in the parameters' dtype in Keras",
    ("keras.optimizers", "Muon"): "its Newton-Schulz steps are in bfloat16 in torch, in the parameters' dtype in Keras",
    ("keras.optimizers", "ScheduleFreeAdamW"): "Keras 3.15 reads its momentum after writing it over: not the algorithm",
    ("keras.optimizers", "LossScaleOptimizer"): "it wraps another; port that one, and use torch.amp.GradScaler with it",
    ("keras.optimizers", "MultiOptimizer"): SEVERAL,
    ("keras.optimizers", "OptimizerMap"): SEVERAL,
}
# Schedules of the frameworks that no rule describes.
OTHER_SCHEDULES: Mapping[str, tuple[str, ...]] = {
    TORCH_SCHEDULER_MODULE: (
        "ChainedScheduler", "ConstantLR", "CosineAnnealingWarmRestarts", "CyclicLR", "LinearLR", "LRScheduler",
        "MultiplicativeLR", "MultiStepLR", "OneCycleLR", "PolynomialLR", "ReduceLROnPlateau", "SequentialLR",
    ),
    KERAS_MODULE: ("CosineDecayRestarts", "LearningRateSchedule", "PiecewiseConstantDecay", "PolynomialDecay"),
}  # fmt: skip


class NoRule(BadInput):
    """A class of a framework that no rule describes, and why."""

    def __init__(self, module: str, name: str, reason: str) -> None:
        super().__init__(f"{module}.{name} has no rule, so nothing is equal to it elsewhere: {reason}")
        self.framework, self.name, self.reason = OPTIMIZERS[module], f"{module}.{name}", reason


def resolve(dotted: str, given: Iterable[str] = ()) -> tuple[str, str]:
    """(module, name) of what is called: ("torch.optim", "Adam") for "optim.Adam".

    Args:
        dotted: the name as written.
        given: the names of the arguments; they tell whose class a bare "Adam" is.

    Raises:
        BadInput: it is no optimizer, schedule or clipping. NoRule: no rule describes it.
    """
    prefix, _, name = dotted.rpartition(".")
    if ".legacy" in f".{prefix}":
        raise BadInput(f"{dotted}: Keras 3 has no legacy optimizers; write keras.optimizers.{name}")
    module = ALIASES.get(prefix) or _module_of_file(prefix) or ("" if prefix else _home(name, given))
    if not module or (module == TF_MODULE and name not in TF_CLIPS):
        raise BadInput(f"{dotted}: no optimizer is known there; known are {', '.join(OPTIMIZERS)}")
    if (module, name) in OUTSIDE:
        raise NoRule(module, name, OUTSIDE[module, name])
    kind, known = kind_of(module)
    if name in OTHER_SCHEDULES.get(module, ()):
        raise BadInput(f"{module}.{name}: no rule has this schedule; known are {', '.join(known)}")
    if name not in known:
        raise BadInput(f"{module}: {unknown(kind, name, known)}")
    return module, name


def kind_of(module: str) -> tuple[Kind, Iterable[str]]:
    """What a module of ALIASES has, and the names that are known of it."""
    if module in OPTIMIZERS:
        return "optimizer", classes_of(module)
    return PARTS[module] if module else ("optimizer", ())


def classes_of(module: str) -> Iterable[str]:
    """The optimizers in a module of optimizers."""
    return frameworks.of(OPTIMIZERS[module]).classes


def positional(module: str, name: str) -> list[str]:
    """The arguments that may be given without their names, in their order; the parameters come before them."""
    return [key for key, argument in arguments_of(module, name).items() if not argument.keyword_only]


def arguments_of(module: str, name: str) -> Arguments:
    """The arguments of a class, a schedule or a clipping; none of a class that no rule describes."""
    if (module, name) in OUTSIDE:
        return {}
    return frameworks.of(OPTIMIZERS[module]).classes[name].arguments if module in OPTIMIZERS else PARTS[module][1][name]


def takes_parameters(module: str) -> bool:
    """Whether what is called has the parameters, or the optimizer, for its first argument."""
    return module in ("torch.optim", "numpy_impl.optimizers", TORCH_SCHEDULER_MODULE, TORCH_CLIP_MODULE, TF_MODULE)


def _module_of_file(prefix: str) -> str:
    """torch.optim for "torch.optim.adam", where the class is defined."""
    module, _, file = prefix.rpartition(".")
    files = {name.lower() for name in frameworks.of("torch").classes}
    return "torch.optim" if ALIASES.get(module) == "torch.optim" and file.lstrip("_") in files else ""


def _home(name: str, given: Iterable[str]) -> str:
    """The module of a name without one: the only one that has it, or that has it with these arguments."""
    homes = [module for module in ALIASES.values() if name in _known(module)]
    homes = list(dict.fromkeys(home for home in homes if home != "numpy_impl.optimizers"))
    if len(homes) > 1:
        homes = [home for home in homes if set(given) - {"params"} <= set(arguments_of(home, name))]
    match homes:
        case [home]:
            return home
        case []:
            return ""
        case _:
            ways = " or ".join(f"{home}.{name}" for home in homes)
            raise BadInput(f"{name}: it is in more than one framework; write {ways}")


def _known(module: str) -> Iterable[str]:
    outside = [name for home, name in OUTSIDE if home == module]
    known = classes_of(module) if module in OPTIMIZERS else PARTS[module][1]
    return [*outside, *OTHER_SCHEDULES.get(module, ()), *known]
