"""What a task takes of memory, known before its arrays are made."""

from itertools import pairwise

from comparisons.inputs.memory import check_memory
from comparisons.tasks.spec import Point, TaskSpec

FLOAT = 8  # bytes of a float64
COPIES = 3  # of a parameter: where it starts, where it is, and its gradient
LOSS = FLOAT + 29  # bytes of a loss: in the history, and as a row in the frame of all losses


def check_training(task: TaskSpec, samples: int, size_in: int, size_out: int, replicas: int) -> None:
    """Raise BadInput if a training of the task, all replicas at once, is larger than the memory that is free.

    Args:
        samples: how many the data has. size_in, size_out: numbers of a sample's input and target.
    """
    rows = task.batch or samples
    match task.model:
        case Point(start=start):
            parameters, units = len(start), len(start)
        case network:
            sizes = (size_in, *network.hidden, size_out)
            parameters = sum(rows * columns for rows, columns in pairwise(sizes))
            units = sum(sizes[1:])
    parts = {
        "hidden": COPIES * parameters * replicas,
        "batch": rows * units * replicas,
        "steps": task.steps * replicas,
    }
    largest = max(parts, key=lambda part: parts[part])
    remedy = f"lower {largest if replicas == 1 else f'{largest} or seeds'}"
    check_memory(f"task '{task.name}': its arrays", FLOAT * sum(parts.values()), remedy)


def check_results(trainings: int, steps: int, replicas: int) -> None:
    """Raise BadInput if the losses of so many trainings, of at most so many steps, are larger than what is free."""
    what = f"the losses of {trainings} trainings, {replicas} seeds and {steps} steps"
    check_memory(what, LOSS * trainings * steps * replicas, "lower seeds or steps, or name fewer optimizers")
