"""The update rules in TensorFlow, one file a family."""
