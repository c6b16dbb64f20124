"""The packages that this release was tested with: read from its own metadata, which pyproject.toml writes.

The library that knows all versions takes 50 ms to import, and is asked of those that are no plain release within their
range, which nearly all are.
"""

import re
from collections.abc import Iterable
from importlib import metadata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet

DISTRIBUTION = "triptych"


def tested() -> "dict[str, SpecifierSet]":
    """Package to the range of its versions; empty where the code runs without having been installed."""
    from packaging.requirements import Requirement

    return {one.name: one.specifier for one in map(Requirement, _lines())}


def _lines() -> list[str]:
    """The requirements as the metadata has them."""
    try:
        return metadata.requires(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        return []


def install(packages: Iterable[str]) -> str:
    """The command that installs packages from the index, in the range that was tested.

    Not one that names this project: it is not on the index, so whoever put something there by its name would be run.
    """
    from packaging.specifiers import SpecifierSet

    ranges = tested()
    return " ".join(["pip install", *(f'"{name}{written(ranges.get(name, SpecifierSet()))}"' for name in packages)])


def untested(installed: Iterable[tuple[str, str]]) -> str | None:
    """What is to be said of packages (names and versions) of which one is outside its range; None if none is."""
    found = [(name, version) for name, version in installed if not _is_plainly_tested(name, version)]
    return _said(found) if found else None


def _said(installed: Iterable[tuple[str, str]]) -> str | None:
    from packaging.specifiers import SpecifierSet
    from packaging.version import InvalidVersion, Version

    ranges = tested()
    for name, version in installed:
        try:
            found = Version(version)
        except InvalidVersion:  # a build of somebody's own, which has no place in any order
            continue
        allowed = ranges.get(name, SpecifierSet())
        if not allowed.contains(found, prereleases=True):
            order = "older" if any(found < Version(one.version) for one in allowed if one.operator == ">=") else "newer"
            return (
                f"{name} {version} is {order} than those that {DISTRIBUTION} {metadata.version(DISTRIBUTION)} was "
                f"tested with ({written(allowed)}); '{DISTRIBUTION} check' says what changed"
            )
    return None


def _is_plainly_tested(name: str, version: str) -> bool:
    """Whether a release of whole numbers is within a range of two such; False where there is more to it."""
    release = _whole_numbers(version.partition("+")[0])
    for line in _lines():
        if bounds := re.fullmatch(rf"{re.escape(name)}<([\d.]+),>=([\d.]+)", line.partition(";")[0].strip()):
            most, least = map(_whole_numbers, bounds.groups())
            return release is not None and most is not None and least is not None and least <= release < most
    return False


def _whole_numbers(version: str) -> tuple[int, ...] | None:
    """The numbers of a release, without zeros at its end; None where it is no release of numbers alone."""
    if not re.fullmatch(r"\d+(\.\d+)*", version):
        return None
    return tuple(map(int, re.sub(r"(\.0+)+$", "", version).split(".")))


def written(allowed: "SpecifierSet") -> str:
    """A range, the lower end first."""
    return ",".join(sorted(map(str, allowed), reverse=True))
