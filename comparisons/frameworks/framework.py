"""A framework: one record of all that is known of it without importing it.

No field has a default, so that the type checker asks for each; nowhere else are frameworks distinguished.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from comparisons.frameworks.call import NativeCall, Value
from comparisons.frameworks.signature import Arguments, NativeClass, Package, RecipeClass
from comparisons.rules import Clip, Rule, Schedule
from comparisons.rules.recipe import Optimizer
from comparisons.rules.training import Accumulation, Average, Training

Tensor = Literal["weight", "embedding", "bias", "scale", "shift"]  # scale and shift: the weight and bias of a norm
Place = Literal[
    "argument",  # of the optimizer
    "separate",  # a call of its own, which goes with the optimizer's
]


@dataclass(frozen=True, kw_only=True)
class LineStyle:
    """The line of a framework: colour, width in points, and matplotlib's dash.

    The colours are Okabe and Ito's (https://jfly.uni-koeln.de/color/), light to dark. Curves lie on each other, so they
    are drawn in the order of the frameworks, each narrower than the one below it.
    """

    colour: str
    width: float
    dash: str | tuple[float, tuple[float, ...]]


@dataclass(frozen=True, kw_only=True)
class Schedules:
    """How a framework spells a learning rate that depends on the step.

    Args:
        module: where its classes are.
        calls: their arguments, by class.
        others: modules of other makers with schedules for it, and the arguments of those.
        place: whether the object is the optimizer's learning rate or a call that goes with it.
        read: a checked call and the optimizer's learning rate, where the call has none itself, to the rate.
        momentum: the schedule of the momentum, or beta1, under the call; None if it leaves it alone.
        write: the reverse of read; None where no class is the schedule.
        write_both: a rate and a momentum to the call that leads both; None where none does.
        beside: the fields, beside the learning rate, of which an argument may be such an object.
        no_rule: its classes that no rule describes.
        source: the file that defines them.
    """

    module: str
    calls: Mapping[str, Arguments]
    others: Mapping[str, Mapping[str, Arguments]]
    place: Place
    read: Callable[[NativeCall, float], float | Schedule]
    momentum: Callable[[NativeCall], Schedule | None]
    write: Callable[[Schedule], NativeCall | None]
    write_both: Callable[[Schedule, Schedule], NativeCall | None]
    beside: tuple[str, ...]
    no_rule: tuple[str, ...]
    source: str


@dataclass(frozen=True, kw_only=True)
class ClipArguments:
    """Clipping by arguments of the optimizer.

    Args:
        names: the arguments, of which at most one is given. fields: what each sets.
        read: what they are, by the fields that they set, to the clip.
        write: the reverse.
        module: where functions that clip as the arguments do are. calls: their arguments, by function.
        argument_of: a call of such a function to the argument.
        source: the file that clips.
    """

    names: tuple[str, ...]
    fields: tuple[str, ...]
    read: Callable[[Mapping[str, float | None]], Clip | None]
    write: Callable[[Clip | None], dict[str, float | None]]
    module: str
    calls: Mapping[str, Arguments]
    argument_of: Callable[[NativeCall], dict[str, Value]]
    source: str


@dataclass(frozen=True, kw_only=True)
class ClipCalls:
    """Clipping by calls that go before the optimizer's step.

    Args:
        module: where the functions are.
        calls: their arguments, by function.
        read: a checked call to the clip.
        write: the reverse.
        source: the file that clips.
    """

    module: str
    calls: Mapping[str, Arguments]
    read: Callable[[NativeCall], Clip]
    write: Callable[[Clip], NativeCall]
    source: str


@dataclass(frozen=True, kw_only=True)
class Hooks:
    """Functions by which a framework's optimizers follow rules that they have no arguments for.

    Args:
        module: where the functions are.
        mend: a call, a rule and a field to the call in which this field is the rule's; to None if no hook does it.
    """

    module: str
    mend: Callable[[NativeCall, Rule, str], NativeCall | None]


@dataclass(frozen=True, kw_only=True)
class Names:
    """How people name what a framework has.

    Args:
        modules: what they write before the last dot, to the module that it means.
        no_rule: its optimizers that no rule describes, each with the reason.
        as_one: those of them that step all parameters as one vector, and so take no groups of them.
        instead: what there is here in the place of a class elsewhere that no rule describes, by the class.
        data: an optimizer as data: a config that names its class, a group of parameters with its arguments, or "".
        tensors: the names of parameters, as patterns of a shell, by what they are; {} where everybody names them.
        meant: a regular expression to what is meant by a pattern whose lower-case letters it is found in; in order.
    """

    modules: Mapping[str, str]
    no_rule: Mapping[str, str]
    as_one: tuple[str, ...]
    instead: Mapping[str, str]
    data: Literal["config", "group", ""]
    tensors: Mapping[Tensor, tuple[str, ...]]
    meant: Mapping[str, tuple[Tensor, ...]]


@dataclass(frozen=True, kw_only=True)
class Writing:
    """How port writes for a framework: code to paste, and the remedies that only it has.

    Args:
        optimizer: the call of an optimizer, with those of its arguments that say something.
        statements: what stands after the call of an optimizer: its hooks, clipping and scheduler, a statement each; the
            text is what the scheduler counts.
        drop_in: a rule and the arguments of its drop-in, without the clip, to the lines that import and make it.
        schedule, clip: one by itself.
        average: how to keep an average of the parameters with this decay.
        without_decay: how to leave parameters out of the weight decay of an optimizer.
        penalty: a coupled weight decay as a term of the loss; "" where there is no such term.
        float64: what a rule needs to be exact in float64; "" for nothing.
        blocks: the module that writes whole trainings (`frameworks.block.Blocks`), imported when there is one.
        classes: code and the values of its calls, to the code and the lines of the classes that it needs before it.
    """

    optimizer: Callable[[NativeCall, Mapping[str, Value]], str]
    statements: Callable[[NativeCall, str], list[str]]
    drop_in: Callable[[Rule, Mapping[str, object]], list[str]]
    schedule: Callable[[Schedule], str]
    clip: Callable[[Clip], str]
    average: Callable[[Value], str]
    without_decay: Callable[[NativeCall | Rule], str]
    penalty: Callable[[float], str]
    float64: Callable[[Rule], str]
    blocks: str
    classes: Callable[[str, Iterable[object]], tuple[str, list[str]]]


@dataclass(frozen=True, kw_only=True)
class Around:
    """How a framework does what surrounds the optimizers of a whole training.

    Args:
        counts_batches: whether the schedules count micro-batches, as the optimizers accumulate gradients themselves.
        accumulating: a training to the one whose optimizers do so, if they can.
        together: whether one optimizer serves all its groups.
        average: a decay, and how many batches make an update, to the average that people get.
        arguments: those of a class to what they say of a training, and those that say no more of it.
    """

    counts_batches: Callable[[Training[NativeCall]], bool]
    accumulating: Callable[[Training[NativeCall]], Training[NativeCall]]
    together: Callable[[Training[NativeCall]], bool]
    average: Callable[[float, int], Average]
    arguments: Callable[[Mapping[str, Value]], tuple[Accumulation | None, Average | None, Mapping[str, Value]]]


# All of it stands in the loop, which counts updates.
IN_THE_LOOP = Around(
    counts_batches=lambda _: False,
    accumulating=lambda training: training,
    together=lambda _: True,
    average=lambda decay, _: Average(decay=decay),
    arguments=lambda given: (None, None, given),
)


@dataclass(frozen=True, kw_only=True)
class Framework:
    """A framework.

    Args:
        id: as it is typed, and as its columns and files are called.
        name: in sentences. title: in headings.
        aliases: what people type in the place of the id.
        packages: what must be installed, by the names of their modules, which the package index has, too.
        implementation: the package that trains with it; "" for a framework that is read and written only.
        environment: variables that are set before it is imported.
        line: how its curves are drawn.
        flushes: whether it takes numbers below the smallest with all its digits (1.2e-38 in float32) for 0.
        devices: those beside the CPU that it calls by these names; () for none.
        module: where its optimizers are. classes: by name, in the order of preference.
        foreign: the modules of optimizers that others have written for it, or that it had itself, by their names.
        recipe_classes: how a recipe's optimizer is written, where it has a class for it.
        schedules, clips: None where only a rule can say them.
        hooks: None where an optimizer takes none.
        first_argument: what an optimizer is made over, as code; "" for nothing.
        names: how people name its classes. writing: how port writes its code.
        instead: of an argument that people give and no class has, what to do.
        around: how it does what surrounds the optimizers of a training.
    """

    id: str
    name: str
    title: str
    aliases: tuple[str, ...]
    packages: tuple[str, ...]
    implementation: str
    environment: Mapping[str, str]
    line: LineStyle
    flushes: bool
    devices: tuple[str, ...]
    module: str
    classes: Mapping[str, NativeClass]
    foreign: Mapping[str, Package]
    recipe_classes: Mapping[Optimizer, RecipeClass]
    schedules: Schedules | None
    clips: ClipArguments | ClipCalls | None
    hooks: Hooks | None
    first_argument: str
    names: Names
    writing: Writing
    instead: Mapping[str, str]
    around: Around

    @property
    def install(self) -> str:
        """The command that installs what it needs."""
        from comparisons.frameworks import requirements  # takes 50 ms to import, and little is missing

        return requirements.install(self.packages)

    @property
    def signatures(self) -> dict[str, dict[str, Value]]:
        """Class to argument to default, of the arguments that bear on the update."""
        return {name: native.signature for name, native in self.classes.items()}

    def classes_in(self, module: str) -> Mapping[str, NativeClass]:
        """The optimizers in a module, its own or a foreign one."""
        return self.foreign[module].classes if module in self.foreign else self.classes

    @property
    def has_optimizers(self) -> bool:
        """Whether it has optimizers itself; else they are those of our implementation, which follow every rule."""
        return not self.trains or not self.module.startswith(self.implementation)

    @property
    def trains(self) -> bool:
        """Whether triptych trains with it, so that there are columns of it and proofs."""
        return bool(self.implementation)

    @property
    def has_schedulers(self) -> bool:
        """Whether a schedule stands apart from the optimizer, and is stepped by itself."""
        return self.schedules is not None and self.schedules.place == "separate"

    def has(self, optimizer: Optimizer) -> bool:
        """Whether there is a class for the optimizer, so that a recipe of it can be written."""
        return optimizer in self.recipe_classes

    def call(self, name: str, arguments: Mapping[str, Any]) -> NativeCall:
        """The call of one of its optimizers."""
        return NativeCall(framework=self.id, name=name, module=self.module, arguments=dict(arguments))
