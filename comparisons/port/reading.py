"""A call as people write it, read without being run: literal arguments only."""

import ast
from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from comparisons import dialects
from comparisons.calls import MODULES, Code, NativeCall, Value
from comparisons.dialects.clipping import keras_clipping
from comparisons.names import BadInput
from comparisons.port.configs import entries_in, of_entries
from comparisons.port.names import PARTS, positional, resolve, takes_parameters
from comparisons.port.source import Source, source_of
from comparisons.port.text import literal, parsed, shown

OVER = ("params", "parameters", "tensors", "optimizer")  # the first argument by its name


def read(text: str, schedule: str = "") -> NativeCall:
    """The call that the text says: see `read_source`."""
    return read_source(text, schedule).call


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
    else:
        source = _of_lines(body)
    if schedule:
        source = replace(source, call=with_part(source.call, _scheduler(schedule)))
    dialects.of(source.call.framework).rule_of(source.call)  # raises BadInput for what its class refuses
    return source


def _scheduler(text: str) -> NativeCall:
    """The scheduler that the text calls."""
    part = _of_lines(parsed(text), alone=True).call
    if PARTS[part.module][0] != "schedule":
        raise BadInput(f"{part.module}.{part.name} is a clipping; a schedule is meant here")
    return part


def _of_lines(body: Sequence[ast.stmt], *, alone: bool = False) -> Source:
    """The calls of all lines put together; `alone` is one call that is a scheduler."""
    calls = [(node, each) for line in body for node, each in [_call_in(line)]]
    read_calls = [(called(node), each) for node, each in calls]
    optimizers = [one for one, _ in read_calls if not one.call.module]
    parts = [replace(one.call, per_tensor=each) for one, each in read_calls if one.call.module]
    if alone and len(parts) == 1 and not optimizers:
        return Source(call=parts[0], aside={})
    if alone or len(optimizers) != 1:
        wanted = "a scheduler" if alone else "one optimizer"
        raise BadInput(f"{shown(ast.unparse(body[0]))}: there must be {wanted}, and there {_count(len(optimizers))}")
    [source] = optimizers
    for part in parts:
        source = replace(source, call=with_part(source.call, part))
    return source


def _count(optimizers: int) -> str:
    return {0: "is no optimizer", 1: "is an optimizer"}.get(optimizers, f"are {optimizers}")


def _call_in(line: ast.stmt) -> tuple[ast.Call, bool]:
    """The call that a line makes, and whether it is made for each parameter apart."""
    match line:
        case ast.Expr(value=ast.Call() as call) | ast.Assign(targets=[ast.Name()], value=ast.Call() as call):
            return call, False
        case ast.For(target=ast.Name(), body=[ast.Expr(value=ast.Call() as call)], orelse=[]):
            return call, True
        case _:
            raise BadInput(f"{shown(ast.unparse(line))} is not a call; write for example torch.optim.Adam(lr=1e-3)")


def with_part(call: NativeCall, part: NativeCall) -> NativeCall:
    """The optimizer with a schedule or a clipping: beside it in torch, an argument in Keras.

    Raises:
        BadInput: the two do not go together.
    """
    kind, place = PARTS[part.module][0], f"{part.module}.{part.name}"
    if part.framework != call.framework:
        raise BadInput(
            f"{place} is no {kind} for an optimizer of {MODULES[call.framework]}; take one of that framework"
        )
    match kind, call.framework:
        case "schedule", "tf":
            return replace(call, arguments={**call.arguments, "learning_rate": part})
        case "clipping", "tf":
            return replace(call, arguments={**call.arguments, **keras_clipping(part)})
        case "schedule", _ if call.schedule is None:
            return replace(call, schedule=part)
        case "clipping", _ if call.clipping is None:
            return replace(call, clipping=part)
        case _:
            raise BadInput(f"{place}: there is another {kind} already; an optimizer takes one")


def called(node: ast.Call) -> Source:
    """The optimizer, schedule or clipping that is called, its arguments by their names."""
    names = [keyword.arg for keyword in node.keywords]
    written = dotted(node.func)
    if not written:
        raise BadInput(f"{shown(ast.unparse(node.func))} is not the name of a class; write it out: torch.optim.Adam")
    module, name = resolve(written, [given for given in names if given])
    place, values = f"{module}.{name}", list(node.args)
    if None in names or any(isinstance(value, ast.Starred) for value in values):
        raise BadInput(f"{place}: * and ** cannot be read; write the arguments out")
    parameters = None
    if takes_parameters(module) and values:
        parameters = values.pop(0)
        if isinstance(parameters, ast.Constant):
            raise BadInput(f"{place}: the first argument is the parameters, not {shown(ast.unparse(parameters))}")
    known = positional(module, name)
    if len(values) > len(known):
        raise BadInput(f"{place}: {len(values)} arguments without a name, and it takes {len(known)}; name them")
    given = dict(zip(known, values, strict=False))
    for keyword in node.keywords:
        if keyword.arg in given:
            raise BadInput(f"{place}: {keyword.arg} is given twice")
        if keyword.arg and not (takes_parameters(module) and keyword.arg in OVER):
            given[keyword.arg] = keyword.value
    arguments = {key: _value(place, key, value) for key, value in given.items()}
    return source_of(module, name, arguments, groups=_grouped(parameters))


def dotted(node: ast.expr) -> str:
    """The name that is written, "torch.optim.Adam"; empty if it is not a name."""
    names = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(names)]) if isinstance(node, ast.Name) else ""


def _grouped(parameters: ast.expr | None) -> bool:
    return isinstance(parameters, ast.List) and any(isinstance(entry, ast.Dict) for entry in parameters.elts)


def _value(place: str, name: str, node: ast.expr) -> Value:
    """A literal, a schedule, or the lambda of a LambdaLR, which is only ever compared with the ones known."""
    match node:
        case ast.Call() if name == "learning_rate":
            return called(node).call
        case ast.Lambda() if name == "lr_lambda":
            return Code(ast.unparse(node))
        case _:
            return cast(Value, literal(f"{place}: {name}", node))
