"""The command line: one function a subcommand, each thin.

Exit codes: 0 fine, 1 the work failed or is partial, 2 wrong use or bad input.
"""

import argparse
import errno
import getpass
import os
import socket
import sys
import textwrap
import traceback
import warnings
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from bye_splits import __version__
from bye_splits.config import Config, ConfigWarning, config_for_files, load_config, local_path
from bye_splits.errors import ByeSplitsError
from bye_splits.settings import PARTICLES, PILEUPS

FINE, FAILED, MISUSED = 0, 1, 2
_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : what follows the program's name; None takes those of the process

    Returns
    -------
    the exit code. Wrong options leave through SystemExit, as argparse has it.
    """
    options = _parser().parse_args(arguments)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always", ConfigWarning)
            warnings.showwarning = _show_warning
            return options.run(options)
    except ByeSplitsError as error:
        return _complain(f"{error}", MISUSED)
    except KeyboardInterrupt:
        return _complain("interrupted.", FAILED)
    except BrokenPipeError:  # whoever read our output has gone, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except Exception as error:
        text = f"{type(error).__name__}: {error}".rstrip(" .:")
        return _complain(
            f"unexpected {text}. This is a fault in bye_splits or in a library. "
            "Set BYE_SPLITS_DEBUG=1 and run the command again for the traceback.",
            FAILED,
        )


def serve(options: argparse.Namespace) -> int:
    """Serve the display until it is interrupted."""
    from bye_splits import dashboard

    config = _config(options)
    port = _free_port(options.address, options.port)
    machine = socket.gethostname()
    everywhere = options.address in _EVERYWHERE
    shown = machine if everywhere else options.address
    print(f"bye_splits {__version__} at http://{_in_url(shown)}:{port} (Ctrl-C ends it)")
    print(f"From another machine, run this there and open http://localhost:{port} in its browser:")
    target = "localhost" if everywhere else _in_url(options.address)
    print(f"  ssh -N -L {port}:{target}:{port} {_user()}@{machine}", flush=True)
    known = dict.fromkeys([f"{_in_url(host)}:{port}" for host in (shown, "localhost", "127.0.0.1")])
    dashboard.serve(
        config,
        address=options.address,
        port=port,
        websocket_origin=[*known, *options.allow_websocket_origin],
    )
    return FINE


def check(options: argparse.Namespace) -> int:
    """Say of each event file and of the geometry whether it can be read; 1 if one cannot."""
    from bye_splits.data.inspect import inspect

    config = load_config(options.config)
    if options.files:
        entries = [(file, local_path(file, Path.cwd()), None, None) for file in options.files]
    else:
        print(f"configuration: {config.path}")
        entries = [
            (f"{sample.particle} PU{sample.pileup}", sample.path, sample.directory, sample.tree)
            for sample in config.samples.values()
        ]
        if config.toy:
            print("events: no files are configured, the embedded toy sample is shown")
    fine = True
    for name, path, directory, tree in entries:
        found = inspect(path, directory, tree)
        fine &= found.ok
        print(f"{name}: {path}" if name != str(path) else name)
        if found.kind:
            tree_name = f", tree {found.tree}" if found.tree else ""
            print(f"    {found.kind}{tree_name}, {found.n_events} events")
        if found.description:
            print(f"    {found.description}")
        if found.missing:
            print(f"    without: {', '.join(found.missing)}")
        if found.problem:
            print(f"    cannot be read: {found.problem}")
    return FINE if _check_geometry(config) and fine else FAILED


def _check_geometry(config: Config) -> bool:
    from bye_splits.geometry import Geometry

    settings = config.geometry
    if settings.path is None:
        print("geometry: V11, from its rules")
        return True
    print(f"geometry: {settings.path}")
    try:
        geometry = Geometry.from_root(settings.path, directory=settings.directory, tree=settings.tree)
    except ByeSplitsError as error:
        print(f"    cannot be read: {error}")
        return False
    cells = len(geometry.trigger_cells)
    print(f"    tree {settings.directory}/{settings.tree}, {cells} trigger cells in an endcap")
    for notice in geometry.notices:
        print(f"    {notice}")
    return True


def toy(options: argparse.Namespace) -> int:
    """Make a toy sample, with the geometry file that goes with it."""
    from bye_splits import samples

    with tqdm(total=options.events, unit="event", file=sys.stderr) as bar:
        paths = samples.write_toy(
            options.out,
            particle=options.particle,
            pileup=int(options.pileup),
            events=options.events,
            seed=options.seed,
            progress=bar.update,
        )
    print(*paths, sep="\n")
    return FINE


def from_hits(options: argparse.Namespace) -> int:
    """Group a table of hits into trigger cells, and say where every hit went."""
    from bye_splits import samples

    print(samples.from_hits(options.hits, options.out))
    return FINE


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


def _complain(text: str, code: int) -> int:
    """Print one paragraph on stderr, after the traceback where BYE_SPLITS_DEBUG asks for it."""
    if os.environ.get("BYE_SPLITS_DEBUG", "0") not in ("", "0"):
        traceback.print_exc()
    print(f"bye-splits: {' '.join(text.split())}", file=sys.stderr)
    return code


def _show_warning(message, category, filename, lineno, file=None, line=None) -> None:  # noqa: ARG001
    print(f"bye-splits: warning: {message}", file=sys.stderr)


def _whole(least: int, most: int):
    def number(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = None
        if value is None or not least <= value <= most:
            raise argparse.ArgumentTypeError(
                f"expected a whole number from {least} to {most}, found {text!r}"
            )
        return value

    return number


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bye-splits",
        description="Event display and studies of cluster splits for the HGCAL trigger primitive generator.",
        epilog="Exit codes: 0 fine, 1 the work failed or is partial, 2 wrong use or bad input.",
    )
    parser.add_argument("--version", action="version", version=f"bye_splits {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def add(name: str, run, help: str, description: str = "") -> argparse.ArgumentParser:  # noqa: A002
        command = commands.add_parser(
            name,
            help=help,
            description=textwrap.fill(f"{help[0].upper()}{help[1:]}. {description}", 100),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.set_defaults(run=run)
        return command

    def add_inputs(command: argparse.ArgumentParser) -> None:
        command.add_argument("files", nargs="*", metavar="FILE", help="event files, ROOT or parquet")
        command.add_argument("--config", metavar="C", help="configuration file (or BYE_SPLITS_CONFIG)")

    command = add(
        "serve",
        serve,
        "serve the event display",
        "Shows the given files, else those of the configuration, else the embedded toy sample.",
    )
    add_inputs(command)
    command.add_argument("--address", default="localhost", help="address to listen on (default: %(default)s)")
    command.add_argument(
        "--port",
        type=_whole(0, 65535),
        default=5006,
        help="port to listen on (default: %(default)s); 0 takes a free one",
    )
    command.add_argument(
        "--allow-websocket-origin",
        action="append",
        default=[],
        metavar="HOST:PORT",
        help="what the browser's address bar shows, if not localhost:PORT; may be repeated",
    )

    command = add("check", check, "say for each file whether it can be read, and what is in it")
    add_inputs(command)

    command = add("toy", toy, "make a toy sample and its geometry file", "Toy simulation, not CMS data.")
    command.add_argument("--particle", choices=PARTICLES, default="photons", help="default: %(default)s")
    command.add_argument("--pileup", choices=PILEUPS, default="0", help="default: %(default)s")
    command.add_argument("--events", type=_whole(1, 2**31 - 1), default=1000, help="default: %(default)s")
    command.add_argument(
        "--seed",
        type=_whole(0, 2**63 - 1),
        default=11,
        help="the same seed makes the same events (default: %(default)s)",
    )
    command.add_argument("--out", required=True, metavar="DIR", help="folder for the files")

    command = add(
        "from-hits",
        from_hits,
        "group a table of hits into trigger cells",
        "The table (parquet) has columns event, x, y, z [cm] and energy [GeV].",
    )
    command.add_argument("hits", metavar="HITS.parquet", help="the table")
    command.add_argument("--out", required=True, metavar="FILE.root", help="event file to write")
    return parser
