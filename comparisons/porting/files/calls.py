"""Every training of a file or folder, and what belongs to none, with its translation. Nothing is changed."""

import ast
import re
import tokenize
from collections.abc import Callable
from dataclasses import dataclass, replace
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

from comparisons.frameworks.optax import OPTAX
from comparisons.inputs.files import MIB, content
from comparisons.names import BadInput
from comparisons.porting.files.finds import CallSite
from comparisons.porting.files.gaps import text_of
from comparisons.porting.files.lines import is_notebook, lenient_tree, text_of_notebook
from comparisons.porting.files.links import Links, links_of
from comparisons.porting.files.maps import any_training_at, trainings_of
from comparisons.porting.files.resolver import resolver_of, unfit
from comparisons.porting.files.translation import translated, translated_part, translated_source
from comparisons.porting.reading.names import OWNERS, TRAINED, Kind
from comparisons.porting.reading.text import speaks_of

LARGEST, LARGEST_NOTEBOOK = 4 * MIB, 64 * MIB  # bytes: code, and code with the pictures that it has made
TRAINER = "transformers"  # the package
TRAINERS = re.compile(rf"{TRAINER}\.\w*TrainingArguments")
SKIPPED = {".git", ".ipynb_checkpoints", ".venv", "venv", "node_modules", "__pycache__", "site-packages"}


@dataclass(frozen=True, kw_only=True)
class Found:
    """A call of a file and its translation, as data; or why there is none."""

    path: Path
    line: int
    kind: Kind
    source: str
    translation: dict[str, Any] | None = None
    problem: str = ""


def files_of(path: Path) -> list[Path]:
    """The file, or the Python files and the notebooks of the folder.

    Raises:
        BadInput: there is nothing there, or nothing that can be read as a file of Python.
    """
    try:
        if path.is_dir():
            inner = sorted([*path.rglob("*.py"), *path.rglob("*.ipynb")])
            return [file for file in inner if not SKIPPED & {*file.relative_to(path).parts} and _may_be_read(file)]
        if not path.exists():
            raise BadInput(f"{path}: there is no such file; give the path of a Python file or of a folder")
        if not path.is_file():
            raise BadInput(f"{path}: is no file with an end; write what comes from it to a file")
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror}); give the path of a Python file") from None
    return [path]


def _may_be_read(file: Path) -> bool:
    """Whether it is not a folder or a pipe; opening it says what is not there after all."""
    try:
        return file.is_file() or not file.exists()
    except OSError:
        return True


def calls_in(path: Path, to: str) -> list[Found]:
    """The calls in a file that are not of `to`, from top to bottom.

    Raises:
        BadInput: it cannot be read, or is not Python.
    """
    try:
        text = _text(path)
        tree = lenient_tree(text_of_notebook(text) if is_notebook(path) else text)
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror}); give the path of a Python file") from None
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise BadInput(f"{path}: is not Python ({' '.join(str(error).split())})") from None
    links = links_of(resolver_of(tree))
    found, used = [], set[CallSite]()
    sites = [one for one in links.call_sites if one.framework not in (to, OPTAX.id)]
    for one in trainings_of(links):
        if one in sites:
            found.append((one, _training(path, one, links, to, used)))
    for one in sites:
        if one.kind != "optimizer" and one not in used and not links.is_no_gradient(one):
            found.append((one, _found(path, one, lambda one: translated_part(one, links, to))))
    calls = [each for _, each in sorted(found, key=lambda pair: pair[0].site.order)]
    calls = sorted(
        [*calls, *(_made_by_trainers(path, links) if OWNERS[TRAINER] != to else ())], key=lambda one: one.line
    )
    composed = _composed(path, tree, to) if to != OPTAX.id and speaks_of(tree.body, OPTAX.module) else []
    return sorted([*calls, *composed], key=lambda one: one.line) if composed else calls


def _text(path: Path) -> str:
    """The text of a file in the encoding that it names.

    Raises:
        OSError: it cannot be read, or is too large. SyntaxError, ValueError: it is something else than text.
    """
    raw = content(path, LARGEST_NOTEBOOK if is_notebook(path) else LARGEST)
    encoding, _ = tokenize.detect_encoding(BytesIO(raw).readline)
    return TextIOWrapper(BytesIO(raw), encoding).read()


def _made_by_trainers(path: Path, links: Links) -> list[Found]:
    """The arguments of a Trainer of transformers, which makes the optimizer itself."""
    return [
        Found(path=path, line=node.lineno, kind="optimizer", source=" ".join(text_of(node).split()), problem=TRAINED)
        for node in links.resolver.scopes.nodes
        if isinstance(node, ast.Call) and any(TRAINERS.fullmatch(name) for name in links.resolver.full_names(node.func))
    ]


def _composed(path: Path, tree: ast.Module, to: str) -> list[Found]:
    """The optimizers of optax, which are composed, with their translations."""
    from comparisons.porting.reading.compositions import compositions  # most files are of something else

    found = []
    for one in compositions(tree.body):
        bare = Found(path=path, line=one.line, kind="optimizer", source=one.text)
        try:
            if one.source is None:
                raise one.problem or BadInput(one.text)
            found.append(replace(bare, translation=translated_source(one.source, to)))
        except BadInput as error:
            found.append(replace(bare, problem=str(error)))
    return found


def _training(path: Path, one: CallSite, links: Links, to: str, used: set[CallSite]) -> Found:
    """The training of an optimizer with its translation; what is a part of it is used."""

    def translation(one: CallSite) -> dict[str, Any]:
        training = any_training_at(one, links)
        used.update((*training.parts, *training.inner))
        return translated(training, to)

    return _found(path, one, translation)


def _found(path: Path, one: CallSite, translation: Callable[[CallSite], dict[str, Any]]) -> Found:
    """The call with its translation."""
    bare = Found(path=path, line=one.node.lineno, kind=one.kind, source=f"{one.module}.{one.name}(...)")
    if reason := unfit(one.node):
        return replace(bare, problem=f"{reason}; write its values in variables of their own")
    bare = replace(bare, source=" ".join(ast.unparse(one.node).split()))
    if one.problem:
        return replace(bare, problem=one.problem)
    try:
        return replace(bare, translation=translation(one))
    except BadInput as error:
        return replace(bare, problem=str(error))
