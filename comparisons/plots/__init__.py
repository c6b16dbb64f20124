"""Pictures: tidy frames in, a matplotlib Figure out; `render` makes a file of it, and saving happens elsewhere."""
