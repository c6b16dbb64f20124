"""`triptych diff` of learning rates: how two schedules are counted."""

import numpy as np
import pytest

from comparisons.diff.aligning import both_of
from comparisons.diff.rates import rate_cause
from comparisons.traces.trace import Tensor, Trace

STEPS = np.array([*range(32), 100, 200, 300])  # as a recorder takes them
COSINE = 0.05 * (1 + np.cos(np.pi * np.arange(400) / 400))
WARM = np.minimum(1, np.arange(1, 401) / 350)


def found(a, b, steps=STEPS):
    """What is said of two schedules (updates,) that both sides recorded."""
    steps = np.array(steps)

    def trace(rates):
        tensor = Tensor(shape=(1,), before=np.ones((len(steps), 1)), after=np.ones((len(steps), 1)))
        return Trace(steps=steps, tensors={"w": tensor}, learning_rate=np.asarray(rates)[steps])

    t = int((a[steps] != b[steps]).argmax())
    return rate_cause(both_of(trace(a), trace(b)), t, 1.0, "They part")


LATE = np.append(0, WARM[:-1])
COUNTED = {
    "late": (WARM, LATE, ("learning rate lags", 1)),
    "late in A": (LATE, WARM, ("learning rate lags", -1)),
    "by epochs": (COSINE, COSINE[np.arange(400) // 8], ("schedule by epochs", 8)),
    "in stairs": (COSINE, COSINE[np.arange(400) // 8 * 8], ("schedule by epochs", 8)),
    "in stairs in A": (COSINE[np.arange(400) // 13 * 13], COSINE, ("schedule by epochs", 1 / 13)),
    "by micro-batches": (COSINE[:200], COSINE[1::2], ("schedule by micro-batches", 2)),
}


@pytest.mark.parametrize(("a", "b", "named"), COUNTED.values(), ids=COUNTED)
def test_updates_that_were_not_recorded_do_not_hide_how_rates_are_counted(a, b, named):
    """With a hundredth update beside the first, it was another schedule."""
    cause = found(a, b, [step for step in STEPS if step < min(len(a), len(b))])
    assert (cause.cause, cause.number) == named


@pytest.mark.parametrize("lag", [1, 2])
@pytest.mark.parametrize("side", ["A", "B"])
def test_a_warm_up_that_counts_from_another_number_may_be_why_it_is_late(lag, side):
    """Both stepped their schedulers after each update, and were told to."""
    late = np.arange(lag > 1, 400)[: len(WARM)] / 350
    early = np.arange(lag + (lag > 1), 402)[: len(WARM)] / 350
    cause = found(*((late, early) if side == "A" else (early, late)))
    assert cause.cause == "learning rate lags"
    assert f"{side} counts from {lag} less than {'BA'['AB'.index(side)]}, as from 0 and from {lag}." in cause.remedy


def test_a_scheduler_that_steps_late_is_told_that_alone():
    cause = found(COSINE, COSINE[np.maximum(np.arange(400) - 1, 0)])
    assert (cause.number, cause.remedy) == (1, "Step the scheduler after each update, on both sides.")


def test_stairs_that_meet_a_slope_once_are_another_schedule():
    stairs = np.where(np.arange(400) < 20, 0.5, 1.0)
    slope = np.minimum(1, 0.5 + np.arange(400) / 40)
    assert found(slope, stairs).cause == "learning rate schedule"
