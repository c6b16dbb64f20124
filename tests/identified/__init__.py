"""Traces whose rule is known: trainings by the frameworks' own classes, with numbers drawn at random."""
