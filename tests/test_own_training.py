"""docs/own-training.md, diff.md and identify.md: their scripts are run, and come to what the pages say."""

import ast
import csv
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from comparisons.diff.ladder import compare
from comparisons.diff.show import sentence
from comparisons.frameworks.installed import ENVIRONMENT
from comparisons.identify.identify import identify
from comparisons.traces.reading import read_trace
from torch_impl import Recorder

ROOT = Path(__file__).parents[1]
PAGE, OF_DIFF, OF_IDENTIFY = (
    (ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("own-training.md", "diff.md", "identify.md")
)


def blocks(kind, page=PAGE):
    return re.findall(rf"```{kind}\n(.*?)```", page, re.DOTALL)


def run(folder, *arguments):
    ended = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, **ENVIRONMENT, "PYTHONPATH": str(ROOT), "COLUMNS": "120"},
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.returncode, ended.stdout


def written(folder, *scripts):
    """Run the scripts, the one after the other."""
    for number, script in enumerate(scripts):
        (folder / f"{number}.py").write_text(script, encoding="utf-8")
        assert run(folder, f"{number}.py")[0] == 0


@pytest.mark.full  # it starts both frameworks, and looks for both rules
def test_the_case_of_the_page_comes_to_what_it_says(tmp_path):
    *scripts, _ = blocks("python")
    written(tmp_path, *scripts)
    [shown] = blocks("text")
    command, *wanted = shown.rstrip().splitlines()
    code, said = run(tmp_path, "-m", "comparisons", *command.split()[2:])
    assert code == 1
    assert [line.rstrip() for line in said.rstrip().splitlines()] == wanted
    for number in ("195.6 %", "96.5 %", "0.02 times"):
        assert number in shown
        assert number in PAGE.replace(shown, "")


def put(script, *changes):
    """A script with each old text put by the new one."""
    for old, new in changes:
        assert old in script
        script = script.replace(old, new)
    return script


@pytest.mark.full  # it starts both frameworks, and looks for both rules
def test_the_mended_case_is_as_the_page_says(tmp_path):
    torch_script, keras_script, loss = blocks("python")
    in_loss = put(
        torch_script,
        (", weight_decay=0.01", ""),
        ("    loss.backward()", f"    {loss}    loss.backward()"),
        ("torch-trace", "in-loss"),
        ("np.savez", "pass  # "),
    )
    mended = put(
        keras_script, ("L2(0.01)", "L2(0.005)"), ("kernel_regularizer", "bias_regularizer=decay, kernel_regularizer")
    )
    written(tmp_path, torch_script, in_loss, mended)
    code, said = run(tmp_path, "-m", "comparisons", "diff", "torch-trace", "keras-trace")
    assert (code, said.splitlines()[2].startswith("They part at step 0")) == (1, True)
    assert "the parameters are the same but for rounding before each of the 32 updates" in " ".join(said.split())
    ours, theirs = (list(read_trace(tmp_path / name).tensors.values()) for name in ("torch-trace", "keras-trace"))
    for a, b in zip(ours, theirs, strict=True):
        first, second = a.after[:32], b.after[:32]
        np.testing.assert_allclose(second.swapaxes(1, -1) if first.ndim == 3 else second, first, rtol=0, atol=1e-6)
    code, said = run(tmp_path, "-m", "comparisons", "diff", "in-loss", "keras-trace")
    assert (code, said.splitlines()[2]) == (0, "They differ by rounding only.")


@pytest.mark.full  # a rate of its own is found for each step
def test_the_slip_of_the_page_is_named(tmp_path):
    [typed], [wanted] = blocks("python", OF_IDENTIFY), blocks("text", OF_IDENTIFY)
    (tmp_path / "my_file.py").write_text(typed, encoding="utf-8")
    assert run(tmp_path, "-m", "comparisons", "identify", "--class", "my_file.py:Adam") == (0, wanted)


def test_the_readme_says_the_same_sentence():
    quoted = re.findall(r"^> (.*)$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    [shown] = blocks("text")
    assert " ".join(quoted) in " ".join(shown.split())
    assert len(quoted) == 3


# --- weights read back in half precision


def rounded_once(folder, at=None, count=201, momentum=0.9, **numbers):
    """The trace of a small net whose weights go through float16 once, after an update."""
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.ReLU(), torch.nn.Linear(16, 3))
    x, y = torch.randn(count, 32, 8), torch.randint(0, 3, (count, 32))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=momentum)
    recorder = Recorder(folder, optimizer, model, **numbers)
    for step in range(count):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(x[step]), y[step])
        loss.backward()
        recorder.batch(x[step], y[step])
        recorder.loss(loss)
        optimizer.step()
        if step == at:
            model.load_state_dict({name: value.half() for name, value in model.state_dict().items()})
    recorder.close()
    return read_trace(folder)


ROUNDED = {
    "after step 5": (5, {}, 0),
    "after step 40": (40, {}, 1),
    "after step 40, of fewer steps": (40, {"count": 101}, "another rule, or numbers"),
    "after step 40, without momentum": (40, {"count": 101, "momentum": 0.0}, "They differ by rounding only."),
    "after step 40, recorded": (40, {"steps": 64}, 0),
}


@pytest.mark.full  # the rules of both sides are looked for
@pytest.mark.parametrize(("at", "numbers", "wanted"), ROUNDED.values(), ids=ROUNDED)
def test_weights_that_go_through_half_precision_are_told_as_the_page_says(tmp_path, at, numbers, wanted):
    shown = [" ".join(one.split()).replace("5 and 6", f"{at} and {at + 1}") for one in blocks("text", OF_DIFF)]
    usual, rounded = (rounded_once(tmp_path / str(one), one, **numbers) for one in (None, at))
    assert (wanted if isinstance(wanted, str) else shown[wanted]) in sentence(compare(usual, rounded, by_rules=True))
    noted = any("rounded to float16" in note for note in identify(rounded).notes)
    assert noted == (wanted == 0)


# --- the table of first sentences

HOLE = "\0"  # in the text of a sentence, where a name or a number is put


ROWS = [
    re.findall("`(.*?)`", row)
    for row in re.findall(
        r"^\|[^|]*\|(.*?)\|.*\|$", PAGE.partition("## What the first sentence means")[2], re.MULTILINE
    )
]  # of each row the words by which its sentences are known, with … for what is put in
STEMS = [stem for row in ROWS for stem in row]


def has(sentence, stem):
    """Whether the parts of a stem are in a sentence, in their order."""
    return re.search(".*".join(map(re.escape, stem.split("…"))), sentence) is not None


def told():
    """What the code of diff says: each of its texts but the docstrings, with a hole for each value."""
    for path in sorted((ROOT / "comparisons" / "diff").rglob("*.py")):
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        docstrings = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
        for node in nodes:
            if isinstance(node, ast.JoinedStr):
                yield "".join(str(one.value) if isinstance(one, ast.Constant) else HOLE for one in node.values)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
                yield node.value


with (ROOT / "results" / "reference" / "planted.csv").open(encoding="utf-8", newline="") as file:
    SENTENCES = {row["planted"]: row["sentence"] for row in csv.DictReader(file)}


@pytest.mark.parametrize("stem", STEMS)
def test_a_sentence_of_the_table_is_one_that_diff_says(stem):
    [shown] = blocks("text")
    assert any(has(sentence, stem) for sentence in (*SENTENCES.values(), " ".join(shown.split()), *told()))


@pytest.mark.parametrize("name", SENTENCES)
def test_a_planted_cause_has_one_row_of_the_table(name):
    assert [any(has(SENTENCES[name], stem) for stem in row) for row in ROWS].count(True) == 1
