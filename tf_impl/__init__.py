"""The tasks in TensorFlow: a tf.Module, GradientTape and keras.optimizers."""
