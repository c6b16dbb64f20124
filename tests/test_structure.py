"""The structure of the packages, read from their imports and not from their words."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("comparisons", "numpy_impl", "torch_impl", "tf_impl")


def modules() -> dict[str, Path]:
    files = (file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))
    return {name_of(file.relative_to(ROOT)): file for file in files}


def name_of(file: Path) -> str:
    return ".".join(file.with_suffix("").parts).removesuffix(".__init__")


def imported(file: Path, known: set[str]) -> Iterator[str]:
    """The modules of ours that a file imports anywhere: at the top, inside functions, under TYPE_CHECKING."""
    for node in ast.walk(ast.parse(file.read_text())):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names if alias.name in known)
            case ast.ImportFrom(module=str(module), names=names):
                parts = {f"{module}.{alias.name}" for alias in names}
                yield from parts & known
                if module in known and not parts <= known:
                    yield module


def test_no_circles():
    known = modules()
    TopologicalSorter(
        {name: set(imported(file, set(known))) for name, file in known.items()}
    ).prepare()  # or CycleError
