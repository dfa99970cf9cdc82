"""The pages of the studies of whole samples."""
