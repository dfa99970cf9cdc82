"""The geometry page."""
