"""Train every cell of a comparison: jobs, workers, and what goes between them and the implementations."""
