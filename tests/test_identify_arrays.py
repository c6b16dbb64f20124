"""Identify on traces of plain arrays: of JAX with optax, of files, of classes that compute as people write them."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from click.testing import CliRunner

from comparisons.cli import triptych
from comparisons.identify.candidates import rare
from comparisons.identify.evidence import Piece, shortened
from comparisons.identify.holding import Holding, hold
from comparisons.identify.hypotheses import Hypothesis, hypotheses
from comparisons.identify.identify import identify, identify_as_one
from comparisons.identify.lookahead import without_slip
from comparisons.identify.numbers import to_scale
from comparisons.identify.own import trace_of
from comparisons.identify.ranking import nearest
from comparisons.identify.search import Candidate, snapped, steps_of
from comparisons.identify.settling import Settled
from comparisons.identify.show import text
from comparisons.identify.slips import forgets_t
from comparisons.names import BadInput
from comparisons.rules import Adam, Adamax, ClipGlobalNorm, ClipValue, Lamb, RAdam, rate_at
from comparisons.traces.reading import read_trace
from numpy_impl import Recorder

STEPS, BATCH = 20, 32
CORRECTED = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "epsilon_position": "corrected-root"}


@jax.enable_x64(False)  # as it is by default: other tests of the process may have changed it
def trained(folder, transformation, *, elements=4096, size=1.0):
    """The trace of a small net that optax trains, with what the loss gave for gradients."""
    draws = np.random.default_rng(0)
    x = (size * draws.normal(size=(STEPS, BATCH, 12))).astype(np.float32)
    y = draws.normal(size=(STEPS, BATCH, 2)).astype(np.float32)
    params = {
        "w1": draws.normal(size=(12, 30)).astype(np.float32) / 4,
        "b1": np.zeros(30, np.float32),
        "w2": draws.normal(size=(30, 2)).astype(np.float32) / 6,
    }

    def loss_of(params, x, y):
        return jnp.mean((jnp.tanh(x @ params["w1"] + params["b1"]) @ params["w2"] - y) ** 2)

    @jax.jit
    def step(params, state, x, y):
        loss, gradients = jax.value_and_grad(loss_of)(params, x, y)
        updates, state = transformation.update(gradients, state, params)
        return optax.apply_updates(params, updates), state, loss, gradients

    recorder = Recorder(folder, params, elements=elements)
    params = jax.tree.map(jnp.asarray, params)
    state = transformation.init(params)
    for k in range(STEPS):
        params, state, loss, gradients = step(params, state, x[k], y[k])
        recorder.step(params=jax.tree.map(np.asarray, params), gradients=jax.tree.map(np.asarray, gradients), loss=loss)
    recorder.close()
    return read_trace(folder)


def found_in(folder, transformation, **how):
    """The one rule that was found, and the text."""
    trace = trained(folder, transformation, **how)
    found = identify(trace)
    [one] = found.found
    assert len(one.tensors) == 3
    return one, text(found, trace.about)


def test_the_call_is_told_in_each_framework_that_has_it(tmp_path):
    _, words = found_in(tmp_path / "t", optax.sgd(0.05, momentum=0.9))
    assert (
        "`numpy_impl.optimizers.Momentum(learning_rate=0.05)`, in torch `torch.optim.SGD(lr=0.05, momentum=0.9)`"
        in words
    )
    assert "in Keras `keras.optimizers.SGD(learning_rate=0.05, momentum=0.9)`" in words


def test_of_adam_torchs_call_is_told(tmp_path):
    one, words = found_in(tmp_path / "t", optax.adam(1e-3))
    assert one.rule == Adam(learning_rate=1e-3, **CORRECTED)
    assert "in torch `torch.optim.Adam()`" in words


def test_a_rate_that_float32_led_away_is_the_one_that_was_written(tmp_path):
    """Of 1 - 0.999^t float32 has few digits, for which another rate makes up: it was lr=0.000999993020601."""
    trace = trained(tmp_path / "t", optax.adam(1e-3))
    steps = steps_of(
        [Piece(before=one.before, after=one.after, gradients=one.gradient) for one in trace.tensors.values()], None
    )
    numbers = {"learning_rate": 0.000999993, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
    [one] = [
        one
        for one in hypotheses(Adam)
        if one.free == tuple(numbers) and one.at(numbers) == Adam(**{**CORRECTED, **numbers})
    ]
    settled = Settled(hypothesis=one, x=np.array([float(to_scale(*pair)) for pair in numbers.items()]))
    led = Candidate(settled=settled, holding=hold(settled.rule, steps.all), evidence=steps.some, cost=1.0)
    assert snapped(led, steps).rule == Adam(learning_rate=1e-3, **CORRECTED)
    assert snapped(led, steps).holding.holds


@pytest.mark.full  # 6 seconds
def test_a_decay_that_is_hardly_felt_is_found_beside_nesterovs_momentum(tmp_path):
    """It was settled at a tenth, whence no fit came back, and the steps were said to be NAdam's."""
    one, _ = found_in(tmp_path / "t", optax.nadamw(1e-3, weight_decay=1e-3))
    assert one.rule == Adam(
        learning_rate=1e-3, **CORRECTED, nesterov=True, weight_decay=1e-3, weight_decay_coupling="decoupled"
    )


@pytest.mark.parametrize("seed", [1, 4])
def test_lion_is_found_by_all_steps(seed, tmp_path):
    """A sign has no slope: where the first steps fit many betas, no fit came from one to the others."""
    rng = np.random.default_rng(seed)
    theta, m = rng.normal(size=(8, 8)).astype(np.float32), np.zeros((8, 8), np.float32)
    recorder = Recorder(tmp_path / "t", {"w": theta})
    for _ in range(8):
        g = rng.normal(size=(8, 8)).astype(np.float32)
        theta = (theta - 0.01 * (np.sign(0.9 * m + 0.1 * g) + 1e-3 * theta)).astype(np.float32)
        m = (0.99 * m + 0.01 * g).astype(np.float32)
        recorder.step(params={"w": theta}, gradients={"w": g})
    recorder.close()
    [one] = identify(read_trace(tmp_path / "t")).found
    assert (one.rule.beta1, one.rule.beta2, one.rule.weight_decay) == (0.9, 0.99, 1e-3)


def test_radam_is_found_though_float32_leaves_its_rectification_few_digits(tmp_path):
    one, _ = found_in(tmp_path / "t", optax.radam(1e-3))
    numbers = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999}
    assert vars(one.rule).items() >= numbers.items()
    assert RAdam(**numbers, epsilon=1e-8, epsilon_position="corrected-root") in [
        one.rule,
        *(like.rule for like in one.equally_good),
    ]


@pytest.mark.full
@pytest.mark.parametrize("elements", [4096, 100], ids=["whole", "sampled"])
@pytest.mark.parametrize(
    ("clip", "of"),
    [
        (ClipGlobalNorm(limit=0.5, formula="exact"), optax.clip_by_global_norm(0.5)),
        (ClipValue(limit=0.02), optax.clip(0.02)),
    ],
    ids=["norm", "value"],
)
def test_a_clip_of_a_chain_is_found_in_samples_too(clip, of, elements, tmp_path):
    one, words = found_in(tmp_path / "t", optax.chain(of, optax.adam(1e-3)), elements=elements)
    assert one.rule.clip in (clip, ClipGlobalNorm(limit=0.5, formula="padded"))
    assert one.rule.learning_rate == 1e-3
    assert "It got other gradients than those recorded" in words


@pytest.mark.full
def test_where_all_gradients_are_clipped_the_product_is_told(tmp_path):
    clipped = optax.chain(optax.clip_by_global_norm(0.1), optax.sgd(0.2, momentum=0.9))
    one, words = found_in(tmp_path / "t", clipped, size=3.0)
    assert one.rule.learning_rate * one.rule.clip.limit == pytest.approx(0.02)
    assert f"{STEPS} of {STEPS} were over" in words
    assert "the steps tell its product with the learning rate" in words


@pytest.mark.full
def test_a_schedule_may_begin_at_0(tmp_path):
    one, _ = found_in(
        tmp_path / "t", optax.adamw(optax.warmup_cosine_decay_schedule(0.0, 1e-2, 5, 20), weight_decay=0.1)
    )
    rates = [rate_at(one.rule.learning_rate, k) for k in (0, 1, 5, 10)]
    assert rates == pytest.approx([0.0, 2e-3, 1e-2, 7.5e-3], rel=1e-4)


def test_a_warm_up_from_0_that_was_recorded_has_a_name(tmp_path):
    """Rules that divide by their rate ended the search; and what is held after it was a line down to 0 at 1e11."""
    rng = np.random.default_rng(0)
    theta = {"w": rng.normal(size=(6, 5)).astype(np.float32)}
    recorder = Recorder(tmp_path / "t", theta)
    velocity = np.zeros((6, 5), np.float32)
    for k in range(STEPS):
        g = rng.normal(size=(6, 5)).astype(np.float32)
        rate = np.float32(0.1 * min(1, k / 8))
        velocity = np.float32(0.9) * velocity + g
        theta = {"w": theta["w"] - rate * velocity}
        recorder.step(params=theta, gradients={"w": g}, learning_rate=rate)
    recorder.close()
    trace = read_trace(tmp_path / "t")
    words = text(identify(trace), trace.about)
    assert "`torch.optim.SGD(lr=0.1, momentum=0.9)` with `torch.optim.lr_scheduler.LambdaLR(" in words
    assert "min(k, 8) / 8" in words


def test_one_step_tells_nothing(tmp_path):
    trace = trained(tmp_path / "t", optax.adam(1e-3))
    arrays = {f"params/{name}": np.stack([one.before[0], one.after[0]]) for name, one in trace.tensors.items()}
    arrays |= {f"grads/{name}": one.gradient[:1] for name, one in trace.tensors.items()}
    np.savez(tmp_path / "one.npz", **arrays)
    found = identify(read_trace(tmp_path / "one.npz"))
    assert not found.found
    assert (
        text(found, {})
        == "One step tells no rule from another: at the first, many are one formula. Record more of them."
    )


@pytest.mark.full
def test_float32_that_was_written_as_float64_is_read_as_what_it_is(tmp_path):
    trace = trained(tmp_path / "t", optax.sgd(0.1))
    path = {name: np.concatenate([one.before[:1], one.after]) for name, one in trace.tensors.items()}
    arrays = {f"params/{name}": one.astype(float) for name, one in path.items()}
    arrays |= {f"grads/{name}": one.gradient.astype(float) for name, one in trace.tensors.items()}
    np.savez(tmp_path / "wide.npz", **arrays)
    found = identify(read_trace(tmp_path / "wide.npz"))
    assert "torch.optim.SGD(lr=0.1)" in text(found, {})


def test_no_rule_is_sought_where_all_gradients_are_0(tmp_path):
    draws = np.random.default_rng(0)
    np.savez(tmp_path / "t.npz", **{"params/w": draws.normal(size=(6, 5)), "grads/w": np.zeros((5, 5))})
    assert not identify(read_trace(tmp_path / "t.npz")).found


def test_wider_floats_than_torch_has_are_refused(tmp_path):
    np.savez(tmp_path / "t.npz", **{"params/w": np.ones((6, 5), np.longdouble), "grads/w": np.ones((5, 5))})
    with pytest.raises(BadInput, match="must be floats of 64 bits at most"):
        read_trace(tmp_path / "t.npz")


def test_the_recorder_says_which_arrays_are_in_bfloat16(tmp_path):
    theta = jnp.ones((6, 5), jnp.bfloat16)
    recorder = Recorder(tmp_path / "t", {"w": theta})
    for k in range(3):
        recorder.step(params={"w": theta - 0.1 * k}, gradients={"w": theta})
    recorder.close()
    found = identify(read_trace(tmp_path / "t"))
    assert found.coarse == ("w",)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"loss": np.ones(3)}, "loss must be one number"),
        ({"loss": "0.5 or so"}, "loss must be one number"),
        ({"gradients": {"w": np.ones(4, int)}}, "'gradient' has w of the dtype int64; it must be floats"),
        ({"state": [1.0]}, "state must be a dict"),
        ({"batch": (1, 2, 3)}, "batch has 3 parts; give x or"),
        ({"batch": ()}, "batch has 0 parts; give x or"),
        ({"learning_rate": [0.1, 0.2]}, "learning_rate must be one number"),
    ],
)
def test_the_recorder_refuses_what_it_cannot_record(given, words, tmp_path):
    theta = {"w": np.ones(4)}
    recorder = Recorder(tmp_path / "t", theta)
    with pytest.raises(BadInput, match=words):
        recorder.step(**{"params": theta, "gradients": theta, **given})


def test_two_arrays_of_one_name_are_refused(tmp_path):
    with pytest.raises(BadInput, match="two arrays are called a/b"):
        Recorder(tmp_path / "t", {"a": {"b": np.ones(2)}, "a/b": np.ones(2)})


ADAM = """
import sys
import numpy as np

class Own:
    t, m, v = 0, None, None
    def update(self, params, grads):
        if self.m is None:
            self.m, self.v = ({key: np.zeros_like(value) for key, value in params.items()} for _ in range(2))
        self.t += 1
        for key in params:
            self.m[key] = 0.9 * self.m[key] + 0.1 * grads[key]
            self.v[key] = 0.999 * self.v[key] + 0.001 * grads[key] ** 2
            m, v = self.m[key] / (1 - 0.9 ** self.t), self.v[key] / (1 - 0.999 ** self.t)
            LINE
"""
EPSILONS = {
    "inside the root": ("params[key] -= 0.001 * m / np.sqrt(v + 1e-8)", {"epsilon": 0.0, "root_epsilon": 1e-8}),
    "nowhere": ("params[key] -= 0.001 * m / np.sqrt(v)", {"epsilon": 0.0}),
}


def of_class(folder, code):
    (folder / "own.py").write_text(code)
    return CliRunner().invoke(triptych, ["identify", "--class", f"{folder / 'own.py'}:Own", "--json"])


@pytest.mark.parametrize("line", EPSILONS)
def test_an_adam_without_an_epsilon_beside_the_root_is_found(line, tmp_path):
    """From an epsilon that is felt no fit came to none, and a false one was told, after a minute."""
    code, fields = EPSILONS[line]
    done = of_class(tmp_path, ADAM.replace("LINE", code))
    assert done.exit_code == 0, done.stderr
    wanted = Adam(learning_rate=1e-3, **{**CORRECTED, **fields})
    for name in ("learning_rate", "beta1", "beta2", "epsilon", "root_epsilon", "epsilon_position"):
        assert f'"{name}": {_json(getattr(wanted, name))}' in done.stdout


def rarely(method):
    """The arrays of a training by a rule whose switches hardly anybody has."""
    rng, m, w, v = np.random.default_rng(0), np.zeros(40), np.zeros(40), np.full(40, method == "RMSprop", float)
    theta, mean = [rng.normal(size=40)], np.zeros(40)
    gradients = rng.normal(size=(16, 40))
    for g in gradients:
        v = 0.9 * v + 0.1 * g**2
        if method == "RMSprop":
            mean = 0.9 * mean + 0.1 * g
            m = 0.9 * m + 0.01 * g / np.sqrt(v - mean**2 + 1e-6)
            step = m
        else:
            m, w = 0.9 * m + 0.1 * g, np.maximum(w, v)
            step = 0.01 * m / (np.sqrt(w) + 1e-8)
        theta.append(theta[-1] - step)
    return {"params/w": np.stack(theta), "grads/w": gradients}


def missing(rule, share, ulp):
    settled = Settled(hypothesis=Hypothesis(rule=rule, free=()), x=np.zeros(0))
    return Candidate(settled=settled, holding=Holding(ulp=ulp, share=share, step=0), evidence=None, cost=0.0)


def test_of_two_that_miss_by_about_as_much_the_closest_is_so_in_ulps():
    """Of AMSGrad with the corrected maximum it was Lamb with a decay of 16."""
    numbers = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
    lamb = Lamb(**numbers, weight_decay=16.357, weight_decay_coupling="decoupled")
    adam = Adam(**{**numbers, **CORRECTED})
    assert nearest([missing(lamb, 2.4e5, 6.8e8), missing(adam, 4.3e5, 2.9e6)]).rule == adam
    assert nearest([missing(lamb, 2.4e4, 6.8e8), missing(adam, 4.3e5, 2.9e6)]).rule == lamb


@pytest.mark.full
@pytest.mark.parametrize("method", ["Adam", "RMSprop"])
def test_a_rule_that_hardly_anybody_has_is_found_where_no_other_holds(method, tmp_path):
    """Of AMSGrad's paper, without corrections; of RMSprop that is centered, and begins at 1."""
    np.savez(tmp_path / "t.npz", **rarely(method))
    [one] = identify(read_trace(tmp_path / "t.npz")).found
    wanted = {
        "Adam": {"amsgrad": True, "bias_correction": False, "beta2": 0.9, "learning_rate": 0.01},
        "RMSprop": {"centered": True, "initial_accumulator": 1.0, "epsilon": 1e-6, "momentum": 0.9},
    }
    assert type(one.rule).__name__ == method
    assert vars(one.rule).items() >= wanted[method].items()


def test_two_rare_switches_are_looked_for_together():
    arrays = rarely("Adam")
    path, gradients = arrays["params/w"][:13, :12], arrays["grads/w"][:12, :12]
    first, *_ = rare([Piece(before=path[:-1], after=path[1:], gradients=gradients)], None)
    assert first.rule.amsgrad
    assert not first.rule.bias_correction


SLIPS = {
    "let t be 1": ("self.t = 0", "self.t = 1"),
    "exchange them": (
        "c1, c2 = 1 - 0.9 ** self.t, 1 - 0.999 ** self.t",
        "c2, c1 = 1 - 0.9 ** self.t, 1 - 0.999 ** self.t",
    ),
    "divide v by it": ("np.sqrt(v / c2)", "np.sqrt(v) / c2"),
}
TYPED = """
import numpy as np

class Own:
    def __init__(self):
        self.t = 0
        self.m, self.v = {}, {}
    def update(self, params, grads):
        self.t += 1
        c1, c2 = 1 - 0.9 ** self.t, 1 - 0.999 ** self.t
        for key, g in grads.items():
            m = self.m[key] = 0.9 * self.m.get(key, 0) + 0.1 * g
            v = self.v[key] = 0.999 * self.v.get(key, 0) + 0.001 * g**2
            params[key] -= 0.001 * (m / c1) / (np.sqrt(v / c2) + 1e-8)
"""


@pytest.mark.full
@pytest.mark.parametrize("mended", SLIPS)
def test_a_slip_of_a_class_is_told_with_its_epsilon(mended, tmp_path):
    """In float64 an epsilon under other corrections is none of ours; in float32 it is any number."""
    (tmp_path / "own.py").write_text(TYPED.replace(*SLIPS[mended]))
    said = CliRunner().invoke(triptych, ["identify", "--class", f"{tmp_path / 'own.py'}:Own"]).stdout
    assert mended in said
    assert "Mended, it is `torch.optim.Adam()`." in said
    assert "Likely" not in said


FORGETFUL = "(m / (1 - 0.9)) / (np.sqrt(v / (1 - 0.999)) + 1e-8)"


def test_corrections_that_forget_t_are_a_slip(tmp_path):
    """It was an Adam without corrections, whose rate and epsilon were 0.316 times those that were typed."""
    (tmp_path / "own.py").write_text(TYPED.replace("(m / c1) / (np.sqrt(v / c2) + 1e-8)", FORGETFUL))
    trace = trace_of(tmp_path / "own.py", "Own")
    said = text(identify_as_one(trace), trace.about)
    assert "but for a slip: the corrections forget t, and divide m by 1 - beta1 and v by 1 - beta2;" in said
    assert "Mended, it is `torch.optim.Adam()`." in said


@pytest.mark.parametrize("rate", [1e-3, 10**-3.5])
def test_a_rate_of_a_sweep_is_no_slip(rate):
    """Beside an epsilon that somebody writes, no corrections are none."""
    rule = Adam(learning_rate=rate, **{**CORRECTED, "bias_correction": False})
    assert forgets_t(rule, {"learning_rate": (rate, rate), "epsilon": (1e-8, 1e-8)}) is None


def test_numbers_of_a_class_in_float64_are_known_to_its_digits(tmp_path):
    """They were said to be known to the digits of float32, and a rate of four digits was said for one of more."""
    code = TYPED.replace("(m / c1) / (np.sqrt(v / c2) + 1e-8)", "m / (np.sqrt(v) + 1e-8)")
    (tmp_path / "own.py").write_text(code.replace("0.001 * m /", "0.00123456789 * m /"))
    trace = trace_of(tmp_path / "own.py", "Own")
    found = identify_as_one(trace)
    assert found.found[0].rule.learning_rate == 0.00123456789
    assert "say little" not in text(found, trace.about)


def test_numbers_that_float32_has_not_are_not_rounded_to_it(tmp_path):
    """They overflowed, which was a warning before the answer."""
    np.savez(tmp_path / "t.npz", **{"params/w": np.geomspace(1, 1e60, 6)[:, None], "grads/w": np.ones((5, 1))})
    assert shortened(read_trace(tmp_path / "t.npz")) is None


NESTEROV = """
import numpy as np

class Own:
    def __init__(self):
        self.v = {}
    def update(self, params, grads):
        for key, g in grads.items():
            v = self.v.get(key, np.zeros_like(g))
            self.v[key] = 0.9 * v - 0.01 * g
            params[key] += LINE
"""
LINES = {
    "0.9 * 0.9 * v - 1.9 * 0.01 * g": "This is SGD with Nesterov's momentum: `torch.optim.SGD(lr=0.01, momentum=0.9, n",
    "0.9 * 0.9 * self.v[key] - 1.9 * 0.01 * g": (
        "This is SGD with Nesterov's momentum, but for a slip: the velocity is updated before it is used; where "
        "momentum^2 stands, use it as it was before.\nMended, it is `torch.optim.SGD(lr=0.01, momentum=0.9, n"
    ),
    "0.9 * self.v[key]": "This is SGD: `torch.optim.SGD(lr=0.009, momentum=0.9)`",  # plain momentum at another rate
}


SLIPPED = [line for line in LINES if "but for a slip" in LINES[line]]


@pytest.mark.parametrize("line", [pytest.param(one, marks=[pytest.mark.full] * (one in SLIPPED)) for one in LINES])
def test_nesterov_as_books_have_it_is_told(line, tmp_path):
    (tmp_path / "own.py").write_text(NESTEROV.replace("LINE", line))
    trace = trace_of(tmp_path / "own.py", "Own")
    assert LINES[line] in text(identify_as_one(trace), trace.about)


@pytest.mark.parametrize("share", [0.8, 0.7])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_what_is_near_the_slip_of_nesterov_is_none(share, dtype):
    """Only with the square of its own momentum it is; with that it is found, in both dtypes."""
    rng = np.random.default_rng(0)
    gradients, v, theta = (
        rng.normal(size=(16, 40)).astype(dtype),
        np.zeros(40, dtype),
        rng.normal(size=40).astype(dtype),
    )
    for square, known in ((0.81, True), (share, False)):
        path = [theta]
        for g in gradients:
            v = (0.9 * v - 0.1 * g).astype(dtype)
            path.append((path[-1] + square * v - 0.19 * g).astype(dtype))
        v = np.zeros(40, dtype)
        piece = Piece(before=np.stack(path[:-1]), after=np.stack(path[1:]), gradients=gradients)
        found = without_slip({"w": piece})
        assert (found is not None and found[0] == 0.9) == known


def _json(value):
    return f'"{value}"' if isinstance(value, str) else repr(value)


def test_adamax_as_its_paper_has_it_is_found(tmp_path):
    code = ADAM.replace("0.001 * grads[key] ** 2", "0").replace(
        "LINE", "params[key] -= 0.002 / (1 - 0.9 ** self.t) * self.m[key] / self.u(key, grads[key])"
    )
    code += """
    def u(self, key, g):
        self.v[key] = np.maximum(self.v[key], np.abs(g))
        return self.v[key]
"""
    done = of_class(tmp_path, code)
    assert f'"family": "{Adamax.__name__}"' in done.stdout, done.stderr
    assert '"epsilon": 0.0' in done.stdout


SGD_LINES = {
    "new arrays": "return {key: params[key] - 0.1 * grads[key] for key in params}",
    "float32": "for key in params: params[key] = (params[key] - 0.1 * grads[key]).astype(np.float32)",
}


@pytest.mark.parametrize("line", SGD_LINES)
def test_what_update_returns_is_taken_and_float32_is_led_in_float32(line, tmp_path):
    code = f"import numpy as np\nclass Own:\n    def update(self, params, grads):\n        {SGD_LINES[line]}\n"
    done = of_class(tmp_path, code)
    assert '"torch": "torch.optim.SGD(lr=0.1)"' in done.stdout, done.stderr


FAILING = {
    "def update(self, params, grads): pass": "moves nothing; it must change the arrays of params in place",
    "def update(self, params, grads): del params['tiny']": "there is no 'tiny' in params any more",
    "def update(self, params, grads): params[0]": r"KeyError: 0 (line 2); update(params, grads) gets two dicts, of the",
    "def update(self, params, grads): [0.9 * g for g in grads]": "(line 2); update(params, grads) gets two dicts, of",
    "def update(self, params, grads): params['tiny'] /= 0 * params['tiny']": "its first step is not finite. Likely it",
    "def update(self, params, grads): input('go on?')": "EOFError",
    "def __init__(self, lr): pass\n    def update(self, params, grads): pass": (
        "missing a required argument: 'lr'; give its arguments defaults, or name a subclass that does"
    ),
    "def update(self params)": "SyntaxError",
}


TWO = "class Adam:\n    pass\n\nclass SGD:\n    pass\n"
UNNAMED = {
    "no class": (
        TWO,
        "own.py",
        "--class is 'own.py', without the name of a class; give own.py:CLASS (it has Adam, SGD)",
    ),
    "an empty name": (TWO, "own.py:", "--class is 'own.py:', without the name of a class; give own.py:CLASS (it has"),
    "no name": (TWO, "own.py:A B", "--class is 'own.py:A B', without the name of a class; give own.py:CLASS (it has"),
    "no Python": ("class (:", "own.py", "--class is 'own.py', without the name of a class; give own.py:CLASS\n"),
    "no file": (TWO, "his.py", "--class is 'his.py', and there is no file his.py; give FILE:CLASS, as my_file.py:MyA"),
    "no file of a class": (TWO, "his.py:Own", "--class is 'his.py:Own', and there is no file his.py; give FILE:CLASS"),
    "a folder": (TWO, ".:Adam", "--class is '.:Adam', and there is no file .; give FILE:CLASS"),
    "nothing": (TWO, "", "--class is '', and there is no file .; give FILE:CLASS"),
}


@pytest.mark.parametrize(("code", "spec", "said"), UNNAMED.values(), ids=UNNAMED)
def test_a_class_is_named_before_its_file_is_run(code, spec, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.py").write_text(code)
    done = CliRunner().invoke(triptych, ["identify", "--class", spec])
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith(f"triptych: {said}")


def test_a_class_that_is_not_there_is_told_which_are(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.py").write_text(TWO)
    done = CliRunner().invoke(triptych, ["identify", "--class", "own.py:Lion"])
    assert done.stderr.splitlines()[-1] == "triptych: own.py:Lion failed: there is no class Lion (it has Adam, SGD)"


@pytest.mark.parametrize("body", FAILING)
def test_what_is_wrong_with_a_class_is_said_with_its_line(body, tmp_path):
    done = of_class(tmp_path, f"class Own:\n    {body}\n")
    assert done.exit_code == 2
    assert FAILING[body] in done.stderr
    assert "Traceback" not in done.stderr
