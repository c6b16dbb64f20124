"""What was found: curves side by side, gaps, verdicts, and what makes them."""
