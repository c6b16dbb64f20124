"""Drop-ins for Keras's optimizers that follow any rule."""
