"""What people write before the last dot of a name of Keras, and the classes without a rule."""

from collections.abc import Mapping

from comparisons.frameworks.framework import Names, Tensor
from comparisons.frameworks.keras.clipping import FUNCTIONS_MODULE as CLIPPING
from comparisons.frameworks.keras.schedules import MODULE as SCHEDULES

MODULES: Mapping[str, str] = {
    "keras.optimizers": "keras.optimizers",
    "tf.keras.optimizers": "keras.optimizers",
    "tensorflow.keras.optimizers": "keras.optimizers",
    "tf.optimizers": "keras.optimizers",
    "tensorflow.optimizers": "keras.optimizers",
    "optimizers": "keras.optimizers",
    "keras.optimizers.schedules": SCHEDULES,
    "tf.keras.optimizers.schedules": SCHEDULES,
    "tensorflow.keras.optimizers.schedules": SCHEDULES,
    "tf.optimizers.schedules": SCHEDULES,
    "tensorflow.optimizers.schedules": SCHEDULES,
    "optimizers.schedules": SCHEDULES,
    "schedules": SCHEDULES,
    "tensorflow": CLIPPING,
    "tf": CLIPPING,
}
_SEVERAL = "it holds several; port each, as parameter groups or optimizers of their own"
NO_RULE: Mapping[str, str] = {
    "LossScaleOptimizer": "it wraps another; port that one, and use torch.amp.GradScaler with it",
    "MultiOptimizer": _SEVERAL,
    "OptimizerMap": _SEVERAL,
}
INSTEAD: Mapping[str, str] = {
    "LBFGS": "instead: scipy.optimize.minimize(..., jac=True, method='L-BFGS-B') over all weights as one vector",
}

TENSORS: Mapping[Tensor, tuple[str, ...]] = {
    "weight": ("*kernel",),
    "embedding": ("*embeddings",),
    "bias": ("*bias",),
    "scale": ("*gamma",),
    "shift": ("*beta",),
}
MEANT: Mapping[str, tuple[Tensor, ...]] = {
    r"gamma": ("scale",),
    r"beta": ("shift",),
    r"norm": ("scale", "shift"),
    r"bias": ("bias",),
    r"emb": ("embedding",),
    r"kernel": ("weight",),
}

NAMES = Names(modules=MODULES, no_rule=NO_RULE, as_one=(), instead=INSTEAD, data="config", tensors=TENSORS, meant=MEANT)
