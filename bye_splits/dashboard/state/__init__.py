"""State of the pages as Param classes, with the values derived from it."""
