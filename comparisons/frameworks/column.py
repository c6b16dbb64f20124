"""A column of a comparison: a framework on a device."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from comparisons.frameworks import FRAMEWORKS, of
from comparisons.frameworks.framework import Framework, LineStyle
from comparisons.frameworks.installed import ENVIRONMENT, ON_A_DEVICE
from comparisons.names import BadInput, short, unknown

DEVICE = re.compile(r"[A-Za-z0-9_/:.-]{1,40}")


@dataclass(frozen=True, kw_only=True)
class Column:
    """A framework on a device.

    Args:
        framework: which one.
        device: as the framework calls it, such as "cuda"; "" for the CPU of a process that sees no other device.
    """

    framework: Framework
    device: str

    @property
    def id(self) -> str:
        """As it is typed, and as its column in the frames, its process and its log are called."""
        return f"{self.framework.id}@{self.device}" if self.device else self.framework.id

    @property
    def name(self) -> str:
        """In sentences and headings."""
        return f"{self.framework.name}@{self.device}" if self.device else self.framework.name

    @property
    def title(self) -> str:
        """What it is: the book's code, or the framework."""
        return "the book's code" if self.is_the_book else self.name

    @property
    def is_the_book(self) -> bool:
        """Whether it trains by the code of a book: optimizers of ours, written as papers and textbooks have them."""
        return not self.framework.has_optimizers

    @property
    def environment(self) -> Mapping[str, str]:
        """Variables that are set in its process before the framework is imported there."""
        return ON_A_DEVICE if self.device else ENVIRONMENT

    @property
    def log(self) -> str:
        """The name of the file that its process writes to."""
        return f"{self.id.replace('/', '-').replace(':', '-')}.log"

    @property
    def line(self) -> LineStyle:
        """The framework's; on a device in dots, and narrower, because it may lie on that of the CPU."""
        line = self.framework.line
        return replace(line, width=0.7 * line.width, dash=(0, (1, 1))) if self.device else line


def column(given: str) -> Column:
    """The column of an id: a framework's, or with a device "torch@cuda".

    Raises:
        BadInput: there is no such framework, or nothing after the @, or the framework has no devices.
    """
    name, at, device = given.partition("@")
    if name not in FRAMEWORKS:
        raise BadInput(unknown("framework", name, FRAMEWORKS))
    framework = of(name)
    if at and not framework.devices:
        raise BadInput(f"framework is '{given}'; {framework.name} trains on the CPU only: write {name}")
    if at and not device:
        example = f"{name}@{framework.devices[0]}"
        raise BadInput(f"framework is '{given}'; a device must follow the @, such as {example}")
    if at and not DEVICE.fullmatch(device):
        raise BadInput(f"framework is '{short(given)}'; a device is a word of at most 40 letters, such as cuda:0")
    return Column(framework=framework, device=device)


def in_order(columns: Iterable[str]) -> list[str]:
    """The ids by framework, in the order of those; the CPU's first."""
    ids = list(FRAMEWORKS)
    return sorted(set(columns), key=lambda name: (ids.index(column(name).framework.id), name))
