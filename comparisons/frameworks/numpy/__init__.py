"""The scratch optimizers' own dialect."""
