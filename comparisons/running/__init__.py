"""A comparison from what is asked for to what comes of it."""
