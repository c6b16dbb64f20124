"""What a recorder asks of Keras: names, and what an optimizer says of itself."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from inspect import signature
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from comparisons.names import BadInput
from comparisons.tasks.streams import Array
from comparisons.traces.recording import plain, system
from comparisons.traces.writing import BUFFER

Variables = dict[str, Any]


def named(variables: Sequence[Any]) -> Variables:
    """The optimizer's variables, as `by_path`.

    Raises:
        BadInput: one is not of real floats.
    """
    found = by_path(variables)
    for name, variable in found.items():
        if not tf.as_dtype(variable.dtype).is_floating:
            raise BadInput(f"Recorder: {name} has the dtype {variable.dtype}; parameters of real floats are recorded")
    return found


def by_path(variables: Sequence[Any]) -> Variables:
    """The variables by their paths; of several that share one, the later ones with a number."""
    found: Variables = {}
    for variable in variables:
        path = name = str(getattr(variable, "path", variable.name))
        number = 2
        while name in found:
            name, number = f"{path}#{number}", number + 1
        found[name] = variable
    return found


def untrained(model: Any) -> Variables:
    """The model's weights that are not trained, by "buffer/<path>": those that are numbers, also counts."""
    if model is None:
        return {}
    numbers = [one for one in model.non_trainable_weights if is_number(one)]
    return {f"{BUFFER}{name}": variable for name, variable in by_path(numbers).items()}


def by_rows(parameters: Variables, gradients: Sequence[Any]) -> list[str]:
    """The parameters whose gradients come as rows: those of embeddings."""
    pairs = zip(parameters, gradients, strict=True)
    return [name for name, gradient in pairs if isinstance(gradient, tf.IndexedSlices)]


def is_number(variable: Any) -> bool:
    """Whether its elements are real numbers, as a trace has them."""
    dtype = tf.as_dtype(variable.dtype)
    return bool(dtype.is_floating or dtype.is_integer)


def described(optimizer: keras.optimizers.Optimizer, parameters: Variables) -> dict[str, Any]:
    """What the trace says once."""
    given = arguments(optimizer)
    if isinstance(rate := given.get("learning_rate"), float):
        given["learning_rate"] = float(str(np.float32(rate)))  # it is kept in float32: the decimals that were given
    gpu = bool(tf.config.list_logical_devices("GPU"))
    return {
        "framework": "tf",
        "device": "cuda" if gpu else "cpu",
        "tf32": tf32() if gpu else [],
        **system(tensorflow=tf.__version__, keras=keras.__version__),
        "begun": begun(optimizer),
        "optimizer": {
            "class": class_of(optimizer),
            "arguments": given,
            "groups": [{"parameters": names, "arguments": has} for has, names in _groups(optimizer, parameters, given)],
        },
    }


def begun(optimizer: keras.optimizers.Optimizer) -> bool:
    """Whether it has stepped, or was read from a file: it remembers something, and counts its steps."""
    with tf.init_scope():  # a graph may be traced by now
        return int(optimizer._iterations.value.numpy()) > 0


def arguments(optimizer: keras.optimizers.Optimizer) -> dict[str, Any]:
    """Its arguments as JSON has them; where it, or its schedule, has no get_config, those that it keeps by their names.

    A schedule without one is told by its class and the numbers that it keeps.
    """
    with suppress(Exception):  # a class may refuse in any way
        return {str(key): plain(value) for key, value in optimizer.get_config().items()}
    made = [vars(kind)["__init__"] for kind in type(optimizer).__mro__ if "__init__" in vars(kind)]
    names = [name for init in made for name in signature(init).parameters]
    kept = {**vars(optimizer), "learning_rate": vars(optimizer).get("_learning_rate")}
    if isinstance(rate := kept["learning_rate"], keras.optimizers.schedules.LearningRateSchedule):
        numbers = {key: value for key, value in vars(rate).items() if isinstance(value, bool | int | float)}
        own = {key: value for key, value in numbers.items() if not key.startswith("_")}
        kept["learning_rate"] = {"class_name": type(rate).__qualname__, "config": own}
    return {name: plain(kept[name]) for name in dict.fromkeys(names) if name in kept}


def _groups(
    optimizer: keras.optimizers.Optimizer, parameters: Variables, given: dict[str, Any]
) -> Iterator[tuple[dict[str, Any], list[str]]]:
    """The arguments and the parameters that have them: those that the weight decay leaves out have none of it."""
    decayed = [name for name, one in parameters.items() if optimizer._use_weight_decay(one)]
    rest = [name for name in parameters if name not in decayed]
    if not given.get("weight_decay") or not rest:
        yield given, list(parameters)
        return
    yield given, decayed
    yield {**given, "weight_decay": 0.0}, rest


def tf32() -> list[str]:
    """In which products TensorFlow may round to TF32's 11 bits: by default in all."""
    return ["matmul", "cudnn"] if tf.config.experimental.tensor_float_32_execution_enabled() else []


def class_of(optimizer: keras.optimizers.Optimizer) -> str:
    """Its class, as it is imported."""
    kind = type(optimizer)
    public = getattr(keras.optimizers, kind.__name__, None) is kind
    return f"{'keras.optimizers' if public else kind.__module__}.{kind.__qualname__}"


def dtype_of(variable: Any) -> str:
    """The name of a variable's dtype."""
    return str(tf.as_dtype(variable.dtype).name)


def ref(variable: Any) -> Any:
    """What a variable is known by; one of Keras's by the one of TensorFlow's that it holds."""
    return inner(variable).ref()


def inner(variable: Any) -> Any:
    """The variable of TensorFlow's."""
    return variable.value if isinstance(variable, keras.Variable) else variable


def to_numpy(batch: Any) -> Any:
    """A batch with its tensors as arrays."""
    if isinstance(batch, Mapping):
        return {key: to_numpy(part) for key, part in batch.items()}
    return [to_numpy(part) for part in batch] if isinstance(batch, list | tuple) else np.asarray(batch)


def array(tensor: Any, places: Array | None = None) -> Array:
    """A copy of all elements or of those at some places, as NumPy has it; bfloat16, which NumPy has not, in float32."""
    values = np.asarray(tensor)  # without a copy on a CPU
    values = np.array(values) if places is None else values.ravel()[places]
    return values.astype(np.float32) if values.dtype.kind == "V" else values
