"""What is known of each framework without importing it, and the one place where an implementation is imported."""

import platform
from importlib import import_module, metadata
from importlib.util import find_spec
from typing import Any, assert_never, cast

from comparisons.calls import NativeCall
from comparisons.contract import History, Problem, Train
from comparisons.names import FRAMEWORKS, Framework

THREADS = 1  # of each worker: sums may depend on the number of threads, and three workers share few cores

PACKAGES: dict[Framework, tuple[str, ...]] = {"numpy": ("numpy",), "torch": ("torch",), "tf": ("tensorflow", "keras")}
INSTALL: dict[Framework, str] = {
    "numpy": "pip install triptych",
    "torch": 'pip install "triptych[torch]"',
    "tf": 'pip install "triptych[tf]"',
}
# Set in a worker before its framework is imported.
ENVIRONMENT = {
    "OMP_NUM_THREADS": str(THREADS),
    "OPENBLAS_NUM_THREADS": str(THREADS),
    "MKL_NUM_THREADS": str(THREADS),
    "TF_NUM_INTRAOP_THREADS": str(THREADS),
    "TF_NUM_INTEROP_THREADS": str(THREADS),
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",  # oneDNN adds in another order from one machine to the next
    "KERAS_BACKEND": "tensorflow",
    "CUDA_VISIBLE_DEVICES": "-1",  # parity is measured on the CPU
}


def missing(framework: Framework) -> list[str]:
    """The packages of a framework that are not installed."""
    return [package for package in PACKAGES[framework] if find_spec(package) is None]


def versions() -> dict[str, str]:
    """The versions of Python and of every installed package that bears on the numbers."""
    names = [package for framework in FRAMEWORKS for package in PACKAGES[framework]]
    names += ["pandas", "matplotlib", "scikit-learn", "triptych"]
    found = {name: metadata.version(name) for name in names if find_spec(_MODULE.get(name, name)) is not None}
    return {"python": platform.python_version(), **found}


_MODULE = {"scikit-learn": "sklearn", "triptych": "comparisons"}


def implementation(framework: Framework) -> str:
    """The module whose `train` trains with the framework."""
    return f"{framework}_impl.train"


def train(framework: Framework, problem: Problem, call: NativeCall) -> History:
    """Train in this process; the implementation is imported by name, and only now."""
    return cast(Train, import_module(implementation(framework)).train)(problem, call)


def devices(framework: Framework) -> dict[str, Any]:
    """The devices and the threads that the framework itself reports. Imports it: ask in a worker."""
    match framework:
        case "numpy":
            return {"devices": ["CPU"], "threads": THREADS}
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
