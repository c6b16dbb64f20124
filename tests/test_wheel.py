"""A wheel carries what its commands need: built, installed beside nothing else of ours, and used in an empty folder."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = ("comparisons", "numpy_impl", "torch_impl", "tf_impl", "pyproject.toml", "README.md", "LICENSE")


def pip(*arguments):
    done = subprocess.run([sys.executable, "-m", "pip", *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The folder that the wheel was installed in."""
    folder = tmp_path_factory.mktemp("wheel")
    (folder / "source").mkdir()
    for name in SOURCES:  # building leaves files beside them
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, folder / "source" / name)
    # setuptools and wheel come with torch and TensorFlow, which ask for them
    pip("wheel", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", folder, folder / "source")
    [wheel] = folder.glob("*.whl")
    pip("install", "--no-deps", "--no-index", "--target", folder / "site", wheel)
    return folder / "site"


@pytest.fixture
def triptych(installed, tmp_path, monkeypatch):
    """Run the installed command line in an empty folder."""
    monkeypatch.chdir(tmp_path)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def call(*arguments):
        command = [sys.executable, "-m", "comparisons", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, env=environment | {"PYTHONPATH": str(installed)})

    return call


def test_the_files_of_the_packages_are_those_of_the_checkout(installed):
    def files(root):
        packages = (path for name in SOURCES[:4] for path in (root / name).rglob("*"))
        return {str(path.relative_to(root)) for path in packages if path.is_file() and path.suffix != ".pyc"}

    assert files(installed) == files(ROOT)


def test_list_and_examples(triptych, installed):
    done = triptych("list", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    examples = json.loads(done.stdout)["examples"]
    assert examples
    for name, path in examples.items():
        assert Path(path).is_relative_to(installed)
        ended = triptych("run", name, "--steps", 2, "--framework", "numpy", "--quiet", "--out", "out")
        assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.full
def test_check_against_a_run_of_its_own(triptych):
    assert triptych("run", "wine", "--steps", 2, "--framework", "numpy", "--quiet", "--out", "out").returncode == 0
    done = triptych("check", "--baseline", "out")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert done.stdout.splitlines()[-1] == "18 curves compared with out: nothing has changed"


@pytest.mark.full
def test_check_against_what_is_shipped(triptych):
    done = triptych("check", "--fail-on", "numbers", "--require", "torch,tf")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "curves compared with the default run of this release" in done.stdout.splitlines()[-1]
