"""The dtype of the variables that Keras makes where none is given."""

from collections.abc import Iterator
from contextlib import contextmanager

import keras

from comparisons.names import Dtype


@contextmanager
def floatx(dtype: Dtype) -> Iterator[None]:
    """Inside, keras.config.floatx() is `dtype`."""
    before = keras.config.floatx()
    keras.config.set_floatx(dtype)
    try:
        yield
    finally:
        keras.config.set_floatx(before)
