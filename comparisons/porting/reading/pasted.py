"""Text as people paste it: a call, or several lines, or an optimizer as data."""

import ast
from collections.abc import Sequence
from dataclasses import replace

from comparisons import frameworks
from comparisons.frameworks.call import NativeCall
from comparisons.frameworks.optax import OPTAX
from comparisons.frameworks.trainings import bare
from comparisons.names import BadInput
from comparisons.porting.reading.calls import dotted, parse_call, with_part
from comparisons.porting.reading.configs import entries_in, of_entries
from comparisons.porting.reading.names import PARTS, kind_of
from comparisons.porting.reading.source import Source, plain
from comparisons.porting.reading.text import NoLiteral, parsed, shown, speaks_of

MOST = 64  # of an exponent that is worked out
SEVERAL = 12  # optimizers of a text that each have an answer


def read(text: str, schedule: str = "") -> NativeCall:
    """The call that the text says: see `read_source`."""
    return bare(read_source(text, schedule).call)


def read_source(text: str, schedule: str = "") -> Source:
    """The optimizer that the text says, and what goes with it.

    Args:
        text: a call of a class; or several lines, one of them the optimizer, the others its clipping or its
            scheduler; or a Keras config, or one of torch's param_groups, as a dict or as JSON.
        schedule: a call of a scheduler of the optimizer's framework.

    Raises:
        BadInput: it is none of these, or the call is not one that its class takes.
    """
    body = parsed(text)
    if len(body) == 1 and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Dict | ast.List):
        source = of_entries(entries_in(body[0].value))
    elif speaks_of(body, OPTAX.module):
        from comparisons.porting.reading.compositions import read_composed  # most texts are of something else

        source = read_composed(body)
    else:
        source = _of_statements(body)
    if schedule:
        source = source.with_call(with_part(source.call, _scheduler(schedule)))
    frameworks.rule_of(source.training)  # raises BadInput for what a class refuses
    return source


def read_sources(text: str, schedule: str = "") -> list[tuple[int, Source | BadInput]]:
    """The optimizers that the text says, with the lines that they stand in: one, as of `read_source`, or several.

    Raises:
        BadInput: there is none, or there is one, and it cannot be read; or a schedule is given, and there are several.
    """
    try:
        return [(1, read_source(text, schedule))]
    except BadInput:
        from comparisons.porting.reading.recipes import read_each  # most texts are a call

        found = [] if schedule else read_each(_body_of(text))
        if not 1 < len(found) <= SEVERAL or all(isinstance(one, BadInput) for _, one in found):
            raise
        return found


def _body_of(text: str) -> list[ast.stmt]:
    """The statements; none of a text that is no Python."""
    try:
        return parsed(text)
    except BadInput:
        return []


def _of_statements(body: Sequence[ast.stmt]) -> Source:
    """A call by itself or with others that go with it; else all that the statements say, as those of a file."""
    if len(body) == 1 and (word := _word(body[0])):
        raise BadInput(
            f"{word!r} is the name of an optimizer, and says none of its numbers; write the call: "
            f"{' or '.join(_calls_of(word)) or 'torch.optim.Adam(lr=1e-3)'}"
        )
    try:
        source = _of_lines(body)
        frameworks.rule_of(source.training)
        return source
    except BadInput as error:
        number = isinstance(error, NoLiteral) and _may_be_number(error.node)
        if len(body) == 1 and not (number or _has_groups(body[0]) or _is_around(body[0])):
            raise
        from comparisons.porting.reading.recipes import read_recipe  # most texts are a call

        if (found := read_recipe(body)) is None:
            raise
        return found


def _may_be_number(node: ast.expr) -> bool:
    """Whether it is a number that the text need not know: args.lr, config["lr"], arithmetic of such and of numbers."""
    match node:
        case ast.Constant(value=int() | float() as value):
            return not isinstance(value, bool)
        case ast.Name(id=name):
            return name.lower() not in ("nan", "inf", "infinity")
        case ast.Attribute(value=of) | ast.Subscript(value=of, slice=ast.Constant()):
            return isinstance(of, ast.Name | ast.Attribute | ast.Subscript) and _may_be_number(of)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _may_be_number(operand)
        case ast.BinOp(op=ast.Pow(), left=left, right=ast.Constant(value=int() | float() as power)):
            return abs(power) <= MOST and _may_be_number(left)
        case ast.BinOp(op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div(), left=left, right=right):
            return _may_be_number(left) and _may_be_number(right)
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            return all(_may_be_number(part) for part in parts)
        case _:
            return False


def _is_around(line: ast.stmt) -> bool:
    """Whether the line is a class, a function, or a method of what is called first, in which there is an optimizer."""
    match line:
        case ast.ClassDef() | ast.FunctionDef():
            return True
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr="compile"))):
            return True
        case ast.Expr(value=ast.Call(func=function)) | ast.Assign(value=ast.Call(func=function)):
            over = isinstance(function, ast.Attribute) and isinstance(function.value, ast.Call)
            return over or dotted(function).rpartition(".")[2] in ("OptimizerMap", "MultiOptimizer")
        case _:
            return False


def _has_groups(line: ast.stmt) -> bool:
    """Whether there is a list of dicts in it, as of parameter groups."""
    lists = (node for node in ast.walk(line) if isinstance(node, ast.List | ast.Tuple))
    return any(isinstance(part, ast.Dict) for node in lists for part in node.elts)


def _word(line: ast.stmt) -> str:
    """The word that is all of a text: adam, or "adam"."""
    match line:
        case ast.Expr(value=ast.Name(id=word)) | ast.Expr(value=ast.Constant(value=str(word))):
            return word
        case _:
            return ""


def _calls_of(word: str) -> list[str]:
    """The calls of the classes of that name, in whatever letters."""
    return [
        f"{one.module}.{name}({one.first_argument})"
        for one in frameworks.FRAMEWORKS.values()
        if one.has_optimizers
        for name in one.classes
        if name.lower() == word.lower()
    ]


def _scheduler(text: str) -> NativeCall:
    """The scheduler that the text calls."""
    part = _of_lines(parsed(text), alone=True).call
    if PARTS[part.module][0] != "schedule":
        raise BadInput(f"{part.module}.{part.name} is a clipping; a schedule is meant here")
    return part


def _of_lines(body: Sequence[ast.stmt], *, alone: bool = False) -> Source:
    """The calls of all lines put together; `alone` is one call that is a scheduler."""
    imported = Imported()
    lines = [imported.visit(line) for line in body if not imported.learns(line)]
    calls = [(node, each) for line in lines for node, each in [_call_in(line)]]
    read_calls = [(parse_call(node), each) for node, each in calls]
    optimizers = [one for one, _ in read_calls if _is_optimizer(one.call)]
    parts = [replace(one.call, per_tensor=each) for one, each in read_calls if not _is_optimizer(one.call)]
    if alone and len(parts) == 1 and not optimizers:
        return plain(parts[0])
    if alone or len(optimizers) != 1:
        wanted = "a scheduler" if alone else "one optimizer"
        raise BadInput(f"{shown(ast.unparse(body[0]))}: there must be {wanted}, and there {_count(len(optimizers))}")
    [source] = optimizers
    for part in parts:
        source = source.with_call(with_part(source.call, part))
    return source


def _is_optimizer(call: NativeCall) -> bool:
    return kind_of(call.module, call.name)[0] == "optimizer"


def _count(optimizers: int) -> str:
    return {0: "is no optimizer", 1: "is an optimizer"}.get(optimizers, f"are {optimizers}")


class Imported(ast.NodeTransformer):
    """Names of classes and functions with their imports written out: Adam to torch.optim.Adam."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}

    def learns(self, line: ast.stmt) -> bool:
        """Whether the line is an import; what it binds is known from then on."""
        match line:
            case ast.Import(names=names):
                self.names |= {alias.asname: alias.name for alias in names if alias.asname}
            case ast.ImportFrom(module=str(module), names=names, level=0):
                self.names |= {alias.asname or alias.name: f"{module}.{alias.name}" for alias in names}
            case _:
                return False
        return True

    def visit_Call(self, node: ast.Call) -> ast.Call:
        """The call, and those in its arguments, by full names."""
        self.generic_visit(node)
        first, *rest = dotted(node.func).split(".")
        if first in self.names:
            node.func = ast.parse(".".join([self.names[first], *rest]), mode="eval").body
        return node


def _call_in(line: ast.stmt) -> tuple[ast.Call, bool]:
    """The call that a line makes, and whether it is made for each parameter apart."""
    match line:
        case ast.Expr(value=ast.Call() as call) | ast.Assign(value=ast.Call() as call):
            return call, False
        case ast.AnnAssign(value=ast.Call() as call):
            return call, False
        case ast.For(target=target, body=[ast.Expr(value=ast.Call() as call)], orelse=[]):
            return call, _goes_over(target, call)
        case ast.For(target=target, body=[ast.If(test=test, body=[ast.Expr(value=ast.Call() as call)], orelse=[])]) if (
            ast.unparse(test).endswith(".grad is not None")
        ):
            return call, _goes_over(target, call)
        case _:
            raise BadInput(f"{shown(ast.unparse(line))} is not a call; write for example torch.optim.Adam(lr=1e-3)")


def _goes_over(target: ast.expr, call: ast.Call) -> bool:
    """Whether what the loop gives its name to is what the call is made for: p, or [p]."""
    names = {node.id for node in ast.walk(target) if isinstance(node, ast.Name)}
    match call.args:
        case [ast.Name(id=name) | ast.List(elts=[ast.Name(id=name)]) | ast.Tuple(elts=[ast.Name(id=name)]), *_]:
            return name in names
        case _:
            return False
