"""The dashboard: the only part of the program that knows about widgets, figures and servers."""

__all__ = ["routes", "serve"]


def routes(config=None):
    """Factories of pages by address, for `pn.serve`; see `bye_splits.dashboard.routing.routes`."""
    from .routing import routes as make

    return make(config)


def serve(config=None, **options):
    """Serve the dashboard; see `bye_splits.dashboard.server.serve`."""
    from .server import serve as start

    return start(config, **options)
