"""What runs on a worker of a cluster: its environment is set and checked, and only then is anything trained."""

import os
import sys
from dataclasses import dataclass
from threading import Lock

from comparisons.frameworks.column import column
from comparisons.frameworks.installed import THREADS, missing, remedy
from comparisons.store import circumstances
from comparisons.store.keys import changes
from comparisons.sweeps.block import Block
from comparisons.tasks.problem import Problem
from comparisons.training import implementations
from comparisons.training.cells import Outcome
from comparisons.training.runner import trained

MACHINE = "processor"  # of the circumstances, what is the worker's own


@dataclass(frozen=True)
class Refusal:
    """Why a worker cannot be used, in words."""

    reason: str


_ready = Lock()
_faults: dict[str, str] = {}  # by framework, what was found in this process; "" for nothing


def answer(
    block: Block, problem: Problem, expected: dict[str, str], *, mixed_versions: bool
) -> tuple[str, Outcome | Refusal, str]:
    """On the worker: its address, what came of the block or why it was refused, and its processor."""
    from distributed import get_worker

    here, framework = get_worker().address, block.framework
    with _ready:
        if framework not in _faults:
            _faults[framework] = _prepared(framework)
    own = circumstances(framework)
    processor = own.pop(MACHINE)
    differing = changes({name: value for name, value in expected.items() if name != MACHINE}, own)
    if differing and not mixed_versions:
        return here, Refusal(f"{differing} there (--mixed-versions takes it all the same)"), processor
    if fault := _faults[framework] or float_fault():
        return here, Refusal(fault), processor
    return here, trained(block, problem), processor


def _prepared(framework: str) -> str:
    """Set the environment, import the framework, and say what is wrong with how it computes; "" if nothing is."""
    if missing(framework):
        return remedy(framework)
    wanted = column(framework).environment
    wrong = [name for name, value in wanted.items() if os.environ.get(name) != value]
    early = [package for package in column(framework).framework.packages if package in sys.modules]
    # NumPy, which has no optimizers, is there before anything of ours is; its threads are set below
    if wrong and early and column(framework).framework.has_optimizers:
        return f"{early[0]} was imported there before {', '.join(wrong)} could be set; start its workers anew"
    os.environ.update(wanted)
    implementations.imported(framework)
    from threadpoolctl import threadpool_info, threadpool_limits

    threadpool_limits(limits=THREADS)
    many = [pool["prefix"] for pool in threadpool_info() if pool["num_threads"] != THREADS]
    return f"{', '.join(many)} cannot be held to {THREADS} thread there" if many else ""


def float_fault() -> str:
    """What is wrong with how this thread rounds; "" if nothing is."""
    import numpy as np

    with np.errstate(all="ignore"):
        one, half = np.float64(1), np.float64(2) ** -53
        if np.float32(1e-40) * np.float32(1) == 0 or np.float64(1e-310) * one == 0:
            return "it takes subnormal numbers for 0 there"
        if one + half != 1 or one + np.float64(1.5) * half == 1 or -one - half != -1:
            return "it does not round to nearest there"
    return ""
