"""Thin viewers: they build their models once, then send only changes."""
