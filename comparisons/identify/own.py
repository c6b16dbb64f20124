"""Somebody's own optimizer, led by gradients of ours in a process of its own: a trace of what it did.

It runs the file that was named, and nothing else of the person's.
"""

import importlib.util
import inspect
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from comparisons.names import BadInput
from comparisons.tasks.streams import Array
from comparisons.traces.bare import read_bare
from comparisons.traces.trace import Tensor, Trace

if TYPE_CHECKING:
    from comparisons.identify.found import Identified

STEPS, SECONDS = 32, 120  # of the walk; what it may take
# By name: the shape of a tensor, and the size of its gradients; where they are small, epsilon is felt.
TENSORS: dict[str, tuple[tuple[int, ...], float]] = {
    "matrix": ((6, 5), 1.0),
    "vector": ((7,), 1.0),
    "small": ((6, 4), 1e-3),
    "tiny": ((6, 4), 1e-6),
}
COARSE = ("matrix", "vector")
ALMOST = (
    "That is in float32, at gradients of size 1: in float64, or at smaller ones, it is none of our rules. Its epsilon "
    "is elsewhere, most likely."
)
Arrays = dict[str, Array]


def trace_of(spec: str) -> Trace:
    """What FILE:CLASS does to four tensors in 32 steps, in float64.

    Raises:
        BadInput: there is no such file or class, it cannot be made without arguments, or it fails.
    """
    file, _, name = spec.rpartition(":")
    if not file or not name.isidentifier():
        raise BadInput(f"--class is {spec!r}; it must be FILE:CLASS, such as my_file.py:MyAdam")
    if not Path(file).is_file():
        raise BadInput(f"--class: there is no file {file}")
    with TemporaryDirectory() as folder:
        out = Path(folder) / "own.npz"
        command = [sys.executable, "-m", __name__, str(Path(file).resolve()), name, str(out)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
        except subprocess.TimeoutExpired:
            raise BadInput(f"{spec} took more than {SECONDS} s for {STEPS} steps") from None
        if done.returncode or not out.is_file():
            said = next((line for line in reversed(done.stderr.splitlines()) if line.strip()), "it said nothing")
            raise BadInput(f"{spec} failed: {said}")
        return read_bare(out)


def identify_own(trace: Trace) -> "Identified":
    """Which rule it is; where it is none, which it is in float32 at gradients of size 1, where no epsilon is felt."""
    from comparisons.identify.identify import identify  # the process of the class need not load it

    found = identify(trace)
    if found.found:
        return found
    coarse = identify(replace(trace, tensors={name: _rounded(trace.tensors[name]) for name in COARSE}))
    return replace(coarse, notes=(*coarse.notes, ALMOST)) if coarse.found else found


def _rounded(tensor: Tensor) -> Tensor:
    kinds = {kind: getattr(tensor, kind).astype(np.float32) for kind in ("before", "after", "gradient")}
    return replace(tensor, **kinds)


def walk() -> tuple[Arrays, Arrays]:
    """Where the tensors start, and their gradients (steps, ...)."""
    rng = np.random.default_rng(0)
    start = {name: rng.normal(size=shape) for name, (shape, _) in TENSORS.items()}
    return start, {name: size * rng.normal(size=(STEPS, *shape)) for name, (shape, size) in TENSORS.items()}


def main(file: str, name: str, out: str) -> None:
    """In the process of its own: load the class, lead it, write the bare form of a trace."""
    spec = importlib.util.spec_from_file_location("own", file)
    if spec is None or spec.loader is None:
        sys.exit(f"{file} is no Python")
    sys.path.insert(0, str(Path(file).parent))
    module = importlib.util.module_from_spec(spec)
    sys.modules["own"] = module
    spec.loader.exec_module(module)
    kind = getattr(module, name, None)
    if not inspect.isclass(kind):
        sys.exit(f"it has no class {name}")
    start, gradients = walk()
    step = _stepper(kind, start)
    path = {key: [value.copy()] for key, value in start.items()}
    for k in range(STEPS):
        for key, value in step({key: some[k].copy() for key, some in gradients.items()}).items():
            path[key].append(np.array(value))
    arrays = {f"params/{key}": np.stack(some) for key, some in path.items()}
    np.savez(out, allow_pickle=False, **arrays, **{f"grads/{key}": some for key, some in gradients.items()})


def _stepper(kind: type, start: Arrays) -> Callable[[Arrays], Arrays]:
    """Gradients to the parameters after a step: of an optimizer of torch, or of a class with update(params, grads)."""
    torch: Any = sys.modules.get("torch")
    if torch is not None and issubclass(kind, torch.optim.Optimizer):
        theta = {name: torch.nn.Parameter(torch.tensor(value)) for name, value in start.items()}
        optimizer: Any = kind(theta.values())

        def stepped(gradients: Arrays) -> Arrays:
            for name, parameter in theta.items():
                parameter.grad = torch.tensor(gradients[name])
            optimizer.step()
            return {name: parameter.detach().numpy() for name, parameter in theta.items()}

        return stepped
    if not hasattr(kind, "update"):
        sys.exit(f"{kind.__name__} is no optimizer of torch and has no update(params, grads)")
    own: Any = kind()
    params = {name: value.copy() for name, value in start.items()}

    def updated(gradients: Arrays) -> Arrays:
        own.update(params, gradients)
        return params

    return updated


if __name__ == "__main__":
    main(*sys.argv[1:])
