"""Whether the installed frameworks' own optimizers follow the rules that they stand for."""
