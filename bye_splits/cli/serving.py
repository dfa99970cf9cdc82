"""`bye-splits serve`: the display, and the addresses at which it answers."""

import argparse
import errno
import getpass
import os
import socket

from bye_splits import __version__
from bye_splits.config import Config, check_files, config_for_files, load_config
from bye_splits.errors import ByeSplitsError

from .complaints import FINE, complain

_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104


def serve(options: argparse.Namespace) -> int:
    """Serve the display until it is interrupted."""
    from bye_splits import dashboard

    config = _config(options)
    port = _free_port(options.address, options.port)
    shown = socket.gethostname() if options.address in _EVERYWHERE else options.address
    known = dict.fromkeys([f"{_in_url(host)}:{port}" for host in (shown, "localhost", "127.0.0.1")])
    dashboard.serve(
        config,
        address=options.address,
        port=port,
        websocket_origin=[*known, *options.allow_websocket_origin],
        announce=lambda: _announce(config, options.address, port),
    )
    return FINE


def _announce(config: Config, address: str, port: int) -> None:
    """Say where the pages are, and which samples will not be there."""
    for missing in check_files(config).values():  # not the geometry: without that there is no server
        complain(f"warning: {missing}", FINE)
    machine = socket.gethostname()
    everywhere = address in _EVERYWHERE
    print(
        f"bye_splits {__version__} at http://{_in_url(machine if everywhere else address)}:{port}"
        " (Ctrl-C ends it)"
    )
    print(f"From another machine, run this there and open http://localhost:{port} in its browser:")
    target = "localhost" if everywhere else _in_url(address)
    print(f"  ssh -N -L {port}:{target}:{port} {_user()}@{machine}", flush=True)


def _config(options: argparse.Namespace) -> Config:
    config = load_config(options.config)
    return config_for_files(options.files, config) if options.files else config


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _free_port(address: str, port: int) -> int:
    """Return `port`, or a free one for 0; raise ByeSplitsError where one cannot listen on it."""
    try:
        ways = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except socket.gaierror as error:
        raise ByeSplitsError(
            f"address {address}",
            expected="a name or number of this machine",
            found=f"none ({error.strerror})",
            action="Use --address localhost, or 0.0.0.0 for every network of this machine.",
        ) from error
    absent = None
    listening = 0
    for family, kind, protocol, _, (host, _, *rest) in ways:
        try:
            with socket.socket(family, kind, protocol) as listener:
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                listener.bind((host, listening or port, *rest))
                listening = listener.getsockname()[1]
        except OSError as error:
            if error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                raise _port_error(address, port, error) from error
            absent = error  # localhost may have a number that this machine lacks, as ::1 without IPv6
    if absent is not None and not listening:
        raise _port_error(address, port, absent) from absent
    return listening


def _port_error(address: str, port: int, error: OSError) -> ByeSplitsError:
    found, action = {
        errno.EADDRINUSE: (
            "it is taken by another program",
            f"End that one, or choose another with --port, such as --port {port % 65535 + 1}.",
        ),
        errno.EACCES: ("that only root may use it", "Choose one of 1024 or above with --port."),
    }.get(error.errno, (os.strerror(error.errno or 0), "Choose another --address or --port."))
    return ByeSplitsError(f"port {port} of {address}", expected="a free port", found=found, action=action)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a number without a name, as in a container
        return "USER"
