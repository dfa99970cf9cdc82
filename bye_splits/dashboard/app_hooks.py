"""What `panel serve` runs once, before the first session."""

import logging

from bye_splits.dashboard.figures.raster import warm_up
from bye_splits.dashboard.routing import shared_catalogue
from bye_splits.dashboard.set_up import set_up_panel
from bye_splits.errors import ByeSplitsError


def on_server_loaded(server_context: object) -> None:
    """Set up Panel, open what sessions share (the toy sample is made if need be), start the compilation."""
    set_up_panel()
    try:
        shared_catalogue()
    except ByeSplitsError as error:  # each page will say it, until it is put right
        logging.getLogger("bye_splits").error("%s", error)
    warm_up()
