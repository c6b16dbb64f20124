"""`triptych diff` where all gradients differ by a factor that is another in each step: by what a loss is divided."""

import numpy as np
import pytest
import torch
from torch import nn

from comparisons.diff.ladder import compare
from tests.test_diff_ordinary import INPUTS, perceptron
from tests.test_diff_parts import TO, trained

SIZES = (16, 16, 16, 10, 16, 16, 10, 3)


def batches(sizes=SIZES):
    draws = torch.Generator().manual_seed(1)
    return [
        (torch.randn(size, INPUTS, generator=draws), torch.randint(0, 4, (size,), generator=draws)) for size in sizes
    ]


def mean(model, x, y, **given):
    return nn.functional.cross_entropy(model(x), y, **given)


def summed(model, x, y, **given):
    return nn.functional.cross_entropy(model(x), y, reduction="sum", **given)


def over_16(model, x, y):
    return summed(model, x, y) / 16


def ignoring(model, x, y):
    return mean(model, x, y, ignore_index=0)


def masked(model, x, y):
    return summed(model, x, y, ignore_index=0) / len(y)


WEIGHTS = torch.tensor([0.5, 0.8, 1.0, 2.0])


def weighed(model, x, y):
    return mean(model, x, y, weight=WEIGHTS)


def weighed_by_count(model, x, y):
    return summed(model, x, y, weight=WEIGHTS) / len(y)


def rooted(model, x, y):
    return mean(model, x, y).sqrt()


def logarithm(model, x, y):
    return mean(model, x, y).log()


def perplexity(model, x, y):
    return mean(model, x, y).exp()


CASES = {  # A's loss and B's; the cause, its number (None: the factor of the first step), what is said
    "summed": (mean, summed, "sum of batches of several sizes", 16.0, "B sums its loss"),
    "over 16": (mean, over_16, "divided by a fixed number", 16.0, "B divides the sum of its loss by 16 in each step"),
    "A over 16": (over_16, mean, "divided by a fixed number", 16.0, "A divides the sum of its loss by 16 in each step"),
    "ignored": (masked, ignoring, "divided by what counts", None, "B takes the mean over"),
    "A ignores": (ignoring, masked, "divided by what counts", None, "A takes the mean over"),
    "weights": (weighed, weighed_by_count, "divided by what counts", None, "weights of classes or samples"),
    "root": (mean, rooted, "root of the loss", None, "B's loss is the root of A's"),
    "A's root": (rooted, mean, "root of the loss", None, "A's loss is the root of B's"),
    "logarithm": (mean, logarithm, "logarithm of the loss", None, "B's loss is the logarithm of A's"),
    "perplexity": (mean, perplexity, "exponential of the loss", None, "B's loss is e to the power of A's"),
}


@pytest.mark.parametrize(("ours", "theirs", "cause", "number", "said"), CASES.values(), ids=CASES)
def test_a_factor_that_changes_by_step_is_what_makes_it(ours, theirs, cause, number, said, tmp_path):
    """Adam, which hardly feels it, keeps the parameters together."""
    a, b = (trained(tmp_path / side, perceptron(), of, batches()) for side, of in (("a", ours), ("b", theirs)))
    found = compare(a, b)
    assert [one.cause for one in found.breaks] == [cause]
    assert found.first_break.certain == (cause != "divided by what counts")
    assert said in found.first_break.says
    if number is None:
        first = np.asarray(b.tensors["0.weight"].gradient[0] / a.tensors["0.weight"].gradient[0], float)
        number = np.median(first)
    assert found.first_break.number == pytest.approx(number, rel=1e-4)


def test_how_many_samples_count_is_said(tmp_path):
    a, b = (trained(tmp_path / of.__name__, perceptron(), of, batches([16] * 8)) for of in (masked, ignoring))
    count = [int((y != 0).sum()) for _, y in batches([16] * 8)]
    said = [f"the mean over {min(count[:n])} to {max(count[:n])} of 16 samples" for n in range(2, 9)]  # while together
    assert any(one in compare(a, b).first_break.says for one in said)


def test_how_many_places_count_is_said(tmp_path):
    """Three of each sample, as words are; a mean over those that count."""

    def places(by):
        def loss_of(model, x, y):
            scores = model(x)[:, :, None] * torch.tensor([1.0, 2.0, 3.0])
            targets = torch.stack([y, (y + 1) % 4, y.flip(0)], 1)
            whole = nn.functional.cross_entropy(scores, targets, ignore_index=0, reduction="sum")
            return whole / (targets.numel() if by is None else (targets != by).sum())

        return loss_of

    a, b = (trained(tmp_path / str(by), perceptron(), places(by), batches([16] * 8)) for by in (None, 0))
    assert "of 48 places (3 of each sample), and A over all" in compare(a, b).first_break.says


SUMS = {True: "and B divides their sum by the number of samples.", False: "and B takes their sum."}


@pytest.mark.parametrize(("by_samples", "says"), SUMS.items(), ids=["by samples", "by nothing"])
def test_a_sum_of_what_counts_beside_its_mean_is_said(by_samples, says, tmp_path):
    """Of the padded words of 16 sentences; the mean was said to be the other side's."""

    def words(of):
        def loss_of(model, x, y):
            counts = torch.arange(11) < 9 + y[:, None] // 2
            whole = (model(x)[:, :1] - torch.arange(11.0)).square() * counts
            return whole.sum() / of(counts)

        return loss_of

    sums = words(lambda counts: len(counts) if by_samples else 1)
    a, b = (
        trained(tmp_path / side, perceptron(), of, batches([16] * 8))
        for side, of in (("a", words(torch.sum)), ("b", sums))
    )
    found = compare(a, b).first_break
    assert (found.cause, found.certain) == ("divided by what counts", False)
    assert "Likely: A takes the mean over what counts in a batch, 1" in found.says
    assert found.says.endswith(f" places (ignore_index, a mask), {says}")


@pytest.mark.parametrize("by", TO)
@pytest.mark.parametrize("of", [rooted, logarithm, perplexity])
def test_a_function_of_the_loss_is_known_by_one_step(of, by, tmp_path):
    a, b = (trained(tmp_path / one.__name__, perceptron(), one, batches([16] * 8), by) for one in (mean, of))
    assert compare(a, b).first_break.cause.endswith("of the loss")


@pytest.mark.parametrize("factor", [2.0, 16.0, 0.3, 4096.0])  # of the last, exp(loss) overflows
def test_a_factor_that_stays_is_none_that_changes(factor, tmp_path):
    a = trained(tmp_path / "a", perceptron(), mean, batches())
    b = trained(tmp_path / "b", perceptron(), lambda *given: factor * mean(*given), batches())
    assert [one.number for one in compare(a, b).breaks] == [pytest.approx(factor)]


def test_a_single_parameter_shows_no_factor_that_changes(tmp_path):
    """Whatever differs, its gradient is a multiple of the other side's."""

    def run(folder, power):
        model = nn.Linear(1, 1, bias=False)
        nn.init.ones_(model.weight)
        pieces = [(x[:, :1], x[:, 1:2]) for x, _ in batches([16] * 8)]
        return trained(folder, model, lambda of, x, y: (of(x) - y).abs().pow(power).mean(), pieces)

    causes = [one.cause for one in compare(run(tmp_path / "a", 2), run(tmp_path / "b", 1)).breaks]
    assert causes
    assert "divided by what counts" not in causes


@pytest.mark.parametrize("of", [mean, summed, masked])
def test_equal_trainings_have_no_factor(of, tmp_path):
    a = trained(tmp_path / "a", perceptron(), of, batches())
    b = trained(tmp_path / "b", perceptron(), of, [(x.flip(0), y.flip(0)) for x, y in batches()])
    assert compare(a, b).verdict == "rounding"
