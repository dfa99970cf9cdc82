"""What leans on private parts of the libraries: each with its reason, and a test that says when it can go."""
