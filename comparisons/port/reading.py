"""A call as people write it, read without being run: literal arguments only."""

import ast
import struct
import unicodedata
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from reprlib import Repr
from typing import Any, cast

from comparisons import dialects
from comparisons.calls import MODULES, Code, NativeCall, Value
from comparisons.dialects.clipping import TF_MODULE, keras_clipping
from comparisons.dialects.grammar import Argument
from comparisons.dialects.schedules import KERAS_MODULE
from comparisons.names import BadInput, Framework
from comparisons.port.names import OPTIMIZERS, PARTS, positional, resolve, takes_parameters

LONGEST, LONGEST_WORD = 2000, 100  # characters
DEEPEST = 50  # levels of the syntax tree; a config with a schedule in it has ten
WORDS = {"null": None, "true": True, "false": False}  # of JSON
LEFT_OUT = {
    "params",
    "param_names",
    "initial_lr",
    "name",
}  # entries of a group or a config that are no arguments of ours


@dataclass(frozen=True, kw_only=True)
class Source:
    """What was written.

    Args:
        call: the optimizer, with the clipping and the schedule that go with it.
        aside: arguments that say something no rule has a word for (use_ema=True); the call is without them.
        groups: whether the parameters are groups, some with arguments of their own.
    """

    call: NativeCall
    aside: Mapping[str, Value]
    groups: bool = False


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
    body = _parsed(text)
    if len(body) == 1 and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Dict | ast.List):
        source = _of_entries(_entries(body[0].value))
    else:
        source = _of_lines(body)
    if schedule:
        source = replace(source, call=with_part(source.call, _scheduler(schedule)))
    dialects.of(source.call.framework).rule_of(source.call)  # raises BadInput for what its class refuses
    return source


def _parsed(text: str) -> list[ast.stmt]:
    """The statements of the text."""
    if len(text) > LONGEST:
        raise BadInput(f"the text has {len(text)} characters; a call has at most {LONGEST}")
    if foreign := [character for character in text if not character.isascii()]:
        name = unicodedata.name(foreign[0], "unnamed")
        raise BadInput(f"the text has {foreign[0]!r} in it ({name}); write it in ASCII")
    try:
        body = tree_of(text.strip()).body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = error.msg if isinstance(error, SyntaxError) else "it is nested too deeply"
        raise BadInput(f"{shown(text)} is not a call: {reason}; write for example torch.optim.Adam(lr=1e-3)") from None
    if not body:
        raise BadInput("there is no text; write for example torch.optim.Adam(lr=1e-3)")
    if any(too_deep(line) for line in body):
        raise BadInput(
            f"{shown(text)} is not a call: it is nested too deeply; write for example torch.optim.Adam(lr=1e-3)"
        )
    if long := [word for line in body for word in _words(line) if len(word) > LONGEST_WORD]:
        raise BadInput(f"{shown(long[0])} is a word of {len(long[0])} characters; a name has at most {LONGEST_WORD}")
    return body


def tree_of(text: str) -> ast.Module:
    """The syntax tree. What Python only warns about is not told: it is not our business, nor an optimizer's."""
    with warnings.catch_warnings(action="ignore"):
        return ast.parse(text)


def too_deep(node: ast.AST) -> bool:
    """Whether it is nested so deeply that what works through it level by level could run out of stack."""
    level = [node]
    for _ in range(DEEPEST):
        level = [child for one in level for child in ast.iter_child_nodes(one)]
    return bool(level)


def _words(node: ast.AST) -> Iterator[str]:
    """The names and the strings in it."""
    for one in ast.walk(node):
        match one:
            case (
                ast.Name(id=word)
                | ast.Attribute(attr=word)
                | ast.keyword(arg=str(word))
                | ast.Constant(value=str(word))
            ):
                yield word
            case _:
                pass


def _scheduler(text: str) -> NativeCall:
    """The scheduler that the text calls."""
    part = _of_lines(_parsed(text), alone=True).call
    if PARTS[part.module][0] != "schedule":
        raise BadInput(f"{part.module}.{part.name} is a clipping; a schedule is meant here")
    return part


# --- calls


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
        if keyword.arg and not (takes_parameters(module) and keyword.arg in ("params", "parameters", "optimizer")):
            given[keyword.arg] = keyword.value
    return _source(module, name, {key: _value(place, key, value) for key, value in given.items()}, _grouped(parameters))


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
            return cast(Value, _literal(f"{place}: {name}", node))


def _literal(place: str, node: ast.expr) -> Any:
    """A number, a word, True, False, None, or a pair or list of them."""
    match node:
        case ast.Constant(value=bool() | int() | float() | str() | None as value):
            return value
        case ast.Name(id=word) if word in WORDS:
            return WORDS[word]
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return -value
        case ast.UnaryOp(op=ast.UAdd(), operand=ast.Constant(value=int() | float() as value)):
            return value
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            return tuple(_literal(place, part) for part in parts)
        case _:
            raise BadInput(
                f"{place} is {shown(ast.unparse(node))}; write its value: a number, True, False, None or a word"
            )


# --- configs and parameter groups


def _entries(node: ast.expr) -> dict[str, Any]:
    """The entries of a dict, or of the only one in a list."""
    if isinstance(node, ast.List) and len(node.elts) == 1:
        return _entries(node.elts[0])
    if not isinstance(node, ast.Dict):
        raise BadInput(f"{shown(ast.unparse(node))}: give one dict at a time, a config or a parameter group")
    entries: dict[str, Any] = {}
    for key, value in zip(node.keys, node.values, strict=True):
        match key, value:
            case ast.Constant(value=str(name)), _ if name in ("params", "param_names"):
                entries[name] = None  # unread
            case ast.Constant(value=str(name)), ast.Dict():
                entries[name] = _entries(value)
            case ast.Constant(value=str(name)), _:
                entries[name] = _literal(name, value)
            case _:
                raise BadInput(f"{shown(ast.unparse(node))}: its keys must be words in quotes")
    return entries


def _of_entries(entries: Mapping[str, Any]) -> Source:
    """The optimizer that a Keras config says, or one of torch's parameter groups."""
    if "class_name" in entries and isinstance(entries.get("config"), dict):
        name, config = _class_named(str(entries["class_name"]), "tf"), entries["config"]
        return _configured(name, config)
    if isinstance(entries.get("name"), str):
        return _configured(_class_named(entries["name"], "tf"), entries)
    given = {key: value for key, value in entries.items() if key not in LEFT_OUT}
    return _source("torch.optim", _class_of_group(given), given)


def _configured(name: str, config: Mapping[str, Any]) -> Source:
    given = {key: value for key, value in config.items() if key not in LEFT_OUT}
    match given.get("learning_rate"):
        case {"class_name": str(kind), "config": dict(arguments)}:
            _, kind = resolve(f"{KERAS_MODULE}.{kind}")
            values = {key: value for key, value in arguments.items() if value is not None and key != "name"}
            given["learning_rate"] = NativeCall(framework="tf", name=kind, module=KERAS_MODULE, arguments=values)
        case float(rate):
            given["learning_rate"] = _shortest(rate)
    return _source("keras.optimizers", name, given)


def _shortest(rate: float) -> float:
    """The number that was written, of one that went through float32, as Keras's learning rates do: 0.001."""
    try:
        if struct.unpack("f", struct.pack("f", rate))[0] != rate:
            return rate
    except OverflowError:
        return rate
    candidates = (float(f"{rate:.{digits}g}") for digits in range(1, 10))
    return next(one for one in candidates if struct.pack("f", one) == struct.pack("f", rate))


def _class_named(name: str, framework: str) -> str:
    """The class of Keras with that name, or of the config with that name: "rm_sprop_1" is RMSprop's."""
    plain = name.lower().rstrip("0123456789").replace("_", "")
    for known in dialects.of("tf").classes:
        if known.lower() == plain or known == name:
            return known
    return resolve(f"keras.optimizers.{name}")[1]


def _class_of_group(group: Mapping[str, Any]) -> str:
    """The class of torch whose groups have these entries."""
    arguments = {name: {*native.arguments} for name, native in dialects.of("torch").classes.items()}
    fitting = [name for name, known in arguments.items() if set(group) <= known]
    exact = [name for name in fitting if set(group) == arguments[name]]
    match exact or fitting:
        case [name]:
            return name
        case []:
            raise BadInput(
                f"no class of torch.optim has a parameter group with {shown(', '.join(group))}; write the call"
            )
        case several:
            raise BadInput(f"the parameter group may be of {' or '.join(several)}; write the call")


# --- both


def _source(module: str, name: str, arguments: Mapping[str, Any], groups: bool = False) -> Source:
    """The call, without the arguments that no rule has a word for."""
    if module not in OPTIMIZERS:
        part: Framework = "tf" if module in (KERAS_MODULE, TF_MODULE) else "torch"
        return Source(call=NativeCall(framework=part, name=name, module=module, arguments={**arguments}), aside={})
    framework = OPTIMIZERS[module]
    known = dialects.of(framework).classes[name].arguments
    aside = {
        key: value
        for key, value in arguments.items()
        if known.get(key, Argument()).only and value != known[key].default
    }
    kept = {key: value for key, value in arguments.items() if key not in aside}
    return Source(call=NativeCall(framework=framework, name=name, arguments=kept), aside=aside, groups=groups)


_repr = Repr()
_repr.maxstring = _repr.maxother = 60


def shown(text: str) -> str:
    """The text in one line, not longer than a line."""
    return _repr.repr(" ".join(text.split()))
