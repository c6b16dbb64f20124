"""The command line: exit codes, one line for whatever is wrong, and what goes to which stream."""

import errno
import fcntl
import json
import os
import pty
import re
import subprocess
import sys
import termios
from pathlib import Path

import pandas as pd
import pytest
from synthetic import a_comparison, the_same_curve

from comparisons import api, cli, frameworks
from comparisons.faithful import doctor
from comparisons.frameworks import installed
from comparisons.names import DTYPES, LEVELS
from comparisons.running.asked import NoFramework
from comparisons.store.place import CannotWrite
from comparisons.tasks import EXAMPLES, TASKS
from comparisons.training import implementations
from comparisons.training.cells import Failure

WELL = a_comparison(outcome=the_same_curve)
TRIPTYCH = (sys.executable, "-m", "comparisons")
NUMPY = ("run", "bowl", "--framework", "numpy", "--steps", "3")


def environment(**changes):
    """This process's, with its search path, without what bears on colours and widths."""
    kept = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "FORCE_COLOR", "COLUMNS"}}
    return kept | {"PYTHONPATH": os.pathsep.join(sys.path)} | changes


def triptych(*arguments, before=TRIPTYCH, **changes):
    return subprocess.run([*before, *map(str, arguments)], capture_output=True, text=True, env=environment(**changes))


@pytest.fixture
def called(monkeypatch, capsys):
    """Run the command line in this process: exit code, lines on standard output, lines on standard error."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["triptych", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            sys.exit(cli.main())
        out, err = capsys.readouterr()
        return ended.value.code or 0, out.splitlines(), err.splitlines()

    return call


def files_in(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory):
    """The same run twice, with tables and with JSON: results and what was printed."""
    folders = [tmp_path_factory.mktemp("run") for _ in range(2)]
    asked = ("run", "bowl", "two-layer-net", "--optimizer", "adam", "--steps", 3, "--seeds", 2)
    printed = [triptych(*asked, "--out", folders[0], FORCE_COLOR="1"), triptych(*asked, "--out", folders[1], "--json")]
    return folders, printed


def test_a_run_that_goes_well(two_runs):
    for done in two_runs[1]:
        assert (done.returncode, done.stderr) == (0, "")


def test_two_runs_write_the_same_bytes(two_runs):
    first, second = map(files_in, two_runs[0])
    assert first.keys() == second.keys()
    differ = {name for name in first if first[name] != second[name]}
    assert differ <= {"timings.csv", "manifest.json", "report.html", "run.db", "run.lock", "logs/tf.log"}


def test_a_run_of_all_frameworks_has_all_curves(two_runs):
    aligned = pd.read_csv(two_runs[0][0] / "aligned.csv")
    assert len(aligned) == 2 * len(LEVELS) * len(DTYPES) * 2 * 3
    assert aligned[["numpy", "torch", "tf"]].notna().all(axis=None)


def test_tables_are_printed_120_columns_wide_where_there_is_no_terminal(two_runs):
    (folder, _), (done, _) = two_runs
    lines = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout).splitlines()
    assert lines[0] == f"bowl: {TASKS['bowl'].title}; 3 steps"
    assert f"Tables and pictures are in {folder}" in lines
    assert lines[-1].startswith("Next: triptych explain ")
    assert max(map(len, lines)) <= 120
    assert "…" not in done.stdout


def test_json_is_all_there_is_on_standard_output(two_runs):
    (_, folder), (_, done) = two_runs
    found = json.loads(done.stdout)
    gaps = pd.read_csv(folder / "gaps.csv").drop(columns="astray")  # empty here, and so no text
    assert found["results"] == str(folder)
    printed = pd.DataFrame(found["gaps"]).astype({"doubling_steps": float})
    assert set(printed.pop("astray")) == {""}
    pd.testing.assert_frame_equal(printed, gaps)


BAD = {
    "command": (["rnu"], "No such command 'rnu'. Did you mean 'run'? ('triptych --help' shows what there is)"),
    "option": (["lesson", "--jsn"], "No such option '--jsn'. Did you mean '--json'? ('triptych lesson --help' shows"),
    "value left out": (["run", "--steps"], "Option '--steps' requires an argument."),
    "task": (["run", "bowll"], "unknown task 'bowll'; did you mean 'bowl'?"),
    "task twice": (["run", "bowl", "bowl"], "task 'bowl' is given twice; give it once"),
    "file": (["run", "nowhere/my.toml"], "nowhere/my.toml: there is no such file"),
    "optimizer": (["run", "--optimizer", "adan"], "unknown optimizer 'adan'; did you mean 'adam'?"),
    "framework": (["run", "--framework", "numpi"], "unknown framework 'numpi'; did you mean 'numpy'?"),
    "framework's other name": (["run", "--framework", "kears"], "unknown framework 'kears'; did you mean 'keras'?"),
    "level": (["run", "--level", "same"], "unknown level 'same'; did you mean 'same-rule'?"),
    "dtype": (["run", "--dtype", "float46"], "unknown dtype 'float46'; did you mean 'float64'?"),
    "source": (["run", "--source", "troch"], "unknown framework 'troch'; did you mean 'torch'?"),
    "no steps": (["run", "--steps", "0"], "steps is 0; it must be a whole number, at least 1"),
    "negative steps": (["run", "--steps", "-1"], "steps is -1; it must be a whole number, at least 1"),
    "no number of steps": (["run", "--steps", "x"], "Invalid value for '--steps': 'x' is not a valid integer."),
    "no seeds": (["run", "--seeds", "0"], "seeds is 0; it must be a whole number, at least 1"),
    "negative seeds": (["run", "--seeds", "-1"], "seeds is -1; it must be a whole number, at least 1"),
}


@pytest.mark.parametrize(("arguments", "words"), BAD.values(), ids=BAD)
def test_bad_input_is_answered_in_one_line(called, arguments, words):
    code, out, [line] = called(*arguments)
    assert (code, out) == (2, [])
    assert line.startswith("triptych: ")
    assert words in line


def test_each_mistake_in_a_file_has_its_line(called, tmp_path):
    (tmp_path / "my.toml").write_text("stepps = 3\nloss = 'mean'\n")
    code, out, lines = called("run", tmp_path / "my.toml")
    assert (code, out) == (2, [])
    assert len(lines) > 1
    assert all(line.startswith(f"triptych: {tmp_path}/my.toml: ") for line in lines)


BATCH = """
title = "more drawn than there is"
steps = 2
batch = 9
loss = "mean-squared-error"
[data]
coefficients = [1]
samples = 5
[model]
hidden = []
[[recipes]]
optimizer = "sgd"
learning_rate = 0.1
"""


def test_a_batch_larger_than_the_data(called, tmp_path):
    (tmp_path / "my.toml").write_text(BATCH)
    asked = ("run", tmp_path / "my.toml", "--framework", "numpy", "--out", tmp_path / "out")
    code, out, [line] = called(*asked)
    assert (code, out) == (2, [])
    assert line.startswith("triptych: task 'my': batch is 9 but the data has 5 samples")


@pytest.mark.parametrize("place", ["/proc/run", "{folder}/file", "{folder}/file/run"])
def test_a_place_that_cannot_be_written_to(called, tmp_path, place):
    (tmp_path / "file").write_text("mine")
    place = place.format(folder=tmp_path)
    code, out, [line] = called(*NUMPY, "--out", place)
    assert (code, out) == (5, [])
    assert re.fullmatch(f"triptych: cannot write results to {place}: .*; choose another directory with --out", line)
    assert (tmp_path / "file").read_text() == "mine"


LIMITED = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
from comparisons.cli import main
main()
"""


def test_a_full_disk(tmp_path):
    (tmp_path / "losses.csv").write_text("an earlier run's")
    done = triptych(*NUMPY, "--out", tmp_path, before=(sys.executable, "-c", LIMITED))
    words = (
        f"triptych: cannot write results to {tmp_path / 'run.db'}: disk I/O error; choose another directory"  # SQLite's
    )
    assert (done.returncode, done.stdout, done.stderr) == (5, "", f"{words} with --out\n")
    assert files_in(tmp_path).keys() - {"logs/numpy.log", "run.db", "run.lock"} == {"losses.csv"}
    assert (tmp_path / "losses.csv").read_text() == "an earlier run's"


@pytest.mark.parametrize(
    "arguments", [["list"], ["list", "--json"], ["--help"], [*NUMPY, "--out", "{folder}"]], ids=str
)
def test_standard_output_on_a_full_disk(tmp_path, arguments):
    arguments = [argument.format(folder=tmp_path) for argument in arguments]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([*TRIPTYCH, *map(str, arguments)], stdout=full, stderr=-1, text=True, env=environment())
    words = f"triptych: cannot go on: [Errno {errno.ENOSPC}] {os.strerror(errno.ENOSPC)}\n"
    assert (done.returncode, done.stderr) == (5, words)


ASKED = {
    "tasks": (["bowl", "valley"], {"tasks": ("bowl", "valley")}),
    "optimizers": (["--optimizer", "sgd", "--optimizer", "adam"], {"optimizers": ("sgd", "adam")}),
    "frameworks": (["--framework", "numpy", "--framework", "torch"], {"frameworks": ("numpy", "torch")}),
    "other names of frameworks": (["--framework", "keras", "--source", "pytorch"],
                                  {"frameworks": ("tf",), "source": "torch"}),
    "a level": (["--level", "as-written"], {"levels": ("as-written",)}),
    "one dtype": (["--dtype", "float64"], {"dtypes": ("float64",)}),
    "both dtypes": (["--dtype", "both"], {"dtypes": DTYPES}),
    "seeds and steps": (["--seeds", "3", "--steps", "4"], {"seeds": 3, "steps": 4}),
    "a source": (["--source", "tf"], {"source": "tf"}),
    "a place": (["--out", "there"], {"out": Path("there")}),
    "nothing": ([], {"tasks": (), "optimizers": (), "frameworks": (), "levels": LEVELS, "dtypes": DTYPES, "seeds": 1,
                     "steps": None, "source": "torch", "out": Path("results/latest")}),
}  # fmt: skip


@pytest.mark.parametrize(("arguments", "expected"), ASKED.values(), ids=ASKED)
def test_what_is_asked_for(called, monkeypatch, arguments, expected):
    asked = {}

    def run(*tasks, **given):
        asked.update(given, tasks=tasks)
        return WELL

    monkeypatch.setattr(api, "run", run)
    assert called("run", *arguments)[0] == 0
    assert {name: asked[name] for name in expected} == expected


def returns(comparison):
    return lambda *_, **__: comparison


def raises(error):
    def run(*_, **__):
        raise error

    return run


SOME = a_comparison(outcome=lambda *_: Failure(reason="no luck"))
CUT = a_comparison(outcome=lambda *_: None, interrupted=True)
ENDS = {
    "well": (returns(WELL), 0, []),
    "cells failed": (
        returns(SOME),
        3,
        [f"triptych: {name}: 12 cells failed: no luck" for name in implementations.FRAMEWORKS],
    ),
    "no framework": (raises(NoFramework("none\nat all")), 4, ["triptych: none", "triptych: at all"]),
    "cannot write": (raises(CannotWrite("no room")), 5, ["triptych: no room with --out"]),
    "interrupted": (returns(CUT), 130, ["triptych: interrupted: 36 of 36 cells were not trained; run again for them"]),
    "interrupted while drawing": (
        raises(KeyboardInterrupt()),
        130,
        ["triptych: interrupted; what is finished is kept in results/latest: run again to go on"],
    ),
}


@pytest.mark.parametrize(("run", "code", "lines"), ENDS.values(), ids=ENDS)
def test_exit_codes_and_what_is_said_to_them(called, monkeypatch, run, code, lines):
    monkeypatch.setattr(api, "run", run)
    ended, _, err = called("run")
    assert (ended, err) == (code, lines)


@pytest.mark.parametrize("comparison", [WELL, SOME, CUT], ids=["well", "cells failed", "interrupted"])
def test_what_is_printed(called, monkeypatch, comparison):
    monkeypatch.setattr(api, "run", returns(comparison))
    printed = called("run", "--out", "there")[1]
    last = printed[printed.index("Tables and pictures are in there") + 1 :]
    assert " ".join(last).split() == " ".join(comparison.conclusion()).split()
    assert called("run", "--quiet")[1] == []
    for flags in (["--json"], ["--json", "--quiet"]):
        found = json.loads("\n".join(called("run", *flags)[1]))
        assert next(iter(found.items())) == ("schema", 1)
        assert found["interrupted"] == comparison.interrupted
        assert len(found["failures"]) == len(comparison.failures())


@pytest.fixture
def without(tmp_path):
    """The environment of a machine that lacks packages."""

    def hide(*packages):
        (tmp_path / "hidden").mkdir()
        (tmp_path / "hidden/sitecustomize.py").write_text(HIDING.format(packages=packages))
        return {"PYTHONPATH": os.pathsep.join([str(tmp_path / "hidden"), *sys.path])}

    return hide


HIDING = """
from importlib.machinery import PathFinder

find_spec = PathFinder.find_spec
PathFinder.find_spec = lambda name, *rest: None if name in {packages} else find_spec(name, *rest)
"""
TF_LINE = 'tensorflow and keras not installed; pip install "tensorflow>=2.21,<2.22" "keras>=3.15,<3.16"'
TORCH_LINE = 'torch not installed; pip install "torch>=2.13,<2.14"'


def test_a_missing_framework_is_left_out_and_named(without, tmp_path):
    hidden = without("torch", "tensorflow", "keras")
    done = triptych("run", "bowl", "--steps", 3, "--quiet", "--out", tmp_path / "out", **hidden)
    assert (done.returncode, done.stdout) == (6, "")
    assert done.stderr == f"triptych: torch is left out: {TORCH_LINE}\ntriptych: tf is left out: {TF_LINE}\n"
    assert (tmp_path / "out/plots/bowl.1.svg").exists()


def test_a_missing_framework_asked_for_fails_its_cells(without, tmp_path):
    hidden = without("tensorflow", "keras")
    done = triptych(*NUMPY, "--framework", "keras", "--quiet", "--out", tmp_path / "out", **hidden)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == f"triptych: tf: 42 cells failed: {TF_LINE}\n"
    assert set(pd.read_csv(tmp_path / "out/losses.csv")["framework"]) == {"numpy"}


def test_no_usable_framework(without, tmp_path):
    hidden = without("torch", "tensorflow", "keras")
    done = triptych("run", "--framework", "tf", "--framework", "torch", "--out", tmp_path / "out", **hidden)
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr == f"triptych: tf cannot run: {TF_LINE}\ntriptych: torch cannot run: {TORCH_LINE}\n"
    assert not (tmp_path / "out").exists()


def test_doctor_and_list_without_the_frameworks(without):
    hidden = without("torch", "tensorflow", "keras")
    assert triptych("list", **hidden).returncode == 0
    done = triptych("doctor", **hidden)
    assert (done.returncode, done.stderr) == (6, "")
    assert done.stdout.splitlines()[2:] == [f"torch  {TORCH_LINE}", f"tf     {TF_LINE}"]


DYING = """
import os, sys
print("out of luck", file=sys.stderr, flush=True)
os._exit(1)
"""
FAILING = "raise ImportError('libluck.so: cannot open')"


def test_doctor_says_what_does_not_start(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(tmp_path)
    for framework, code in {"torch": DYING, "tf": FAILING}.items():
        (tmp_path / f"{framework}_impl").mkdir()
        (tmp_path / f"{framework}_impl/__init__.py").touch()
        (tmp_path / f"{framework}_impl/train.py").write_text(code)
    _, *found = doctor.examine()
    assert [one.well for one in found] == [False, False]
    lines = [line for one in found for line in one.lines()]
    assert lines[0].startswith("torch  does not start: its worker died; out of luck (torch ")
    reason = f"ImportError: libluck.so: cannot open; reinstall it: {frameworks.of('tf').install}"
    assert lines[1].startswith(f"tf     does not start: {reason} (tensorflow ")
    assert [one.as_data()["failure"][:15] for one in found] == ["does not start:"] * 2


@pytest.mark.full
def test_doctor_where_all_is_well(called):
    code, out, err = called("doctor")
    assert (code, err) == (0, [])
    assert re.fullmatch(r"python 3\.\S+, (\S+ \S+, )*triptych \S+(, \S+ \S+)*", out[0])
    assert [
        re.sub(r"([a-z]) \d\S*\.\S*", r"\1 VERSION", line.replace(" 1 thread", " one thread")) for line in out[1:]
    ] == [
        "numpy  works: CPU, one thread (numpy VERSION",
        "torch  works: CPU, one thread; all 14 optimizers follow their rules (torch VERSION",
        "tf     works: CPU, one thread; all 14 optimizers follow their rules (tensorflow VERSION keras VERSION",
    ]


def test_list_shows_every_task_and_recipe(called):
    code, out, err = called("list")
    assert (code, err) == (0, [])
    blocks = re.split(r"\n(?=\S)", "\n".join(out))
    for block, task in zip(blocks, TASKS.values(), strict=False):
        heading, *recipes = block.split("\n")
        assert heading == f"{task.name}  {task.title}; {task.steps} steps"
        assert [line.split()[0] for line in recipes] == [recipe.label for recipe in task.recipes]
    names, folder = out[-3].removeprefix("examples: ").split("   task files to begin from, in ")
    shipped = {"wine", "linear-sigmoid", "modern"}
    assert {path.stem for path in Path(folder).glob("*.toml")} == set(names.split(", ")) == shipped
    assert len(blocks) == len(TASKS) + 3


def test_list_as_json_has_the_same(called):
    code, out, _ = called("list", "--json")
    found = json.loads("\n".join(out))
    assert (code, next(iter(found.items()))) == (0, ("schema", 1))
    assert found["examples"] == {name: str(path) for name, path in EXAMPLES.items()}
    assert {task["name"]: [recipe["label"] for recipe in task["recipes"]] for task in found["tasks"]} == {
        name: [recipe.label for recipe in task.recipes] for name, task in TASKS.items()
    }


def test_without_a_command_there_is_help(called):
    code, out, err = called()
    assert (code, err) == (0, [])
    assert out == called("--help")[1]
    assert {"run", "list", "doctor"} <= {line.split()[0] for line in out if line.startswith("  ")}


LIGHT = """
import sys
from comparisons.cli import main
try:
    main()
finally:
    heavy = {"numpy", "pandas", "matplotlib", "torch", "tensorflow", "keras", "sklearn", "rich", "pydantic"}
    print(sorted(heavy & sys.modules.keys()), file=sys.stderr)
"""


@pytest.mark.parametrize(
    "arguments", [["--help"], ["run", "--help"], ["list"], ["list", "--json"], ["rnu"]], ids=" ".join
)
def test_commands_load_only_what_they_need(arguments):
    done = triptych(*arguments, before=(sys.executable, "-c", LIGHT))
    assert done.stderr.splitlines()[-1] == "[]"


@pytest.mark.parametrize("arguments", [["--version"], ["list"], ["run", "nothing"]], ids=" ".join)
def test_the_module_is_the_command(arguments):
    script, module = triptych(*arguments, before=(Path(sys.executable).with_name("triptych"),)), triptych(*arguments)
    assert (script.returncode, script.stdout, script.stderr) == (module.returncode, module.stdout, module.stderr)
    assert "Traceback" not in script.stderr


class Terminal:
    """A process with a terminal of its own, on which somebody reads and types."""

    def __init__(self, *arguments, **changes):
        self.screen, terminal = pty.openpty()
        self.process = subprocess.Popen(
            [*TRIPTYCH, *map(str, arguments)],
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
            env=environment(TERM="xterm-256color", **changes),
        )
        os.close(terminal)
        self.seen = ""

    def read(self, until=None):
        """Read until a pattern is seen, or to the end."""
        while until is None or not re.search(until, self.seen):
            try:
                self.seen += os.read(self.screen, 65536).decode(errors="replace")
            except OSError:  # nobody has the terminal open any more
                break
        return self.seen

    def type(self, keys):
        os.write(self.screen, keys)

    def end(self):
        """Read to the end, and return the exit code."""
        self.read()
        return self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        os.close(self.screen)


def workers_of(pid):
    """The worker processes of a main process."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == pid and b"spawn_main" in (process / "cmdline").read_bytes():
                found.append(process)
        except (FileNotFoundError, ProcessLookupError):  # it has just ended
            continue
    return found


COLOUR = re.compile(r"\x1b\[(?:\d+;)*(?:3[0-9]|9[0-7])[;\dm]")


def test_ctrl_c_on_a_terminal(tmp_path):
    steps = 20_000
    with Terminal("run", "bowl", "--framework", "numpy", "--steps", steps, "--out", tmp_path) as terminal:
        assert COLOUR.search(terminal.read(until=r" [1-9]\d?/"))
        [worker] = workers_of(terminal.process.pid)
        terminal.type(b"\x03")
        assert terminal.end() == 130
        assert not worker.exists()
    assert "Traceback" not in terminal.seen
    said = re.search(
        r"triptych: interrupted: (\d+) of 42 cells were not trained; run again for them\s*$", terminal.seen
    )
    untrained = int(said[1])
    finished = pd.read_csv(tmp_path / "losses.csv").groupby(["optimizer", "level", "dtype"]).size()
    assert 0 < untrained < 42
    assert list(finished) == [steps] * (42 - untrained)
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["interrupted"] is True
    assert len(manifest["failures"]) == untrained


def test_no_colour_where_none_is_wanted_and_no_bars_with_quiet(tmp_path):
    asked = ("run", "bowl", "--framework", "numpy", "--steps", 3, "--out")
    with Terminal(*asked, tmp_path / "plain", NO_COLOR="1") as terminal:
        assert terminal.end() == 0
        assert re.search(r"numpy .* 0/(\d+) .* \1/\1 ", terminal.seen, re.DOTALL)
        assert not COLOUR.search(terminal.seen)
    with Terminal(*asked, tmp_path / "quiet", "--quiet") as terminal:
        assert terminal.end() == 0
        assert terminal.seen == ""


def test_a_framework_that_was_not_tested_is_said_once(called, monkeypatch):
    monkeypatch.setattr(api, "run", returns(WELL))
    monkeypatch.setattr(installed, "untested", lambda name: {"tf": "keras is newer"}.get(name.partition("@")[0]))
    for arguments in (["run"], ["port", "torch.optim.SGD()", "--to", "keras", "--no-proof"]):
        code, _, err = called(*arguments)
        assert (code, err) == (0, ["triptych: keras is newer"])


def test_a_mistake_of_ours_has_a_code_of_its_own(monkeypatch, capsys):
    """Python's own would be 1, which says that a framework has changed."""

    def broken(*_, **__):
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(cli.triptych, "main", broken)
    with pytest.raises(SystemExit) as end:
        cli.main()
    err = capsys.readouterr().err
    assert end.value.code == 70
    assert "ZeroDivisionError: oh" in err
    assert err.splitlines()[-1].startswith("triptych: this is a mistake in triptych")
