"""`bye-splits check`, `toy` and `from-hits`: event files, looked at and made."""

import argparse
import sys
from pathlib import Path

from tqdm import tqdm

from bye_splits.config import Config, check_files, load_config, local_path
from bye_splits.counting import counted
from bye_splits.errors import ByeSplitsError, OtherDetectorError
from bye_splits.settings import pileup_name

from .complaints import FAILED, FINE, complain


def check(options: argparse.Namespace) -> int:
    """Say of each event file and of the geometry whether it can be read; 1 if one cannot."""
    config = load_config(options.config)
    missing = check_files(config)
    fine = True
    if options.files:
        for file in options.files:
            path = local_path(file, Path.cwd())
            print(f"{file}: {path}" if file != str(path) else file)
            fine &= _check_events(path, None, None, "", None)
    else:
        print(f"configuration: {config.path}")
        if config.toy:
            print("events: no files are configured, the embedded toy sample is shown")
        for key, sample in config.samples.items():
            print(f"{sample.particle} {pileup_name(sample.pileup)}: {sample.path}")
            name = config.named_sample(key)
            fine &= _check_events(sample.path, sample.directory, sample.tree, name, missing.get(key))
    return FINE if _check_geometry(config, missing.get("geometry")) and fine else FAILED


def _check_events(path, directory, tree, name: str, missing: ByeSplitsError | None) -> bool:
    """Say what is in a file of events; `name` is its key, `missing` the error where there is no such file."""
    from bye_splits.data.inspect import inspect

    if missing is not None:
        print(f"    cannot be read: {missing}")
        return False
    found = inspect(path, directory, tree)
    if found.kind:
        tree_name = f", tree {found.tree}" if found.tree else ""
        print(f"    {found.kind}{tree_name}, {counted(found.n_events, 'event')}")
    if found.description:
        print(f"    {found.description}")
    if found.missing:
        print(f"    without: {', '.join(found.missing)}")
    if found.problem:
        print(f"    cannot be read: {name}{': ' if name else ''}{found.problem}")
    return found.ok


def _check_geometry(config: Config, missing: ByeSplitsError | None) -> bool:
    from bye_splits.geometry import Geometry

    settings = config.geometry
    if settings.path is None:
        print("geometry: V11, from its rules")
        return True
    print(f"geometry: {settings.path}")
    try:
        if missing is not None:
            raise missing
        geometry = Geometry.from_root(settings.path, directory=settings.directory, tree=settings.tree)
    except ByeSplitsError as error:
        print(
            f"    cannot be read: {error if error is missing else error.named_by(config.named('geometry'))}"
        )
        return False
    cells = len(geometry.trigger_cells)
    print(f"    tree {settings.directory}/{settings.tree}, {cells} trigger cells in an endcap")
    for notice in geometry.notices:
        print(f"    {notice}")
    return True


def toy(options: argparse.Namespace) -> int:
    """Make a toy sample, with the geometry file that goes with it."""
    from bye_splits import samples

    geometry = _geometry(options)
    with tqdm(total=options.events, unit="event", file=sys.stderr) as bar:
        paths = samples.write_toy(
            options.out,
            particle=options.particle,
            pileup=int(options.pileup),
            events=options.events,
            seed=options.seed,
            progress=bar.update,
            geometry=geometry,
            also_read=[options.geometry] if options.geometry else [],
        )
    print(*paths, sep="\n")
    return FINE


def from_hits(options: argparse.Namespace) -> int:
    """Group a table of hits into trigger cells, and say where each went."""
    from bye_splits import samples

    also_read = [options.geometry] if options.geometry else []
    try:
        print(samples.from_hits(options.hits, options.out, _geometry(options), also_read))
    except OtherDetectorError as error:
        return complain(f"{error}", FAILED)
    return FINE


def _geometry(options: argparse.Namespace):
    """The geometry that is asked for, None for V11."""
    from bye_splits.geometry import read_geometry

    return read_geometry(options.geometry) if options.geometry else None
