"""Train on an existing Dask cluster: a window of blocks at a time, each handed on when it is finished."""

import logging
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from comparisons.names import BadInput, Dtype
from comparisons.store import circumstances
from comparisons.sweeps.block import Block
from comparisons.sweeps.remote import Refusal, answer
from comparisons.tasks.problem import Problem
from comparisons.training.cells import Failure, Job, Outcome, one_line
from comparisons.training.runner import Progress

if TYPE_CHECKING:
    from distributed import Client, Future

AHEAD = 3  # blocks that wait on the cluster for each of its threads: more would only be held there
LOGGERS = ("distributed", "distributed.client")  # those of its that have a level of their own, as it is delivered
PATIENCE = 20.0  # seconds until a scheduler that does not answer is none


@dataclass
class OnCluster:
    """Where a sweep is trained: the workers of a scheduler, and what is to be told of them.

    Args:
        address: of the scheduler: tcp://host:8786.
        mixed_versions: take workers whose versions are not the client's.
        notes: a line for each worker that was refused, or whose processor is another.
    """

    address: str
    mixed_versions: bool = False
    progress: Progress | None = None

    def __post_init__(self) -> None:
        self.notes: list[str] = []
        self.refused: dict[str, str] = {}

    def __call__(
        self, blocks: Sequence[Block], problems: Mapping[tuple[str, Dtype], Problem]
    ) -> Iterator[tuple[Job, Outcome]]:
        """Train the blocks; yield the outcome of each as it comes.

        Raises:
            BadInput: there is no such scheduler, or no Dask here.
        """
        if not blocks:
            return
        left = dict.fromkeys(block.job for block in blocks)
        fault = ""
        made = _client(self.address)  # Dask sets the levels of its loggers when it is imported
        with _silent(), made as client:
            try:
                for job, outcome in self._trained(client, blocks, problems):
                    del left[job]
                    yield job, outcome
            except (OSError, RuntimeError, CancelledError, TimeoutError) as error:  # whatever the client was doing
                fault = one_line(error)
        for job in left:
            yield job, Failure(reason=f"the scheduler at {self.address} is gone ({fault}); run again to go on")

    def _trained(
        self, client: "Client", blocks: Sequence[Block], problems: Mapping[tuple[str, Dtype], Problem]
    ) -> Iterator[tuple[Job, Outcome]]:
        """Keep the window full, and take what is finished from it, until nothing is left."""
        waiting, window, done = deque(blocks), _Window(client), 0
        self._tell(done, len(blocks))
        yield from self._fill(window, waiting, problems)
        while window.running:
            future, block = window.next()
            outcome = self._outcome(future, block)
            future.release()
            if outcome is None:
                waiting.appendleft(block)
            else:
                done += 1
                yield block.job, outcome
                self._tell(done, len(blocks))
            yield from self._fill(window, waiting, problems)

    def _fill(
        self, window: "_Window", waiting: deque[Block], problems: Mapping[tuple[str, Dtype], Problem]
    ) -> Iterator[tuple[Job, Outcome]]:
        """Submit as much as the window holds; what no worker may have is a failure."""
        threads = window.client.nthreads()
        usable = {worker: count for worker, count in threads.items() if worker not in self.refused}
        while waiting and threads and not usable:
            reason = next(iter(self.refused.values()))
            yield waiting.popleft().job, Failure(reason=f"no worker of the cluster can be used: {reason}")
        while waiting and window.has_room(usable):
            block = waiting.popleft()
            problem = problems[block.task, block.dtype]
            window.put(self._submitted(window.client, block, problem, [*usable]), block)

    def _submitted(self, client: "Client", block: Block, problem: Problem, usable: list[str]) -> "Future":
        """The block, handed to a worker that may have it."""
        return client.submit(
            answer,
            block,
            problem,
            circumstances(block.framework),
            mixed_versions=self.mixed_versions,
            pure=False,
            workers=usable if self.refused else None,
        )

    def _tell(self, done: int, total: int) -> None:
        if self.progress:
            self.progress({"cluster": (done, total)})

    def _outcome(self, future: "Future", block: Block) -> Outcome | None:
        """What came of a block; None if the worker that had it cannot be used, so that another is to."""
        from distributed import KilledWorker

        try:
            worker, outcome, processor = future.result()
        except KilledWorker as error:
            return Failure(reason=f"its workers died, {error.allowed_failures + 1} in a row")
        except (CancelledError, OSError):
            raise
        except Exception as error:
            return Failure(reason=one_line(error))
        if isinstance(outcome, Refusal):
            if worker not in self.refused:
                self.refused[worker] = outcome.reason
                self.notes.append(f"worker {worker} is not used: {outcome.reason}")
            return None
        line = f"worker {worker} has another processor, {processor}: last bits may differ"
        if processor != circumstances(block.framework)["processor"] and line not in self.notes:
            self.notes.append(line)
        found: Outcome = outcome
        return found


class _Window:
    """The blocks that are on the cluster: a few for each thread, and which of them is finished next."""

    def __init__(self, client: "Client") -> None:
        from distributed import as_completed

        self.client = client
        self.running: dict[Future, Block] = {}
        self.finished = as_completed(loop=client.loop)

    def has_room(self, usable: Mapping[str, int]) -> bool:
        """Whether another block may be put."""
        return len(self.running) < AHEAD * max(1, sum(usable.values()))

    def put(self, future: "Future", block: Block) -> None:
        """A block that was submitted."""
        self.running[future] = block
        self.finished.add(future)

    def next(self) -> tuple["Future", Block]:
        """Wait for one that is finished, and take it out."""
        future = next(self.finished)
        return future, self.running.pop(future)


@contextmanager
def _silent() -> Iterator[None]:
    """Dask logs nothing here meanwhile: of a scheduler that is gone it would print pages, where a line is told."""
    levels = {one: one.level for one in map(logging.getLogger, LOGGERS)}
    for one in levels:
        one.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for one, level in levels.items():
            one.setLevel(level)


def _client(address: str) -> Any:
    """A client of the scheduler.

    Raises:
        BadInput: there is none, or no Dask here.
    """
    if find_spec("distributed") is None:
        raise BadInput('a scheduler needs Dask, which is not installed; pip install "triptych[dask]"')
    from distributed import Client

    try:
        return Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise BadInput(
            f"scheduler '{address}': cannot be reached ({one_line(error)}); give the address that it prints, such as "
            "tcp://host:8786, or local"
        ) from None
