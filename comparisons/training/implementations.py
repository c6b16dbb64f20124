"""The one place where an implementation is imported, by name and only when it is needed."""

from collections.abc import Sequence
from importlib import import_module
from threading import Lock
from typing import TYPE_CHECKING, Any, assert_never

from comparisons.frameworks.installed import THREADS
from comparisons.names import FRAMEWORKS, Framework

if TYPE_CHECKING:
    from comparisons.frameworks.call import NativeCall
    from comparisons.rules import Rule
    from comparisons.tasks.problem import Problem
    from comparisons.tasks.streams import Array
    from comparisons.training.contract import History, InitialEvaluation, Train


def implementation(framework: Framework) -> str:
    """The module whose `train` trains with the framework."""
    return f"{framework}_impl.train"


def train(framework: Framework, problem: "Problem", call: "NativeCall | Rule") -> "History":
    """Train in this process; the implementation is imported by name, and only now."""
    with TRAINING[framework]:
        implemented: Train = import_module(implementation(framework)).train
        return implemented(problem, call)


def follow(
    framework: Framework,
    optimizer: "NativeCall | Rule",
    start: "dict[str, Array]",
    gradients: "dict[str, Array]",
) -> "dict[str, Array]":
    """The framework's optimizer led by given gradients, in this process: see each implementation's `forced.follow`."""
    with TRAINING[framework]:
        paths: dict[str, Array] = import_module(f"{framework}_impl.forced").follow(optimizer, start, gradients)
        return paths


def gradients_met(problem: "Problem", rule: "Rule", steps: int) -> "dict[str, Array]":
    """The gradients that the NumPy reference meets on its way: see `numpy_impl.forced`."""
    met: dict[str, Array] = import_module("numpy_impl.forced").gradients_met(problem, rule, steps)
    return met


def at_start(framework: Framework, problem: "Problem") -> "InitialEvaluation":
    """The framework's outputs, losses and gradients before the first update, in this process."""
    with TRAINING[framework]:
        found: InitialEvaluation = import_module(f"{framework}_impl.gradients").at_start(problem)
        return found


def gradients(framework: Framework, problem: "Problem") -> "dict[str, Array]":
    """Name to the gradient (replicas, ...) of the summed loss at the start, as the framework finds it."""
    return at_start(framework, problem).gradients


def central_differences(problem: "Problem", elements: "dict[str, Array]", h: float) -> "dict[str, Array]":
    """Gradients of the NumPy reference's loss by central differences: see `numpy_impl.gradients`."""
    found: dict[str, Array] = import_module("numpy_impl.gradients").central_differences(problem, elements, h)
    return found


def train_many(problem: "Problem", rules: "Sequence[Rule]") -> "Array":
    """The losses (rules, replicas, steps) of the NumPy reference under each rule, in this process."""
    with TRAINING["numpy"]:
        losses: Array = import_module("numpy_impl.many").train_many(problem, rules)
        return losses


# One training of a framework at a time in a process, be there threads: Keras's floatx, for one, is the process's.
TRAINING = {framework: Lock() for framework in FRAMEWORKS}


def devices(framework: Framework) -> dict[str, Any]:
    """The devices and the threads that the framework itself reports. Imports it: ask in a worker."""
    import_module(implementation(framework))
    match framework:
        case "numpy":
            libraries = import_module("threadpoolctl").threadpool_info()  # scikit-learn has brought it along
            return {"devices": ["CPU"], "threads": max((library["num_threads"] for library in libraries), default=1)}
        case "torch":
            torch = import_module("torch")
            gpus = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
            return {"devices": ["CPU", *gpus], "threads": torch.get_num_threads()}
        case "tf":
            config = import_module("tensorflow").config
            found = [device.device_type for device in config.list_physical_devices()]
            return {"devices": found, "threads": config.threading.get_intra_op_parallelism_threads() or THREADS}
        case _:
            assert_never(framework)
