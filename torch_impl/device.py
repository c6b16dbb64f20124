"""The device that tensors are made on, and how torch computes there."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import torch

from comparisons.names import BadInput
from comparisons.tasks.streams import Array

DEVICE = ContextVar("DEVICE", default="cpu")


def report() -> dict[str, Any]:
    """The devices and the threads that there are."""
    gpus = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    return {"devices": ["CPU", *gpus], "columns": ["cuda"] if gpus else [], "threads": torch.get_num_threads()}


@contextmanager
def on(device: str) -> Iterator[None]:
    """Inside, `tensor` makes tensors on the device; what is computed there is exact to the dtype, and in one order.

    Raises:
        BadInput: there is no such device.
    """
    try:
        torch.empty(1, device=device).add_(1).item()  # a device may be known and still not be there
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise BadInput(f"torch@{device}: torch has no such device here ({str(error).splitlines()[0]})") from error
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True
    torch.use_deterministic_algorithms(True)
    before = DEVICE.set(device)
    try:
        yield
    finally:
        DEVICE.reset(before)


def settings(device: str) -> dict[str, Any]:
    """How torch computes, as it says itself; asked inside of `on`."""
    return {
        "device": torch.cuda.get_device_name(device) if torch.device(device).type == "cuda" else device,
        "tf32": torch.backends.cuda.matmul.allow_tf32 or torch.backends.cudnn.allow_tf32,
        "deterministic": torch.are_deterministic_algorithms_enabled() and torch.backends.cudnn.deterministic,
        "cuda": torch.version.cuda,
        "cudnn": torch.backends.cudnn.version(),
    }


def tensor(array: Array) -> torch.Tensor:
    """The array on the device; on the CPU they share their memory."""
    return torch.from_numpy(array).to(DEVICE.get())
