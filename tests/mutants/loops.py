"""Training loops that are wrong on purpose: the right order of a whole training's steps, and what people write instead.

All are led by the same gradients, of micro-batches. A loop keeps its parameters, and the average beside them.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from comparisons.rules import Adam, ClipGlobalNorm, CosineDecay, Rule, rate_at
from comparisons.rules.training import Accumulation, Average, Group, Selector, Training
from comparisons.tasks.problem import axes_of
from comparisons.tasks.streams import Array
from numpy_impl.optimizers import start, update
from numpy_impl.rules.clipping import clipped

Named = dict[str, Array]
ADAMW = Adam(
    learning_rate=CosineDecay(initial=0.05, over=12),
    beta1=0.9,
    beta2=0.95,
    epsilon=1e-8,
    epsilon_position="corrected-root",
    weight_decay=0.1,
    weight_decay_coupling="decoupled",
)
HEAD = replace(ADAMW, learning_rate=CosineDecay(initial=0.02, over=12))
# What nearly every script has had since 2023; some of the mean gradients are clipped, and some are not.
MODERN = Training(
    groups=(
        Group(tensors=Selector(names=("bias*",)), optimizer=replace(ADAMW, weight_decay=0.0)),
        Group(tensors=Selector(names=("weight2",)), optimizer=HEAD),
        Group(optimizer=ADAMW),
    ),
    clip=ClipGlobalNorm(limit=4.5, formula="padded"),
    accumulation=Accumulation(batches=3),
    average=Average(decay=0.8, start="initial"),
)
BATCHES = 30
RNG = np.random.default_rng(3)
SHAPES = {"weight1": (4, 3), "bias1": (1, 3), "weight2": (3, 2), "bias2": (1, 2)}
STARTS: Named = {name: RNG.standard_normal(shape) for name, shape in SHAPES.items()}
SIZES = np.exp(RNG.normal(size=BATCHES))  # of the micro-batches: the large ones are clipped before others come to them
GRADIENTS: Named = {
    name: np.stack([size * RNG.standard_normal(shape) for size in SIZES]) for name, shape in SHAPES.items()
}


class Loop:
    """The right one."""

    def __init__(self, training: Training[Rule], starts: Named) -> None:
        self.training, self.theta = training, {name: array.copy() for name, array in starts.items()}
        members = training.members(axes_of(starts))
        self.rules = {
            name: group.optimizer for group, names in zip(training.groups, members, strict=True) for name in names
        }
        self.states = {name: start(self.rules[name], theta) for name, theta in self.theta.items()}
        self.sums = {name: np.zeros_like(theta) for name, theta in self.theta.items()}
        self.average = {name: theta.copy() for name, theta in self.theta.items()}
        self.batches = self.updates = 0

    @property
    def count(self) -> int:
        """How many batches make an update."""
        assert self.training.accumulation is not None
        return self.training.accumulation.batches

    def batch(self, gradients: Named) -> None:
        """A micro-batch."""
        self.accumulate(gradients)
        self.batches += 1
        if self.batches % self.count == 0:
            self.update(self.clip(self.sums))
            self.updates += 1
            self.step_average()
            self.zero()

    def accumulate(self, gradients: Named) -> None:
        """Add the gradients of the loss, which is divided by the number of batches."""
        for name, g in gradients.items():
            self.sums[name] += g / self.count

    def clip(self, gradients: Named) -> Named:
        """All together."""
        return dict(zip(gradients, clipped(self.training.clip, list(gradients.values())), strict=True))

    def update(self, gradients: Named) -> None:
        """Each tensor by the rule of its group."""
        for name, theta in self.theta.items():
            self.move(self.rules[name], theta, gradients[name], name)

    def move(self, rule: Rule, theta: Array, g: Array, name: str) -> None:
        """One tensor, at the rate that its schedule has after so many updates."""
        update(replace(rule, learning_rate=self.rate(rule)), self.corrected(), theta, g, self.states[name])

    def rate(self, rule: Rule) -> float:
        """The learning rate of this update."""
        return rate_at(rule.learning_rate, self.updates)

    def corrected(self) -> int:
        """The step that the bias is corrected for, from 1."""
        return self.updates + 1

    def step_average(self) -> None:
        """Once for each update, after it."""
        assert self.training.average is not None
        decay = self.training.average.decay
        assert decay is not None
        for name, theta in self.theta.items():
            self.average[name] = decay * self.average[name] + (1 - decay) * theta

    def zero(self) -> None:
        """Begin the next sum."""
        for total in self.sums.values():
            total[...] = 0


class ClipOfTheSumSoFar(Loop):
    """clip_grad_norm_ after every backward."""

    def accumulate(self, gradients: Named) -> None:
        super().accumulate(gradients)
        self.sums = self.clip(self.sums)

    def update(self, gradients: Named) -> None:
        super().update(self.sums)


class ClipAfterTheStep(Loop):
    """optimizer.step() first: the clipped gradients are zeroed unused."""

    def update(self, gradients: Named) -> None:
        super().update(self.sums)


class ClipBeforeTheMean(Loop):
    """The sum is clipped, and divided by the number of batches afterwards."""

    def clip(self, gradients: Named) -> Named:
        whole = super().clip({name: g * self.count for name, g in gradients.items()})
        return {name: g / self.count for name, g in whole.items()}


class ClipOfEachWorker(Loop):
    """Each worker clips its own gradients, and then they are averaged."""

    def accumulate(self, gradients: Named) -> None:
        super().accumulate(self.clip(gradients))

    def update(self, gradients: Named) -> None:
        super().update(self.sums)


class NormOfEachGroup(Loop):
    """global_clipnorm of each of several optimizers."""

    def clip(self, gradients: Named) -> Named:
        found: Named = {}
        for rule in dict.fromkeys(self.rules.values()):
            found |= super().clip({name: g for name, g in gradients.items() if self.rules[name] == rule})
        return found


class NoDivision(Loop):
    """The loss is not divided by the number of batches."""

    def accumulate(self, gradients: Named) -> None:
        super().accumulate({name: g * self.count for name, g in gradients.items()})


class AverageOfEveryBatch(Loop):
    """Keras's use_ema under gradient_accumulation_steps."""

    def batch(self, gradients: Named) -> None:
        super().batch(gradients)
        if self.batches % self.count:
            self.step_average()


class AverageBeforeTheStep(Loop):
    """ema.update() stands above optimizer.step()."""

    def update(self, gradients: Named) -> None:
        Loop.step_average(self)
        super().update(gradients)

    def step_average(self) -> None:
        pass


class AverageTheWrongWayRound(Loop):
    """The decay is taken for the share of what is new."""

    def step_average(self) -> None:
        right = self.training
        assert right.average is not None
        self.training = replace(right, average=replace(right.average, decay=1 - (right.average.decay or 0.0)))
        super().step_average()
        self.training = right


class ScheduleOfBatches(Loop):
    """scheduler.step() after every backward; Keras's schedules under gradient_accumulation_steps."""

    def rate(self, rule: Rule) -> float:
        return rate_at(rule.learning_rate, self.batches - 1)


class ScheduleBeforeTheStep(Loop):
    """scheduler.step() stands above optimizer.step(): the first rate is never seen."""

    def rate(self, rule: Rule) -> float:
        return rate_at(rule.learning_rate, self.updates + 1)


class DecayByTheBaseRate(Loop):
    """The weights are decayed by the rate that the schedule starts from."""

    def move(self, rule: Rule, theta: Array, g: Array, name: str) -> None:
        theta -= rate_at(rule.learning_rate, 0) * rule.weight_decay * theta
        super().move(replace(rule, weight_decay=0.0), theta, g, name)


class DecayOfAll(Loop):
    """The groups are made, and the weight decay is given to all."""

    def move(self, rule: Rule, theta: Array, g: Array, name: str) -> None:
        super().move(replace(rule, weight_decay=0.1), theta, g, name)


class OneRateForAll(Loop):
    """Each step writes the first group's rate into all."""

    def rate(self, rule: Rule) -> float:
        return super().rate(self.training.groups[0].optimizer)


class CorrectionByBatches(Loop):
    """The step that the bias is corrected for is counted in batches."""

    def corrected(self) -> int:
        return self.batches


class NeverZeroed(Loop):
    """zero_grad() is forgotten."""

    def zero(self) -> None:
        pass


class ZeroedAtEveryBatch(Loop):
    """zero_grad() stands at the head of the loop: all but the last batch is lost."""

    def accumulate(self, gradients: Named) -> None:
        self.zero()
        super().accumulate(gradients)


@dataclass(frozen=True, kw_only=True)
class WrongLoop:
    """What is wrong, in a phrase, and the loop."""

    wrong: str
    loop: Callable[[Training[Rule], Named], Loop]


WRONG_LOOPS = (
    WrongLoop(wrong="clip before accumulation is complete", loop=ClipOfTheSumSoFar),
    WrongLoop(wrong="clip after the step", loop=ClipAfterTheStep),
    WrongLoop(wrong="clip before the mean", loop=ClipBeforeTheMean),
    WrongLoop(wrong="average over workers after clipping", loop=ClipOfEachWorker),
    WrongLoop(wrong="norm per group instead of global", loop=NormOfEachGroup),
    WrongLoop(wrong="loss not divided by the number of batches", loop=NoDivision),
    WrongLoop(wrong="EMA per micro-batch instead of per update", loop=AverageOfEveryBatch),
    WrongLoop(wrong="EMA before the step", loop=AverageBeforeTheStep),
    WrongLoop(wrong="EMA with decay and 1 - decay changed over", loop=AverageTheWrongWayRound),
    WrongLoop(wrong="scheduler stepped per micro-batch", loop=ScheduleOfBatches),
    WrongLoop(wrong="scheduler before the optimizer", loop=ScheduleBeforeTheStep),
    WrongLoop(wrong="weight decay times the base rate", loop=DecayByTheBaseRate),
    WrongLoop(wrong="decay applied to excluded tensors", loop=DecayOfAll),
    WrongLoop(wrong="the first group's rate for all groups", loop=OneRateForAll),
    WrongLoop(wrong="bias correction counted in micro-batches", loop=CorrectionByBatches),
    WrongLoop(wrong="gradients never zeroed", loop=NeverZeroed),
    WrongLoop(wrong="gradients zeroed at every micro-batch", loop=ZeroedAtEveryBatch),
)


def walk(loop: Loop, gradients: Named = GRADIENTS) -> Iterator[Array]:
    """After each micro-batch, all parameters and their average in a row."""
    for i in range(len(next(iter(gradients.values())))):
        loop.batch({name: g[i] for name, g in gradients.items()})
        yield in_a_row([*loop.theta.values(), *loop.average.values()])


def in_a_row(arrays: Sequence[Array]) -> Array:
    """All numbers one behind the other."""
    return np.concatenate([array.ravel() for array in arrays])
