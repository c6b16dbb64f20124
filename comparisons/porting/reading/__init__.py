"""What people paste or point at, read without being run."""
