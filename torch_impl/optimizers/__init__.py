"""The native optimizers of the framework."""
