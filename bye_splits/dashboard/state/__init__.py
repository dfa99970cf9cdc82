"""What a page shows, as Param classes, and what follows from it."""
