"""Base classes and parts of the views of several pages."""
