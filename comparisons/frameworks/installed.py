"""What is known of each framework without importing it.

A worker imports this before its environment is set, so it must not import NumPy either: NumPy reads the number of
threads when it is imported.
"""

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cache
from importlib.util import find_spec

from comparisons.frameworks import FRAMEWORKS, of

THREADS = 1  # of each worker: sums may depend on the number of threads, and three workers share few cores

# All that bears on the numbers.
MODULES = (
    *(package for framework in FRAMEWORKS.values() for package in framework.packages),
    "pandas",
    "matplotlib",
    "sklearn",
    "comparisons",
)
USUAL = {"sklearn": "scikit-learn", "comparisons": "triptych"}  # what is installed, where its module is named otherwise
# Set in every worker before its framework is imported.
COMMON = {
    "OMP_NUM_THREADS": str(THREADS),
    "OPENBLAS_NUM_THREADS": str(THREADS),
    "MKL_NUM_THREADS": str(THREADS),
    "TF_NUM_INTRAOP_THREADS": str(THREADS),
    "TF_NUM_INTEROP_THREADS": str(THREADS),
    **{name: value for framework in FRAMEWORKS.values() for name, value in framework.environment.items()},
}
ENVIRONMENT = COMMON | {"CUDA_VISIBLE_DEVICES": "-1"}  # of a worker on the CPU
ON_A_DEVICE = COMMON | {"CUBLAS_WORKSPACE_CONFIG": ":4096:8"}  # cuBLAS adds in one order with a workspace of its own

# What TensorFlow and Keras import where it is there, and training has no use for: almost half of their time to import.
NOT_FOR_TRAINING = ("jax", "matplotlib", "pandas", "sklearn")

# Set by whoever starts a run, if at all: they choose the code that adds and multiplies, or its rounding.
BEARING = (
    "ATEN_CPU_CAPABILITY",
    "DNNL_MAX_CPU_ISA",
    "GLIBC_TUNABLES",
    "MKL_CBWR",
    "MKL_ENABLE_INSTRUCTIONS",
    "NPY_DISABLE_CPU_FEATURES",
    "NVIDIA_TF32_OVERRIDE",
    "ONEDNN_MAX_CPU_ISA",
    "OPENBLAS_CORETYPE",
    "TF_XLA_FLAGS",
    "XLA_FLAGS",
)


def bearing() -> dict[str, str]:
    """Those of the variables that bear on the numbers, and are set by whoever started this."""
    return {name: os.environ[name] for name in BEARING if name in os.environ}


def missing(framework: str) -> list[str]:
    """The packages of a framework that are not installed."""
    return [package for package in of(framework).packages if find_spec(package) is None]


def remedy(framework: str) -> str:
    """What a framework is missing, and how to get it."""
    return f"{' and '.join(missing(framework))} not installed; {of(framework).install}"


def untested(framework: str) -> str | None:
    """What is to be said of a framework that is older or newer than those tested; None if it is not, or is missing."""
    from comparisons.frameworks import requirements  # takes 15 ms to import

    return None if missing(framework) else requirements.untested(map(version, of(framework).packages))


def version(package: str) -> tuple[str, str]:
    """A package and its version."""
    return package, next(iter(versions((package,)).values()))


def versions(modules: Iterable[str] = MODULES) -> dict[str, str]:
    """The versions of those modules that are installed, by the name of what was installed: it may be tensorflow-cpu."""
    return dict(_distribution(module) for module in modules if find_spec(module) is not None)


@cache
def _distribution(module: str) -> tuple[str, str]:
    """What was installed that has the module, and its version, which is soon found by its usual name."""
    from importlib import metadata  # takes 15 ms to import, and most commands ask no versions

    with suppress(metadata.PackageNotFoundError):
        usual = USUAL.get(module, module)
        return usual, metadata.version(usual)
    name = _distributions().get(module, [""])[0]
    return (name, metadata.version(name)) if name else (module, "unknown")


@cache
def _distributions() -> Mapping[str, list[str]]:
    """The names of what was installed, by the module that it has: all metadata is read for it."""
    from importlib import metadata

    return metadata.packages_distributions()
