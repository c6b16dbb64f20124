"""What a run has finished, kept as it is finished."""
