"""Hooks that `panel serve` runs once: before the first session, and when the server ends."""

import logging
import sys

from bokeh.application.application import ServerContext

from bye_splits.dashboard.figures.raster import warm_up
from bye_splits.dashboard.gate.ending import tell_pages
from bye_splits.dashboard.gate.policy import only_one_process
from bye_splits.dashboard.routing import shared_catalogue
from bye_splits.dashboard.set_up import set_up_panel
from bye_splits.errors import ByeSplitsError


def on_server_loaded(server_context: ServerContext) -> None:
    """Set up Panel, open the shared catalogue (creating the toy sample if needed), start the compilation."""
    set_up_panel()
    try:
        shared_catalogue()
    except ByeSplitsError as error:  # each page will report it until it is fixed
        logging.getLogger("bye_splits").error("%s", error)
    warm_up()


def on_server_unloaded(server_context: ServerContext) -> None:
    """Tell the open pages that the server ends."""
    tell_pages(server_context.sessions)


try:  # here, as a server has its processes before its hooks run
    only_one_process(sys.orig_argv)
except ByeSplitsError as error:
    raise SystemExit(str(error)) from None
