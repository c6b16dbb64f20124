"""What the drop-ins share: all that surrounds an update, and Keras's bookkeeping."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from inspect import Signature
from types import ModuleType
from typing import Any, ClassVar, get_args

import keras
import numpy as np
import tensorflow as tf

from comparisons import rules
from comparisons.frameworks import drop_ins
from comparisons.frameworks.keras.classes import TAIL
from comparisons.names import BadInput, unknown
from comparisons.rules import Clip, ClipGlobalNorm, ClipNorm, ClipValue, Rule, Schedule
from comparisons.rules.ranges import check_number
from comparisons.rules.surroundings import LED, Formula
from tf_impl.drop_ins.led import rule_at
from tf_impl.drop_ins.schedules import packed, unpacked
from tf_impl.drop_ins.state import of_adafactor, order
from tf_impl.floatx import floatx
from tf_impl.rules import State, family
from tf_impl.rules.clipping import clipped
from tf_impl.rules.weight_decay import coupled, decouple

Rate = float | keras.optimizers.schedules.LearningRateSchedule | Callable[[], float | tf.Tensor]
NEVER_BUILT = 2  # variables that an optimizer has from the start: the number of steps, the learning rate


class DropIn(keras.optimizers.Optimizer):
    """A Keras optimizer that follows a rule with every switch: a class says which, and has its arguments by the table.

    In float64 everything is float64. Keras itself rounds what it casts to float32, and makes the learning rate a
    float32 variable; here hyperparameters are Python floats that only meet tensors of the parameter's dtype, and the
    learning rate is a float64 variable whatever the parameters are. Schedules of Keras compute in float32 all the
    same; RuleSchedule does not. TensorFlow takes denormal numbers for 0, in any optimizer.

    The learning rate may be a number, a schedule, or a function without arguments. The state is in Keras's order: a
    drop-in loads what Keras's own class has saved, and takes over in mid-training.

    Raises:
        BadInput: a hyperparameter is out of its range.
    """

    follows: ClassVar[type[Rule]]
    family: ClassVar[ModuleType]
    arguments: ClassVar[drop_ins.Arguments]
    __signature__: ClassVar[Signature]

    def __init_subclass__(cls, *, follows: type[Rule] | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if follows is not None:
            cls.follows, cls.family, cls.arguments = follows, family(follows), drop_ins.arguments("tf", follows)
            cls.__signature__ = drop_ins.signature("tf", follows)
            cls.__doc__ = drop_ins.documented("tf", follows, cls.__doc__ or "")
            keras.saving.register_keras_serializable("triptych")(cls)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        bound = self.__signature__.bind(*args, **kwargs)
        bound.apply_defaults()
        given = {name: self._checked(name, value) for name, value in bound.arguments.items()}
        own = {name: given.pop(name) for name in self._own()}
        with floatx("float64"):  # of the learning rate, a variable made on construction
            super().__init__(**given)
        for name, value in own.items():
            setattr(self, name, value)
        self.rule()  # refuses a switch that is no such word, and what does not go together

    def _checked(self, name: str, value: Any) -> Any:
        argument = self.arguments[name]
        if isinstance(value, dict) and set(argument.fields) & set(LED):  # a schedule, as get_config has it
            value = unpacked(value)
        if isinstance(value, Schedule) and set(argument.fields) & set(LED):
            return value
        allowed = argument.allowed or drop_ins.range_of(self.follows, str(argument.field))
        if isinstance(argument.default, bool) and not isinstance(value, bool):
            raise BadInput(f"{type(self).__name__}: {name} is {value!r}; it must be True or False")
        if name == "clip_formula" and value not in get_args(Formula):
            raise BadInput(f"{type(self).__name__}: " + unknown(name, value, get_args(Formula)))
        if allowed is None or (name == "learning_rate" and callable(value)):
            return value
        if argument.default is None:
            allowed = replace(allowed, none=True)
        return check_number(type(self).__name__, name, value, allowed)

    @classmethod
    def _own(cls) -> list[str]:
        """The arguments that not every optimizer of Keras has."""
        every = {"learning_rate", "weight_decay", *TAIL}
        return [name for name in cls.arguments if name not in every]

    def rule(self) -> Rule:
        """The rule of the attributes, but for its learning rate: a step's is a tensor, and an argument of its own."""
        given = {name: getattr(self, name) for name in self._own()}
        given |= {"learning_rate": 1.0, "weight_decay": self.weight_decay or 0.0}
        values = drop_ins.fields_of({name: self.arguments[name] for name in given}, given)
        del values["clip_formula"]
        return self.follows(**values, clip=self._clip())

    def _clip(self) -> Clip | None:
        if self.clipnorm:
            return ClipNorm(limit=self.clipnorm, formula=self.clip_formula)
        if self.global_clipnorm:
            return ClipGlobalNorm(limit=self.global_clipnorm, formula=self.clip_formula)
        return ClipValue(limit=self.clipvalue) if self.clipvalue else None

    def build(self, variables: Sequence[tf.Variable | keras.Variable]) -> None:
        """Make the state of each variable, and the scalars of all."""
        if self.built:
            return
        super().build(variables)
        rule, parts = self.rule(), []
        self._states: list[State] = [{} for _ in variables]
        for variable, state in zip(variables, self._states, strict=True):
            owner = getattr(variable, "path", variable.name).replace("/", "_").replace(":", "_")
            theta = variable.value if isinstance(variable, keras.Variable) else variable
            made = self.family.start(rule, theta)
            parts += [(state, symbol, f"{owner}_{symbol}", value) for symbol, value in made.items()]
        for state, symbol, name, value in sorted(parts, key=lambda part: order(self.follows, part[1])):
            state[symbol] = self._variable(name, value)
        self._scalars = {
            symbol: self._variable(symbol, tf.constant(value, tf.float64), "only_first_replica")
            for symbol, value in getattr(self.family, "SCALARS", {}).items()
        }

    def _variable(self, name: str, value: tf.Tensor, aggregation: str = "none") -> tf.Variable:
        return self.add_variable(value.shape, lambda shape, dtype: value, value.dtype, aggregation, name=name).value

    def update_step(self, gradient: tf.Tensor, variable: tf.Variable, learning_rate: Any) -> None:
        """One step of one variable; the gradient is clipped already."""
        rate, gradient = scalar(learning_rate, variable.dtype), tf.cast(gradient, variable.dtype)
        rule = rule_at(self.rule(), self.iterations)
        if not self._use_weight_decay(variable):
            rule = replace(rule, weight_decay=0.0)
        gradient = coupled(rule, variable, gradient)
        if rule.decay_place == "before":
            decouple(rule, rate, variable)
        state = self._states[self._get_variable_index(variable)]
        self.family.update(rule, self._t(), rate, variable, gradient, {**state, **self._scalars})
        if rule.decay_place == "after":
            decouple(rule, rate, variable)

    def _backend_update_step(
        self, grads: Sequence[tf.Tensor], trainable_variables: Sequence[tf.Variable], learning_rate: Any
    ) -> None:
        super()._backend_update_step(grads, trainable_variables, learning_rate)
        if self._scalars:
            rate = scalar(learning_rate, tf.float64)
            after = self.family.advance(rule_at(self.rule(), self.iterations), self._t(), rate, self._scalars)
            for symbol, value in after.items():
                self._scalars[symbol].assign(value)

    def _t(self) -> tf.Tensor:
        return tf.cast(self.iterations, tf.float64) + 1

    def _apply_weight_decay(self, variables: Sequence[tf.Variable]) -> None:
        """Nothing: Keras would decay all variables here, with a weight_decay rounded to float32."""

    def _clip_gradients(self, grads: Sequence[tf.Tensor]) -> Sequence[tf.Tensor]:
        return clipped(self._clip(), grads)

    def apply(self, grads: Sequence[tf.Tensor], trainable_variables: Sequence[tf.Variable] | None = None) -> None:
        """One step, as Keras's; a sparse gradient counts as the dense one it stands for.

        In Keras it does so only where no row is in it twice: `comparisons.frameworks.defects`, repeated-rows.
        """
        dense = [tf.convert_to_tensor(g) if isinstance(g, tf.IndexedSlices) else g for g in grads]
        super().apply(dense, trainable_variables)

    def get_config(self) -> dict[str, Any]:
        """Keras's, and the arguments that are not every optimizer's."""
        own = {name: packed(getattr(self, name)) for name in self._own()}
        return super().get_config() | own | {"weight_decay": packed(self.weight_decay)}

    def load_own_variables(self, store: Mapping[str, Any]) -> None:
        """Read a saved state, of this class or of Keras's own.

        Raises:
            BadInput: it does not fit. Keras would say so in a warning, and train on from nothing.
        """
        saved = [np.asarray(store[str(i)]) for i in range(len(store.keys()))]
        shapes = [tuple(variable.shape) for variable in self.variables]
        if self.built and len(saved) > NEVER_BUILT:
            before = len(shapes) - sum(map(len, [*self._states, self._scalars]))  # the variables of every optimizer
            if self.follows is rules.Adafactor and len(saved) == before + 3 * len(self._states):
                saved[before:] = of_adafactor(saved[before:], ["v" in state for state in self._states])
            found = [value.shape for value in saved]
            if found != shapes:
                raise BadInput(f"{type(self).__name__}: the saved state has shapes {found}; they must be {shapes}")
        super().load_own_variables({str(i): value for i, value in enumerate(saved)})


def scalar(value: Any, dtype: tf.DType) -> tf.Tensor:
    """A number or scalar tensor as a tensor of `dtype`: tf.cast alone would round a Python float to float32."""
    return tf.cast(np.float64(value) if isinstance(value, float) else value, dtype)
