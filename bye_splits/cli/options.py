"""What can be written on the command line."""

import argparse
import textwrap

from bye_splits import __version__
from bye_splits.settings import PARTICLES, PILEUPS

from .clusters import chain
from .files import check, from_hits, toy
from .serving import serve

FILES = "event files, ROOT or parquet; PATH:DIRECTORY/TREE where one has several trees"


def _radius(text: str) -> float | None:
    if text in ("by-layer", "by layer"):
        return None
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a number or by-layer, found {text!r}") from None


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


def parser() -> argparse.ArgumentParser:
    """Make the parser; each command's function is in `run`."""
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
        command.add_argument("files", nargs="*", metavar="FILE", help=FILES)
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

    def add_geometry(command: argparse.ArgumentParser) -> None:
        command.add_argument(
            "--geometry",
            metavar="FILE",
            help="geometry of any version: a geometry-test file of CMSSW (ROOT), or a table (parquet) of "
            "trigger cells with columns layer, waferu, waferv, cellu, cellv, x, y, z [cm] and, where it has "
            "them, subdet and wafertype (default: V11)",
        )

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
    add_geometry(command)

    command = add(
        "from-hits",
        from_hits,
        "group a table of hits into trigger cells",
        "The table has columns event, x, y, z [cm] and energy [GeV], with their names in the first line if "
        "it is text. Its format is found by what is in it, whatever it is called.",
    )
    command.add_argument(
        "hits",
        metavar="HITS.parquet",
        help="the table: parquet (also with event as the pandas index), or CSV or text separated by commas, "
        "semicolons, tabs or spaces, also packed (gzip, bzip2, xz, zip, zstd)",
    )
    command.add_argument("--out", required=True, metavar="FILE.root", help="event file to write")
    add_geometry(command)

    command = add(
        "chain",
        chain,
        "find the clusters of all events of some files",
        "Runs the stage-2 chain on each endcap of each event, and writes a table (parquet) with a row a "
        "cluster. Parameters that are not given are those of the configuration.",
    )
    command.add_argument("files", nargs="+", metavar="FILE", help=FILES)
    command.add_argument("--out", required=True, metavar="CLUSTERS.parquet", help="table to write")
    command.add_argument("--config", metavar="C", help="configuration file (or BYE_SPLITS_CONFIG)")
    command.add_argument(
        "--parameters", metavar="P.yaml", help="file with the chain's parameters, in place of single ones"
    )
    single = command.add_argument_group("single parameters", argument_default=argparse.SUPPRESS)
    single.add_argument("--chain", metavar="default|coarse_seeding", help="where seeds are from")
    single.add_argument("--kernel", metavar="default|flat_top", help="smoothing in phi")
    single.add_argument(
        "--radius",
        type=_radius,
        metavar="R|by-layer",
        help="of clusters in (x/z, y/z), the same in all layers",
    )
    single.add_argument(
        "--association",
        metavar="min_distance|max_energy",
        help="a trigger cell belongs to the nearest seed in reach, or to the one of highest energy",
    )
    single.add_argument(
        "--seed-window", type=int, metavar="N", help="half width of the local maximum, in phi bins"
    )
    single.add_argument("--seed-threshold", type=float, metavar="T", help="of seeds, mipT")
    single.add_argument("--legacy", action="store_true", help="the older implementation's answers")
    return parser
