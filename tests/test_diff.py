"""`triptych diff`: curves in CSV files, runs, what is refused, and the command."""

import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from synthetic import a_comparison

from comparisons.cli import triptych
from comparisons.diff.command import diff
from comparisons.diff.curves.compare import diff_curves
from comparisons.diff.curves.file import read_curve
from comparisons.names import BadInput
from comparisons.plots.parting import plot_parting
from comparisons.results import files as results

STEPS = np.arange(60)
RNG = np.random.default_rng(0)
LOSSES = 2.0 * np.exp(-STEPS / 25) + 0.3 + 0.05 * RNG.standard_normal(60)


def written(path, steps=STEPS, losses=LOSSES, head="step,loss", between=","):
    rows = [f"{step}{between}{loss:.9g}" for step, loss in zip(steps, losses, strict=True)]
    path.write_text("\n".join([*([head] if head else []), *rows]) + "\n", encoding="utf-8")
    return path


# --- what files are read

FORMS = {
    "plain": "step,loss\n0,1.5\n10,1.25\n",
    "no header": "0,1.5\n10,1.25\n",
    "tabs": "step\tloss\n0\t1.5\n10\t1.25\n",
    "spaces": "0 1.5\n10   1.25\n",
    "semicolons and decimal commas": "step;loss\n0;1,5\n10;1,25\n",
    "wandb": '"Step","run-7 - train_loss","run-7 - train_loss__MIN","run-7 - train_loss__MAX"\n'
    '"0","1.5","1.5","1.5"\n"10","1.25","1.25","1.25"\n',
    "wandb, of a run's history": "_step,_runtime,lr,train_loss\n0,1,0.1,1.5\n5,1,0.1,\n10,2,0.1,1.25\n",
    "TensorBoard": "Wall time,Step,Value\n1717000000.1,0,1.5\n1717000001.2,10,1.25\n",
    "Lightning": "epoch,step,train_loss,val_loss\n0,0,1.5,\n0,10,1.25,\n0,10,,1.3\n",
    "unordered": "step,loss\n10,1.25\n0,1.5\n",
    "a byte order mark, and blank lines": "\ufeffstep,loss\r\n0,1.5\r\n\r\n10,1.25\r\n",
}


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS)
def test_a_curve_is_read_as_loggers_write_it(text, tmp_path):
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    found = read_curve(tmp_path / "a.csv")
    assert (found.steps.tolist(), found.losses.tolist()) == ([0, 10], [1.5, 1.25])


def test_losses_alone_are_counted_from_step_0(tmp_path):
    (tmp_path / "a.csv").write_text("1.5\n1.25\n")
    assert read_curve(tmp_path / "a.csv").steps.tolist() == [0, 1]


def test_a_column_is_named(tmp_path):
    (tmp_path / "a.csv").write_text("step,cost,loss\n0,3,1\n1,2,0\n")
    assert read_curve(tmp_path / "a.csv", "cost").losses.tolist() == [3, 2]


REFUSED = {
    "empty": ("", "is empty; give a row 'step,loss' for each step"),
    "a header alone": ("step,loss\n", "has a header but no rows"),
    "a loss that is not finite": ("step,loss\n0,1\n1,nan\n", "line 3: the loss is nan"),
    "a loss that is no number": ("step,loss\n0,1\n1,low\n", "line 3: 'low' in 'loss' is no number"),
    "a step twice": ("step,loss\n0,1\n1,2\n1,3\n", "step 1 stands there more than once"),
    "a step that is none": ("step,loss\n0.5,1\n", "line 2: the step '0.5' in 'step' is no whole number"),
    "no loss": ("step,lr,norm\n0,1,2\n", "2 columns may be the loss; name one with --column"),
    "a short row": ("step,lr,loss\n0,1,2\n1,2\n", "line 3 has 2 cells where 3 are expected"),
    "a column without numbers": ("step,loss\n0,\n1,\n", "column 'loss' is empty"),
}


@pytest.mark.parametrize(("text", "said"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_curve_is_refused_in_a_line(text, said, tmp_path):
    (tmp_path / "a.csv").write_text(text)
    written(tmp_path / "b.csv")
    ended = CliRunner().invoke(triptych, ["diff", str(tmp_path / "a.csv"), str(tmp_path / "b.csv")])
    assert ended.exit_code == 2
    assert ended.stderr.startswith(f"triptych: {tmp_path / 'a.csv'}: {said}")
    assert ended.stderr.count("\n") == 1


# --- what two curves come to


def verdict(tmp_path, losses, steps=STEPS):
    return diff_curves(written(tmp_path / "a.csv"), written(tmp_path / "b.csv", steps, losses))


def test_equal_curves_are_identical_and_near_ones_rounding(tmp_path):
    assert verdict(tmp_path, LOSSES).verdict == "identical"
    found = verdict(tmp_path, LOSSES * (1 + 1e-7 * RNG.standard_normal(60)))
    assert (found.verdict, found.first_break) == ("rounding", None)


def test_digits_that_are_not_written_are_no_gap(tmp_path):
    rows = "\n".join(f"{step},{loss:.3f}" for step, loss in zip(STEPS, LOSSES, strict=True))
    (tmp_path / "b.csv").write_text(f"step,loss\n{rows}\n")
    assert diff_curves(written(tmp_path / "a.csv"), tmp_path / "b.csv").verdict == "rounding"


def running(losses, period):
    at = np.arange(len(losses))
    start = at - at % period
    return np.array([losses[first : i + 1].mean() for i, first in zip(at, start, strict=True)])


def smoothed(losses, keep):
    found = [losses[0]]
    for loss in losses[1:]:
        found.append(keep * found[-1] + (1 - keep) * loss)
    return np.array(found)


LATER = np.concatenate([LOSSES[3:], 2.0 * np.exp(-np.arange(60, 63) / 25)])
SHAPES = {  # the losses of B, the shape, its number, and how near to it
    "a factor": (32 * LOSSES, "constant factor", 32, 1e-6),
    "an offset": (LOSSES + 0.25, "constant offset", 0.25, 1e-6),
    "steps": (LATER, "steps offset", 3, 0),
    "a mean of the epoch": (running(LOSSES, 20), "smoothing", 20, 0),
    "a mean of all": (running(LOSSES, 60), "smoothing", 60, 0),
    "an exponential mean": (smoothed(LOSSES, 0.9), "smoothing", 0.9, 1e-6),
    "a window": (pd.Series(LOSSES).rolling(5, min_periods=1).mean(), "smoothing", 5, 0),
}  # fmt: skip


@pytest.mark.parametrize(("losses", "shape", "number", "near"), SHAPES.values(), ids=SHAPES)
def test_a_shape_says_what_is_likely(losses, shape, number, near, tmp_path):
    found = verdict(tmp_path, losses)
    gap, likely = found.rungs[0].causes
    assert (found.verdict, found.first_break) == ("different", gap)
    assert (likely.cause, likely.certain) == (shape, False)
    assert likely.number == pytest.approx(number, rel=near)  # nine digits are written
    assert likely.says.startswith("Likely: ")


def test_a_learning_rate_runs_a_smooth_curve_faster(tmp_path):
    smooth = [2.0 * np.exp(-rate * STEPS / 25) + 0.3 for rate in (1, 2)]
    found = diff_curves(written(tmp_path / "a.csv", losses=smooth[0]), written(tmp_path / "b.csv", losses=smooth[1]))
    likely = found.rungs[0].causes[-1]
    assert likely.cause == "learning rate scaled"
    assert likely.number == pytest.approx(2, rel=0.01)  # a straight line is laid between two steps


def test_what_has_no_shape_is_not_named(tmp_path):
    found = verdict(tmp_path, np.where(STEPS < 30, LOSSES, LOSSES + RNG.standard_normal(60)))
    [gap] = found.rungs[0].causes
    assert (gap.cause, gap.step) == ("gap", 30)
    assert "step 30: B's loss is" in gap.says


def test_an_epoch_that_begins_there_is_said(tmp_path):
    rows = [f"{step // 20},{step},{loss + (step >= 20):.9g}" for step, loss in zip(STEPS, LOSSES, strict=True)]
    (tmp_path / "b.csv").write_text("\n".join(["epoch,step,loss", *rows]))
    found = diff_curves(written(tmp_path / "a.csv"), tmp_path / "b.csv")
    assert [(cause.cause, cause.number) for cause in found.rungs[0].causes][1] == ("epoch boundary", 20)


def test_rounding_that_training_amplifies_is_likely_where_a_gap_grows_without_a_jump(tmp_path):
    found = verdict(tmp_path, LOSSES + 1e-8 * 2.0 ** (STEPS / 2))
    assert ("rounding, amplified", False) in [(cause.cause, cause.certain) for cause in found.rungs[0].causes]


def test_steps_of_one_side_alone_are_said(tmp_path):
    found = diff_curves(written(tmp_path / "a.csv"), written(tmp_path / "b.csv", STEPS[:40], LOSSES[:40]))
    assert found.verdict == "identical"
    assert found.notes == ("20 of A's steps are not in B: they were not compared",)


def test_no_common_step_is_refused(tmp_path):
    with pytest.raises(BadInput, match=r"have no step in common \(0 to 59, 100 to 159\)"):
        diff_curves(written(tmp_path / "a.csv"), written(tmp_path / "b.csv", STEPS + 100))


# --- runs


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    results.write(a_comparison(), folder)
    return folder


def test_a_run_is_identical_to_itself(run):
    found = diff(run, run)
    assert (found.kind, found.verdict, found.first_break) == ("runs", "identical", None)
    assert found.details["compared"] > 0


def test_a_curve_that_changed_is_named(run, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    for file in run.glob("*.*"):
        if file.is_file():
            (other / file.name).write_bytes(file.read_bytes())
    lines = (other / "aligned.csv").read_text().splitlines()
    head, row = lines[0].split(","), lines[5].split(",")
    row[head.index("torch")] = "77.0"
    (other / "aligned.csv").write_text("\n".join([*lines[:5], ",".join(row), *lines[6:]]) + "\n")
    manifest = json.loads((other / "manifest.json").read_text())
    manifest["versions"]["torch"] = "9.9"
    (other / "manifest.json").write_text(json.dumps(manifest))
    found = diff(run, other)
    assert found.verdict == "different"
    assert found.first_break.cause == "curve changed"
    assert found.first_break.says.startswith("torch, ")
    assert found.details["versions"]["torch"]["B"] == "9.9"


# --- the command


def test_the_exit_code_is_1_where_they_differ_and_json_says_how(tmp_path):
    sides = [str(written(tmp_path / "a.csv")), str(written(tmp_path / "b.csv", losses=2 * LOSSES))]
    ended = CliRunner().invoke(triptych, ["diff", *sides, "--json"])
    said = json.loads(ended.stdout)
    assert ended.exit_code == 1
    assert (said["verdict"], said["first_break"]["rung"], said["first_break"]["step"]) == ("different", "loss", 0)
    assert {"verdict", "first_break", "rungs", "account", "rounding_bound"} <= set(said)
    assert CliRunner().invoke(triptych, ["diff", sides[0], sides[0]]).exit_code == 0


def test_losses_and_gap_are_drawn(tmp_path):
    sides = [str(written(tmp_path / "a.csv")), str(written(tmp_path / "b.csv", losses=2 * LOSSES))]
    ended = CliRunner().invoke(triptych, ["diff", *sides, "--out", str(tmp_path / "p.png")])
    assert ended.exit_code == 1
    assert (tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.csv", "b.csv", "p.png"]


def test_what_is_drawn_is_both_curves_their_gap_and_where_they_part():
    curves = ((STEPS, LOSSES), (STEPS[10:], LOSSES[10:] + 0.5))
    above, below = plot_parting("A and B", curves, 1e-5, 10).axes
    drawn = [line.get_ydata() for line in above.get_lines()]
    np.testing.assert_array_equal(drawn[0], LOSSES)
    np.testing.assert_array_equal(drawn[1], LOSSES[10:] + 0.5)
    gap, bound, parts = below.get_lines()
    np.testing.assert_allclose(gap.get_ydata(), 0.5 / (LOSSES[10:] + 0.5).max(), rtol=1e-12)
    assert (list(gap.get_xdata()), bound.get_ydata()[0], parts.get_xdata()[0]) == (list(STEPS[10:]), 1e-5, 10)


def test_runs_have_no_two_curves_to_draw(run, tmp_path):
    ended = CliRunner().invoke(triptych, ["diff", str(run), str(run), "--out", str(tmp_path / "p.png")])
    assert (ended.exit_code, ended.stderr.count("\n")) == (2, 1)
    assert "there are no losses of both sides to draw" in ended.stderr


def test_the_sentence_stands_first(tmp_path):
    sides = [str(written(tmp_path / "a.csv")), str(written(tmp_path / "b.csv", losses=2 * LOSSES))]
    said = CliRunner().invoke(triptych, ["diff", *sides]).stdout.splitlines()
    assert said[2].startswith("They part at step 0: B's loss is ")
    assert any(line.startswith("Likely: B's losses are 2 times A's") for line in said)


MIXED = {
    "nothing there": (["none.csv", "a.csv"], "none.csv: there is no such file"),
    "a folder of something else": (["folder", "a.csv"], "folder: has neither manifest.json"),
    "two kinds": (["a.csv", "t.npz"], "a.csv is a CSV file of losses and "),
    "a column of a trace": (["t.npz", "t.npz", "--column", "loss"], "--column goes with CSV files"),
    "a picture in a folder's place": (
        ["a.csv", "b.csv", "--out", "folder"],
        "folder: cannot be written: what is there is no file; give another --out",
    ),
    "a picture in no folder": (
        ["a.csv", "b.csv", "--out", "none/p.png"],
        "none/p.png: cannot be written: No such file or directory; give another --out",
    ),
    "a picture under a file": (
        ["a.csv", "b.csv", "--out", "a.csv/p.png"],
        "a.csv/p.png: cannot be written: Not a directory; give another --out",
    ),
    "a column that is not there": (
        ["a.csv", "a.csv", "--column", "lo\nss"],
        "a.csv: unknown column 'lo\\nss'; did you mean 'loss'? (known: step, loss)",
    ),
    "names of curves": (["a.csv", "a.csv", "--names", "a.csv"], "--names goes with traces"),
}


@pytest.mark.parametrize(("given", "said"), MIXED.values(), ids=MIXED)
def test_what_cannot_be_compared_is_refused_in_a_line(given, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    written(tmp_path / "a.csv")
    written(tmp_path / "b.csv", losses=2 * LOSSES)
    (tmp_path / "folder").mkdir()
    np.savez(tmp_path / "t.npz", **{"params/w": np.zeros((3, 2), np.float32)})
    ended = CliRunner().invoke(triptych, ["diff", *given])
    assert (ended.exit_code, ended.stderr.count("\n")) == (2, 1)
    assert ended.stderr.startswith(f"triptych: {said}")
