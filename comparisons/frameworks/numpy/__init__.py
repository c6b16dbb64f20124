"""NumPy: the optimizers of the papers and textbooks, written from scratch."""

from comparisons.frameworks.framework import IN_THE_LOOP, Framework, LineStyle
from comparisons.frameworks.numpy.classes import CLASSES, RECIPE_CLASSES
from comparisons.frameworks.numpy.code import FIRST_ARGUMENT, WRITING
from comparisons.frameworks.numpy.names import NAMES

NUMPY = Framework(
    id="numpy",
    name="NumPy",
    title="NumPy",
    aliases=(),
    packages=("numpy",),
    implementation="numpy_impl",
    environment={},
    line=LineStyle(colour="#56B4E9", width=4.6, dash="-"),
    flushes=False,
    devices=(),
    module="numpy_impl.optimizers",
    classes=CLASSES,
    foreign={},
    recipe_classes=RECIPE_CLASSES,
    schedules=None,
    clips=None,
    hooks=None,
    first_argument=FIRST_ARGUMENT,
    names=NAMES,
    writing=WRITING,
    instead={},
    around=IN_THE_LOOP,
)
