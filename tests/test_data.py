"""The samples of every kind of data, to the last bit where they can be worked out by hand; bad data, to the word."""

import subprocess
import sys
from dataclasses import astuple, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import datasets

from comparisons.names import BadInput
from comparisons.tasks import TASKS, bowl, simple_net, two_layer_net
from comparisons.tasks.data import Samples, load
from comparisons.tasks.data.samples import standardised
from comparisons.tasks.problem import make_problem
from comparisons.tasks.sources import BUNDLED, Bundled, CsvFile, Given, LinearTarget, NormalLine, NpzFile
from comparisons.tasks.streams import SPLIT

FLOAT32 = st.floats(width=32, allow_nan=False, allow_infinity=False)


def everything(samples):
    """Inputs and targets of the training part, then of the held-out part: (n, d), (n, k)."""
    return (
        np.concatenate([samples.inputs, samples.test_inputs]),
        np.concatenate([samples.targets, samples.test_targets]),
    )


# Drawn and given


def test_given_samples_are_taken_as_they_are():
    samples = load(Given(inputs=((1, 2), (3, 4)), targets=((5,), (6,))))
    np.testing.assert_array_equal(samples.inputs, [[1.0, 2.0], [3.0, 4.0]])
    np.testing.assert_array_equal(samples.targets, [[5.0], [6.0]])
    assert (samples.test_inputs.shape, samples.test_targets.shape) == ((0, 2), (0, 1))


def test_normal_line_is_one_row_on_a_line():
    samples = load(NormalLine(size=10, intercept=2.0))
    assert samples.inputs.shape == samples.targets.shape == (1, 10)
    slopes = (samples.targets - 2) / samples.inputs
    np.testing.assert_allclose(slopes, slopes[0, 0], rtol=1e-12)  # subtracting 2 again costs a few bits


def test_linear_target_lies_on_its_plane_within_its_bounds():
    samples = load(LinearTarget(coefficients=(3.0, 2.0), intercept=1.0, low=-5.0, high=5.0, samples=100))
    x = samples.inputs
    assert x.shape == (100, 2)
    assert x.min() >= -5
    assert x.max() < 5
    np.testing.assert_allclose(samples.targets, 3 * x[:, :1] + 2 * x[:, 1:] + 1, rtol=1e-14, atol=1e-14)  # order of sum


def test_noise_moves_targets_and_nothing_else():
    quiet = LinearTarget(coefficients=(1.0,), samples=1000)
    noise = load(replace(quiet, noise=0.5)).targets - load(quiet).targets
    np.testing.assert_array_equal(load(replace(quiet, noise=0.5)).inputs, load(quiet).inputs)
    assert noise.std() == pytest.approx(0.5, rel=0.1)  # 1000 draws know their deviation to 2 percent


@pytest.mark.parametrize("data", [task.data for task in TASKS.values()] + [Bundled(name=name) for name in BUNDLED])
def test_the_same_data_each_time_in_float64(data):
    for first, second in zip(astuple(load(data)), astuple(load(data)), strict=True):
        assert first.dtype == np.float64
        np.testing.assert_array_equal(first, second)


# Bundled


@pytest.mark.parametrize(
    ("name", "train", "test", "inputs", "targets"),
    [
        ("digits", 1438, 359, 64, 10),
        ("iris", 120, 30, 4, 3),
        ("wine", 143, 35, 13, 3),
        ("breast-cancer", 456, 113, 30, 2),
        ("diabetes", 354, 88, 10, 1),
    ],
)
def test_bundled_sets_hold_one_sample_in_five_out(name, train, test, inputs, targets):
    shapes = [array.shape for array in astuple(load(Bundled(name=name)))]
    assert shapes == [(train, inputs), (train, targets), (test, inputs), (test, targets)]


@pytest.mark.parametrize("name", ["iris", "wine", "breast-cancer", "diabetes"])
def test_inputs_are_standardised_by_the_training_part(name):
    samples = load(Bundled(name=name))
    np.testing.assert_allclose(samples.inputs.mean(axis=0), 0, atol=1e-14)  # rounding of a mean of hundreds
    np.testing.assert_allclose(samples.inputs.std(axis=0), 1, rtol=1e-14)
    assert np.all(samples.test_inputs.mean(axis=0) != 0)


@pytest.mark.parametrize("name", ["digits", "iris", "wine", "breast-cancer"])
def test_classes_are_one_hot_and_as_many_as_scikit_learn_has(name):
    _, labels = getattr(datasets, f"load_{name.replace('-', '_')}")(return_X_y=True)
    _, targets = everything(load(Bundled(name=name)))
    np.testing.assert_array_equal(targets.sum(axis=0), np.bincount(labels))
    np.testing.assert_array_equal(np.sort(targets, axis=1)[:, -2:], np.tile([0.0, 1.0], (len(labels), 1)))


def test_digits_are_sixteenths_and_each_keeps_its_class():
    pixels, labels = datasets.load_digits(return_X_y=True)
    inputs, targets = everything(load(Bundled(name="digits")))
    expected = {(row.tobytes(), label) for row, label in zip(pixels / 16, labels, strict=True)}
    assert {(row.tobytes(), label) for row, label in zip(inputs, targets.argmax(axis=1), strict=True)} == expected


def test_diabetes_is_told_in_its_own_unit():
    _, targets = everything(load(Bundled(name="diabetes")))
    np.testing.assert_array_equal(np.sort(targets[:, 0]), np.sort(datasets.load_diabetes(return_X_y=True)[1]))


# Standardised


@pytest.mark.parametrize(
    ("train", "test", "expected", "expected_test"),
    [
        ([1.0, 3.0], [5.0], [-1.0, 1.0], [3.0]),  # mean 2, deviation 1
        ([0.0, 0.0, 4.0, 4.0], [2.0, 6.0], [-1.0, -1.0, 1.0, 1.0], [0.0, 2.0]),  # mean 2, deviation 2
        ([7.0, 7.0], [7.0, 8.0], [0.0, 0.0], [0.0, 1.0]),  # constant: centred, and that is all
        ([0.0, 1e-170], [0.0], [-5e-171, 5e-171], [-5e-171]),  # a deviation that underflows
    ],
)
def test_standardised_by_hand(train, test, expected, expected_test):
    column, test_column = np.array(train)[:, None], np.array(test)[:, None]
    result = standardised(Samples(inputs=column, targets=column, test_inputs=test_column, test_targets=test_column))
    np.testing.assert_array_equal(result.inputs[:, 0], expected)
    np.testing.assert_array_equal(result.test_inputs[:, 0], expected_test)
    np.testing.assert_array_equal(result.targets, column)


@given(value=FLOAT32, count=st.integers(1, 50))
def test_a_constant_column_becomes_nothing(value, count):
    column = np.full((count, 1), value)
    result = standardised(Samples(inputs=column, targets=column, test_inputs=column[:0], test_targets=column[:0]))
    np.testing.assert_allclose(result.inputs, 0, atol=1e-15 * abs(value))  # the mean of equal numbers is rounded


# CSV


def csv(folder, text):
    path = folder / "houses.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return str(path)


@given(rows=st.lists(st.tuples(FLOAT32, FLOAT32, FLOAT32), min_size=5, max_size=30))
def test_csv_round_trip(tmp_path_factory, rows):
    table = np.array(rows)
    text = "a,price,tax\n" + "\n".join(",".join(repr(number) for number in row) for row in rows)
    samples = load(CsvFile(path=csv(tmp_path_factory.mktemp("csv"), text), target=("tax", "price")))
    inputs, targets = everything(samples)
    order = np.random.default_rng([0, SPLIT]).permutation(len(rows))
    held, train = np.split(order, [len(rows) // 5])
    np.testing.assert_array_equal(targets, table[:, [2, 1]][np.concatenate([train, held])])
    assert np.all(np.isfinite(inputs))


def test_csv_inputs_are_standardised_beside_their_targets(tmp_path):
    text = "rooms,price,age\n" + "".join(f"{rooms}, {10 * rooms} ,{rooms % 2}\n" for rooms in range(10))
    inputs, targets = everything(load(CsvFile(path=csv(tmp_path, text), target=("price",))))
    assert sorted(targets[:, 0]) == [10 * rooms for rooms in range(10)]
    slope = np.diff(inputs[np.argsort(targets[:, 0]), 0])
    np.testing.assert_allclose(slope, slope[0])


@pytest.mark.parametrize(
    "text",
    [
        "size,kind\n1,cat\n2,dog\n3,cat\n4,eel\n5,dog\n",
        "\ufeffsize, kind\r\n1, cat\r\n2,dog \r\n\r\n3,cat\r\n4,eel\r\n5,'dog'\r\n".replace("'", '"'),
    ],
    ids=["plain", "from a spreadsheet"],
)
def test_csv_classes_become_one_hot_in_sorted_order(tmp_path, text):
    samples = load(CsvFile(path=csv(tmp_path, text), target=("kind",), classes=True))
    inputs, targets = everything(samples)
    kinds = targets[np.argsort(inputs[:, 0])]
    np.testing.assert_array_equal(kinds, [[1, 0, 0], [0, 1, 0], [1, 0, 0], [0, 0, 1], [0, 1, 0]])


FIVE = "".join(f"{n},{n},c{n % 2}\n" for n in range(5))
CELLS = "; give every row as many cells as the header, and close every quote"
FINITE = "; it must be a finite number that float32 can hold"


@pytest.mark.parametrize(
    ("text", "target", "classes", "message"),
    [
        ("", "price", False, "is empty; give a header row and samples below it"),
        ("\n\n", "price", False, "is empty; give a header row and samples below it"),
        ("size,price\n", "price", False, "has a header but no samples; add rows below it"),
        ("size,price\n1,2\n", "price", False, "has 1 samples; give at least 5, for one in 5 is held out"),
        ("a,b,c\n1,2,3\n1,2,3,4\n", "b", False, "Expected 3 fields in line 3, saw 4" + CELLS),
        ("a,b\n1,2,3\n1,2,3\n", "b", False, "Expected 2 fields in line 2, saw 3" + CELLS),
        ('a,b\n1,2\n3,"4\n', "b", False, "EOF inside string starting at row 2" + CELLS),
        (b"a,b\n1,\xff\n", "b", False, "is not text in UTF-8; save it as CSV in UTF-8"),
        (",price\n0,1\n", "price", False, "column 1 has no name; name it in the header, or take it out"),
        ("a,b,a\n1,2,3\n", "b", False, "two columns are named 'a'; rename one in the header"),
        (
            "size,price\n1,2\n",
            "prise",
            False,
            "unknown column 'prise'; did you mean 'price'? (known: size, price); correct target",
        ),
        ("price\n1\n2\n3\n4\n5\n", "price", False, "target takes every column; leave at least one as input"),
        ("a,b\n1,2\n3\n", "b", False, "row 2 below the header, column 'b' is ''" + FINITE),
        ("a,b\n1,2\n3\n", "a", False, "row 2 below the header, column 'b' is ''" + FINITE),
        ("a,b\n1,2\n\n,4\n", "b", False, "row 2 below the header, column 'a' is ''" + FINITE),
        ("a,b\n1,2\nnan,4\n", "b", False, "row 2 below the header, column 'a' is 'nan'" + FINITE),
        ("a,b\n1,-inf\n1,4\n", "b", False, "row 1 below the header, column 'b' is '-inf'" + FINITE),
        ("a,b\n1e39,1\n1,4\n", "b", False, "row 1 below the header, column 'a' is '1e39'" + FINITE),
        ("a,b\nred,1\n1,4\n", "b", False, "row 1 below the header, column 'a' is 'red'" + FINITE),
        ('a,b\n"x\ny",1\n1,4\n', "b", False, r"row 1 below the header, column 'a' is 'x\ny'" + FINITE),
        ("a,b,c\n" + FIVE, "c", False, "row 1 below the header, column 'c' is 'c0'" + FINITE),
        ("a,b\n1,x\n2, \n3,x\n", "b", True, "row 2 below the header, column 'b' is empty; give its class"),
        ("a,b\n1,x\n2,x\n3,x\n", "b", True, "has only one class, 'x'; give samples of at least two"),
        ("a,b\n1,x\n2,y\n3,x\n", "b", True, "has 3 samples; give at least 5, for one in 5 is held out"),
    ],
)
def test_bad_csv(tmp_path, text, target, classes, message):
    path = csv(tmp_path, text)
    with pytest.raises(BadInput) as error:
        load(CsvFile(path=path, target=(target,), classes=classes))
    assert str(error.value) == f"{path}: {message}"


@given(text=st.text(alphabet='ab,"\n\r 01.\\;\0é', max_size=60), classes=st.booleans())
def test_any_text_is_samples_or_one_line(tmp_path_factory, text, classes):
    one_line(CsvFile(path=csv(tmp_path_factory.mktemp("csv"), "a,b\n" + text), target=("b",), classes=classes))


def one_line(data):
    """Load the data; if it cannot be used, the message has one line that begins with the file."""
    try:
        arrays, message = astuple(load(data)), f"{data.path}: "
    except BadInput as error:
        arrays, message = (), str(error)
    assert all(np.all(np.isfinite(array)) for array in arrays)
    assert message.startswith(f"{data.path}: ")
    assert len(message.splitlines()) == 1


# Npz


IMAGES = {
    "x_train": np.array([[[0, 51], [102, 255]], [[255, 0], [0, 0]]], np.uint8),
    "y_train": np.array([7, 3], np.uint8),
    "x_test": np.array([[[0, 0], [0, 51]]], np.uint8),
    "y_test": np.array([5], np.uint8),
}
NUMBERS = {
    "x_train": np.array([[1.5, 300.0], [-2.0, 0.0]], np.float32),
    "y_train": np.array([0.5, 2.0]),
    "x_test": np.array([[4.0, 5.0]]),
    "y_test": np.array([3.0]),
}


def npz(folder, arrays):
    path = folder / "mnist.npz"
    np.savez(path, **arrays)
    return str(path)


@pytest.mark.parametrize("shape", [(-1,), (-1, 1)])
def test_npz_images_and_classes_by_hand(tmp_path, shape):
    arrays = IMAGES | {name: IMAGES[name].reshape(shape) for name in ("y_train", "y_test")}
    samples = load(NpzFile(path=npz(tmp_path, arrays)))
    np.testing.assert_array_equal(samples.inputs, [[0, 0.2, 0.4, 1], [1, 0, 0, 0]])
    np.testing.assert_array_equal(samples.test_inputs, [[0, 0, 0, 0.2]])
    np.testing.assert_array_equal(samples.targets, [[0, 0, 1], [1, 0, 0]])  # the classes are 3, 5, 7
    np.testing.assert_array_equal(samples.test_targets, [[0, 1, 0]])


def test_npz_numbers_are_taken_as_they_are(tmp_path):
    samples = load(NpzFile(path=npz(tmp_path, NUMBERS)))
    assert samples.inputs.dtype == np.float64
    np.testing.assert_array_equal(samples.inputs, [[1.5, 300.0], [-2.0, 0.0]])
    np.testing.assert_array_equal(samples.targets, [[0.5], [2.0]])
    np.testing.assert_array_equal(samples.test_targets, [[3.0]])


KIND = "; it must be of integers or floating-point numbers"


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"x_train": np.array([[{}], [[]]], object)},
            "x_train holds objects, which are never read; write plain numbers",
        ),
        ({"x_train": np.array(["a", "b"])}, "x_train is of <U1" + KIND),
        ({"y_test": np.array([True])}, "y_test is of bool" + KIND),
        ({"x_test": np.float64(1.0)}, "x_test has shape (); it must hold at least one sample, samples first"),
        ({"x_test": np.zeros((0, 2))}, "x_test has shape (0, 2); it must hold at least one sample, samples first"),
        ({"x_train": np.array([[1.0, 2.0], [3.0, np.nan]])}, "x_train[1, 1] is nan" + FINITE),
        ({"y_test": np.array([-np.inf])}, "y_test[0] is -inf" + FINITE),
        ({"x_test": np.array([[1.0, 1e39]])}, "x_test[0, 1] is 1e+39" + FINITE),
        ({"y_train": np.array([1.0])}, "x_train has 2 samples and y_train has 1; give as many of each"),
        (
            {"x_test": np.array([[4.0, 5.0, 6.0]])},
            "x_train has 2 numbers a sample and x_test has 3; give both as many",
        ),
        ({"y_test": np.array([[3.0, 3.0]])}, "y_train has 1 numbers a sample and y_test has 2; give both as many"),
        (
            {"y_test": np.array([3])},
            "y_train is of float64 and y_test of int64; "
            "give both as integers (classes) or both as floating-point numbers",
        ),
        (
            {"y_train": np.array([[0, 1], [1, 0]]), "y_test": np.array([[0, 1]])},
            "y_train has shape (2, 2); class labels have shape (samples,) or (samples, 1), "
            "numbers to learn are floating-point",
        ),
        (
            {"y_train": np.array([4, 4]), "y_test": np.array([4])},
            "y_train: has only one class, '4'; give samples of at least two",
        ),
    ],
)
def test_bad_arrays(tmp_path, changed, message):
    path = npz(tmp_path, NUMBERS | changed)
    with pytest.raises(BadInput) as error:
        load(NpzFile(path=path))
    assert str(error.value) == f"{path}: {message}"


def test_a_missing_array(tmp_path):
    path = npz(tmp_path, {name: IMAGES[name] for name in ("x_train", "y_train")})
    with pytest.raises(BadInput) as error:
        load(NpzFile(path=path))
    assert str(error.value) == f"{path}: x_test is missing (there are ['x_train', 'y_train']); save it with np.savez"


@pytest.mark.parametrize("content", [b"", b"not a zip", b"cut"], ids=["empty", "text", "cut short"])
def test_not_an_archive(tmp_path, content):
    path = npz(tmp_path, IMAGES)
    Path(path).write_bytes(Path(path).read_bytes()[:-30] if content == b"cut" else content)
    with pytest.raises(BadInput) as error:
        load(NpzFile(path=path))
    assert str(error.value) == f"{path}: is no whole .npz file (File is not a zip file); give the path of an npz file"


@given(place=st.floats(0, 1, exclude_max=True), byte=st.integers(0, 255), end=st.floats(0, 1))
def test_a_damaged_archive_is_samples_or_one_line(tmp_path_factory, place, byte, end):
    path = Path(npz(tmp_path_factory.mktemp("npz"), IMAGES))
    content = bytearray(path.read_bytes())
    content[int(place * len(content))] = byte
    path.write_bytes(content if end < 0.8 else content[: int(end * len(content))])
    one_line(NpzFile(path=str(path)))


# Files of either kind


FILES = [(CsvFile(path="houses.csv", target=("price",)), "a CSV"), (NpzFile(path="mnist.npz"), "an npz")]


@pytest.mark.parametrize(("data", "kind"), FILES)
@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (FileNotFoundError(2, "No such file or directory"), "No such file or directory"),
        (PermissionError(13, "No"), "No"),
    ],
)
def test_a_file_that_does_not_open(monkeypatch, data, kind, failure, reason):
    def refuse(*_, **__):
        raise failure

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(BadInput) as error:
        load(data)
    assert str(error.value) == f"{data.path}: cannot be read ({reason}); give the path of {kind} file"


@pytest.mark.parametrize(("data", "kind"), FILES)
def test_a_file_that_is_none(tmp_path, data, kind):
    (tmp_path / "folder").mkdir()
    for name, reason in (("missing", "No such file or directory"), ("folder", "Is a directory")):
        path = str(tmp_path / name)
        with pytest.raises(BadInput) as error:
            load(replace(data, path=path))
        assert str(error.value) == f"{path}: cannot be read ({reason}); give the path of {kind} file"


# Data that does not fit its task


def numbers_for_classes(folder):
    return two_layer_net(npz=npz(folder, NUMBERS))


def weights_for_classes(folder):
    return replace(simple_net(), data=Given(inputs=((0.6, 0.9),), targets=((-1.0, 1.0, 1.0),)))


def a_point_of_two(folder):
    return replace(bowl, data=Given(inputs=((),), targets=((1.0, 2.0, 3.0),)))


def a_batch_of_nine(folder):
    return replace(bowl, batch=9)


CLASSES = "are not classes (rows of shares that add up to 1); use 'mean-squared-error', or data with classes"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            numbers_for_classes,
            f"task 'two-layer-net': loss is 'softmax-cross-entropy' but the targets {CLASSES}",
        ),
        (weights_for_classes, f"task 'simple-net': loss is 'softmax-cross-entropy' but the targets {CLASSES}"),
        (a_point_of_two, "task 'bowl': start has 2 numbers but a target has 3; give as many"),
        (a_batch_of_nine, "task 'bowl': batch is 9 but the data has 1 samples; lower batch"),
    ],
)
def test_data_that_does_not_fit_the_task(tmp_path, make, message):
    with pytest.raises(BadInput) as error:
        make_problem(make(tmp_path), (0,), "float32")
    assert str(error.value) == message


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_every_shipped_task_can_be_realised(task):
    problem = make_problem(task, (0,), "float32")
    assert problem.inputs.dtype == problem.targets.dtype == np.float32


def test_a_library_is_loaded_only_for_data_that_needs_it():
    code = "import sys, comparisons.tasks.data; print({'sklearn', 'pandas', 'pydantic'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
