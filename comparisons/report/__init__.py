"""The page of a run: one file that shows the whole comparison."""
