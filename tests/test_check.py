"""`triptych check`: what has changed is found, and nothing else; its kind decides the exit code."""

import json
import math
import re
import shlex
import shutil
from copy import deepcopy
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from edited import edited
from parallel import VARIANTS
from synthetic import a_comparison

import comparisons
from comparisons.analysis.frame import CURVE
from comparisons.check import show
from comparisons.check.baseline import packed, read, shipped, unpacked
from comparisons.check.bounds import chaotic
from comparisons.check.changes import FAIL_ON, Change
from comparisons.check.check import Checked
from comparisons.check.curves import in_both, of_comparison, run_changes
from comparisons.check.surface import Parameter, surface_changes, surfaces
from comparisons.cli import options, triptych
from comparisons.cli.check import check as check_command
from comparisons.frameworks import FRAMEWORKS, installed
from comparisons.names import DTYPES, BadInput
from comparisons.results import files as results
from comparisons.tasks import EXAMPLES, find
from comparisons.tasks.of_data import task_of
from comparisons.tasks.sources import CsvFile, NpzFile

# --- baselines

TASKS = {
    **VARIANTS,
    **{name: find(name) for name in EXAMPLES},
    "csv": replace(find("wine"), data=CsvFile(path="a.csv", target=("a", "b")), loss="mean-squared-error"),
    "npz": replace(find("wine"), data=NpzFile(path="a.npz")),
}


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_a_task_comes_back_from_its_manifest(task):
    assert task_of(json.loads(json.dumps(asdict(task)))) == task


@pytest.mark.parametrize("damage", [{"data": {"samples": 3}}, {"recipes": [{"optimizer": "adan"}]}, {"steps": "many"}])
def test_what_is_no_task_is_refused(damage):
    with pytest.raises(BadInput):
        task_of(json.loads(json.dumps(asdict(find("bowl")))) | damage)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The results of a run that nobody trained."""
    folder = tmp_path_factory.mktemp("written")
    results.write(a_comparison(), folder)
    return folder


@pytest.fixture
def folder(written, tmp_path):
    """A copy of them."""
    return shutil.copytree(written, tmp_path / "results")


def test_a_baseline_is_what_was_run(folder):
    found, comparison = read(folder), a_comparison()
    assert found.tasks == list(comparison.tasks)
    assert (found.frameworks, tuple(found.levels), tuple(found.dtypes)) == (
        list(comparison.frameworks), tuple(dict.fromkeys(cell.level for cell in comparison.cells)), DTYPES,
    )  # fmt: skip
    again = unpacked(packed(found))
    assert again.facts == found.facts
    pd.testing.assert_frame_equal(again.losses, found.losses, check_exact=True)
    pd.testing.assert_frame_equal(again.verdicts, found.verdicts)
    assert list(run_changes(found, of_comparison(comparison))) == []


def changed(**changes):
    def damage(folder):
        manifest = json.loads((folder / "manifest.json").read_text())
        (folder / "manifest.json").write_text(json.dumps({**manifest, **changes}))

    return damage


def curves(edit):
    def damage(folder):
        file = folder / "aligned.csv"
        file.write_text("".join(edit(file.read_text().splitlines(keepends=True))))

    return damage


DAMAGE = {
    "no folder": lambda folder: (folder / "manifest.json").unlink(),
    "no curves": lambda folder: (folder / "aligned.csv").unlink(),
    "an empty file": lambda folder: (folder / "gaps.csv").write_text(""),
    "no JSON": lambda folder: (folder / "manifest.json").write_text("{{{"),
    "a list": lambda folder: (folder / "manifest.json").write_text("[]"),
    "nothing in it": lambda folder: (folder / "manifest.json").write_text("{}"),
    "binary": lambda folder: (folder / "manifest.json").write_bytes(b"\xff\xfe\x00"),
    "of a later release": changed(schema=2),
    "another's columns": changed(frameworks=["torch"]),
    "cut short": curves(lambda lines: lines[:-1]),
    "no curve in it": curves(lambda lines: lines[:1]),
    "a step twice": curves(lambda lines: [*lines, lines[-1]]),
    "a loss that is no number": curves(lambda lines: [*lines[:-1], lines[-1].rpartition(",")[0] + ",much\n"]),
    "no task": changed(tasks={"bowl": {}}),
    "tasks that are a list": changed(tasks=[]),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_what_is_no_baseline_is_said_in_a_line(folder, damage):
    damage(folder)
    done = CliRunner().invoke(triptych, ["check", "--baseline", str(folder)])
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith(f"triptych: {folder}: no baseline can be read there (")
    assert done.stderr.endswith("; give a directory that 'triptych run --out' wrote\n")
    assert done.stderr.count("\n") == 1


def test_the_frameworks_of_a_baseline_may_stand_in_another_order(folder):
    before = read(folder)
    changed(frameworks=before.frameworks[::-1])(folder)
    again = read(folder)
    assert again.frameworks == before.frameworks[::-1]
    assert list(run_changes(again, before)) == []


def test_a_name_may_look_like_a_number_or_like_none(folder):
    manifest = (folder / "manifest.json").read_text()
    was, name = read(folder), next(iter(json.loads(manifest)["tasks"]))
    (folder / "manifest.json").write_text(manifest.replace(f'"{name}"', '"007"'))
    for file in (folder / "aligned.csv", folder / "gaps.csv"):
        file.write_text(re.sub(f"^{re.escape(name)},", "007,", file.read_text(), flags=re.MULTILINE))
    again = read(folder)
    assert set(again.losses["task"]) == set(again.verdicts["task"]) == set(was.losses["task"]) - {name} | {"007"}
    assert list(run_changes(again, again)) == []


# --- curves


@pytest.fixture(scope="module")
def then():
    """A task of the default run, as it is shipped."""
    run = shipped()
    facts = {**run.facts, **{name: {"bowl": run.facts[name]["bowl"]} for name in ("tasks", "calls")}}
    losses, verdicts = (frame[frame["task"] == "bowl"].reset_index(drop=True) for frame in (run.losses, run.verdicts))
    return replace(run, facts=facts, losses=losses, verdicts=verdicts)


KEY = ("bowl", "adam", "as-written", "float64", 0)
PLACE = dict(zip(CURVE, KEY, strict=True))


def moved(run, change, key=KEY, framework="tf"):
    """The run with one curve changed."""
    losses = run.losses.copy()
    rows = np.logical_and.reduce([losses[name] == value for name, value in zip(CURVE, key, strict=True)])
    losses.loc[rows, framework] = change(losses.loc[rows, framework].to_numpy())
    return replace(run, losses=losses)


def from_step(step, by):
    def change(curve):
        curve = curve.copy()
        curve[step:] += by * np.abs(curve).max()
        return curve

    return change


def not_finite(curve):
    return np.where(np.arange(len(curve)) < 7, curve, math.inf)


def test_a_run_is_as_it_was(then):
    assert list(run_changes(then, deepcopy(then))) == []
    levels = [level for task in then.facts["calls"].values() for recipe in task.values() for level in recipe.values()]
    assert len(in_both(then, then)) == len(DTYPES) * sum(map(len, levels))


def test_a_curve_off_by_rounding_is_as_it_was(then):
    assert list(run_changes(then, moved(then, from_step(3, 1e-14)))) == []


@pytest.mark.parametrize("by", [1e-12, 1e-6, 0.1])
def test_a_curve_that_leaves_the_baseline_is_found(then, by):
    [change] = run_changes(then, moved(then, from_step(5, by)))
    assert (change.kind, change.framework, change.about, change.place) == ("rule", "tf", "curve", PLACE)
    assert change.step == 5
    assert change.gap == pytest.approx(by, rel=0.1)
    assert change.allowed < by
    assert change.message.startswith(f"from step 5, by up to {change.gap:.1e} of its largest loss; rounding allows ")


def test_a_curve_that_is_finite_no_more_is_found(then):
    now = moved(then, not_finite)
    [change] = run_changes(then, now)
    assert (change.kind, change.step, change.gap) == ("rule", 7, math.inf)
    assert change.message == "is not finite, and was, at step 7"
    [back] = run_changes(now, then)
    assert (back.step, back.message) == (7, "is finite, and was not, at step 7")


def test_a_curve_of_float32_alone_is_judged_by_the_run(then):
    only = replace(then, losses=then.losses[then.losses["dtype"] == "float32"])
    assert list(run_changes(only, then)) == []
    now = moved(moved(then, from_step(5, 1e-2)), from_step(5, 1e-2), (*KEY[:3], "float32", 0))
    [change] = run_changes(only, now)
    assert change.place["dtype"] == "float32"


def test_a_curve_that_does_not_train_is_a_change_of_rule(then):
    [change] = run_changes(then, then, {(*KEY[:-1], "tf"): "no luck"})
    assert (change.kind, change.place, change.message) == ("rule", PLACE, "does not train any more: no luck")


def called(run, call, framework="tf"):
    """The run with another call, or without one, of a curve."""
    facts = deepcopy(run.facts)
    calls = facts["calls"]["bowl"]["adam"]["as-written"]
    calls[framework] = call
    if call is None:
        del calls[framework]
    return replace(run, facts=facts)


def test_another_call_is_a_change_of_numbers_and_so_is_its_curve(then):
    now = moved(called(then, "keras.optimizers.Adam()"), from_step(5, 0.1))
    call, curve = run_changes(then, now)
    assert (call.kind, call.about, curve.kind, curve.about) == ("numbers", "call", "numbers", "curve")
    was = then.facts["calls"]["bowl"]["adam"]["as-written"]["tf"]
    assert call.message == f"was: {was}; is: keras.optimizers.Adam()"


def test_a_curve_that_only_one_has_is_named(then):
    [gone] = run_changes(then, called(then, None))
    [new] = run_changes(called(then, None), then)
    assert (gone.kind, gone.message) == ("other", "has no curve any more")
    assert (new.kind, new.message) == ("other", "has a curve that the baseline has not")


def test_a_verdict_in_other_words_is_named(then):
    verdicts = then.verdicts.copy()
    row = verdicts.index[(verdicts["verdict"] == "rule") & (verdicts["framework"] == "tf")][0]
    verdicts.loc[row, "verdict"] = "numbers"
    [change] = run_changes(then, replace(then, verdicts=verdicts))
    assert (change.kind, change.framework, change.about) == ("other", "tf", "verdict")
    assert change.place == {name: verdicts.loc[row, name] for name in CURVE}
    assert change.message == "was rule, is numbers"


def test_where_there_is_rounding_another_machine_may_have_none(then):
    verdicts = then.verdicts.replace({"verdict": {"rounding": "identical"}})
    assert list(run_changes(then, replace(then, verdicts=verdicts))) == []


def test_rules_whose_curves_are_equal_on_one_machine_are_no_change(then):
    # as Keras's RMSprop on the bowl in float32, whose epsilon stands elsewhere: torch's curve on Intel, not on AMD
    verdicts = then.verdicts.replace({"verdict": {"rule": "identical"}})
    other = replace(then, verdicts=verdicts)
    assert (verdicts["verdict"] != then.verdicts["verdict"]).any()
    assert list(run_changes(then, other)) == list(run_changes(other, then)) == []


def test_a_framework_that_is_not_there_is_not_compared(then):
    now = replace(then, facts={**then.facts, "frameworks": ["numpy", "torch"]})
    assert {name for _, name in in_both(then, now)} >= {"numpy", "torch"}
    assert list(run_changes(then, now)) == []


CHAOS = """
steps = 400
loss = "mean-squared-error"
data = {{ coefficients = [1], low = 0.9, high = 1.1, samples = 1 }}
model = {{ hidden = [1], activation = "identity", weights = 0.5, biases = "none" }}
recipes = [{{ optimizer = "sgd", learning_rate = {rate} }}]
"""


@pytest.mark.full
@pytest.mark.parametrize(("rate", "compared"), [(0.7, False), (0.6, True)])
def test_a_chaotic_curve_is_another_on_each_machine(tmp_path, rate, compared):
    (tmp_path / "task.toml").write_text(CHAOS.format(rate=rate))
    comparison = comparisons.run(tmp_path / "task.toml", frameworks=["numpy", "torch"], levels=["as-written"])
    run = of_comparison(comparison)
    key = ("task", "sgd", "as-written", "float64", 0)
    changes = list(run_changes(run, moved(run, from_step(300, 0.1), key, "numpy"), aside=chaotic(comparison)))
    assert [change.place["dtype"] for change in changes] == ["float64"] * compared


# --- classes and their arguments


def with_argument(surface, name, argument, parameter):
    """A surface whose call takes the argument so; not at all, if None."""
    parameters = {**surface.calls[name], argument: parameter}
    if parameter is None:
        del parameters[argument]
    return replace(surface, calls={**surface.calls, name: parameters})


def optional(default):
    return Parameter(default=default, required=False, keyword_only=False)


REQUIRED = Parameter(default=None, required=True, keyword_only=False)


def reordered(surface):
    first, *others = surface.calls["SGD"].items()
    return replace(surface, calls={**surface.calls, "SGD": dict([*others, first])})


SURFACES = {
    "a default": (lambda one: with_argument(one, "SGD", "learning_rate", optional(0.02)), "numbers",
                  {"class": "SGD", "argument": "learning_rate"}, "was: default 0.01; is: default 0.02"),
    "a default of how": (lambda one: with_argument(one, "SGD", "name", optional("sgd")), "other",
                         {"class": "SGD", "argument": "name"}, "was: default None; is: default 'sgd'"),
    "a default of what no rule has": (lambda one: with_argument(one, "SGD", "use_ema", optional(True)), "numbers",
                                      {"class": "SGD", "argument": "use_ema"}, "was: default False; is: default True"),
    "no default any more": (lambda one: with_argument(one, "SGD", "learning_rate", REQUIRED), "numbers",
                            {"class": "SGD", "argument": "learning_rate"}, "was: default 0.01; is: must be given"),
    "a new argument": (lambda one: with_argument(one, "SGD", "warmth", optional(1.0)), "other",
                       {"class": "SGD", "argument": "warmth"}, "is new; its default is 1.0"),
    "a new argument that must be given": (lambda one: with_argument(one, "SGD", "warmth", REQUIRED), "numbers",
                                          {"class": "SGD", "argument": "warmth"}, "is new; must be given"),
    "an argument gone": (lambda one: with_argument(one, "SGD", "nesterov", None), "numbers",
                         {"class": "SGD", "argument": "nesterov"}, "is gone"),
    "a class gone": (lambda one: replace(one, calls={**one.calls, "Lion": None}), "numbers",
                     {"class": "Lion"}, "is gone"),
    "a new class": (lambda one: replace(one, new=("Tiger",)), "other", {"class": "Tiger"}, "is new"),
}  # fmt: skip


@pytest.fixture(scope="module")
def keras_surfaces():
    return surfaces("tf")


@pytest.mark.parametrize(("change", "kind", "place", "message"), SURFACES.values(), ids=SURFACES)
def test_what_a_release_does_to_its_classes_is_found(keras_surfaces, change, kind, place, message):
    optimizers, *others = keras_surfaces
    [found] = surface_changes("tf", [change(optimizers), *others])
    assert (found.kind, found.framework, found.message) == (kind, "tf", message)
    assert found.place == {"module": "keras.optimizers", **place}


def test_another_order_is_a_change_of_what_is_given_without_names(keras_surfaces):
    optimizers, *others = keras_surfaces
    [found] = surface_changes("tf", [reordered(optimizers), *others])
    assert found.kind == "numbers"
    assert found.message.startswith("are taken without their names in another order: momentum, nesterov")


@pytest.mark.parametrize("framework", [name for name in FRAMEWORKS if FRAMEWORKS[name].has_optimizers])
def test_a_class_of_theirs_that_no_table_has_is_new(framework, monkeypatch):
    record = FRAMEWORKS[framework]
    last = list(record.classes)[-1]  # it comes back at the end of the table
    monkeypatch.delitem(record.classes, last)
    assert surfaces(framework)[0].new == (last,)


# --- the whole of it, with the frameworks

TASK = ("regression-20", "--optimizer", "rmsprop", "--level", "as-written", "--steps", "8")
KERAS, TORCH = "keras.src.optimizers.rmsprop", "torch.optim.nadam"
UPDATE = {  # as a release might: the epsilon outside the root, and larger
    KERAS: [
        ("denominator = ops.add(velocity, self.epsilon)", "denominator = velocity"),
        ("gradient), ops.sqrt(denominator)\n", "gradient), ops.sqrt(denominator) + 1000 * self.epsilon\n"),
        ("rho=0.9,", "rho=0.95,"),
    ],
    TORCH: [("else torch.tensor(1.0, dtype=_get_scalar_dtype())", "else torch.tensor(1.0, dtype=torch.float64)")],
}


@pytest.fixture(scope="module")
def earlier(tmp_path_factory):
    """The results of a run of the installed frameworks."""
    folder = tmp_path_factory.mktemp("earlier")
    done = CliRunner().invoke(triptych, ["run", *TASK, "--quiet", "--out", str(folder)])
    assert done.exit_code == 0
    return folder


@pytest.mark.full
def test_nothing_has_changed_where_nothing_was_changed(earlier):
    done = CliRunner().invoke(triptych, ["check", "--baseline", str(earlier), "--require", "torch,keras"])
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1].endswith(f"6 curves compared with {earlier}: nothing has changed")


@pytest.mark.full
def test_an_upgrade_that_changes_an_update_a_default_and_a_defect(earlier, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", edited(tmp_path, UPDATE))
    done = CliRunner().invoke(triptych, ["check", "--baseline", str(earlier), "--json"])
    assert (done.exit_code, done.stderr) == (1, "")
    found = json.loads(done.stdout)
    changes = {(one["kind"], one["framework"], one["about"]): one for one in found["changes"]}
    curve = changes["rule", "tf", "curve"]
    assert curve["place"]["optimizer"] == "rmsprop"
    assert (curve["step"], curve["gap"] > 1e-5, curve["allowed"] < 1e-5) == (1, True, True)
    update = changes["rule", "tf", "update"]
    assert (update["place"]["class"], update["step"], update["allowed"]) == ("RMSprop", 1, None)
    assert "RMSprop no longer follows its rule: first at step 1, by " in update["message"]
    default = changes["numbers", "tf", "argument"]
    assert default["place"] == {"module": "keras.optimizers", "class": "RMSprop", "argument": "rho"}
    assert default["message"] == "was: default 0.9; is: default 0.95"
    assert changes["other", "torch", "defect"]["place"] == {"defect": "nadam-float32-product"}
    assert {one["framework"] for one in found["changes"] if one["about"] == "curve"} <= {"tf", "torch"}


# --- what is installed

HIDDEN = {
    "one that is required": (["tf"], ["--require", "torch,tf"], 4, ["tf is required: "]),
    "one that is not": (["tf"], ["--require", "torch"], 6, ["tf is left out: "]),
    "both": (["torch", "tf"], [], 6, ["torch is left out: ", "tf is left out: "]),
    "all": (["numpy", "torch", "tf"], [], 4, ["numpy cannot run: ", "torch cannot run: ", "tf cannot run: "]),
}


@pytest.mark.every(2)
@pytest.mark.parametrize(("hidden", "asked", "code", "lines"), HIDDEN.values(), ids=HIDDEN)
def test_what_is_not_installed_cannot_make_a_check_succeed(earlier, monkeypatch, hidden, asked, code, lines):
    absent = {name: ["a package"] for name in hidden}
    monkeypatch.setattr(installed, "missing", lambda column: absent.get(column.partition("@")[0], []))
    monkeypatch.setattr("comparisons.check.check._framework_changes", lambda present: ([], list(present)))
    done = CliRunner().invoke(triptych, ["check", "--baseline", str(earlier), *asked])
    assert done.exit_code == code
    said = done.stderr.splitlines()
    assert len(said) == len(lines)
    assert all(one.startswith(f"triptych: {start}") for one, start in zip(said, lines, strict=True))


@pytest.mark.full
def test_a_framework_that_does_not_start_is_a_change(earlier, monkeypatch, tmp_path):
    monkeypatch.setenv(
        "PYTHONPATH",
        edited(tmp_path, {"keras.src.optimizers.lion": [("class Lion(", "raise ImportError('no luck')\nclass Lion(")]}),
    )
    done = CliRunner().invoke(triptych, ["check", "--baseline", str(earlier), "--fail-on", "rule", "--json"])
    [change] = json.loads(done.stdout)["changes"]
    assert (done.exit_code, change["kind"], change["framework"], change["about"]) == (1, "rule", "tf", "framework")
    assert change["message"].startswith("does not start: ")


# --- what is said, and the exit code


def a_change(kind, **given):
    return Change(**{"kind": kind, "framework": "tf", "about": "curve", "place": PLACE, "message": "is off", **given})


def checked(*changes, **given):
    well = {"baseline": "there", "versions": {"keras": ("3.15.1", "3.16.0")}, "curves": 7, "chaotic": 0}
    return Checked(**{**well, "changes": changes, "left_out": (), "interrupted": False, **given})


CODES = [
    *(((kind,), fail_on, int(kind in counted)) for fail_on, counted in FAIL_ON.items() for kind in FAIL_ON["any"]),
    *(((), fail_on, 0) for fail_on in FAIL_ON),
    (("other", "rule"), "rule", 1),
]


@pytest.mark.parametrize(("kinds", "fail_on", "code"), CODES, ids=str)
def test_what_counts_is_what_was_asked_for(monkeypatch, kinds, fail_on, code):
    monkeypatch.setattr("comparisons.check.check.check", lambda *_, **__: checked(*map(a_change, kinds)))
    for flags in ([], ["--json"]):
        done = CliRunner().invoke(triptych, ["check", "--fail-on", fail_on, *flags])
        assert (done.exit_code, done.stderr) == (code, "")
    found = json.loads(done.stdout)
    assert next(iter(found.items())) == ("schema", 1)
    assert (found["changed"], len(found["changes"])) == (bool(code), len(kinds))


OTHERWISE = {
    "left out": (checked(left_out=("tf",)), 6, "tf is left out: "),
    "left out, and a change": (checked(a_change("rule"), left_out=("tf",)), 1, "tf is left out: "),
    "interrupted": (checked(interrupted=True), 130, "interrupted: the curves were not compared"),
}


@pytest.mark.parametrize(("found", "code", "words"), OTHERWISE.values(), ids=OTHERWISE)
def test_exit_codes(monkeypatch, found, code, words):
    monkeypatch.setattr("comparisons.check.check.check", lambda *_, **__: found)
    done = CliRunner().invoke(triptych, ["check"])
    assert (done.exit_code, done.stderr.splitlines()[0][: len(f"triptych: {words}")]) == (code, f"triptych: {words}")


def test_the_table_has_a_row_for_each_optimizer_with_its_largest_gap(capsys):
    near, far = (
        a_change("rule", gap=gap, place={**PLACE, "task": task}) for gap, task in ((1e-9, "bowl"), (1.0, "valley"))
    )
    update = a_change(
        "numbers", about="argument", place={"class": "RMSprop", "argument": "rho"}, message="was: a; is: b"
    )
    show.show(checked(update, near, far))
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "keras 3.15.1 3.16.0 *" in lines
    assert "rule tf adam, curve 2 curves; most: valley, as-written, float64: is off" in lines
    assert "numbers tf RMSprop(rho) was: a; is: b" in lines
    assert lines[-1] == "7 curves compared with there: changed: 2 rule, 1 numbers"


BAD = {
    "--fail-on": (["--fail-on", "nothing"], "unknown kind 'nothing'"),
    "--require": (["--require", "torch,troch"], "unknown framework 'troch'; did you mean 'torch'?"),
    "--baseline": (
        ["--baseline", "nowhere"],
        "nowhere: no baseline can be read there (manifest.json: No such file or directory)",
    ),
}


@pytest.mark.parametrize(("arguments", "words"), BAD.values(), ids=BAD)
def test_what_cannot_be_asked_is_said(arguments, words):
    done = CliRunner().invoke(triptych, ["check", *arguments])
    assert done.exit_code == 2
    assert words in done.stderr


# --- the page

ROOT = Path(__file__).parents[1]
PAGE, README = ((ROOT / name).read_text(encoding="utf-8") for name in ("docs/ci.md", "README.md"))


def test_the_page_has_every_exit_code_and_the_readme_too():
    codes = sorted({0, *(value for name, value in vars(options).items() if name.isupper() and isinstance(value, int))})
    assert [int(code) for code in re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)] == codes
    [sentence] = re.findall(r"Exit codes, all commands together: (.*?)\(what", README, re.DOTALL)
    assert [int(code) for code in re.findall(r"\b(\d+) [a-z]", sentence)] == codes


def test_the_commands_of_the_page_are_commands():
    lines = re.findall(r"^(?:\s*- run: )?triptych (check.*?)(?: >.*| +#.*)?$", PAGE, re.MULTILINE)
    assert len(lines) == 5
    for line in lines:
        check_command.make_context("check", shlex.split(line)[1:])


def test_the_page_names_the_keys_of_the_json():
    found = json.loads(show.as_json(checked(a_change("rule")), "any"))
    [row] = re.findall(r"^\| `check` \| (.*) \|$", PAGE, re.MULTILINE)
    assert [key for key in re.findall(r"`(\w+)`", row) if key != "here"][:2] == ["baseline", "versions"]
    assert found.keys() - {"schema"} <= set(re.findall(r"`(\w+)`", row))
    [entry] = re.findall(r"An entry of `changes`: (.*?)\n\n", PAGE, re.DOTALL)
    assert found["changes"][0].keys() <= set(re.findall(r"`(\w+)`", entry))
