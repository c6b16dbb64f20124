"""Task files and data that are meant ill: refused in a line for each mistake, at once, before anything is allocated."""

import io
import json
import os
import zipfile

import numpy as np
import pytest

import comparisons
from comparisons.inputs import memory
from comparisons.inputs.text import check_label, visible
from comparisons.names import BadInput
from comparisons.tasks import find
from comparisons.tasks.data import load
from comparisons.tasks.problem import make_problem
from comparisons.tasks.sources import CsvFile, NpzFile

TASK = """
steps = 3
loss = "mean-squared-error"
data = {{ coefficients = [3, 2]{data} }}
model = {{ hidden = {hidden} }}
title = {title}
recipes = [{{ optimizer = "adam", label = {label} }}]
"""
WHOLE = {"data": "", "hidden": "[]", "title": '"a title"', "label": '"adam"'}
FREE = 4 << 30  # bytes, said to be free: the machine of the tests has more or less


@pytest.fixture(autouse=True)
def four_gib(monkeypatch):
    monkeypatch.setattr(memory, "free", lambda: FREE)


def task_file(folder, text):
    path = folder / "hostile.toml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    return str(path)


def told(path):
    """What is told of the file, without its name; the task and its arrays are asked for."""
    with pytest.raises(BadInput) as error:
        make_problem(find(path), (0,), "float64")
    lines = str(error.value).split("\n")
    assert all(visible(line) == line for line in lines)
    return [line.removeprefix(f"{path}: ") for line in lines]


def toml(text):
    return json.dumps(text, ensure_ascii=False)


SEEN = "take it out: letters, signs and spaces will do, on one line"
FORMULA = "a spreadsheet takes what begins with = + - @ for a formula, so begin with a letter or a number"
LABELS = {
    "a\nb": f"has the character U+000A in it; {SEEN}",
    "a\tb": f"has the character U+0009 in it; {SEEN}",
    "a\x00b": f"has the character U+0000 in it; {SEEN}",
    "\x1b[2Ja": f"has the character U+001B in it; {SEEN}",
    "a\x7f": f"has the character U+007F in it; {SEEN}",
    "a\u0085b": f"has the character U+0085 in it; {SEEN}",
    "a\u2028b": f"has the character U+2028 (line separator) in it; {SEEN}",
    "a\u202eb": f"has the character U+202E (right-to-left override) in it; {SEEN}",
    "a\u2066b": f"has the character U+2066 (left-to-right isolate) in it; {SEEN}",
    "a\u200bb": f"has the character U+200B (zero width space) in it; {SEEN}",
    "\ufeffa": f"has the character U+FEFF (zero width no-break space) in it; {SEEN}",
    "a\ue000b": f"has the character U+E000 in it; {SEEN}",
    "a" * 101: "has 101 characters; give at most 100",
    "a" * 10**6: "has 1000000 characters; give at most 100",
    " a": "is ' a'; it must be a word, without spaces around it",
    " ": "is ' '; it must be a word, without spaces around it",
    "=1+1": f"is '=1+1'; {FORMULA}",
    "+1": f"is '+1'; {FORMULA}",
    "-1": f"is '-1'; {FORMULA}",
    "@SUM(A1)": f"is '@SUM(A1)'; {FORMULA}",
    "＝1": f"is '＝1'; {FORMULA}",
}
GOOD_LABELS = [
    "adam",
    "Adam, η = 0.1",
    'a "b"',
    "100$% off, 5$#",
    r"\frac{1}{2}",
    "x^2_3",
    "Größe",
    "学习率",
    "سرعة",
    "a-1",
    "👍",
]


@pytest.mark.parametrize(("label", "line"), LABELS.items(), ids=range(len(LABELS)))
def test_a_label_that_is_meant_ill(tmp_path, label, line):
    text = TASK.format(**WHOLE | {"label": toml(label)}).replace("\x7f", "\\u007f")
    assert told(task_file(tmp_path, text)) == [f"recipes[0].label: {line}"]
    with pytest.raises(BadInput):
        check_label("recipe", "label", label)


@pytest.mark.parametrize("label", GOOD_LABELS)
def test_a_label_that_is_only_strange(tmp_path, label):
    [recipe] = find(task_file(tmp_path, TASK.format(**WHOLE | {"label": toml(label)}))).recipes
    assert recipe.label == label


TITLES = {
    "a\nb": f"has the character U+000A in it; {SEEN}",
    "a\u202eb": f"has the character U+202E (right-to-left override) in it; {SEEN}",
    "a" * 501: "has 501 characters; give at most 500",
    "a " * 500_000: "has 1000000 characters; give at most 500",
}


@pytest.mark.parametrize(("title", "line"), TITLES.items(), ids=range(len(TITLES)))
def test_a_title_that_is_meant_ill(tmp_path, title, line):
    assert told(task_file(tmp_path, TASK.format(**WHOLE | {"title": toml(title)}))) == [f"title: {line}"]


FITS = "it must be a number that float32 can hold, below 3.4e38"
HUGE = {
    "the samples": (
        {"data": ", samples = 100000000000"},
        "linear target: 100000000000 samples take 2,235.2 GiB of memory at least, and 4.0 GiB are free; lower samples",
    ),
    "more samples than there are atoms": (
        {"data": f", samples = 1{'0' * 90}"},
        f"linear target: 1{'0' * 90} samples take more than a billion GiB of memory at least, and 4.0 GiB are free; "
        "lower samples",
    ),
    "the units": (
        {"hidden": "[100000, 100000]", "data": ", samples = 10"},
        "task 'hostile': its arrays take 223.5 GiB of memory at least, and 4.0 GiB are free; lower hidden",
    ),
    "the layers": ({"hidden": f"{[1] * 101}"}, "model.hidden: has 101 layers; give at most 100"),
    "the range": ({"data": ", low = -1e308, high = 1e308"}, f"data.low: is -1e+308; {FITS}"),
    "an end of the range": ({"data": ", high = 1e39"}, f"data.high: is 1e+39; {FITS}"),
    "the noise": (
        {"data": ", noise = 3e38, samples = 1000"},
        "linear target: a target is {}; it must be a number that float32 can hold: lower coefficients, intercept "
        "or noise",
    ),
    "the weights": (
        {"hidden": "[100], weights = 3e38", "data": ", samples = 10"},
        "task 'hostile': weight1 starts at a number that float32 cannot hold; lower weights",
    ),
}


@pytest.mark.parametrize(("changed", "line"), HUGE.values(), ids=HUGE)
def test_numbers_that_are_too_large(tmp_path, changed, line):
    found = told(task_file(tmp_path, TASK.format(**WHOLE | changed)))[0]
    start, _, end = line.partition("{}")
    assert found.startswith(start)
    assert found.endswith(end)


DEEP = "has tables or lists more than 20 deep in one another; a task has five"
FILES = {
    "lists in lists": (f"x = {'[' * 5000}{']' * 5000}", [DEEP]),
    "tables in tables": ("x = " + "{a = " * 5000 + "1" + "}" * 5000, [DEEP]),
    "a key of many": (".".join("a" * 5000) + " = 1", [DEEP]),
    "headings": ("[" + ".".join("a" * 5000) + "]", [DEEP]),
    "twenty-one lists": (f"x = {'[' * 21}{']' * 21}", [DEEP]),
    "recipes": (
        TASK.format(**WHOLE).replace("recipes = [", "recipes = [" + '{optimizer = "sgd"},' * 30_000),
        ["recipes: has 30001 of them; give at most 1000, in a file or more"],
    ),
    "things that are no recipes": (
        TASK.format(**WHOLE).replace("recipes = [", "recipes = [" + "1," * 2_000),
        ["recipes: has 2001 of them; give at most 1000, in a file or more"],
    ),
    "a large file": (
        "#" * (1 << 20) + "\n",
        ["cannot be read (it has 1 MiB, and at most 1 are read); give the path of a task file"],
    ),
}


@pytest.mark.parametrize(("text", "lines"), FILES.values(), ids=FILES)
def test_files_that_are_too_much(tmp_path, text, lines):
    assert told(task_file(tmp_path, text)) == lines


def test_no_more_mistakes_are_told_than_can_be_read(tmp_path):
    text = TASK.format(**WHOLE).replace("recipes = [", "recipes = [" + '{optimizer = "sgd", lr = 1},' * 500)
    lines = told(task_file(tmp_path, text))
    assert len(lines) == 21
    assert lines[-1] == "has 481 mistakes more; mend these first"


def test_a_key_of_a_megabyte_is_shortened(tmp_path):
    [line] = told(task_file(tmp_path, "a" * 10**6 + " = 1\n" + TASK.format(**WHOLE)))
    assert line.startswith("a" * 80 + "...: unknown key 'aaaa")
    assert len(line) < 400


# Files of data


def test_an_npz_that_unpacks_to_gigabytes(tmp_path):
    path = tmp_path / "bomb.npz"
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": "<f8", "fortran_order": False, "shape": (1 << 30,)})
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("x_train.npy", "w") as member:
        member.write(head.getvalue())
        for _ in range(8):  # 8 MiB, and then the directory says that it were 8 GiB
            member.write(bytes(1 << 20))
    content = bytearray(path.read_bytes())
    place = content.index(b"PK\x01\x02") + 24
    content[place : place + 4] = (0xFFFFFFF0).to_bytes(4, "little")  # just below 4 GiB, which needs no longer form
    path.write_bytes(content)
    for name in ("y_train", "x_test", "y_test"):
        with zipfile.ZipFile(path, "a") as archive, archive.open(f"{name}.npy", "w") as member:
            np.save(member, np.zeros(1))
    with pytest.raises(BadInput) as error:
        load(NpzFile(path=str(path)))
    assert str(error.value) == (
        f"{path}: its arrays take 4.0 GiB of memory at least, and 4.0 GiB are free; give fewer or smaller ones"
    )


def npz(path, **arrays):
    there = {
        "x_train": np.zeros((3, 2)),
        "y_train": np.arange(3),
        "x_test": np.zeros((1, 2)),
        "y_test": np.zeros(1, int),
    }
    np.savez(path, **there | arrays)
    return str(path)


def test_thirty_thousand_classes(tmp_path):
    path = npz(
        tmp_path / "classes.npz", x_train=np.zeros((30_000, 1)), y_train=np.arange(30_000), x_test=np.zeros((1, 1))
    )
    with pytest.raises(BadInput) as error:
        load(NpzFile(path=path))
    assert str(error.value) == (
        f"{path}: y_train: the 30000 classes of 30001 samples take 6.7 GiB of memory at least, and 4.0 GiB are free; "
        "give fewer classes, or numbers to learn"
    )


def test_headers_that_lie(tmp_path):
    for shape in ((1 << 40,), (-2, -3), (3, -2)):
        head = io.BytesIO()
        np.lib.format.write_array_header_1_0(head, {"descr": "<f8", "fortran_order": False, "shape": shape})
        path = tmp_path / "lies.npz"
        npz(path)
        with zipfile.ZipFile(path) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in (members | {"x_train.npy": head.getvalue() + bytes(48)}).items():
                archive.writestr(name, content)
        with pytest.raises(BadInput, match=r"x_train says -?\d+ bytes and has 48; write the file anew with np.savez$"):
            load(NpzFile(path=str(path)))


KINDS = {"a CSV": CsvFile(path="", target=("a",)), "an npz": NpzFile(path="")}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("place", ["/dev/zero", "fifo", "a link to /dev/zero", "a\x00b"])
def test_what_is_no_file(tmp_path, kind, place):
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "a link to /dev/zero".replace("/", "")).symlink_to("/dev/zero")
    path = place if place.startswith("/") else str(tmp_path / place.replace("/", ""))
    data = KINDS[kind]
    with pytest.raises(BadInput) as error:
        load(type(data)(**vars(data) | {"path": path}))
    reason = "a path has no NUL in it" if "\x00" in place else "it is a pipe or a device, not a file"
    assert str(error.value) == f"{path}: cannot be read ({reason}); give the path of {kind} file"


@pytest.mark.parametrize("place", ["/dev/zero.toml", "fifo.toml", "folder.toml", "a\x00b.toml", "link.toml"])
def test_what_is_no_task_file(tmp_path, place):
    os.mkfifo(tmp_path / "fifo.toml")
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "link.toml").symlink_to("/dev/zero")
    path = place if place.startswith("/") else str(tmp_path / place)
    with pytest.raises(BadInput, match=r"cannot be read|there is no such file"):
        find(path)


# From Python, and the command line's numbers


@pytest.mark.parametrize(
    "asked", [{"seeds": 10**9}, {"steps": 10**12}, {"seeds": 10**30}], ids=["seeds", "steps", "a seed for each atom"]
)
def test_more_than_memory_holds(tmp_path, asked):
    with pytest.raises(BadInput, match=r"^the losses of \d+ trainings, \d+ seeds and \d+ steps take .* GiB of memory"):
        comparisons.run("bowl", frameworks=["numpy"], optimizers=["sgd"], out=tmp_path / "out", **asked)
    assert not (tmp_path / "out").exists()
