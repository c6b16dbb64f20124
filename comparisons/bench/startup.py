"""How soon the command line answers, and what it leaves unloaded for that."""

from collections.abc import Iterator

from comparisons.bench.measure import Row, command
from comparisons.frameworks import FRAMEWORKS

COMMANDS = ("--help", "list")
TARGET_SECONDS = 0.25
HEAVY = {"pandas", "matplotlib", "sklearn"}.union(*(framework.packages for framework in FRAMEWORKS.values()))


def rows(*, repetitions: int = 15) -> Iterator[Row]:
    """`triptych --help` and `triptych list`, each in fresh processes."""
    for argument in COMMANDS:
        case, line = f"triptych {argument}", ("-m", "comparisons", argument)
        command(*line)  # files come from the disk the first time, and from memory afterwards
        laps = [command(*line) for _ in range(repetitions)]
        walls, cpus = [lap.wall for lap in laps], [lap.cpu for lap in laps]
        yield Row(case=case, quantity="wall time", unit="s", samples=walls, target=TARGET_SECONDS)
        yield Row(case=case, quantity="CPU time", unit="s", samples=cpus)
        heavy = len(HEAVY & loaded(*line))
        yield Row(case=case, quantity="heavy packages loaded", unit="count", samples=[heavy], target=0)


def loaded(*arguments: str) -> set[str]:
    """The packages that Python loads when it is run with these arguments, as it tells itself."""
    told = command("-X", "importtime", *arguments).result.stderr
    return {line.rsplit("|", 1)[1].strip().split(".")[0] for line in told.splitlines() if line.startswith("import ")}
