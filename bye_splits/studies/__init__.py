"""The chain over whole samples: files in, tables of results out.

Nothing is imported here: a worker's process imports only what its work needs.
"""
