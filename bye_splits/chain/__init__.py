"""Stage 2 of the trigger primitive generator: arrays in, arrays out."""
