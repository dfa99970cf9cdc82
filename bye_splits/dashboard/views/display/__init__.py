"""The display: its page, and the views on it."""
