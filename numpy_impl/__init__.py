"""The tasks and optimizers written from scratch in NumPy: the reference."""
