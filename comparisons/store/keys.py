"""What a piece of work is known by: all that its numbers depend on."""

import json
import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import sha256
from importlib.util import find_spec

from comparisons.faithful.fingerprint import of_packages
from comparisons.frameworks.column import column
from comparisons.frameworks.installed import bearing, version
from comparisons.store.machine import processor, triptych_version

# Of our own source: all that bears on what is trained. The implementation of the framework comes with it.
OURS = ("comparisons.rules", "comparisons.frameworks", "comparisons.tasks", "comparisons.training", "numpy_impl")
SHORT = 40  # letters of what is shown of a value


@dataclass(frozen=True, kw_only=True)
class Key:
    """The name of a piece of work and the content of it. Two with the same of both are the same work.

    Args:
        name: what people call it, the same when it is asked for again: ("bowl", "float32", "torch", "SGD(lr=0.1)").
        content: all else that its numbers depend on, by what people call that: {"seeds": "[0, 1]", "torch": "2.13.0"}.
            Where a value is long, JSON or a digest of it will do.
    """

    name: tuple[str, ...]
    content: Mapping[str, str]

    @cached_property
    def digest(self) -> str:
        """The key in 64 letters."""
        return sha256(self.written.encode(errors="surrogatepass")).hexdigest()

    @cached_property
    def written(self) -> str:
        """The key as canonical JSON."""
        return json.dumps([self.name, self.content], sort_keys=True, separators=(",", ":"))

    def __hash__(self) -> int:
        return hash(self.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Key) and self.digest == other.digest


def circumstances(framework: str, also: Iterable[str] = ()) -> dict[str, str]:
    """What the numbers of any training of a framework here depend on: a part of the content of its key.

    That is versions, our own source, the processor, and variables of the environment. No framework is imported.

    Args:
        framework: a framework, or the id of a column of one on a device. also: more packages that bear on it.
    """
    return dict(_circumstances(framework, tuple(also)))


@cache
def _circumstances(framework: str, also: tuple[str, ...]) -> dict[str, str]:
    here = column(framework).framework
    packages = dict.fromkeys(("numpy", *here.packages, *also))
    return {
        "python": platform.python_version(),
        **dict(version(package) for package in packages if find_spec(package) is not None),
        "triptych": triptych_version(),
        "triptych's source": of_packages((*OURS, here.implementation)),
        "processor": processor(),
        **bearing(),
    }


def changes(old: Mapping[str, str], new: Mapping[str, str]) -> str:
    """What is another in the content of a key, in words: `torch was 2.12.0 and is 2.13.0`."""
    names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    return ", ".join(_change(name, old.get(name, "not set"), new.get(name, "not set")) for name in names)


def _change(name: str, old: str, new: str) -> str:
    if name.endswith("source") or max(len(old), len(new)) > SHORT:
        return f"the {name} has changed" if "'" not in name else f"{name} has changed"
    return f"{name} was {old} and is {new}"
