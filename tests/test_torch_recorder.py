"""The recorder of torch: what is in its trace, and that the training is the same with and without it."""

import subprocess
import sys
from functools import partial
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn
from torch.distributed.fsdp import fully_shard
from torch.nn.functional import cross_entropy

from comparisons.names import BadInput
from comparisons.traces.hashing import label_hashes, sample_hashes
from comparisons.traces.reading import read_trace
from torch_impl import Recorder

STEPS = 6
CLIP = 0.5


def net():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(5, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.3), nn.Linear(8, 3))


def batches(steps=STEPS):
    drawn = torch.Generator().manual_seed(1)
    return [(torch.randn(4, 5, generator=drawn), torch.randint(3, (4,), generator=drawn)) for _ in range(steps)]


def trained(optimizer, folder=None, *, clip=CLIP, accumulate=1, **options):
    """The losses of a training and its last parameters; recorded, if there is a folder."""
    model = net()
    made = optimizer(model.parameters())
    recorder = Recorder(folder, made, model, **options) if folder else None
    losses = []
    for k, (x, y) in enumerate(batches(STEPS * accumulate)):
        loss = cross_entropy(model(x), y) / accumulate
        loss.backward()
        losses.append(loss.item())
        if recorder:
            recorder.batch(x, y)
            recorder.loss(loss)
        if (k + 1) % accumulate == 0:
            if clip:
                nn.utils.clip_grad_norm_(model.parameters(), clip)
            made.step()
            made.zero_grad()
    if recorder:
        recorder.close()
    return losses, [theta.detach().clone() for theta in model.parameters()]


OPTIMIZERS = {
    "SGD": partial(torch.optim.SGD, lr=0.1, momentum=0.9, nesterov=True),
    "AdamW": partial(torch.optim.AdamW, lr=0.01),
    "Adam, foreach": partial(torch.optim.Adam, lr=0.01, foreach=True),
    "Adam, fused": partial(torch.optim.Adam, lr=0.01, fused=True),
    "Adafactor": partial(torch.optim.Adafactor, lr=0.01),
    "Rprop": partial(torch.optim.Rprop, lr=0.01),
}


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_a_training_is_the_same_with_a_recorder(optimizer, tmp_path):
    losses, last = trained(optimizer)
    recorded, there = trained(optimizer, tmp_path / "t", elements=10)
    assert recorded == losses
    assert all(torch.equal(one, other) for one, other in zip(there, last, strict=True))
    trace = read_trace(tmp_path / "t")
    assert trace.loss.tolist() == losses
    assert (trace.tensors["4.weight"].sample is None, len(trace.tensors["0.weight"].sample)) == (False, 9)
    for name, tensor in zip(trace.tensors.values(), last, strict=True):
        kept = tensor.numpy().ravel() if name.sample is None else tensor.numpy().ravel()[name.sample]
        np.testing.assert_array_equal(name.after[-1].ravel(), kept)


def compiled(folder=None):
    """The losses of a training of which torch.compile has the whole step, what the recorder is told included."""
    torch.compiler.reset()
    model = net()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    recorder = Recorder(folder, optimizer, model) if folder else None

    @torch.compile(backend="eager")
    def step(x, y):
        optimizer.zero_grad()
        loss = cross_entropy(model(x), y)
        if recorder:
            recorder.batch(x, y)
            recorder.loss(loss)
        loss.backward()
        optimizer.step()
        return loss.detach()

    losses = [step(x, y).item() for x, y in batches()]
    if recorder:
        recorder.close()
    return losses


@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")  # of the compiler's own imports
@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor:UserWarning")  # and of what it looks at itself
def test_a_step_that_is_compiled_whole_is_recorded_all_the_same(tmp_path):
    """The recorder's own methods were compiled with it, and the recording ended at the second update."""
    losses = compiled()
    assert compiled(tmp_path / "t") == losses
    assert read_trace(tmp_path / "t").loss.tolist() == losses


def test_what_an_update_has_is_in_the_trace(tmp_path):
    trained(OPTIMIZERS["AdamW"], tmp_path / "t")
    trace = read_trace(tmp_path / "t")
    weight = trace.tensors["0.weight"]
    model = net()
    made = torch.optim.AdamW(model.parameters(), lr=0.01)
    for k, (x, y) in enumerate(batches()):
        np.testing.assert_array_equal(weight.before[k], model[0].weight.detach())
        made.zero_grad()
        cross_entropy(model(x), y).backward()
        np.testing.assert_array_equal(weight.gradient[k], model[0].weight.grad)
        nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        np.testing.assert_array_equal(weight.used[k], model[0].weight.grad)
        made.step()
        np.testing.assert_array_equal(weight.after[k], model[0].weight.detach())
        state = made.state[model[0].weight]
        np.testing.assert_array_equal(weight.state["exp_avg"][k], state["exp_avg"])
        assert weight.state["step"][k] == state["step"] == k + 1
        np.testing.assert_array_equal(trace.buffers["1.running_mean"][k], model[1].running_mean)
        assert trace.samples[k].tolist() == sample_hashes(x.numpy()).tolist()
        assert trace.labels[k].tolist() == label_hashes(y.numpy()).tolist()
        assert trace.inputs[k] == pytest.approx(
            [x.double().mean().item(), x.double().std(correction=0).item()],
            rel=1e-6,  # in float32
        )
    assert trace.learning_rate.tolist() == [0.01] * STEPS
    assert trace.passes.tolist() == [1] * STEPS
    assert trace.about["optimizer"]["class"] == "torch.optim.AdamW"
    assert trace.about["optimizer"]["arguments"]["betas"] == [0.9, 0.999]
    assert trace.about["versions"]["torch"] == str(torch.__version__)
    assert trace.about["dtypes"]["0.weight"] == "float32"


def test_the_norms_of_a_sampled_tensor_are_those_of_the_whole(tmp_path):
    trained(OPTIMIZERS["SGD"], tmp_path / "whole")
    trained(OPTIMIZERS["SGD"], tmp_path / "sampled", elements=10)
    whole, sampled = (read_trace(tmp_path / one).tensors["0.weight"] for one in ("whole", "sampled"))
    for kind in ("before", "after", "gradient", "used"):
        values = getattr(whole, kind).reshape(STEPS, -1)
        np.testing.assert_array_equal(getattr(sampled, kind), values[:, sampled.sample])
        np.testing.assert_allclose(sampled.norm(kind), whole.norm(kind), rtol=1e-6)  # of 40 numbers in float32
        np.testing.assert_allclose(sampled.sums[kind], values.sum(axis=1), atol=1e-6)


def test_norms_are_those_of_the_moment_even_where_no_sampled_element_changes(tmp_path):
    """All that is not sampled is changed between the backward pass and the step, and between the updates."""
    theta = nn.Parameter(torch.ones(100))
    made = torch.optim.SGD([theta], lr=0.0)
    recorder = Recorder(tmp_path / "t", made, elements=4)
    others = torch.ones(100)
    others[recorder.places["0.0"]] = 0.0
    for k in range(3):
        made.zero_grad()
        (theta * others * k).sum().backward()
        theta.grad.mul_(2.0)
        made.step()
        with torch.no_grad():
            theta.add_(others)
    recorder.close()
    tensor = read_trace(tmp_path / "t").tensors["0.0"]
    assert not tensor.gradient.any()
    assert not tensor.used.any()
    assert tensor.sums["gradient"].tolist() == [0.0, 96.0, 192.0]
    assert tensor.sums["used"].tolist() == [0.0, 192.0, 384.0]
    assert tensor.sums["before"].tolist() == tensor.sums["after"].tolist() == [100.0, 196.0, 292.0]


def test_gradients_that_are_accumulated_are_one_update(tmp_path):
    losses, _ = trained(OPTIMIZERS["SGD"], tmp_path / "t", accumulate=3, clip=None)
    trace = read_trace(tmp_path / "t")
    assert trace.steps.tolist() == list(range(STEPS))
    assert trace.passes.tolist() == [3] * STEPS
    assert [len(one) for one in trace.samples] == [12] * STEPS
    np.testing.assert_allclose(trace.loss, np.reshape(losses, (STEPS, 3)).mean(axis=1), rtol=1e-15)
    assert trace.tensors["0.weight"].used is None


def test_groups_have_their_own_rates_and_names_without_a_model(tmp_path):
    first, second = (nn.Parameter(torch.ones(2)) for _ in range(2))
    made = torch.optim.SGD([{"params": [first], "lr": 0.1}, {"params": [second], "lr": 0.2}])
    scheduler = torch.optim.lr_scheduler.ExponentialLR(made, 0.5)
    recorder = Recorder(tmp_path / "t", made)
    for _ in range(2):
        made.zero_grad()
        (first.sum() + second.sum()).backward()
        made.step()
        scheduler.step()
    recorder.close()
    trace = read_trace(tmp_path / "t")
    assert list(trace.tensors) == ["0.0", "1.0"]
    assert trace.group_rates.tolist() == [[0.1, 0.2], [0.05, 0.1]]
    assert [group["parameters"] for group in trace.about["optimizer"]["groups"]] == [["0.0"], ["1.0"]]


def test_hooks_of_others_are_told_apart_whenever_they_come(tmp_path):
    """One changes the parameters before the step and one the gradients, made before and after the recorder."""
    theta = nn.Parameter(torch.full((2,), 4.0))
    made = torch.optim.SGD([theta], lr=1.0)

    @torch.no_grad()
    def decay(*_):
        theta.mul_(0.5)

    def halve(*_):
        theta.grad.mul_(0.5)

    made.register_step_pre_hook(decay)
    recorder = Recorder(tmp_path / "t", made)
    for k in range(2):
        made.zero_grad()
        theta.sum().backward()
        if k == 0:
            made.register_step_pre_hook(halve)
        made.step()
    recorder.close()
    tensor = read_trace(tmp_path / "t").tensors["0.0"]
    assert tensor.before[:, 0].tolist() == [4.0, 1.5]
    assert tensor.after[:, 0].tolist() == [1.5, 0.25]
    assert tensor.gradient[:, 0].tolist() == [1.0, 1.0]
    assert tensor.used[1, 0] == 0.5


def test_of_a_closure_the_first_call_counts(tmp_path):
    def run(folder=None):
        model = net().eval()
        made = torch.optim.LBFGS(model.parameters(), lr=0.1, max_iter=3)
        recorder = Recorder(folder, made, model) if folder else None

        def closure(x, y):
            made.zero_grad()
            loss = cross_entropy(model(x), y)
            loss.backward()
            return loss

        losses = [made.step(partial(closure, *batch)).item() for batch in batches(3)]
        if recorder:
            recorder.close()
        return losses

    assert run(tmp_path / "t") == run()
    trace = read_trace(tmp_path / "t")
    assert trace.loss.tolist() == run()
    model = net().eval()
    x, y = batches(1)[0]
    cross_entropy(model(x), y).backward()
    np.testing.assert_array_equal(trace.tensors["4.bias"].gradient[0], model[4].bias.grad)
    assert trace.tensors["4.bias"].used is None


@pytest.mark.parametrize("fused", [False, True])
def test_a_scaled_loss_gives_scaled_gradients_and_used_ones_that_are_not(fused, tmp_path):
    """The second update overflows: the scaler leaves it out, and so does the trace."""

    def run(folder=None):
        model = net()
        made = torch.optim.SGD(model.parameters(), lr=0.1, fused=fused)
        scaler = torch.amp.GradScaler("cpu", init_scale=4.0, growth_interval=100)
        recorder = Recorder(folder, made, model) if folder else None
        losses = []
        for k, (x, y) in enumerate(batches(3)):
            made.zero_grad()
            loss = cross_entropy(model(x), y) * (float("inf") if k == 1 else 1.0)
            losses.append(loss.item())
            if recorder:
                recorder.batch(x, y)
                recorder.loss(loss)
            scaler.scale(loss).backward()
            scaler.step(made)
            scaler.update()
        if recorder:
            recorder.close()
        return losses

    losses = run(tmp_path / "t")
    assert losses == run()
    trace = read_trace(tmp_path / "t")
    assert trace.loss.tolist() == [losses[0], losses[2]]
    assert [len(one) for one in trace.samples] == [4, 4]
    bias = trace.tensors["4.bias"]
    np.testing.assert_array_equal(bias.gradient[0], 4 * bias.used[0])
    np.testing.assert_array_equal(bias.gradient[1], 2 * bias.used[1])


def test_averages_are_those_after_the_update(tmp_path):
    model = net()
    made = torch.optim.SGD(model.parameters(), lr=0.1)
    average = torch.optim.swa_utils.AveragedModel(model)
    recorder = Recorder(tmp_path / "t", made, model, average=average)
    means = []
    for x, y in batches(3):
        made.zero_grad()
        cross_entropy(model(x), y).backward()
        made.step()
        average.update_parameters(model)
        means.append(average.module[4].bias.detach().numpy().copy())
    recorder.close()
    np.testing.assert_array_equal(read_trace(tmp_path / "t").buffers["average/4.bias"], means)


def test_what_is_frozen_or_half_as_long_or_sparse_is_recorded(tmp_path):
    model = nn.Sequential(nn.Embedding(6, 2, sparse=True), nn.Linear(2, 1, dtype=torch.bfloat16), nn.Linear(1, 1))
    made = torch.optim.SGD([*model[0].parameters(), *model[1].parameters()], lr=0.5)
    recorder = Recorder(tmp_path / "t", made, model)
    model[1](model[0](torch.tensor([1, 1])).bfloat16()).sum().backward()
    made.step()
    recorder.close()
    trace = read_trace(tmp_path / "t")
    assert list(trace.tensors) == ["0.weight", "1.weight", "1.bias"]
    assert {"2.weight", "2.bias"} == set(trace.buffers)
    assert trace.about["dtypes"]["1.weight"] == "bfloat16"
    assert trace.tensors["1.bias"].after.dtype == np.float32
    np.testing.assert_array_equal(trace.tensors["0.weight"].gradient[0], model[0].weight.grad.to_dense())


def test_state_that_is_no_real_number_is_passed_over(tmp_path):
    """A mask, a sparse matrix, a complex table, and what an optimizer keeps of such kinds."""
    model = nn.Linear(2, 2)
    model.register_buffer("mask", torch.ones(2, dtype=torch.bool))
    model.register_buffer("sparse", torch.eye(2).to_sparse())
    model.register_buffer("table", torch.ones(2, dtype=torch.complex64))
    model.register_buffer("count", torch.tensor(1))

    class Marking(torch.optim.SGD):
        def step(self, closure=None):
            super().step(closure)
            for theta in model.parameters():
                self.state[theta]["mark"] = theta > 0
                self.state[theta]["phase"] = theta * 1j

    made = Marking(model.parameters(), lr=0.5, momentum=0.9)
    recorder = Recorder(tmp_path / "t", made, model)
    model(torch.ones(1, 2)).sum().backward()
    made.step()
    recorder.close()
    trace = read_trace(tmp_path / "t")
    assert trace.buffers.keys() == {"count"}
    assert trace.tensors["bias"].state.keys() == {"momentum_buffer"}


def complex_(folder):
    Recorder(folder, torch.optim.SGD([nn.Parameter(torch.ones(2, dtype=torch.complex64))], lr=0.1))


def late(folder):
    theta = nn.Parameter(torch.ones(2))
    made = torch.optim.SGD([theta], lr=0.1)
    recorder = Recorder(folder, made)
    theta.sum().backward()
    made.step()
    recorder.loss(1.0)


def sharded(folder):
    """As FSDP has parameters; here of one process."""
    torch.distributed.init_process_group("gloo", store=torch.distributed.HashStore(), rank=0, world_size=1)
    try:
        model = fully_shard(net())
        Recorder(folder, torch.optim.SGD(model.parameters(), lr=0.1), model)
    finally:
        torch.distributed.destroy_process_group()


REFUSED = {
    "no optimizer": (lambda folder: Recorder(folder, net()), "Sequential is no torch.optim.Optimizer; give it the one"),
    "complex": (complex_, "0.0 has the dtype torch.complex64; parameters of real floats are recorded"),
    "sharded": (sharded, "0.weight is a DTensor; plain tensors are recorded: train the same model whole"),
    "half a step": (lambda folder: trained(torch.optim.SGD, folder, steps=2.5), "Recorder: steps is 2.5; it must be"),
    "no folder": (lambda _: trained(torch.optim.SGD, "a\0b"), "Recorder: the folder is 'a\\x00b'; it must be a path"),
    "late": (late, "recorder.loss: is first called after an update; call it before optimizer.step()"),
}


@pytest.mark.parametrize(("do", "said"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_recorded_is_said_at_once(do, said, tmp_path):
    with pytest.raises(BadInput) as error:
        do(tmp_path / "t")
    assert said in str(error.value)
    assert "\n" not in str(error.value)


class Odd(torch.optim.Optimizer):
    """Whose arguments are nothing that a trace has, and whose state is no dict."""

    def __init__(self, params):
        loop = []
        loop.append(loop)
        defaults = {"lr": (0.1, 0.2), "betas": None, "loop": loop, "net": Unprintable(), "size": torch.ones(2)}
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for theta in group["params"]:
                self.state[theta] = [1]
                theta.sub_(group["lr"][0] * theta.grad)


class Unprintable:
    def __float__(self):
        raise RuntimeError

    __repr__ = __float__


def test_odd_arguments_are_recorded_as_far_as_they_can_be(tmp_path):
    trained(Odd, tmp_path / "t")
    trace = read_trace(tmp_path / "t")
    arguments = trace.about["optimizer"]["arguments"]
    assert arguments["lr"] == [0.1, 0.2]
    assert arguments["net"] == "Unprintable"
    assert arguments["size"] == "tensor([1., 1.])"
    assert len(trace.steps) == STEPS
    assert np.isnan(trace.learning_rate).all()


def failing(*_args, **_kwargs):
    raise ValueError("no\nluck")


# Where a recorder may fail: at a gradient, before and after the step, when the update is handed on, in the batch.
PLACES = {
    "taken": "torch_impl.recorder.Recorder._taken",
    "groups": "torch_impl.recorder.Recorder._check_groups",
    "state": "torch_impl.recorder.Recorder._state",
    "done": "comparisons.traces.recording.Recording.done",
    "batch": "comparisons.traces.recording.Recording.batch",
    "loss": "torch_impl.recorder.number",
    "writing": "comparisons.traces.writing.stacked",
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_a_recorder_that_fails_lets_the_training_go_on(place, tmp_path, monkeypatch):
    losses, _ = trained(OPTIMIZERS["SGD"])
    monkeypatch.setattr(place, failing)
    with pytest.warns(UserWarning, match="the recording ends here: .*no\\s+luck") as told:
        recorded, _ = trained(OPTIMIZERS["SGD"], tmp_path / "t")
    assert recorded == losses
    assert len(told) == 1


def test_a_batch_of_texts_has_no_hashes(tmp_path):
    theta = nn.Parameter(torch.ones(2))
    made = torch.optim.SGD([theta], lr=0.1)
    recorder = Recorder(tmp_path / "t", made)
    recorder.batch(["a", "b"], [torch.ones(1), torch.ones(1)])
    theta.sum().backward()
    made.step()
    recorder.close()
    trace = read_trace(tmp_path / "t")
    assert trace.steps.tolist() == [0]
    assert trace.samples is None


def test_parameters_that_are_added_end_the_recording_and_not_the_training(tmp_path):
    first, second = (nn.Parameter(torch.ones(2)) for _ in range(2))
    made = torch.optim.SGD([first], lr=0.1)
    recorder = Recorder(tmp_path / "t", made)
    for k in range(3):
        made.zero_grad()
        (first.sum() + second.sum()).backward()
        if k == 2:
            made.add_param_group({"params": [second]})
            with pytest.warns(UserWarning, match="the recording ends here: parameters were added to the optimizer"):
                made.step()
        else:
            made.step()
    recorder.close()
    assert second.tolist() == pytest.approx([0.7] * 2)  # three gradients of 1 that no zero_grad took away
    trace = read_trace(tmp_path / "t")
    assert trace.steps.tolist() == [0, 1]
    assert trace.about["ended"] == "parameters were added to the optimizer"


def test_the_first_updates_and_then_every_so_many(tmp_path):
    theta = nn.Parameter(torch.ones(2))
    made = torch.optim.SGD([theta], lr=0.1)
    recorder = Recorder(tmp_path / "t", made, steps=2, every=5)
    for k in range(13):
        made.zero_grad()
        theta.sum().backward()
        recorder.loss(float(k))
        made.step()
    recorder.close()
    trace = read_trace(tmp_path / "t")
    assert trace.steps.tolist() == trace.loss.tolist() == [0, 1, 5, 10]
    assert trace.consecutive == 2
    assert all(a > b for a, b in pairwise(trace.tensors["0.0"].before[:, 0]))


ENDED = """
import sys, torch
from torch_impl import Recorder

theta = torch.nn.Parameter(torch.ones(2))
made = torch.optim.SGD([theta], lr=0.1)
recorder = Recorder(sys.argv[1], made)
for _ in range(3):
    theta.grad = torch.ones(2)
    made.step()
"""


def test_the_last_update_before_a_process_ends_is_in_it(tmp_path):
    """It waits for what comes after it, as averages do."""
    subprocess.run([sys.executable, "-c", ENDED, str(tmp_path / "t")], check=True)
    trace = read_trace(tmp_path / "t")
    assert (trace.steps.tolist(), trace.about["ended"]) == ([0, 1, 2], "closed")


def test_what_a_closed_recorder_hooked_is_let_go(tmp_path):
    theta = nn.Parameter(torch.ones(2))
    made = torch.optim.SGD([theta], lr=0.1)
    Recorder(tmp_path / "t", made).close()
    theta.sum().backward()
    made.step()
    with pytest.raises(BadInput, match="no update is in it: the recorder ended with 'closed'"):
        read_trace(tmp_path / "t")
