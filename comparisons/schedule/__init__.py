"""`triptych schedule`: what a schedule comes to, on both sides of a translation."""
