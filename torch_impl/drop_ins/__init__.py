"""Drop-ins for torch's optimizers that follow any rule."""
