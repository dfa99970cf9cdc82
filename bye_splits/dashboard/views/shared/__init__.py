"""Base classes and helpers for the views of several pages."""
