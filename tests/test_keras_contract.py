"""Keras's contract: each drop-in beside the class that it replaces, in all that Keras does with an optimizer."""

import inspect
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras.optimizers import LossScaleOptimizer, schedules

from tf_impl import optimizers as drop_ins
from tf_impl.floatx import floatx

# The base, wrappers of other optimizers, and classes that follow no rule of ours.
OTHERS = {"Optimizer", "LossScaleOptimizer", "MultiOptimizer", "OptimizerMap", "Muon", "ScheduleFreeAdamW"}
CLASSES = [name for name, kind in vars(keras.optimizers).items() if isinstance(kind, type) and name not in OTHERS]
RENAMED = {"Nadam": drop_ins.NAdam, "AdamW": partial(drop_ins.Adam, weight_decay=0.004)}
MECHANISMS = ["SGD", "Adam", "Nadam", "Adafactor"]  # no state; moments; a shared scalar; whole tensors

full = pytest.mark.full
every_class = pytest.mark.parametrize("name", CLASSES)
in_full = [pytest.param(name, marks=() if name in {"SGD", "Nadam"} else full) for name in CLASSES]
every_mechanism = pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name == "Adam" else full) for name in MECHANISMS]
)
# Keras 3.15 reads a variable of its own by np.array(variable), and NumPy 2 would have that variable know `copy`.
reads_variables = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


def ours(name, dtype="float32", **arguments):
    """The drop-in for a call of Keras's class."""
    return RENAMED.get(name, getattr(drop_ins, name, None))(**arguments)


def theirs(name, dtype="float32", **arguments):
    """Keras's class; for float64 at full precision, which it has if its numbers are np.float64 and floatx is."""
    parameters = inspect.signature(getattr(keras.optimizers, name)).parameters.values()
    given = {p.name: p.default for p in parameters if isinstance(p.default, float)} | arguments
    with floatx(dtype):
        return getattr(keras.optimizers, name)(**{key: EXACT[dtype](name, key, value) for key, value in given.items()})


def exact(name, key, value):
    """Adadelta's rho is never rounded, and a np.float64 of it fails inside a tf.function."""
    return np.float64(value) if isinstance(value, float) and (name, key) != ("Adadelta", "rho") else value


EXACT = {"float32": lambda name, key, value: value, "float64": exact}

# In units of the largest parameter, some ten times what was seen (semantics: tables 4a and 4c). Each step rounds some
# ten times, and XLA and TensorFlow's rewriting of graphs do it elsewhere in the drop-in than in Keras's text.
ROUNDING = {"float32": 1e-6, "float64": 1e-14}
# Keras forms 1 - beta^t of betas in float32: of 0.999, it is off by 7e-6 of itself.
CORRECTED = dict.fromkeys(["Adam", "AdamW", "Adamax", "Lamb", "Nadam"], 2e-5)
TOLERANCE = {
    "float32": CORRECTED,
    # Nadam's 0.96 goes through float32 whatever it is given; Ftrl takes differences of nearly equal powers.
    "float64": {"Nadam": 1e-7, "Ftrl": 1e-12},
}


def tolerance(name, dtype):
    return TOLERANCE[dtype].get(name, ROUNDING[dtype])


# --- walks: a vector and a matrix take steps by gradients that are given

SHAPES, STEPS = ((5,), (4, 3)), 8
RATE = {"learning_rate": 0.05}


def drawn(dtype, size=1.0):
    """A start, and the gradients of each step."""
    rng = np.random.default_rng(0)
    start = [rng.normal(size=shape).astype(dtype) for shape in SHAPES]
    return start, [[(size * rng.normal(size=shape)).astype(dtype) for shape in SHAPES] for _ in range(STEPS)]


def walk(optimizer, dtype, wrap=lambda function: function, change=list, size=1.0):
    """The parameters after each step; `change` makes of the gradients what the optimizer is given."""
    start, steps = drawn(dtype, size)
    variables = [tf.Variable(value, name=f"theta{i}") for i, value in enumerate(start)]
    optimizer.build(variables)
    step, path = wrap(lambda gradients: optimizer.apply(gradients, variables)), []
    for gradients in steps:
        step(change(map(tf.constant, gradients)))
        path.append([variable.numpy() for variable in variables])
    return path


def apart(path, expected):
    """The largest difference at any step over the largest parameter at any, of the parameter where that is largest."""
    pairs = [
        (np.array(a), np.array(b)) for a, b in zip(zip(*path, strict=True), zip(*expected, strict=True), strict=True)
    ]
    with np.errstate(invalid="ignore"):
        assert all(np.array_equal(np.isfinite(a), np.isfinite(b)) for a, b in pairs)
        return max(np.nanmax(np.abs(a - b), initial=0) / (np.nanmax(np.abs(b), initial=0) or 1.0) for a, b in pairs)


WRAPPED = {
    "eager": lambda function: function,
    "function": tf.function,
    "compiled": partial(tf.function, jit_compile=True),
}


@pytest.mark.parametrize("dtype", ["float64", pytest.param("float32", marks=full)])
@pytest.mark.parametrize("how", ["eager", *(pytest.param(how, marks=full) for how in WRAPPED if how != "eager")])
@every_class
def test_takes_the_steps_of_keras(name, how, dtype):
    paths = [walk(make(name, dtype, **RATE), dtype, WRAPPED[how]) for make in (ours, theirs)]
    assert apart(*paths) <= tolerance(name, dtype)


SURROUNDINGS = {
    "weight_decay": {"weight_decay": 0.05},
    "clipvalue": {"clipvalue": 0.5},
    "clipnorm": {"clipnorm": 0.5},
    "global_clipnorm": {"global_clipnorm": 0.5},
    "accumulation": {"gradient_accumulation_steps": 3},
    "loss_scale_factor": {"loss_scale_factor": 8.0},
    "overwritten by averages": {"use_ema": True, "ema_momentum": 0.5, "ema_overwrite_frequency": 2},
    "all": {"weight_decay": 0.05, "global_clipnorm": 0.5, "gradient_accumulation_steps": 2, "use_ema": True},
}


@pytest.mark.parametrize("what", SURROUNDINGS)
@pytest.mark.parametrize("name", in_full)
def test_surrounds_a_step_as_keras(name, what):
    paths = [walk(make(name, "float64", **RATE, **SURROUNDINGS[what]), "float64") for make in (ours, theirs)]
    assert apart(*paths) <= tolerance(name, "float64")


# None comes to 0, where Keras's Ftrl is not a number any more, and the drop-in stays where it is.
SCHEDULES = {
    "CosineDecay": partial(schedules.CosineDecay, 0.01, 5, alpha=0.1, warmup_target=0.1, warmup_steps=2),
    "CosineDecayRestarts": partial(schedules.CosineDecayRestarts, 0.1, 3),
    "ExponentialDecay": partial(schedules.ExponentialDecay, 0.1, 3, 0.5),
    "InverseTimeDecay": partial(schedules.InverseTimeDecay, 0.1, 3, 0.5),
    "PiecewiseConstantDecay": partial(schedules.PiecewiseConstantDecay, [2, 5], [0.1, 0.05, 0.01]),
    "PolynomialDecay": partial(schedules.PolynomialDecay, 0.1, STEPS),
}


# At a rate of 0, where the cosine ends, Keras's Ftrl is NaN; the drop-in stands still.
UNTIL_NAN = {("Ftrl", "CosineDecay"): 7}


def test_the_schedules_are_all_of_keras():
    assert {*SCHEDULES} == {name for name, kind in vars(schedules).items() if isinstance(kind, type)} - {
        "LearningRateSchedule"  # the base
    }


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("name", in_full)
def test_follows_the_schedules_of_keras(name, schedule):
    paths = [walk(make(name, "float64", learning_rate=SCHEDULES[schedule]()), "float64") for make in (ours, theirs)]
    steps = UNTIL_NAN.get((name, schedule), STEPS)
    assert apart(*(path[:steps] for path in paths)) <= tolerance(name, "float64")
    assert np.isfinite(np.concatenate([values.ravel() for values in paths[0][-1]])).all()


def with_rows(gradients):
    """The matrix's as two of its rows."""
    vector, matrix = gradients
    return [vector, tf.IndexedSlices(tf.gather(matrix, [2, 0]), tf.constant([2, 0]), tf.constant(SHAPES[1]))]


def without_the_vector(gradients):
    return [None, list(gradients)[1]]


@pytest.mark.every(3)
@pytest.mark.filterwarnings("ignore:Gradients do not exist")  # Keras says so, as it should
@pytest.mark.parametrize("change", [with_rows, without_the_vector])
@every_class
def test_takes_what_keras_takes_for_gradients(name, change):
    paths = [walk(make(name, "float64", **RATE), "float64", change=change) for make in (ours, theirs)]
    assert apart(*paths) <= tolerance(name, "float64")


@every_class
def test_leaves_out_of_weight_decay_what_keras_does(name):
    paths = []
    for make in (ours, theirs):
        optimizer = make(name, "float64", **{**RATE, "weight_decay": 0.1})
        optimizer.exclude_from_weight_decay(var_names=["theta0"])
        paths.append(walk(optimizer, "float64"))
    assert apart(*paths) <= tolerance(name, "float64")


def scaled(name, make):
    """The path, and the scales: every third gradient is not finite."""
    optimizer = LossScaleOptimizer(make(name, **RATE), initial_scale=8.0, dynamic_growth_steps=2)
    counter, scales = iter(range(STEPS)), []

    def change(gradients):
        scales.append(optimizer.scale_loss(1.0).numpy())
        factor = np.inf if next(counter) % 3 == 1 else scales[-1]
        return [factor * g for g in gradients]

    return walk(optimizer, "float32", change=change), scales


@every_class
def test_is_scaled_as_keras(name):
    (path, scales), (expected, expected_scales) = scaled(name, ours), scaled(name, theirs)
    assert scales == expected_scales
    assert apart(path, expected) <= tolerance(name, "float32")


# --- copies and configurations


@every_class
def test_has_the_configuration_of_keras(name):
    rate = 2.0**-5  # the same in float32, which Keras keeps it in
    arguments = {
        "learning_rate": rate,
        "weight_decay": 0.1,
        "clipnorm": 0.5,
        "use_ema": True,
        "gradient_accumulation_steps": 2,
    }
    own, kerass = ours(name, **arguments).get_config(), theirs(name, **arguments).get_config()
    shared = {key: value for key, value in kerass.items() if key not in {"name", "relative_step"}}  # that has no effect
    assert {key: own[key] for key in shared} == shared


def by_variables(optimizer, other, tmp_path):
    store = {}
    optimizer.save_own_variables(store)
    other.load_own_variables(store)


def by_checkpoint(optimizer, other, tmp_path):
    path = tf.train.Checkpoint(optimizer=optimizer).write(str(tmp_path / "checkpoint"))
    tf.train.Checkpoint(optimizer=other).read(path).assert_consumed()


@pytest.mark.every(3)
@reads_variables
@pytest.mark.parametrize("restore", [by_variables, by_checkpoint])
@every_class
def test_a_copy_goes_on_bit_for_bit(name, restore, tmp_path):
    schedule = schedules.ExponentialDecay(0.1, 3, 0.5)
    optimizer = ours(name, learning_rate=schedule, **SURROUNDINGS["all"])
    start, steps = drawn("float32")
    variables = [tf.Variable(value) for value in start]
    for gradients in steps[:3]:
        optimizer.apply([tf.constant(g) for g in gradients], variables)
    other = keras.optimizers.deserialize(keras.optimizers.serialize(optimizer))
    copies = [tf.Variable(variable) for variable in variables]
    other.build(copies)
    restore(optimizer, other, tmp_path)
    for gradients in steps[3:]:
        optimizer.apply([tf.constant(g) for g in gradients], variables)
        other.apply([tf.constant(g) for g in gradients], copies)
    for variable, copied in zip(variables, copies, strict=True):
        np.testing.assert_array_equal(copied, variable)


@reads_variables
@every_class
def test_takes_over_from_keras_or_refuses(name):
    """What Keras's class saved in mid-training; never wrongly without a word."""
    start, steps = drawn("float64")
    optimizer, variables = theirs(name, "float64", **RATE), [tf.Variable(value) for value in start]
    for gradients in steps[:3]:
        optimizer.apply([tf.constant(g) for g in gradients], variables)
    other, copies, store = ours(name, **RATE), [tf.Variable(variable) for variable in variables], {}
    other.build(copies)
    optimizer.save_own_variables(store)
    try:
        other.load_own_variables(store)
    except (ValueError, UserWarning):  # where their numbers differ, Keras warns
        return
    paths = [], []
    for gradients in steps[3:]:
        for path, each, thetas in zip(paths, (other, optimizer), (copies, variables), strict=True):
            each.apply([tf.constant(g) for g in gradients], thetas)
            path.append([theta.numpy() for theta in thetas])
    assert apart(*paths) <= tolerance(name, "float64")


# --- models


def data():
    rng = np.random.default_rng(0)
    return rng.normal(size=(32, 3)).astype("float32"), rng.normal(size=(32, 2)).astype("float32")


def compiled_model(optimizer):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, "tanh"), keras.layers.Dense(2, dtype="float32")])
    model.compile(optimizer, "mse")
    return model


def fitted(optimizer, epochs=3, callbacks=()):
    """The model after some epochs, and their losses and learning rates."""
    model = compiled_model(optimizer)
    history = model.fit(*data(), batch_size=8, epochs=epochs, shuffle=False, verbose=0, callbacks=[*callbacks])
    return model, history.history


def assert_close(model, expected, name):
    paths = [[[variable.numpy() for variable in each.trainable_variables]] for each in (model, expected)]
    assert apart(*paths) <= FITTED.get(name, ROUNDING_FITTED)


# A gradient of its own at every step: a rounding comes back by way of the next gradient.
ROUNDING_FITTED = 1e-5
FITTED = dict.fromkeys(CORRECTED, 2e-4)


@reads_variables
@every_mechanism
def test_fits_with_the_callbacks_of_keras(name, tmp_path):
    def callbacks(kind):
        return [
            keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.8),
            keras.callbacks.ReduceLROnPlateau("loss", patience=1, min_delta=100.0),
            keras.callbacks.ModelCheckpoint(str(tmp_path / f"{kind}.keras")),
        ]

    (own, history), (kerass, expected) = (
        fitted(make(name, **RATE), 4, callbacks(make.__name__)) for make in (ours, theirs)
    )
    np.testing.assert_allclose(history["learning_rate"], expected["learning_rate"], rtol=1e-6)  # Keras's is float32
    assert len({*history["learning_rate"]}) == 4
    assert_close(own, kerass, name)
    restored = keras.saving.load_model(tmp_path / "ours.keras")
    for model in (own, restored):
        model.train_on_batch(*data())
    for variable, copied in zip(own.variables, restored.variables, strict=True):
        np.testing.assert_array_equal(copied.numpy(), variable.numpy())


class Interrupt(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        if epoch == 1:
            raise InterruptedError


@reads_variables
@full
@every_mechanism
def test_resumes_where_it_was_interrupted(name, tmp_path):
    def backup():
        return keras.callbacks.BackupAndRestore(tmp_path / "backup")

    with pytest.raises(InterruptedError):
        fitted(ours(name, **RATE), 4, [backup(), Interrupt()])
    resumed, history = fitted(ours(name, **RATE), 4, [backup()])
    whole, expected = fitted(ours(name, **RATE), 4)
    assert history["loss"] == expected["loss"][-len(history["loss"]) :]
    assert len(history["loss"]) < 4
    for variable, copied in zip(whole.variables, resumed.variables, strict=True):
        np.testing.assert_array_equal(copied.numpy(), variable.numpy())


SCALED = {"mixed_float16"}  # whose losses Keras scales: bfloat16 has the range of float32


@reads_variables
@pytest.mark.parametrize("policy", ["mixed_float16", pytest.param("mixed_bfloat16", marks=full)])
@every_mechanism
def test_trains_in_mixed_precision(name, policy):
    before = keras.mixed_precision.dtype_policy()
    keras.mixed_precision.set_dtype_policy(policy)
    try:
        (own, history), (kerass, expected) = (fitted(make(name, **RATE)) for make in (ours, theirs))
    finally:
        keras.mixed_precision.set_dtype_policy(before)
    assert [isinstance(model.optimizer, LossScaleOptimizer) for model in (own, kerass)] == [policy in SCALED] * 2
    np.testing.assert_allclose(history["loss"], expected["loss"], rtol=2e-3)  # of half precision's eps, 1e-3


# --- distributed


def distributed():
    """Class to its gap to Keras's, of steps that two replicas take together; in a process with two logical CPUs."""
    (cpu,) = tf.config.list_physical_devices("CPU")
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    gaps = {}
    for name in CLASSES:
        paths = []
        for make in (ours, theirs):
            start, steps = drawn("float32")
            with strategy.scope():
                variables = [tf.Variable(value) for value in start]
                optimizer = make(name, **RATE, weight_decay=0.05, use_ema=True)
                optimizer.build(variables)

            def step(gradients, optimizer=optimizer, variables=variables):
                replica = tf.distribute.get_replica_context().replica_id_in_sync_group
                optimizer.apply([g * tf.cast(1 + replica, g.dtype) for g in gradients], variables)

            run, path = tf.function(lambda gradients, step=step: strategy.run(step, (gradients,))), []
            for gradients in steps:
                run([tf.constant(g) for g in gradients])
                replicas = [strategy.experimental_local_results(variable) for variable in variables]
                assert all(np.array_equal(*each) for each in replicas)
                path.append([each[0].numpy() for each in replicas])
            paths.append(path)
        gaps[name] = apart(*paths)
    return gaps


@full
def test_is_distributed_as_keras(subtests):
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        gaps = pool.submit(distributed).result()
    for name, gap in gaps.items():
        with subtests.test(name):
            assert gap <= tolerance(name, "float32")


# --- calls at random


def uniform(low, high):
    return lambda rng: float(rng.uniform(low, high))


def log_uniform(low, high):
    return lambda rng: float(10 ** rng.uniform(low, high))


def constant(value):
    return lambda rng: value


def one_of(*draws):
    return lambda rng: draws[rng.integers(len(draws))](rng)


FLAG = one_of(constant(False), constant(True))
FRACTION = one_of(constant(0.0), uniform(0, 1), lambda rng: 1 - float(10 ** rng.uniform(-3, -1)))
SMALL = one_of(constant(0.0), log_uniform(-12, -1))
LIMIT = one_of(constant(None), log_uniform(-2, 1))
# Argument to what it may be, its bounds among it: what is allowed to a drop-in and to Keras's class.
DRAWN = {
    "learning_rate": one_of(log_uniform(-4, 0), constant(0.0)),
    "beta_1": FRACTION,
    "beta_2": FRACTION,
    "rho": FRACTION,
    "momentum": FRACTION,
    "epsilon": SMALL,
    "nesterov": FLAG,
    "amsgrad": FLAG,
    "centered": FLAG,
    "initial_accumulator_value": one_of(constant(0.0), log_uniform(-6, 0)),
    "learning_rate_power": uniform(-1, 0),
    "l1_regularization_strength": SMALL,
    "l2_regularization_strength": SMALL,
    "l2_shrinkage_regularization_strength": SMALL,
    "beta": SMALL,
    "beta_2_decay": uniform(-2, 0),
    "epsilon_1": log_uniform(-30, -6),
    "epsilon_2": log_uniform(-6, -1),
    "clip_threshold": uniform(1, 3),
    "weight_decay": one_of(constant(None), log_uniform(-6, -1)),
    "clipnorm": LIMIT,
    "use_ema": FLAG,
    "gradient_accumulation_steps": one_of(constant(None), constant(2)),
}
# Keras asks more of AdamW and Lion; of Ftrl, 0 to a negative power is no number.
DRAWN_FOR = {
    "AdamW": {"weight_decay": log_uniform(-6, -1)},
    "Lion": {"beta_1": one_of(uniform(0.1, 1), constant(1.0))},
    "Ftrl": {"initial_accumulator_value": log_uniform(-3, 0), "learning_rate": log_uniform(-4, 0)},
}
SIZES = (1e-6, 1.0, 1e4)  # of the gradients of a call


def call(name, rng):
    """Each argument left out, or drawn."""
    known = inspect.signature(getattr(keras.optimizers, name)).parameters.keys() & DRAWN.keys()
    drawn = DRAWN | DRAWN_FOR.get(name, {})
    return {argument: drawn[argument](rng) for argument in sorted(known) if rng.random() < 0.6}


CALLS = [pytest.param(range(2), id="some"), pytest.param(range(2, 18), id="many", marks=full)]


@pytest.mark.parametrize("calls", CALLS)
@pytest.mark.parametrize("dtype", ["float64", pytest.param("float32", marks=full)])
@every_class
def test_any_call_takes_the_steps_of_keras(name, calls, dtype):
    beyond = []
    for seed in calls:
        rng = np.random.default_rng(seed)
        arguments, size = call(name, rng), rng.choice(SIZES)
        try:
            gap = apart(*(walk(make(name, dtype, **arguments), dtype, size=size) for make in (ours, theirs)))
        except (AssertionError, ValueError) as error:
            gap = error
        if isinstance(gap, Exception) or gap > tolerance(name, dtype):
            beyond.append((arguments, size, gap))
    assert not beyond, f"{len(beyond)} of {len(calls)}, the first: {beyond[0]}"
