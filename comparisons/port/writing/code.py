"""Python as text: calls, values and comments, in lines that are not too long."""

from collections.abc import Iterable, Mapping

from comparisons.frameworks.call import Code, NativeCall

WIDTH = 100  # of a line; a longer call has a line for each argument
PARAMETERS = "model.parameters()"
BEFORE_STEP = "after backward(), before optimizer.step()"


def called(name: str, first: Iterable[str], arguments: Mapping[str, object]) -> str:
    """The call in one line, or, where that is long, with a line for each argument."""
    parts = [*first, *(f"{key}={written(value)}" for key, value in arguments.items())]
    line = f"{name}({', '.join(parts)})"
    if len(line) <= WIDTH:
        return line
    return "\n".join([f"{name}(", *(f"    {part},".replace("\n", "\n    ") for part in parts), ")"])


def written(value: object) -> str:
    """A value of a call: a literal, a lambda, a call itself, or a record of comparisons.rules."""
    match value:
        case NativeCall(name=name, module=module, arguments=arguments):
            return called(f"{module}.{name}", [], {key: part for key, part in arguments.items() if part is not False})
        case Code(text):
            return text
        case bool() | int() | str() | None:
            return repr(value)
        case float():
            return repr(float(value))
        case tuple():
            return f"({', '.join(written(part) for part in value)})"
        case _:  # a schedule or a clip of comparisons.rules
            return called(type(value).__name__, [], vars(value))


def noted(code: str, note: str) -> str:
    """The code with a comment: at its end, or, where that makes a long line, above it."""
    line = f"{code}  # {note}"
    return line if max(map(len, line.splitlines())) <= WIDTH else f"# {note}\n{code}"
