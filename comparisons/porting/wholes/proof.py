"""The proof of a whole training: source, closest and exact, free and led by the same gradients, through all of it."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass
from math import isclose, isfinite
from typing import Any, NamedTuple

from comparisons.analysis.gaps import largest_gap, largest_path_gap
from comparisons.faithful.held import Held, gather, submit
from comparisons.frameworks import installed, rule_of
from comparisons.frameworks.call import NativeCall
from comparisons.frameworks.trainings import Optimizer, over_groups
from comparisons.names import BadInput, Dtype
from comparisons.porting.probes import Lead
from comparisons.porting.proof import NoProof, in_place
from comparisons.porting.rounding import TIMES, WIDER
from comparisons.porting.tolerance import tolerance
from comparisons.porting.wholes.answer import Whole
from comparisons.porting.wholes.leading import Names, dealt, lead, led, length, not_exercised, placed
from comparisons.rules import Rule
from comparisons.rules.schedules import rate_at
from comparisons.rules.symbols import symbols_in
from comparisons.rules.training import Training
from comparisons.tasks import TaskSpec
from comparisons.tasks.problem import Problem, make_problem
from comparisons.tasks.streams import Array
from comparisons.training import implementations
from comparisons.training.workers import Workers

SAME_RATE = 1e-6  # of two rates: a schedule that is computed in float32 is no other


@dataclass(frozen=True, kw_only=True)
class WholeGaps:
    """How far a training is from the source, relative; infinite where only one of the two is finite.

    Args:
        curve: running free on the task, max |loss - loss'| over the largest loss of the source's curve.
        step: led by the same gradients, max |theta - theta'| over the largest |theta|, of averages, too.
        rounding: what rounding makes of `step` at most.
    """

    curve: float
    step: float
    rounding: float


@dataclass(frozen=True, kw_only=True)
class WholeProof:
    """What was measured.

    Args:
        task: the name of the task that was trained.
        updates: how many the gradients lead.
        native, exact: by dtype, the gaps of the closest training and of the exact one (None if there is none).
        held: the native calls of all groups, held to their rules.
        parts_at: the first update (from 0) at which a rate of the closest training is another; None for none.
        not_exercised: what of the training the proof does not reach.
    """

    task: str
    updates: int
    native: Mapping[Dtype, WholeGaps | None]
    exact: Mapping[Dtype, WholeGaps | None]
    held: Held
    parts_at: int | None
    not_exercised: tuple[str, ...]


class Run(NamedTuple):
    """A training in its framework, and of each rule the number of its group."""

    framework: str
    training: Training[Optimizer]
    origins: tuple[int, ...]


def prove_whole(found: Whole, task: TaskSpec, dtypes: Sequence[Dtype]) -> WholeProof:
    """Train all on the task, and lead all by the same gradients: past every turning point of the schedules, clipped now
    and then. The native calls are held to their rules.

    Each group has tensors: which of the source's they are is nothing that a proof can tell.

    Raises:
        BadInput: the task cannot be made.
        NoProof: a framework is missing, a number is not known, or a training fails.
    """
    runs, rules = _runs(found), found.rules
    updates, left_out = length(rules)
    leading = lead(rules, updates, found.origins)
    problems = {dtype: make_problem(task, (0,), dtype) for dtype in dtypes}
    names = dealt(rules, found.origins, next(iter(problems.values())).params)
    workers = Workers()
    try:
        holdings = submit([(run.framework, run.training) for run in runs], workers)
        measured = {
            dtype: _measured(problem, names, runs, rules, leading, workers) for dtype, problem in problems.items()
        }
        held = gather(holdings)
    except BadInput as error:
        raise NoProof(str(error)) from error
    except (BrokenExecutor, RuntimeError, ValueError, TypeError, ArithmeticError) as error:
        raise NoProof(f"{type(error).__name__}: {' '.join(str(error).split())}") from error
    finally:
        workers.close()
    return WholeProof(
        task=task.name,
        updates=updates,
        native={dtype: gaps[0] if found.native.training is not None else None for dtype, gaps in measured.items()},
        exact={dtype: gaps[-1] if found.exact is not None else None for dtype, gaps in measured.items()},
        held=held,
        parts_at=parts_at(found, updates),
        not_exercised=(*left_out, *_not_run(found.source), *not_exercised(rules, leading[1]), *_idle(found, names)),
    )


def _runs(found: Whole) -> list[Run]:
    """The source, then the closest and the exact training, so far as there are such.

    Raises:
        NoProof: a framework is missing, or a number is not known.
    """
    if unknown := list(symbols_in(found.source)):
        raise NoProof(f"{unknown[0]} is a name for a number, and numbers are trained with")
    apart = tuple(range(len(found.origins)))
    runs = [Run(found.framework, over_groups(found.source, in_place), found.origins)]
    runs += [Run(found.to, one, apart) for one in (found.native.training, found.exact) if one is not None]
    if missing := [run.framework for run in runs if installed.missing(run.framework)]:
        raise NoProof(installed.remedy(missing[0]))
    return runs


def _measured(
    problem: Problem, names: Names, runs: Sequence[Run], rules: Training[Rule], leading: Lead, workers: Workers
) -> list[WholeGaps]:
    """The gaps of all runs to the first."""
    start, gradients = (_as(arrays, problem.dtype) for arrays in leading)
    own = led(len(rules.groups))
    paths = [
        workers.executor(run.framework).submit(
            implementations.follow, run.framework, placed(run.training, own, run.origins), start, gradients
        )
        for run in runs
    ]
    curves = [
        workers.executor(run.framework).submit(
            implementations.train, run.framework, problem, placed(run.training, names, run.origins)
        )
        for run in runs
    ]
    grown = _grown(placed(rules, own, range(len(rules.groups))), problem.dtype, (start, gradients))
    path, *other_paths = [future.result() for future in paths]
    curve, *other_curves = [future.result() for future in curves]
    return [
        WholeGaps(
            curve=largest_gap(free.losses, curve.losses),
            step=largest_path_gap(one, path),
            rounding=max(grown, *_least(problem.dtype, rules, runs[0], run)),
        )
        for run, one, free in zip(runs[1:], other_paths, other_curves, strict=True)
    ]


def _as(arrays: Mapping[str, Array], dtype: Any) -> dict[str, Array]:
    return {name: array.astype(dtype) for name, array in arrays.items()}


def _least(dtype: Dtype, rules: Training[Rule], *runs: Run) -> Iterator[float]:
    """What rounding makes of each rule where errors do not grow, run by the optimizers of both runs."""
    for i, group in enumerate(rules.groups):
        yield tolerance(dtype, group.optimizer, [run.training.groups[run.origins[i]].optimizer for run in runs])


def _grown(rules: Training[Rule], dtype: Dtype, leading: Lead) -> float:
    """What rounding grows to, by the reference in the dtype and in a wider one; 0 where it overflows."""
    wide = [_as(arrays, WIDER[dtype]) for arrays in leading]
    paths = [implementations.follow("numpy", rules, *one) for one in (leading, wide)]
    grown = largest_path_gap(*paths)
    return TIMES * grown if isfinite(grown) else 0.0


def parts_at(found: Whole, updates: int) -> int | None:
    """The first update at which a rate of the closest training is another than the source's: a cosine's end, say."""
    closest = found.native.training
    if closest is None:
        return None
    groups = zip(found.rules.groups, rule_of(closest).groups, strict=True)
    rates = [(one.optimizer.learning_rate, other.optimizer.learning_rate) for one, other in groups]
    for k in range(updates):
        if not all(isclose(rate_at(one, k), rate_at(other, k), rel_tol=SAME_RATE) for one, other in rates):
            return k
    return None


def _not_run(training: Training[NativeCall]) -> list[str]:
    """The classes for which their rules stand."""
    calls = [group.optimizer for group in training.groups]
    foreign = [call for call in calls if isinstance(in_place(call), Rule)]
    return list(dict.fromkeys(f"{call.module}'s own {call.name}, for which its rule stands" for call in foreign))


def _idle(found: Whole, names: Names) -> list[str]:
    """The groups for which the task has no tensors."""
    idle = [name for name, own in zip(found.names, names, strict=True) if not own]
    return [f"in the losses: {', '.join(idle)}"] if idle else []


def whole_numbers(proof: WholeProof) -> dict[str, Any]:
    """The proof for JSON; a gap that is not finite is null."""
    found: dict[str, Any] = {"task": proof.task, "updates": proof.updates}
    for dtype, exact in proof.exact.items():
        gaps = (("native", proof.native[dtype]), ("exact", exact))
        found[dtype] = {f"{which}{key}": value for which, some in gaps for key, value in _numbers(some).items()}
    unfaithful = [one.as_data() for one in proof.held.deviations]
    more = {"native_parts_at": proof.parts_at, "not_exercised": list(proof.not_exercised)}
    return {**found, "unfaithful": unfaithful, **more}


def _numbers(gaps: WholeGaps | None) -> dict[str, float | None]:
    fields = {"_gap": "curve", "_step_gap": "step", "_rounding": "rounding"}
    return {key: None if gaps is None else _finite(getattr(gaps, field)) for key, field in fields.items()}


def _finite(number: float) -> float | None:
    return number if isfinite(number) else None
