"""Records a training of your own, by hooks on torch's optimizer and on its parameters."""

import atexit
import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.optimizer import register_optimizer_step_pre_hook
from torch.utils.hooks import RemovableHandle

from comparisons.names import BadInput
from comparisons.tasks.streams import Array
from comparisons.traces.recording import Recording, ending, summed
from comparisons.traces.writing import Limits, Writer, folder_of
from torch_impl.recorded import (
    added_by_rows,
    array,
    averaged,
    begun,
    described,
    is_number,
    momentum_of,
    named,
    number,
    rate_of,
    shown,
    to_numpy,
    uncompiled,
    untrained,
)

# most often the parameters before are those after the last update, and the gradient used is the one that came
BEFORE = {"before": "after", "used": "gradient"}
Call = tuple[tuple[Any, ...], dict[str, Any]]


class Recorder:
    """Writes a trace of the updates of an optimizer, for `triptych identify` and `triptych diff`.

    >>> recorder = Recorder("trace", optimizer, model)  # doctest: +SKIP
    >>> recorder.batch(x, y)  # before optimizer.step(), for each batch # doctest: +SKIP
    >>> recorder.loss(loss)  # as well # doctest: +SKIP

    The training is the same, to the bit, with and without it.

    Args:
        folder: of the trace; one that is there is replaced.
        optimizer: of any class of torch's, or derived from one.
        model: gives the parameters their names, and its buffers are recorded.
        average: an averaged model beside it, as torch's AveragedModel, whose parameters are recorded as buffers.
        steps, every: the first so many updates are recorded, then every so many.
        elements, seed: of a tensor with more elements a sample of at most so many is recorded, drawn from the seed.
        limit_mb: MiB that the folder never exceeds.

    Raises:
        BadInput: the folder cannot be written, a number is none that it can be, or it is told what cannot be recorded.
    """

    def __init__(
        self,
        folder: str | Path,
        optimizer: torch.optim.Optimizer,
        model: nn.Module | None = None,
        *,
        average: nn.Module | None = None,
        steps: int = 32,
        every: int = 100,
        elements: int = 4096,
        seed: int = 0,
        limit_mb: float = 64,
    ) -> None:
        if not isinstance(optimizer, torch.optim.Optimizer):
            raise BadInput(
                f"Recorder: {type(optimizer).__name__} is no torch.optim.Optimizer; give it the one inside, "
                "whose step() makes the updates"
            )
        self.optimizer, self.parameters = optimizer, named(optimizer, model)
        self.buffers, self.averages = untrained(self.parameters, model), averaged(average)
        tensors = {**self.parameters, **self.buffers, **self.averages}
        self.writer = Writer(
            folder_of(folder),
            shapes={name: tuple(tensor.shape) for name, tensor in tensors.items()},
            dtypes={name: str(tensor.dtype).removeprefix("torch.") for name, tensor in tensors.items()},
            limits=Limits(steps=steps, every=every, elements=elements, seed=seed, limit_mb=limit_mb),
            about={
                **described(optimizer, self.parameters),
                "added_by_rows": added_by_rows(optimizer, self.parameters, model),
            },
        )
        self.recording = Recording(self.writer)
        self.places = {
            name: torch.from_numpy(places).to(tensors[name].device) for name, places in self.writer.samples.items()
        }
        self.arrays: dict[str, Array] = {}
        self.raw: dict[str, Array] = {}
        self.rates: list[float] = []
        self.momenta: list[float] = []
        self.totals: dict[tuple[str, str], tuple[Any, Array, tuple[float, float]]] = {}
        self.waiting = self.evaluated = False
        self.told: set[str] = set()
        self.passes = 0  # backward passes since the last update whose gradients are in the sum
        self.smallest = min(self.parameters, key=lambda name: self.parameters[name].numel())
        self.seen: Tensor | None = None  # its gradient after the last pass
        self.hooks = self._hooked()
        self.last = optimizer.register_step_pre_hook(self._before)
        atexit.register(self.close)  # before the writer's, which does not know of the last update

    def _hooked(self) -> list[RemovableHandle]:
        """Hooks where a gradient is added to, and before and after a step."""
        gradients = [
            theta.register_post_accumulate_grad_hook(functools.partial(self._on_gradient, name))
            for name, theta in self.parameters.items()
            if theta.requires_grad
        ]
        # one of all optimizers, since those come before any hook of ours, which may change the parameters
        before = register_optimizer_step_pre_hook(self._before_all)
        return [*gradients, before, self.optimizer.register_step_post_hook(self._after)]

    @uncompiled
    def batch(self, x: Any, y: Any = None) -> None:
        """The batch of the next update: tensors or arrays, also several in a list or a dict, samples first.

        Of several batches whose gradients are accumulated, each.
        """
        self._finish()
        self._in_time("batch")
        with ending(self.writer.stop):
            if self.recording.wanted:
                self.recording.batch(to_numpy(x), None if y is None else to_numpy(y))

    @uncompiled
    def loss(self, loss: Tensor | float) -> None:
        """The loss of the next update; of several whose gradients are accumulated, each: their mean is recorded."""
        self._finish()
        self._in_time("loss")
        with ending(self.writer.stop):
            if self.recording.wanted:
                self.recording.loss(number(loss))

    @uncompiled
    def close(self) -> None:
        """Write what is not yet written, and let go of the optimizer; also done when the process ends."""
        atexit.unregister(self.close)
        self._finish()
        self.writer.close()
        for hook in [*self.hooks, self.last]:
            hook.remove()

    def _in_time(self, method: str) -> None:
        """Refuse what is first told after an update: it would be taken for the next one's."""
        if method not in self.told and self.recording.step:
            raise BadInput(
                f"recorder.{method}: is first called after an update; call it before optimizer.step(), from the start"
            )
        self.told.add(method)

    @uncompiled
    def _on_gradient(self, name: str, theta: Tensor) -> None:
        """A backward pass has added to this gradient."""
        self._finish()
        if self.evaluated:
            return
        if name == self.smallest:  # a pass that adds to the gradients of another leaves them the same tensors
            self.passes = self.passes + 1 if theta.grad is self.seen else 1
            self.seen = theta.grad
        with ending(self.writer.stop):
            if self.recording.wanted:
                self.raw |= self._taken("gradient", {name: theta.grad})

    @uncompiled
    def _before_all(self, optimizer: torch.optim.Optimizer, *_: object) -> None:
        """An optimizer is about to step: if it is ours, take the parameters."""
        if optimizer is not self.optimizer:
            return
        self._finish()
        if not self.recording.step:  # it may have been read from a file since
            self.writer.about["begun"] = begun(optimizer)
        with ending(self.writer.stop):
            if self.recording.wanted:
                self.arrays = self._taken("before", self.parameters)

    @uncompiled
    def _before(self, optimizer: torch.optim.Optimizer, args: Any, kwargs: Any) -> Call | None:
        """All other hooks are done: take the gradients that the optimizer gets; of a closure, of its first call."""
        if not self.recording.wanted:
            return None
        with ending(self.writer.stop):
            self._check_groups()
            self.rates = [rate_of(group) for group in optimizer.param_groups if "lr" in group]
            self.momenta = [momentum_of(group) for group in optimizer.param_groups]
        if kwargs.get("closure") is not None:
            return args, {**kwargs, "closure": self._watched(kwargs["closure"])}
        if len(args) > 1 and args[1] is not None:
            return (args[0], self._watched(args[1]), *args[2:]), kwargs
        self._take_used()
        return None

    def _watched(self, closure: Callable[[], Any]) -> Callable[[], Any]:
        """The closure, which lets the gradients of its first call be taken; L-BFGS calls it more than once."""
        calls = iter([True])

        @functools.wraps(closure)
        def watched() -> Any:
            loss = closure()
            if next(calls, False):
                self._take_used()
                self.evaluated = True
                with ending(self.writer.stop):
                    if not self.recording.losses and loss is not None:
                        self.recording.loss(number(loss))
            return loss

        return watched

    def _take_used(self) -> None:
        """The gradients as the optimizer has them; one that is fused divides them by the scale of the loss itself."""
        with ending(self.writer.stop):
            grads = {name: theta.grad for name, theta in self.parameters.items()}
            if (scale := getattr(self.optimizer, "grad_scale", None)) is not None:
                grads = {name: None if one is None else one / scale.to(one.device) for name, one in grads.items()}
            self.arrays |= self._taken("used", grads)

    @uncompiled
    def _after(self, optimizer: torch.optim.Optimizer, *_: object) -> None:
        """The optimizer has stepped: take the parameters, its state and the buffers; `_finish` hands them on."""
        self.last.remove()  # and be last again, whatever hooks were added
        self.last = optimizer.register_step_pre_hook(self._before)
        if bool(getattr(optimizer, "found_inf", False)):  # the scale was too large: a fused optimizer did nothing
            self._forget()
            self.recording.forget()
            return
        if not self.recording.wanted:
            self._forget()
            self.recording.passed()
            return
        with ending(self.writer.stop):
            self.arrays |= self.raw | self._taken("after", self.parameters) | self._state()
            for name, tensor in self.buffers.items():
                self.arrays[name] = self._elements(name, tensor)
            self.waiting = True

    def _finish(self) -> None:
        """Hand on the last update, if it waits; averages are known only now, since they are stepped after it."""
        if not self.waiting:
            return
        with ending(self.writer.stop):
            for name, tensor in self.averages.items():
                self.arrays[name] = self._elements(name, tensor)
            self.recording.done(self.arrays, self.rates, self.momenta, self.passes)
        self._forget()

    def _forget(self) -> None:
        self.arrays, self.raw, self.rates, self.momenta = {}, {}, [], []
        self.waiting = self.evaluated = False
        self.passes = 0

    def _check_groups(self) -> None:
        known = {id(theta) for theta in self.parameters.values()}
        for group in self.optimizer.param_groups:
            if any(id(theta) not in known for theta in group["params"]):
                self.writer.stop("parameters were added to the optimizer")

    def _state(self) -> dict[str, Array]:
        """The optimizer's state by its own names, as far as it is tensors or numbers and not larger than a sample."""
        state = {}
        for name, theta in self.parameters.items():
            of_theta = self.optimizer.state.get(theta)
            for key, value in of_theta.items() if isinstance(of_theta, Mapping) else ():
                if isinstance(value, Tensor) and not is_number(value):
                    continue
                if isinstance(value, Tensor) and value.shape == theta.shape:
                    state[f"state/{key}/{name}"] = self._elements(name, value)
                elif isinstance(value, Tensor) and value.numel() <= self.writer.elements:
                    state[f"state/{key}/{name}"] = array(value)
                elif isinstance(value, int | float):
                    state[f"state/{key}/{name}"] = np.array(value, np.float64)
        return state

    def _taken(self, kind: str, tensors: Mapping[str, Tensor | None]) -> dict[str, Array]:
        """What is recorded of each: all of it, or its sample, its norm and its sum."""
        taken = {}
        for name, given in tensors.items():
            if given is None:
                continue
            tensor = given.detach().to_dense() if given.is_sparse else given.detach()
            taken[f"{kind}/{name}"] = values = self._elements(name, tensor)
            if name in self.places:
                same = None if given.is_sparse else (given.data_ptr(), given._version)
                taken |= summed(kind, name, *self._totals(kind, name, tensor, values, same))
        return taken

    def _totals(self, kind: str, name: str, tensor: Tensor, values: Array, same: Any) -> tuple[float, float]:
        """Norm and sum of a whole tensor: those that it had, if it is the same tensor and unchanged since."""
        if kind in BEFORE:
            mark, last, known = self.totals.get((BEFORE[kind], name), (None, values, (0.0, 0.0)))
            if mark is not None and mark == same and np.array_equal(values, last):
                return known
        wide = tensor.to(torch.promote_types(tensor.dtype, torch.float32))
        known = float(torch.linalg.vector_norm(wide)), float(wide.sum())
        self.totals[kind, name] = same, values, known
        return known

    def _elements(self, name: str, tensor: Tensor) -> Array:
        places = self.places.get(name)
        return array(tensor) if places is None else shown(tensor.detach().take(places))
