"""A call of an optimizer's class, spelled as its framework spells it."""

from dataclasses import dataclass, field
from typing import Any

from comparisons.rules import Schedule
from comparisons.rules.symbols import Symbol

# By this argument an optimizer of Keras accumulates gradients itself, and counts micro-batches from then on.
ACCUMULATION = "gradient_accumulation_steps"


@dataclass(frozen=True)
class Code:
    """A piece of Python that stands in a call as it is: a lambda.

    `schedule` is what it was written from: where symbols are in the text, it cannot be read back. `symbols` are the
    names in it that stand for a number each, of which no more is known.
    """

    text: str
    schedule: float | Schedule | None = field(default=None, compare=False)
    symbols: tuple[str, ...] = ()


WRITTEN = "written"  # the module of what no class is: `text`, its code, which stands for its schedule


@dataclass(frozen=True, kw_only=True)
class NativeCall:
    """`name` is the class, `module` where it is, `arguments` its keyword arguments in the order of the signature.

    What the framework does not make an argument goes with the call: `clipping` before the step (torch's clip_grad_*)
    and `schedule` after it (torch's lr_scheduler). In Keras both are arguments; a schedule is then a call itself.
    A clipping is one call for all parameters, or with `per_tensor` one for each. `hooks` run before every step: they
    make torch's optimizers follow a rule that they have no argument for. `clock` is of a schedule: how many updates lie
    between two of its steps, a number or a symbol; None for one.
    """

    framework: str
    name: str
    module: str
    arguments: dict[str, "Value"]
    clipping: "NativeCall | None" = None
    schedule: "NativeCall | None" = None
    per_tensor: bool = False
    hooks: tuple["NativeCall", ...] = ()
    clock: "int | float | None" = None

    def code(self) -> str:
        """The call as Python, a line each for optimizer, clipping, schedule, hooks: equal calls give equal text.

        >>> NativeCall(framework="torch", name="SGD", module="torch.optim", arguments={"lr": 0.1}).code()
        'torch.optim.SGD(lr=0.1)'
        """
        parts = [self.clipping, self.schedule, *self.hooks]
        return "\n".join([self._line(), *(part._line() for part in parts if part is not None)])

    def _line(self) -> str:
        arguments = ", ".join(f"{name}={_written(value)}" for name, value in self.arguments.items())
        note = "  # for each parameter apart" if self.per_tensor else ""
        return f"{self.module}.{self.name}({arguments}){note}"


Value = bool | int | float | str | tuple[Any, ...] | Code | NativeCall | None


def _written(value: Value) -> str:
    match value:
        case NativeCall():
            return value.code()
        case Code(text):
            return text
        case tuple() if any(isinstance(part, NativeCall | Code) for part in value):
            return f"[{', '.join(map(_written, value))}]"
        case float() if not isinstance(value, Symbol):  # NumPy's too, which repr would write as np.float64(...)
            return repr(float(value))
        case _:
            return repr(value)
