"""Train every cell of a comparison, the frameworks side by side, and lose nothing when one fails."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import BrokenExecutor, CancelledError, Future
from itertools import islice
from math import inf
from threading import Event
from time import monotonic
from typing import NamedTuple

from comparisons.names import BadInput
from comparisons.tasks.problem import Problem
from comparisons.training.cells import Failure, Job, Outcome, Problems, Work, one_line
from comparisons.training.workers import Workers, submitted

ATTEMPTS = 2  # a worker that dies may have been killed for another's memory: its cell is tried once more
HANG_SECONDS = 1800.0  # a training that takes longer is given up, and its worker ended
SILENT_SECONDS = 30.0  # a worker that gives no answer for so long is named
LONGEST_CODE = 60  # letters
LONGEST_WAIT = 60.0  # for news; there is a largest number that can be waited for, and it is not infinity

# Called with (cells done, cells in all) of each framework, before the first training and after each.
Progress = Callable[[Mapping[str, tuple[int, int]]], None]


def train_all(
    cells: Iterable[Work],
    problems: Problems,
    workers: Workers,
    timeout: float = HANG_SECONDS,
    silence: "Callable[[Silence], object]" = lambda _: None,
) -> Iterator[tuple[Job, Outcome]]:
    """Do each job of the cells (or of other work) once; yield the outcomes as they come.

    Args:
        timeout: seconds for each, after which its worker is ended.
        silence: called with what is known of a worker that gives no answer for a while.

    Leaving early (an exception, Ctrl-C) ends the workers; what was yielded stands.
    """
    waiting: dict[str, dict[Job, Work]] = {}
    for cell in cells:
        waiting.setdefault(cell.framework, {}).setdefault(cell.job, cell)
    news = Event()
    queues = [FrameworkQueue(framework, jobs, problems, workers, news, timeout) for framework, jobs in waiting.items()]
    try:
        for queue in queues:
            queue.submit()
        while any(queue.waiting for queue in queues):
            deadline = min(min(queue.deadline, queue.tell_at) for queue in queues)
            news.wait(min(LONGEST_WAIT, max(0.0, deadline - monotonic())))
            news.clear()
            for queue in queues:
                yield from queue.collect()
                if found := queue.silence():
                    silence(found)
    finally:
        workers.close()
        for queue in queues:
            queue.cancel()


def check_timeout(timeout: float) -> None:
    """Raise BadInput unless it is a number of seconds that can be waited for."""
    if not 0 < timeout < inf:
        raise BadInput(f"timeout is {timeout}; it must be a number of seconds above 0")


class Silence(NamedTuple):
    """A worker has given no answer for so many seconds, and is given up after `timeout`; `job` is the next to come."""

    job: Job
    seconds: float
    timeout: float
    stopped: bool

    @property
    def line(self) -> str:
        """In a line."""
        task, dtype, framework, code = self.job
        code = " ".join(code.split())
        code = code if len(code) <= LONGEST_CODE else f"{code[:LONGEST_CODE]} …"
        state = "its worker was stopped by a signal (SIGSTOP)" if self.stopped else "it may only take long"
        return (
            f"{framework}: no answer for {self.seconds:.0f} s; {task}, {dtype}, {code} is next; {state}, and is given "
            f"up after {self.timeout:g} s"
        )


class FrameworkQueue:
    """One framework's cells, in order. A worker that dies or hangs is replaced; one that does it every time is not."""

    def __init__(
        self,
        framework: str,
        waiting: dict[Job, Work],
        problems: Problems,
        workers: Workers,
        news: Event,
        timeout: float,
    ) -> None:
        self.framework, self.waiting, self.problems, self.workers = framework, waiting, problems, workers
        self.news = news  # set when a training is done
        self.trainings: dict[Future[Outcome], Job] = {}
        self.timeout = timeout
        self.heard, self.tell_at, self.deadline = 0.0, inf, inf
        self.died = False  # the worker: what it had in hand or before it ends without an outcome
        self.lost = 0  # workers in a row that died with no training finished; one that hangs counts as ATTEMPTS

    def submit(self) -> None:
        """Hand all waiting cells to a worker."""
        if self.waiting:
            executor = self.workers.executor(self.framework)
            self.trainings = {
                submitted(executor, trained, cell, self.problems[cell.task, cell.dtype]): job
                for job, cell in self.waiting.items()
            }
            for training in self.trainings:
                training.add_done_callback(lambda _: self.news.set())
        self._await_answer()

    def collect(self) -> Iterator[tuple[Job, Outcome]]:
        """The outcomes that have come in since last time; a worker that is lost is replaced.

        One that died is replaced when all its trainings have ended, as they do by themselves: to cancel one of them
        meanwhile would break Python 3.11's executor in the middle of that.
        """
        for training in [training for training in self.trainings if training.done()]:
            job = self.trainings.pop(training)
            match training.exception() if not training.cancelled() else CancelledError():
                case None:
                    outcome = training.result()
                case BrokenExecutor() | CancelledError():
                    self.died = True
                    continue
                case error:
                    outcome = Failure(reason=one_line(error))
            del self.waiting[job]
            self.lost = 0
            self._await_answer()
            yield job, outcome
        if self.died and not self.trainings:
            yield from self._replace_worker(1, "its worker died {} times in a row")
        elif monotonic() >= self.deadline:
            yield from self._replace_worker(ATTEMPTS, f"no end after {self.timeout:g} s, and its worker was ended")

    def cancel(self) -> None:
        """Take back what has not begun."""
        for training in self.trainings:
            training.cancel()

    def _replace_worker(self, losses: int, reason: str) -> Iterator[tuple[Job, Outcome]]:
        """Give up the cell that was in hand if it had its attempts, or all cells when that changed nothing."""
        self.workers.discard(self.framework)
        self.trainings, self.died = {}, False
        self.lost += losses
        if self.lost >= ATTEMPTS:
            log = self.workers.log(self.framework)
            failure = Failure(reason=reason.format(self.lost) + (f"; its last words are in {log}" if log else ""))
            for job in list(islice(self.waiting, 1 if self.lost == ATTEMPTS else None)):
                del self.waiting[job]
                yield job, failure
        self.submit()

    def silence(self) -> Silence | None:
        """Of a worker that has given no answer for a while, and again when that is twice as long."""
        silent = monotonic() - self.heard
        if not self.waiting or monotonic() < self.tell_at:
            return None
        self.tell_at += silent
        job = next(iter(self.trainings.values()), next(iter(self.waiting)))
        return Silence(job, silent, self.timeout, self.workers.stopped(self.framework))

    def _await_answer(self) -> None:
        ours = self.workers.given is None  # how long a queue somebody else's executor has, is not known here
        self.heard = monotonic()
        self.deadline = self.heard + self.timeout if ours and self.waiting else inf
        self.tell_at = self.heard + SILENT_SECONDS if ours and self.waiting else inf


def trained(cell: Work, problem: Problem) -> Outcome:
    """Train, in the worker. An exception becomes a line here: not every one survives the way to another process."""
    try:
        return cell.run(problem)
    except Exception as error:
        logging.getLogger(__name__).exception("%s: %s", cell.task, cell.job.code)
        return Failure(reason=one_line(error))
