"""What the drop-ins share: all that surrounds an update, and torch's bookkeeping."""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from types import ModuleType
from typing import Any, ClassVar, get_args

import torch
from torch import Tensor
from torch.optim.optimizer import ParamsT

from comparisons.frameworks import drop_ins
from comparisons.frameworks.torch.classes import CLASSES
from comparisons.names import BadInput
from comparisons.rules import InverseTimeDecay, Rule, Schedule, elementwise, rate_at, rule_at
from comparisons.rules.ranges import check_number
from comparisons.rules.surroundings import LED
from torch_impl.drop_ins.batches import CACHED, Batch, Entries, alike, chunks
from torch_impl.drop_ins.state import NAMES
from torch_impl.rules import State, family
from torch_impl.tensors import Scalar, Tensors

Group = Mapping[str, Any]  # the entries of one of torch's parameter groups
Rate = float | Tensor | Schedule
ROUNDED = 1e-9  # of the first rate: a scheduler that ends at 0 gets there by a product a step, of many roundings
GRAPHS = ("cuda", "xpu", "hpu", "xla")  # devices on which torch.optim is capturable
torch.serialization.add_safe_globals(list(get_args(Schedule)))  # torch.load reads no class that is not called safe


class DropIn(torch.optim.Optimizer):
    """A torch optimizer that follows a rule with every switch: a class says which, and has its arguments by the table.

    Groups, closures, schedulers, hooks and state dicts are as in torch.optim. The state has torch's names too: by its
    state dict, a drop-in takes over from torch's own class in mid-training. What a group holds may change between
    steps; each step makes a rule of it anew, the numbers in float64 whatever the parameters are.

    Raises:
        BadInput: a hyperparameter is out of its range.
    """

    follows: ClassVar[type[Rule]]
    family: ClassVar[ModuleType]
    arguments: ClassVar[drop_ins.Arguments]
    names: ClassVar[Mapping[str, str]]  # symbol to what torch calls it, if that is another word
    symbols: ClassVar[Mapping[str, str]]  # the reverse
    initial: ClassVar[Mapping[str, float]]  # symbol to value, of the numbers that a parameter has beside its tensors
    scalars: ClassVar[list[str]]  # what torch calls those

    def __init_subclass__(cls, *, follows: type[Rule] | None = None) -> None:
        super().__init_subclass__()
        if follows is None:  # a class of somebody's own, made from one of these
            return
        cls.follows, cls.family, cls.arguments = follows, family(follows), drop_ins.arguments("torch", follows)
        cls.names, cls.initial = NAMES.get(follows, {}), getattr(cls.family, "SCALARS", {})
        cls.symbols = {name: symbol for symbol, name in cls.names.items()}
        cls.scalars = [cls.names.get(symbol, symbol) for symbol in cls.initial]
        cls.__signature__ = drop_ins.signature("torch", follows)  # type: ignore[attr-defined]  # inspect knows it
        cls.__doc__ = drop_ins.documented("torch", follows, cls.__doc__ or "")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        given = type(self).__signature__.bind(*args, **kwargs)  # type: ignore[attr-defined]  # inspect knows it
        given.apply_defaults()
        params: ParamsT = given.arguments.pop("params")
        super().__init__(params, dict(given.arguments))

    def rule(self, group: Group) -> Any:
        """The rule that the group follows; a rate that a scheduler's rounding left below 0 counts as 0."""
        beside = group["capturable"] and isinstance(group["lr"], Tensor)  # to look into it is to wait for the device
        lr = 1.0 if beside else _plain(group["lr"])
        if not isinstance(lr, Schedule) and 0 < -lr <= ROUNDED * group.get("initial_lr", 0.0):
            lr = 0.0
        drop_in: Any = type(self)  # its __hash__ is annotated so that mypy thinks it cannot be a key
        return _made(drop_in, tuple(lr if name == "lr" else _plain(group[name]) for name in self.arguments))

    def check(self, group: Group) -> None:
        """Raise BadInput, a ValueError, unless the group's entries may be what they are, and go together."""
        place = self.follows.__name__
        for name, argument in self.arguments.items():
            parts = argument.fields
            values = group[name] if len(parts) > 1 else (group[name],)
            if len(parts) > 1 and (not isinstance(values, tuple | list) or len(values) != len(parts)):
                kind = "a pair of" if len(parts) == 2 else f"{len(parts)}"
                raise BadInput(f"{place}: {name} is {values!r}; it must be {kind} numbers")
            for i, (part, value) in enumerate(zip(parts, values, strict=False)):
                allowed = drop_ins.range_of(self.follows, part)
                if allowed is not None and not (isinstance(value, Schedule) and part in ("learning_rate", *LED)):
                    check_number(place, name if len(parts) == 1 else f"{name}[{i}]", _plain(value), allowed)
        for name, argument in self.arguments.items():  # here, as the cache of rules takes 1 for True
            if isinstance(argument.default, bool) and not isinstance(group[name], bool):
                raise BadInput(f"{place}: {name} is {group[name]!r}; it must be True or False")
        for name in self.arguments if group["capturable"] else ():
            if any(isinstance(part, Schedule) for part in (group[name], *_parts(group[name]))):
                raise BadInput(f"{place}: {name} is {group[name]!r}; with capturable it must be a number or a tensor")

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group of parameters; what it leaves out is as the constructor was given."""
        if isinstance(param_group, dict):  # if not, torch says so
            group = {**self.defaults, **param_group}
            self.check(group)
            self.rule(group)  # refuses a switch that is no such word, and what does not go together
        super().add_param_group(param_group)

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update the parameters that have a gradient; return the closure's loss."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        batches = self._batches(torch.compiler.is_compiling())
        added = [batch.step() for batch in batches]
        if any(added):
            self._keep(batches, added)
        return loss

    @torch.compiler.disable  # type: ignore[untyped-decorator]  # torch's has no types
    def _keep(self, batches: list[Batch], added: list[State]) -> None:
        """Make the tensors part of the parameters' state."""
        for batch, more in zip(batches, added, strict=True):
            for symbol, tensors in more.items():
                for own, tensor in zip(batch.entries, tensors.each, strict=True):
                    own[self.names.get(symbol, symbol)] = tensor

    @torch.compiler.disable  # type: ignore[untyped-decorator]  # torch's has no types
    def _batches(self, compiling: bool) -> list[Batch]:
        """What the parameters take the step in; they are counted one step on."""
        groups = [
            (group, [theta for theta in group["params"] if theta.grad is not None]) for group in self.param_groups
        ]
        for group, thetas in groups:
            for theta in thetas:
                self._refuse_foreign(group, theta)
        return [batch for group, thetas in groups if thetas for batch in self._batches_of(group, thetas, compiling)]

    def _batches_of(self, group: Group, thetas: list[Tensor], compiling: bool) -> Iterator[Batch]:
        rule = self.rule(group)
        entries = [self.state_of(theta, rule, group) for theta in thetas]
        torch._foreach_add_([own["step"] for own in entries], torch.ones_like(entries[0]["step"]))
        most = CACHED if elementwise(rule) else 0
        for members in alike(thetas, entries, [] if group["capturable"] else ["step", *self.scalars]):
            parts = [members]
            if thetas[members[0]].device.type == "cpu" and not compiling:
                parts = list(chunks(members, thetas, most))
            for part in parts:
                yield self._batch(rule, group, [thetas[i] for i in part], [entries[i] for i in part], compiling)

    def _batch(self, rule: Rule, group: Group, thetas: list[Tensor], entries: list[Entries], compiling: bool) -> Batch:
        """Those that step together; numbers are floats, but in a graph, which is to hold for all steps, tensors."""
        count, steps = len(thetas), [own["step"] for own in entries]
        names = {self.symbols.get(name, name): name for name in entries[0] if name != "step"}
        own = {symbol: [state[name] for state in entries] for symbol, name in names.items()}
        scalars = {symbol: own[symbol] for symbol in self.initial}
        t: Scalar
        rate: Scalar
        if group["capturable"]:
            lr = group["lr"]
            t, rate = Tensors(steps), Tensors([lr] * count) if isinstance(lr, Tensor) else lr
        else:
            t = int(steps[0].item())
            rule, rate = rule_at(rule, t - 1), rate_at(rule.learning_rate, t - 1)
            if compiling:
                like = steps[0].to(thetas[0].device)
                t, rate = (Tensors([torch.full_like(like, number)] * count) for number in (t, rate))
            own |= {symbol: each[:1] * (count if compiling else 1) for symbol, each in scalars.items()}
        return Batch(
            family=self.family,
            rule=rule,
            maximize=group["maximize"],
            t=t,
            rate=rate,
            theta=Tensors(thetas),
            g=Tensors([theta.grad for theta in thetas if theta.grad is not None]),
            state={symbol: Tensors(each) for symbol, each in own.items()},
            scalars=scalars,
            entries=entries,
        )

    def state_of(self, theta: Tensor, rule: Rule, group: Group) -> Entries:
        """What the optimizer knows of a parameter; before its first step, how it starts."""
        own: Entries = self.state[theta]
        if not own:
            own["step"] = self._scalar(theta, group, 0.0)
            made = {symbol: self._scalar(theta, group, value) for symbol, value in self.initial.items()}
            made |= self.family.start(rule, theta)
            own |= {self.names.get(symbol, symbol): tensor for symbol, tensor in made.items()}
        return own

    def _scalar(self, theta: Tensor, group: Group, value: float) -> Tensor:
        """A number of a parameter, as torch has it: on the CPU unless capturable; in float64 for float64."""
        wide = torch.float64 in (theta.dtype, torch.get_default_dtype())
        device = theta.device if group["capturable"] else "cpu"
        return torch.tensor(value, dtype=torch.float64 if wide else torch.float32, device=device)

    def _refuse_foreign(self, group: Group, theta: Tensor) -> None:
        name, gradient = self.follows.__name__, theta.grad
        if not theta.is_floating_point():
            raise RuntimeError(f"{name} does not support parameters of {theta.dtype}")
        if gradient is not None and gradient.is_sparse:
            raise RuntimeError(f"{name} does not support sparse gradients")
        if gradient is not None and gradient.dtype != theta.dtype:
            raise RuntimeError(f"{name} expected a gradient of {theta.dtype} but got {gradient.dtype}")
        if group["capturable"] and theta.device.type not in GRAPHS:
            raise RuntimeError(f"{name} is capturable on {', '.join(GRAPHS)}, and a parameter is on {theta.device}")

    def state_dict(self) -> dict[str, Any]:
        """As torch's class has it, which decouples weight decay by a word of its own."""
        state = super().state_dict()
        native = CLASSES.get(self.follows.__name__)
        if native is not None and "decoupled_weight_decay" in native.arguments:
            for group in state["param_groups"]:
                group["decoupled_weight_decay"] = group["weight_decay_coupling"] != "coupled"
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Also from a class of torch.optim: that has no switches, and some numbers of another dtype."""
        super().__setstate__(state)
        self.defaults.pop("differentiable", None)  # torch's base class adds it
        for group in self.param_groups:
            if (decoupled := group.pop("decoupled_weight_decay", None)) is not None:
                group.setdefault("weight_decay_coupling", "decoupled" if decoupled else "coupled")
            for name in self.arguments:
                group.setdefault(name, self.defaults[name])
            for theta in group["params"]:
                own: Entries = self.state.get(theta, {})
                for name in [name for name, value in own.items() if value is None]:
                    del own[name]
                if own:
                    own.setdefault("step", 1)  # torch.optim.SGD counts no steps, but its first is over
                    own |= {name: self._scalar(theta, group, float(own[name])) for name in ("step", *self.scalars)}


def _parts(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, tuple | list) else ()


def _plain(value: Any) -> Any:
    """A number that a scheduler left as a tensor is Python's; so are those of a pair, which may be a list."""
    if isinstance(value, Tensor):
        return value.item() if not value.ndim else value
    return tuple(map(_plain, value)) if isinstance(value, tuple | list) else value


@lru_cache
def _made(drop_in: Any, given: tuple[Any, ...]) -> Rule:
    """The rule that a drop-in's class makes of these arguments, in order."""
    fields = drop_ins.fields_of(drop_in.arguments, dict(zip(drop_in.arguments, given, strict=True)))
    decay = fields.pop("learning_rate_decay", 0.0)
    if decay and fields["learning_rate"]:  # a rate that a scheduler took to 0 stays there
        fields["learning_rate"] = InverseTimeDecay(initial=fields["learning_rate"], rate=decay)
    return drop_in.follows(**fields)
