"""`triptych gradcheck`: gradients four ways, and what it says when one is wrong."""

import json
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from math import log10

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from test_task_file import SMALL

from comparisons.cli import triptych
from comparisons.frameworks import installed
from comparisons.gradcheck import check
from comparisons.gradcheck.central import STEPS
from comparisons.gradcheck.check import ELEMENTS, chosen
from comparisons.plots.sweep import plot_sweep
from comparisons.tasks import TASKS
from comparisons.tasks.problem import make_problem
from comparisons.tasks.spec import Given, LinearTarget, Network, Normal
from comparisons.training import implementations
from comparisons.training.workers import Workers
from numpy_impl.layers import Affine, ReLU, Sigmoid


@pytest.fixture(scope="module")
def here():
    """Workers that are threads of this process."""
    with ThreadPoolExecutor(1) as executor:
        yield Workers(given=executor)


class Wrong:
    """Workers of which one framework's gradient is wrong in one element."""

    def __init__(self, framework, parameter, index, by):
        self.wrong, self.parameter, self.index, self.by = framework, parameter, index, by

    def executor(self, framework):
        self.framework = framework
        return self

    def submit(self, function, framework, problem):
        done = Future()
        found = {name: array.copy() for name, array in function(framework, problem).items()}
        if framework == self.wrong:
            found[self.parameter][self.index] += self.by
        done.set_result(found)
        return done


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_the_shipped_tasks_agree_four_ways(task, here):
    found = check(task, here)
    assert found.agrees
    assert not found.mishaps
    problem = make_problem(task, (0,), "float64")
    assert set(found.differences["parameter"]) == set(problem.params)
    assert set(found.differences["way"]) == {"central", "autograd", "tape"}
    compared = found.differences.set_index(["parameter", "way"])["elements"]
    for name, array in problem.params.items():
        assert compared[name, "central"] == min(array.size, ELEMENTS)
        assert compared[name, "autograd"] == compared[name, "tape"] == array.size


def test_the_bowl_by_hand(here):
    """d/dx (x0 - 1)^2 + (x1 - 2)^2 at the origin is (-2, -4)."""
    by_hand = implementations.gradients("numpy", make_problem(TASKS["bowl"], (0,), "float64"))
    assert np.array_equal(by_hand["theta"], [[-2.0, -4.0]])
    errors = check(TASKS["bowl"], here).errors
    # The loss is quadratic, so the central difference is exact but for rounding: eps L / h over the largest, 4.
    assert (errors["error"] <= 4 * 2.0**-52 * 5 / errors["h"]).all()


def test_the_error_falls_with_h_squared_and_then_rises_with_one_over_h(here):
    errors = check(TASKS["two-layer-net"], here).errors.groupby("h")["error"].max()
    slope = {h: log10(errors[larger] / errors[h]) for larger, h in pairwise(STEPS)}
    # Truncation is h^2 L''' / 6: a slope of 2 as long as it is far above rounding.
    assert slope[1e-2] == pytest.approx(2, abs=0.1)
    assert slope[1e-3] == pytest.approx(2, abs=0.1)
    # Rounding is eps L / h: a slope of -1, but it is the largest of many random errors.
    rounding = [slope[h] for h in (1e-11, 1e-10, 1e-9, 1e-8, 1e-7)]
    assert np.mean(rounding) == pytest.approx(-1, abs=0.2)
    assert errors.idxmin() in (1e-4, 1e-5)  # eps^(1/3) is 6e-6


@pytest.mark.parametrize(("framework", "way"), [("torch", "autograd"), ("tf", "tape")])
def test_a_wrong_element_is_named(framework, way):
    found = check(TASKS["regression-20"], Wrong(framework, "weight1", (0, 6, 3), 1e-12))
    assert not found.agrees
    [worst] = found.differences.query("difference > allowed").to_dict("records")
    assert (worst["parameter"], worst["way"], worst["element"]) == ("weight1", way, "(6, 3)")
    assert worst["found"] - worst["by_hand"] == pytest.approx(1e-12, rel=1e-3)  # the sum rounds at 1e-16


def test_a_gradient_that_is_not_a_number_is_as_wrong_as_can_be():
    found = check(TASKS["regression-20"], Wrong("tf", "bias1", (0, 0, 4), np.nan))
    [worst] = found.differences.query("difference > allowed").to_dict("records")
    assert (worst["parameter"], worst["way"], worst["element"], worst["difference"]) == (
        "bias1",
        "tape",
        "(0, 4)",
        np.inf,
    )


def test_a_wrong_gradient_by_hand_differs_from_all_three(monkeypatch, here):
    right = implementations.gradients

    def gradients(framework, problem):
        found = right(framework, problem)
        return {name: 2 * array for name, array in found.items()} if framework == "numpy" else found

    monkeypatch.setattr(implementations, "gradients", gradients)
    found = check(TASKS["bowl"], Wrong("", "", 0, 0))
    assert set(found.differences.query("difference > allowed")["way"]) == {"central", "autograd", "tape"}


# --- what central differences cannot see is said, and is no failure

LINE = replace(TASKS["linear-target"], batch=None, model=Network())


def drawn(*coefficients, **changes):
    return replace(LINE, name="drawn", data=LinearTarget(coefficients=coefficients, samples=20), **changes)


def given(*rows, **changes):
    targets = tuple((float(i + 1),) for i in range(len(rows)))
    return replace(LINE, name="given", data=Given(inputs=rows, targets=targets), **changes)


RELU, FROM_ZERO = Network(hidden=(3,)), Network(weights=Normal(scale=0.0))
HIDDEN = {
    # a constant column is 0 when standardised, and the bias starts at 0: so does what goes into each ReLU
    "kink, constant columns": (given(*((0.0, 0.0),) * 4, model=RELU), {"kink"}),
    "kink, one sample of four": (given((0.0, 0.0), (1.0, 2.0), (-1.0, 0.5), (2.0, -1.0), model=RELU), {"kink"}),
    "kink, two layers": (given((0.0,), (1.0,), model=Network(hidden=(3, 3))), {"kink"}),
    "no kink, though nearly": (given((1e-3,), (1.0,), model=RELU), set()),
    "dead units": (given((0.0,), (0.0,), model=Network(hidden=(2,), weights=Normal(scale=0.0))), set()),
    "coefficients of 1e15": (drawn(1e15, 1e15), {"rounding"}),
    "coefficients of 1e15, relu": (drawn(1e15, -1e15, model=RELU), {"rounding"}),
    "coefficients of 1e-15": (drawn(1e-15, 1e-15), set()),
    "an offset of 1e15 that is right": (given((1e15,), (2e15,)), {"rounding"}),
    "the largest coefficients": (drawn(1e37, 1e37), {"rounding"}),
    "gradients near the smallest normal number": (drawn(1e-320, model=FROM_ZERO), {"rounding", "underflow"}),
    "a start at the optimum": (drawn(0.0, 0.0, model=FROM_ZERO), set()),
}


@pytest.mark.parametrize(("task", "notes"), HIDDEN.values(), ids=HIDDEN)
def test_right_gradients_do_not_fail_because_central_differences_cannot_see_them(task, notes, here):
    found = check(task, here)
    assert found.agrees
    assert set(", ".join(filter(None, found.differences["note"])).split(", ")) - {""} == notes
    framework = found.differences.query("way != 'central' and note == ''")
    assert (framework["difference"] <= 4e-15).all()


MUTANTS = {
    "ReLU: its slope is a thousandth too large": (ReLU, lambda layer, gradient: gradient * (layer.y > 0) * 1.001),
    "ReLU: the negative part": (ReLU, lambda layer, gradient: gradient * (layer.y <= 0)),
    "ReLU: the gradient goes through": (ReLU, lambda layer, gradient: gradient),
    "Sigmoid: y for y (1 - y)": (Sigmoid, lambda layer, gradient: gradient * layer.y),
    "Sigmoid: off by a millionth": (Sigmoid, lambda layer, gradient: gradient * layer.y * (1 - layer.y) * (1 + 1e-6)),
}


@pytest.mark.parametrize(("layer", "backward"), MUTANTS.values(), ids=MUTANTS)
def test_a_layer_that_goes_back_wrongly_is_seen_by_all_three(layer, backward, monkeypatch, here):
    monkeypatch.setattr(layer, "backward", backward)
    activation = "relu" if layer is ReLU else "sigmoid"
    rows = ((0.3, -0.2), (1.0, 2.0), (-1.0, 0.5), (2.0, -1.0))
    found = check(given(*rows, model=Network(hidden=(5,), activation=activation)), here)
    assert set(found.differences.query("difference > allowed")["way"]) == {"central", "autograd", "tape"}


def test_at_a_kink_too_a_gradient_beyond_both_slopes_is_wrong(monkeypatch, here):
    monkeypatch.setattr(ReLU, "backward", lambda layer, gradient: gradient * np.where(layer.y > 0, 1.0, -0.5))
    wrong = check(HIDDEN["kink, constant columns"][0], here).differences.query("difference > allowed")
    assert set(wrong["way"]) == {"central", "autograd", "tape"}
    assert set(wrong["parameter"]) == {"bias1"}


def test_rounding_that_hides_the_gradient_from_differences_hides_it_from_nobody_else(monkeypatch, here):
    right = Affine.learn

    def learn(layer, gradient):
        right(layer, gradient)
        layer.weight_gradient *= 1 + 1e-12

    monkeypatch.setattr(Affine, "learn", learn)
    wrong = check(HIDDEN["coefficients of 1e15"][0], here).differences.query("difference > allowed")
    assert set(wrong["way"]) == {"autograd", "tape"}


def test_a_large_parameter_is_sampled():
    some = chosen(10 * ELEMENTS)
    assert len(some) == len(set(some)) == ELEMENTS
    assert (np.diff(some) > 0).all()
    assert np.array_equal(chosen(ELEMENTS), np.arange(ELEMENTS))


def test_the_picture_has_a_line_for_each_parameter():
    rows = [{"parameter": name, "h": h, "error": 1e-16 / h} for name in ("a", "b", "c", "d", "e") for h in STEPS]
    axes = plot_sweep("bowl", pd.DataFrame(rows)).axes[0]
    assert [line.get_label() for line in axes.lines][:5] == ["a", "b", "c", "d", "e"]
    looks = {(line.get_color(), str(line.get_linestyle()), line.get_marker()) for line in axes.lines[:4]}
    assert len(looks) == 4


def run(*words):
    return CliRunner().invoke(triptych, ["gradcheck", *words])


def test_the_command_writes_tables_and_pictures(tmp_path):
    (tmp_path / "mine.toml").write_text(SMALL, encoding="utf-8")
    done = run("bowl", str(tmp_path / "mine.toml"), "--out", str(tmp_path / "out"))
    assert done.exit_code == 0, done.output
    assert "bowl" in done.stdout
    assert "mine" in done.stdout
    written = {path.name for path in (tmp_path / "out").iterdir() if path.is_file()}
    assert {"gradients.csv", "errors.csv", "bowl.png", "bowl.svg", "mine.png", "mine.svg"} == written
    gradients = pd.read_csv(tmp_path / "out" / "gradients.csv")
    assert list(gradients.columns) == [
        "task", "parameter", "way", "elements", "difference", "element", "by_hand", "found", "allowed", "h",
        "note",
    ]  # fmt: skip
    assert len(pd.read_csv(tmp_path / "out" / "errors.csv").query("task == 'bowl'")) == len(STEPS)


@pytest.mark.full
def test_json_has_everything(tmp_path):
    done = run("bowl", "--json", "--out", str(tmp_path))
    found = json.loads(done.stdout)
    assert next(iter(found.items())) == ("schema", 1)
    [task] = found["tasks"]
    assert task["task"] == "bowl"
    assert task["agrees"] is True
    assert {row["way"] for row in task["differences"]} == {"central", "autograd", "tape"}
    assert [row["h"] for row in task["errors"]] == list(STEPS)


def test_without_a_framework_its_way_is_left_out(monkeypatch, tmp_path):
    monkeypatch.setattr(installed, "missing", lambda name: ["torch"] if name == "torch" else [])
    done = run("bowl", "--out", str(tmp_path))
    assert done.exit_code == 6
    assert done.stderr == 'triptych: autograd: torch not installed; pip install "torch>=2.13,<2.14"\n'
    assert set(pd.read_csv(tmp_path / "gradients.csv")["way"]) == {"central", "tape"}


@pytest.mark.full
def test_a_kink_is_marked_and_is_no_failure(tmp_path):
    np.savez(
        tmp_path / "data.npz", x_train=np.zeros((4, 2)), y_train=np.ones((4, 1)), x_test=[[0.0] * 2], y_test=[[1.0]]
    )
    words = SMALL.replace('data.bundled = "diabetes"', 'data.npz = "data.npz"\nmodel.hidden = [3]')
    (tmp_path / "kink.toml").write_text(words, encoding="utf-8")
    done = run(str(tmp_path / "kink.toml"), "--out", str(tmp_path / "out"))
    assert done.exit_code == 0, done.output
    assert " k " in done.stdout
    assert "k: a ReLU is at its kink: central differences see a slope on each side" in done.stdout


def test_the_largest_losses_have_a_picture(tmp_path):
    huge = SMALL.replace('data.bundled = "diabetes"', "data.coefficients = [1e37, 1e37]")
    (tmp_path / "huge.toml").write_text(huge, encoding="utf-8")
    done = run(str(tmp_path / "huge.toml"), "--json", "--out", str(tmp_path / "out"))
    assert done.exit_code == 0, done.output
    assert (tmp_path / "out" / "huge.png").exists()
    [task] = json.loads(done.stdout)["tasks"]
    assert task["agrees"]


def test_bad_input_is_one_line(tmp_path):
    done = run("bowel", "--out", str(tmp_path))
    assert done.exit_code == 2
    assert done.stderr.startswith("triptych: unknown task 'bowel'; did you mean 'bowl'?")
    assert done.stderr.count("\n") == 1


def test_a_framework_that_fails_is_told_by_the_exit_code(monkeypatch, tmp_path, here):
    def unlucky(name, problem):
        if name == "torch":
            raise RuntimeError("no luck")
        return right(name, problem)

    right = implementations.gradients
    monkeypatch.setattr(implementations, "gradients", unlucky)
    monkeypatch.setattr("comparisons.gradcheck.command.Workers", lambda **_: here)
    done = run("bowl", "--out", str(tmp_path))
    assert (done.exit_code, done.stderr) == (3, "triptych: autograd: RuntimeError: no luck\n")


def test_a_gradient_that_differs_is_told_by_the_exit_code(monkeypatch, tmp_path):
    right = implementations.gradients
    monkeypatch.setattr(
        implementations,
        "gradients",
        lambda name, problem: {key: array + 1 for key, array in right(name, problem).items()},
    )
    done = run("bowl", "--out", str(tmp_path))
    assert done.exit_code == 3
    assert "*: more than rounding allows" in done.stdout
