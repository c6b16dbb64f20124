"""Why two curves differ: which field of the update rule makes how much of the gap, and what of it is rounding."""
