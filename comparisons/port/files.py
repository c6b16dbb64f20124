"""Every optimizer, scheduler and clipping call of a file or folder, with its translation. Nothing is changed."""

import ast
import tokenize
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from comparisons import dialects
from comparisons.calls import NativeCall, Value
from comparisons.names import BadInput, Framework
from comparisons.port.answer import answer, as_data
from comparisons.port.names import ALIASES, OPTIMIZERS, Kind, kind_of
from comparisons.port.reading import called, with_part
from comparisons.port.scope import Scope, scope_of
from comparisons.port.source import Source
from comparisons.port.standins import StandIns, filled
from comparisons.port.text import too_deep, tree_of
from comparisons.port.writing import clip_code, schedule_code

SKIPPED = {".git", ".venv", "venv", "node_modules", "__pycache__", "site-packages"}


@dataclass(frozen=True, kw_only=True)
class Written:
    """A call that stands in a file: where, what it is, and the name that its value is given there.

    `each` is a clipping that a loop makes for each parameter apart.
    """

    node: ast.Call
    kind: Kind
    module: str
    name: str
    target: str = ""
    each: bool = False


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
    """The file, or the Python files of the folder.

    Raises:
        BadInput: there is nothing there.
    """
    if path.is_dir():
        inner = sorted(path.rglob("*.py"))
        return [file for file in inner if not SKIPPED & set(file.relative_to(path).parts)]
    if not path.exists():
        raise BadInput(f"{path}: there is no such file; give the path of a Python file or of a folder")
    return [path]


def calls_in(path: Path, to: Framework) -> list[Found]:
    """The calls in a file that are not of `to`, from top to bottom.

    Raises:
        BadInput: it cannot be read, or is not Python.
    """
    try:
        with tokenize.open(path) as file:
            tree = tree_of(file.read())
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror}); give the path of a Python file") from None
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise BadInput(f"{path}: is not Python ({' '.join(str(error).split())})") from None
    scope = scope_of(tree)
    written = sorted(_written(tree, scope), key=lambda one: (one.node.lineno, one.node.col_offset))
    return [_found(path, one, written, scope, to) for one in written if _framework(one.module) != to]


def _framework(module: str) -> Framework:
    return OPTIMIZERS.get(module) or ("torch" if module.startswith("torch") else "tf")


def _written(tree: ast.Module, scope: Scope) -> Iterator[Written]:
    """The calls of optimizers, schedules and clippings: of everything in their modules that is written as a class."""
    targets = {
        id(node.value): node.targets[0].id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    apart = {id(node) for node in _made_for_each(tree)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        prefix, _, name = scope.full_name(node.func).rpartition(".")
        module = ALIASES.get(prefix, "")
        kind, known = kind_of(module)
        if name in known or (module and kind != "clipping" and name[:1].isupper()):
            target, each = targets.get(id(node), ""), kind == "clipping" and id(node) in apart
            yield Written(node=node, kind=kind, module=module, name=name, target=target, each=each)


def _made_for_each(tree: ast.Module) -> Iterator[ast.Call]:
    """The calls in loops whose first argument is what the loop goes over."""
    for node in ast.walk(tree):
        match node:
            case ast.For(target=ast.Name(id=name), body=body):
                for line in body:
                    match line:
                        case ast.Expr(value=ast.Call(args=[ast.Name(id=first), *_]) as call) if first == name:
                            yield call
            case _:
                pass


def _found(path: Path, one: Written, others: list[Written], scope: Scope, to: Framework) -> Found:
    """The call with its translation."""
    bare = Found(path=path, line=one.node.lineno, kind=one.kind, source=f"{one.module}.{one.name}(...)")
    if too_deep(one.node):
        return replace(bare, problem="it is nested too deeply; write its values in variables of their own")
    bare = replace(bare, source=" ".join(ast.unparse(one.node).split()))
    stand_ins = StandIns()
    try:
        match one.kind:
            case "optimizer":
                data = as_data(answer(_with_parts(one, others, scope, stand_ins), to))
                data["also"] = [*_left_out(one, others), *data["also"]]
            case _:
                data = {"native": {"code": _part(one, others, scope, stand_ins, to)}}
        code = data["native"]["code"] or data["exact"]["code"]
        if lost := stand_ins.lost(code):
            raise BadInput(f"{lost[0]} does not go over unchanged; write its value, and port the call by itself")
    except BadInput as error:
        return replace(bare, problem=stand_ins.restored(str(error)))
    return replace(bare, translation=stand_ins.restored(data))


def _read(one: Written, scope: Scope, stand_ins: StandIns) -> Source:
    source = called(filled(one.node, one.module, one.name, scope, stand_ins))
    return replace(source, call=replace(source.call, per_tensor=one.each)) if one.each else source


def _with_parts(one: Written, others: list[Written], scope: Scope, stand_ins: StandIns) -> Source:
    """The optimizer with the scheduler that steps it, and with the file's clipping if there is one of each."""
    source = _read(one, scope, stand_ins)
    call = source.call
    schedulers = [other for other in others if other.kind == "schedule" and _optimizer_of(other, others) is one]
    clippings = [other for other in others if other.kind == "clipping"]
    alone = sum(other.kind == "optimizer" for other in others) == 1
    for parts in (schedulers, clippings if alone else []):
        with suppress(BadInput):  # a part that cannot be read is told at its own line
            if len(parts) == 1:
                together = with_part(call, _read(parts[0], scope, stand_ins).call)
                dialects.of(call.framework).rule_of(together)
                call = together
    return replace(source, call=call)


def _left_out(one: Written, others: list[Written]) -> list[str]:
    """A sentence about schedulers that are more than one: none of them is in the translation."""
    schedulers = [other for other in others if other.kind == "schedule" and _optimizer_of(other, others) is one]
    lines = ", ".join(str(other.node.lineno) for other in schedulers)
    return [f"schedule: the schedulers in lines {lines} step it; a rule has one"] if len(schedulers) > 1 else []


def _optimizer_of(schedule: Written, others: list[Written]) -> Written | None:
    """The optimizer that a scheduler of torch is given: the last above it that has this name."""
    first = schedule.node.args[0] if schedule.node.args else None
    first = next((one.value for one in schedule.node.keywords if one.arg == "optimizer"), first)
    above = [
        other
        for other in others
        if other.kind == "optimizer" and isinstance(first, ast.Name) and other.target == first.id
        and other.node.lineno <= schedule.node.lineno
    ]  # fmt: skip
    return above[-1] if above else None


def _part(one: Written, others: list[Written], scope: Scope, stand_ins: StandIns, to: Framework) -> str:
    """A schedule or a clipping in the other framework, by way of an optimizer that carries it."""
    call = _read(one, scope, stand_ins).call
    arguments = {}
    if (call.framework, one.kind) == ("torch", "schedule"):
        arguments["lr"] = _rate_for(one, others, scope, stand_ins)
    carrier = NativeCall(framework=call.framework, name="SGD", arguments=arguments)
    rule = dialects.of(call.framework).rule_of(with_part(carrier, call))
    return clip_code(to, rule.clip) if rule.clip is not None else schedule_code(to, rule.learning_rate)


def _rate_for(schedule: Written, others: list[Written], scope: Scope, stand_ins: StandIns) -> Value:
    """The learning rate of the optimizer that a scheduler of torch is given; a stand-in if that is not known."""
    optimizer = _optimizer_of(schedule, others)
    if optimizer is None:
        return stand_ins.number_for("lr", None)
    known = dict(stand_ins.texts)
    call = _read(optimizer, scope, stand_ins).call
    rate = dialects.of("torch").complete(call).arguments["lr"]
    stand_ins.texts = known | {number: text for number, text in stand_ins.texts.items() if number == repr(rate)}
    return rate
