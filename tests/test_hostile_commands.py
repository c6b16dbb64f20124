"""Arguments and files that are meant ill: at every command a line on standard error, an exit code, and no waiting."""

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from comparisons.cli import main
from comparisons.inputs.text import visible

LONG = "x" * 5000
NUMPY = ("--framework", "numpy", "--optimizer", "sgd")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A folder of what is no file, or no good one."""
    monkeypatch.chdir(tmp_path)
    for name in ("_plain_streams", "_write_no_more"):  # pytest's streams are no files
        monkeypatch.setattr(f"comparisons.cli.{name}", lambda: None)
    for kind in ("", ".csv", ".npz", ".py", ".toml", ".json"):
        os.mkfifo(f"fifo{kind}")
        Path(f"zero{kind}").symlink_to("/dev/zero")
        Path(f"loop{kind}").symlink_to(f"loop{kind}")
        Path(f"folder{kind}").mkdir()
    written("bytes.py", bytes(range(256)))
    written("ok.csv", b"step,loss\n1,3\n2,2\n")
    written("infinite.csv", b"step,loss\n1e400,3\n2,2\n")
    np.savez("ok.npz", **{"params/w": np.array([1.0, 0.9, 0.8]), "grads/w": np.ones(2)})
    np.savez("nothing.npz", **{"params/w": np.zeros((4, 0)), "grads/w": np.zeros((3, 0))})
    for name in ("csv", "npz"):
        data = f'{{ {name} = "fifo.{name}", target = ["loss"] }}' if name == "csv" else '{ npz = "zero.npz" }'
        written(
            f"of-{name}.toml",
            f'steps = 2\nloss = "mean-squared-error"\ndata = {data}\nrecipes = [{{ optimizer = "sgd" }}]\n'.encode(),
        )


def written(name, content):
    Path(name).write_bytes(content)


A_FILE = "it is a pipe or a device, not a file"
CASES = [
    # arguments, exit code, what the line has in it
    (("run", "fifo.toml"), 2, A_FILE),
    (("run", "zero.toml"), 2, A_FILE),
    (("run", "loop.toml"), 2, "symbolic links"),
    (("run", "folder.toml"), 2, "Is a directory"),
    (("run", f"{LONG}.toml"), 2, "File name too long"),
    (("run", "a\x00b.toml"), 2, "a path has no NUL in it"),
    (("run", "\x1b[2J\u202e"), 2, "unknown task '\\x1b[2J\\u202e'"),
    (("run", LONG), 2, f"unknown task '{'x' * 80}...'"),
    (("run", "bowl", "--seeds", "1000000000", *NUMPY), 2, "GiB of memory at least"),
    (("run", "bowl", "--seeds", "1e9", *NUMPY), 2, "'1e9' is not a valid integer"),
    (("run", "bowl", "--steps", "9" * 4000, *NUMPY), 2, "more than a billion GiB"),
    (("run", "of-csv.toml", *NUMPY, "--quiet"), 2, A_FILE),
    (("run", "of-npz.toml", *NUMPY, "--quiet"), 2, A_FILE),
    (("run", "bowl", "--framework", f"torch@{LONG}"), 2, "a device is a word of at most 40 letters"),
    (("run", "bowl", "--framework", "torch@\x1b[2J"), 2, "a device is a word of at most 40 letters"),
    (("port", "--file", "fifo.py", "--to", "keras"), 2, "is no file with an end"),
    (("port", "--file", "zero.py", "--to", "keras"), 2, "is no file with an end"),
    (("port", "--file", "loop.py", "--to", "keras"), 2, "there is no such file"),
    (("port", "--file", "bytes.py", "--to", "keras"), 2, "is not Python"),
    (("explain", "zero.toml", "adam"), 2, A_FILE),
    (("explain", "bowl", LONG), 2, "unknown optimizer"),
    (("identify", "fifo.npz"), 2, A_FILE),
    (("identify", "zero.npz"), 2, A_FILE),
    (("identify", "loop.npz"), 2, "cannot be read"),
    (("identify", "folder.npz"), 2, "is no trace"),
    (("identify", LONG), 2, "cannot be read (File name too long)"),
    (("identify", "--class", f"{LONG}.py:Adam"), 2, "there is no file xxx"),
    (("identify", "--class", "fifo.py:Adam"), 2, "there is no file fifo.py"),
    (("identify", "--class", "bytes.py"), 2, "without the name of a class; give bytes.py:CLASS"),
    (("diff", LONG, "ok.csv"), 2, "cannot be read: File name too long; give the results of a run or a CSV file"),
    (("diff", "ok.csv", "ok.csv", "--out", "folder"), 2, "folder: cannot be written: what is there is no file"),
    (("diff", "fifo.csv", "ok.csv"), 2, A_FILE),
    (("diff", "zero.csv", "ok.csv"), 2, A_FILE),
    (("diff", "loop.csv", "ok.csv"), 2, "loop.csv"),
    (("diff", "folder.csv", "ok.csv"), 2, "has neither"),
    (("diff", "infinite.csv", "ok.csv"), 2, "infinite.csv"),
    (("diff", "ok.npz", "ok.npz", "--names", "fifo.json"), 2, A_FILE),
    (("diff", "ok.npz", "ok.npz", "--names", "zero.json"), 2, A_FILE),
    (("schedule", "StepLR(optimizer, 3)", "--lr", "0.1", "--steps", "9", "--out", f"{LONG}.png"), 2, "File name too"),
    (("lesson", "\x1b[2J"), 2, "\\x1b[2J"),
]


@pytest.mark.parametrize(("arguments", "code", "words"), CASES, ids=range(len(CASES)))
def test_a_line_and_an_exit_code(capsys, monkeypatch, arguments, code, words):
    monkeypatch.setattr(sys, "argv", ["triptych", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    out, told = capsys.readouterr()
    assert ended.value.code == code
    assert out == ""
    assert words in told
    assert told.count("\n") == 1
    assert visible(told[:-1]) == told[:-1]


@pytest.mark.parametrize("command", ["schedule", "diff"])
def test_a_picture_takes_the_place_of_a_file_alone(capsys, monkeypatch, command):
    said = {"schedule": ["StepLR(optimizer, 3)", "--lr", "0.1", "--steps", "9"], "diff": ["ok.csv", "ok.csv"]}
    monkeypatch.setattr(sys, "argv", ["triptych", command, *said[command], "--out", "fifo"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code in (2, 5)
    assert "what is there is no file" in capsys.readouterr().err
    assert Path("fifo").is_fifo()
    assert not list(Path().glob(".fifo*"))
