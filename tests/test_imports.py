"""What an import loads, and what it leaves until it is needed: a command line should answer at once."""

import subprocess
import sys

import pytest

FRAMEWORKS = {"torch", "tensorflow", "keras"}
HEAVY = FRAMEWORKS | {"pandas", "matplotlib", "sklearn"}
LEFT_OUT = {
    "comparisons": HEAVY | {"numpy", "pydantic", "rich"},
    "comparisons.cli": HEAVY | {"numpy", "pydantic", "rich"},
    "comparisons.training.implementations": HEAVY
    | {"numpy"},  # a worker imports it before the environment NumPy reads is set
    "comparisons.training.workers": HEAVY | {"numpy"},
    "comparisons.tasks": HEAVY,
    "comparisons.training.levels": HEAVY,
    "comparisons.tasks.problem": HEAVY,
    "numpy_impl.train": HEAVY,
}


@pytest.mark.parametrize("module", LEFT_OUT)
def test_import_leaves_out(module):
    script = f"import sys, {module}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert module in loaded
    assert LEFT_OUT[module] & set(loaded) == set()
