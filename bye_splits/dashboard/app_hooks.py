"""What `panel serve` runs once, before the first session."""

from bye_splits.dashboard.figures.raster import warm_up


def on_server_loaded(server_context) -> None:
    """Compile the rasteriser while the server starts."""
    warm_up()
