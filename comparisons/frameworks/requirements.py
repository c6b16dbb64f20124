"""The packages that this release was tested with: read from its own metadata, which pyproject.toml writes."""

from collections.abc import Iterable
from importlib import metadata

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

DISTRIBUTION = "triptych"


def tested() -> dict[str, SpecifierSet]:
    """Package to the range of its versions; empty where the code runs without having been installed."""
    try:
        lines = metadata.requires(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        return {}
    return {one.name: one.specifier for one in map(Requirement, lines)}


def install(packages: Iterable[str]) -> str:
    """The command that installs packages from the index, in the range that was tested.

    Not one that names this project: it is not on the index, so whoever put something there by its name would be run.
    """
    ranges = tested()
    return " ".join(["pip install", *(f'"{name}{written(ranges.get(name, SpecifierSet()))}"' for name in packages)])


def untested(installed: Iterable[tuple[str, str]]) -> str | None:
    """What is to be said of packages (names and versions) of which one is outside its range; None if none is."""
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


def written(allowed: SpecifierSet) -> str:
    """A range, the lower end first."""
    return ",".join(sorted(map(str, allowed), reverse=True))
