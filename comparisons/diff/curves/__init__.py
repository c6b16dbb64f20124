"""Two files of losses, as loggers and people write them: where the curves part, and what their shape says of it."""
