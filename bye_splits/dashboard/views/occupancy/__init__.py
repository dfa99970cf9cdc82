"""The page of occupancies."""
