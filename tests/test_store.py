"""The store: what is put is got again, whatever becomes of its file, and nobody else writes there meanwhile."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import fields, is_dataclass, replace

import numpy as np
import pytest
from synthetic import a_full_history, a_task

from comparisons.analysis.of_run import intermediate_rules, reference_runs
from comparisons.analysis.reference import references
from comparisons.faithful.held import Deviation, Held
from comparisons.frameworks import FRAMEWORKS
from comparisons.names import DTYPES, LEVELS, BadInput
from comparisons.store import CannotWrite, Key, Locked, Record, nouns, open_store, read_store, schema
from comparisons.store.keys import changes
from comparisons.store.outcomes import outcome_of, record_of
from comparisons.store.overview import overviews
from comparisons.store.packing import Damaged, packed, unpacked
from comparisons.store.place import locked
from comparisons.store.salvage import NotYet
from comparisons.store.works import Keys
from comparisons.tasks import EXAMPLES, TASKS, find
from comparisons.tasks.sources import CsvFile
from comparisons.training.cells import Failure, cells_of

NAME = ("bowl", "float32", "torch", "SGD(lr=0.1)")
KEYS = [Key(name=(*NAME[:3], f"SGD(lr={i})"), content={"seeds": "[0]", "torch": "2.12.0"}) for i in range(40)]


def a_record(number):
    return Record({"losses": np.full((2, 300), number, np.float32), "none": np.empty((0, 3))}, {"seconds": number})


def same(one, other):
    assert one.data == other.data
    assert list(one.arrays) == list(other.arrays)
    for name, array in one.arrays.items():
        assert array.dtype == other.arrays[name].dtype
        np.testing.assert_array_equal(array, other.arrays[name], strict=True)
    return True


@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 3), (2, 3, 4)])
@pytest.mark.parametrize("kind", ["?", "|u1", "<i8", ">i4", "<f4", "<f8", ">f8"])
def test_arrays_come_back_bit_by_bit_and_can_be_written(kind, shape):
    """Of any bits: NaNs with a payload, subnormal numbers, -0."""
    dtype = np.dtype(kind)
    size = dtype.itemsize * int(np.prod(shape))
    bits = np.random.default_rng(0).integers(0, 2 if kind == "?" else 256, size, np.uint8).tobytes()
    array = np.frombuffer(bits, dtype).reshape(shape)
    found = unpacked(*packed(Record({"a": array.T, "é": array}, {"a": [1, None, "b\x00\ud800"]})))
    assert found.data == {"a": [1, None, "b\x00\ud800"]}
    for name, one in {"a": array.T, "é": array}.items():
        assert found.arrays[name].astype(dtype).tobytes() == one.tobytes()
        assert (found.arrays[name].shape, found.arrays[name].flags.writeable) == (one.shape, True)


@pytest.mark.parametrize("array", [np.array(["a"]), np.array([None]), np.array([1j])])
def test_other_things_than_numbers_are_not_kept(array):
    with pytest.raises(TypeError, match="only numbers"):
        packed(Record({"a": array}, {}))


def test_one_bit_that_changes_is_noticed():
    head, body, check = packed(a_record(1))
    for place in (0, len(body) // 2, len(body) - 1):
        with pytest.raises(Damaged):
            unpacked(head, body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :], check)
    with pytest.raises(Damaged):
        unpacked(head.replace("300", "301"), body, check)


def test_what_is_put_is_got_after_all_is_closed(tmp_path):
    with open_store(tmp_path) as store:
        for number, key in enumerate(KEYS[:3]):
            store.put(key, a_record(number))
        store.put(KEYS[1], a_record(7))
        store.note("a note", {"b": [1.5, float("inf")]})
        assert store.known(KEYS) == set(KEYS[:3])
    with open_store(tmp_path) as store:
        assert [same(store.get(key), a_record(n)) for key, n in zip(KEYS, (0, 7, 2), strict=False)]
        assert (store.get(KEYS[3]), store.noted("a note"), store.noted("none")) == (
            None,
            {"b": [1.5, float("inf")]},
            None,
        )
        store.note("a note", None)
        assert (store.noted("a note"), store.said) == (None, ())
    with open_store(tmp_path, fresh=True) as store:
        assert store.known(KEYS) == set()


def test_a_store_is_read_while_another_writes(tmp_path):
    with open_store(tmp_path) as store, read_store(tmp_path) as reader:
        store.put(KEYS[0], a_record(0))
        assert same(reader.get(KEYS[0].digest), a_record(0))
        with pytest.raises(CannotWrite, match="readonly"):
            reader.put(KEYS[1], a_record(1))
        with pytest.raises(Locked, match=rf"another run \(process {os.getpid()}\) writes there"), open_store(tmp_path):
            pass


HOLD = """
import sys, time
from pathlib import Path
from comparisons.store import open_store
with open_store(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


def test_a_lock_dies_with_its_process(tmp_path):
    (tmp_path / ".writing-left").mkdir()
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(Locked, match=rf"process {other.pid}\)"), open_store(tmp_path):
            pass
        other.send_signal(signal.SIGKILL)
        other.wait()
    with open_store(tmp_path) as store:
        assert store.known(KEYS) == set()
    assert not (tmp_path / ".writing-left").exists()


def filled(directory):
    with open_store(directory) as store:
        for number, key in enumerate(KEYS):
            store.put(key, a_record(number))
        store.note("a note", "it")
    return directory / schema.RUN_DB


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.999])
def test_of_a_file_that_is_cut_off_the_rest_is_kept(tmp_path, share):
    file = filled(tmp_path)
    os.truncate(file, int(share * file.stat().st_size))
    with pytest.raises(BadInput, match=r"run.db is damaged.*; run again to rebuild it"), read_store(tmp_path):
        pass
    with open_store(tmp_path) as store:
        known = store.known(KEYS)
        [line] = store.said
        assert f"it is now run.db.damaged1, and {len(known)} finished trainings in it are whole and kept" in line
        assert (share - 0.3) * len(KEYS) <= len(known) < len(KEYS)  # a page or two are the schema's and the index's
        assert all(same(store.get(key), a_record(KEYS.index(key))) for key in known)
        store.put(KEYS[-1], a_record(1))
    with open_store(tmp_path) as store:
        assert (store.said, store.known(KEYS)) == ((), known | {KEYS[-1]})


def other_database(file):
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE job (a)")
    connection.close()


def of_another_version(file):
    connection = schema.opened(file, 0)
    connection.execute("PRAGMA user_version = 99")
    connection.close()


FOREIGN = {
    "is no database": lambda file: file.write_bytes(b"hello" * 1000),
    "is not triptych's": other_database,
    "is of another triptych": of_another_version,
}


@pytest.mark.parametrize(("words", "make"), FOREIGN.items(), ids=FOREIGN)
def test_what_is_no_store_is_put_aside_and_said(tmp_path, words, make):
    make(tmp_path / schema.RUN_DB)
    before = (tmp_path / schema.RUN_DB).read_bytes()
    with pytest.raises(BadInput, match=words), read_store(tmp_path):
        pass
    with open_store(tmp_path) as store:
        store.put(KEYS[0], a_record(0))
        assert words in store.said[0]
    assert (tmp_path / "run.db.damaged1").read_bytes()[100:] == before[100:]


def test_a_record_that_rots_is_not_known_by_its_content(tmp_path):
    file = filled(tmp_path)
    content = file.read_bytes()
    place = content.index(np.full(100, 5, np.float32).tobytes())
    file.write_bytes(content[:place] + b"\xff" + content[place + 1 :])
    with open_store(tmp_path) as store:
        assert store.get(KEYS[5]) is None
        assert same(store.get(KEYS[6]), a_record(6))


def test_a_directory_that_is_taken_away_is_noticed_at_once(tmp_path):
    directory = tmp_path / "run"
    with open_store(directory) as store:
        directory.rename(tmp_path / "elsewhere")
        with pytest.raises(CannotWrite, match=r"run/run.db was taken away while a run wrote to it"):
            store.put(KEYS[0], a_record(0))


FULL = """
import resource, sys
from pathlib import Path
sys.path.insert(0, "tests")
from test_store import KEYS, a_record
from comparisons.store import CannotWrite, open_store
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
try:
    with open_store(Path(sys.argv[1])) as store:
        for number, key in enumerate(KEYS):
            store.put(key, a_record(number))
            print(number, flush=True)
except CannotWrite as error:
    print(error)
"""


def test_on_a_full_disk_what_was_put_is_kept_and_the_store_opens_again(tmp_path):
    """A limit on the size of files is as a full disk, for root too."""
    done = subprocess.run([sys.executable, "-c", FULL, str(tmp_path)], capture_output=True, text=True, check=True)
    *numbers, error = done.stdout.splitlines()
    assert 5 < len(numbers) < len(KEYS)
    assert error.startswith(f"cannot write results to {tmp_path}/run.db: ")
    with open_store(tmp_path) as store:
        assert (store.known(KEYS), store.said) == (set(KEYS[: len(numbers)]), ())
        store.put(KEYS[-1], a_record(0))


def test_a_place_that_cannot_be_written_is_told_in_a_line(tmp_path):
    for place, words in (
        (tmp_path / ("n" * 300), "File name too long"),
        (tmp_path / "file" / "run", "Not a directory"),
    ):
        (tmp_path / "file").touch()
        with pytest.raises(CannotWrite, match=words), open_store(tmp_path / place):
            pass


ANEW = {
    "nothing": ({}, None),
    "a version": ({"torch": "2.13.0"}, "torch was 2.12.0 and is 2.13.0"),
    "two": ({"torch": "2.13.0", "seeds": "[0,1]"}, "seeds was [0] and is [0,1], torch was 2.12.0 and is 2.13.0"),
    "what was not there": ({"XLA_FLAGS": "-x"}, "XLA_FLAGS was not set and is -x"),
    "what is long": ({"seeds": "[0]" * 20}, "the seeds has changed"),
    "our source": ({"triptych's source": "ab"}, "triptych's source has changed"),
}


@pytest.mark.parametrize(("changed", "words"), ANEW.values(), ids=ANEW)
def test_why_something_is_done_again_is_said(tmp_path, changed, words):
    with open_store(tmp_path) as store:
        for key in KEYS[:3]:
            store.put(key, a_record(0))
        asked = [Key(name=key.name, content={**key.content, **changed}) for key in KEYS[:2]]
        found = store.anew([*asked, KEYS[2], KEYS[9]])
    assert found == ([] if words is None else [f"2 of 4 trainings are trained anew: {words}"])


def test_a_key_is_its_name_and_its_content_in_any_order():
    assert Key(name=NAME, content={"a": "1", "b": "2"}) == Key(name=NAME, content={"b": "2", "a": "1"})
    assert (
        len(
            {
                Key(name=NAME, content={"a": "1"}),
                Key(name=NAME, content={"a": "2"}),
                Key(name=NAME[1:], content={"a": "1"}),
            }
        )
        == 3
    )
    assert changes({"a": "1"}, {"a": "1"}) == ""


CELLS = cells_of([*TASKS.values(), *map(find, EXAMPLES)], LEVELS, DTYPES, FRAMEWORKS, "torch")


def test_all_that_is_compared_comes_back_from_json():
    between = intermediate_rules(CELLS, references(CELLS, "torch", lambda _: True))
    deviation = Deviation(
        framework="tf", call=CELLS[0].call, version="keras 3", step=1, gap=float("inf"), fits="no other"
    )
    held = Held(deviations=(deviation,), not_held=("a reason",))
    for thing in (*TASKS.values(), *CELLS, *reference_runs(CELLS), *between, held):
        assert nouns.of_json(nouns.as_json(thing)) == thing


def test_records_have_names_of_their_own():
    every = [one for home in nouns.HOMES for one in vars(home).values() if isinstance(one, type) and is_dataclass(one)]
    assert len({one.__name__ for one in every}) == len(set(every))


class Foreign:
    pass


@pytest.mark.parametrize("value", [Foreign(), {1}, 1j, np.zeros(2)], ids=["object", "set", "complex", "array"])
def test_what_is_no_record_of_ours_is_not_written(value):
    with pytest.raises(TypeError):
        nouns.as_json(value)


@pytest.mark.parametrize("data", [{"^": "Popen", "args": "ls"}, {"^": "Recipe"}, {"^": "Recipe", "optimizer": "x"}])
def test_what_is_no_record_of_ours_is_not_made(data):
    with pytest.raises(Damaged):
        nouns.of_json(data)


@pytest.mark.parametrize("averaged", [False, True])
def test_a_history_comes_back(averaged):
    history = replace(a_full_history(CELLS[0], 4, 2), params={"theta": np.ones((2, 2))})
    history = replace(history, average={"theta": np.zeros((2, 2))} if averaged else None)
    found = outcome_of(record_of(history))
    for field in fields(history):
        np.testing.assert_equal(getattr(found, field.name), getattr(history, field.name))
    assert record_of(Failure(reason="none")) is None


def test_a_key_has_all_that_the_numbers_depend_on(tmp_path):
    task = a_task()
    cell = next(cell for cell in CELLS if cell.task == task.name)
    keys = Keys({task.name: task}, (0,), {})
    one = keys.of(cell)
    others = [
        Keys({task.name: replace(task, steps=5)}, (0,), {}).of(cell),
        Keys({task.name: task}, (0, 1), {}).of(cell),
        Keys({task.name: task}, (0,), {cell.framework: {"device": "H100"}}).of(cell),
        Keys({task.name: task}, (0,), {}, "dask.Executor").of(cell),
        *(keys.of(other) for other in CELLS if other.task == task.name and other.job != cell.job),
    ]
    assert len({one, *others}) == 1 + len(dict.fromkeys(other.digest for other in others))
    assert keys.of(cell) == Keys({task.name: replace(task, title="another", recipes=task.recipes[:1])}, (0,), {}).of(
        cell
    )
    file = tmp_path / "data.csv"
    file.write_text("a,b\n1,2\n")
    with_data = replace(task, data=CsvFile(path=str(file), target=("b",)))
    before = Keys({task.name: with_data}, (0,), {}).of(cell)
    file.write_text("a,b\n1,3\n")
    assert Keys({task.name: with_data}, (0,), {}).of(cell) != before


MOMENTS = {
    "a file": "",
    "a log": "PRAGMA journal_mode = WAL",
}


@pytest.mark.parametrize("made", MOMENTS.values(), ids=MOMENTS)
def test_a_store_that_is_just_being_made_is_neither_damaged_nor_foreign(tmp_path, made):
    """So it lies there for a moment, or for good if who made it was killed: then the next has it, and says nothing."""
    with closing(sqlite3.connect(tmp_path / schema.RUN_DB)) as other:
        other.execute(made)
    (tmp_path / schema.RUN_DB).touch()
    with locked(tmp_path):
        told = "nothing is in it yet; if a run has just begun, try again"
        with pytest.raises(NotYet, match=told), read_store(tmp_path):
            pass
        assert [one.line for one in overviews(tmp_path)] == [f"{tmp_path}  running, just begun"]
    assert [one.state for one in overviews(tmp_path)] == ["empty"]
    with open_store(tmp_path) as store:
        assert store.said == ()
    assert [file.name for file in tmp_path.glob("*.damaged*")] == []


def test_whoever_looks_while_stores_are_made_sees_them_made_or_not_yet(tmp_path):
    maker = "import sys; from pathlib import Path; from comparisons.store import open_store\n"
    maker += "for i in range(100):\n with open_store(Path(sys.argv[1]) / str(i)): pass"
    with subprocess.Popen([sys.executable, "-c", maker, str(tmp_path)]) as other:
        seen = set()
        while other.poll() is None:
            seen |= {one.state for one in overviews(tmp_path)}
    assert other.returncode == 0
    assert seen <= {"running", "empty"}
