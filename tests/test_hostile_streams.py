"""Terminals that cannot show a letter, pipes that nobody reads, places that do not exist: a line and an exit code."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RUN = ("run", "bowl", "--framework", "numpy", "--optimizer", "sgd", "--dtype", "float64")
ASCII = {"PYTHONIOENCODING": "ascii"}
C_LOCALE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
CLOSED_PIPE = 141


def shell(line, folder, **environment):
    """`triptych` stands for the program in the line, which bash runs in the folder."""
    program = f"{sys.executable} -W error -m comparisons"
    return subprocess.run(
        ["bash", "-c", line.replace("triptych", program)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


@pytest.mark.parametrize(
    "line",
    ["triptych list", "triptych --help", "triptych run --help", "triptych list --json", f"triptych {' '.join(RUN)}"],
)
def test_a_pipe_that_nobody_reads(tmp_path, line):
    done = shell(f"{line} | true; echo ${{PIPESTATUS[0]}}", tmp_path)
    assert done.stdout == f"{CLOSED_PIPE}\n"
    assert done.stderr == ""
    if "bowl" in line:
        assert (tmp_path / "results/latest/manifest.json").exists()


def test_a_pipe_of_errors_that_nobody_reads(tmp_path):
    done = shell("triptych lust 2>&1 | true; echo ${PIPESTATUS[0]}", tmp_path)
    assert (done.stdout, done.stderr) == (f"{CLOSED_PIPE}\n", "")


@pytest.mark.every(2)
@pytest.mark.parametrize("environment", [ASCII, C_LOCALE], ids=["ascii", "C"])
def test_a_terminal_that_knows_ascii_only(tmp_path, environment):
    text = (ROOT / "comparisons/tasks/examples/wine.toml").read_text(encoding="utf-8")
    (tmp_path / "größe.toml").write_text(
        text.replace("178 Italian wines", "178 wines – ε²").replace("steps = 200", 'steps = 2\nname = "wine"'),
        encoding="utf-8",
    )
    done = shell("triptych run größe.toml --framework numpy --optimizer sgd", tmp_path, **environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert "178 wines \\u2013 \\u03b5\\u00b2" in done.stdout
    assert (tmp_path / "results/latest/plots/wine.png").exists()


def test_json_stays_json_on_such_a_terminal(tmp_path):
    done = shell(
        "triptych list --json | env -u PYTHONIOENCODING python3 -c 'import json, sys; json.load(sys.stdin)'",
        tmp_path,
        **ASCII,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.every(2)
@pytest.mark.parametrize("columns", ["1", "20", "100000", "-3", "x"])
def test_terminals_of_any_width(tmp_path, columns):
    done = shell(f"triptych {' '.join(RUN)}", tmp_path, COLUMNS=columns, LINES="1", NO_COLOR="1", TERM="dumb")
    assert done.returncode == 0
    assert "0.001038" in done.stdout


@pytest.mark.parametrize("redirected", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
def test_streams_that_are_closed(tmp_path, redirected):
    done = shell(f"triptych list {redirected}; echo $?", tmp_path)
    assert done.stdout.splitlines()[-1] == "0"
    assert done.stderr == ""


def test_what_moves_a_terminals_cursor_is_written_out(tmp_path):
    done = shell("triptych run $'b\\e[2Jowl' $'\\u202e'", tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("triptych: unknown task 'b\\x1b[2Jowl'; did you mean 'bowl'?")
