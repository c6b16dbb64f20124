"""What a step of each of torch's drop-ins costs against torch's own class, on the parameters of models people train."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal

from comparisons.bench.measure import Lap, Row, baseline, interleaved, ratios, worker
from comparisons.bench.shapes import Shape, gpt2_small, resnet_50

Way = Literal["eager", "compiled"]
MODELS: Mapping[str, Callable[[], list[Shape]]] = {"ResNet-50": resnet_50, "GPT-2 small": gpt2_small}
KINDS = (
    "SGD",
    "Adagrad",
    "Adadelta",
    "RMSprop",
    "Adam",
    "Adamax",
    "NAdam",
    "RAdam",
    "ASGD",
    "Rprop",
    "Adafactor",
)
COMPILED = ("SGD", "Adam")  # a compilation takes long
SOME = 7  # of so many tensors one is compiled on a CPU: with all of them it takes more than five minutes
CPU = "cpu"


def rows(
    *,
    device: str = CPU,
    models: Sequence[str] = tuple(MODELS),
    kinds: Sequence[str] = KINDS,
    compiled: Sequence[str] = COMPILED,
    repetitions: int = 5,
) -> Iterator[Row]:
    """Of each class its drop-in and torch's own in turn, on one thread: as they are, then compiled.

    Raises:
        BadInput: torch finds no such device.
    """
    with worker("torch" if device == CPU else f"torch@{device}") as executor:  # the CPU's sees no other device
        for model in models:
            ways: Mapping[Way, Sequence[str]] = {"eager": kinds, "compiled": compiled}
            for way, kind in ((way, kind) for way, which in ways.items() for kind in which):
                laps = executor.submit(measure, kind, model, device, way, repetitions).result()
                yield from compared(kind, f"{model}, {way}, {device}", target(device, way), laps)


def target(device: str, way: Way) -> float:
    """At most so many times what torch's class takes: on an accelerator that steps all tensors by few calls."""
    match way:
        case "compiled":
            return 1.2
        case "eager":
            return 1.1 if device == CPU else 1.3


def compared(kind: str, case: str, most: float, laps: Sequence[Sequence[Lap[None]]]) -> Iterator[Row]:
    """The rows of one class: seconds a step, and the ratio."""
    ours, torchs = ([lap.wall for lap in done] for done in laps)
    for name, samples in (("drop-in", ours), ("torch", torchs)):
        yield Row(framework="torch", case=case, quantity=f"{kind}, {name}", unit="s", samples=samples)
    quantity, samples = f"{kind}, drop-in / torch", ratios(ours, torchs)
    yield Row(framework="torch", case=case, quantity=quantity, unit="ratio", samples=samples, target=most)


def measure(kind: str, model: str, device: str, way: Way, repetitions: int) -> list[list[Lap[None]]]:
    """In the worker: the laps of the drop-in and of torch's class, a step each."""
    shapes = MODELS[model]()
    if way == "compiled" and device == CPU:
        shapes = shapes[::SOME]
    calls = baseline("torch").pair(kind, shapes, device, way == "compiled")
    return interleaved(repetitions, *calls)
