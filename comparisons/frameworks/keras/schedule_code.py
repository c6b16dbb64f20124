"""A schedule that no class of Keras is, as a class to paste: it needs nothing but Keras."""

from comparisons.frameworks.expression import OPS, expression
from comparisons.rules.schedules import Schedule

IMPORTS = ("import math", "import keras", "from keras import ops")


def schedule_class(schedule: Schedule, name: str = "Rate") -> list[str]:
    """The lines of the class; an object of it, `Rate()`, is a learning rate. Its imports are IMPORTS."""
    return [
        "@keras.saving.register_keras_serializable()",
        f"class {name}(keras.optimizers.schedules.LearningRateSchedule):",
        "    def __call__(self, step):",
        "        k = ops.cast(step, keras.config.floatx())",
        f"        return {expression(schedule, 'k', OPS)}",
        "",
        "    def get_config(self):",
        "        return {}",
    ]
