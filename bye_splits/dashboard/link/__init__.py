"""Conversion of states to page addresses and back."""
