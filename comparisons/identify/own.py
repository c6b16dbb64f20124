"""Somebody's own optimizer, led by gradients of ours in a process of its own: a trace of what it did.

It runs the file that was named, and nothing else of the person's.
"""

import ast
import importlib.util
import inspect
import subprocess
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from comparisons.inputs import files
from comparisons.names import BadInput, listed
from comparisons.tasks.streams import Array
from comparisons.traces.bare import read_bare
from comparisons.traces.finite import finite
from comparisons.traces.trace import Tensor, Trace

if TYPE_CHECKING:
    from comparisons.identify.found import Identified

STEPS, SECONDS = 32, 120  # of the walk; what it may take
LONGEST = 16 * files.MIB  # of a file whose classes are listed
# By name: the shape of a tensor, and the size of its gradients; where they are small, epsilon is felt.
TENSORS: dict[str, tuple[tuple[int, ...], float]] = {
    "matrix": ((6, 5), 1.0),
    "vector": ((7,), 1.0),
    "small": ((6, 4), 1e-3),
    "tiny": ((6, 4), 1e-6),
}
COARSE = ("matrix", "vector")
ALMOST = (
    "That is in float32, at gradients of size 1: in float64, or at smaller ones, it is none of our rules. Likely it "
    "has another epsilon, or has it elsewhere, or computes in float32."
)
NOT_FINITE = (
    "its first step is not finite. Likely it divides 0 by 0: a t that begins at 0 makes 0 of 1 - beta^t; let t be 1 at "
    "the first update"
)
BY_NAME = "update(params, grads) gets two dicts, of the arrays by name"
DTYPES = ("float64", "float32")
Arrays = dict[str, Array]


def file_and_class(spec: str) -> tuple[Path, str]:
    """The two of FILE:CLASS.

    Raises:
        BadInput: there is no such file, or no name of a class.
    """
    before, _, name = spec.rpartition(":")
    file = Path(before or name)
    there = False
    with suppress(OSError, ValueError):  # a name that no file can have
        there = file.is_file()
    if not there:
        raise BadInput(f"--class is {spec!r}, and there is no file {file}; give FILE:CLASS, as my_file.py:MyAdam")
    if not before or not name.isidentifier():
        raise BadInput(f"--class is {spec!r}, without the name of a class; give {file}:CLASS{_classes(file)}")
    return file, name


def _classes(file: Path) -> str:
    """The classes that a file defines, for a message; it is not run."""
    from comparisons.porting.reading.text import tree_of  # only a mistake needs it

    with suppress(OSError, ValueError, SyntaxError, RecursionError, MemoryError):
        body = tree_of(files.text(file, LONGEST)).body
        if names := [line.name for line in body if isinstance(line, ast.ClassDef)]:
            return f" (it has {listed(names)})"
    return ""


def trace_of(file: Path, name: str) -> Trace:
    """What the class of a file does to four tensors in 32 steps: in float64, or in float32 if it makes that of them.

    Raises:
        BadInput: there is no such class, it cannot be made without arguments, it fails, or moves nothing.
    """
    spec = f"{file}:{name}"
    for dtype in DTYPES:
        trace = _led(spec, str(file.resolve()), name, dtype)
        if not all(finite(one.after[:1]).all() for one in trace.tensors.values()):
            raise BadInput(f"{spec}: {NOT_FINITE}")
        moved = [one.after for one in trace.tensors.values() if (one.after != one.before).any()]
        if not moved:
            raise BadInput(
                f"{spec}: update(params, grads) moves nothing; it must change the arrays of params in place "
                "(params[key] -= ...), or return them"
            )
        if not all((after == after.astype(np.float32)).all() for after in moved):
            break
    return trace


def _led(spec: str, file: str, name: str, dtype: str) -> Trace:
    """The class led from numbers of a dtype, in a process of its own."""
    with TemporaryDirectory() as folder:
        out = Path(folder) / "own.npz"
        command = [sys.executable, "-m", __name__, file, name, str(out), dtype]
        try:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            raise BadInput(f"{spec} took more than {SECONDS} s for {STEPS} steps") from None
        if done.returncode or not out.is_file():
            said = next((line for line in reversed(done.stderr.splitlines()) if line.strip()), "it said nothing")
            raise BadInput(f"{spec} failed: {said}")
        return read_bare(out)


def identify_own(trace: Trace) -> "Identified":
    """Which rule it is; where it is none, which it is in float32 at gradients of size 1, where no epsilon is felt.

    Last of all whether it clips, or steps some tensors by another rule, which takes the longest to see.
    """
    from comparisons.identify.identify import identify, identify_as_one  # the process of the class need not load them
    from comparisons.identify.mending import with_epsilon

    found = identify_as_one(trace)
    if found.found:
        return found
    coarse = identify_as_one(replace(trace, tensors={name: _rounded(trace.tensors[name]) for name in COARSE}))
    if coarse.found:
        return with_epsilon(coarse, trace) or replace(coarse, notes=(*coarse.notes, ALMOST))
    return identify(trace)


def _rounded(tensor: Tensor) -> Tensor:
    kinds = {kind: getattr(tensor, kind).astype(np.float32) for kind in ("before", "after", "gradient")}
    return replace(tensor, **kinds)


def walk(dtype: str = DTYPES[0]) -> tuple[Arrays, Arrays]:
    """Where the tensors start, and their gradients (steps, ...)."""
    rng = np.random.default_rng(0)
    start = {name: rng.normal(size=shape).astype(dtype) for name, (shape, _) in TENSORS.items()}
    sizes = {name: (size, (STEPS, *shape)) for name, (shape, size) in TENSORS.items()}
    return start, {name: (size * rng.normal(size=shape)).astype(dtype) for name, (size, shape) in sizes.items()}


def main(file: str, name: str, out: str, dtype: str) -> None:
    """In the process of its own: load the class, lead it, write the bare form of a trace; say where it fails."""
    sys.argv = [file]  # as where the file itself is run
    try:
        _lead(file, name, out, dtype)
    except Exception as error:
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
        line = error.lineno if isinstance(error, SyntaxError) else next(reversed(lines), None)
        said = next(iter((error.msg if isinstance(error, SyntaxError) else str(error)).splitlines()), "")
        notes = "".join(f"; {note}" for note in getattr(error, "__notes__", ()))
        sys.exit(f"{type(error).__name__}{': ' if said else ''}{said}{f' (line {line})' if line else ''}{notes}")


def _lead(file: str, name: str, out: str, dtype: str) -> None:
    spec = importlib.util.spec_from_file_location("own", file)
    if spec is None or spec.loader is None:
        sys.exit(f"{file} is no Python")
    sys.path.insert(0, str(Path(file).parent))
    module = importlib.util.module_from_spec(spec)
    sys.modules["own"] = module
    spec.loader.exec_module(module)
    kind = getattr(module, name, None)
    if not inspect.isclass(kind):
        sys.exit(f"there is no class {name}{_classes(Path(file))}")
    start, gradients = walk(dtype)
    step = _stepper(kind, start)
    path = {key: [value.copy()] for key, value in start.items()}
    for k in range(STEPS):
        after = step({key: some[k].copy() for key, some in gradients.items()})
        for key, steps in path.items():
            if key not in after:
                sys.exit(f"after update(params, grads) there is no '{key}' in params any more")
            steps.append(np.array(after[key]))
    arrays = {f"params/{key}": np.stack(some) for key, some in path.items()}
    np.savez(out, allow_pickle=False, **arrays, **{f"grads/{key}": some for key, some in gradients.items()})


def _stepper(kind: type, start: Arrays) -> Callable[[Arrays], Arrays]:
    """Gradients to the parameters after a step: of an optimizer of torch, or of a class with update(params, grads)."""
    torch: Any = sys.modules.get("torch")
    if torch is not None and issubclass(kind, torch.optim.Optimizer):
        theta = {name: torch.nn.Parameter(torch.tensor(value)) for name, value in start.items()}
        optimizer: Any = _made(kind, theta.values())

        def stepped(gradients: Arrays) -> Arrays:
            for name, parameter in theta.items():
                parameter.grad = torch.tensor(gradients[name])
            optimizer.step()
            return {name: parameter.detach().numpy() for name, parameter in theta.items()}

        return stepped
    if not hasattr(kind, "update"):
        sys.exit(f"{kind.__name__} is no optimizer of torch and has no update(params, grads)")
    own: Any = _made(kind)
    params = {name: value.copy() for name, value in start.items()}

    def updated(gradients: Arrays) -> Arrays:
        try:
            returned = own.update(params, gradients)
        except (TypeError, KeyError) as error:
            if isinstance(error, TypeError) or error.args == (0,):  # as of the first of a list
                error.add_note(BY_NAME)
            raise
        if isinstance(returned, dict) and returned.keys() == params.keys():  # new arrays, in the place of the old ones
            params.update(returned)
        return params

    return updated


def _made(kind: type, *given: object) -> object:
    """One of the class, which must need nothing else."""
    try:
        inspect.signature(kind).bind(*given)
    except TypeError as error:
        sys.exit(f"{kind.__name__}: {error}; give its arguments defaults, or name a subclass that does")
    except ValueError:  # it has no signature to ask
        pass
    return kind(*given)


if __name__ == "__main__":
    main(*sys.argv[1:])
