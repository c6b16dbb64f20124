"""Explanations of real gaps: what they add up to, what is said of them, what is drawn and written."""

import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from io import StringIO

import matplotlib
import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from comparisons import cli
from comparisons.analysis import gap_report as reports
from comparisons.explaining import ask as asking
from comparisons.explaining.ask import ask
from comparisons.explaining.picture import picture
from comparisons.explaining.show import as_json, checklist, plain, table
from comparisons.explaining.words import sentence
from comparisons.frameworks import installed
from comparisons.names import DTYPES, BadInput
from comparisons.plots.style import STYLE
from comparisons.plots.waterfall import plot_waterfall
from comparisons.rules import ClipValue
from comparisons.training import implementations

BOTH_SGD = ("torch.optim.SGD(lr=0.1, momentum=0.9)", "torch.optim.SGD(lr=0.2, momentum=0.9, nesterov=True)")
SCHEDULED = (
    "optimizer = torch.optim.SGD(params, lr=0.1)\nscheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=5)",
    "keras.optimizers.SGD(learning_rate=0.1, clipvalue=0.5)",
)
QUESTIONS = {
    # first, second, what else is asked; the factors, and where the curves part
    "adagrad": (("regression-20", "adagrad"), {}, 1,
                ["learning_rate", "epsilon", "epsilon_position", "initial_accumulator"]),
    "rmsprop": (("bowl", "rmsprop"), {"between": ("numpy", "tf"), "level": "same-numbers"}, 1, ["epsilon_position"]),
    "adam, in batches": (("linear-target", "adam"), {"level": "same-numbers"}, 1, ["epsilon_position"]),
    "nadam": (("valley", "nadam"), {}, 1, ["epsilon", "momentum_decay"]),
    "adafactor, not elementwise": (("two-layer-net", "adafactor"), {"between": ("numpy", "tf")}, None, []),
    "two calls": (BOTH_SGD, {}, 1, ["learning_rate", "nesterov"]),
    "a schedule and clipping": (SCHEDULED, {"task": "bowl"}, 1, ["learning_rate", "clip"]),
    "the same rule": (("bowl", "sgd"), {}, None, []),
}  # fmt: skip
EXECUTOR = ThreadPoolExecutor(1)


@cache
def asked(question):
    (first, second), more, *_ = QUESTIONS[question]
    return ask(first, second, **more, executor=EXECUTOR)[0]


def each(report):
    return [(one.parts.dtype, one) for one in report.explanations]


@pytest.mark.every(4)
@pytest.mark.parametrize("question", QUESTIONS)
def test_contributions_and_rounding_add_up_to_what_the_frameworks_measured(question):
    for dtype, one in each(asked(question)):
        logs = np.log10(one.losses.astype(np.float64))  # none of these curves comes near zero, or diverges
        for i, gap in enumerate([(logs[1] - logs[0])[-1], (logs[1] - logs[0]).mean()]):
            made = sum(parts[i] for parts in one.parts.contributions)
            # sums of a few numbers of decades below a hundred
            assert made + one.parts.rounding[i] == pytest.approx(gap, abs=1e-13), dtype


@pytest.mark.parametrize("question", QUESTIONS)
def test_what_is_left_over_is_rounding(question):
    for dtype, one in each(asked(question)):
        assert one.left == "rounding", dtype
        for left, allowed in zip(one.parts.rounding, one.allowed, strict=True):
            assert abs(left) <= allowed, dtype


@pytest.mark.parametrize("question", QUESTIONS)
def test_factors_and_where_the_curves_part(question):
    *_, step, names = QUESTIONS[question]
    report = asked(question)
    assert [one.parts.dtype for one in report.explanations] == list(DTYPES)
    parts = report.explanations[-1].parts
    assert [factor.name for factor in parts.factors] == names
    assert parts.parts_at == step


@pytest.mark.parametrize("question", QUESTIONS)
def test_with_the_shipped_implementations_all_is_well_before_the_optimizer(question):
    assert [check.name for check in asked(question).checks if not check.ok] == []


SENTENCES = {
    "adagrad": r"^adagrad on regression-20, as-written: Keras ends 0\.215 decades above torch \(1\.6 times its loss\); "
               r"92 % of that is learning_rate \(0\.001 instead of 0\.01\), 8 % is initial_accumulator "
               r"\(0\.1 instead of 0\); rounding makes \S+, and could make up to \de-1\d\.$",
    "rmsprop": r"^rmsprop on bowl, same-numbers: Keras ends .* NumPy.*; 100 % of that is epsilon_position "
               r"\(inside-root instead of outside-root\); rounding makes",
    "two calls": r"^SGD on regression-20: the second ends 3 decades below the first; 71 % of that is nesterov "
                 r"\(True instead of False\), 29 % is learning_rate",
    "a schedule and clipping": r"^SGD on bowl: .* clip \(ClipValue\(limit=0\.5\) instead of none\)",
    "the same rule": r"^sgd on bowl, as-written: the two rules are the same, and Keras ends with torch; rounding makes",
}  # fmt: skip


@pytest.mark.parametrize(("question", "pattern"), SENTENCES.items(), ids=SENTENCES)
def test_the_sentence(question, pattern):
    assert re.search(pattern, sentence(asked(question)))


def altered(question="adagrad", losses=None, diverging="", **parts):
    """The report, with other findings in its last dtype."""
    report = asked(question)
    *others, last = report.explanations
    alone = tuple(factor for factor in last.parts.factors if factor.name == diverging)
    last = replace(
        last, parts=replace(last.parts, **parts, diverging=alone), losses=last.losses if losses is None else losses
    )
    return replace(report, explanations=(*others, last))


M = reports.Measure
FOUR = [M(0.1, 0.1), M(0.0, 0.0), M(0.0, 0.0), M(0.05, 0.05)]
OTHER_WORDS = {
    "a factor that makes up for another": (
        {"contributions": (M(-0.1, 0), *FOUR[1:3], M(0.3, 0)), "measured": M(0.2, 0.0)},
        r"0\.2 decades above torch .*; initial_accumulator \(.*\) makes \+0\.3, learning_rate \(.*\) makes -0\.1;",
    ),
    "more than rounding is left": (
        {"contributions": tuple(FOUR), "measured": M(0.25, 0.15)},
        r"; 1e-01 are unexplained: the rules do not make them, and rounding could make \de-1\d\.$",
    ),
    "nearly all is left": (
        {"contributions": (M(1e-5, 1e-5),) * 4, "measured": M(0.25, 0.15)},
        "above torch .*; next to nothing of that is made by the update rules; 2e-01 are unexplained: the rules",
    ),
    "a mixture diverges": (
        {"contributions": (M(-155, 0), M(155.5, 0), *FOUR[1:3]), "measured": M(0.5, 0.0), "diverging": "learning_rate"},
        r"makes -155 \(with learning_rate \(0.001 instead of 0.01\) alone the loss diverges: what is not finite counts",
    ),
    "they end together": (
        {"contributions": tuple(FOUR), "measured": M(0.0, -0.15)},
        "Keras ends with torch, but lies 0.15 decades below it on the way; ",
    ),
    "nothing is felt": (
        {"contributions": (M(0.0, 0.0),) * 4, "measured": M(0.0, 0.0)},
        "the rules differ in learning_rate, epsilon, .*, which has no effect here, and Keras ends with torch; rounding"
        ".* 20 steps of regression-20 hardly exercise the difference; try linear-target, which has 1000\\.$",
    ),
    "no factor, and a gap": (
        {"factors": (), "contributions": (), "measured": M(0.25, 0.1)},
        "the two rules are the same, yet Keras ends 0.25 decades above torch .*; \\S+ are unexplained: the rules",
    ),
    "one diverges": (
        {"losses": np.array([[1.0, 1.0, 1.0], [1.0, np.inf, np.nan]])},
        r"as-written: Keras diverges at step 1 \(what is not finite counts as 1\.8e\+308\); Keras ends",
    ),
    "both diverge": (
        {"losses": np.array([[1.0, 1.0, np.inf], [1.0, np.inf, np.nan]])},
        r"as-written: torch diverges at step 2 and Keras diverges at step 1 \(",
    ),
}


@pytest.mark.parametrize(("findings", "pattern"), OTHER_WORDS.values(), ids=OTHER_WORDS)
def test_other_findings_are_put_into_words(findings, pattern):
    assert re.search(pattern, sentence(altered(**findings)))


def test_a_mistake_before_the_optimizer_is_said_first():
    report = asked("adagrad")
    checks = [replace(check, ok=check.name == "dtype", found="they are odd") for check in report.checks]
    said = sentence(replace(report, checks=tuple(checks)))
    assert said.startswith("Look there first: shapes: they are odd. adagrad on regression-20")


def shown(*things, width=80):
    console = Console(file=StringIO(), width=width)
    for thing in things:
        console.print(thing)
    return console.file.getvalue()


def test_the_table():
    report = asked("two calls")
    lines = shown(table(report, report.explanations[-1])).split("\n")
    cells = [re.split(r"\s{2,}", line.strip()) for line in lines]
    assert ["the first", "the second", "final loss", "whole curve", "final"] in cells
    assert ["learning_rate", "0.1", "0.2", "-0.8623", "-0.3523", "28.8 %"] in cells
    assert ["nesterov", "False", "True", "-2.1340", "-0.9652", "71.2 %"] in cells
    assert ["measured", "0.255173", "0.0002573", "-2.9964", "-1.3175", "100.0 %"] in cells
    assert [len(row) for row in cells if row[0] == "rounding could be"] == [3]


@pytest.mark.parametrize("question", QUESTIONS)
def test_tables_fit_80_columns(question):
    report = asked(question)
    text = shown(checklist(report), *(table(report, one) for one in report.explanations))
    assert max(map(len, text.split("\n"))) <= 80
    assert "…" not in text


@pytest.mark.parametrize("question", QUESTIONS)
def test_json_adds_up(question):
    found = json.loads(as_json(asked(question), []), parse_constant=pytest.fail)
    assert next(iter(found.items())) == ("schema", 1)
    assert found["sentence"] == sentence(asked(question))
    for one, told in zip(found["explanations"], asked(question).explanations, strict=True):
        assert one["last_losses"] == [loss if np.isfinite(loss) else None for loss in told.losses[:, -1].tolist()]
        assert [factor["source"] for factor in one["factors"]] == [
            plain(factor.source) for factor in told.parts.factors
        ]
        for measure in ("final", "curve"):
            made = sum(factor[measure] for factor in one["factors"])
            assert made + one["left_over"][measure] == pytest.approx(one["measured"][measure], abs=1e-13)


@pytest.mark.parametrize(
    ("fields", "printed"),
    [
        ((0.1,), 0.1), ((True,), True), (("inside-root",), "inside-root"), ((None,), None),
        ((0.9, 0.99), "0.9, 0.99"), ((ClipValue(limit=0.5),), "ClipValue(limit=0.5)"),
    ],
)  # fmt: skip
def test_json_has_numbers_as_numbers(fields, printed):
    assert plain(fields) == printed


def test_a_loss_too_small_to_speak_of_is_told_as_it_is():
    calls = ("torch.optim.SGD(lr=0.5)", "torch.optim.SGD(lr=0.1)")  # the first hits the minimum to the last bit
    report, _ = ask(*calls, task="valley", dtypes=("float64",), executor=EXECUTOR)
    assert "(a loss below 1.2e-30 counts as that much)" in sentence(report)
    assert picture(report).axes[0].texts[-2].get_text() == "0"


# --- the picture


def test_the_waterfall_leads_from_one_loss_to_the_other():
    rows = pd.DataFrame({"bar": ["torch", "rate\n1 → 2", "rounding", "Keras"],
                         "final": [-1.0, 0.5, 0.0, -0.5], "curve": [0.0, -0.25, 1e-9, -0.25 + 1e-9],
                         "last_loss": ["0.1", "", "", "diverged"]})  # fmt: skip
    figure = plot_waterfall(rows, "a title", "a caption")
    final, curve = figure.axes
    assert [bar.get_width() for bar in final.patches] == [0.5, 0.0]
    assert [bar.get_x() for bar in final.patches] == [0.0, 0.5]
    assert [text.get_text() for text in final.texts] == ["+0.5", "0", "0.1", "diverged"]
    assert [text.get_text() for text in curve.texts] == ["-0.25", "+1e-09", "1", "0.5623"]
    assert [label.get_text() for label in final.get_yticklabels()] == rows["bar"].tolist()
    up, down = final.patches[0], curve.patches[0]
    assert up.get_hatch() != down.get_hatch()  # told apart in print


@pytest.mark.parametrize("question", [name for name, (*_, factors) in QUESTIONS.items() if factors])
def test_pictures_hold_all_their_words(question):
    figure = picture(asked(question))
    with matplotlib.rc_context(STYLE):
        figure.draw_without_rendering()
        width, height = figure.bbox.width, figure.bbox.height
        words = [*figure.texts, *(text for axes in figure.axes for text in (*axes.texts, *axes.get_yticklabels()))]
        boxes = [text.get_window_extent() for text in words if text.get_text()]
    assert all(box.x0 >= 0 and box.x1 <= width and box.y0 >= 0 and box.y1 <= height for box in boxes)


# --- frameworks that are missing or fail


def test_the_reference_stands_in_for_a_framework_that_is_not_installed(monkeypatch):
    found = installed.find_spec
    monkeypatch.setattr(installed, "find_spec", lambda name: None if name == "keras" else found(name))
    report, _ = ask("bowl", "adagrad", dtypes=("float64",), executor=EXECUTOR)
    assert [side.framework for side in report.question.sides] == ["torch", "numpy"]
    assert sentence(report).endswith(
        "Here the NumPy reference stands in for Keras: keras not installed; "
        'pip install "tensorflow>=2.21,<2.22" "keras>=3.15,<3.16".'
    )


# --- the command


def triptych(*arguments):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "COLUMNS": "100"}
    command = [sys.executable, "-m", "comparisons", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=environment)


def test_the_command_explains_and_draws(tmp_path):
    done = triptych("explain", "bowl", "adagrad", "--between", "torch", "numpy", "--out", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("adagrad on bowl, as-written: NumPy ends")
    name = "bowl-adagrad-as-written-torch-numpy"
    assert f"\nThe picture is in {tmp_path / name}.png and .svg\n" in done.stdout
    assert {path.name for path in tmp_path.iterdir()} == {"logs", f"{name}.png", f"{name}.svg"}
    assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")


def test_any_label_makes_a_name_of_a_file(called, tmp_path):
    (tmp_path / "twice.toml").write_text(TWICE)
    assert called("twice.toml", "adagrad", "--between", "numpy", "torch", "--dtype", "float32", "--out", "here") == (
        0,
        [],
    )
    assert (tmp_path / "here/twice-Adagrad-as-it-is-as-written-numpy-torch.svg").exists()


def test_the_command_prints_one_json_object(tmp_path):
    asked = ("explain", *BOTH_SGD, "--task", "bowl", "--dtype", "float32", "--json", "--out", tmp_path)
    done = triptych(*asked)
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert ([one["dtype"] for one in found["explanations"]], found["task"]) == (["float32"], "bowl")
    assert [file.rpartition(".")[2] for file in found["files"]] == ["png", "svg"]


CALL = "torch.optim.SGD(lr=0.1)"
REFUSED = {
    "an unknown optimizer": (("bowl", "adamm"), "task 'bowl': unknown optimizer 'adamm'; did you mean 'adam'?"),
    "an unknown task": (("bowll", "adam"), "unknown task 'bowll'; did you mean 'bowl'?"),
    "a name that several recipes have": (("twice.toml", "sgd"), "task 'twice' has several recipes of sgd: slow, fast;"),
    "two families": ((CALL, "keras.optimizers.Adam()"), "SGD and Adam are different optimizers, not one with"),
    "no gap to explain": (("bowl", "adam", "--level", "same-rule"), "--level same-rule: both follow one rule there"),
    "a mistyped level": (("bowl", "adam", "--level", "same-number"), "did you mean 'same-numbers'?"),
    "a mistyped framework": (("bowl", "adam", "--between", "torch", "kera"), "unknown framework 'kera'; did you mean"),
    "one framework": (("bowl", "adam", "--between", "keras", "tf"), "--between is tf twice; give two frameworks"),
    "a framework without it": (("linear-target", "ftrl"), "ftrl: torch has no such optimizer; give --between two that"),
    "a call and a task": (("bowl", CALL), f"'{CALL}' is a call and 'bowl' is none; give two calls, or a task and an"),
    "a call that is none": ((CALL, "torch.optim.SGDD(lr=0.1)"), "SGDD"),
    "two tasks": (("bowl", "adam", "--task", "valley"), "task is given twice, valley and bowl; --task goes with two"),
    "a level of calls": ((CALL, CALL, "--level", "as-written"), "--level goes with a task and an optimizer; two calls"),
    "frameworks of calls": ((CALL, CALL, "--between", "torch", "tf"), "--between goes with a task and an optimizer"),
}  # fmt: skip
TWICE = """
steps = 2
loss = "mean-squared-error"
data = { coefficients = [3, 2], samples = 10 }
recipes = [
    { optimizer = "sgd", label = "slow", learning_rate = 0.1 },
    { optimizer = "sgd", label = "fast", learning_rate = 0.2 },
    { optimizer = "adagrad", label = "Adagrad, as/it is" },
]
"""


@pytest.fixture
def called(monkeypatch, capsys, tmp_path):
    """Run the command in this process, in an empty directory: exit code and lines on standard error."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["triptych", "explain", *arguments])
        with pytest.raises(SystemExit) as ended:
            sys.exit(cli.main())
        return ended.value.code or 0, capsys.readouterr().err.splitlines()

    return call


def test_a_framework_that_is_stood_in_for_was_left_out(called, monkeypatch):
    found = installed.find_spec
    monkeypatch.setattr(installed, "find_spec", lambda name: None if name == "keras" else found(name))
    assert called("bowl", "adagrad", "--between", "numpy", "tf", "--dtype", "float64") == (6, [])


@pytest.mark.parametrize(("arguments", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_explained_is_refused_in_a_line(called, tmp_path, arguments, words):
    (tmp_path / "twice.toml").write_text(TWICE)
    code, lines = called(*arguments)
    assert (code, len(lines)) == (2, 1)
    assert words in lines[0]
    assert {path.name for path in tmp_path.iterdir()} == {"twice.toml"}  # no directory was made


MISTYPED = {
    "a dtype": ({"dtypes": ["float16"]}, "unknown dtype 'float16'; did you mean 'float64'?"),
    "a level": ({"level": "as_written"}, "unknown level 'as_written'; did you mean 'as-written'?"),
    "a framework": ({"between": ("torch", "keras")}, "unknown framework 'keras'"),
}


@pytest.mark.parametrize(("mistyped", "words"), MISTYPED.values(), ids=MISTYPED)
def test_what_is_mistyped_in_python_is_refused(mistyped, words):
    with pytest.raises(BadInput, match=re.escape(words)):
        ask("bowl", "adam", **mistyped, executor=EXECUTOR)


def test_no_dtype_means_both():
    report, files = ask("bowl", "sgd", between=("numpy", "torch"), dtypes=(), executor=EXECUTOR)
    assert [one.parts.dtype for one in report.explanations] == list(DTYPES)
    assert files == []


def test_what_fails_is_told_with_its_framework(called, monkeypatch):
    def fail(framework, _problem):
        raise ArithmeticError(f"no luck with {framework}")

    monkeypatch.setattr(implementations, "at_start", fail)
    with pytest.raises(reports.NotTrained) as told:
        ask("bowl", "adam", executor=EXECUTOR)
    lines = [f"{name}: ArithmeticError: no luck with {name}" for name in ("torch", "tf")]
    assert str(told.value).split("\n") == lines
    monkeypatch.setattr(asking, "ask", raises(told.value))
    assert called("bowl", "adam") == (3, [f"triptych: {line}" for line in lines])


def raises(error):
    def ask(*_, **__):
        raise error

    return ask


def test_a_place_that_cannot_be_written_to_is_told(called, tmp_path):
    (tmp_path / "file").touch()
    code, lines = called("bowl", "adam", "--out", "file/there")
    assert (code, len(lines)) == (5, 1)
    assert lines[0].endswith("choose another directory with --out")
