"""The lambdas of torch's LambdaLR that are read: those that are written here, whatever their variable is called."""

import ast
import re
from dataclasses import replace

from comparisons.frameworks.call import Code, NativeCall
from comparisons.names import BadInput
from comparisons.rules import CosineDecay, ExponentialDecay, InverseTimeDecay, Schedule

_NUMBER = r"(\d[\d.]*(?:e[+-]?\d+)?)"  # as Python writes one that is not negative
_INVERSE_TIME = re.compile(rf"1(?:\.0)? / \(1(?:\.0)? \+ {_NUMBER} \* k\)")
_EXPONENTIAL = re.compile(rf"{_NUMBER} \*\* k")
_COSINE = re.compile(
    rf"{_NUMBER} \+ \(1 - \1\) \* \(1 \+ math\.cos\(math\.pi \* min\(k, (\d+)\) / \2\)\) / 2",
)


def inverse_time(rate: float) -> Code:
    """1 / (1 + rate k)."""
    return Code(f"lambda k: 1 / (1 + {rate} * k)", InverseTimeDecay(initial=1.0, rate=rate))


def cosine(floor: float, over: int) -> Code:
    """Half a wave from 1 down to the floor, and on along it."""
    return Code(f"lambda k: {floor} + (1 - {floor}) * (1 + math.cos(math.pi * min(k, {over}) / {over})) / 2")


def schedule_of_lambda(call: NativeCall, initial: float) -> Schedule:
    """The schedule that a LambdaLR stands for, on an optimizer whose lr is `initial`.

    Raises:
        BadInput: its lambda is none of those known.
    """
    value = call.arguments["lr_lambda"]
    text = _in_k(value)
    if found := _INVERSE_TIME.fullmatch(text):
        return InverseTimeDecay(initial=initial, rate=float(found[1]))
    if found := _EXPONENTIAL.fullmatch(text):
        return ExponentialDecay(initial=initial, rate=float(found[1]))
    if found := _COSINE.fullmatch(text):
        return CosineDecay(initial=initial, over=int(found[2]), floor=float(found[1]))
    if isinstance(value, Code) and value.schedule is not None:
        return replace(value.schedule, initial=initial)
    known = "lambda k: 1 / (1 + 0.5 * k) and lambda k: 0.95 ** k"
    raise BadInput(f"{call.code()}: no rule has this schedule; known are {known}")


def _in_k(value: object) -> str:
    """The body of a lambda, its variable called k; empty if it is no lambda of one variable."""
    node = ast.parse(value.text, mode="eval").body if isinstance(value, Code) else None
    match node:
        case ast.Lambda(
            args=ast.arguments(posonlyargs=[], args=[only], vararg=None, kwonlyargs=[], kwarg=None), body=body
        ):
            for name in ast.walk(body):
                if isinstance(name, ast.Name):
                    name.id = {"k": "_", only.arg: "k"}.get(name.id, name.id)
            return ast.unparse(body)
        case _:
            return ""
