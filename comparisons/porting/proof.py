"""The proof of a translation: both optimizers trained, now, and how far they end up from each other."""

import shlex
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from comparisons.analysis.gaps import largest_gap, largest_path_gap
from comparisons.faithful.held import Held, gather, submit
from comparisons.frameworks import installed, of, rule_of
from comparisons.frameworks.call import NativeCall
from comparisons.frameworks.trainings import Optimizer, Trainable
from comparisons.names import BadInput, Dtype
from comparisons.porting.answer import Answer
from comparisons.porting.probes import HUGE, by_probe, leads
from comparisons.porting.rounding import growth, roundings
from comparisons.porting.tolerance import tolerance
from comparisons.rules import SGD, of_matrices
from comparisons.rules.training import Group, Selector, Training
from comparisons.tasks import TaskSpec
from comparisons.tasks.problem import Problem, bare, make_problem
from comparisons.tasks.streams import Array
from comparisons.training import implementations
from comparisons.training.workers import Workers

FORCED_STEPS = 200
FORCED_NUMBERS = 1 << 24  # of all steps' gradients together, 128 MiB: a large net is led for fewer steps
MATRICES = Selector(least_axes=2, most_axes=2)


@dataclass(frozen=True, kw_only=True)
class Gaps:
    """How far one optimizer is from the source, relative; infinite where only one of the two is finite.

    Args:
        curve: running free, max |loss - loss'| over the largest loss of the source's curve.
        step: led by one and the same gradients, max |theta - theta'| over the largest |theta|.
        probes: the same by each probe's gradients.
        rounding: what rounding makes at most of the gap of each probe, and, by the name TASK, of the step's.
    """

    curve: float
    step: float
    probes: Mapping[str, float]
    rounding: Mapping[str, float]

    @property
    def worst(self) -> str:
        """The probe with the gap that is largest beside what rounding makes of it."""
        return max(self.probes, key=lambda probe: self.probes[probe] / self.rounding[probe])


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What was measured.

    Args:
        task: the name of the task that was trained.
        native, exact: by dtype, the gaps of the native call (None if there is none) and of the exact route.
        held: the native calls, held to their rules.
    """

    task: str
    native: Mapping[Dtype, Gaps | None]
    exact: Mapping[Dtype, Gaps]
    held: Held


class NoProof(RuntimeError):
    """The proof could not be measured; the message says why."""


def prove(found: Answer, task: TaskSpec, dtypes: Iterable[Dtype]) -> Proof:
    """Train the source, the closest native call and the exact route on the task, each in its framework's own process.

    Each trains on the task by its own gradients; and all are led, step by step, by the gradients that the NumPy
    reference of the source meets, and by those of the probes. The native calls are held to their rules.

    Raises:
        BadInput: the task cannot be made.
        NoProof: a framework is missing, or its training fails.
    """
    native, exact = found.native.call, found.exact
    if found.source is None or exact is None:
        raise NoProof("there is nothing to train")
    runs: list[tuple[str, Optimizer]] = [(found.framework, in_place(found.source))]
    runs += [(found.to, optimizer) for optimizer in (native, exact.optimizer) if optimizer is not None]
    if exact.optimizer is native:
        runs.pop()  # trained once
    if missing := [framework for framework, _ in runs if installed.missing(framework)]:
        raise NoProof(installed.remedy(missing[0]))
    workers, measured = Workers(), dict[Dtype, list[Gaps]]()
    try:
        holdings = submit(runs, workers)
        for dtype in dtypes:
            measured[dtype] = _measured(make_problem(task, (0,), dtype), runs, workers)
        held = gather(holdings)
    except BadInput:
        raise
    except (BrokenExecutor, RuntimeError, ValueError, TypeError, ArithmeticError) as error:
        raise NoProof(f"{type(error).__name__}: {' '.join(str(error).split())}") from error
    finally:
        workers.close()
    return Proof(
        task=task.name,
        native={dtype: gaps[0] if native is not None else None for dtype, gaps in measured.items()},
        exact={dtype: gaps[-1] for dtype, gaps in measured.items()},
        held=held,
    )


def _measured(problem: Problem, runs: list[tuple[str, Optimizer]], workers: Workers) -> list[Gaps]:
    """The gaps of all runs to the first."""
    rule = rule_of(runs[0][1])
    trained = [(framework, with_the_rest(optimizer)) for framework, optimizer in runs]
    led = rule_of(trained[0][1])
    numbers = sum(array.size for array in problem.params.values())
    steps = max(1, min(FORCED_STEPS, problem.task.steps, FORCED_NUMBERS // numbers))
    met = _in_range(implementations.gradients_met(problem, led, steps), problem.dtype)
    task = (problem.params, met)
    if of_matrices(rule):
        start = bare(problem.params)
        task = (start, {name: array.reshape(len(array), *start[name].shape) for name, array in met.items()})
    curves = [
        workers.executor(framework).submit(implementations.train, framework, problem, optimizer)
        for framework, optimizer in trained
    ]
    all_leads = [task, *leads(rule, problem.dtype)]
    paths = [
        [workers.executor(framework).submit(implementations.follow, framework, optimizer, *lead) for lead in all_leads]
        for framework, optimizer in trained
    ]
    grown = growth(led, all_leads)
    first_curve, *other_curves = [future.result() for future in curves]
    first_paths, *other_paths = [[future.result() for future in futures] for futures in paths]
    return [
        Gaps(
            curve=largest_gap(curve.losses, first_curve.losses),
            step=largest_path_gap(path, first_paths[0]),
            probes=by_probe(probed, first_paths[1:]),
            rounding=roundings(tolerance(problem.dtype, rule, [runs[0][1], optimizer]), grown),
        )
        for (_, optimizer), curve, (path, *probed) in zip(runs[1:], other_curves, other_paths, strict=True)
    ]


def in_place(call: NativeCall) -> Optimizer:
    """What is trained: the call; for a class of another package, which may not be here, the rule that it stands for."""
    return rule_of(call) if call.module in of(call.framework).foreign else call


def with_the_rest(optimizer: Optimizer) -> Trainable:
    """The optimizer; of one that moves matrices only, a training whose other tensors SGD moves, at the same rate."""
    rule = rule_of(optimizer)
    if not of_matrices(rule):
        return optimizer
    rest = Group[Optimizer](optimizer=SGD(learning_rate=rule.learning_rate))
    return Training(groups=(Group[Optimizer](tensors=MATRICES, optimizer=optimizer), rest))


def _in_range(met: dict[str, Array], dtype: Dtype) -> dict[str, Array]:
    """The gradients up to the first that is larger than those of the probes: a training may diverge, and overflow."""
    within = [(abs(array) <= HUGE[dtype]).reshape(len(array), -1).all(axis=1) for array in met.values()]
    beyond = ~np.all(within, axis=0)
    steps = max(1, int(beyond.argmax())) if beyond.any() else len(beyond)
    return {name: array[:steps] for name, array in met.items()}


def command(expression: str, schedule: str, to: str, task: str, dtypes: Sequence[Dtype]) -> str:
    """The line that measures it again."""
    words = ["triptych", "port", expression, "--to", to, "--task", task]
    words += ["--schedule", schedule] if schedule else []
    words += ["--dtype", dtypes[0]] if len(dtypes) == 1 else []
    return shlex.join(words)


def as_numbers(proof: Proof, line: str) -> dict[str, Any]:
    """The proof for JSON; a gap that is not finite is null."""
    found: dict[str, Any] = {"task": proof.task}
    for dtype, exact in proof.exact.items():
        native = proof.native[dtype]
        found[dtype] = {
            "native_gap": _finite(native.curve if native else None),
            "exact_gap": _finite(exact.curve),
            "native_step_gap": _finite(native.step if native else None),
            "exact_step_gap": _finite(exact.step),
            "native_probe_gap": _finite(native.probes[native.worst] if native else None),
            "exact_probe_gap": _finite(exact.probes[exact.worst]),
            "native_probe": native.worst if native else None,
            "exact_probe": exact.worst,
            "native_rounding": native.rounding[native.worst] if native else None,
            "exact_rounding": exact.rounding[exact.worst],
        }
    unfaithful = [one.as_data() for one in proof.held.deviations]
    return found | {"unfaithful": unfaithful, "command": line}


def _finite(number: float | None) -> float | None:
    return number if number is not None and np.isfinite(number) else None
