"""The recorder of Keras: what is in its trace, and that the training is the same with and without it."""

from itertools import product

import keras
import numpy as np
import pytest
import tensorflow as tf

from comparisons.names import BadInput
from comparisons.traces.between import change_of
from comparisons.traces.hashing import label_hashes, sample_hashes
from comparisons.traces.reading import read_trace
from tf_impl import Recorder

BATCH, SAMPLES = 4, 18  # four batches and a short one
STEPS = 5
RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal((SAMPLES, 6)).astype(np.float32), RNG.integers(0, 3, SAMPLES)
CROSS_ENTROPY = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def net():
    keras.utils.set_random_seed(0)
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(8, name="first"),
            layers.BatchNormalization(name="norm"),
            layers.ReLU(),
            layers.Dropout(0.3),
            layers.Dense(3, name="last"),
        ],
        name="net",
    )


def batches():
    return [(X[i : i + BATCH], Y[i : i + BATCH]) for i in range(0, SAMPLES, BATCH)]


def fitted(optimizer, folder=None, *, jit, eager=False, epochs=1, **options):
    """The losses of a model.fit, and its last weights; recorded, if there is a folder."""
    model = net()
    model.compile(optimizer, CROSS_ENTROPY, jit_compile=jit, run_eagerly=eager)
    callbacks = [Recorder(folder, **options)] if folder else []
    history = model.fit(X, Y, batch_size=BATCH, epochs=epochs, shuffle=False, verbose=0, callbacks=callbacks)
    return history.history["loss"], [weight.numpy() for weight in model.weights]


def looped(optimizer, folder=None, *, jit=None):
    """The losses of a loop of one's own, eager if jit is None, and its last weights."""
    model = net()

    def step(x, y):
        with tf.GradientTape() as tape:
            loss = CROSS_ENTROPY(y, model(x, training=True))
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
        return loss

    step = step if jit is None else tf.function(step, jit_compile=jit)
    recorder = Recorder(folder, optimizer, model) if folder else None
    losses = []
    for x, y in batches():
        losses.append(float(step(tf.constant(x), tf.constant(y))))
        if recorder:
            recorder.step(loss=losses[-1], batch=(x, y))
    if recorder:
        recorder.close()
    return losses, [weight.numpy() for weight in model.weights]


OPTIMIZERS = {
    "Adam": lambda: keras.optimizers.Adam(0.01, clipnorm=0.1, use_ema=True),
    "SGD": lambda: keras.optimizers.SGD(0.1, momentum=0.9, global_clipnorm=0.5),
    "Lion": lambda: keras.optimizers.Lion(0.01, weight_decay=0.1),
    "accumulation": lambda: keras.optimizers.Adam(0.01, gradient_accumulation_steps=2, clipnorm=0.1),
    "scaled loss": lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(0.01)),
}


# In a graph without XLA, Grappler's arithmetic optimizer (without it they are the same) rewrites what is made of the
# gradients of BatchNormalization where nothing else reads them. A recorder does: then it is the same to rounding.
REGROUPED = {("SGD", False)}


def check_same(run, optimizer, folder, *, jit):
    losses, weights = run(OPTIMIZERS[optimizer](), jit=jit)
    recorded, there = run(OPTIMIZERS[optimizer](), folder, jit=jit)
    if (optimizer, jit) in REGROUPED:
        np.testing.assert_allclose(recorded, losses, rtol=1e-5)  # of five updates in float32
        return
    assert recorded == losses
    assert all(np.array_equal(one, other) for one, other in zip(there, weights, strict=True))


def test_model_fit_is_the_same_with_a_recorder(tmp_path):
    check_same(fitted, "Adam", tmp_path / "t", jit=False)


def test_a_loop_is_the_same_with_a_recorder(tmp_path):
    check_same(looped, "Adam", tmp_path / "t", jit=None)


@pytest.mark.full
@pytest.mark.parametrize(("optimizer", "jit"), list(product(OPTIMIZERS, [True, False])))
def test_model_fit_is_the_same_with_every_optimizer(optimizer, jit, tmp_path):
    check_same(fitted, optimizer, tmp_path / "t", jit=jit)


@pytest.mark.full
@pytest.mark.parametrize(("optimizer", "jit"), list(product(OPTIMIZERS, [True, False, None])))
def test_a_loop_is_the_same_with_every_optimizer(optimizer, jit, tmp_path):
    if optimizer == "scaled loss":  # the loop does not scale its loss: another training, recorded all the same
        assert np.isfinite(looped(OPTIMIZERS[optimizer](), tmp_path / "t", jit=jit)[0]).all()
    check_same(looped, optimizer, tmp_path / "t", jit=jit)


@pytest.mark.parametrize("jit", [None, False, True])
def test_an_optimizer_that_has_stepped_is_told_from_a_new_one(jit, tmp_path):
    """Also where its recorder begins in a graph, which has no numbers."""
    optimizer = keras.optimizers.Adam(0.01)
    model = net()

    def step(x, y):
        with tf.GradientTape() as tape:
            loss = CROSS_ENTROPY(y, model(x, training=True))
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)

    for begun in (False, True):
        recorder = Recorder(tmp_path / "t", optimizer, model)
        one = step if jit is None else tf.function(step, jit_compile=jit)
        one(tf.constant(X[:4]), tf.constant(Y[:4]))
        recorder.step()
        recorder.close()
        assert read_trace(tmp_path / "t").about["begun"] is begun


def test_a_second_fit_goes_on(tmp_path):
    model = net()
    model.compile(keras.optimizers.Adam(0.01), CROSS_ENTROPY)
    for begun in (False, True):
        model.fit(X, Y, batch_size=BATCH, verbose=0, callbacks=[Recorder(tmp_path / "t")])
        assert read_trace(tmp_path / "t").about["begun"] is begun


@pytest.mark.parametrize("jit", [None, False, pytest.param(True, marks=pytest.mark.full)])
def test_a_constraint_comes_after_the_update_and_is_no_part_of_it(jit, tmp_path):
    traces = []
    for i, constraint in enumerate((None, keras.constraints.MaxNorm(0.3))):
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(3, name="last", kernel_constraint=constraint)])
        model.compile(keras.optimizers.SGD(0.1), CROSS_ENTROPY, jit_compile=bool(jit), run_eagerly=jit is None)
        model.fit(X, Y, batch_size=BATCH, shuffle=False, verbose=0, callbacks=[Recorder(tmp_path / f"{i}")])
        traces.append(read_trace(tmp_path / f"{i}"))
    free, held = (next(one for name, one in trace.tensors.items() if "kernel" in name) for trace in traces)
    np.testing.assert_array_equal(held.after[0], free.after[0])
    rows = np.linalg.norm(held.after[:-1], axis=1, keepdims=True)
    np.testing.assert_allclose(held.before[1:], held.after[:-1] * np.minimum(1, 0.3 / rows), rtol=1e-6)
    assert change_of(traces[0]) is None
    assert change_of(traces[1]).says.startswith("scaled down to a norm of 0.3")


@pytest.mark.parametrize("jit", [False, pytest.param(True, marks=pytest.mark.full)])
def test_what_an_update_has_is_in_the_trace(jit, tmp_path):
    _, last = fitted(OPTIMIZERS["Adam"](), tmp_path / "t", jit=jit, epochs=2)
    trace = read_trace(tmp_path / "t")
    assert trace.steps.tolist() == list(range(2 * STEPS))
    kernel = trace.tensors["net/first/kernel"]
    np.testing.assert_array_equal(kernel.before[0], net().layers[0].kernel)
    np.testing.assert_array_equal(kernel.before[1:], kernel.after[:-1])
    np.testing.assert_array_equal(kernel.state["average"][-1], last[0])  # which model.fit puts in its place at the end
    np.testing.assert_array_equal(trace.buffers["net/norm/moving_mean"][-1], last[4])
    np.testing.assert_allclose(kernel.norm("used"), 0.1, rtol=1e-6)  # clipped to that, in float32
    scale = kernel.norm("gradient") / 0.1
    np.testing.assert_allclose(kernel.gradient, kernel.used * scale[:, None, None], rtol=1e-5, atol=1e-9)
    # Adam's first velocity is (1 - beta_2) g^2, and its EMA starts from the weights before the first update
    np.testing.assert_allclose(kernel.state["velocity"][0], 1e-3 * kernel.used[0] ** 2, rtol=1e-5)
    assert set(kernel.state) == {"momentum", "velocity", "average"}
    assert trace.learning_rate == pytest.approx([0.01] * 2 * STEPS, rel=1e-7)  # of float32
    for k, (x, y) in enumerate(batches() * 2):
        assert trace.samples[k].tolist() == sample_hashes(x).tolist()
        assert trace.labels[k].tolist() == label_hashes(y).tolist()
        assert trace.inputs[k] == pytest.approx([x.mean(), x.std()], rel=1e-5)
    assert trace.about["optimizer"]["class"] == "keras.optimizers.Adam"
    assert trace.about["optimizer"]["arguments"]["learning_rate"] == 0.01
    assert trace.about["versions"]["keras"] == keras.__version__


def test_the_losses_are_those_of_the_batches(tmp_path):
    """Of model.fit, whose logs have the mean of the epoch so far; the first loss is computed here."""
    losses, _ = fitted(OPTIMIZERS["SGD"](), tmp_path / "t", jit=False, eager=True)
    trace = read_trace(tmp_path / "t")
    sizes = [len(x) for x, _ in batches()]
    assert np.average(trace.loss, weights=sizes) == pytest.approx(losses[0], rel=1e-6)
    x, y = batches()[0]
    assert trace.loss[0] == pytest.approx(float(CROSS_ENTROPY(y, net()(x, training=True))), rel=1e-6)


def test_gradients_that_are_accumulated_are_one_update(tmp_path):
    looped(OPTIMIZERS["accumulation"](), tmp_path / "t")
    trace = read_trace(tmp_path / "t")
    assert trace.steps.tolist() == [0, 1]  # of two batches each; the fifth leads to none
    assert trace.passes.tolist() == [2, 2]
    assert [len(one) for one in trace.samples] == [2 * BATCH] * 2
    model = net()
    gradients = []
    for x, y in batches()[:2]:
        with tf.GradientTape() as tape:
            loss = CROSS_ENTROPY(y, model(x, training=True))
        gradients.append(tape.gradient(loss, model.layers[-1].bias).numpy())
    np.testing.assert_allclose(trace.tensors["net/last/bias"].gradient[0], np.mean(gradients, axis=0), atol=1e-6)


def test_a_count_that_is_not_trained_is_recorded_and_a_flag_is_not(tmp_path):
    """An adapted Normalization has a count of its samples."""

    class Flagged(keras.layers.Normalization):
        def build(self, shape):
            self.add_weight(name="flag", shape=(), dtype="bool", initializer="zeros", trainable=False)
            super().build(shape)

    layer = Flagged(name="norm")
    layer.adapt(X)
    model = keras.Sequential([keras.Input((6,)), layer, keras.layers.Dense(3, name="last")], name="net")
    model.compile(keras.optimizers.SGD(0.1), CROSS_ENTROPY, jit_compile=False)
    model.fit(X, Y, batch_size=BATCH, verbose=0, callbacks=[Recorder(tmp_path / "t")])
    buffers = read_trace(tmp_path / "t").buffers
    assert {name.rpartition("/")[2] for name in buffers} == {"mean", "variance", "count"}
    count = next(values for name, values in buffers.items() if name.endswith("count"))
    assert count.dtype.kind == "i"
    assert len(count) == STEPS


def test_large_tensors_have_samples_norms_and_sums(tmp_path):
    fitted(OPTIMIZERS["SGD"](), tmp_path / "whole", jit=False, eager=True)
    fitted(OPTIMIZERS["SGD"](), tmp_path / "sampled", jit=False, eager=True, elements=10)
    whole, sampled = (read_trace(tmp_path / one).tensors["net/first/kernel"] for one in ("whole", "sampled"))
    assert len(sampled.sample) == 9
    for kind in ("before", "after", "gradient", "used"):
        values = getattr(whole, kind).reshape(STEPS, -1)
        np.testing.assert_array_equal(getattr(sampled, kind), values[:, sampled.sample])
        np.testing.assert_allclose(sampled.norm(kind), whole.norm(kind), rtol=1e-6)  # of 48 numbers in float32
        np.testing.assert_allclose(sampled.sums[kind], values.sum(axis=1), atol=1e-6)


def test_the_first_updates_and_then_every_so_many(tmp_path):
    fitted(OPTIMIZERS["SGD"](), tmp_path / "t", jit=False, eager=True, epochs=3, steps=2, every=5)
    trace = read_trace(tmp_path / "t")
    assert trace.steps.tolist() == [0, 1, 5, 10]
    # the batches of an epoch are in order: its first ones are 0, 5 and 10
    assert [one.tolist() for one in trace.samples[2:]] == [trace.samples[0].tolist()] * 2


def test_a_model_is_given_back_as_it_was(tmp_path):
    """It can be fitted again, without a recorder and with another."""
    model = net()
    model.compile(keras.optimizers.SGD(0.1), CROSS_ENTROPY, jit_compile=False)
    fit = {"x": X, "y": Y, "batch_size": BATCH, "verbose": 0}
    model.fit(**fit, callbacks=[Recorder(tmp_path / "one")])
    assert "apply" not in vars(model.optimizer)
    model.fit(**fit)
    model.fit(**fit, callbacks=[Recorder(tmp_path / "other")])
    one, other = (read_trace(tmp_path / name).tensors["net/last/bias"] for name in ("one", "other"))
    assert len(one.after) == len(other.after) == STEPS
    assert not np.array_equal(one.after[-1], other.before[0])


def no_optimizer(folder):
    Recorder(folder, net())


def several(folder):
    model = net()
    model.compile(keras.optimizers.SGD(0.1), CROSS_ENTROPY, steps_per_execution=2)
    model.fit(X, Y, verbose=0, callbacks=[Recorder(folder)])


def traced_before(folder):
    optimizer, theta = keras.optimizers.SGD(0.1), keras.Variable([1.0], name="theta")
    step = tf.function(lambda: optimizer.apply([tf.ones(1)], [theta]))
    step()
    recorder = Recorder(folder, optimizer)
    step()
    recorder.step()


def two_updates(folder):
    optimizer, theta = keras.optimizers.SGD(0.1), keras.Variable([1.0], name="theta")
    recorder = Recorder(folder, optimizer)
    for _ in range(2):
        optimizer.apply([tf.ones(1)], [theta])
    recorder.step()


REFUSED = {
    "no optimizer": (no_optimizer, "Recorder: Sequential is no keras.optimizers.Optimizer"),
    "several steps an execution": (several, "Recorder: between the steps of one execution nothing can be read; set"),
    "half a step": (lambda folder: Recorder(folder, steps=2.5), "Recorder: steps is 2.5; it must be a whole number"),
    "no folder": (lambda _: Recorder("a\0b"), "Recorder: the folder is 'a\\x00b'; it must be a path, such as 'trace'"),
    "traced before": (
        traced_before,
        "recorder.step: the optimizer made no update that was seen; make the Recorder before",
    ),
    "two updates": (two_updates, "recorder.step: the optimizer made 2 updates since the last call; call it after each"),
}


@pytest.mark.parametrize(("do", "said"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_recorded_is_said_at_once(do, said, tmp_path):
    with pytest.raises(BadInput) as error:
        do(tmp_path / "t")
    assert str(error.value).startswith(said)
    assert "\n" not in str(error.value)


class Warming(keras.optimizers.schedules.LearningRateSchedule):
    """As people write them: without a get_config."""

    def __init__(self, peak):
        self.peak, self._table = peak, tf.constant([1.0])

    def __call__(self, step):
        return self.peak * tf.cast(step + 1, tf.float32) / 4


class Silent(keras.optimizers.SGD):
    def __init__(self, learning_rate, momentum, table):
        super().__init__(learning_rate, momentum=momentum)
        self.table = table

    def get_config(self):
        raise RuntimeError


SCHEDULE = {"class_name": "Warming", "config": {"peak": 0.4}}
ODD = {
    "schedule": (lambda: keras.optimizers.SGD(Warming(0.4), momentum=0.9), {"learning_rate": SCHEDULE}),
    "optimizer": (lambda: Silent(Warming(0.4), 0.9, {1: np.ones(2)}), {"table": {"1": "array([1., 1.])"}}),
    "function": (lambda: keras.optimizers.SGD(lambda: 0.1, momentum=0.9), {}),
}


@pytest.mark.parametrize(("optimizer", "said"), ODD.values(), ids=ODD)
def test_what_has_no_get_config_is_recorded_all_the_same(optimizer, said, tmp_path):
    looped(optimizer(), tmp_path / "t")
    trace = read_trace(tmp_path / "t")
    assert len(trace.steps) == STEPS
    assert trace.about["optimizer"]["class"].endswith(type(optimizer()).__name__)
    assert (trace.about["optimizer"]["arguments"] | said).items() == trace.about["optimizer"]["arguments"].items()
    assert trace.about["optimizer"]["arguments"]["momentum"] == 0.9


def failing(*_args, **_kwargs):
    raise ValueError("no\nluck")


# Where a recorder may fail: while the files are opened, while a step is traced, and after it.
PLACES = {
    "start": ("tf_impl.recorder.described", "nothing is recorded"),
    "gradients": ("tf_impl.kept.Kept.keep", "the recording ends here"),
    "used": ("tf_impl.recorder.Recorder._step_of", "the recording ends here"),
    "read": ("tf_impl.kept.Kept.read", "the recording ends here"),
    "state": ("tf_impl.recorder.Recorder._state", "the recording ends here"),
    "writing": ("comparisons.traces.writing.stacked", "the recording ends here: it cannot be written"),
}


@pytest.mark.parametrize(("place", "said"), PLACES.values(), ids=PLACES)
def test_a_recorder_that_fails_lets_the_training_go_on(place, said, tmp_path, monkeypatch):
    losses, _ = looped(OPTIMIZERS["Adam"]())
    monkeypatch.setattr(place, failing)
    with pytest.warns(UserWarning, match=said) as told:
        recorded, _ = looped(OPTIMIZERS["Adam"](), tmp_path / "t")
    assert recorded == losses
    assert [str(one.message).rpartition("no")[2].split() for one in told] == [["luck"]]


FITTED = {"gradients": "tf_impl.kept.Kept.keep", "batch": "tf_impl.fingerprints.Fingerprints._keep"}


@pytest.mark.parametrize("place", FITTED.values(), ids=FITTED)
def test_a_recorder_that_fails_lets_model_fit_go_on(place, tmp_path, monkeypatch):
    losses, _ = fitted(OPTIMIZERS["SGD"](), jit=False)
    monkeypatch.setattr(place, failing)
    with pytest.warns(UserWarning, match="ValueError: no luck"):
        recorded, _ = fitted(OPTIMIZERS["SGD"](), tmp_path / "t", jit=False)
    np.testing.assert_allclose(recorded, losses, rtol=1e-5)  # of five updates in float32: it is another graph


def test_a_batch_of_texts_has_no_hashes(tmp_path):
    words = np.array([["a b"], ["c"]] * 4, dtype=object)
    texts = keras.layers.TextVectorization(output_mode="multi_hot")
    texts.adapt(words)
    model = keras.Sequential([keras.Input((1,), dtype="string"), texts, keras.layers.Dense(3)])
    model.compile(keras.optimizers.SGD(0.1), CROSS_ENTROPY, jit_compile=False)
    data = tf.data.Dataset.from_tensor_slices((words.astype(str), Y[:8])).batch(BATCH)
    model.fit(data, shuffle=False, verbose=0, callbacks=[Recorder(tmp_path / "t")])
    trace = read_trace(tmp_path / "t")
    assert len(trace.loss) == 2
    assert trace.samples is None


def test_an_update_that_is_missing_later_ends_the_recording_alone(tmp_path):
    optimizer, theta = keras.optimizers.SGD(0.1), keras.Variable([1.0], name="theta")
    recorder = Recorder(tmp_path / "t", optimizer)
    optimizer.apply([tf.ones(1)], [theta])
    recorder.step()
    with pytest.warns(UserWarning, match="the recording ends here: recorder.step: the optimizer made no update"):
        recorder.step()
    optimizer.apply([tf.ones(1)], [theta])
    recorder.step()
    recorder.close()
    assert read_trace(tmp_path / "t").steps.tolist() == [0]


def test_what_the_weight_decay_leaves_out_is_a_group_of_its_own(tmp_path):
    def decayed(folder, leave_out):
        optimizer = keras.optimizers.AdamW(0.01, weight_decay=0.1, name="adam")
        if leave_out:
            optimizer.exclude_from_weight_decay(var_names=["bias", "beta", "gamma"])
        fitted(optimizer, folder, jit=False)
        return read_trace(folder).about["optimizer"]["groups"]

    [every] = decayed(tmp_path / "a", False)
    some, rest = decayed(tmp_path / "b", True)
    assert some == {"parameters": ["net/first/kernel", "net/last/kernel"], "arguments": every["arguments"]}
    assert set(rest["parameters"]) == set(every["parameters"]) - set(some["parameters"])
    assert rest["arguments"] == {**every["arguments"], "weight_decay": 0.0}
