"""The display page and its views."""
