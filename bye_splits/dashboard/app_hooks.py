"""What `panel serve` runs once, before the first session."""

from bye_splits.dashboard.figures.raster import warm_up
from bye_splits.dashboard.routing import shared_catalogue


def on_server_loaded(server_context) -> None:
    """Open what all sessions share (the toy sample is made here if need be), start the compilation."""
    shared_catalogue()
    warm_up()
