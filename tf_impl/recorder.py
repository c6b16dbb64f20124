"""Records a training of your own: a callback for model.fit, and what a custom loop calls after each step.

A graph cannot call back, least of all one that XLA compiles. So what an update has is kept in variables, which are
read between the steps.
"""

import functools
import math
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from comparisons.names import BadInput
from comparisons.tasks.streams import Array
from comparisons.traces.recording import Recording, ending
from comparisons.traces.writing import Limits, Writer, folder_of
from tf_impl.fingerprints import Fingerprints
from tf_impl.kept import Kept
from tf_impl.recorded import array, by_rows, described, dtype_of, inner, is_number, named, ref, to_numpy, untrained

WATCHED = ("apply", "_backend_apply_gradients", "update_step", "_update_model_variables_moving_average")
# what an optimizer may do to a gradient before it makes a step of it
CHANGE = ("clipnorm", "clipvalue", "global_clipnorm", "loss_scale_factor", "gradient_accumulation_steps")


class Recorder(keras.callbacks.Callback):
    """Writes a trace of the updates of an optimizer, for `triptych identify` and `triptych diff`.

    >>> model.fit(x, y, callbacks=[Recorder("trace")])  # doctest: +SKIP

    In a loop of your own, also under tf.function, with or without jit_compile:

    >>> recorder = Recorder("trace", optimizer, model)  # before the first step # doctest: +SKIP
    >>> recorder.step(loss=loss, batch=(x, y))  # after each step # doctest: +SKIP

    The training is the same with and without it, to the bit where TensorFlow runs eagerly. Where it compiles a step, a
    gradient that is also kept may be rounded otherwise: docs/traces.md says where that was seen.

    Args:
        folder: of the trace; one that is there is replaced.
        optimizer: of a loop of your own; that of model.fit is known.
        model: of a loop of your own, whose state that is not trained is recorded.
        steps, every: the first so many updates are recorded, then every so many.
        elements, seed: of a tensor with more elements a sample of at most so many is recorded, drawn from the seed.
        limit_mb: MiB that the folder never exceeds.

    Raises:
        BadInput: the folder cannot be written, a number is none that it can be, or it is told what cannot be recorded.
    """

    def __init__(
        self,
        folder: str | Path,
        optimizer: keras.optimizers.Optimizer | None = None,
        model: keras.Model | None = None,
        *,
        steps: int = 32,
        every: int = 100,
        elements: int = 4096,
        seed: int = 0,
        limit_mb: float = 64,
    ) -> None:
        super().__init__()
        self.folder = folder_of(folder)
        self.limits = Limits(steps=steps, every=every, elements=elements, seed=seed, limit_mb=limit_mb)
        self.recording: Recording | None = None
        self.stopped = self.taken = False
        self.keeps = True
        self.on = tf.Variable(self.keeps, trainable=False)
        self.updates = tf.Variable(0, dtype=tf.int64, trainable=False)
        self.read = 0
        self.fingerprints: Fingerprints | None = None
        if optimizer is not None:
            self.watched_model = model
            self._watch(optimizer)

    def step(self, *, loss: Any = None, batch: Any = None) -> None:
        """Tell that a step of your loop is done: its loss, and its batch, x or (x, y), with the samples first.

        Raises:
            BadInput: the optimizer has not made one update since the last call.
        """
        recording = self.recording
        with ending(self._stop):
            if recording is not None and recording.wanted:
                if loss is not None:
                    recording.loss(float(loss))
                if batch is not None:
                    recording.batch(*(to_numpy(part) for part in (batch if isinstance(batch, tuple) else (batch,))))
            self._collect("recorder.step")

    def close(self) -> None:
        """Write what is not yet written, and let go of the optimizer; the first is also done when the process ends."""
        if self.recording is not None:
            self.recording.writer.close()
        for name in WATCHED:
            self.optimizer.__dict__.pop(name, None)

    def on_train_begin(self, logs: Any = None) -> None:
        """Let model.fit keep what is to be read, in a train function of its own."""
        model = self.model
        if model.steps_per_execution > 1:
            raise BadInput(
                "Recorder: between the steps of one execution nothing can be read; set steps_per_execution=1"
            )
        self.watched_model = model
        self.fingerprints = Fingerprints(self.on, self._stop)
        self._watch(model.optimizer)
        model.compute_loss = self.fingerprints.watched(model.compute_loss)
        model.train_function = None
        model.make_train_function()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Read what the step has kept."""
        with ending(self._stop):
            if self.recording is not None and self.fingerprints is not None and self.recording.wanted:
                self.fingerprints.hand_to(self.recording)
            self._collect("Recorder")

    def on_train_end(self, logs: Any = None) -> None:
        """Give model.fit back its own train function."""
        self.close()
        with suppress(AttributeError):  # a callback of another may have taken it away
            del self.model.compute_loss
        self.model.train_function = None

    def _stop(self, why: str) -> None:
        """Record no more: say why, and let the training go on."""
        self.stopped = True
        if self.recording is not None:
            self.recording.writer.stop(why)
        else:
            warnings.warn(f"{self.folder}: nothing is recorded: {why}", stacklevel=2)

    def _watch(self, optimizer: keras.optimizers.Optimizer) -> None:
        if not isinstance(optimizer, keras.optimizers.Optimizer):
            raise BadInput(f"Recorder: {type(optimizer).__name__} is no keras.optimizers.Optimizer")
        if tf.distribute.has_strategy():
            raise BadInput(
                "Recorder: a training under a tf.distribute strategy cannot be recorded; record it on one device"
            )
        # of one that scales the loss, the one inside gets the gradients after scaling, in the steps that are made
        self.optimizer = getattr(optimizer, "inner_optimizer", optimizer)
        self.scaled = self.optimizer is not optimizer
        self.changed = any(getattr(self.optimizer, name) for name in CHANGE)
        self.optimizer.apply = self._around(self.optimizer.apply)
        self.optimizer._backend_apply_gradients = self._within(self.optimizer._backend_apply_gradients)
        self.optimizer.update_step = self._beside(self.optimizer.update_step)
        # which may put the average in the parameters' place: no part of a rule, either
        of_average = self.optimizer._update_model_variables_moving_average
        self.optimizer._update_model_variables_moving_average = self._averaging(of_average)

    def _start(self, variables: Sequence[Any], gradients: Sequence[Any]) -> None:
        """The parameters are known: open the files, and make the variables to keep them in."""
        self.parameters = named(variables)
        self.buffers = untrained(self.watched_model)
        tensors = {**self.parameters, **self.buffers}
        writer = Writer(
            self.folder,
            shapes={name: tuple(variable.shape) for name, variable in tensors.items()},
            dtypes={name: dtype_of(variable) for name, variable in tensors.items()},
            limits=self.limits,
            about={**described(self.optimizer, self.parameters), "by_rows": by_rows(self.parameters, gradients)},
        )
        self.recording = Recording(writer)
        self.names = {ref(variable): name for name, variable in self.parameters.items()}
        self.states: list[tuple[str, str, Any] | None] = []
        self.kept = Kept(self.on, writer.shapes, writer.samples)
        self.rate = tf.Variable(np.nan, dtype=tf.float64, trainable=False)

    def _around(self, apply: Callable[..., Any]) -> Callable[..., Any]:
        """optimizer.apply, which keeps the parameters before, and the gradients as they come."""

        @functools.wraps(apply)
        def watched(grads: Any, trainable_variables: Any = None) -> Any:
            grads = list(grads)
            given = self.optimizer._trainable_variables if trainable_variables is None else trainable_variables
            variables = list(given)
            self.taken = False
            with ending(self._stop):
                self._before(variables, grads)
            return apply(grads, variables)

        return watched

    def _before(self, variables: Sequence[Any], grads: Sequence[Any]) -> None:
        """An update begins: keep the parameters and the gradients."""
        if self.recording is None and not self.stopped:
            with tf.init_scope():
                self._start(variables, grads)
        if self.stopped:
            return
        parameters = {self.names[ref(variable)]: variable for variable in variables}
        gradients = {name: g for name, g in zip(parameters, grads, strict=True) if g is not None}
        self.kept.keep("before", parameters)
        self.kept.keep("gradient", gradients, self._first())
        self.fresh, self.given = True, parameters

    def _within(self, update: Callable[..., Any]) -> Callable[..., Any]:
        """What optimizer.apply does before the constraints, which are no part of a rule: it keeps the parameters."""

        @functools.wraps(update)
        def watched(grads: Any, trainable_variables: Any) -> None:
            update(grads, trainable_variables)
            if not self.taken:
                self._take_after()

        return watched

    def _averaging(self, update: Callable[..., Any]) -> Callable[..., Any]:
        """What steps the average of the parameters, after the update: it keeps them before it."""

        @functools.wraps(update)
        def watched(trainable_variables: Any) -> None:
            self._take_after()
            update(trainable_variables)

        return watched

    def _take_after(self) -> None:
        self.taken = True
        with ending(self._stop):
            if not self.stopped:
                self.kept.keep("after", self.given)

    def _beside(self, update_step: Callable[..., Any]) -> Callable[..., Any]:
        """optimizer.update_step of one variable, which keeps the gradient that it gets, after clipping."""

        @functools.wraps(update_step)
        def watched(gradient: Any, variable: Any, learning_rate: Any) -> Any:
            with ending(self._stop):
                if not self.stopped:
                    self._step_of(gradient, variable, learning_rate)
            return update_step(gradient, variable, learning_rate)

        return watched

    def _step_of(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        if self.fresh:  # the first variable of an update
            self.fresh = False
            self.updates.assign_add(1)
            self.rate.assign(tf.cast(learning_rate, tf.float64))
        if self.changed:
            self.kept.keep("used", {self.names[ref(variable)]: gradient})

    def _first(self) -> tf.Tensor | None:
        """Whether a gradient is the first of those that are accumulated; None if none are."""
        count = self.optimizer.gradient_accumulation_steps
        return tf.equal(tf.convert_to_tensor(self.optimizer._iterations) % count, 0) if count else None

    def _collect(self, place: str) -> None:
        """Read what was kept, if an update was made since the last time."""
        if self.stopped or (self.recording is not None and self.recording.writer.ended):
            self._keep(False)
            return
        made = int(self.updates) - self.read
        if self.recording is None or (not made and not self.scaled and not self.optimizer.gradient_accumulation_steps):
            self._refuse(
                f"{place}: the optimizer made no update that was seen; make the Recorder before the first step, "
                "of an optimizer whose update_step makes it"
            )
        elif made > 1:
            self._refuse(f"{place}: the optimizer made {made} updates since the last call; call it after each")
        elif made:
            self._done(self.recording)

    def _refuse(self, why: str) -> None:
        """Say a mistake of the script: at once, or, where updates were recorded before, as the end of the recording."""
        if not self.read:
            raise BadInput(why)
        self._stop(why)

    def _done(self, recording: Recording) -> None:
        """An update was made: record what was kept of it."""
        self.read += 1
        if recording.wanted:
            passes = self.optimizer.gradient_accumulation_steps or 1
            recording.done(self._arrays(), [float(self.rate)], passes=passes)
        else:
            recording.passed()
        self._keep(recording.wanted)

    def _keep(self, wanted: bool) -> None:
        """Keep what the next update has, or not."""
        if wanted != self.keeps:
            self.keeps = wanted
            self.on.assign(wanted)

    def _arrays(self) -> dict[str, Array]:
        count = self.optimizer.gradient_accumulation_steps
        arrays = {}
        for key, value in self.kept.read():
            if not count or "gradient/" not in key:
                arrays[key] = value
            elif key.startswith("gradient/"):  # the norm of a sum is not the sum of the norms
                arrays[key] = value / value.dtype.type(count)
        for name, variable in self.buffers.items():
            arrays[name] = self._elements(name, variable)
        return arrays | self._state()

    def _state(self) -> dict[str, Array]:
        """The optimizer's state by its own names, as far as it is of a parameter and not larger than a sample."""
        if len(self.states) < len(variables := self.optimizer.variables):
            self.states += [self._said(variable) for variable in variables[len(self.states) :]]
        return {key: self._elements(name, variable) for key, name, variable in filter(None, self.states)}

    def _said(self, variable: Any) -> tuple[str, str, Any] | None:
        """How a variable of the optimizer is recorded: its key, whose sample is taken (""), and itself; None if not."""
        writer = self.recording.writer  # type: ignore[union-attr]  # begun by now
        prefixes = {f"{name.replace('/', '_')}_": name for name in self.parameters}
        prefix = max((one for one in prefixes if variable.name.startswith(one)), key=len, default=None)
        if prefix is None or not is_number(variable):
            return None
        name, shape = prefixes[prefix], tuple(variable.shape)
        key = f"state/{variable.name.removeprefix(prefix)}/{name}"
        if shape == writer.shapes[name]:
            return key, name, inner(variable)
        return (key, "", inner(variable)) if math.prod(shape) <= writer.elements else None

    def _elements(self, name: str, variable: Any) -> Array:
        places = self.recording.writer.samples.get(name)  # type: ignore[union-attr]  # begun by now
        value = inner(variable).value()
        if places is None or "CPU" not in value.device:
            return array(value if places is None else tf.gather(tf.reshape(value, [-1]), places))
        return array(value, places)  # TensorFlow shows NumPy the numbers themselves
