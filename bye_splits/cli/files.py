"""`bye-splits check`, `toy` and `from-hits`: check and create event files."""

import argparse
import contextlib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from bye_splits import manifest
from bye_splits.config import Config, Sample, check_files, load_config, located
from bye_splits.counting import counted
from bye_splits.errors import ByeSplitsError, OtherDetectorError
from bye_splits.locations import joined
from bye_splits.remote import RemoteFile, file_of
from bye_splits.settings import pileup_name

from .complaints import FAILED, FINE, complain
from .progress import Progress

if TYPE_CHECKING:
    from bye_splits.geometry import Geometry


def check(options: argparse.Namespace) -> int:
    """Report whether each event file and the geometry can be read; return 1 if one cannot."""
    from bye_splits.geometry import Geometry

    config = load_config(options.config)
    compared = options.manifest
    if not (compared or options.write_manifest or options.files):
        compared = config.manifest
    entries = manifest.read(compared) if compared else []
    missing = check_files(config)
    geometry, fine = _check_geometry(config, missing.get("geometry"))
    known = dict.fromkeys(filter(None, (geometry, Geometry.v11())))
    if options.files:
        for file in options.files:
            sample = located(file, config)
            path = joined(sample.path, sample.directory, sample.tree)
            print(f"{file}: {path}" if file != path else file)
            for directory, tree in _trees(sample):
                fine &= _check_events(sample.path, directory, tree, "", None, known)
    else:
        print(f"configuration: {config.path}")
        if config.toy:
            print("events: no files are configured, the embedded toy sample is shown")
        for key, sample in config.samples.items():
            print(f"{sample.particle} {pileup_name(sample.pileup)}: {sample.path}")
            name = config.named_sample(key)
            for directory, tree in _trees(sample):
                fine &= _check_events(sample.path, directory, tree, name, missing.get(key), known)
    samples = [located(file, config) for file in options.files] or list(config.samples.values())
    paths = _local_files(samples, config)
    if compared:
        fine &= _print_differences(compared, entries, paths)
    if options.write_manifest:
        fine &= _write_manifest(options.write_manifest, paths, fine)
    return FINE if fine else FAILED


def _local_files(samples: Iterable[Sample], config: Config) -> list[Path]:
    """The files of samples and of the geometry on this machine, as a manifest has them."""
    from bye_splits.data.parquet import files_of

    paths = [one for sample in samples for one in files_of(file_of(sample.path))]
    paths += [file_of(config.geometry.path)] if config.geometry.path else []
    for path in paths:
        if isinstance(path, RemoteFile):
            print(f"manifest: without {path}, which is on another machine")
    return list(dict.fromkeys(path for path in paths if isinstance(path, Path)))


def _print_differences(name: Path, entries: list[manifest.Entry], paths: list[Path]) -> bool:
    """Compare files with a manifest; whether all are as it says."""
    found = manifest.differences(entries, paths)
    for line in found:
        print(f"manifest: {line}")
    if not found:
        print(f"manifest: {counted(len(entries), 'file is', 'files are')} as {name} says")
    return not found


def _write_manifest(out: Path, paths: list[Path], fine: bool) -> bool:
    """Write the manifest of files that are all `fine`; whether it was written."""
    if fine and paths:
        print(f"manifest: {out} written, {counted(manifest.write(out, paths), 'file')}")
        return True
    print(
        f"manifest: not written, as {'a file cannot be read' if paths else 'there are no files'}, see above"
    )
    return False


def _trees(sample: Sample) -> list[tuple[str | None, str | None]]:
    """Directory and tree of each tree to check in a file: all trees of events if none is named."""
    from bye_splits.data import event_trees

    if sample.directory is None and sample.tree is None:
        with contextlib.suppress(ByeSplitsError):  # errors are reported by the check
            trees = event_trees(file_of(sample.path))
            if len(trees) > 1:
                return [(None, tree) for tree in trees]
    return [(sample.directory, sample.tree)]


def _check_events(
    path: Path | str,
    directory: str | None,
    tree: str | None,
    name: str,
    missing: ByeSplitsError | None,
    known: Iterable["Geometry"],
) -> bool:
    """Print the contents of an event file; `name` is its key, `missing` the error if it does not exist.

    Its trigger cells are compared with the geometries `known`.
    """
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
    if found.kind and not found.has_trigger_cells:
        print("    written without trigger cells: its clusters and particles are shown as directions")
    if found.missing:
        print(f"    without: {', '.join(found.missing)}")
    if found.problem:
        print(f"    cannot be read: {name}{': ' if name else ''}{found.problem}")
    elif found.n_events and found.has_trigger_cells:
        _print_geometry(path, directory, tree, known)
    return found.ok


def _print_geometry(
    path: Path | str, directory: str | None, tree: str | None, known: Iterable["Geometry"]
) -> None:
    """Print the geometry of the first and last event, and any disagreement with it."""
    from bye_splits.data import open_source
    from bye_splits.sample_geometry import SampleGeometry, described

    with open_source(path, directory, tree) as source:
        sample = SampleGeometry(source, known, look_ahead=False)
        matches = [sample.match(source.event_at(k).trigger_cells) for k in sorted({0, len(source) - 1})]
    print(f"    geometry: {described(sample.geometry)}")
    unknown, elsewhere = (sum(getattr(one, name) for one in matches) for name in ("unknown", "elsewhere"))
    notices = [sample.notice, *sample.geometry.notices]
    for number, what in ((unknown, "not in it"), (elsewhere, "at other positions")):
        if number:
            notices.append(f"{counted(number, 'trigger cell is', 'trigger cells are')} {what}.")
    for notice in filter(None, notices):
        print(f"    {notice}")


def _check_geometry(config: Config, missing: ByeSplitsError | None) -> tuple["Geometry | None", bool]:
    """Print the configured geometry; return it, or None, and whether it is valid."""
    from bye_splits.geometry import Geometry
    from bye_splits.geometry.testers import tree_in

    settings = config.geometry
    if settings.path is None:
        print("geometry: V11, from its rules; for a file with other positions, inferred from them")
        return None, True
    print(f"geometry: {settings.path}")
    try:
        if missing is not None:
            raise missing
        geometry = Geometry.from_root(settings.path, directory=settings.directory, tree=settings.tree)
        tree = tree_in(file_of(settings.path), settings.directory, settings.tree)
    except ByeSplitsError as error:
        print(
            f"    cannot be read: {error if error is missing else error.named_by(config.named('geometry'))}"
        )
        return None, False
    wafers = geometry.wafers
    cells = f"{len(geometry.trigger_cells)} trigger cells in an endcap"
    print(f"    tree {tree}, {geometry.version}, {geometry.n_layers} layers")
    print(f"    {cells}, {counted(len(wafers), 'wafer')}")
    if uncertain := int((~wafers.certain).sum()):
        print(f"    the orientation of {counted(uncertain, 'wafer')} is uncertain")
    for notice in geometry.notices:
        print(f"    {notice}")
    return geometry, True


def toy(options: argparse.Namespace) -> int:
    """Make a toy sample, with its geometry file."""
    from bye_splits import samples

    geometry = _geometry(options)
    with Progress() as progress:
        progress.started(options.events, 0)
        paths = samples.write_toy(
            options.out,
            particle=options.particle,
            pileup=int(options.pileup),
            events=options.events,
            seed=options.seed,
            progress=progress.advance,
            geometry=geometry,
            also_read=[options.geometry] if options.geometry else [],
            mip_threshold=options.mip_threshold,
        )
    print(*paths, sep="\n")
    return FINE


def from_hits(options: argparse.Namespace) -> int:
    """Group a table of hits into trigger cells, and print an account of the hits."""
    from bye_splits import samples

    also_read = [options.geometry] if options.geometry else []
    try:
        print(samples.from_hits(options.hits, options.out, _geometry(options), also_read))
    except OtherDetectorError as error:
        return complain(f"{error}", FAILED)
    return FINE


def _geometry(options: argparse.Namespace) -> "Geometry | None":
    """The geometry of the option, None for V11."""
    from bye_splits.geometry import read_geometry

    return read_geometry(options.geometry) if options.geometry else None
