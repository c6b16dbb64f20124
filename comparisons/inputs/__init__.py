"""What people give, at the border: text, files and sizes are held to what can be used before they are."""
