"""A schedule that no class of Keras is, as a class to paste: it needs nothing but Keras."""

from collections.abc import Iterable

from comparisons.frameworks.call import WRITTEN, Code, NativeCall
from comparisons.frameworks.code import stand_in
from comparisons.frameworks.expression import OPS, expression
from comparisons.rules.schedules import Schedule

IMPORTS = ("import math", "import keras", "from keras import ops")
CLASS = "Rate"


def schedule_class(schedule: Schedule, name: str = CLASS) -> list[str]:
    """The lines of the class; an object of it, `Rate()`, is a learning rate. Its imports are IMPORTS."""
    return _class(expression(schedule, "k", OPS), name)


def _class(formula: str, name: str) -> list[str]:
    return [
        "@keras.saving.register_keras_serializable()",
        f"class {name}(keras.optimizers.schedules.LearningRateSchedule):",
        "    def __call__(self, step):",
        "        k = ops.cast(step, keras.config.floatx())",
        f"        return {formula}",
        "",
        "    def get_config(self):",
        "        return {}",
    ]


def of_class(schedule: Schedule) -> NativeCall:
    """The object of such a class."""
    text = Code(expression(schedule, "k", OPS), schedule=schedule)
    return NativeCall(framework="tf", name=CLASS, module=WRITTEN, arguments={"text": text})


def with_classes(code: str, values: Iterable[object]) -> tuple[str, list[str]]:
    """The code with its classes' names, and the lines of the classes, with their imports."""
    code, lines = named_classes(code, values)
    return code, [*IMPORTS, "", "", *lines] if lines else []


def named_classes(code: str, values: Iterable[object]) -> tuple[str, list[str]]:
    """The code with its classes' names, and the lines of the classes: of those of the values that are of one."""
    texts = dict.fromkeys(
        text.text
        for value in values
        if isinstance(value, NativeCall) and value.module == WRITTEN
        for text in value.arguments.values()
        if isinstance(text, Code)
    )
    lines: list[str] = []
    for i, text in enumerate(texts, start=1):
        name = CLASS if len(texts) == 1 else f"{CLASS}{i}"
        code = code.replace(stand_in(text), name)
        lines += [*(["", ""] if lines else []), *_class(text, name)]
    return code, lines
