"""What each request passes before it reaches a page: who may ask, from where, and how much."""
