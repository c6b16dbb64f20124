"""What a recorder asks of torch: names, and what an optimizer says of itself."""

import functools
import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, TypeVar, cast

import numpy as np
import torch
from torch import Tensor, nn

from comparisons.names import BadInput
from comparisons.tasks.streams import Array
from comparisons.traces.recording import plain, system
from comparisons.traces.writing import BUFFER

Method = TypeVar("Method", bound=Callable[..., Any])


def uncompiled(method: Method) -> Method:
    """A method that reads numbers, which torch.compile of a whole step is to leave out of its graphs."""
    return cast(Method, torch.compiler.disable(method))


def named(optimizer: torch.optim.Optimizer, model: nn.Module | None) -> dict[str, nn.Parameter]:
    """The optimizer's parameters by the model's names; those that are not the model's by "<group>.<place in it>".

    Raises:
        BadInput: one is not of real floats, or no plain tensor.
    """
    names = {} if model is None else {id(theta): name for name, theta in model.named_parameters()}
    found = {}
    for i, group in enumerate(optimizer.param_groups):
        for j, theta in enumerate(group["params"]):
            name = names.get(id(theta), f"{i}.{j}")
            if not theta.is_floating_point():
                raise BadInput(f"Recorder: {name} has the dtype {theta.dtype}; parameters of real floats are recorded")
            if type(theta.data) is not Tensor:  # sharded, as FSDP has them, or quantized: its numbers are not all here
                raise BadInput(
                    f"Recorder: {name} is a {type(theta.data).__name__}; plain tensors are recorded: train the same "
                    "model whole, on one device, or wrapped by DistributedDataParallel"
                )
            found[name] = theta
    return found


def untrained(parameters: Mapping[str, nn.Parameter], model: nn.Module | None) -> dict[str, Tensor]:
    """The model's buffers, and the parameters that the optimizer does not have, by "buffer/<name>"."""
    if model is None:
        return {}
    frozen = {name: theta for name, theta in model.named_parameters() if name not in parameters}
    found = {**dict(model.named_buffers()), **frozen}
    return {f"{BUFFER}{name}": tensor for name, tensor in found.items() if is_number(tensor)}


def added_by_rows(
    optimizer: torch.optim.Optimizer, parameters: Mapping[str, nn.Parameter], model: nn.Module | None
) -> list[str]:
    """The parameters to which rows are added one by one: SGD's, of embeddings with sparse=True. Others add them up."""
    if type(optimizer) is not torch.optim.SGD:
        return []
    sparse = (nn.Embedding, nn.EmbeddingBag)
    modules = () if model is None else model.modules()
    found = {id(one.weight) for one in modules if isinstance(one, sparse) and one.sparse}
    return [name for name, theta in parameters.items() if id(theta) in found]


def is_number(tensor: Tensor) -> bool:
    """Whether its elements are real numbers, as a trace has them, and all of them are here."""
    real = not tensor.is_complex() and not tensor.is_quantized and tensor.dtype != torch.bool
    return real and tensor.layout == torch.strided and type(tensor.data) is Tensor


def averaged(average: nn.Module | None) -> dict[str, Tensor]:
    """The parameters of an averaged model, by "buffer/average/<name>"."""
    if average is None:
        return {}
    return {f"{BUFFER}average/{name.removeprefix('module.')}": theta for name, theta in average.named_parameters()}


def described(optimizer: torch.optim.Optimizer, parameters: Mapping[str, nn.Parameter]) -> dict[str, Any]:
    """What the trace says once."""
    names = {id(theta): name for name, theta in parameters.items()}
    groups = [
        {"parameters": [names[id(theta)] for theta in group["params"]], "arguments": arguments(group)}
        for group in optimizer.param_groups
    ]
    device = next(iter(parameters.values())).device
    return {
        "framework": "torch",
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else str(device),
        "tf32": tf32() if device.type == "cuda" else [],
        **system(torch=str(torch.__version__)),
        "begun": begun(optimizer),
        "optimizer": {
            "class": class_of(optimizer),
            "arguments": arguments(optimizer.defaults),
            "groups": groups,
        },
    }


def begun(optimizer: torch.optim.Optimizer) -> bool:
    """Whether it has stepped, or was read from a file: it remembers something. Adagrad makes its sum at once."""
    states = [state for state in optimizer.state.values() if isinstance(state, Mapping) and state]
    return any(_number_or_nan(functools.partial(state.get, "step", 1)) > 0 for state in states)


def tf32() -> list[str]:
    """In which products torch may round to TF32's 11 bits: by default in those of cuDNN, convolutions and LSTMs."""
    allowed = {"matmul": torch.backends.cuda.matmul.allow_tf32, "cudnn": torch.backends.cudnn.allow_tf32}
    return [name for name, one in allowed.items() if one]


def class_of(optimizer: torch.optim.Optimizer) -> str:
    """Its class, as it is imported."""
    kind = type(optimizer)
    public = getattr(torch.optim, kind.__name__, None) is kind
    return f"{'torch.optim' if public else kind.__module__}.{kind.__qualname__}"


def arguments(given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of an optimizer or of a group as JSON has them."""
    return {key: plain(value) for key, value in given.items() if key != "params"}


def rate_of(group: Mapping[str, Any]) -> float:
    """The learning rate of a group; NaN if it is not one number."""
    return _number_or_nan(lambda: group["lr"])


def momentum_of(group: Mapping[str, Any]) -> float:
    """The momentum of a group, or its beta1, which schedules may cycle (OneCycleLR, CyclicLR); NaN if it has none."""
    return _number_or_nan(lambda: group["betas"][0] if "betas" in group else group["momentum"])


def _number_or_nan(read: Callable[[], Any]) -> float:
    with suppress(Exception):  # an optimizer of one's own may have anything there, of any class
        return number(read())
    return math.nan


def to_numpy(batch: Any) -> Any:
    """A batch with its tensors as arrays."""
    if isinstance(batch, Tensor):
        return shown(batch)
    if isinstance(batch, Mapping):
        return {key: to_numpy(part) for key, part in batch.items()}
    return [to_numpy(part) for part in batch] if isinstance(batch, list | tuple) else np.asarray(batch)


def array(tensor: Tensor) -> Array:
    """A copy as NumPy has it."""
    return np.array(shown(tensor))


def shown(tensor: Tensor) -> Array:
    """As NumPy has it, on a CPU without a copy; bfloat16, which NumPy has not, in float32."""
    tensor = tensor.detach()
    found: Array = (tensor.float() if tensor.dtype == torch.bfloat16 else tensor).cpu().numpy()
    return found


def number(value: Tensor | float) -> float:
    """A tensor of one element, or a number."""
    return float(value.detach() if isinstance(value, Tensor) else value)
