"""docs/own-training.md and docs/identify.md: their scripts are run, and what they come to is what the pages say."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from comparisons.frameworks.installed import ENVIRONMENT

ROOT = Path(__file__).parents[1]
PAGE, OF_IDENTIFY = ((ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("own-training.md", "identify.md"))


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


@pytest.mark.full  # it starts both frameworks, and looks for both rules
def test_the_case_of_the_page_comes_to_what_it_says(tmp_path):
    for number, script in enumerate(blocks("python")):
        (tmp_path / f"{number}.py").write_text(script, encoding="utf-8")
        assert run(tmp_path, f"{number}.py")[0] == 0
    [shown] = blocks("text")
    command, *wanted = shown.rstrip().splitlines()
    code, said = run(tmp_path, "-m", "comparisons", *command.split()[2:])
    assert code == 1
    assert [line.rstrip() for line in said.rstrip().splitlines()] == wanted
    for number in ("195.6 %", "96.5 %", "0.02 times"):
        assert number in shown
        assert number in PAGE.replace(shown, "")


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
