"""Whole recipes as public scripts write them, and what they are: by hand, from the sources of the frameworks."""
