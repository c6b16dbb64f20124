"""The optimizers of a training's groups."""

from collections.abc import Sequence
from dataclasses import replace

import keras
import tensorflow as tf

from comparisons.frameworks.call import NativeCall
from comparisons.frameworks.keras.trainings import own
from comparisons.frameworks.trainings import Optimizer, bare, native
from comparisons.rules.training import Training
from tf_impl.optimizers import build, from_rule

Variables = list[tf.Variable]


def stepper_of(optimizer: Optimizer, variables: Variables) -> keras.optimizers.Optimizer:
    """The optimizer, built for the variables; Keras clips inside of it."""
    if isinstance(optimizer, NativeCall):
        return build(optimizer, variables)
    stepper = from_rule(optimizer)
    stepper.build(variables)
    return stepper


def steppers_of(training: Training[Optimizer], groups: Sequence[Variables]) -> list[keras.optimizers.Optimizer]:
    """One optimizer for each group; one for all, where they are calls that differ in having no weight decay."""
    calls = native(training)
    if calls is not None:
        return together(calls, groups)
    pairs = zip(training.groups, groups, strict=True)
    return [stepper_of(group.optimizer, variables) for group, variables in pairs if variables]


def together(training: Training[NativeCall], groups: Sequence[Variables]) -> list[keras.optimizers.Optimizer]:
    """Keras's own optimizers, with all that they do themselves of a training."""
    ours = own(training)
    calls = [bare(group.optimizer) for group in training.groups]
    calls = [replace(call, arguments={**call.arguments, **ours.arguments}) for call in calls]
    if not ours.together:
        return [build(call, variables) for call, variables in zip(calls, groups, strict=True) if variables]
    decayed = next(call for i, call in enumerate(calls) if i not in ours.undecayed)
    undecayed = [variable for i in ours.undecayed for variable in groups[i]]
    return [build(decayed, [variable for variables in groups for variable in variables], undecayed)]
