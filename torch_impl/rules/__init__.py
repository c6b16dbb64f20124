"""The update rules in torch, one file a family."""
