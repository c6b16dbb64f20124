"""A scheduler as code: it, and each in it, is given the optimizer."""

from comparisons.frameworks.call import Code, NativeCall, Value
from comparisons.frameworks.code import format_call, written

ALONE = ("ChainedScheduler",)  # is not


def scheduler_code(call: NativeCall, optimizer: str = "optimizer") -> str:
    """The call, over the optimizer of that name."""
    arguments = {name: Code(_written(value, optimizer)) for name, value in call.arguments.items()}
    return format_call(f"{call.module}.{call.name}", [] if call.name in ALONE else [optimizer], arguments)


def _written(value: Value, optimizer: str) -> str:
    match value:
        case NativeCall():
            return scheduler_code(value, optimizer)
        case tuple():
            return f"[{', '.join(_written(part, optimizer) for part in value)}]"
        case _:
            return written(value)
