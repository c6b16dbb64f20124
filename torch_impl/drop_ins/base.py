"""What the drop-ins share: all that surrounds an update, and torch's bookkeeping."""

from collections.abc import Callable
from typing import Any, ClassVar, Literal, assert_never, get_args

import torch
from torch import Tensor
from torch.optim.optimizer import ParamsT

from comparisons.names import BadInput
from comparisons.rules import Rule, Schedule, rate_at
from torch_impl.drop_ins.arguments import Family, Group, State

Rate = float | Schedule
Coupling = Literal["coupled", "decoupled"]
ROUNDED = 1e-9  # of the first rate: a scheduler that ends at 0 gets there by a product a step, of many roundings
torch.serialization.add_safe_globals(list(get_args(Schedule)))  # torch.load reads no class that is not called safe


class DropIn(torch.optim.Optimizer):
    """A torch optimizer that follows a rule with every switch: a family adds its arguments, `start` and `update`.

    Groups, closures, schedulers, hooks and state dicts are as in torch.optim. The state has torch's names too: by its
    state dict, a drop-in takes over from torch's own class in mid-training. What a group holds may change between
    steps; each step makes a rule of it anew, the numbers in float64 whatever the parameters are.

    Args, beside the family's own:
        lr: a number, or a schedule of comparisons.rules, its k the number of updates that the parameter has had.
        weight_decay_coupling: "coupled" to the gradient (L2), or "decoupled" from it, as in AdamW and Keras.
        maximize: go up.

    Raises:
        BadInput: a hyperparameter is out of its range.
    """

    family: ClassVar[Family]

    def __init__(self, params: ParamsT, **defaults: Any) -> None:
        super().__init__(params, defaults)

    def rule(self, group: Group) -> Any:
        """The rule that the group follows; a rate that a scheduler's rounding left below 0 counts as 0."""
        lr, initial = group["lr"], group.get("initial_lr", 0.0)
        rounded = not isinstance(lr, Schedule) and 0 < -lr <= ROUNDED * initial
        return self.family.read({**group, "lr": 0.0} if rounded else group)

    def check(self, group: Group) -> None:
        """Raise BadInput, a ValueError, unless the group's entries may be what they are, and go together."""
        self.family.check(group)
        if not isinstance(group["maximize"], bool):
            raise BadInput(f"{type(self).__name__}: maximize is {group['maximize']!r}; it must be True or False")

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group of parameters; what it leaves out is as the constructor was told."""
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
        for group in self.param_groups:
            rule = self.rule(group)
            for theta in group["params"]:
                if theta.grad is not None:
                    self._update(rule, theta, -theta.grad if group["maximize"] else theta.grad)
        return loss

    def _update(self, rule: Rule, theta: Tensor, gradient: Tensor) -> None:
        self._refuse_foreign(theta, gradient)
        state: State = self.state[theta]
        if not state:
            state.update(step=0, **self.family.start(rule, theta))
        t = state["step"] = state["step"] + 1
        rate = rate_at(rule.learning_rate, t - 1)
        if rule.weight_decay:
            match rule.weight_decay_coupling:
                case "coupled":
                    gradient = gradient.add(theta, alpha=rule.weight_decay)
                case "decoupled":
                    if rule.decays_first:
                        theta.sub_(theta, alpha=rate * rule.weight_decay)
                case _:
                    assert_never(rule.weight_decay_coupling)
        self.family.update(rule, t, rate, theta, gradient, state)

    def _refuse_foreign(self, theta: Tensor, gradient: Tensor) -> None:
        if not theta.is_floating_point():
            raise RuntimeError(f"{type(self).__name__} does not support parameters of {theta.dtype}")
        if gradient.is_sparse:
            raise RuntimeError(f"{type(self).__name__} does not support sparse gradients")
        if gradient.dtype != theta.dtype:
            raise RuntimeError(f"{type(self).__name__} expected a gradient of {theta.dtype} but got {gradient.dtype}")

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Also from a class of torch.optim: that has no switches, and numbers as float32 tensors."""
        super().__setstate__(state)
        for group in self.param_groups:
            if "decoupled_weight_decay" in group:
                group["weight_decay_coupling"] = "decoupled" if group.pop("decoupled_weight_decay") else "coupled"
            for name, value in self.defaults.items():
                group.setdefault(name, value)
        for entries in filter(None, self.state.values()):
            entries["step"] = int(entries.get("step", 1))  # torch.optim.SGD counts no steps, but its first is over
            for name in entries.keys() & {"eta", "mu_product"}:
                entries[name] = float(entries[name])
