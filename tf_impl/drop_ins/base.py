"""What the drop-ins share: all that surrounds an update, and Keras's bookkeeping."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Literal, assert_never, get_args

import keras
import numpy as np
import tensorflow as tf

from comparisons.names import BadInput, unknown
from comparisons.rules import Rule
from comparisons.rules.ranges import NOT_NEGATIVE, RANGES, Range, check_number
from comparisons.rules.surroundings import Formula
from tf_impl.drop_ins.arguments import Family, State
from tf_impl.floatx import floatx
from tf_impl.rules.clipping import clipped_by_global_norm, clipped_by_norm

Rate = float | keras.optimizers.schedules.LearningRateSchedule | Callable[[], float | tf.Tensor]

# What every optimizer of Keras takes, and the rules know by other names or none.
OFF_IF_NONE = {
    "weight_decay": Range(ge=0, none=True),
    "clipnorm": Range(gt=0, none=True),
    "clipvalue": Range(gt=0, none=True),
    "global_clipnorm": Range(gt=0, none=True),
}


class DropIn(keras.optimizers.Optimizer):
    """A Keras optimizer that follows a rule with every switch: a family adds its arguments, `start` and `update`.

    In float64 everything is float64. Keras itself rounds what it casts to float32, and makes the learning rate a
    float32 variable; here hyperparameters are Python floats that only meet tensors of the parameter's dtype, and the
    learning rate is a float64 variable whatever the parameters are. Schedules of Keras compute in float32 all the
    same; RuleSchedule does not. TensorFlow takes denormal numbers for 0, in any optimizer.

    Args:
        learning_rate: a number, a schedule, or a function without arguments.
        weight_decay_coupling: "decoupled" from the gradient, as in Keras, or "coupled" to it (L2), as in torch.
        clip_formula: of the two norms: "exact", as in Keras, or "padded", as in torch.
        **kwargs: the family's own arguments, and those that every optimizer of Keras takes: weight_decay, clipnorm,
            clipvalue, global_clipnorm, use_ema, gradient_accumulation_steps, name, ...

    Raises:
        BadInput: a hyperparameter is out of its range.
    """

    family: ClassVar[Family]

    def __init__(
        self,
        learning_rate: Rate,
        *,
        weight_decay_coupling: Literal["decoupled", "coupled"] = "decoupled",
        clip_formula: Formula = "exact",
        **kwargs: Any,
    ) -> None:
        place, own = type(self).__name__, {}
        for name, argument in self.family.spelling.items():
            value = kwargs.pop(argument)
            own[argument] = check_number(place, argument, value, name) if name in RANGES else value
        for name, allowed in OFF_IF_NONE.items():
            kwargs[name] = check_number(place, name, kwargs.get(name), allowed)
        if clip_formula not in get_args(Formula):
            raise BadInput(f"{place}: " + unknown("clip_formula", clip_formula, get_args(Formula)))
        if not callable(learning_rate):
            learning_rate = check_number(place, "learning_rate", learning_rate, NOT_NEGATIVE)
        with floatx("float64"):  # of the learning rate, a variable made on construction
            super().__init__(learning_rate, **kwargs)
        own |= {"weight_decay_coupling": weight_decay_coupling, "clip_formula": clip_formula}
        for argument, value in own.items():
            setattr(self, argument, value)
        self.rule()  # refuses a switch that is no such word, and what does not go together

    def rule(self) -> Rule:
        """The rule that the attributes make, but for its learning rate: that of a step is a tensor, and goes beside."""
        own = {name: getattr(self, argument) for name, argument in self.family.spelling.items()}
        return self.family.rule(
            learning_rate=1.0,
            weight_decay=self.weight_decay or 0.0,
            weight_decay_coupling=self.weight_decay_coupling,
            **own,
        )

    def build(self, variables: Sequence[tf.Variable | keras.Variable]) -> None:
        """Make the state of each variable, and what they share."""
        if self.built:
            return
        super().build(variables)
        rule = self.rule()
        self._states = [self._state(rule, variable) for variable in variables]
        self._shared = tuple(
            self._variable(symbol, tf.constant(value, tf.float64), "only_first_replica")
            for symbol, value in self.family.shared.items()
        )

    def _state(self, rule: Rule, variable: tf.Variable | keras.Variable) -> State:
        owner = getattr(variable, "path", variable.name).replace("/", "_").replace(":", "_")
        theta = variable.value if isinstance(variable, keras.Variable) else variable
        state = self.family.start(rule, theta)
        return tuple(self._variable(f"{owner}_{symbol}", value) for symbol, value in state.items())

    def _variable(self, name: str, value: tf.Tensor, aggregation: str = "none") -> tf.Variable:
        return self.add_variable(value.shape, lambda shape, dtype: value, value.dtype, aggregation, name=name).value

    def update_step(self, gradient: tf.Tensor, variable: tf.Variable, learning_rate: Any) -> None:
        """One step of one variable; the gradient is clipped already."""
        rate, gradient = scalar(learning_rate, variable.dtype), tf.cast(gradient, variable.dtype)
        rule = self.rule()
        if not self._use_weight_decay(variable):
            rule = replace(rule, weight_decay=0.0)
        if rule.weight_decay:
            match rule.weight_decay_coupling:
                case "coupled":
                    gradient = gradient + rule.weight_decay * variable
                case "decoupled":
                    if rule.decays_first:
                        variable.assign_sub(rate * rule.weight_decay * variable)
                case _:
                    assert_never(rule.weight_decay_coupling)
        state = self._states[self._get_variable_index(variable)]
        self.family.update(rule, self._t(), rate, variable, gradient, state + self._shared)

    def _backend_update_step(
        self, grads: Sequence[tf.Tensor], trainable_variables: Sequence[tf.Variable], learning_rate: Any
    ) -> None:
        super()._backend_update_step(grads, trainable_variables, learning_rate)
        rate = scalar(learning_rate, tf.float64)
        self.family.advance(self.rule(), self._t(), rate, self._shared)

    def _t(self) -> tf.Tensor:
        return tf.cast(self.iterations, tf.float64) + 1

    def _apply_weight_decay(self, variables: Sequence[tf.Variable]) -> None:
        """Nothing: Keras would decay all variables here, with a weight_decay rounded to float32."""

    def _clip_gradients(self, grads: Sequence[tf.Tensor]) -> Sequence[tf.Tensor]:
        match self.clip_formula:
            case "padded" if self.clipnorm:
                return clipped_by_norm(grads, self.clipnorm)
            case "padded" if self.global_clipnorm:
                return clipped_by_global_norm(grads, self.global_clipnorm)
            case _:
                return super()._clip_gradients(grads)

    def apply(self, grads: Sequence[tf.Tensor], trainable_variables: Sequence[tf.Variable] | None = None) -> None:
        """One step, as Keras's; a sparse gradient counts as the dense one it stands for.

        In Keras it does so only where no row is in it twice: `comparisons.frameworks.defects`, repeated-rows.
        """
        dense = [tf.convert_to_tensor(g) if isinstance(g, tf.IndexedSlices) else g for g in grads]
        super().apply(dense, trainable_variables)

    def get_config(self) -> dict[str, Any]:
        """Keras's, the switches, and the family's own arguments."""
        own = ["weight_decay_coupling", "clip_formula", *self.family.spelling.values()]
        return super().get_config() | {name: getattr(self, name) for name in own}


def scalar(value: Any, dtype: tf.DType) -> tf.Tensor:
    """A number or scalar tensor as a tensor of `dtype`: tf.cast alone would round a Python float to float32."""
    return tf.cast(np.float64(value) if isinstance(value, float) else value, dtype)
