"""Frameworks held to their rules: what is right passes, what a release might change is seen, named, and ends with 3."""

import inspect
import json
import re
import sys
from concurrent.futures import BrokenExecutor, Executor, Future
from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest
import torch
from patches import DAMPED, EPSILON_OUTSIDE, FROM_NOTHING, OTHER_DEFAULT, UNCORRECTED, patch
from spoken import spoken
from test_mutants import REWRITTEN, RULES, SURROUNDINGS

from comparisons import cli, frameworks
from comparisons.faithful import doctor, held
from comparisons.faithful import examine as examination
from comparisons.faithful.departures import TOLERANCE, followed, reference_of
from comparisons.faithful.examine import examine
from comparisons.faithful.fingerprint import of_code
from comparisons.faithful.fits import NOTHING, fitting
from comparisons.faithful.held import Deviation, deviates, hold
from comparisons.faithful.leads import lead_of
from comparisons.faithful.probes import PROBES, as_it_is
from comparisons.faithful.variants import variants
from comparisons.frameworks import FRAMEWORKS, installed
from comparisons.rules import SGD, Adam, ClipGlobalNorm, ClipNorm, ClipValue, Ftrl, RMSprop
from comparisons.training.cells import Cell
from comparisons.training.workers import Workers
from tests.mutants import page
from tests.mutants.mutants import MUTANTS
from tests.mutants.parts import Parts, walk


def call_of(text):
    return frameworks.complete(spoken(text))


def holding(*texts):
    """What is found of calls, each in a new process of its framework."""
    workers = Workers()
    try:
        return hold([(call.framework, call) for call in map(call_of, texts)], workers)
    finally:
        workers.close()


# --- a framework that a release has changed

RMSPROP = "keras.optimizers.RMSprop()"
KERAS, TORCH = (" ".join(*installed.versions([package]).items()) for package in ("keras", "torch"))
CHANGED = {
    "epsilon outside the root, and larger": (
        EPSILON_OUTSIDE,
        RMSPROP,
        1,
        "epsilon_position outside-root with epsilon 0.0001 fits",
    ),
    "another default": (OTHER_DEFAULT, RMSPROP, 0, "epsilon is 0.001, not 1e-07"),
    "momentum damps": (DAMPED, "torch.optim.SGD(momentum=0.9)", 2, "dampening 0.9 fits"),
    "squares start at 0, so that the first steps are longer": (
        FROM_NOTHING,
        "keras.optimizers.Adagrad()",
        1,
        "initial_accumulator 0 fits",
    ),
    "no bias correction": (UNCORRECTED, "torch.optim.Adam()", 1, "no known switch fits"),
}


def quickly(names):
    """All of them, the first without delay."""
    first, *others = names
    return [first, *(pytest.param(name, marks=pytest.mark.full) for name in others)]


@pytest.mark.parametrize("what", quickly(CHANGED))
def test_a_change_is_seen_and_named(what, monkeypatch, tmp_path):
    edits, text, step, fits = CHANGED[what]
    patch(monkeypatch, tmp_path, edits)
    found = holding(text)
    (deviation,) = found.deviations
    assert (found.faithful, found.not_held) == ((), ())
    assert (deviation.call, deviation.step, deviation.fits) == (call_of(text), step, fits)
    assert deviation.version == {"tf": KERAS, "torch": TORCH}[deviation.framework]
    assert (deviation.gap > 1e-3) == (step > 0)


SPARED = {
    "momentum damps": (DAMPED, "torch.optim.SGD()"),
    "no bias correction": (UNCORRECTED, "torch.optim.RMSprop()"),
    "another default": (OTHER_DEFAULT, "keras.optimizers.RMSprop(epsilon=1e-5)"),
}


@pytest.mark.parametrize("what", quickly(SPARED))
def test_calls_that_a_change_does_not_touch_follow_their_rules(what, monkeypatch, tmp_path):
    edits, text = SPARED[what]
    patch(monkeypatch, tmp_path, edits)
    assert holding(text) == held.Held(faithful=(call_of(text),))


def test_a_sentence_for_each_class():
    def one(name, **given):
        usual = {"framework": "torch", "version": "torch 9.9", "step": 3, "gap": 3.6e-4, "fits": NOTHING}
        return Deviation(call=call_of(f"torch.optim.{name}"), **{**usual, **given})

    found = [one("SGD()"), one("SGD(lr=0.1)", gap=1.0), one("Adam()", gap=np.inf, framework="torch@cuda")]
    found += [one("NAdam()", step=0, gap=0.0, fits="lr is 1, not 0.002")]
    assert list(held.sentences(found)) == [
        "torch 9.9's SGD no longer follows its rule: first at step 3, by 3.6e-04; no known switch fits "
        "(so do 1 more of its calls)",
        "torch 9.9's Adam on cuda no longer follows its rule: first at step 3, where it is not a number; "
        "no known switch fits",
        "torch 9.9's NAdam has other defaults than its table: lr is 1, not 0.002",
    ]
    assert [deviation.as_data()["gap"] for deviation in found] == [3.6e-4, 1.0, None, 0.0]


def test_which_cells_a_deviation_is_of():
    call = call_of(RMSPROP)

    def cell(**given):
        usual = {"task": "bowl", "optimizer": "rmsprop", "level": "as-written", "dtype": "float32", "framework": "tf"}
        return Cell(call=given.pop("call", call), **{**usual, **given})

    updates = Deviation(framework="tf", call=call, version="keras 9.9", step=1, gap=1.0, fits=NOTHING)
    defaults = replace(updates, step=0)
    assert deviates(cell(), [updates])
    assert deviates(cell(), [defaults])
    assert deviates(cell(level="same-numbers"), [updates])
    assert not deviates(cell(level="same-numbers"), [defaults])
    assert not deviates(cell(framework="tf@gpu"), [updates])
    assert not deviates(cell(call=call_of("keras.optimizers.RMSprop(rho=0.5)")), [updates])


# --- the commands

BROKEN = rf"triptych: {KERAS}'s RMSprop no longer follows its rule: first at step 1, by 0?\d.*; "
FITS = "epsilon_position outside-root with epsilon 0.0001 fits"


@pytest.fixture
def called(monkeypatch, capsys, tmp_path):
    """Run the command line where Keras is changed: exit code, standard output, lines on standard error."""

    def call(*arguments):
        patch(monkeypatch, tmp_path, EPSILON_OUTSIDE)
        monkeypatch.setattr(sys, "argv", ["triptych", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            sys.exit(cli.main())
        out, err = capsys.readouterr()
        return ended.value.code or 0, out, err.splitlines()

    return call


@pytest.mark.full
def test_run_says_it_and_fails(called, tmp_path):
    asked = ("bowl", "--optimizer", "rmsprop", "--optimizer", "sgd", "--steps", 2, "--framework", "tf")
    code, out, err = called("run", *asked, "--framework", "numpy", "--json", "--out", tmp_path / "out")
    assert code == 3
    (line,) = err
    assert re.match(BROKEN, line)
    found = json.loads(out)["deviations"]
    assert {one["framework"] for one in found} == {"tf"}
    assert all("RMSprop" in one["call"] for one in found)
    assert FITS in [one["fits"] for one in found]
    gaps = {(row["optimizer"], row["level"]): row["verdict"] for row in json.loads(out)["gaps"]}
    assert {label for label, verdict in gaps.items() if verdict == "unfaithful"} == {
        ("rmsprop", level) for level in ("as-written", "same-numbers")
    }


@pytest.mark.full
def test_explain_says_it_and_fails(called, tmp_path):
    asked = ("explain", "regression-20", "rmsprop", "--dtype", "float64", "--out", tmp_path / "out")
    code, out, err = called(*asked, "--json")
    assert code == 3
    (line,) = err
    assert re.fullmatch(BROKEN + FITS, line)
    (one,) = json.loads(out)["deviations"]
    assert (one["framework"], one["step"], one["fits"]) == ("tf", 1, FITS)


@pytest.mark.full
def test_doctor_says_it_and_fails(called):
    code, out, err = called("doctor", "--json")
    assert (code, err) == (3, [])
    found = json.loads(out)
    assert found["schema"] == 1
    assert {one["framework"]: one["works"] for one in found["frameworks"]} == dict.fromkeys(FRAMEWORKS, True)
    (keras,) = (one for one in found["frameworks"] if one["framework"] == "tf")
    deviations = keras["deviations"]
    assert len(deviations) == len([call for call in variants(frameworks.of("tf")) if call.name == "RMSprop"])
    assert keras["optimizers_that_follow"] == len(frameworks.of("tf").classes) - 1
    assert keras["held"] == len(list(variants(frameworks.of("tf"))))
    assert [one["deviations"] for one in found["frameworks"]] == [[], [], deviations]


def test_doctor_says_what_was_not_tested_and_what_deviates(monkeypatch):
    monkeypatch.setattr(doctor, "untested", lambda framework: f"{framework} is newer")
    astray = Deviation(
        framework="torch", call=call_of("torch.optim.SGD()"), version="torch 9.9", step=1, gap=0.5, fits=NOTHING
    )
    one = doctor.Examined(
        framework="torch",
        versions={"torch": "9.9"},
        report={"devices": ["CPU"], "threads": 2, "columns": ["cuda"]},
        held=held.Held(
            faithful=(call_of("torch.optim.Adam()"), call_of("torch.optim.SGD(lr=1.0)")), deviations=(astray,)
        ),
    )
    assert list(one.lines()) == [
        "torch  works: CPU, 2 threads; only 1 of 14 optimizers follow their rules; "
        "ask for torch@cuda to train there (torch 9.9)",
        "       torch is newer",
        f"       {astray.sentence}",
    ]
    assert not one.well
    data = one.as_data()
    assert (data["untested"], data["held"], data["optimizers_that_follow"]) == ("torch is newer", 3, 1)
    assert (data["columns"], data["deviations"]) == (["torch@cuda"], [astray.as_data()])


# --- what cannot be held


class Broken(Executor):
    def submit(self, *_, **__):
        raise BrokenExecutor("gone")


class Raising(Executor):
    def submit(self, *_, **__):
        future = Future()
        future.set_exception(TypeError("no such\n thing"))
        return future


REASONS = {Broken: "its worker died", Raising: "TypeError: no such thing"}


@pytest.mark.parametrize("kind", REASONS)
def test_a_worker_that_is_lost_costs_its_calls(kind):
    found = hold(
        [("torch", call_of("torch.optim.SGD()")), ("torch", call_of("torch.optim.Adam()"))], Workers(given=kind())
    )
    assert found == held.Held(not_held=(f"torch: 2 calls are not held to the rule: {REASONS[kind]}",))


def test_a_framework_that_is_missing_costs_its_calls(monkeypatch):
    monkeypatch.setattr(installed, "missing", lambda framework: ["keras"] * (framework == "tf"))
    found = hold([("tf", call_of(RMSPROP)), ("torch", call_of("torch.optim.SGD()"))], workers := Workers())
    workers.close()
    assert found.faithful == (call_of("torch.optim.SGD()"),)
    assert found.not_held == (f"tf: a call is not held to the rule: {installed.remedy('tf')}",)


def test_a_call_that_raises_costs_itself():
    gone = replace(
        call_of("torch.optim.SGD()"), arguments={"lr": 0.1, "momentum": 0.9, "nesterov": True, "dampening": 0.5}
    )
    workers = Workers()
    found = hold([("torch", gone), ("torch", call_of("torch.optim.SGD()"))], workers)
    workers.close()
    assert len(found.faithful) == 1
    (line,) = found.not_held
    assert line.startswith("torch: a call is not held to the rule: BadInput: torch.optim.SGD")


def test_nothing_is_asked_of_rules_and_of_our_own_optimizers():
    numpy = frameworks.complete(frameworks.of("numpy").call("SGD", {}))
    assert hold([("numpy", numpy), ("torch", SGD(learning_rate=0.1))], Workers(given=Broken())) == held.Held()


def test_a_rule_that_rounding_decides_is_not_judged():
    found = verdict_of("torch.optim.RMSprop(centered=True, alpha=0.0)")
    assert found == "centered, and rho is 0: a square less itself is 0 or rounding, whose root may be no number"


# --- the cache


def verdict_of(text):
    """What is found of a call of torch in this process."""
    (verdict,) = examine("torch", (call_of(text),))
    return verdict


@pytest.fixture
def stored(monkeypatch, tmp_path):
    """A call that was held, with an empty cache before: the file that the cache has of it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert verdict_of("torch.optim.SGD(momentum=0.9)") is None
    (file,) = tmp_path.rglob("*.json")
    return file


def test_what_was_found_is_not_looked_for_again(stored):
    ((said, verdict),) = json.loads(stored.read_text())["found"].items()
    assert verdict is None
    stored.write_text(json.dumps({"schema": 1, "found": {said: ["torch 0.1", 7, 0.5, "nothing fits"]}}))
    assert verdict_of("torch.optim.SGD(momentum=0.9)") == ("torch 0.1", 7, 0.5, "nothing fits")
    assert verdict_of("torch.optim.SGD(momentum=0.8)") is None
    assert len(json.loads(stored.read_text())["found"]) == 2


def test_a_class_that_is_changed_in_the_process_is_looked_at_anew(stored, monkeypatch):
    ((name, ((old, new),)),) = DAMPED.items()
    module = import_module(name)
    space = dict(vars(module))
    exec(inspect.getsource(module._single_tensor_sgd).replace(old, new), space)
    with monkeypatch.context() as changed:
        changed.setattr(module, "_single_tensor_sgd", space["_single_tensor_sgd"])
        assert verdict_of("torch.optim.SGD(momentum=0.9)").fits == "dampening 0.9 fits"
        assert verdict_of("torch.optim.SGD(momentum=0.9)").fits == "dampening 0.9 fits"
    assert verdict_of("torch.optim.SGD(momentum=0.9)") is None
    assert [value and value[-1] for value in json.loads(stored.read_text())["found"].values()] == [
        None,
        "dampening 0.9 fits",
    ]


def test_another_version_has_another_file(stored, monkeypatch):
    monkeypatch.setattr(examination, "versions", lambda modules: dict.fromkeys(modules, "9.9"))
    assert verdict_of("torch.optim.SGD(momentum=0.9)") is None
    assert len(list(stored.parent.iterdir())) == 2


UNREADABLE = {
    "no JSON": "{",
    "no object": "[]",
    "another schema": '{"schema": 0, "found": {}}',
    "other verdicts": '{"schema": 1, "found": {"a": ["b"], "c": 1}}',
    "no verdicts": '{"schema": 1, "found": 3}',
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_what_cannot_be_read_is_written_anew(what, stored):
    good = stored.read_text()
    stored.write_text(UNREADABLE[what])
    assert verdict_of("torch.optim.SGD(momentum=0.9)") is None
    assert stored.read_text() == good
    assert list(stored.parent.iterdir()) == [stored]


def test_without_a_place_for_it_all_is_well(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert verdict_of("torch.optim.SGD()") is None


def test_a_relative_cache_is_the_home_s(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", "cache")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert verdict_of("torch.optim.SGD()") is None
    assert [file.parent for file in tmp_path.rglob("*.json")] == [tmp_path / ".cache/triptych"]


# --- what code a class runs


def a_class(body="return x + 1", default="1", base="object", helper="return 2", constant="3"):
    """A class in a module of its own, as its text has it."""
    text = f"""
LIMIT = {constant}

def helper():
    {helper}

class Kind({base}):
    def step(self, x={default}):
        {body}
"""
    space = {"__name__": "a_module"}
    exec(text, space)
    return space["Kind"]


EDITS = {
    "a body": {"body": "return x - 1"},
    "a number": {"body": "return x + 2"},
    "a name": {"body": "return y + 1"},
    "a function in it": {"body": "return (lambda: x + 1)()"},
    "a default": {"default": "2"},
    "a helper": {"helper": "return 4"},
    "a constant of the module": {"constant": "5"},
}


@pytest.mark.parametrize("what", EDITS)
def test_other_code_has_another_fingerprint(what):
    assert of_code(a_class()) == of_code(a_class())
    assert of_code(a_class(**EDITS[what])) != of_code(a_class())


def test_what_is_inherited_and_what_is_wrapped_counts():
    def wrapped(number):
        kind = a_class()
        kind.step = lambda self: number
        return kind

    assert len({of_code(kind) for kind in (a_class(), wrapped(1), wrapped(2))}) == 3
    first, second = (type("Heir", (kind,), {}) for kind in (a_class(), a_class(body="return 0")))
    assert of_code(first) != of_code(second)


def test_the_wrapper_that_torch_adds_at_first_use_does_not_count():
    before = of_code(torch.optim.Rprop)
    torch.optim.Rprop([torch.nn.Parameter(torch.zeros(1))])
    assert of_code(torch.optim.Rprop) == before


# --- the probes in one walk

CLIPS = (ClipValue(limit=2.0), ClipNorm(limit=2.0, formula="exact"), ClipGlobalNorm(limit=2.0, formula="padded"))


@pytest.mark.parametrize("clip", [None, *CLIPS])
def test_pieces_are_joined_and_taken_apart_again(clip):
    lead = lead_of(SGD(learning_rate=0.1, clip=clip))
    pieces = [piece for some in lead.pieces.values() for piece in some]
    for apart, piece in zip(lead.apart(lead.gradients()), pieces, strict=True):
        np.testing.assert_array_equal(apart, piece.gradients)
    for name, tensor in lead.start().items():
        assert lead.gradients()[name].shape[1:] == tensor.shape
    assert {len(g) for g in lead.head(3).gradients().values()} == {3}


@pytest.mark.parametrize("clip", CLIPS)
def test_gradients_lie_on_both_sides_of_a_clip(clip):
    rule = SGD(learning_rate=0.1, clip=clip)
    paths = [followed("numpy", one, lead_of(rule)) for one in (rule, replace(rule, clip=None))]
    same = [np.isclose(a, b, rtol=1e-9).reshape(len(a), -1).all(axis=1) for a, b in zip(*paths, strict=True)]
    assert any(0 < steps.sum() < len(steps) for steps in same)


def path_of(parts, rule, lead):
    """The mutant's paths of all pieces, each by itself."""
    pieces = [piece for some in lead.pieces.values() for piece in some]
    walks = [np.stack(list(walk(parts, rule, [piece.start], [piece.gradients]))) for piece in pieces]
    return [steps.reshape(piece.gradients.shape) for steps, piece in zip(walks, pieces, strict=True)]


OF_FORMULAS = [mutant for mutant in MUTANTS if mutant.family not in SURROUNDINGS]
WITH_A_SETTING = {probe.name for probe in PROBES if probe.setting is not as_it_is}


@np.errstate(all="ignore")
def test_the_walk_sees_every_mutant_that_shows_without_a_setting():
    references = {rule: reference_of(rule) for rule in {mutant.rule for mutant in OF_FORMULAS}}
    unseen = {
        (mutant.base, mutant.wrong)
        for mutant in OF_FORMULAS
        for reference in [references[mutant.rule]]
        if reference.departure(path_of(mutant.parts, mutant.rule, reference.lead)) is None
    }
    seen_by = page.committed().set_index(["base_rule", "mutant"])["probes_that_see_it"].str.split("; ")
    hidden = {mutant for mutant, names in seen_by.items() if set(names) <= WITH_A_SETTING}
    assert unseen == hidden & {(mutant.base, mutant.wrong) for mutant in OF_FORMULAS}


@pytest.mark.parametrize("label", RULES)
def test_no_rule_departs_from_itself_however_it_is_written(label):
    reference = reference_of(replace(RULES[label], clip=None))
    paths = path_of(REWRITTEN.get(label, Parts()), reference.rule, reference.lead)
    assert reference.departure(paths) is None


# --- how far is too far


def test_a_path_departs_where_it_is_first_beyond_what_rounding_makes():
    reference = reference_of(RMSPROP_RULE)
    paths = [path.copy() for path in reference.paths]
    for piece, step, ulps in ((3, 40, 1000), (1, 20, 5000), (1, 10, 100)):
        paths[piece][step] *= 1 + ulps * 2.0**-52
    departure = reference.departure(paths)
    assert departure.step == 21
    assert 1e-14 < departure.gap < 5000 * 2.0**-52


def test_what_is_not_a_number_on_one_side_only_departs():
    reference = reference_of(RMSPROP_RULE)
    paths = [path.copy() for path in reference.paths]
    paths[2][30:, 1] = np.nan
    assert reference.departure(paths) == (31, np.inf)


def test_where_the_rule_is_not_a_number_nothing_is_asked():
    reference = reference_of(
        Adam(learning_rate=0.1, beta1=0.9, beta2=0.999, epsilon=0.0, epsilon_position="corrected-root")
    )
    assert any(np.isnan(path).any() for path in reference.paths)
    assert reference.departure([np.nan_to_num(path, nan=7.0) for path in reference.paths]) is None


def test_rounding_is_allowed_more_where_a_rule_takes_differences():
    powers = {"learning_rate_power": -0.7, "initial_accumulator": 0.1, "l1": 0, "l2": 0, "l2_shrinkage": 0, "beta": 0}
    assert max(reference_of(RMSPROP_RULE).allowed) < 2 * TOLERANCE
    assert max(reference_of(Ftrl(learning_rate=0.1, **powers)).allowed) < 1e-9


# Calls that round in their own way: of powers of what is next to 1, of squares that are forgotten at once.
ROUNDING = [
    "torch.optim.Adam(betas=(0.9999, 0.99999999))",
    "torch.optim.RAdam(betas=(0.9999, 0.99999999))",
    "torch.optim.NAdam(betas=(0.0, 0.0), eps=0.0)",
    "torch.optim.Adagrad(eps=0.0)",
    "torch.optim.Adafactor(lr=0.5, weight_decay=3.0)",
    "torch.optim.SGD(lr=100.0, weight_decay=1.0, momentum=1.0)",
    "torch.optim.SGD(lr=0.1); torch.optim.lr_scheduler.CosineAnnealingLR(T_max=20)",
    "torch.optim.SGD(lr=0.1); torch.nn.utils.clip_grad_norm_(max_norm=2.0)",
    "keras.optimizers.Adam(beta_1=0.9999, beta_2=0.99999999)",
    "keras.optimizers.Adam(beta_2=0.0, epsilon=0.0)",
    "keras.optimizers.Lamb(beta_2=0.0)",
    "keras.optimizers.Nadam(beta_1=0.9999, beta_2=0.0)",
    "keras.optimizers.Ftrl(learning_rate_power=-0.7, l1_regularization_strength=0.5)",
    "keras.optimizers.SGD(learning_rate=0.1, global_clipnorm=2.0)",
]


@pytest.mark.parametrize("text", ROUNDING)
def test_rounding_is_no_deviation(text):
    call = call_of(text)
    assert examine(call.framework, (call,)) == [None]


# --- which rule fits

RMSPROP_RULE = RMSprop(learning_rate=0.001, rho=0.9, epsilon=1e-7, epsilon_position="inside-root")
ADAM = Adam(learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-7, epsilon_position="uncorrected-root")
MOMENTUM = SGD(learning_rate=0.1, momentum=0.9)
FITS_OF = [
    (RMSPROP_RULE, {"epsilon_position": "outside-root"}, "epsilon_position outside-root fits"),
    (RMSPROP_RULE, {"epsilon": 1e-4}, "epsilon 0.0001 fits"),
    (RMSPROP_RULE, {"rho": 0.99}, "rho 0.99 fits"),  # torch's
    (RMSPROP_RULE, {"rho": 0.987}, NOTHING),
    (RMSPROP_RULE, {"centered": True}, "centered True fits"),
    (
        RMSPROP_RULE,
        {"epsilon_position": "outside-root", "epsilon": 1e-4},
        "epsilon_position outside-root with epsilon 0.0001 fits",
    ),
    (ADAM, {"amsgrad": True}, "amsgrad True fits"),
    (
        ADAM,
        {"epsilon_position": "corrected-root", "epsilon": 1e-8},
        "epsilon_position corrected-root with epsilon 1e-08 fits",
    ),
    (MOMENTUM, {"nesterov": True}, "nesterov True fits"),
    (MOMENTUM, {"dampening": 0.9}, "dampening 0.9 fits"),
    (MOMENTUM, {"learning_rate": 0.001}, "learning_rate 0.001 fits"),
]


@pytest.mark.parametrize(("rule", "changes", "words"), FITS_OF)
def test_the_simplest_change_that_fits_is_said(rule, changes, words):
    reference = reference_of(rule)
    assert fitting(reference, followed("numpy", replace(rule, **changes), reference.lead)) == words


def test_what_is_not_a_number_fits_nothing():
    reference = reference_of(MOMENTUM)
    assert fitting(reference, [np.full_like(path, np.nan) for path in reference.paths]) == NOTHING


# --- the calls of the doctor


@pytest.mark.parametrize(
    "framework", [one for one in FRAMEWORKS.values() if one.has_optimizers], ids=lambda one: one.id
)
def test_every_class_is_held_bare_and_with_all_that_is_off_by_default(framework):
    calls = [call.code() for call in variants(framework)]
    assert len(set(calls)) == len(calls)
    for name, native in framework.classes.items():
        bare = frameworks.complete(framework.call(name, {}))
        assert bare.code() in calls
        others = [call.arguments for call in variants(framework) if call.name == name]
        for argument, default in native.signature.items():
            if not default:
                assert any(given.get(argument, default) != default for given in others), (name, argument)
