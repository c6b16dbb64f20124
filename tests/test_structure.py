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


# File to how often it tells frameworks apart by their names all the same, and why.
BY_NAME = {
    "comparisons/bench/overhead.py": (3, "TensorFlow alone has an eager loop beside the traced one"),
    "comparisons/bench/step.py": (2, "torch's class has variants, and NumPy is what all are measured against"),
}
STILL_TO_ASK = ("comparisons/porting/files",)


def named(file: Path) -> int:
    """How often a file tells frameworks apart by their names."""
    sides: list[ast.AST | None] = []
    for node in ast.walk(ast.parse(file.read_text())):
        match node:
            case ast.Compare():
                sides += [node.left, *node.comparators]
            case ast.Dict():
                sides += node.keys
            case ast.MatchValue():
                sides.append(node.value)
    return sum(isinstance(side, ast.Constant) and side.value in {"numpy", "torch", "tf", "keras"} for side in sides)


def test_frameworks_are_told_apart_by_their_records():
    files = [str(file.relative_to(ROOT)) for file in (ROOT / "comparisons").rglob("*.py")]
    # A framework's own folder knows its name; a lesson is about what one framework does and another does not.
    own = ("comparisons/frameworks", "comparisons/lessons")
    found = {file: named(ROOT / file) for file in files if not file.startswith(own)}
    assert {file: count for file, count in found.items() if count} == {
        file: count for file, (count, _) in BY_NAME.items()
    }
