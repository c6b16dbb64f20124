"""What is printed of packages: the line that installs them, and whether a version was tested."""

import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from comparisons.frameworks import FRAMEWORKS, installed, requirements

PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
DECLARED = {
    one.name: one
    for lines in (PROJECT["dependencies"], *PROJECT["optional-dependencies"].values())
    for one in map(Requirement, lines)
}


@pytest.mark.parametrize("framework", FRAMEWORKS.values(), ids=lambda framework: framework.id)
def test_the_line_that_installs_has_what_pyproject_asks_for_and_not_our_name(framework):
    pip, install, *packages = framework.install.split()
    assert (pip, install) == ("pip", "install")
    assert [Requirement(one.strip('"')) for one in packages] == [DECLARED[name] for name in framework.packages]
    assert "triptych" not in framework.install


def test_without_metadata_of_ours_there_is_no_range(monkeypatch):
    monkeypatch.setattr(requirements, "DISTRIBUTION", "not-installed")
    assert FRAMEWORKS["torch"].install == 'pip install "torch"'
    assert requirements.untested([("torch", "1.0")]) is None


VERSIONS = {
    "as tested": ("keras", "3.15.1", None),
    "the last patch": ("keras", "3.15.99", None),
    "built for an accelerator": ("torch", "2.13.1+cu128", None),
    "newer": ("keras", "3.16.0", "newer"),
    "the first candidate of a newer one": ("torch", "2.14.0rc1", "newer"),
    "a nightly": ("torch", "2.15.0.dev20261101", "newer"),
    "older": ("keras", "3.14.9", "older"),
    "a major version": ("numpy", "3.0", "newer"),
    "no number": ("keras", "unknown", None),
    "a package that is not ours to judge": ("cowsay", "0.1", None),
}


@pytest.mark.parametrize(("package", "version", "order"), VERSIONS.values(), ids=VERSIONS)
def test_a_version_out_of_range_is_said(package, version, order):
    said = requirements.untested([(package, version)])
    if order is None:
        assert said is None
    else:
        allowed = requirements.written(DECLARED[package].specifier)
        assert said == (
            f"{package} {version} is {order} than those that triptych {metadata.version('triptych')} was tested with "
            f"({allowed}); 'triptych check' says what changed"
        )


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_what_is_installed_here_was_tested(framework):
    assert installed.untested(framework) is None


def test_a_framework_built_under_another_name_is_held_to_its_range(monkeypatch):
    def version(name):
        if name == "tensorflow":
            raise metadata.PackageNotFoundError
        return "3.15.1"

    monkeypatch.setattr(metadata, "version", version)
    monkeypatch.setattr(installed, "versions", lambda packages: {"tensorflow-cpu": "2.22.0"})
    assert installed.untested("tf").startswith("tensorflow 2.22.0 is newer than those")
