"""Commands and options of the command line."""

import argparse
import re
import textwrap
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

from bye_splits import __version__
from bye_splits.dashboard.gate.policy import Policy, policy_option, variable
from bye_splits.settings import PARTICLES, PILEUPS

from .chain_options import BOTH, add_parameters
from .clusters import chain
from .comparing import compare
from .files import check, from_hits, toy
from .preparing import prepare
from .report import report
from .serving import serve
from .studies import radii_of, study
from .users import add_user

FILES = "event files, ROOT or parquet; PATH:DIRECTORY/TREE where one has several trees"


class _Parser(argparse.ArgumentParser):
    """A parser that can add options of a subcommand lazily.

    Declarations of the chain's parameters import numba, which is slow and needed by no other command.
    """

    add_later: Callable[[argparse.ArgumentParser], None] | None = None

    def parse_known_args(self, *args: Any, **options: Any) -> Any:
        if self.add_later is not None:
            self.add_later(self)
            self.add_later = None
        return super().parse_known_args(*args, **options)


def _whole(least: int, most: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        try:
            value: int | None = int(text)
        except ValueError:
            value = None
        if value is None or not least <= value <= most:
            raise argparse.ArgumentTypeError(
                f"expected a whole number from {least} to {most}, found {text!r}"
            )
        return value

    return number


def _walltime(text: str) -> str:
    if text and not re.fullmatch(r"\d+:[0-5]\d:[0-5]\d", text):
        raise argparse.ArgumentTypeError(f"expected HH:MM:SS, found {text!r}")
    return text


def parser() -> argparse.ArgumentParser:
    """Make the parser; the function of each command is its default `run`."""
    parser = _Parser(
        prog="bye-splits",
        description="Event display and studies of cluster splits for the HGCAL trigger primitive generator.",
        epilog="Exit codes: 0 fine, 1 the work failed or is partial, 2 wrong use or bad input.",
    )
    parser.add_argument("--version", action="version", version=f"bye_splits {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def add(name: str, run: Callable[[argparse.Namespace], int], help: str, description: str = "") -> _Parser:  # noqa: A002
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
    command.add_argument(
        "--proxy-headers",
        action="store_true",
        help="believe a proxy's X-Forwarded-For and -Proto; only for a server reached through it alone",
    )
    command.add_argument("--num-procs", default="1", help=argparse.SUPPRESS)  # refused with a reason
    for one in fields(Policy):
        command.add_argument(
            policy_option(one.name),
            metavar=one.metadata["metavar"],
            help=f"{one.metadata['help']}; or {variable(one.name)}",
        )

    command = add(
        "user",
        add_user,
        "add a user to a file for `serve --users`, or change a password",
        "The password is asked for, or read from the standard input. The file has hashes of Argon2 only.",
    )
    command.add_argument("name", metavar="NAME")
    command.add_argument(
        "--users", required=True, metavar="FILE", help="file of users, made if there is none"
    )

    command = add(
        "prepare",
        prepare,
        "make beforehand what the first start of a server makes",
        "That is the toy sample and the compiled code: servers in a container, where they often cannot keep "
        "it, start faster if the image has it.",
    )
    command.add_argument("--out", required=True, metavar="DIR", help="folder for both, made if there is none")

    command = add("check", check, "check whether each file can be read, and list its contents")
    add_inputs(command)
    manifests = command.add_mutually_exclusive_group()
    manifests.add_argument(
        "--write-manifest",
        type=Path,
        metavar="FILE",
        help="write sizes and SHA-256 of the files, in the format of sha256sum",
    )
    manifests.add_argument(
        "--manifest",
        type=Path,
        metavar="FILE",
        help="compare the files with such a manifest; exit code 1 if one differs, is missing or is not in it",
    )

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
    command.add_argument(
        "--mip-threshold",
        type=float,
        default=0.5,
        metavar="MIPT",
        help="trigger cells above it are kept, mipT: all that have a signal with 0, to study what "
        "the threshold costs (default: %(default)s, the front end's)",
    )
    command.add_argument("--out", required=True, metavar="DIR", help="folder for the files")
    add_geometry(command)

    command = add(
        "from-hits",
        from_hits,
        "group a table of hits into trigger cells",
        "The table has columns event, x, y, z [cm] and energy [GeV], with their names in the first line if "
        "it is text. Its format is recognised by content, not by name.",
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
        "Runs the stage-2 chain on each endcap of each event, and writes a table (parquet) with one row "
        "per cluster. Parameters that are not given are those of the configuration.",
    )
    command.add_argument("files", nargs="+", metavar="FILE", help=FILES)
    command.add_argument("--out", required=True, metavar="CLUSTERS.parquet", help="table to write")
    command.add_argument("--config", metavar="C", help="configuration file (or BYE_SPLITS_CONFIG)")
    command.add_later = add_parameters

    command = add(
        "compare",
        compare,
        "find with which settings a file's own clusters were made",
        "Compares them, by position, with the clusters that the chain finds in the file's trigger cells in "
        "each setting in which CMSSW's jobs are known to run.",
    )
    command.add_argument("file", metavar="FILE", help=FILES)
    command.add_argument(
        "--events", type=_whole(1, 10**9), metavar="N", help="the first N events (default: all)"
    )
    command.add_argument(
        "--parameters", metavar="P.yaml", help="further parameters of the chain to compare with"
    )
    command.add_argument("--out", metavar="PAIRS.parquet|csv", help="write the pairs under the best setting")
    command.add_argument("--config", metavar="C", help="configuration file (or BYE_SPLITS_CONFIG)")

    command = add(
        "study",
        study,
        "study whole samples: clusters, splits and responses of all events",
        "Runs the chain once over all events, and writes tables (parquet) into a folder. What is there "
        "already is not done again.",
    )
    command.add_later = _add_study

    command = add(
        "report",
        report,
        "write the studies of whole samples into one HTML file",
        "The file has the plots and the numbers of the dashboard's studies, and needs neither a server nor a "
        "network.",
    )
    command.add_later = _add_report
    return parser


def _add_report(command: argparse.ArgumentParser) -> None:
    """Arguments of `report`."""
    from bye_splits.chain.chains import CHAINS

    command.add_argument("files", nargs="+", metavar="FILE", help=FILES)
    command.add_argument("--out", required=True, metavar="REPORT.html", help="file to write")
    command.add_argument("--config", metavar="C", help="configuration file (or BYE_SPLITS_CONFIG)")
    command.add_argument(
        "--chain",
        choices=[*CHAINS, BOTH],
        default=BOTH,
        help="of the clusters; both: compared on the same particles (default: %(default)s)",
    )
    command.add_argument(
        "--workers", type=_whole(1, 1024), default=1, metavar="N", help="processes (default: %(default)s)"
    )


def _add_study(command: argparse.ArgumentParser) -> None:
    """Arguments of `study`, whose chains and studies are declared where numba is loaded."""
    from bye_splits.studies.batch import BATCH_SYSTEMS, Jobs
    from bye_splits.studies.registry import STUDIES

    lines = [f"  {name:10} {one.title}" for name, one in STUDIES.items()]
    command.epilog = "\n".join(["studies:", *lines])
    command.add_argument("study", choices=STUDIES, metavar="STUDY", help=f"one of {', '.join(STUDIES)}")
    command.add_argument("files", nargs="+", metavar="FILE", help=FILES)
    command.add_argument("--out", required=True, metavar="DIR", help="folder for the tables")
    command.add_argument("--config", metavar="C", help="configuration file (or BYE_SPLITS_CONFIG)")
    command.add_argument(
        "--radii",
        type=radii_of,
        metavar="FIRST:LAST:NUMBER",
        help="of clusters in (x/z, y/z), or separated by commas (default: 0.005:0.05:10)",
    )
    add_parameters(command, several=True)
    for name, one in STUDIES.items():
        own = command.add_argument_group(f"options of {name}") if one.options else command
        for option in one.options:
            dashed = f"--{option.name.replace('_', '-')}"
            if not option.metavar:
                own.add_argument(dashed, action="store_const", const=True, help=option.help)
                continue
            action = "append" if option.several else "store"
            own.add_argument(
                dashed, action=action, metavar=option.metavar, type=option.kind, help=option.help
            )
    work = command.add_mutually_exclusive_group()
    work.add_argument(
        "--workers", type=_whole(1, 1024), default=1, metavar="N", help="processes (default: %(default)s)"
    )
    work.add_argument(
        "--scheduler", default="", metavar="ADDRESS", help="of dask.distributed, such as tcp://host:8786"
    )
    work.add_argument(
        "--cluster",
        default="",
        choices=BATCH_SYSTEMS,
        metavar="NAME",
        help=f"run as jobs of a batch system: {' or '.join(BATCH_SYSTEMS)}",
    )
    jobs = command.add_argument_group("jobs, with --cluster")
    usual = Jobs()
    jobs.add_argument(
        "--jobs",
        type=_whole(1, 10_000),
        default=usual.number,
        metavar="N",
        help="number of jobs, of one core each (default: %(default)s)",
    )
    jobs.add_argument(
        "--memory", default=usual.memory, metavar="SIZE", help="of each job (default: %(default)s)"
    )
    jobs.add_argument(
        "--queue", default=usual.queue, metavar="Q", help="SLURM's partition, HTCondor's job flavour"
    )
    jobs.add_argument(
        "--walltime", type=_walltime, default=usual.walltime, metavar="HH:MM:SS", help="longest time of a job"
    )
    jobs.add_argument("--dry-run", action="store_true", help="only show the script of a job")
