"""`bye-splits check`, `toy` and `from-hits`: event files, looked at and made."""

import argparse
import sys
from pathlib import Path

from tqdm import tqdm

from bye_splits.config import Config, load_config, local_path
from bye_splits.errors import ByeSplitsError

from .complaints import FAILED, FINE


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
