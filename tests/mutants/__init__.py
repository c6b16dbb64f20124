"""The mutation score: how many optimizers that are wrong on purpose the parity probes notice."""

from tests.mutants.scoring import score

__all__ = ["score"]
