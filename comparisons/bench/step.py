"""What one step of Adam costs: NumPy on one flat array against every variant of the frameworks, on one thread."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from comparisons.bench.measure import Lap, Row, baseline, installed, interleaved, ratios, worker
from comparisons.rules import Adam

RULE = Adam(learning_rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8, epsilon_position="corrected-root")
MOVED = 7  # arrays that a step moves if each passes through once: it reads theta, g, m, v and writes theta, m, v
STREAMED = 3  # arrays that x += y moves

SMALL = [(64, 64), (64,)] * 20 + [(64, 10)]  # 41 tensors of 83,840 elements
LARGE = [(10_000_000,)]
CASES: dict[str, tuple[Sequence[tuple[int, ...]], int]] = {
    "41 tensors of 83,840 elements": (SMALL, 200),  # steps a lap
    "one tensor of 10,000,000": (LARGE, 2),
}
# At most so many times the other: NumPy beats every variant on small tensors, torch's slower two on a large one.
TARGETS = {
    ("41 tensors of 83,840 elements", "numpy / torch default"): 1.0,
    ("41 tensors of 83,840 elements", "numpy / torch foreach"): 1.0,
    ("41 tensors of 83,840 elements", "numpy / torch fused"): 1.0,
    ("41 tensors of 83,840 elements", "numpy / keras"): 1.0,
    ("one tensor of 10,000,000", "numpy / torch default"): 1.0,
    ("one tensor of 10,000,000", "numpy / torch foreach"): 1.0,
    ("one tensor of 10,000,000", "numpy / limit"): 3.5,
}
DROP_IN = 1.5  # a drop-in may take so many times what the framework's own class takes


def rows(*, frameworks: Sequence[str] = (), repetitions: int = 9) -> Iterator[Row]:
    """In each framework's worker, its variants and NumPy's in turn; "limit" is the time to stream the bytes once."""
    for framework in frameworks or [name for name in installed() if name != "numpy"]:
        with worker(framework) as executor:
            for case in CASES:
                laps = executor.submit(measure, framework, case, repetitions).result()
                yield from compared(framework, case, {name: [lap.wall for lap in done] for name, done in laps.items()})


def compared(framework: str, case: str, seconds: dict[str, list[float]]) -> Iterator[Row]:
    """The rows of one case: seconds a step, and NumPy's and the drop-in's ratios."""
    for name, samples in seconds.items():
        yield Row(framework=framework, case=case, quantity=name, unit="s", samples=samples)
    pairs = [("numpy", name) for name in seconds if name not in ("numpy", f"{framework} drop-in", "keras drop-in")]
    native = "torch default" if framework == "torch" else "keras"
    pairs.append((f"{native.split()[0]} drop-in", native))
    for one, other in pairs:
        quantity = f"{one} / {other}"
        target = DROP_IN if "drop-in" in one else TARGETS.get((case, quantity))
        samples = ratios(seconds[one], seconds[other])
        yield Row(framework=framework, case=case, quantity=quantity, unit="ratio", samples=samples, target=target)


def measure(framework: str, case: str, repetitions: int) -> dict[str, list[Lap[None]]]:
    """In the worker: the laps of every variant, each in seconds a step."""
    shapes, count = CASES[case]
    tensors = [np.random.default_rng(i).standard_normal(shape).astype(np.float32) for i, shape in enumerate(shapes)]
    scratch = baseline("numpy")
    calls: dict[str, Callable[[], object]] = {
        "limit": scratch.stream(tensors),
        **scratch.steps(RULE, tensors),
        **baseline(framework).steps(RULE, tensors),
    }
    laps = interleaved(repetitions, *(repeated(call, count) for call in calls.values()))
    moved = {"limit": MOVED / STREAMED}
    return {
        name: [scaled(lap, moved.get(name, 1.0) / count) for lap in done]
        for name, done in zip(calls, laps, strict=True)
    }


def repeated(call: Callable[[], object], count: int) -> Callable[[], None]:
    """The call so many times in a row."""

    def calls() -> None:
        for _ in range(count):
            call()

    return calls


def scaled(lap: Lap[None], factor: float) -> Lap[None]:
    """The lap with its seconds multiplied."""
    return Lap(wall=lap.wall * factor, cpu=lap.cpu * factor, result=None)
