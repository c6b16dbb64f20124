"""Small trainings ported from torch to Keras, equal to rounding, and causes planted in one side of them."""
