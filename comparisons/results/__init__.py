"""What a run leaves: files, pictures, and what the terminal shows."""
