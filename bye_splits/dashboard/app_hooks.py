"""What `panel serve` runs once, before the first session."""

import logging

from bye_splits.dashboard.figures.raster import warm_up
from bye_splits.dashboard.patches.closed_pages import expect_closed_pages
from bye_splits.dashboard.patches.lost_messages import keep_no_messages_back
from bye_splits.dashboard.routing import shared_catalogue
from bye_splits.errors import ByeSplitsError


def on_server_loaded(server_context) -> None:
    """Open what all sessions share (the toy sample is made here if need be), start the compilation."""
    try:
        shared_catalogue()
    except ByeSplitsError as error:  # each page will say it, until it is put right
        logging.getLogger("bye_splits").error("%s", error)
    warm_up()
    keep_no_messages_back()
    expect_closed_pages()
