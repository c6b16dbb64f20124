"""What is learned in one framework, shown and asserted in the next."""
