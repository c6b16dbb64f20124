"""What the benchmarks measure the project against, a file for each framework, as one would write it without it."""
