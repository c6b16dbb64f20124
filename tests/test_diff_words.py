"""What `triptych diff` says, in words and numbers that somebody who mends a port can read."""

from dataclasses import replace

import numpy as np
import pytest

from comparisons.diff.account import Given, Ruled, _end, _shares, account
from comparisons.diff.aligning import both_of
from comparisons.diff.drawn import distribution
from comparisons.diff.fields import REMEDIES, calls_said, differs, remedy
from comparisons.diff.ladder import compare
from comparisons.diff.record import Cause
from comparisons.diff.rules import Rules
from comparisons.diff.seen import sized
from comparisons.rules import SGD, Adam, ClipGlobalNorm
from comparisons.traces.trace import Tensor, Trace


def sgd_trace(rates, steps=6, **series):
    """SGD from chance with gradients of chance, in float64: name to the learning rate of a tensor of four elements."""
    tensors = {}
    for i, (name, rate) in enumerate(rates.items()):
        rng = np.random.default_rng(i)
        start, gradient = rng.standard_normal(4), rng.standard_normal((steps, 4))
        path = start - rate * np.concatenate([np.zeros((1, 4)), np.cumsum(gradient, axis=0)])
        tensors[name] = Tensor(shape=(4,), before=path[:-1], after=path[1:], gradient=gradient)
    return Trace(steps=np.arange(steps), tensors=tensors, **series)


# --- the account

GIVEN = Given()  # gradients of which nothing is taken out


def test_an_epsilon_of_0_moves_nothing_where_there_is_no_gradient():
    trace = sgd_trace({"w": 0.1})
    still = Tensor(shape=(4,), before=np.ones((6, 4)), after=np.ones((6, 4)), gradient=np.zeros((6, 4)))
    trace.tensors["w"] = still
    [pair] = both_of(trace, trace).pairs
    rule = Adam(learning_rate=0.1, beta1=0.9, beta2=0.999, epsilon=0.0, epsilon_position="corrected-root")
    np.testing.assert_array_equal(_end(pair, Ruled(a=rule, b=rule, fields=()), set(), GIVEN, 6), np.ones(4))


def test_there_is_no_account_of_what_differs_in_tensors_that_cannot_be_replayed():
    both = both_of(sgd_trace({"v": 0.1}), sgd_trace({"v": 0.2}))
    beyond = Cause(rung="initial parameters", step=0, cause="other initial values", says="", tensors=("other",))
    found, why = account(both, Rules(both.traces), [beyond])
    assert (found, why.partition(",")[0]) == ({}, "No account: what differs is in other")


DRIFTS = {  # of the size of the parameters: why there is no account of a drift that no gradient makes
    1e-15: "the drift in the parameters is rounding alone, which no difference has a share of.",
    1e-9: "a replay misses what was recorded by 1 of the drift.",
}


@pytest.mark.parametrize("size", DRIFTS)
def test_there_is_no_account_of_rounding(size):
    ours = sgd_trace({"w": 0.1})
    tensor = ours.tensors["w"]
    moved = {kind: getattr(tensor, kind) * (1 + size * np.array([1, -1, 1, -1])) for kind in ("before", "after")}
    moved["before"][0] = tensor.before[0]
    both = both_of(ours, replace(ours, tensors={"w": replace(tensor, **moved)}))
    rule = SGD(learning_rate=0.1)
    assert _shares(both, {"w": Ruled(a=rule, b=rule, fields=())}, GIVEN, 6) == ({}, f"No account: {DRIFTS[size]}")


# --- the fields of rules


SAID = {
    "momentum": ((0.9, 0.8), "momentum is 0.9 in A and 0.8 in B", "Give both the same momentum."),
    "nesterov": ((False, True), "A has plain momentum and B Nesterov's momentum", "Give both the same nesterov=."),
    "learning_rate_in_velocity": (
        (False, True), "A multiplies the velocity by the learning rate and B keeps the learning rate in the velocity",
        REMEDIES["learning_rate_in_velocity"],
    ),
    "epsilon_position": (
        ("corrected-root", "uncorrected-root"), "A adds epsilon to the corrected root and B to the uncorrected root",
        REMEDIES["epsilon_position"],
    ),
    "bias_correction": (
        (True, False), "A has a bias correction and B none", "Give both the same bias correction.",
    ),
    "clip": (
        (None, ClipGlobalNorm(limit=0.1, formula="exact")),
        "A does not clip and B clips the gradients of all to a norm of 0.1",
        "Clip both to the same number, or neither.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("field", "said"), SAID.items(), ids=SAID)
def test_a_field_is_said_in_words_with_a_remedy(field, said):
    values, sentence, mended = said
    rule = SGD(learning_rate=0.1)
    assert (differs(field, values, (rule, rule)), remedy(field, "")) == (sentence, mended)


TWO = "torch.optim.SGD(lr=0.1)\ntorch.optim.lr_scheduler.ExponentialLR(gamma=0.8)"
IN_KERAS = "keras.optimizers.SGD(0.1)"
CALLS = {
    "none": (calls_said(None, "Keras", IN_KERAS), ""),
    "of a framework that has none": (
        calls_said("torch.optim.SGD(lr=0.1)", "Keras", None),
        "Of A's, torch.optim.SGD(lr=0.1) is the call.",
    ),
    "the second of two goes with the first": (
        calls_said(TWO),
        "Of A's, torch.optim.SGD(lr=0.1) with torch.optim.lr_scheduler.ExponentialLR(gamma=0.8) is the call.",
    ),
    "of the same framework": (calls_said(IN_KERAS, "Keras", IN_KERAS), f"Of A's, {IN_KERAS} is the call."),
    "of another": (
        calls_said("torch.optim.SGD(lr=0.1)", "Keras", IN_KERAS),
        f"Of A's, torch.optim.SGD(lr=0.1) is the call; in Keras it is {IN_KERAS}.",
    ),
    "of another that has only a close one": (
        calls_said("torch.optim.Adam()", "Keras", "keras.optimizers.Adam(epsilon=1e-08)", False),
        "Of A's, torch.optim.Adam() is the call; Keras's closest is keras.optimizers.Adam(epsilon=1e-08), and "
        "`triptych port` has what it leaves.",
    ),
}


@pytest.mark.parametrize(("found", "said"), CALLS.values(), ids=CALLS)
def test_a_rule_is_said_in_the_calls_of_both_frameworks(found, said):
    assert found == said
    assert remedy("learning_rate_in_velocity", said).startswith(f"{said} They part where the rate changes".strip())


# --- sizes


SIZES = {42.4: "42 times their size", 1.5: "1.5 times their size", 1e4: "10,000 times their size"} | {
    0.42: "42 % of their size", 8.1e-7: "8.1e-07 of their size",
}  # fmt: skip


@pytest.mark.parametrize(("share", "said"), SIZES.items(), ids=str)
def test_a_size_is_said_as_one_reads_it(share, said):
    assert sized(share) == said


# --- trainings that diverge


def ended(trace, step):
    """The trace with parameters that are not finite after the update of a step."""
    for tensor in trace.tensors.values():
        tensor.after[step:] = np.nan
        tensor.before[step + 1 :] = np.nan
    return trace


ENDS = {
    (4, 4): ["Both trainings diverged, at step 4: their parameters are not finite from there on, and not compared."],
    (5, 4): [
        "Both trainings diverged, A's at step 5 and B's at step 4: their parameters are not finite from there on, and "
        "not compared."
    ],
    (3, 6): ["A's training diverged: its parameters are not finite from step 3 on; B's are."],
    (6, 4): ["B's training diverged: its parameters are not finite from step 4 on; A's are."],
    (6, 6): [],
}


@pytest.mark.parametrize(("steps", "said"), ENDS.items(), ids=str)
def test_a_training_that_diverged_is_said_to_have(steps, said):
    a, b = (ended(sgd_trace({"w": 0.1}), step) for step in steps)
    found = compare(a, b)
    assert list(found.notes) == said
    assert found.verdict == ("identical" if steps[0] == steps[1] else "different")


def test_what_one_side_alone_does_not_hold_is_likely_not_guarded_there():
    a = ended(sgd_trace({"w": 0.1}), 3)
    a.tensors["w"].gradient[3] = np.nan
    first = compare(a, sgd_trace({"w": 0.1})).first_break
    assert (first.cause, first.step, first.certain) == ("not finite on one side", 3, False)
    assert first.says.startswith("They part at step 3: A's gradients are not finite there, and B's are; up to step 2")


def test_numbers_that_are_about_to_overflow_on_the_other_side_too_are_no_cause():
    a, b = ended(sgd_trace({"w": 0.1}), 3), sgd_trace({"w": 0.1})
    b.tensors["w"].after[3] *= 1e160
    found = compare(a, b)
    assert found.first_break is None
    assert found.notes[0].endswith("by then, whose squares no float64 holds.")


def test_a_side_that_diverges_after_rounding_has_grown_is_no_cause():
    a, b = ended(sgd_trace({"w": 0.1}), 3), sgd_trace({"w": 0.1})
    b.tensors["w"].after[2] *= 1.5
    assert "By then the parameters were" in compare(a, b).notes[0]


def test_steps_that_one_side_has_alone_are_counted():
    whole = sgd_trace({"w": 0.1})
    assert list(compare(whole, sgd_trace({"w": 0.1}, steps=5)).notes) == [
        "1 of A's steps is not in B, and not compared"
    ]


# --- from what a side draws its numbers


DRAWN = {
    "torch's default": (lambda rng: rng.uniform(-1, 1, 64) / np.sqrt(8), "torch's default of 8 inputs, uniform"),
    "Glorot's": (lambda rng: rng.uniform(-1, 1, 64) * np.sqrt(6 / 16), "Glorot's, uniform"),
    "a constant": (lambda rng: np.ones(64), "a constant"),
    "nothing usual": (lambda rng: rng.standard_normal(64), ""),
}


@pytest.mark.parametrize(("draw", "said"), DRAWN.values(), ids=DRAWN)
def test_sixty_four_numbers_say_from_what_they_were_drawn(draw, said):
    """By their largest and their spread alone, torch's own were called normal in one of ten."""
    assert {distribution(draw(np.random.default_rng(seed)), (8, 8)) for seed in range(50)} == {said}


def test_where_twodistributions_are_likely_both_are_said():
    values = np.random.default_rng(1).standard_normal(64) / 2
    assert distribution(values, (8, 8)) == "He's of 8 inputs, normal or Glorot's, normal"


# --- statistics of a normalisation


def kept(keep, start, values):
    """(steps, channels), float32: a running statistic after each step."""
    found, now = [], np.full(values.shape[1], start)
    for value in values:
        now = keep * now + (1 - keep) * value
        found.append(now)
    return np.array(found, np.float32)


@pytest.mark.parametrize("keep", [0.9, 0.99])
@pytest.mark.parametrize("places", [1, 9])
@pytest.mark.parametrize("larger", "AB")
def test_an_unbiased_variance_is_known_beside_a_short_last_batch(keep, places, larger):
    sizes = [16, 16, 16, 7, 16, 16, 16, 7]
    hashes = tuple(np.arange(size, dtype=np.uint64) for size in sizes)
    variances, counts = np.random.default_rng(1).uniform(0.5, 2, (8, 8)), places * np.array(sizes)[:, None]
    buffers = [{"n.running_var": kept(keep, 1.0, factor * variances)} for factor in (counts / (counts - 1), 1.0)]
    traces = [sgd_trace({"n.weight": 0.1}, 8, buffers=of, samples=hashes) for of in buffers]
    [cause] = compare(*(traces if larger == "A" else traces[::-1])).breaks
    assert (cause.cause, cause.number, cause.certain) == ("unbiased variance", 16 * places, True)
    assert f"{larger}'s is n/(n - 1) times the other's with n = {16 * places}, and {7 * places} in the" in cause.says


def test_what_each_side_keeps_of_the_old_is_said_where_later_steps_tell():
    """The parameters are apart after the first step, and so is what each side's layer gets, by a few percent."""
    rng = np.random.default_rng(1)
    means = rng.uniform(0.5, 2, (8, 8))
    near = means * np.concatenate([np.ones((1, 8)), 1 + 0.02 * rng.standard_normal((7, 8))])
    a = sgd_trace({"n.weight": 0.1}, 8, buffers={"n.running_mean": kept(0.9, 0.0, means)})
    b = sgd_trace({"n.weight": 0.2}, 8, buffers={"n.running_mean": kept(0.99, 0.0, near)})
    [cause] = [one for one in compare(a, b).breaks if one.rung == "side state"]
    assert (cause.cause, cause.number) == ("momentum of the statistics", pytest.approx(0.1))
    assert cause.says.endswith("another share of the old, about 0.99 where A's keep 0.9, as later steps tell.")


def test_the_share_is_that_of_the_layers_that_get_the_same():
    """A later one gets something else, as after a normalisation with another epsilon; its share was mixed in."""
    rng = np.random.default_rng(1)
    means = {f"{layer}.running_mean": rng.uniform(0.5, 2, (8, 8)) for layer in "mn"}
    off = {"m.running_mean": 1.0, "n.running_mean": 1 + 0.02 * rng.standard_normal((8, 8))}
    of_a = {name: kept(0.9, 0.0, values) for name, values in means.items()}
    of_b = {name: kept(0.99, 0.0, off[name] * values) for name, values in means.items()}
    a, b = (sgd_trace({"n.weight": rate}, 8, buffers=of) for rate, of in ((0.1, of_a), (0.2, of_b)))
    causes = [one for one in compare(a, b).breaks if one.rung == "side state"]
    assert [(one.cause, one.number) for one in causes] == [("momentum of the statistics", pytest.approx(0.1, rel=1e-6))]
    assert "at the first step B's statistics move 0.1 times as far as A's" in causes[0].says


# --- what a ratio means


def squares_trace(times, *, samples=5, logged=1.0, passes=None):
    """One step of gradients of a net with four outputs that are so many times some others."""
    rng = np.random.default_rng(1)
    tensors = {
        name: Tensor(shape=shape, before=before, after=before, gradient=times * rng.standard_normal((1, *shape)))
        for name, shape in (("w", (4, 3)), ("b", (4,)))
        for before in [rng.standard_normal((1, *shape))]
    }
    known = {} if passes is None else {"passes": np.array([passes])}
    hashes = (np.arange(samples, dtype=np.uint64),)
    return Trace(steps=np.arange(1), tensors=tensors, loss=np.array([logged]), samples=hashes, **known)


MEANT = {
    "outputs": (  # so few that a weight of a loss is as often such a number
        {"logged": 4.0}, {}, "classes",
        "the number of outputs: likely B sums over them and A takes the mean, or a weight of the loss",
    ),
    "micro-batches that were recorded": (
        {"logged": 4.0, "passes": 4}, {"passes": 4}, "scaled",
        "the number of micro-batches: B adds their gradients up, and does not divide by it",
    ),
    "the same loss": ({}, {}, "scaled", "a whole number: micro-batches that B adds up, or a weight of its loss"),
    "batch and outputs": (
        {"samples": 4, "logged": 4.0}, {"samples": 4}, "sum against mean",
        "the batch size and the number of outputs: B sums its loss over one of them",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("ours", "theirs", "cause", "meaning"), MEANT.values(), ids=MEANT)
def test_a_ratio_that_is_two_numbers_is_the_one_that_is_known(ours, theirs, cause, meaning):
    first = compare(squares_trace(1.0, **theirs), squares_trace(4.0, **ours)).first_break
    assert (first.cause, first.number) == (cause, pytest.approx(4))
    assert f"all of B's are 4 times A's, which is {meaning}." in first.says


def test_a_decay_in_the_loss_and_one_in_the_optimizer_make_the_same_parameters():
    """What differs is named, and that it takes the parameters nowhere else is said."""
    one = sgd_trace({"w": 0.1})
    w = one.tensors["w"]
    in_loss = replace(one, tensors={"w": replace(w, gradient=w.gradient + 0.5 * w.before)})
    found = compare(one, in_loss)
    assert (found.verdict, found.first_break.cause) == ("different", "L2")
    said = f"For all that, the parameters are the same but for rounding before each of the {len(one.steps)} updates."
    assert said in found.notes


@pytest.mark.parametrize(
    ("ended", "said"),
    [
        ("closed", []),
        (None, ["B's recorder is not closed: its last updates, 15 at most, may be missing"]),
        ("at 64 MiB, before update 40", ["B's recording ended early: at 64 MiB, before update 40"]),
    ],
)
def test_a_recorder_that_is_not_closed_is_told(ended, said):
    """Two trainings that differ at their last update were the same, bit by bit, while it was not written yet."""
    one = sgd_trace({"w": 0.1})
    assert list(compare(one, replace(one, about={**one.about, "ended": ended})).notes) == said


def test_a_ratio_of_updates_is_no_learning_rate_where_both_have_the_same():
    """Nesterov's momentum makes a first step that is 1.9 times as long: it was the rate's, for certain."""
    rates = np.full(6, 0.05)
    a, b = sgd_trace({"w": 0.05}, learning_rate=rates), sgd_trace({"w": 0.095}, learning_rate=rates)
    cause = compare(a, b).first_break
    assert (cause.cause, cause.certain) == ("another rule", False)
    assert "the same gradients make others, by 90 % of their size. Likely: another rule, or numbers" in cause.says
