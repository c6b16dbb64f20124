"""The tasks in PyTorch: an nn.Module, autograd and torch.optim."""
