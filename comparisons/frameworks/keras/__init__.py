"""Keras on TensorFlow."""

from comparisons.frameworks.framework import Framework, LineStyle
from comparisons.frameworks.keras.classes import CLASSES, RECIPE_CLASSES
from comparisons.frameworks.keras.clipping import CLIPS
from comparisons.frameworks.keras.code import FIRST_ARGUMENT, WRITING
from comparisons.frameworks.keras.foreign import FOREIGN
from comparisons.frameworks.keras.names import NAMES
from comparisons.frameworks.keras.schedules import SCHEDULES
from comparisons.frameworks.keras.trainings import AROUND

KERAS = Framework(
    id="tf",
    name="Keras",
    title="Keras",
    aliases=("keras", "tensorflow"),
    packages=("tensorflow", "keras"),
    implementation="tf_impl",
    environment={
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_ENABLE_ONEDNN_OPTS": "0",  # oneDNN adds in another order from one machine to the next
        "KERAS_BACKEND": "tensorflow",
    },
    line=LineStyle(colour="#000000", width=1.1, dash=(0, (3, 3.5))),
    flushes=True,  # TensorFlow's threads are set so
    devices=("gpu",),
    module="keras.optimizers",
    classes=CLASSES,
    foreign=FOREIGN,
    recipe_classes=RECIPE_CLASSES,
    schedules=SCHEDULES,
    clips=CLIPS,
    hooks=None,
    first_argument=FIRST_ARGUMENT,
    names=NAMES,
    writing=WRITING,
    instead={
        "decay": "Keras 3 ignores it; for a falling rate give learning_rate an InverseTimeDecay",
        "lr_decay": "for a falling rate give learning_rate an InverseTimeDecay",
        "maximize": "negate the loss",
    },
    around=AROUND,
)
