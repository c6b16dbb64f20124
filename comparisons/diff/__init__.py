"""Where two trainings part, and why: runs, curves of losses, traces."""
