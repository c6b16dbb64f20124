"""Answers for whole trainings: groups, clipping over all, accumulation, an average."""
