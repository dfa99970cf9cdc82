"""`bye-splits serve`: serve the display, and print its addresses."""

import argparse
import errno
import getpass
import os
import socket
import threading
from dataclasses import fields

from bye_splits import __version__
from bye_splits.config import Config, check_files, config_for_files, load_config
from bye_splits.dashboard.gate.policy import Policy, only_one_process, policy_option, variable
from bye_splits.errors import ByeSplitsError, SourceError

from .complaints import FINE, complain
from .origins import in_address, origin

_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104
_TIMEOUT = 5.0  # s that the announcement waits for the check of files


def serve(options: argparse.Namespace) -> int:
    """Serve the display until it is interrupted."""
    from bye_splits import dashboard

    only_one_process(["--num-procs", options.num_procs])
    origins = [origin(text) for text in options.allow_websocket_origin]
    policy = Policy.from_texts(
        {
            one.name: getattr(options, one.name) or os.environ.get(variable(one.name))
            for one in fields(Policy)
        },
        lambda name: policy_option(name) if getattr(options, name) else variable(name),
    )
    config = _config(options)
    address = options.address.strip("[]")
    port = _free_port(address, options.port)
    shown = socket.gethostname() if address in _EVERYWHERE else address
    known = [f"{in_address(host)}:{port}" for host in (shown, "localhost", "127.0.0.1", "::1")]
    dashboard.serve(
        config,
        address=None if address == "::" else address,  # in Tornado, :: excludes IPv4
        port=port,
        websocket_origin=list(dict.fromkeys([*known, *origins])),
        policy=policy,
        proxy_headers=options.proxy_headers,
        announce=lambda: _announce(config, address, port),
    )
    return FINE


def _announce(config: Config, address: str, port: int) -> None:
    """Print the addresses of the pages, and warnings of samples that cannot be read."""
    # In a thread, so that files on a slow network do not delay the pages of others.
    check = threading.Thread(target=_warn_of_unreadable, args=(config,), daemon=True)
    check.start()
    check.join(_TIMEOUT)
    machine = socket.gethostname()
    everywhere = address in _EVERYWHERE
    print(
        f"bye_splits {__version__} at http://{in_address(machine if everywhere else address)}:{port}"
        " (Ctrl-C ends it)"
    )
    print(f"From another machine, run this there and open http://localhost:{port} in its browser:")
    target = "localhost" if everywhere else in_address(address)
    print(f"  ssh -N -L {port}:{target}:{port} {_user()}@{machine}", flush=True)


def _warn_of_unreadable(config: Config) -> None:
    """Print a line for each sample whose file is missing or cannot be opened."""
    from bye_splits.data import open_source

    missing = check_files(config)  # the geometry is not included: without it the server does not start
    for key, sample in config.samples.items():
        try:
            if key in missing:
                raise missing[key]
            open_source(sample.path, sample.directory, sample.tree).close()
        except SourceError as error:
            complain(f"warning: {error.named_by(config.named_sample(key))}", FINE)
        except ByeSplitsError as error:
            complain(f"warning: {error}", FINE)


def _config(options: argparse.Namespace) -> Config:
    config = load_config(options.config)
    return config_for_files(options.files, config) if options.files else config


def _free_port(address: str, port: int) -> int:
    """Return `port`, or a free one for 0; raise ByeSplitsError if it cannot be used."""
    try:
        host = None if address == "::" else address
        endpoints = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (socket.gaierror, UnicodeError) as error:  # a name that no machine can have
        raise ByeSplitsError(
            f"address {address}",
            expected="a name or number of this machine",
            found=f"none ({getattr(error, 'strerror', None) or error})",
            action="Use --address localhost, or 0.0.0.0 for every network of this machine.",
        ) from error
    absent = None
    listening = 0
    for family, kind, protocol, _, (number, _, *rest) in endpoints:
        try:
            with socket.socket(family, kind, protocol) as listener:
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family == socket.AF_INET6:  # as Tornado does, with a separate socket for IPv4
                    listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                listener.bind((number, listening or port, *rest))
                listening = listener.getsockname()[1]
        except OSError as error:
            if error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                raise _port_error(address, port, error) from error
            absent = error  # localhost can resolve to an absent number, such as ::1 without IPv6
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
    }.get(error.errno or 0, (os.strerror(error.errno or 0), "Choose another --address or --port."))
    return ByeSplitsError(f"port {port} of {address}", expected="a free port", found=found, action=action)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as in a container
        return "USER"
