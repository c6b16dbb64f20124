"""Finished trainings of a sweep in the store of its directory."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from hashlib import sha256
from typing import Any

from comparisons.names import Dtype
from comparisons.store import Key, Record, circumstances
from comparisons.store.runs import now
from comparisons.sweeps.block import KEPT
from comparisons.sweeps.plan import Plan
from comparisons.tasks.problem import Problem
from comparisons.training.cells import Job
from comparisons.training.contract import Endings


def keys_of(plan: Plan, problems: Mapping[tuple[str, Dtype], Problem]) -> dict[Job, Key]:
    """The key of each training: all that what is kept of it depends on."""
    told = {place: _told(problem) for place, problem in problems.items()}
    common = {"seeds": str(plan.seeds), "target": str(plan.target), "kept steps": str(KEPT)}
    return {
        job: Key(
            name=("sweep", *job),
            content={**told[job.task, job.dtype], **common, **circumstances(job.framework)},
        )
        for job in plan.jobs
    }


def _told(problem: Problem) -> dict[str, str]:
    """The task without what it does not train here, and a digest of its data."""
    task = problem.task
    data = sha256(problem.inputs.tobytes() + problem.targets.tobytes()).hexdigest()
    return {"model": repr(task.model), "loss": task.loss, "steps": str(task.steps), "batch": str(task.batch)} | {
        "data": f"{problem.inputs.shape} {problem.targets.shape} {data}"
    }


def note_of(plan: Plan, keys: Iterable[Key]) -> dict[str, Any]:
    """What `triptych list --runs` shows of a sweep that is begun, as a run has it; of the seeds their number."""
    return {
        "provenance": {"created": now()},
        "tasks": [{"name": task.name} for task in plan.tasks],
        "frameworks": list(plan.frameworks),
        "seeds": plan.seeds,
        "digests": [key.digest for key in keys],
    }


def record_of(endings: Endings) -> Record:
    """What is kept of a training, to be stored."""
    arrays = asdict(endings)
    return Record(arrays, {"seconds": arrays.pop("seconds")})


def endings_from(record: Record) -> Endings:
    """What was stored."""
    return Endings(**record.arrays, seconds=float(record.data["seconds"]))
