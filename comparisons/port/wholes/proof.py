"""The proof of a whole training: source, closest and exact led by the same gradients, through all that it has."""

from collections.abc import Mapping, Sequence
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

import numpy as np

from comparisons.analysis.gaps import largest_path_gap
from comparisons.frameworks import installed
from comparisons.frameworks.call import NativeCall
from comparisons.frameworks.express import Mismatch
from comparisons.frameworks.trainings import Optimizer, over_groups
from comparisons.names import BadInput, Dtype
from comparisons.port.proof import NoProof, in_place
from comparisons.port.rounding import TIMES, WIDER
from comparisons.port.tolerance import tolerance
from comparisons.port.wholes.answer import Whole
from comparisons.rules import ClipValue, Rule, Schedule, of_matrices
from comparisons.rules.schedules import turning_points
from comparisons.rules.symbols import symbols_in
from comparisons.rules.training import Selector, Training
from comparisons.tasks.streams import Array
from comparisons.training import implementations
from comparisons.training.workers import Workers

LEAST_UPDATES, MOST_BATCHES = 40, 4000
BEYOND = 10  # updates after the last turning point
SIZES = (0.1, 10.0)  # of the gradients of an update, in limits of the clip: below it, and above


@dataclass(frozen=True, kw_only=True)
class WholeProof:
    """What was measured: by dtype, max |theta - theta'| over the largest |theta| on the source's path.

    Args:
        updates: how many were made.
        native, exact: the gap of the closest training (None if there is none) and of the exact one.
        rounding: what rounding makes at most.
        not_exercised: what of the training the proof does not reach.
    """

    updates: int
    native: Mapping[Dtype, float | None]
    exact: Mapping[Dtype, float | None]
    rounding: Mapping[Dtype, float]
    not_exercised: tuple[str, ...]


def prove_whole(found: Whole, dtypes: Sequence[Dtype]) -> WholeProof:
    """Lead all by the same gradients: through every turning point of the schedules, clipped in some updates only.

    Each group has tensors: which of the source's they are is nothing that a proof can tell.

    Raises:
        NoProof: a framework is missing, a number is not known, or a training fails.
    """
    if unknown := list(symbols_in(found.source)):
        raise NoProof(f"{unknown[0]} is a name for a number, and numbers are trained with")
    rules, apart = found.rules, tuple(range(len(found.origins)))
    runs: list[tuple[str, Training[Optimizer]]] = [(found.framework, _placed(_in_place(found.source), found.origins))]
    others = [found.native.training, found.exact]
    runs += [(found.to, _placed(one, apart)) for one in others if one is not None]
    if missing := [framework for framework, _ in runs if installed.missing(framework)]:
        raise NoProof(installed.remedy(missing[0]))
    updates, left_out = _length(rules)
    start, gradients = _lead(rules, updates, found.origins)
    workers = Workers()
    native: dict[Dtype, float | None] = {}
    exact: dict[Dtype, float | None] = {}
    rounding: dict[Dtype, float] = {}
    try:
        for dtype in dtypes:
            lead = (_as(start, dtype), _as(gradients, dtype))
            futures = [
                workers.executor(framework).submit(implementations.follow, framework, training, *lead)
                for framework, training in runs
            ]
            rounding[dtype] = _rounding(_placed(rules, apart), runs, dtype, lead)
            source, *paths = [future.result() for future in futures]
            gaps = [largest_path_gap(path, source) for path in paths]
            native[dtype] = gaps[0] if found.native.training is not None else None
            exact[dtype] = gaps[-1] if found.exact is not None else None
    except BadInput as error:
        raise NoProof(str(error)) from error
    except (BrokenExecutor, RuntimeError, ValueError, TypeError, ArithmeticError) as error:
        raise NoProof(f"{type(error).__name__}: {' '.join(str(error).split())}") from error
    finally:
        workers.close()
    return WholeProof(
        updates=updates,
        native=native,
        exact=exact,
        rounding=rounding,
        not_exercised=(*left_out, *_not_run(found.source), *_not_exercised(rules, gradients)),
    )


def _in_place(training: Training[NativeCall]) -> Training[Optimizer]:
    """The training with rules in the place of classes of other packages."""
    return over_groups(training, in_place)


def _placed(training: Any, origins: Sequence[int]) -> Any:
    """The training whose groups hold the proof's own tensors, g0_* and so on.

    Args:
        training: what is trained.
        origins: of each of those tensors' numbers, the number of its group.
    """
    names = [tuple(f"g{j}_*" for j, of in enumerate(origins) if of == i) for i in range(len(training.groups))]
    groups = tuple(
        replace(group, tensors=Selector(names=own)) for group, own in zip(training.groups, names, strict=True)
    )
    return replace(training, groups=groups)


def _length(rules: Training[Rule]) -> tuple[int, tuple[str, ...]]:
    """How many updates reach past every turning point, and what they leave out."""
    n = _batches(rules)
    rates = [group.optimizer.learning_rate for group in rules.groups]
    points = [float(point) for rate in rates if isinstance(rate, Schedule) for point in turning_points(rate)]
    average = rules.average
    if average is not None:
        after = max(average.after + average.every, average.overwrite)
        points.append(after / n if average.clock == "batch" else after)
    wanted = max([LEAST_UPDATES, *(int(point) + BEYOND for point in points)])
    made = min(wanted, MOST_BATCHES // n)
    late = sorted({int(point) for point in points if point + 1 >= made})
    left_out = f"the schedule from update {made} on: it turns at {', '.join(map(str, late))}"
    return made, (left_out,) if late else ()


def _batches(rules: Training[Rule]) -> int:
    return 1 if rules.accumulation is None else rules.accumulation.batches


def _lead(rules: Training[Rule], updates: int, origins: Sequence[int]) -> tuple[dict[str, Array], dict[str, Array]]:
    """Tensors of each group, and gradients (micro-batches, ...): below a limit in one update, above it in the next.

    Of a call that moves matrices by one rule and the rest by another, the rest has none.
    """
    generator, n = np.random.default_rng(0), _batches(rules)
    start: dict[str, Array] = {}
    for i, group in enumerate(rules.groups):
        matrices = of_matrices(group.optimizer)
        if matrices or origins.count(origins[i]) == 1:
            start[f"g{i}_w"] = generator.standard_normal((4, 3))
        if not matrices:
            start[f"g{i}_b"] = generator.standard_normal(3)
    limits = [clip.limit for clip in (rules.clip, *(g.optimizer.clip for g in rules.groups)) if clip is not None]
    count = sum(array.size for array in start.values())
    unit = (limits[0] if limits else 1.0) / (1.0 if isinstance(rules.clip, ClipValue) else count**0.5)
    unit *= 1.0 if rules.accumulation is not None and rules.accumulation.combine == "sum" else n**0.5
    sizes = unit * np.array(SIZES)[np.arange(updates) % 2].repeat(n)
    drawn = {name: generator.standard_normal((updates * n, *array.shape)) for name, array in start.items()}
    return start, {name: sizes.reshape(-1, *(1,) * (g.ndim - 1)) * g for name, g in drawn.items()}


def _as(arrays: Mapping[str, Array], dtype: Any) -> dict[str, Array]:
    return {name: array.astype(dtype) for name, array in arrays.items()}


def _rounding(
    rules: Training[Rule],
    runs: Sequence[tuple[str, Training[Optimizer]]],
    dtype: Dtype,
    lead: tuple[dict[str, Array], dict[str, Array]],
) -> float:
    """What rounding makes at most: what it makes of each group's rule, and more where errors grow."""
    least = max(
        tolerance(dtype, group.optimizer, [_optimizer_of(i, training) for _, training in runs])
        for i, group in enumerate(rules.groups)
    )
    wide = [_as(arrays, WIDER[dtype]) for arrays in lead]
    paths = [implementations.follow("numpy", rules, *one) for one in (lead, wide)]
    grown = largest_path_gap(*paths)
    return max(least, TIMES * grown) if isfinite(grown) else least


def _optimizer_of(number: int, placed: Training[Optimizer]) -> Optimizer:
    """What moves the proof's tensors of that number."""
    return next(group.optimizer for group in placed.groups if f"g{number}_*" in group.tensors.names)


def _not_run(training: Training[NativeCall]) -> list[str]:
    """The classes for which their rules stand."""
    calls = [group.optimizer for group in training.groups]
    foreign = [call for call in calls if isinstance(in_place(call), Rule)]
    return list(dict.fromkeys(f"{call.module}'s own {call.name}, for which its rule stands" for call in foreign))


def _not_exercised(rules: Training[Rule], gradients: Mapping[str, Array]) -> list[str]:
    """What of the training the gradients do not reach."""
    said = ["which tensors each group holds"] if len(rules.groups) > 1 else []
    accumulation, n = rules.accumulation, _batches(rules)
    if accumulation is not None and accumulation.combine == "samples":
        said.append("micro-batches of different sizes")
    clip = rules.clip if rules.clip is not None else rules.groups[0].optimizer.clip
    if clip is not None and not isinstance(clip, ClipValue):
        flat = np.concatenate([g.reshape(len(g), -1) for g in gradients.values()], axis=1)
        if accumulation is not None and accumulation.clip == "combined":
            flat = flat.reshape(-1, n, flat.shape[1]).sum(axis=1) / (1 if accumulation.combine == "sum" else n)
        norms = np.linalg.norm(flat, axis=1)
        said += ["clipping"] if not (norms > clip.limit).any() else []
        said += ["updates without clipping"] if not (norms < clip.limit).any() else []
    return said


def judged(found: Whole, proof: WholeProof) -> tuple[Whole, tuple[str, ...]]:
    """The answer without the claims that the proof refutes, and a line for each that fails."""
    failures = []
    exact = [(dtype, gap) for dtype, gap in proof.exact.items() if gap is not None]
    beyond = [f"{dtype}: {gap:.1e}" for dtype, gap in exact if not gap <= proof.rounding[dtype]]
    if exact and found.holds is None:
        failures = [f"not exact: led by the same gradients it is {', '.join(beyond)} apart"] if beyond else []
        found = replace(found, holds=not beyond)
    native = [(dtype, gap) for dtype, gap in proof.native.items() if gap is not None]
    beyond = [f"{dtype}: {gap:.1e}" for dtype, gap in native if not gap <= proof.rounding[dtype]]
    if beyond and found.native.fidelity == "exact":
        says = f"led by the same gradients it is {', '.join(beyond)} apart"
        measured = Mismatch(field="measured", source="exact", target="not exact", message=says)
        changed = replace(found.native, around=(measured, *found.native.around), fidelity="approximate")
        found = replace(found, native=changed)
    return found, tuple(failures)


def whole_numbers(proof: WholeProof) -> dict[str, Any]:
    """The proof for JSON; a gap that is not finite is null."""
    by_dtype: dict[str, Any] = {
        dtype: {
            "native_step_gap": _finite(proof.native[dtype]),
            "exact_step_gap": _finite(proof.exact[dtype]),
            "rounding": rounding,
        }
        for dtype, rounding in proof.rounding.items()
    }
    return {"updates": proof.updates, **by_dtype, "not_exercised": list(proof.not_exercised)}


def _finite(number: float | None) -> float | None:
    return number if number is not None and isfinite(number) else None
