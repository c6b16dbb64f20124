"""The device that TensorFlow computes on, and how."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import tensorflow as tf

from comparisons.frameworks.installed import THREADS
from comparisons.names import BadInput


def report() -> dict[str, Any]:
    """The devices and the threads that there are."""
    found = [device.device_type for device in tf.config.list_physical_devices()]
    threads = tf.config.threading.get_intra_op_parallelism_threads() or THREADS
    return {"devices": found, "columns": ["gpu"] if "GPU" in found else [], "threads": threads}


@contextmanager
def on(device: str) -> Iterator[None]:
    """Inside, what is computed is computed on the device, exact to the dtype, and in one order.

    Raises:
        BadInput: there is no such device.
    """
    kind, _, number = device.upper().partition(":")
    if len(tf.config.list_logical_devices(kind)) <= int(number or 0):
        raise BadInput(f"tf@{device}: TensorFlow has no such device here")
    tf.config.experimental.enable_tensor_float_32_execution(False)
    tf.config.experimental.enable_op_determinism()
    with tf.device(f"/{kind}:{number or 0}"):
        yield


def settings(device: str) -> dict[str, Any]:
    """How TensorFlow computes, as it says itself; asked inside of `on`."""
    build = tf.sysconfig.get_build_info()
    kind, _, number = device.upper().partition(":")
    found = tf.config.list_physical_devices(kind)[int(number or 0)]
    return {
        "device": tf.config.experimental.get_device_details(found).get("device_name", device),
        "tf32": tf.config.experimental.tensor_float_32_execution_enabled(),
        "deterministic": True,  # TensorFlow has no public way to ask
        "cuda": build.get("cuda_version"),
        "cudnn": build.get("cudnn_version"),
    }
