"""What the views of several pages have in common."""
