"""The one place where an implementation is imported, by name and only when it is needed."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from threading import Lock
from typing import TYPE_CHECKING, Any

from comparisons.frameworks import FRAMEWORKS, of
from comparisons.frameworks.column import column
from comparisons.frameworks.defects import DEFECTS

if TYPE_CHECKING:
    from comparisons.frameworks.trainings import Trainable
    from comparisons.rules import Rule
    from comparisons.rules.training import Training
    from comparisons.tasks.problem import Problem
    from comparisons.tasks.streams import Array
    from comparisons.training.contract import Beside, History, InitialEvaluation, Train


# One training of a framework at a time in a process, be there threads: Keras's floatx, for one, is the process's.
TRAINING = {framework: Lock() for framework in FRAMEWORKS}


def implementation(framework: str, part: str = "train") -> str:
    """A module of the framework's implementation; that of its `train` unless another is named."""
    return f"{of(framework).implementation}.{part}"


@contextmanager
def training(framework: str) -> Iterator[None]:
    """Inside, this thread alone trains with the framework, on the device of the column, if it names one."""
    here = column(framework)
    with TRAINING[here.framework.id]:
        if not here.device:
            yield
            return
        with import_module(implementation(framework, "device")).on(here.device):
            yield


def train(framework: str, problem: "Problem", call: "Trainable") -> "History":
    """Train in this process; the implementation is imported by name, and only now."""
    with training(framework):
        implemented: Train = import_module(implementation(framework)).train
        return implemented(problem, call)


def follow(
    framework: str,
    optimizer: "Trainable",
    start: "dict[str, Array]",
    gradients: "dict[str, Array]",
) -> "dict[str, Array]":
    """The framework's optimizer led by given gradients, in this process: see each implementation's `forced.follow`."""
    with training(framework):
        paths: dict[str, Array] = import_module(implementation(framework, "forced")).follow(optimizer, start, gradients)
        return paths


def gradients_met(problem: "Problem", optimizer: "Trainable", steps: int) -> "dict[str, Array]":
    """The gradients that the NumPy reference meets on its way: see `numpy_impl.forced`."""
    met: dict[str, Array] = import_module("numpy_impl.forced").gradients_met(problem, optimizer, steps)
    return met


def taught(
    rule: "Rule",
    numbers: "Mapping[str, Array]",
    before: "Array",
    gradients: "Array",
    shape: "Array",
    momenta: "Array | None" = None,
) -> "Array":
    """What many rules make of each step of a recorded training: see `numpy_impl.taught`."""
    found: Array = import_module("numpy_impl.taught").taught(rule, numbers, before, gradients, shape, momenta)
    return found


def taught_alone(
    rule: "Rule", before: "Array", gradients: "Array", shape: "Array", momenta: "Array | None" = None
) -> "Array":
    """What one rule makes of each step of a recorded training, in its dtype: see `numpy_impl.taught`."""
    found: Array = import_module("numpy_impl.taught").taught_alone(rule, before, gradients, shape, momenta)
    return found


def led(rule: "Rule", start: "Array", gradients: "Array", rates: "Array", momenta: "Array | None" = None) -> "Array":
    """Where a rule comes to by given gradients at given rates: see `numpy_impl.taught`."""
    found: Array = import_module("numpy_impl.taught").led(rule, start, gradients, rates, momenta)
    return found


def at_start(framework: str, problem: "Problem") -> "InitialEvaluation":
    """The framework's outputs, losses and gradients before the first update, in this process."""
    with training(framework):
        found: InitialEvaluation = import_module(implementation(framework, "gradients")).at_start(problem)
        return found


def gradients(framework: str, problem: "Problem") -> "dict[str, Array]":
    """Name to the gradient (replicas, ...) of the summed loss at the start, as the framework finds it."""
    return at_start(framework, problem).gradients


def losses_beside(problem: "Problem", elements: "dict[str, Array]", h: float) -> "dict[str, Beside]":
    """The NumPy reference's losses on both sides of the start: see `numpy_impl.gradients`."""
    found: dict[str, Beside] = import_module("numpy_impl.gradients").losses_beside(problem, elements, h)
    return found


def imported(framework: str) -> None:
    """Import the framework in this process."""
    import_module(implementation(framework))


def train_together(framework: str, problem: "Problem", optimizers: "Sequence[Trainable]") -> "Array":
    """The losses (optimizers, replicas, steps) with each of many optimizers, in this process, by one pass for all."""
    with training(framework):
        losses: Array = import_module(implementation(framework, "many")).train_many(problem, optimizers)
        return losses


def train_many(problem: "Problem", rules: "Sequence[Rule | Training[Rule]]") -> "Array":
    """The losses (rules, replicas, steps) of the NumPy reference under each rule, in this process."""
    with training("numpy"):
        losses: Array = import_module("numpy_impl.many").train_many(problem, rules)
        return losses


def train_beside(problems: "Sequence[Problem]", rules: "Sequence[Rule | Training[Rule]]") -> "tuple[Array, bool]":
    """The losses (problems, rules, replicas, steps) of the reference, of problems that differ in numbers alone.

    And whether a subnormal number may have been met: else they are the same with subnormal numbers taken for 0.
    """
    with training("numpy"), import_module("numpy_impl.subnormals").watched() as met:
        losses: Array = import_module("numpy_impl.many").train_beside(problems, rules)
        return losses, met()


def train_many_flushing(problem: "Problem", rules: "Sequence[Rule | Training[Rule]]") -> "Array | None":
    """The same with subnormal numbers taken for 0; None where this machine cannot be told to."""
    subnormals = import_module("numpy_impl.subnormals")
    if not subnormals.can_flush():
        return None
    with subnormals.flushing():
        return train_many(problem, rules)


def defects_seen(framework: str) -> dict[str, bool | str]:
    """Each known defect of the framework to whether it is still there, or to why that cannot be tried any more.

    Imports the framework: ask in a worker.
    """
    found: dict[str, bool | str] = {}
    for defect in (one for one in DEFECTS if one.framework == framework):
        try:
            reproduction = getattr(import_module(implementation(framework, "defects")), defect.name.replace("-", "_"))
            found[defect.name] = reproduction()
        except Exception as error:  # whatever a release makes of what was tried
            found[defect.name] = f"{type(error).__name__}: {error}"
    return found


def devices(framework: str) -> dict[str, Any]:
    """The devices and the threads that the framework itself reports. Imports it: ask in a worker."""
    import_module(implementation(framework))
    found: dict[str, Any] = import_module(implementation(framework, "device")).report()
    return found


def settings(framework: str) -> dict[str, Any]:
    """How the framework of a column computes on its device. Imports it: ask in a worker.

    Raises:
        BadInput: the framework has no such device here.
    """
    with training(framework):
        found: dict[str, Any] = import_module(implementation(framework, "device")).settings(column(framework).device)
        return found
