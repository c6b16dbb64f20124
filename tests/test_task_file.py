"""A task written as TOML is read back as it was; mistakes in a file are told all at once, to the word."""

import json
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comparisons.names import BadInput
from comparisons.rules.loop import FALLS, Loop, Tensors
from comparisons.rules.recipe import HYPERPARAMETERS, Recipe
from comparisons.tasks import EXAMPLES, TASKS, bowl, find, linear_target
from comparisons.tasks.file import read
from comparisons.tasks.problem import make_problem
from comparisons.tasks.sources import BUNDLED, Bundled, CsvFile, Given, LinearTarget, NormalLine, NpzFile
from comparisons.tasks.spec import ACTIVATIONS, BIASES, LOSSES, FanIn, Network, Normal, Point, TaskSpec, Values

PAGE = Path(__file__).parents[1] / "docs" / "tasks.md"
SMALL = """
steps = 3
loss = "mean-squared-error"
data.bundled = "diabetes"
recipes = [{ optimizer = "adam" }]
"""


def written(folder, text, name="my-task.toml"):
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return str(path)


def mistakes(path):
    """The lines of the message, less the file's name, which each begins with."""
    with pytest.raises(BadInput) as error:
        read(path)
    lines = str(error.value).split("\n")
    assert all(line.startswith(f"{path}: ") for line in lines)
    return [line.removeprefix(f"{path}: ") for line in lines]


# What is read


def test_the_least_a_file_can_say(tmp_path):
    assert read(written(tmp_path, SMALL)) == TaskSpec(
        name="my-task",
        title="my-task",
        data=Bundled(name="diabetes"),
        model=Network(),
        loss="mean-squared-error",
        steps=3,
        recipes=(Recipe(optimizer="adam"),),
    )


def test_the_most_a_file_can_say(tmp_path):
    text = """
    name = "plane"
    title = "a plane"
    steps = 9
    batch = 2
    loss = "half-squared-error"
    evaluate_every = 4
    [data]
    coefficients = [3, 2.5]
    intercept = 1
    noise = 0.5
    low = -5
    high = 5
    samples = 10
    [model]
    hidden = [16, 8]
    activation = "sigmoid"
    weights = 2
    biases = "as-weights"
    [[recipes]]
    optimizer = "momentum"
    label = "heavy"
    learning_rate = 1
    momentum = 0.9
    [[recipes]]
    optimizer = "rmsprop"
    rho = 0.5
    epsilon = 1e-7
    """
    data = LinearTarget(coefficients=(3.0, 2.5), intercept=1.0, noise=0.5, low=-5.0, high=5.0, samples=10)
    assert read(written(tmp_path, text)) == TaskSpec(
        name="plane",
        title="a plane",
        data=data,
        model=Network(hidden=(16, 8), activation="sigmoid", weights=Normal(scale=2.0), biases="as-weights"),
        loss="half-squared-error",
        steps=9,
        recipes=(
            Recipe(optimizer="momentum", label="heavy", learning_rate=1.0, momentum=0.9),
            Recipe(optimizer="rmsprop", rho=0.5, epsilon=1e-7),
        ),
        batch=2,
        evaluate_every=4,
    )


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ('{ csv = "a/houses.csv", target = ["price"] }', CsvFile(path="a/houses.csv", target=("price",))),
        ('{ npz = "../mnist.npz" }', NpzFile(path="../mnist.npz")),
        ('{ npz = "/data/mnist.npz" }', NpzFile(path="/data/mnist.npz")),
    ],
)
def test_paths_start_from_the_folder_of_the_file(tmp_path, data, kind):
    path = written(tmp_path, SMALL.replace('data.bundled = "diabetes"', f"data = {data}"))
    assert read(path).data == replace(kind, path=str(tmp_path / kind.path))


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_files_of_any_editor(tmp_path, newline):
    assert read(written(tmp_path, "\ufeff" + SMALL.replace("\n", newline))).steps == 3


@pytest.mark.parametrize(("name", "path"), EXAMPLES.items(), ids=EXAMPLES)
def test_the_examples_are_tasks(name, path):
    task = find(name)
    assert task == find(str(path))
    problem = make_problem(replace(task, steps=1), (0,), "float32")
    assert task.name == name
    assert problem.params["weight1"].shape == (1, problem.inputs.shape[1], task.model.hidden[0])


def test_the_reference_shows_the_examples():
    reference = PAGE.read_text(encoding="utf-8")
    assert len(EXAMPLES) >= 2
    for path in EXAMPLES.values():
        assert f"```toml\n{path.read_text(encoding='utf-8')}```" in reference


def test_the_format_in_the_reference_is_read(tmp_path):
    reference = PAGE.read_text(encoding="utf-8")
    task = read(written(tmp_path, reference.split("```toml\n")[1].split("```")[0]))
    assert task.data == CsvFile(path=str(tmp_path / "houses.csv"), target=("price",))
    loop = Loop(
        tensors=(Tensors(names="bias*", learning_rate=0.001),),
        warmup=15,
        fall="cosine",
        updates=140,
        clip_norm=1.0,
        accumulate=2,
        average=0.9,
    )
    assert task == replace(
        task,
        model=Network(hidden=(16,)),
        recipes=(Recipe(optimizer="adam", learning_rate=0.01, loop=loop),),
        batch=32,
        evaluate_every=10,
    )


def test_the_sigmoid_example_is_the_shipped_variation():
    task = find("linear-sigmoid")
    variation = linear_target(activation="sigmoid", low=-5.0, high=5.0)
    same = ("title", "data", "model", "loss", "steps", "batch")
    assert [getattr(task, name) for name in same] == [getattr(variation, name) for name in same]


# Written and read back


def toml(task):
    """The task as the text of a file."""
    match task.data:
        case Bundled(name=name):
            data = {"bundled": name}
        case CsvFile() as csv:
            data = {"csv": csv.path, "target": list(csv.target), "classes": csv.classes}
        case NpzFile(path=path):
            data = {"npz": path}
        case LinearTarget():
            data = {name: list(value) if name == "coefficients" else value for name, value in vars(task.data).items()}
    weights = task.model.weights.scale if isinstance(task.model.weights, Normal) else "fan-in"
    model = vars(task.model) | {"hidden": list(task.model.hidden), "weights": weights}
    top = {name: getattr(task, name) for name in ("name", "title", "steps", "batch", "loss", "evaluate_every")}
    tables = [("", top), ("[data]", data), ("[model]", model)]
    for recipe in task.recipes:
        own = {"optimizer": recipe.optimizer, "label": recipe.label} | recipe.given()
        tables.append(("[[recipes]]", own))
        if recipe.loop is not None:
            tables.append(("[recipes.loop]", {k: v for k, v in vars(recipe.loop).items() if k != "tensors"}))
            tables += [("[[recipes.loop.tensors]]", vars(tensors)) for tensors in recipe.loop.tensors]
    return "\n".join(f"{heading}\n{pairs(table)}" for heading, table in tables)


def pairs(table):
    # JSON's text, numbers, lists and truth values are TOML's too, but for the one control character it lets through
    lines = (f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in table.items() if value is not None)
    return "\n".join(lines).replace("\x7f", "\\u007f")


RANGES = {
    "learning_rate": st.floats(0, exclude_min=True, allow_infinity=False),
    "momentum": st.floats(0, 1, exclude_max=True),
    "rho": st.floats(0, 1, exclude_max=True),
    "beta1": st.floats(0, 1, exclude_min=True, exclude_max=True),
    "beta2": st.floats(0, 1, exclude_max=True),
    "epsilon": st.floats(0, allow_infinity=False) | st.integers(0, 10),
    **dict.fromkeys(("initial_accumulator", "weight_decay", "l1", "l2"), st.floats(0, allow_infinity=False)),
    "clip_threshold": st.floats(1, allow_infinity=False),
}
FINITE = st.floats(allow_nan=False, allow_infinity=False, width=32)
SIZE = st.floats(0, allow_infinity=False, width=32)
SEEN = ("L", "M", "N", "P", "S")  # the categories of what can be seen
TITLES = st.text(st.characters(categories=[*SEEN, "Zs"]), min_size=1, max_size=500)
WORDS = st.text(st.characters(categories=SEEN), min_size=1, max_size=100)
LABELS = st.just("") | WORDS.filter(lambda word: normalize("NFKC", word)[0] not in "=+-@ ")
COUNT = st.integers(1, 10**6)
LATER = st.integers(100, 10**6)  # than any warm-up


@st.composite
def recipes(draw):
    optimizer = draw(st.sampled_from(sorted(HYPERPARAMETERS)))
    optional = {name: RANGES[name] for name in HYPERPARAMETERS[optimizer] if name != "momentum"}
    given = draw(st.fixed_dictionaries({}, optional=optional))
    if "momentum" in HYPERPARAMETERS[optimizer]:
        given["momentum"] = draw(RANGES["momentum"])
    loop = draw(st.none() | loops(optimizer))
    return Recipe(optimizer=optimizer, label=draw(LABELS), loop=loop, **given)


def loops(optimizer):
    own = [name for name in ("learning_rate", "weight_decay") if name in HYPERPARAMETERS[optimizer]]
    numbers = st.fixed_dictionaries({}, optional={name: RANGES[name] for name in own}).filter(bool)
    tensors = st.builds(lambda names, given: Tensors(names=names, **given), WORDS, numbers)
    fall = st.sampled_from(FALLS).flatmap(lambda fall: st.fixed_dictionaries({"fall": st.just(fall), "updates": LATER}))
    around = st.fixed_dictionaries(
        {},
        optional={
            "warmup": st.integers(0, 99),
            "clip_norm": st.floats(0, exclude_min=True, allow_infinity=False),
            "accumulate": st.integers(1, 9),
            "average": st.floats(0, 1, exclude_max=True),
            "tensors": st.lists(tensors, max_size=2).map(tuple),
        },
    )
    return st.builds(lambda around, fall: Loop(**around, **fall), around, fall | st.just({}))


DATA = st.one_of(
    st.builds(Bundled, name=st.sampled_from([name for name in BUNDLED if name != "diabetes"])),
    st.builds(CsvFile, path=st.just("/data/x.csv"), target=st.tuples(st.text()), classes=st.just(True)),
    st.builds(CsvFile, path=st.just("/data/x.csv"), target=st.lists(st.text(), min_size=2, unique=True).map(tuple)),
    st.builds(NpzFile, path=st.just("/data/x.npz")),
)
PLANES = st.builds(
    LinearTarget,
    coefficients=st.lists(FINITE, min_size=1).map(tuple),
    intercept=FINITE,
    noise=SIZE,
    low=st.floats(-1e9, -1),
    high=st.floats(0, 1e9) | st.integers(0, 10),
    samples=COUNT,
)
NETWORKS = st.builds(
    Network,
    hidden=st.lists(COUNT, max_size=100).map(tuple),
    activation=st.sampled_from(ACTIVATIONS),
    weights=st.builds(FanIn) | st.builds(Normal, scale=SIZE),
    biases=st.sampled_from(BIASES),
)


def specs(data, losses):
    return st.builds(
        TaskSpec,
        name=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}", fullmatch=True),
        title=TITLES,
        data=data,
        model=NETWORKS,
        loss=st.sampled_from(losses),
        steps=COUNT,
        recipes=st.lists(recipes(), min_size=1, max_size=3, unique_by=lambda recipe: recipe.label).map(tuple),
        batch=st.none() | COUNT,
        evaluate_every=st.integers(0, 100),
    )


@given(task=specs(DATA, LOSSES) | specs(PLANES, LOSSES[:3]))
def test_any_task_is_read_back_as_it_was_written(tmp_path_factory, task):
    assert read(written(tmp_path_factory.mktemp("task"), toml(task))) == task


# Mistakes


KNOWN = "(known: name, title, data, model, loss, steps, batch, evaluate_every, recipes)"
KNOWN_LOSSES = f"(known: {', '.join(LOSSES)})"
KNOWN_OPTIMIZERS = f"(known: {', '.join(HYPERPARAMETERS)})"
KNOWN_IN_RECIPES = f"(known: {', '.join(field.name for field in fields(Recipe))})"
CLASSES = (
    "loss: is 'softmax-cross-entropy' but the data has numbers to learn, not classes; "
    "use 'mean-squared-error', or data with classes"
)


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        # the whole file
        ("steps = 3", "", "steps: is missing; add steps = 200"),
        ("steps = 3", "step = 3\nsteps = 3", f"step: unknown key 'step'; did you mean 'steps'? {KNOWN}"),
        ("steps = 3", 'steps = "3"', "steps: is '3'; it must be a whole number"),
        ("steps = 3", "steps = 3.0", "steps: is 3.0; it must be a whole number"),
        ("steps = 3", "steps = true", "steps: is True; it must be a whole number"),
        ("steps = 3", "steps = 0", "steps: is 0; it must be at least 1"),
        ("steps = 3", "steps = 3\nbatch = 0", "batch: is 0; it must be at least 1"),
        ("steps = 3", "steps = 3\nevaluate_every = -1", "evaluate_every: is -1; it must be at least 0"),
        ("steps = 3", "steps = 3\ntitle = 3", "title: is 3; it must be text in quotes"),
        ("steps = 3", 'steps = 3\nname = "a b"', "name: is 'a b'; use letters, digits, '-' and '_'"),
        ('loss = "mean-squared-error"', "", 'loss: is missing; add loss = "mean-squared-error"'),
        (
            "mean-squared-error",
            "mean-square-error",
            f"loss: unknown value 'mean-square-error'; did you mean 'mean-squared-error'? {KNOWN_LOSSES}",
        ),
        ("mean-squared-error", "softmax-cross-entropy", CLASSES),
        # [data]
        ('data.bundled = "diabetes"', "", 'data: is missing; add [data] with bundled = "wine"'),
        ('data.bundled = "diabetes"', "data = 3", "data: is 3; it must be a table headed [data]"),
        (
            'data.bundled = "diabetes"',
            "data = {}",
            "data: gives none of bundled, csv, npz, coefficients; add one of them",
        ),
        (
            "data.bundled",
            "data.bundle",
            "data: gives none of bundled, csv, npz, coefficients; write 'bundled' for 'bundle'",
        ),
        ("data.bundled", 'data.csv = "x.csv"\ndata.bundled', "data: gives bundled and csv; keep one of them"),
        (
            '"diabetes"',
            '"diabetis"',
            f"data.bundled: unknown value 'diabetis'; did you mean 'diabetes'? (known: {', '.join(BUNDLED)})",
        ),
        ("data.bundled", "data.target = []\ndata.bundled", "data.target: unknown key 'target' (known: bundled)"),
        (
            "data.bundled",
            "data.batch = 3\ndata.bundled",
            "data.batch: 'batch' is not part of this table; move it above the first heading in [ ]",
        ),
        ('data.bundled = "diabetes"', 'data.csv = "x.csv"', 'data.target: is missing; add target = ["price"]'),
        (
            'data.bundled = "diabetes"',
            'data = { csv = "x.csv", target = "price" }',
            "data.target: is 'price'; it must be a list in [ ]",
        ),
        (
            'data.bundled = "diabetes"',
            'data = { csv = "x.csv", target = [] }',
            "data.target: is empty; name at least one column to learn",
        ),
        (
            'data.bundled = "diabetes"',
            'data = { csv = "x.csv", target = ["a", "a"] }',
            "data.target: is ['a', 'a']; name each column once",
        ),
        (
            'data.bundled = "diabetes"',
            'data = { csv = "x.csv", classes = true, target = ["a", "b"] }',
            "data.target: is ['a', 'b']; classes are read from one column, name one",
        ),
        (
            'data.bundled = "diabetes"',
            'data = { csv = "x.csv", classes = "yes", target = ["a"] }',
            "data.classes: is 'yes'; it must be true or false",
        ),
        ('data.bundled = "diabetes"', "data.npz = 3", "data.npz: is 3; it must be text in quotes"),
        (
            'data.bundled = "diabetes"',
            "data.coefficients = []",
            "data.coefficients: is empty; give one number for each input",
        ),
        (
            'data.bundled = "diabetes"',
            'data.coefficients = [1, "2"]',
            "data.coefficients[1]: is '2'; it must be a number",
        ),
        (
            'data.bundled = "diabetes"',
            "data = { coefficients = [1], samples = 0 }",
            "data.samples: is 0; it must be at least 1",
        ),
        (
            'data.bundled = "diabetes"',
            "data = { coefficients = [1], noise = -1 }",
            "data.noise: is -1.0; it must be at least 0",
        ),
        (
            'data.bundled = "diabetes"',
            "data = { coefficients = [1], low = nan }",
            "data.low: is nan; it must be a finite number",
        ),
        (
            'data.bundled = "diabetes"',
            "data = { coefficients = [1], low = 5 }",
            "data.high: low is 5.0 and high is 1.0; low must be below high",
        ),
        # [model]
        ("steps = 3", "steps = 3\nmodel = 3", "model: is 3; it must be a table headed [model]"),
        (
            "steps = 3",
            "steps = 3\nmodel.hiden = [3]",
            "model.hiden: unknown key 'hiden'; did you mean 'hidden'? (known: hidden, activation, weights, biases)",
        ),
        ("steps = 3", "steps = 3\nmodel.hidden = 16", "model.hidden: is 16; it must be a list in [ ]"),
        ("steps = 3", "steps = 3\nmodel.hidden = [4, 1.5]", "model.hidden[1]: is 1.5; it must be a whole number"),
        ("steps = 3", "steps = 3\nmodel.hidden = [4, 0]", "model.hidden: is [4, 0]; every layer needs at least 1 unit"),
        (
            "steps = 3",
            'steps = 3\nmodel.activation = "rellu"',
            "model.activation: unknown value 'rellu'; did you mean 'relu'? (known: identity, sigmoid, relu)",
        ),
        (
            "steps = 3",
            'steps = 3\nmodel.biases = "zero"',
            "model.biases: unknown value 'zero'; did you mean 'zeros'? (known: none, zeros, as-weights)",
        ),
        (
            "steps = 3",
            'steps = 3\nmodel.weights = "fan_in"',
            "model.weights: is 'fan_in'; it must be 'fan-in', or a number: the scale of N(0, 1)",
        ),
        ("steps = 3", "steps = 3\nmodel.weights = -1", "model.weights: scale is -1.0; it must be at least 0"),
        ("steps = 3", "steps = 3\nmodel.weights = inf", "model.weights: scale is inf; it must be a finite number"),
        # [[recipes]]
        (
            'recipes = [{ optimizer = "adam" }]',
            "",
            'recipes: is missing; add [[recipes]] with optimizer = "adam"',
        ),
        ('recipes = [{ optimizer = "adam" }]', "recipes = []", "recipes: is empty; add at least one optimizer"),
        (
            '[{ optimizer = "adam" }]',
            '{ optimizer = "adam" }',
            "recipes: is {'optimizer': 'adam'}; it must be tables, each headed [[recipes]]",
        ),
        ('{ optimizer = "adam" }', '"adam"', "recipes[0]: is 'adam'; it must be a table"),
        ('{ optimizer = "adam" }', "{}", 'recipes[0].optimizer: is missing; add optimizer = "adam"'),
        (
            '"adam"',
            '"Adm"',
            f"recipes[0].optimizer: unknown value 'Adm'; did you mean 'adam'? {KNOWN_OPTIMIZERS}",
        ),
        (
            '"adam"',
            '"adam", beta_1 = 0.9',
            f"recipes[0].beta_1: unknown key 'beta_1'; did you mean 'beta1'? {KNOWN_IN_RECIPES}",
        ),
        (
            '"adam"',
            '"adam", rho = 0.9',
            "recipes[0].rho: unknown hyperparameter 'rho' (known: learning_rate, beta1, beta2, epsilon)",
        ),
        (
            '"adam"',
            '"adam", learning_rate = -0.1',
            "recipes[0].learning_rate: is -0.1; it must be a finite number above 0",
        ),
        ('"adam"', '"adam", beta2 = 1', "recipes[0].beta2: is 1.0; it must be at least 0 and below 1"),
        (
            '"adam"',
            '"adam", weight_decay = 0.1',
            "recipes[0].weight_decay: unknown hyperparameter 'weight_decay' "
            "(known: learning_rate, beta1, beta2, epsilon)",
        ),
        ('"adam"', '"ftrl", l1 = -1', "recipes[0].l1: is -1.0; it must be a finite number, 0 or above"),
        # what not every framework takes
        ('"adam"', '"lion", beta1 = 0', "recipes[0].beta1: is 0.0; it must be above 0 and at most 1"),
        (
            '"adam"',
            '"adafactor", clip_threshold = 0.5',
            "recipes[0].clip_threshold: is 0.5; it must be a finite number, 1 or above",
        ),
        ('"adam"', '"adam", epsilon = true', "recipes[0].epsilon: is True; it must be a number"),
        ('"adam"', '"adam", epsilon = inf', "recipes[0].epsilon: is inf; it must be a finite number"),
        (
            '"adam"',
            '"momentum"',
            "recipes[0].momentum: must be given, for example 0.9: torch and Keras default to none",
        ),
        # [recipes.loop]
        ('"adam"', '"adam", loop = 3', "recipes[0].loop: is 3; it must be a table headed [recipes.loop]"),
        (
            '"adam"',
            '"adam", loop = { warm_up = 3 }',
            "recipes[0].loop.warm_up: unknown key 'warm_up'; did you mean 'warmup'? "
            "(known: warmup, fall, updates, clip_norm, accumulate, average, tensors)",
        ),
        (
            '"adam"',
            '"adam", loop = { warmup = -1 }',
            "recipes[0].loop.warmup: is -1; it must be a whole number, 0 or above",
        ),
        (
            '"adam"',
            '"adam", loop = { fall = "cosin", updates = 9 }',
            "recipes[0].loop.fall: unknown value 'cosin'; did you mean 'cosine'? (known: cosine, linear)",
        ),
        (
            '"adam"',
            '"adam", loop = { fall = "cosine" }',
            "recipes[0].loop.updates: fall is cosine and updates is None; give both or neither",
        ),
        (
            '"adam"',
            '"adam", loop = { warmup = 9, fall = "linear", updates = 9 }',
            "recipes[0].loop.updates: is 9; it must be above warmup, 9",
        ),
        (
            '"adam"',
            '"adam", loop = { accumulate = 1.5 }',
            "recipes[0].loop.accumulate: is 1.5; it must be a whole number",
        ),
        (
            '"adam"',
            '"adam", loop = { clip_norm = 0 }',
            "recipes[0].loop.clip_norm: is 0.0; it must be None or a finite number above 0",
        ),
        (
            '"adam"',
            '"adam", loop = { average = 1 }',
            "recipes[0].loop.average: is 1.0; it must be None or at least 0 and below 1",
        ),
        (
            '"adam"',
            '"adam", loop = { tensors = { names = "bias*" } }',
            "recipes[0].loop.tensors: is {'names': 'bias*'}; it must be tables, each headed [[recipes.loop.tensors]]",
        ),
        (
            '"adam"',
            '"adam", loop = { tensors = [{ weight_decay = 0 }] }',
            'recipes[0].loop.tensors[0].names: is missing; add names = "bias*"',
        ),
        (
            '"adam"',
            '"adamw", loop = { tensors = [{ names = "", weight_decay = 0 }] }',
            "recipes[0].loop.tensors[0].names: is ''; it must be a pattern of names, for example 'bias*'",
        ),
        (
            '"adam"',
            '"adamw", loop = { tensors = [{ names = "bias*", weight_decay = -1 }] }',
            "recipes[0].loop.tensors[0].weight_decay: is -1.0; it must be a finite number, 0 or above",
        ),
        (
            '"adam"',
            '"adam", loop = { tensors = [{ names = "bias*" }] }',
            "recipes[0].loop.tensors[0].weight_decay: no number is given; "
            "give a learning_rate or a weight_decay of their own",
        ),
        (
            '"adam"',
            '"adam", loop = { tensors = [{ names = "bias*", weight_decay = 0 }] }',
            "recipes[0].loop: unknown hyperparameter 'weight_decay' (known: learning_rate, beta1, beta2, epsilon)",
        ),
        (
            '{ optimizer = "adam" }',
            '{ optimizer = "adam" }, { optimizer = "sgd", label = "adam" }',
            "recipes: two recipes are labelled 'adam'; give one another label",
        ),
    ],
)
def test_one_mistake(tmp_path, old, new, line):
    text = SMALL.replace(old, new)
    assert text != SMALL
    assert mistakes(written(tmp_path, text)) == [line]


def test_all_mistakes_of_a_loop_at_once(tmp_path):
    text = """
    steps = 3
    loss = "mean-squared-error"
    [data]
    bundled = "diabetes"
    [[recipes]]
    optimizer = "adamw"
    weight_decay = -1
    [recipes.loop]
    warmup = -1
    fall = "exponential"
    updates = 0
    clip_norm = "1"
    [[recipes.loop.tensors]]
    names = 3
    [[recipes.loop.tensors]]
    learning_rate = 0
    """
    assert mistakes(written(tmp_path, text)) == [
        "recipes[0].weight_decay: is -1.0; it must be a finite number, 0 or above",
        "recipes[0].loop.warmup: is -1; it must be a whole number, 0 or above",
        "recipes[0].loop.fall: unknown value 'exponential' (known: cosine, linear)",
        "recipes[0].loop.updates: is 0; it must be None or a whole number, 1 or above",
        "recipes[0].loop.clip_norm: is '1'; it must be a number",
        "recipes[0].loop.tensors[0].names: is 3; it must be text in quotes",
        "recipes[0].loop.tensors[0].weight_decay: no number is given; "
        "give a learning_rate or a weight_decay of their own",
        'recipes[0].loop.tensors[1].names: is missing; add names = "bias*"',
        "recipes[0].loop.tensors[1].learning_rate: is 0.0; it must be a finite number above 0",
    ]


def test_all_mistakes_at_once(tmp_path):
    text = """
    stpes = 3
    batch = 0
    loss = "softmax-cross-entropy"
    [data]
    coefficients = [1, 2]
    noise = -1
    low = 2
    [model]
    hidden = [0]
    activation = "tanh"
    [[recipes]]
    optimizer = "adam"
    learning_rate = -0.1
    beta1 = 2
    [[recipes]]
    optimizer = "nesterov"
    rho = 0.9
    [[recipes]]
    optimizer = "adam"
    """
    assert mistakes(written(tmp_path, text)) == [
        "data.noise: is -1.0; it must be at least 0",
        "data.high: low is 2.0 and high is 1.0; low must be below high",
        "model.hidden: is [0]; every layer needs at least 1 unit",
        "model.activation: unknown value 'tanh' (known: identity, sigmoid, relu)",
        "steps: is missing; add steps = 200",
        "batch: is 0; it must be at least 1",
        "recipes[0].learning_rate: is -0.1; it must be a finite number above 0",
        "recipes[0].beta1: is 2.0; it must be at least 0 and below 1",
        "recipes[1].momentum: must be given, for example 0.9: torch and Keras default to none",
        "recipes[1].rho: unknown hyperparameter 'rho' (known: learning_rate, momentum)",
        f"stpes: unknown key 'stpes'; did you mean 'steps'? {KNOWN}",
        "recipes: two recipes are labelled 'adam'; give one another label",
    ]


@pytest.mark.parametrize(
    ("data", "fits"),
    [
        ('data.bundled = "wine"', True),
        ('data.npz = "mnist.npz"', True),
        ('data = { csv = "x.csv", target = ["kind"], classes = true }', True),
        ('data = { csv = "x.csv", target = ["cat", "dog"] }', True),
        ('data = { csv = "x.csv", target = ["price"] }', False),
        ("data.coefficients = [1]", False),
    ],
)
def test_cross_entropy_wants_classes(tmp_path, data, fits):
    text = SMALL.replace("mean-squared-error", "softmax-cross-entropy").replace('data.bundled = "diabetes"', data)
    path = written(tmp_path, text)
    if fits:
        assert read(path).classifies
    else:
        assert mistakes(path) == [CLASSES]


# Files that are no task file


REMEDY = "; text needs quotes, a list needs [ ], a key is given once"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "steps = 3\nloss = mean",
            f"is not TOML: Invalid value (at line 2, column 8){REMEDY}",
        ),
        ("steps =", f"is not TOML: Invalid value (at line 1, column 8){REMEDY}"),
        (
            "steps = 3\nsteps = 4",
            f"is not TOML: Cannot overwrite a value (at line 2, column 10){REMEDY}",
        ),
        (b"title = '\xff'", "is not text in UTF-8; save it in UTF-8"),
    ],
)
def test_not_toml(tmp_path, text, line):
    assert mistakes(written(tmp_path, text)) == [line]


def test_a_number_too_long_for_python(tmp_path):
    [line] = mistakes(written(tmp_path, f"steps = {'9' * 5000}"))
    assert line.startswith("is not TOML: Exceeds the limit (4300 digits) for integer string conversion")


def test_a_missing_file_and_its_nearest_neighbour(tmp_path):
    lonely = str(tmp_path / "my-tsk.toml")
    assert mistakes(lonely) == ["there is no such file; give the path of a task file"]
    neighbour = written(tmp_path, SMALL)
    written(tmp_path, SMALL, "other.toml")
    assert mistakes(lonely) == [f"there is no such file; did you mean '{neighbour}'?"]


def test_a_folder(tmp_path):
    (tmp_path / "folder.toml").mkdir()
    assert mistakes(str(tmp_path / "folder.toml")) == ["cannot be read (Is a directory); give the path of a task file"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "simple_net",
            f"unknown task 'simple_net'; did you mean 'simple-net'? (known: {', '.join((*TASKS, *EXAMPLES))}); "
            "a task of your own is given as a path ending in .toml",
        ),
        (
            "adm",
            f"unknown task 'adm' (known: {', '.join((*TASKS, *EXAMPLES))}); a task of your own is given as a path "
            "ending in .toml; an optimizer goes with --optimizer: adam",
        ),
        ("nowhere/my.toml", "nowhere/my.toml: there is no such file; give the path of a task file"),
    ],
)
def test_an_unknown_task(name, message):
    with pytest.raises(BadInput) as error:
        find(name)
    assert str(error.value) == message


# The records, where Python code describes a task


@pytest.mark.parametrize(
    ("record", "arguments", "message"),
    [
        (
            Given,
            {"inputs": ((1.0,),), "targets": ()},
            "given samples: 1 rows of inputs and 0 of targets; give as many of the one as of the other, at least 1",
        ),
        (
            Given,
            {"inputs": ((1.0,), ()), "targets": ((), ())},
            "given samples: the rows of inputs differ in length; give each as many numbers",
        ),
        (
            Given,
            {"inputs": ((1.0,),), "targets": ((float("nan"),),)},
            "given samples: targets is nan; it must be a finite number",
        ),
        (NormalLine, {"size": 0, "intercept": 0.0}, "normal line: size is 0; it must be at least 1"),
        (
            NormalLine,
            {"size": 1, "intercept": float("inf")},
            "normal line: intercept is inf; it must be a finite number",
        ),
        (
            LinearTarget,
            {"coefficients": (1.0, float("inf"))},
            "linear target: coefficients is inf; it must be a finite number",
        ),
        (
            Bundled,
            {"name": "irys"},
            f"unknown bundled data set 'irys'; did you mean 'iris'? (known: {', '.join(BUNDLED)})",
        ),
        (Point, {"start": ()}, "point: start is empty; give at least one number"),
        (Point, {"start": (float("nan"),)}, "point: start is nan; it must be a finite number"),
        (
            Values,
            {"weight": ((1.0, 2.0), (3.0,))},
            "given weights: the rows of weight differ in length; give each as many numbers",
        ),
        (Network, {"activation": "tanh"}, "unknown activation 'tanh' (known: identity, sigmoid, relu)"),
        (Network, {"biases": "zero"}, "unknown biases 'zero'; did you mean 'zeros'? (known: none, zeros, as-weights)"),
        (Network, {"hidden": (0,)}, "network: hidden is [0]; every layer needs at least 1 unit"),
    ],
)
def test_bad_records(record, arguments, message):
    with pytest.raises(BadInput) as error:
        record(**arguments)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"name": ""}, "task: name is ''; use letters, digits, '-' and '_'"),
        ({"steps": 0}, "task 'bowl': steps is 0; it must be at least 1"),
        ({"loss": "mse"}, f"unknown loss 'mse' {KNOWN_LOSSES}"),
        ({"recipes": ()}, "task 'bowl': recipes is empty; add at least one optimizer"),
        (
            {"data": NormalLine(size=1, intercept=0.0), "loss": "textbook-cross-entropy"},
            "task 'bowl': loss is 'textbook-cross-entropy' but the data has numbers to learn, not classes; "
            "use 'mean-squared-error', or data with classes",
        ),
    ],
)
def test_bad_tasks(changed, message):
    with pytest.raises(BadInput) as error:
        replace(bowl, **changed)
    assert str(error.value) == message


# What is loaded


@pytest.mark.parametrize(
    ("names", "loaded"),
    [((), "set()"), (("bowl",), "set()"), ((str(EXAMPLES["wine"]),), "{'pydantic'}")],
    ids=["import", "shipped", "file"],
)
def test_a_library_is_loaded_only_for_a_task_that_needs_it(names, loaded):
    code = (
        "import sys; from comparisons.tasks import find; [find(name) for name in sys.argv[1:]];"
        "print({'pydantic', 'numpy', 'pandas', 'sklearn'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code, *names], capture_output=True, text=True, check=True)
    assert done.stdout == f"{loaded}\n"
