"""What a training of somebody's own did, step by step: its record, its files, what may be wrong with them."""
