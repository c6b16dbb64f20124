"""The stubs of the drop-ins and of NumPy's optimizers, for editors and type checkers: `python -m tests.stubs`."""

import inspect
import json
from pathlib import Path
from typing import get_args

from comparisons.frameworks.drop_ins import Side, signature
from comparisons.rules import Rule
from numpy_impl.textbook import OPTIMIZERS

ROOT = Path(__file__).parents[1]
FILES: dict[Side, Path] = {
    "torch": ROOT / "torch_impl/drop_ins/classes.pyi",
    "tf": ROOT / "tf_impl/drop_ins/classes.pyi",
}
HEAD = "# Written by `make stubs` from comparisons/frameworks/drop_ins.py."
# What the annotations need, and the methods that a class has beside those of all.
IMPORTS: dict[Side, str] = {
    "torch": """from typing import Literal

from torch import Tensor
from torch.optim.optimizer import ParamsT

from comparisons import rules
from torch_impl.drop_ins.base import DropIn, Rate
""",
    "tf": """from typing import Literal

import tensorflow as tf

from comparisons import rules
from tf_impl.drop_ins.base import DropIn, Rate
""",
}
NUMPY = ROOT / "numpy_impl/optimizers.pyi"
NUMPY_HEAD = """# Written by `make stubs` from comparisons/frameworks/numpy/classes.py.
from collections.abc import Sequence

from comparisons.tasks.streams import Array
from numpy_impl.optimizer import Optimizer as Optimizer
from numpy_impl.optimizer import update as update
from numpy_impl.rules import start as start
from numpy_impl.rules.clipping import clipped as clipped

"""
METHODS: dict[tuple[Side, str], str] = {
    ("torch", "Adagrad"): "    def share_memory(self) -> None: ...\n",
    ("torch", "ScheduleFreeAdamW"): "    def averages(self) -> list[Tensor]: ...\n",
    ("torch", "ScheduleFreeSGD"): "    def averages(self) -> list[Tensor]: ...\n",
    ("tf", "ScheduleFreeAdamW"): "    def averages(self) -> list[tf.Tensor]: ...\n",
    ("tf", "ScheduleFreeSGD"): "    def averages(self) -> list[tf.Tensor]: ...\n",
}


def stub(framework: Side) -> str:
    """The text of the framework's stub."""
    classes = [stub_of(framework, rule) for rule in get_args(Rule)]
    names = "".join(f'    "{rule.__name__}",\n' for rule in sorted(get_args(Rule), key=_as_sorted))
    return f"{HEAD}\n{IMPORTS[framework]}\n__all__ = [\n{names}]\n\n" + "\n".join(classes)


def _as_sorted(rule: type[Rule]) -> tuple[bool, str]:
    """In the order of the linter: first what is all capitals."""
    return not rule.__name__.isupper(), rule.__name__


def stub_of(framework: Side, rule: type[Rule]) -> str:
    """A class and its constructor."""
    lines = ["        self,", *(f"    {line}" for line in parameters(signature(framework, rule)))]
    constructor = "\n".join(["    def __init__(", *lines, "    ) -> None: ..."])
    head = f"class {rule.__name__}(DropIn, follows=rules.{rule.__name__}):"
    return f"{head}\n{constructor}\n{METHODS.get((framework, rule.__name__), '')}"


def numpy_stub() -> str:
    """The text of the stub of NumPy's optimizers: a function for each name."""
    made = {name: "\n".join(parameters(inspect.signature(one))) for name, one in OPTIMIZERS.items()}
    return NUMPY_HEAD + "".join(f"def {name}(\n{lines}\n) -> Optimizer: ...\n" for name, lines in made.items())


def parameters(taken: inspect.Signature) -> list[str]:
    """A line for each parameter."""
    lines, by_name = [], False
    for parameter in taken.parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY and not by_name:
            lines.append("    *,")
            by_name = True
        default = "" if parameter.default is inspect.Parameter.empty else f" = {written(parameter.default)}"
        lines.append(f"    {parameter.name}: {parameter.annotation}{default},")
    return lines


def written(value: object) -> str:
    """The value in the manner of the formatter."""
    return json.dumps(value) if isinstance(value, str) else repr(value)


if __name__ == "__main__":
    NUMPY.write_text(numpy_stub())
    for framework, file in FILES.items():
        file.write_text(stub(framework))
