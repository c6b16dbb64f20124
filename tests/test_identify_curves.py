"""The schedules of torch's and Keras's own classes, and what people write by hand, named from their rates."""

import math

import keras
import numpy as np
import pytest
import torch
from torch.optim.lr_scheduler import (
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    CyclicLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    OneCycleLR,
    PolynomialLR,
    SequentialLR,
    StepLR,
)

from comparisons.identify.calls import calls_over
from comparisons.identify.curves import named
from comparisons.identify.found import Fitting, Found, Identified
from comparisons.identify.script import written_rule
from comparisons.identify.waves import NEAR
from comparisons.identify.words import sentences
from comparisons.rules import (
    Adam,
    ClipGlobalNorm,
    Clock,
    CosineDecay,
    CosineRestarts,
    Cyclic,
    ExponentialDecay,
    InverseTimeDecay,
    PolynomialDecay,
    Sequential,
    StepDecay,
    rate_at,
)

TOP, STEPS = 0.01, 32


def of_torch(schedule_of):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=TOP)
    schedule, rates = schedule_of(optimizer), []
    for _ in range(STEPS):
        rates.append(float(optimizer.param_groups[0]["lr"]))
        optimizer.step()
        schedule.step()
    return tuple(rates)


def warmed(optimizer, after):
    return SequentialLR(optimizer, [LinearLR(optimizer, 0.1, total_iters=5), after], [5])


def half_wave(share):
    return (1 + math.cos(math.pi * share)) / 2


RISE = PolynomialDecay(initial=0.001, over=5, final=TOP)
FROM_NOTHING = PolynomialDecay(initial=0.0, over=5, final=TOP)
TORCH = {
    "a cosine that rises again": (
        lambda o: CosineAnnealingLR(o, 20, eta_min=1e-4),
        CosineDecay(initial=TOP, over=20, floor=0.01, rises=True),
    ),
    "restarts": (lambda o: CosineAnnealingWarmRestarts(o, 10), CosineRestarts(initial=TOP, over=10)),
    "restarts that grow, above a floor": (
        lambda o: CosineAnnealingWarmRestarts(o, 5, T_mult=2, eta_min=1e-4),
        CosineRestarts(initial=TOP, over=5, t_mul=2, floor=0.01),
    ),
    "restarts after a warm-up": (
        lambda o: warmed(o, CosineAnnealingWarmRestarts(o, 10)),
        Sequential(pieces=(RISE, CosineRestarts(initial=TOP, over=10)), at=(5,)),
    ),
    "one cycle": (
        lambda o: OneCycleLR(o, TOP, total_steps=40),
        Sequential(
            pieces=(CosineDecay(initial=4e-4, over=11, floor=25), CosineDecay(initial=TOP, over=28, floor=4e-6)),
            at=(11,),
        ),
    ),
    "one cycle whose top lies between two steps": (
        lambda o: OneCycleLR(o, TOP, total_steps=32),
        Sequential(
            pieces=(CosineDecay(initial=4e-4, over=8.6, floor=25), CosineDecay(initial=TOP, over=22.4, floor=4e-6)),
            at=(8.6,),
        ),
    ),
    "one cycle of lines": (
        lambda o: OneCycleLR(o, TOP, total_steps=40, anneal_strategy="linear"),
        Sequential(
            pieces=(PolynomialDecay(initial=4e-4, over=11, final=TOP), PolynomialDecay(initial=TOP, over=28)), at=(11,)
        ),
    ),
    "cycles": (
        lambda o: CyclicLR(o, 1e-3, TOP, step_size_up=8, step_size_down=4, cycle_momentum=False),
        Cyclic(initial=1e-3, peak=TOP, up=8, down=4),
    ),
    "cycles that halve": (
        lambda o: CyclicLR(o, 1e-3, TOP, step_size_up=5, mode="triangular2", cycle_momentum=False),
        Cyclic(initial=1e-3, peak=TOP, up=5, down=5, factor=0.5),
    ),
    "cycles that fade": (
        lambda o: CyclicLR(o, 1e-3, TOP, step_size_up=5, mode="exp_range", gamma=0.99, cycle_momentum=False),
        Cyclic(initial=1e-3, peak=TOP, up=5, down=5, factor=0.99, fades="update"),
    ),
    "a power": (lambda o: PolynomialLR(o, 100, 0.9), PolynomialDecay(initial=TOP, over=100, power=0.9)),
    "a square that ends": (lambda o: PolynomialLR(o, 20, 2.0), PolynomialDecay(initial=TOP, over=20, power=2.0)),
    "a warm-up and stairs": (
        lambda o: warmed(o, StepLR(o, 10, 0.5)),
        Sequential(pieces=(RISE, StepDecay(initial=TOP, every=10, factor=0.5)), at=(5,)),
    ),
    "a warm-up and a fall": (
        lambda o: warmed(o, ExponentialLR(o, 0.9)),
        Sequential(pieces=(RISE, ExponentialDecay(initial=TOP, rate=0.9)), at=(5,)),
    ),
    "a power above a floor after a warm-up": (
        lambda o: LambdaLR(o, lambda k: k / 4 if k < 4 else 0.01 + 0.99 * (1 - min(k - 4, 24) / 24) ** 2),
        Sequential(
            pieces=(
                PolynomialDecay(initial=0.0, over=4, final=TOP),
                PolynomialDecay(initial=TOP, over=24, final=1e-4, power=2.0),
            ),
            at=(4,),
        ),
    ),
    "a power above a floor that it has not reached": (
        lambda o: LambdaLR(o, lambda k: 0.03 + 0.97 * (1 - k / 40) ** 2),
        PolynomialDecay(initial=TOP, over=40, final=3e-4, power=2.0),
    ),
    "a half-wave to a number that people write": (
        lambda o: LambdaLR(o, lambda k: 1 / 300 + (1 - 1 / 300) * half_wave(k / 32)),
        CosineDecay(initial=TOP, over=32, floor=3.33e-5 / TOP),
    ),
    "a warm-up that is not over": (
        lambda o: LambdaLR(o, lambda k: min(1.0, k / 100)),
        PolynomialDecay(initial=0.0, over=100, final=TOP),
    ),
    "an inverse root after a warm-up": (
        lambda o: LambdaLR(o, lambda k: k / 5 if k < 5 else (k / 5) ** -0.5),
        Sequential(pieces=(FROM_NOTHING, InverseTimeDecay(initial=TOP, rate=0.2, power=0.5)), at=(5,)),
    ),
    "restarts that do not end at a step": (
        lambda o: LambdaLR(o, lambda k: k / 5 if k < 5 else half_wave(2 * (k - 5) / 35 % 1)),
        Sequential(pieces=(FROM_NOTHING, CosineRestarts(initial=TOP, over=17.5)), at=(5,)),
    ),
    "a half-wave from step 1 on": (
        lambda o: LambdaLR(o, lambda k: half_wave((k + 1) / 100)),
        Clock(of=CosineDecay(initial=TOP, over=100), plus=1),
    ),
    "a rise, a stay and a fall": (
        lambda o: LambdaLR(o, lambda k: (k + 1) / 5 if k < 5 else 1.0 if k < 20 else max(0.0, 1 - (k - 20) / 10)),
        Sequential(
            pieces=(
                PolynomialDecay(initial=0.002, over=4, final=TOP),
                TOP,
                PolynomialDecay(initial=TOP, over=10),
            ),
            at=(4, 20),
        ),
    ),
}
OF_KERAS = keras.optimizers.schedules
KERAS = {
    "restarts": (
        OF_KERAS.CosineDecayRestarts(TOP, 8, t_mul=2.0, m_mul=0.8, alpha=0.1),
        CosineRestarts(initial=TOP, over=8, t_mul=2, m_mul=0.8, floor=0.1),
    ),
    "a line to its end by default": (
        OF_KERAS.PolynomialDecay(TOP, 100),
        PolynomialDecay(initial=TOP, over=100, final=1e-4),
    ),
    "a square": (
        OF_KERAS.PolynomialDecay(TOP, 40, power=2.0),
        PolynomialDecay(initial=TOP, over=40, final=1e-4, power=2.0),
    ),
}


@pytest.mark.parametrize(("schedule_of", "schedule"), TORCH.values(), ids=TORCH)
def test_the_rates_of_torch_have_the_name_of_their_schedule(schedule_of, schedule):
    assert named(of_torch(schedule_of)) == schedule


@pytest.mark.parametrize(("made", "schedule"), KERAS.values(), ids=KERAS)
def test_the_rates_of_keras_have_the_name_of_their_schedule(made, schedule):
    assert named(tuple(float(made(k)) for k in range(STEPS))) == schedule


@pytest.mark.parametrize("rates", [(-1.0, -2.0, -3.0, -4.0), (1.0, math.nan, 1.0), (1.0, math.inf, 2.0, 3.0)])
def test_rates_that_no_schedule_has_have_no_name(rates):
    assert named(rates) is None


def test_stairs_have_the_rates_that_were_recorded():
    """To four digits, a call that was pasted had others."""
    rates = (TOP,) * 12 + (TOP * 0.923606798,) * 10 + (TOP * 0.5,) * 10
    assert named(rates).pieces == (TOP, 0.00923606798, 0.005)


def test_half_waves_of_no_restarts_have_no_name():
    """A shorter one after the first, or one that begins at the floor, is none of CosineRestarts."""
    first = [TOP * (0.1 + 0.9 * half_wave(k / 8)) for k in range(8)]
    assert named((*first, *(TOP * half_wave(k / 5) for k in range(5)), *first)) is None
    assert named((*first, TOP * 0.1359, TOP * 0.13, TOP * 0.1201, *first)) is None


def test_a_rate_that_is_0_at_first_is_one_that_comes_later():
    assert named((0.0,) * 12 + (TOP,) * 20) == Sequential(pieces=(0.0, TOP), at=(12,))


def test_one_cycle_in_three_phases_is_three_half_waves():
    """Where it ends hardly shows: its last steps are below what rates are known to."""
    rates = of_torch(lambda o: OneCycleLR(o, TOP, total_steps=40, three_phase=True))
    found = named(rates)
    assert [type(piece) for piece in found.pieces] == [CosineDecay] * 3
    assert found.at == (11, 22)
    off = [abs(rate_at(found, k) - rate) for k, rate in enumerate(rates)]
    assert max(off) < NEAR * TOP


K = np.arange(1, STEPS + 1)
OTHERS = {
    "by chance": np.random.default_rng(0).uniform(0.1, 1, STEPS),
    "by chance, falling": -np.sort(-np.random.default_rng(0).uniform(0.1, 1, STEPS)),
    "by chance, by little": np.exp(np.cumsum(1e-3 * np.random.default_rng(0).normal(size=STEPS))),
    "a correction": 1 / (1 - 0.9**K),
    "the root of one": np.sqrt(1 - 0.99**K),
    "a bell": np.exp(-((K / 20) ** 2)),
    "a logarithm": np.log(K + 1),
    "a sine": 2 + np.sin(K / 3),
}


@pytest.mark.parametrize("steps", [6, 12, STEPS])
@pytest.mark.parametrize("rates", OTHERS.values(), ids=OTHERS)
def test_what_is_no_schedule_of_ours_has_no_name(rates, steps):
    assert named(tuple(map(float, rates[:steps]))) is None


def test_a_script_whose_rate_begins_at_0_has_its_other_numbers():
    """It had no rule: a rate of 0 is none, and nothing was said of the script."""
    arguments = {"lr": 0.0, "eps": 1e-6, "weight_decay": 0.05}
    about = {"framework": "torch", "optimizer": {"class": "torch.optim.AdamW", "arguments": arguments}}
    rule, said = written_rule(about)
    assert (rule.epsilon, rule.weight_decay) == (1e-6, 0.05)
    assert said == "`torch.optim.AdamW(eps=1e-06, weight_decay=0.05)`"


CORRECTED = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "epsilon_position": "corrected-root"}


def said_of(rate, *formulas):
    """The first sentence of Adam at such a rate, clipped by the first of the formulas, and by the others as well."""
    rule, *others = (
        Adam(learning_rate=rate, clip=ClipGlobalNorm(limit=1.0, formula=one), **CORRECTED) for one in formulas
    )
    alike = tuple(Fitting(rule=one, ranges={}) for one in others)
    found = Found(tensors=("w",), rule=rule, ulp=1.0, calls=calls_over(rule, 40), ranges={}, equally_good=alike)
    return next(sentences(Identified(found=(found,), steps=40), {}))


def test_a_schedule_in_a_sentence_has_no_more_than_it_says():
    floor = CosineDecay(initial=TOP, over=32, floor=0.0033299999999999996)
    led = Sequential(pieces=(FROM_NOTHING, floor), at=(5,))
    assert (
        "learning rate Sequential(pieces=(PolynomialDecay(initial=0, over=5, final=0.01), "
        "CosineDecay(initial=0.01, over=32, floor=0.00333)), at=(5,))): which is no class"
    ) in said_of(led, "exact")


def test_a_clip_that_is_torchs_as_well_has_torchs_call_with_its_schedule():
    """It was no class of torch, whose cosine rises again after the last step."""
    led = Sequential(pieces=(FROM_NOTHING, CosineDecay(initial=TOP, over=35)), at=(5,))
    words = said_of(led, "exact", "padded")
    assert "`torch.optim.Adam(lr=0.01)` with `torch.nn.utils.clip_grad_norm_(max_norm=1.0)` with" in words
    assert "CosineAnnealingLR(T_max=35, eta_min=0.0)" in words


def test_a_cosine_that_stays_low_is_a_function_in_torch():
    words = said_of(CosineDecay(initial=TOP, over=20), "padded")
    assert "LambdaLR(lr_lambda=lambda k: (1 + math.cos(math.pi * (min(k, 20) / 20))) / 2)`" in words
