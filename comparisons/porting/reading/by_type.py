"""get_scheduler of transformers, which calls one of its functions by a word."""

import ast

from comparisons.frameworks.torch.transformers import TYPES, WITHOUT_STEPS

ARGUMENTS = ("name", "optimizer", "num_warmup_steps", "num_training_steps", "scheduler_specific_kwargs")


def function_called(node: ast.Call) -> ast.Call:
    """The function that get_scheduler calls, where it is given arguments of that one's own; else the call as it is."""
    given = {**dict(zip(ARGUMENTS, node.args, strict=False)), **{str(one.arg): one.value for one in node.keywords}}
    own = _entries(given.pop("scheduler_specific_kwargs", None))
    match given.pop("name", None):
        case ast.Constant(value=str(kind)) if own is not None and kind in TYPES:
            steps = () if kind in WITHOUT_STEPS else ("num_training_steps",)
            passed = () if kind == "constant" else ("optimizer", "num_warmup_steps", *steps)
        case _:
            return node
    function = ast.parse(".".join([*ast.unparse(node.func).split(".")[:-1], TYPES[kind]]), mode="eval").body
    arguments = {name: value for name, value in given.items() if name in passed} | own
    keywords = [ast.keyword(arg=name, value=value) for name, value in arguments.items()]
    return ast.copy_location(ast.Call(func=function, args=[], keywords=keywords), node)


def _entries(node: ast.expr | None) -> dict[str, ast.expr] | None:
    """The entries of a dict that is written out; None for anything else."""
    match node:
        case ast.Dict(keys=keys, values=values):
            words = [key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)]
            return dict(zip(words, values, strict=True)) if len(words) == len(values) else None
        case ast.Call(func=ast.Name(id="dict"), args=[], keywords=keywords) if all(one.arg for one in keywords):
            return {str(one.arg): one.value for one in keywords}
        case _:
            return None
