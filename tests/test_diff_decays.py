"""`triptych diff` where one side's loss has L2 and the other's optimizer decays: one thing, in two places."""

import pytest
import torch
from torch import nn

from comparisons.diff.ladder import compare
from comparisons.traces.reading import read_trace
from torch_impl import Recorder

STEPS, BATCH, DECAY = 16, 16, 0.01


def trained(folder, optimizer_of, *, l2=0.0, least_axes=1):
    """The trace of a regression.

    Args:
        optimizer_of: of the parameters. l2: times half the square of the parameters that have so many axes.
    """
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 4))
    with torch.no_grad():
        for theta in model.parameters():
            theta.add_(theta.sign(), alpha=0.2)  # so that a decay is felt in all
    optimizer, draws = optimizer_of(model.parameters()), torch.Generator().manual_seed(1)
    recorder = Recorder(folder, optimizer, model)
    for _ in range(STEPS):
        x, y = (torch.randn(BATCH, size, generator=draws) for size in (6, 4))
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x), y)
        loss = loss + l2 / 2 * sum(theta.square().sum() for theta in model.parameters() if theta.ndim >= least_axes)
        recorder.batch(x, y)
        recorder.loss(loss)
        loss.backward()
        optimizer.step()
    recorder.close()
    return read_trace(folder)


def sgd(decay):
    return lambda parameters: torch.optim.SGD(parameters, 0.1, momentum=0.9, weight_decay=decay)


def of_both(tmp_path, ours, theirs, **loss):
    """The causes of A, whose optimizer decays, against B, whose loss has L2."""
    found = compare(trained(tmp_path / "a", ours), trained(tmp_path / "b", theirs, **loss), by_rules=True)
    return found, *((one.cause, one.remedy) for one in found.breaks)


def test_the_same_in_two_places_is_to_be_given_to_no_side_again(tmp_path):
    """Both remedies together would have had it twice on either side."""
    found, l2, decay = of_both(tmp_path, sgd(DECAY), sgd(0), l2=DECAY)
    assert l2 == (
        "L2",
        "A's optimizer adds the same to the gradient itself (weight_decay=0.01, coupled): it makes the same steps in "
        "either place, and belongs in one of them only.",
    )
    assert decay == ("weight decay", "It stands in the place of B's L2: no side needs both.")
    says = "They part in the update rule, too: weight decay is 0.01 (coupled) in A and 0 in B."
    assert found.breaks[1].says == says
    assert any(note.startswith("For all that, the parameters are the same but for rounding") for note in found.notes)


def test_the_size_of_either_is_told_in_the_other_s_terms(tmp_path):
    """Keras's L2(0.01) adds 0.02 times the parameters, torch's weight_decay=0.01 adds 0.01 times them."""
    found, l2, _ = of_both(tmp_path, sgd(DECAY), sgd(0), l2=2 * DECAY)
    assert "which is the same thing in another size. Give B's loss that of 0.01, in Keras L2(0.005); or A's" in l2[1]
    assert l2[1].endswith("A's optimizer weight_decay=0.02.")
    assert set(found.account) == {"L2", "gradients at other parameters", "weight decay", "rounding"}


def test_biases_that_the_optimizer_alone_decays_are_what_is_to_be_mended(tmp_path):
    """As kernel_regularizer has it, against torch's weight_decay of all parameters."""
    found, l2, decay = of_both(tmp_path, sgd(DECAY), sgd(0), l2=DECAY, least_axes=2)
    assert "makes the same steps in either place" in l2[1]
    assert decay[1] == (
        "0.bias, 2.bias are decayed in A and are not in B's L2: decay the same tensors on both sides (a group of A's "
        "without decay)."
    )
    [rung] = [rung for rung in found.rungs if rung.rung == "update"]
    assert rung.says.startswith("They part at step 0 in the update, too: ")
    assert rung.causes[0].says in rung.says


def test_a_decay_beside_the_step_is_not_what_l2_is(tmp_path):
    adam, adamw = torch.optim.Adam, torch.optim.AdamW
    _, l2, _ = of_both(tmp_path, lambda p: adamw(p, 0.003, weight_decay=0.1), lambda p: adam(p, 0.003), l2=0.1)
    assert "decays them by 0.1 itself, but beside the step (decoupled), which is not the same" in l2[1]


@pytest.mark.parametrize("decay", [0, DECAY], ids=["none", "the same on both sides"])
def test_l2_alone_has_its_own_remedy(tmp_path, decay):
    _, (cause, remedy), *_ = of_both(tmp_path, sgd(decay), sgd(decay), l2=DECAY)
    assert cause == "L2"
    assert remedy.startswith("Have the same on both sides: it is torch's weight_decay=0.01")
