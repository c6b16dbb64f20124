"""What is known of each framework without importing it.

A worker imports this before its environment is set, so it must not import NumPy either: NumPy reads the number of
threads when it is imported.
"""

from collections.abc import Iterable
from importlib import metadata
from importlib.util import find_spec

from comparisons.names import Framework

THREADS = 1  # of each worker: sums may depend on the number of threads, and three workers share few cores

PACKAGES: dict[Framework, tuple[str, ...]] = {"numpy": ("numpy",), "torch": ("torch",), "tf": ("tensorflow", "keras")}
INSTALL: dict[Framework, str] = {
    "numpy": "pip install triptych",
    "torch": 'pip install "triptych[torch]"',
    "tf": 'pip install "triptych[tf]"',
}
# All that bears on the numbers.
MODULES = (
    *(package for packages in PACKAGES.values() for package in packages),
    "pandas",
    "matplotlib",
    "sklearn",
    "comparisons",
)
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


def remedy(framework: Framework) -> str:
    """What a framework is missing, and how to get it."""
    return f"{' and '.join(missing(framework))} not installed; {INSTALL[framework]}"


def versions(modules: Iterable[str] = MODULES) -> dict[str, str]:
    """The versions of those modules that are installed, by the name of what was installed: it may be tensorflow-cpu."""
    distributions = metadata.packages_distributions()
    names = {module: distributions.get(module, [""])[0] for module in modules if find_spec(module) is not None}
    return {name or module: metadata.version(name) if name else "unknown" for module, name in names.items()}
