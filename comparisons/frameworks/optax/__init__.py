"""optax on JAX: read and written, and no column: triptych trains nothing with it."""

from comparisons.frameworks.framework import IN_THE_LOOP, Framework, LineStyle
from comparisons.frameworks.optax.classes import CLASSES, RECIPE_CLASSES
from comparisons.frameworks.optax.clipping import CLIPS
from comparisons.frameworks.optax.code import FIRST_ARGUMENT, WRITING
from comparisons.frameworks.optax.names import NAMES
from comparisons.frameworks.optax.schedules import SCHEDULES

OPTAX = Framework(
    id="optax",
    name="optax",
    title="optax",
    aliases=(),
    packages=("optax", "jax"),
    implementation="",
    environment={},
    line=LineStyle(colour="#009E73", width=1.2, dash=(0, (1, 1))),
    flushes=False,
    devices=(),
    module="optax",
    classes=CLASSES,
    foreign={},
    recipe_classes=RECIPE_CLASSES,
    schedules=SCHEDULES,
    clips=CLIPS,
    hooks=None,
    first_argument=FIRST_ARGUMENT,
    names=NAMES,
    writing=WRITING,
    instead={
        "lr": "it is called 'learning_rate' here",
        "betas": "they are called 'b1' and 'b2' here",
        "clipnorm": "chain optax.clip_by_global_norm before it",
        "global_clipnorm": "chain optax.clip_by_global_norm before it",
        "clipvalue": "chain optax.clip before it",
        "maximize": "negate the loss",
    },
    around=IN_THE_LOOP,  # MultiSteps steps what is in it once for every update
)
