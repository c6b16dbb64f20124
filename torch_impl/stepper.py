"""A whole training's steps: the gradients of a micro-batch in, and all parameters updated when the last is there."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from torch import Tensor, nn

from comparisons.frameworks.torch.clipping import write
from comparisons.frameworks.trainings import Optimizer, native
from comparisons.rules import ClipValue
from comparisons.rules.training import Training
from comparisons.tasks.problem import axes_of
from comparisons.tasks.streams import Array
from torch_impl.average import Average
from torch_impl.groups import steppers_of
from torch_impl.native import clipper
from torch_impl.optimizers import clip_


class Stepper:
    """Steps the groups of a training.

    The order of an update: the gradients of the micro-batches are combined; clipped over all groups; in each group
    its optimizer clips, decays and steps; the average.

    Args:
        training: of calls or rules.
        parameters: by name.
    """

    def __init__(self, training: Training[Optimizer], parameters: dict[str, nn.Parameter]) -> None:
        accumulation = training.accumulation
        members = training.members(axes_of(parameters))
        groups = [[parameters[name] for name in names] for names in members]
        self.optimizers = steppers_of(training, groups)
        self.parameters = [theta for group in groups for theta in group]
        self.clip = clip_of(training, self.parameters)
        self.batches, self.accumulated, self.share, self.clip_each = 1, 0, 1.0, False
        if accumulation is not None:
            self.batches = accumulation.batches
            self.share = 1.0 if accumulation.combine == "sum" else 1 / accumulation.batches
            self.clip_each = accumulation.clip == "each"
        self.sums: list[Tensor] = []  # of the micro-batches before, where each is clipped by itself
        self.average = None if training.average is None else Average(training.average, parameters)

    @property
    def weight(self) -> float:
        """What a micro-batch's losses are multiplied by on the way back, so that its gradients add up in .grad."""
        return 1.0 if self.clip_each else self.share

    def step(self) -> None:
        """After a micro-batch's backward pass."""
        if self.clip_each:
            self._clip_each()
        self.accumulated += 1
        if self.accumulated == self.batches:
            self._update()
            self.accumulated = 0
        if self.average is not None:
            self.average.tick(updated=not self.accumulated)

    def _clip_each(self) -> None:
        """Clip the gradients of this micro-batch alone, and only then add those before."""
        self.clip()
        gradients = [self.share * theta.grad for theta in self.parameters if theta.grad is not None]
        self.sums = [total + g for total, g in zip(self.sums, gradients, strict=True)] if self.sums else gradients
        for theta, total in zip(self.parameters, self.sums, strict=True):
            theta.grad = total if self.accumulated + 1 == self.batches else None

    def _update(self) -> None:
        if not self.clip_each:
            self.clip()
        for optimizer in self.optimizers:
            optimizer.step()
        for theta in self.parameters:
            theta.grad = None
        self.sums = []

    def evaluated(self) -> AbstractContextManager[None]:
        """Inside, the parameters are what is evaluated: they themselves, or their average."""
        return nullcontext() if self.average is None else self.average.evaluated()

    def evaluated_average(self) -> dict[str, Array] | None:
        """The average by name, where that is what is evaluated; else None."""
        if self.average is None or not self.average.rule.evaluated:
            return None
        return {name: mean.numpy(force=True) for name, mean in self.average.values().items()}


def clip_of(training: Training[Optimizer], parameters: list[nn.Parameter]) -> Callable[[], None]:
    """What clips over all groups: torch's own function where it has that formula and the optimizers are its own."""
    clip = training.clip
    if clip is None:
        return lambda: None
    if native(training) is not None and (isinstance(clip, ClipValue) or clip.formula == "padded"):
        return clipper(write(clip), parameters)
    return lambda: clip_(clip, parameters)
