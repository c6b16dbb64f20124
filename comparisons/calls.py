"""A call of an optimizer's class, spelled as its framework spells it."""

from dataclasses import dataclass

from comparisons.names import Framework

Value = bool | int | float | str | tuple[float, float] | None

MODULES: dict[Framework, str] = {"numpy": "numpy_impl.optimizers", "torch": "torch.optim", "tf": "keras.optimizers"}


@dataclass(frozen=True, kw_only=True)
class NativeCall:
    """`name` is the class, `arguments` its keyword arguments in the order of the signature."""

    framework: Framework
    name: str
    arguments: dict[str, Value]

    def code(self) -> str:
        """The call as a line of Python: equal calls give equal lines.

        >>> NativeCall(framework="torch", name="SGD", arguments={"lr": 0.1}).code()
        'torch.optim.SGD(lr=0.1)'
        """
        arguments = ", ".join(f"{name}={value!r}" for name, value in self.arguments.items())
        return f"{MODULES[self.framework]}.{self.name}({arguments})"
