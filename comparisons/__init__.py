"""The three implementations compared: tasks, optimizers in every dialect, the runner, the gaps."""
