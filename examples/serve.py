"""Serve the dashboard from a script: python examples/serve.py [--config my_config.yaml] [--port 5006]."""

import argparse
from pathlib import Path

import panel as pn

from bye_splits.config import load_config
from bye_splits.dashboard import routes


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(description="Serve the dashboard from a script.")
    parser.add_argument("--config", type=Path, help="configuration file (default: the toy sample)")
    parser.add_argument("--port", type=int, default=5006)
    arguments = parser.parse_args()
    # A dict of functions by address: pages of one's own can be added to it.
    pages = routes(load_config(arguments.config))
    pn.serve(pages, address="localhost", port=arguments.port, show=False)


if __name__ == "__main__":
    main()
