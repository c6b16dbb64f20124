"""The table of all mutants."""

from tests.mutants import adam, clipping, descent, newer, scaled, schedules, state, tensors, weight_decay

MUTANTS = (
    *descent.MUTANTS,
    *scaled.MUTANTS,
    *adam.MUTANTS,
    *tensors.MUTANTS,
    *newer.MUTANTS,
    *weight_decay.MUTANTS,
    *clipping.MUTANTS,
    *schedules.MUTANTS,
    *state.MUTANTS,
)
