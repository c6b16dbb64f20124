"""What is called exact is exact for gradients of all sizes, and what is not is not called so."""

from dataclasses import replace

import numpy as np
import pytest
from patches import EPSILON_OUTSIDE, patch
from port_cases import command_line
from test_port import data_of

from comparisons import frameworks
from comparisons.analysis.gaps import largest_gap
from comparisons.faithful.held import Deviation, Held
from comparisons.porting import arithmetic
from comparisons.porting.claims import EXACT, proved
from comparisons.porting.probes import PROBES, leads, probe_of
from comparisons.porting.proof import Gaps, Proof
from comparisons.porting.rounding import growth, roundings
from comparisons.porting.tolerance import ROUNDING, TASK, tolerance
from comparisons.porting.translate import port
from comparisons.rules import Adam, Ftrl, NAdam
from comparisons.training import implementations

DTYPES = ("float32", "float64")


def led(framework, optimizer, rule, dtype):
    """Name to the path of each tensor of the probes."""
    paths = [implementations.follow(framework, optimizer, *lead) for lead in leads(rule, dtype)]
    return {name: path for some in paths for name, path in some.items()}


def gaps(found, optimizer, dtype):
    """Probe to the largest gap to the source."""
    rule = frameworks.rule_of(found.source)
    source, other = led(found.framework, found.source, rule, dtype), led(found.to, optimizer, rule, dtype)
    probes = dict.fromkeys(PROBES, 0.0)
    for name in source:
        probes[probe_of(name)] = max(probes[probe_of(name)], largest_gap(other[name], source[name]))
    return probes


# --- what is called exact

QUICK = [
    "torch.optim.SGD(p, 0.1, 0.9, weight_decay=0.1)",
    "torch.optim.Adam(p)",
    "torch.optim.Adam(p, eps=1e-12, amsgrad=True, weight_decay=0.1)",
    "torch.optim.AdamW(p)",
    "torch.optim.Adamax(p, eps=0.0)",
    "torch.optim.NAdam(p)",
    "torch.optim.NAdam(p, momentum_decay=1.0)",
    "torch.optim.RAdam(p, weight_decay=0.1)",
    "torch.optim.Adagrad(p)",
    "torch.optim.Adagrad(p, eps=0.0, initial_accumulator_value=0.1)",
    "torch.optim.Adadelta(p)",
    "torch.optim.RMSprop(p, momentum=0.9, centered=True)",
    "torch.optim.Rprop(p)",
    "torch.optim.ASGD(p, t0=5, lambd=0.1, weight_decay=0.1)",
    "torch.optim.Adafactor(p)",
    "torch.optim.Adafactor(p, eps=(1e-10, 1e-3), weight_decay=0.1, d=1.5)",
    "torch.nn.utils.clip_grad_norm_(p, 1.0)\ntorch.optim.Adam(p)",
    "torch.nn.utils.clip_grad_value_(p, 1.0)\ntorch.optim.RMSprop(p)",
    "numpy_impl.optimizers.Adafactor()",
    "numpy_impl.optimizers.AdaGrad()",
    "numpy_impl.optimizers.Adam()",
    "numpy_impl.optimizers.RMSprop()",
]
KERAS = [
    "keras.optimizers.SGD(0.1, 0.9, nesterov=True, weight_decay=0.1)",
    "keras.optimizers.SGD(0.1, global_clipnorm=1.0)",
    "keras.optimizers.Adam()",
    "keras.optimizers.Adam(epsilon=1e-12, amsgrad=True, clipnorm=1.0)",
    "keras.optimizers.AdamW()",
    "keras.optimizers.Adamax(epsilon=0.0)",
    "keras.optimizers.Nadam()",
    "keras.optimizers.Adagrad()",
    "keras.optimizers.Adagrad(epsilon=0.0)",
    "keras.optimizers.Adadelta()",
    "keras.optimizers.RMSprop(epsilon=1e-16, momentum=0.9, centered=True)",
    "keras.optimizers.Ftrl(l1_regularization_strength=0.01, beta=0.1)",
    "keras.optimizers.Lion()",
    "keras.optimizers.Lamb()",
    "keras.optimizers.Adafactor()",
    "keras.optimizers.Adafactor(epsilon_1=1e-20, weight_decay=0.1, clip_threshold=1.5)",
]
FEW = [
    ("torch.optim.Rprop(p)", "tf"),  # by products of gradients that have few digits
    ("torch.optim.Adam(p, betas=(0.9, 0.0))", "tf"),
    ("keras.optimizers.Adafactor()", "torch"),
    ("keras.optimizers.Adam(global_clipnorm=1.0)", "torch"),
]
CLAIMED = [
    *((text, to) for text in QUICK for to in ("numpy", "torch") if to not in text.partition(".")[0]),
    *FEW,
    *(pytest.param(text, "tf", marks=pytest.mark.full) for text in QUICK),
    *(pytest.param(text, to, marks=pytest.mark.full) for text in KERAS for to in ("numpy", "torch")),
]


@pytest.mark.every(3)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("text", "to"), CLAIMED)
def test_what_is_called_exact_is_exact_for_gradients_of_all_sizes(text, to, dtype):
    found = port(text, to)
    assert found.exact.holds is None
    ways = [found.exact.optimizer] + [found.native.call] * (found.native.fidelity in EXACT)
    rounding = tolerance(dtype, frameworks.rule_of(found.source), [found.source, *ways])
    for way in {repr(way): way for way in ways}.values():
        assert max(gaps(found, way, dtype).values()) <= rounding


# --- what is not, and is not called so: the field that says so, and where it is seen by how much at least

NOT_EXACT = [
    ("numpy_impl.optimizers.Adafactor()", "torch", "epsilon1_position", "native", "float64", "gradients of 1e-9", 1e-3),
    ("torch.optim.Adafactor(p, eps=(0.0, 1e-3))", "numpy", "subnormals", "exact", "float32", "a dead row", np.inf),
    ("torch.optim.Adam(p, eps=0.0)", "tf", "subnormals", "native", "float32", "gradients of 1e-16", 5e-5),
    ("torch.optim.RMSprop(p, eps=1e-30)", "tf", "subnormals", "exact", "float32", "gradients of 1e-22", 1e-2),
    ("torch.optim.Adam(p, betas=(0.9, 0.0))", "tf", "beta2", "native", "float64", "a dead row", 1e-12),
    ("keras.optimizers.Adafactor()", "torch", "epsilon1_position", "native", "float32", "gradients of 1e-9", 1e-4),
    *(
        pytest.param(*case, marks=pytest.mark.full)
        for case in [
            ("torch.optim.NAdam(p, eps=0.0, momentum_decay=1.0)", "tf", "subnormals", "native", "float32",
             "gradients of 1e-16", 5e-5),
            ("torch.optim.Adagrad(p, eps=0.0)", "tf", "subnormals", "native", "float32", "gradients of 1e-22", np.inf),
            ("torch.optim.Adagrad(p, eps=1e-30)", "tf", "subnormals", "exact", "float32", "gradients of 1e-22", 1.0),
            ("torch.optim.Adadelta(p, eps=1e-30)", "tf", "subnormals", "exact", "float32", "gradients of 1e-22", 1e-2),
            ("torch.optim.RMSprop(p, eps=0.0, centered=True)", "tf", "subnormals", "native", "float32",
             "gradients of 1e-16", 1e-4),
            ("torch.optim.Adafactor(p, eps=(1e-30, 1e-3))", "tf", "subnormals", "exact", "float32",
             "gradients of 1e-22", np.inf),
            ("keras.optimizers.Adam(epsilon=0.0)", "torch", "subnormals", "native", "float32",
             "gradients of 1e-16", 5e-5),
            ("keras.optimizers.Adam(epsilon=1e-30)", "torch", "subnormals", "exact", "float32",
             "gradients of 1e-16", 5e-5),
            ("keras.optimizers.RMSprop(epsilon=0.0)", "torch", "subnormals", "native", "float32",
             "gradients of 1e-22", np.inf),
            ("keras.optimizers.Adagrad(epsilon=0.0, initial_accumulator_value=0.0)", "torch", "subnormals", "native",
             "float32", "gradients of 1e-22", np.inf),
            ("keras.optimizers.Ftrl(initial_accumulator_value=0.0)", "torch", "subnormals", "exact", "float32",
             "gradients of 1e-22", np.inf),
            ("keras.optimizers.Lamb(epsilon=1e-5)", "torch", "subnormals", "exact", "float32",
             "gradients of 1e-22", 0.1),
            ("keras.optimizers.Adam(beta_2=0.0)", "torch", "beta2", "exact", "float32", "a dead row", 1e-3),
        ]
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "to", "field", "way", "dtype", "probe", "least"), NOT_EXACT)
def test_what_is_not_exact_for_some_gradients_is_not_called_so(text, to, field, way, dtype, probe, least):
    found = port(text, to)
    optimizer = {"native": found.native.call, "exact": found.exact.optimizer}[way]
    assert field in [one.field for one in found.native.mismatches]
    assert found.native.fidelity not in EXACT
    assert way == "native" or found.exact.holds is False
    assert gaps(found, optimizer, dtype)[probe] >= least


# --- the smallest epsilon for which it is exact

LEAST = [
    ("torch.optim.Adam(p, eps={})", "tf", arithmetic.outside(0.999)),
    ("torch.optim.Adafactor(p, eps=({}, 1e-3))", "tf", arithmetic.TINY ** (1 / 3)),
    pytest.param("torch.optim.RMSprop(p, eps={})", "tf", arithmetic.outside(0.99), marks=pytest.mark.full),
    pytest.param("torch.optim.Adagrad(p, eps={})", "tf", arithmetic.outside(0.999), marks=pytest.mark.full),
    pytest.param("keras.optimizers.Adam(epsilon={})", "torch", arithmetic.outside(0.999), marks=pytest.mark.full),
    pytest.param("keras.optimizers.RMSprop(epsilon={})", "torch", arithmetic.inside(0.9), marks=pytest.mark.full),
]


@pytest.mark.every(2)
@pytest.mark.parametrize(("text", "to", "least"), LEAST)
def test_an_epsilon_covers_what_underflows_from_some_size_on(text, to, least):
    rng = np.random.default_rng(0)
    sizes = {f"1e{power}": 10.0**power for power in range(-22, -6)}
    start = {name: 1 + np.zeros((20, 10), "float32") for name in sizes}
    start |= {f"0 by {name}": np.zeros((200,), "float32") for name in sizes}
    gradients = {name: rng.normal(size=(60, *array.shape)).astype("float32") for name, array in start.items()}
    gradients = {name: np.float32(sizes[name.rpartition(" ")[2]]) * array for name, array in gradients.items()}
    for epsilon, covered in [(1.001 * least, True), (0.001 * least, False)]:
        found = port(text.format(repr(epsilon)), to)
        ours = implementations.follow(found.framework, found.source, start, gradients)
        theirs = implementations.follow(to, found.exact.optimizer, start, gradients)
        rounding = tolerance("float32", frameworks.rule_of(found.source), [found.source])
        assert found.exact.holds is (None if covered else False)
        assert (max(largest_gap(theirs[name], ours[name]) for name in ours) <= rounding) == covered


def test_an_epsilon_that_is_not_known_is_taken_to_cover():
    rule = frameworks.rule_of(frameworks.of("torch").call("Adam", {"eps": arithmetic.TINY}))
    assert not arithmetic.covers(rule)
    assert arithmetic.covers(replace(rule, epsilon=1e-8))


# --- what rounding makes


def of(name, **arguments):
    return frameworks.of("tf").call(name, arguments)


@pytest.mark.parametrize(
    ("call", "family", "float32", "float64"),
    [
        (of("SGD"), object, 64 * 2.0**-23, 64 * 2.0**-52),
        (of("Adam"), Adam, 250 * 2.0**-23, 250 * 2.0**-52),  # 1 / (4 (1 - 0.999))
        (of("Adam", beta_2=0.9), Adam, 64 * 2.0**-23, 64 * 2.0**-52),
        (of("Ftrl"), Ftrl, 6400 * 2.0**-23, 6400 * 2.0**-52),
        (of("Nadam"), NAdam, 250 * 2.0**-23, 1e-6),  # its 0.96 goes through float32
    ],
)
def test_the_tolerances(call, family, float32, float64):
    rule = frameworks.rule_of(call)
    assert isinstance(rule, family)
    found = [tolerance(dtype, rule, [call]) for dtype in DTYPES]
    assert np.allclose(found, [float32, float64], rtol=1e-9, atol=0)


# A coupled weight decay, from 0 on, with a mean that forgets: steps are of what is left of g + weight_decay theta.
GROWING = "torch.optim.Adamax(p, 0.002, (0.3, 0.5), 1e-8, 0.01)"


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("text", "grows"), [(GROWING, True), ("torch.optim.Adamax(p)", False)])
def test_rounding_makes_more_where_errors_grow(text, grows, dtype):
    found = port(text, "numpy")
    rule = frameworks.rule_of(found.source)
    least = tolerance(dtype, rule, [found.source])
    some = list(leads(rule, dtype))
    rounding = roundings(least, growth(rule, [some[0], *some]))
    found_gaps = gaps(found, found.exact.optimizer, dtype)
    assert all(gap <= rounding[probe] for probe, gap in found_gaps.items())
    assert (max(found_gaps.values()) > least) == (max(rounding.values()) > least) == grows


def test_where_errors_are_infinite_nothing_is_forgiven():
    assert roundings(1e-14, {"a": np.inf, "b": 1e-3, "c": 1e-17}) == {"a": 1e-14, "b": 16e-3, "c": 1e-14}


# --- claims, by numbers that are made up

NOTHING = dict.fromkeys(PROBES, 0.0)


def measured(found, *, departed=(), **of_exact):
    """What is left of an answer where the exact route has these gaps, and the native call too."""
    rounding = dict.fromkeys([*PROBES, TASK], ROUNDING["float32"])
    numbers = Gaps(**{"curve": 0.0, "step": 0.0, "probes": NOTHING, "rounding": rounding, **of_exact})
    deviations = [
        Deviation(framework=one.framework, call=one, version="keras 9", step=1, gap=0.1, fits="no rule fits")
        for one in departed
    ]
    return proved(
        found,
        Proof(
            task="bowl",
            native={"float32": numbers if found.native.call else None},
            exact={"float32": numbers},
            held=Held(deviations=tuple(deviations)),
        ),
    )


PLAIN = "torch.optim.SGD(p, 0.1)"
LION = "keras.optimizers.Lion()"
JUDGED = {
    "nothing": (PLAIN, {}, ""),
    "chaos parts the losses": (PLAIN, {"curve": 0.9}, ""),
    "rounding": (PLAIN, {"step": 7e-6, "probes": {**NOTHING, "a dead row": 7e-6}}, ""),
    "a step": (PLAIN, {"step": 8e-6}, "8.0e-06 off in float32 by the gradients of bowl, where rounding makes 7.6e-06"),
    "a probe": (
        PLAIN,
        {"probes": {**NOTHING, "gradients of 1e-9": 1e-3}},
        "1.0e-03 off in float32 at gradients of 1e-9, where rounding makes 7.6e-06 at most",
    ),
    "NaN on one side": (
        PLAIN,
        {"probes": {**NOTHING, "a dead row": np.inf}},
        "finite on one side only in float32 at a dead row",
    ),
    "a sign that rounding decides": (LION, {"step": 1e-2}, ""),
    "Lion, by a probe": (LION, {"probes": {**NOTHING, "a dead row": 1e-2}}, "1.0e-02 off in float32 at a dead row"),
}


@pytest.mark.parametrize(("text", "numbers", "says"), JUDGED.values(), ids=JUDGED)
def test_the_led_gaps_decide_what_is_exact(text, numbers, says):
    found = port(text, {PLAIN: "tf", LION: "torch"}[text])
    judged, failures = measured(found, **numbers)
    assert judged.exact.holds == (not says)
    assert [says in line for line in failures] == ([True] if says else [])
    was, now = found.native.fidelity, judged.native.fidelity
    assert now == ("approximate" if says and was == "exact" else was)
    assert [one.field for one in judged.native.mismatches][:1] == (
        ["measured"] if now != was else [one.field for one in found.native.mismatches]
    )


@pytest.mark.parametrize(
    ("departs", "route", "holds"),
    [
        ("source", "drop-in", False),
        ("native", "drop-in", True),
        ("source", "native", False),
        ("native", "native", False),
    ],
)
def test_a_class_that_departs_from_its_rule_takes_the_claims_that_rest_on_it(departs, route, holds):
    found = port({"native": PLAIN, "drop-in": "torch.optim.RMSprop(p)"}[route], "tf")
    departed = {"source": found.source, "native": found.native.call}[departs]
    judged, failures = measured(found, departed=[departed])
    assert (found.exact.route, judged.exact.holds) == (route, holds)
    assert judged.native.fidelity not in EXACT
    assert failures[0] == "keras 9's SGD no longer follows its rule: first at step 1, by 1.0e-01; no rule fits".replace(
        "SGD", departed.name
    )


@pytest.mark.parametrize("departs", ["source", "native"])
def test_nor_is_a_call_with_a_hook_exact_whose_class_departs(departs):
    found = port("torch.optim.AdamW(p, lr=0.01, weight_decay=0.1)", "tf")
    departed = {"source": found.source, "native": found.native.call}[departs]
    assert measured(found, step=0.1)[0].native.fidelity == "exact-with-hook"  # what was led has no hook
    assert measured(found, departed=[departed])[0].native.fidelity == "approximate"


# --- the command, with a framework that has changed


@pytest.fixture
def uncached(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.mark.usefixtures("uncached")
def test_a_changed_source_is_told_and_nothing_is_exact(monkeypatch, capsys, tmp_path):
    patch(monkeypatch, tmp_path, EPSILON_OUTSIDE)
    code, data, err = data_of(monkeypatch, capsys, "keras.optimizers.RMSprop()", "--to", "torch", "--dtype", "float64")
    assert code == 3
    assert "'s RMSprop no longer follows its rule: first at step 1" in err[0]
    assert [one["call"][:23] for one in data["proof"]["unfaithful"]] == ["keras.optimizers.RMSprop"[:23]]
    assert (data["exact"]["holds"], data["native"]["fidelity"]) == (False, "approximate")


@pytest.mark.full
@pytest.mark.usefixtures("uncached")
def test_a_changed_target_is_told_and_the_drop_in_holds(monkeypatch, capsys, tmp_path):
    patch(monkeypatch, tmp_path, EPSILON_OUTSIDE)
    asked = ("torch.optim.RMSprop(p)", "--to", "tf", "--dtype", "float64")
    code, data, err = data_of(monkeypatch, capsys, *asked)
    assert (code, data["exact"]["holds"], data["native"]["fidelity"]) == (3, True, "approximate")
    assert "'s RMSprop no longer follows its rule" in err[0]


@pytest.mark.full
@pytest.mark.usefixtures("uncached")
def test_text_does_not_say_exact_of_a_changed_source(monkeypatch, capsys, tmp_path):
    patch(monkeypatch, tmp_path, EPSILON_OUTSIDE)
    code, out, err = command_line(
        monkeypatch, capsys, "port", "keras.optimizers.RMSprop()", "--to", "torch", "--dtype", "float64"
    )
    assert (code, len(err)) == (3, 2)
    assert "\nclosest, by a drop-in\n" in out
    assert "\nexact, by" not in out
