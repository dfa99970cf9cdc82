"""Thin viewers: they build models once, then send only what changed."""
