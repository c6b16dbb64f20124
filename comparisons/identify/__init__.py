"""Which update rule a training followed, from its parameters and gradients alone."""
