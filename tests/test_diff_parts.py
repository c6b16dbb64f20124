"""`triptych diff` where a part of the net is treated otherwise: an output, a padding entry, tied weights, a gate."""

from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch
from torch import nn

from comparisons.diff.aligning import both_of
from comparisons.diff.ladder import compare
from comparisons.diff.rates import _of_series
from comparisons.traces.reading import read_trace
from tests.test_diff_ordinary import causes
from tf_impl import Recorder as KerasRecorder
from torch_impl import Recorder

STEPS, WORDS, PLACES, WIDTH = 6, 20, 10, 8
TO = {"sgd": lambda given: torch.optim.SGD(given, lr=0.1), "adam": lambda given: torch.optim.Adam(given, lr=1e-3)}


def trained(folder, model, loss_of, batches, by="adam"):
    optimizer = TO[by](model.parameters())
    recorder = Recorder(folder, optimizer, model)
    for x, y in batches:
        recorder.batch(x, y)
        optimizer.zero_grad()
        loss = loss_of(model, x, y)
        loss.backward()
        recorder.loss(loss)
        optimizer.step()
    recorder.close()
    return read_trace(folder)


def trained_by_keras(folder, model, batches):
    """By SGD, and the cross-entropy of the last axis."""
    optimizer = keras.optimizers.SGD(0.1)
    recorder = KerasRecorder(folder, optimizer, model)
    for x, y in batches:
        with tf.GradientTape() as tape:
            scores = model(x.numpy())
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y.numpy(), scores))
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
        recorder.step(loss=loss, batch=(x.numpy(), y.numpy()))
    recorder.close()
    return read_trace(folder)


class Heads(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(4)
        self.trunk, self.kind, self.price = nn.Linear(6, 12), nn.Linear(12, 3), nn.Linear(12, 1)

    def forward(self, x):
        hidden = torch.relu(self.trunk(x))
        return self.kind(hidden), self.price(hidden)


def numbers():
    draws = torch.Generator().manual_seed(1)
    of_kind = torch.arange(16) % 3
    return [(torch.randn(16, 6, generator=draws), of_kind) for _ in range(STEPS)]


def losses(of_kind, of_price):
    def loss_of(model, x, y):
        kind, price = model(x)
        return of_kind * nn.functional.cross_entropy(kind, y) + of_price * (price[:, 0] - x.sum(1)).square().mean()

    return loss_of


WEIGHTS = {  # those of A's and B's two losses, to the numbers and tensors that are named
    "half": ((1.0, 1.0), (1.0, 0.5), {("price.weight", "price.bias"): 0.5}),
    "left out": ((1.0, 1.0), (1.0, 0.0), {("price.weight", "price.bias"): 0.0}),
    "left out in A": ((1.0, 0.0), (1.0, 1.0), {("price.weight", "price.bias"): None}),
    "in A": ((1.0, 10.0), (1.0, 1.0), {("price.weight", "price.bias"): 0.1}),
    "two": ((1.0, 1.0), (0.3, 2.0), {("kind.weight", "kind.bias"): 0.3, ("price.weight", "price.bias"): 2.0}),
}


@pytest.mark.parametrize("by", TO)
@pytest.mark.parametrize(("ours", "theirs", "known"), WEIGHTS.values(), ids=WEIGHTS)
def test_of_two_losses_the_one_that_is_weighed_is_named(ours, theirs, known, by, tmp_path):
    a, b = (
        trained(tmp_path / side, Heads(), losses(*weights), numbers(), by)
        for side, weights in (("a", ours), ("b", theirs))
    )
    found = [cause for cause in compare(a, b).breaks if cause.cause == "a part of the loss weighed"]
    assert {cause.tensors: cause.number for cause in found} == {
        names: number and pytest.approx(number, rel=1e-5) for names, number in known.items()
    }
    assert not any(cause.certain for cause in found)


@pytest.mark.parametrize("factor", [2.0, 16.0])
def test_of_two_losses_that_are_both_weighed_alike_all_gradients_are_larger(factor, tmp_path):
    a, b = (trained(tmp_path / str(w), Heads(), losses(w, w), numbers()) for w in (1.0, factor))
    assert [cause.number for cause in compare(a, b).breaks] == [pytest.approx(factor)]


class Words(nn.Module):
    def __init__(self, padding=None, *, tied=False, start=1.0, words=WORDS):
        super().__init__()
        torch.manual_seed(3)
        self.table, self.hidden = nn.Embedding(words, WIDTH), nn.Linear(WIDTH, WIDTH)
        self.scores = nn.Linear(WIDTH, words, bias=False)
        with torch.no_grad():
            self.scores.weight.copy_(start * self.table.weight)
        self.table.padding_idx = padding
        if tied:
            self.scores.weight = self.table.weight

    def forward(self, x):
        return self.scores(torch.tanh(self.hidden(self.table(x))))


def texts(words=WORDS):
    draws = torch.Generator().manual_seed(2)
    return [tuple(torch.randint(0, words, (16, PLACES), generator=draws) for _ in "xy") for _ in range(STEPS)]


def of_words(model, x, y):
    return nn.functional.cross_entropy(model(x).flatten(0, 1), y.flatten())


@pytest.mark.parametrize("by", TO)
@pytest.mark.parametrize("entry", [0, 7])
@pytest.mark.parametrize("turned", [False, True])
def test_a_padding_entry_is_named(entry, turned, by, tmp_path):
    """What it is on one side, no gradient, is a fact; the rest of the table and all else are the same."""
    sides = [trained(tmp_path / str(p), Words(p), of_words, texts(), by) for p in (None, entry)]
    found = compare(*(sides[::-1] if turned else sides)).first_break
    assert (found.cause, found.number, found.certain) == ("rows without gradient", entry, True)
    assert f"has none in {'A' if turned else 'B'}" in found.says


@pytest.mark.parametrize("words", [WORDS, 1500])  # of the second, a sample is recorded
@pytest.mark.parametrize("turned", [False, True])
def test_weights_that_one_side_ties_are_named(words, turned, tmp_path):
    sides = [
        trained(tmp_path / str(tied), Words(tied=tied, words=words), of_words, texts(words)) for tied in (False, True)
    ]
    assert causes(compare(*(sides[::-1] if turned else sides))) == [("names and layout", "tied on one side only", True)]


def test_weights_that_begin_at_other_numbers_are_only_said_to_be_perhaps_tied(tmp_path):
    """The outputs are others, and so is each gradient: it is not known that the one is the sum of two."""
    a, b = (trained(tmp_path / str(tied), Words(tied=tied, start=0.5), of_words, texts()) for tied in (False, True))
    found = compare(a, b).first_break
    assert (found.cause, found.tensors) == ("trained on one side only", ("scores.weight",))
    assert "tied to table.weight" in found.remedy


class Tied(keras.Model):
    """The same net in Keras, whose table gives the scores, too."""

    def __init__(self, like):
        super().__init__()
        self.table, self.hidden = keras.layers.Embedding(WORDS, WIDTH), keras.layers.Dense(WIDTH, activation="tanh")
        self(tf.zeros((1, PLACES), tf.int32))
        self.table.set_weights([like.table.weight.detach().numpy()])
        self.hidden.set_weights([like.hidden.weight.detach().numpy().T, like.hidden.bias.detach().numpy()])

    def call(self, x):
        return tf.matmul(self.hidden(self.table(x)), tf.convert_to_tensor(self.table.embeddings), transpose_b=True)


def test_weights_that_keras_ties_are_named(tmp_path):
    b = trained_by_keras(tmp_path / "b", Tied(Words()), texts())
    a = trained(tmp_path / "a", Words(), of_words, texts(), "sgd")
    assert causes(compare(a, b)) == [("names and layout", "tied on one side only", True)]


class Recurrent(nn.Module):
    def __init__(self, more=0.0):
        super().__init__()
        torch.manual_seed(6)
        self.states, self.scores = nn.LSTM(6, 5, batch_first=True), nn.Linear(5, 3)
        with torch.no_grad():
            self.states.bias_ih_l0[5:10] += more

    def forward(self, x):
        return self.scores(self.states(x[:, None])[0][:, -1])


@pytest.mark.parametrize("more", [1.0, -1.0, 2.0])
def test_forget_gates_that_begin_higher_are_named(more, tmp_path):
    a, b = (
        trained(
            tmp_path / str(m), Recurrent(m), lambda model, x, y: nn.functional.cross_entropy(model(x), y), numbers()
        )
        for m in (0.0, more)
    )
    found = compare(a, b).first_break
    assert (found.cause, found.number) == ("forget gate", pytest.approx(more, rel=1e-6))


def centred(grad):
    return grad - grad.mean(1, keepdim=True)


@pytest.mark.parametrize("side", "AB")
def test_what_is_done_to_a_gradient_and_has_no_name_is_said_with_its_size(side, tmp_path):
    def run(folder, *, is_centred):
        model = Heads()
        optimizer = torch.optim.Adam(model.parameters())
        recorder = Recorder(folder, optimizer, model)
        for x, y in numbers():
            optimizer.zero_grad()
            loss = losses(1.0, 1.0)(model, x, y)
            loss.backward()
            if is_centred:
                model.trunk.weight.grad = centred(model.trunk.weight.grad)
            recorder.batch(x, y)
            recorder.loss(loss)
            optimizer.step()
        recorder.close()
        return read_trace(folder)

    a, b = (run(tmp_path / of, is_centred=side == of) for of in "AB")
    found = compare(a, b).first_break
    own = (a if side == "A" else b).tensors
    gap = np.square(own["trunk.weight"].used - own["trunk.weight"].gradient).sum()
    whole = sum(np.square(tensor.gradient).sum() for tensor in own.values())
    assert (found.rung, found.cause, found.certain) == ("used gradient", "not known", False)
    assert f"{side}'s gets gradients that differ from the raw ones in trunk.weight by" in found.says
    assert found.number == pytest.approx(float(np.sqrt(gap / whole)), rel=1e-4)


@pytest.mark.parametrize("side", "AB")
@pytest.mark.parametrize("kinds", [(), ("samples",), ("samples", "labels")])  # () where batches alone have hashes
def test_one_batch_at_each_step_is_named(kinds, side, tmp_path):
    drawn = numbers()
    one = [drawn[0]] * STEPS
    a, b = (trained(tmp_path / of, Heads(), losses(1.0, 1.0), one if of == side else drawn) for of in "AB")
    bare = {kind: None for kind in ("samples", "labels") if kind not in kinds}
    found = compare(replace(a, **bare), replace(b, **bare)).first_break
    assert (found.cause, found.step) == ("one batch", 1)
    assert f"{side} trains on one batch" in found.says


@pytest.mark.parametrize("turned", [False, True])
def test_a_padding_entry_that_begins_with_0_is_named(turned, tmp_path):
    model = Words(padding=3)
    with torch.no_grad():
        model.table.weight[3] = 0
    sides = [trained(tmp_path / str(i), one, of_words, texts()) for i, one in enumerate((Words(), model))]
    found = compare(*(sides[::-1] if turned else sides)).first_break
    assert (found.cause, found.number) == ("padding entry", 3.0)
    assert f"{'A' if turned else 'B'} begins with 0 in row 3" in found.says


class Ratings(nn.Module):
    """Users times items, and a bias of each: no unit is anywhere."""

    def __init__(self, *, padding=None, of_items=None, zeros=False):
        super().__init__()
        torch.manual_seed(5)
        self.user, self.item, self.more, self.most = (nn.Embedding(WORDS, size) for size in (WIDTH, WIDTH, 1, 1))
        self.mean = nn.Parameter(torch.tensor([3.0]))
        for table in (self.user, self.item):
            nn.init.normal_(table.weight, std=0.01)
        for table in (self.more, self.most):
            nn.init.zeros_(table.weight)
        for table, entry in ((self.user, padding), (self.item, padding if of_items is None else of_items)):
            table.padding_idx = entry
            if zeros and entry is not None:
                nn.init.zeros_(table.weight[entry])

    def forward(self, x):
        user, item = x[:, 0], x[:, 1]
        return (self.user(user) * self.item(item)).sum(1) + (self.more(user) + self.most(item))[:, 0] + self.mean


def rated(first, *, near=False):
    """The entry 0 of users is there from the first of these steps on, that of items from the second on.

    Args:
        near: whether the first time user 0 rates as the net says, all but a hundredth.
    """
    draws = torch.Generator().manual_seed(2)
    batches = []
    for step in range(STEPS):
        x = torch.randint(1, WORDS, (64, 2), generator=draws)
        y = 3 + torch.randn(64, generator=draws)
        for column, at in enumerate(first):
            if step >= at:
                x[column, column] = 0
        if near and step == first[0]:
            y[0] = 3.01
        batches.append((x, y))
    return batches


def of_ratings(model, x, y):
    return (model(x) - y).square().mean()


@pytest.mark.parametrize("turned", [False, True])
def test_a_row_that_one_side_never_trains_is_no_kink_however_small_its_gradient_is(turned, tmp_path):
    batches = rated((2, STEPS), near=True)
    sides = [trained(tmp_path / str(p), Ratings(padding=p), of_ratings, batches, "sgd") for p in (0, None)]
    both, found = both_of(*sides), compare(*(sides[::-1] if turned else sides))
    table = next(pair for pair in both.with_gradients if pair.name == "user.weight")
    share = np.linalg.norm(np.subtract(*table.gradients), axis=1)[2] / both.gradient_norms[1][2]
    assert both.relative < share < 1e-3
    assert causes(found) == [("raw gradient", "rows without gradient", True)]
    assert (found.first_break.step, found.first_break.tensors) == (2, ("user.weight",))
    assert "ReLU" not in " ".join(rung.says for rung in found.rungs)


class Price(nn.Module):
    """A net of one output, without a kink anywhere; some weights may be felt a percent more at some steps."""

    def __init__(self, dtype, more=()):
        super().__init__()
        torch.manual_seed(0)
        self.first, self.last, self.more, self.calls = nn.Linear(6, 16), nn.Linear(16, 1), more, -1
        self.to(dtype)

    def forward(self, x):
        self.calls += 1
        weight = self.first.weight
        if self.calls in self.more:
            weight = torch.cat([1.01 * weight[:, :3] - 0.01 * weight[:, :3].detach(), weight[:, 3:]], 1)
        return self.last(torch.tanh(nn.functional.linear(x.to(weight.dtype), weight, self.first.bias)))[:, 0]


def test_of_one_output_the_rounding_of_its_bias_is_no_kink(tmp_path):
    models = Price(torch.float32), Price(torch.float64, more=(3, 5))
    batches = [(x, x.square().mean(1)) for x, _ in numbers() + numbers()]
    a, b = (trained(tmp_path / str(i), one, of_ratings, batches, "sgd") for i, one in enumerate(models))
    found = compare(a, b).first_break
    assert (found.step, found.cause, found.tensors) == (3, "not known", ("first.weight",))


ROWS = {  # the steps from which on the entries 0 are there, to what is said of them
    "at once": ((1, 1), None, "only row 0 of user.weight, item.weight differ, which have none in B: B leaves them as"),
    "one later": ((1, 4), None, "only row 0 of user.weight differs, which has none in B: B leaves it as it is, as an "
                  "entry for padding is left, also in item.weight, where that shows later."),
    "of one table": ((1, 1), -1, "only row 0 of user.weight differs, which has none in B: B leaves it as it is, as an "
                     "entry for padding is left."),
    "other rows": ((0, 0), 5, "only row 0 of user.weight, row 5 of item.weight differ, which have none in B: B"),
}  # fmt: skip


@pytest.mark.parametrize("by", TO)
@pytest.mark.parametrize(("first", "of_items", "says"), ROWS.values(), ids=ROWS)
def test_padding_entries_of_several_tables_are_named_together(first, of_items, says, by, tmp_path):
    a, b = Ratings(), Ratings(padding=0, of_items=of_items)
    if of_items == -1:
        b.item.padding_idx = None
    sides = [trained(tmp_path / str(i), one, of_ratings, rated(first), by) for i, one in enumerate((a, b))]
    found = compare(*sides).first_break
    assert (found.cause, found.number, found.certain) == ("rows without gradient", 0.0, True)
    assert found.step == first[0]
    assert says in found.says


STARTS = {
    "the same row": (3, "B begins with 0 in row 3 of each, as torch's Embedding(padding_idx=3) does"),
    "others": (
        7,
        "B begins with 0 in row 3 of user.weight, row 7 of item.weight, as torch's Embedding(padding_idx=...)",
    ),
}


@pytest.mark.parametrize(("of_items", "says"), STARTS.values(), ids=STARTS)
def test_padding_entries_of_several_tables_that_begin_with_0_are_named(of_items, says, tmp_path):
    models = Ratings(), Ratings(padding=3, of_items=of_items, zeros=True)
    a, b = (trained(tmp_path / str(i), one, of_ratings, rated((0, 0))) for i, one in enumerate(models))
    found = compare(a, b).first_break
    assert (found.cause, found.number, found.tensors) == ("padding entry", 3.0, ("user.weight", "item.weight"))
    assert says in found.says


class Square(nn.Module):
    """Its middle matrix may be copied with the axes exchanged; a bias in each layer."""

    def __init__(self, *, exchanged=False):
        super().__init__()
        torch.manual_seed(4)
        self.first, self.middle, self.last = nn.Linear(6, 12), nn.Linear(12, 12), nn.Linear(12, 3)
        if exchanged:
            with torch.no_grad():
                self.middle.weight.copy_(self.middle.weight.T.clone())

    def forward(self, x):
        return self.last(torch.tanh(self.middle(torch.tanh(self.first(x)))))


def of_classes(model, x, y):
    return nn.functional.cross_entropy(model(x), y)


@pytest.mark.parametrize("by", TO)
def test_a_square_matrix_that_was_copied_transposed_is_likely_that(by, tmp_path):
    a, b = (trained(tmp_path / str(x), Square(exchanged=x), of_classes, numbers(), by) for x in (False, True))
    found = compare(a, b).first_break
    assert (found.cause, found.tensors, found.certain) == ("weights transposed", ("middle.weight",), False)


def test_a_square_matrix_that_keras_was_given_as_it_is_is_likely_that(tmp_path):
    of = Square()
    model = keras.Sequential([
        keras.Input((6,)), keras.layers.Dense(12, "tanh"), keras.layers.Dense(12, "tanh"), keras.layers.Dense(3)
    ])  # fmt: skip
    for layer, linear in zip(model.layers, (of.first, of.middle, of.last), strict=True):
        kernel = linear.weight.detach().numpy()
        layer.set_weights([kernel if linear is of.middle else kernel.T, linear.bias.detach().numpy()])
    a = trained(tmp_path / "a", of, of_classes, numbers(), "sgd")
    found = compare(a, trained_by_keras(tmp_path / "b", model, numbers())).first_break
    assert (found.cause, found.tensors) == ("weights transposed", ("middle.weight",))


class Classes(nn.Module):
    def __init__(self, classes, activation=torch.relu, *, turned=False):
        super().__init__()
        torch.manual_seed(0)
        self.first, self.last = nn.Linear(6, 16), nn.Linear(16, classes)
        self.activation, self.turned = activation, turned

    def forward(self, x):
        return self.last(self.activation(self.first(x.flip(1) if self.turned else x)))


def of_labels(classes):
    """More of the first than of any other."""
    draws = torch.Generator().manual_seed(1)
    chances = torch.tensor([2.0, *[1.0] * (classes - 1)])
    return [
        (torch.randn(32, 6, generator=draws), torch.multinomial(chances, 32, replacement=True, generator=draws))
        for _ in range(STEPS)
    ]


OTHERS = {  # what B does otherwise: its net's arguments, its loss
    "gelu": ({"activation": nn.functional.gelu}, of_classes),
    "leaky": ({"activation": lambda x: nn.functional.leaky_relu(x, 0.2)}, of_classes),
    "inputs turned": ({"turned": True}, of_classes),
    "temperature": ({}, lambda model, x, y: nn.functional.cross_entropy(model(x) / 2, y)),
}


@pytest.mark.parametrize("classes", [2, 3, 4])
@pytest.mark.parametrize(("given", "loss_of"), OTHERS.values(), ids=OTHERS)
def test_of_few_classes_another_function_is_not_taken_for_smoothed_labels(given, loss_of, classes, tmp_path):
    """The gradient of two biases differs by one number, which any smoothing makes."""
    a = trained(tmp_path / "a", Classes(classes), of_classes, of_labels(classes), "sgd")
    b = trained(tmp_path / "b", Classes(classes, **given), loss_of, of_labels(classes), "sgd")
    assert not [cause for cause in compare(a, b).breaks if cause.cause == "labels smoothed" or cause.certain]


@pytest.mark.parametrize("smoothed", [0.1, 0.05])
@pytest.mark.parametrize("classes", [2, 3, 4])
def test_labels_of_few_classes_that_are_smoothed_are_named(classes, smoothed, tmp_path):
    def loss_of(model, x, y):
        return nn.functional.cross_entropy(model(x), y, label_smoothing=smoothed)

    a = trained(tmp_path / "a", Classes(classes), of_classes, of_labels(classes), "sgd")
    b = trained(tmp_path / "b", Classes(classes), loss_of, of_labels(classes), "sgd")
    found = compare(a, b).first_break
    assert (found.cause, found.number) == ("labels smoothed", smoothed)
    assert f"labels are smoothed by {smoothed} more than A's." in found.says


WARM = 0.001 * np.minimum(1, np.arange(1, 13) / 10)


@pytest.mark.parametrize("turned", [False, True])
def test_a_warm_up_that_begins_one_step_late_is_late(turned):
    """It begins at 0, which the other side's never is."""
    rates = (np.append(0, WARM[:-1]), WARM) if turned else (WARM, np.append(0, WARM[:-1]))
    cause, number, says, _ = next(_of_series(*rates, 0, len(WARM)))
    assert (cause, number) == ("learning rate lags", -1.0 if turned else 1.0)
    assert f"{'A' if turned else 'B'}'s learning rate comes 1 step late, after 0 at first." in says


def test_a_rate_that_stays_after_its_first_is_not_late():
    cause, *_ = next(_of_series(np.full(12, 0.1), np.append(0.2, np.full(11, 0.1)), 0, 12))
    assert cause == "learning rate schedule"


def test_other_numbers_in_forget_gates_are_other_initial_values(tmp_path):
    a = trained(tmp_path / "a", Recurrent(), lambda model, x, y: nn.functional.cross_entropy(model(x), y), numbers())
    theta = a.tensors["states.bias_ih_l0"]
    moved = np.where(np.arange(20) // 5 == 1, np.arange(20) * np.float32(0.1), 0)
    other = replace(theta, before=theta.before + moved, after=theta.after + moved)
    b = replace(a, tensors={**a.tensors, "states.bias_ih_l0": other})
    assert compare(a, b).first_break.cause == "other initial values"
