"""The names under which a store notes what is no record."""

COMPLETE = "complete"  # the last comparison that was not cut short
BEGUN = "begun"  # one that was begun after it, and is not complete
PARQUET = "parquet"  # whether losses were asked for as that, too
WRITTEN = "written"  # the files: what they were made of, and a digest of each
SWEEP = "sweep"  # the last sweep that was begun
