"""The events page: the catalogue of a sample."""
