"""What recording a training costs: updates with a recorder against the same without."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from comparisons.bench.measure import Lap, Row, baseline, installed, interleaved, ratios, worker
from comparisons.frameworks import FRAMEWORKS
from comparisons.tasks.streams import Array

TARGET = 1.1  # times as long as without
UPDATES = 32  # of a lap: as many as a recorder takes from the start
LATER = 100  # of a lap after them, of which a recorder takes one
EVERY = 10_000  # more updates than there are: all are recorded
REPETITIONS = 9
WIDTHS = (784, 1024, 256, 10)  # 1,068,810 parameters
BATCH = 128
IMAGES = 4  # updates of a lap of the convolutional net, which takes ten times as long


def rows(
    *,
    frameworks: Sequence[str] = (),
    widths: Sequence[int] = WIDTHS,
    updates: int = UPDATES,
    later: int = LATER,
    images: int = IMAGES,
    repetitions: int = REPETITIONS,
) -> Iterator[Row]:
    """Updates by Adam, all of which are recorded and written: hashes, samples, norms and state; and one in a hundred.

    Of a dense net, whose updates are as short as those of a million parameters can be, and, where the framework has
    convolutions, all of a convolutional one.
    """
    for framework in frameworks or installed():
        with worker(framework) as executor:
            net = "-".join(map(str, widths))
            dense = executor.submit(measure, framework, widths, updates, repetitions, EVERY).result()
            yield from compared(framework, net, *dense)
            dense = executor.submit(measure, framework, widths, later, repetitions, 1).result()
            yield from compared(framework, f"{net}, one update in {LATER}", *dense)
            if FRAMEWORKS[framework].has_optimizers:
                convolutional = executor.submit(measure, framework, None, images, repetitions, EVERY).result()
                yield from compared(framework, "convolutions", *convolutional)


def compared(framework: str, net: str, ours: list[Lap[Array]], theirs: list[Lap[Array]]) -> Iterator[Row]:
    """The rows of a net: seconds of an update, and the ratio."""
    updates = len(ours[0].result)
    case = f"Adam, {net}, batches of {BATCH}, one thread"
    for quantity, laps in {"recorded, CPU time an update": ours, "not recorded": theirs}.items():
        samples = [lap.cpu / updates for lap in laps]
        yield Row(framework=framework, case=case, quantity=quantity, unit="s", samples=samples)
    samples = ratios([lap.cpu for lap in ours], [lap.cpu for lap in theirs])
    quantity = "recorded / not, CPU time"
    yield Row(framework=framework, case=case, quantity=quantity, unit="ratio", samples=samples, target=TARGET)


def measure(
    framework: str, widths: Sequence[int] | None, updates: int, repetitions: int, first: int
) -> list[list[Lap[Array]]]:
    """In the worker: the laps of both trainings, which go on from lap to lap.

    Args:
        widths: of a dense net's layers; None of the convolutional one.
        first: so many updates are recorded, and after them one in a hundred.

    Raises:
        RuntimeError: they do not have the same losses.
    """
    with TemporaryDirectory() as folder:
        of, trace = baseline(framework), Path(folder) / "trace"
        calls = (
            of.recorded_images(trace, BATCH, updates, first)
            if widths is None
            else of.recorded(trace, widths, BATCH, updates, first)
        )
        laps = interleaved(repetitions, *calls)
    for ours, theirs in zip(*laps, strict=True):
        if not (ours.result == theirs.result).all():
            raise RuntimeError("the losses with a recorder are others than without: nothing to compare")
    return laps
