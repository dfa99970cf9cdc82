"""State to address, and back."""
