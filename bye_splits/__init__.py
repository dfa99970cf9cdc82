"""Event display and studies of cluster splits for the HGCAL trigger primitive generator."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("bye_splits")
except PackageNotFoundError:  # run from a source tree that was never installed
    __version__ = "0+unknown"
