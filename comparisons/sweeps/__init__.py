"""Many seeds and many hyperparameters: what a gap comes to."""
