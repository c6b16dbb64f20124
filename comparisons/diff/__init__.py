"""Two trainings side by side: where they part, and why."""
