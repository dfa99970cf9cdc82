"""The configuration file, validated once into frozen dataclasses.

Keys are those of existing `config.yaml` files. Those without meaning here (mainly names of intermediate
files) are accepted; all other unknown keys are listed in one warning.
"""

import math
import os
import stat
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import fields, replace
from pathlib import Path

from bye_splits.errors import ConfigError
from bye_splits.locations import split_location
from bye_splits.sample_sections import read_default_events, read_manifest, read_samples
from bye_splits.sections import Section, close_name, expanded, local_path, read_yaml
from bye_splits.settings import (
    DISCONNECTED_OF_V11,
    FEWEST_LAYERS,
    PARTICLES,
    PILEUPS,
    Clustering,
    CoarseSeeding,
    Config,
    Display,
    GeometrySettings,
    HandScan,
    Histogram,
    Sample,
    Seeding,
    Selection,
    Smoothing,
    Triangles,
    XyHistogram,
    pileup_name,
)

__all__ = [
    "Config",
    "ConfigError",
    "ConfigWarning",
    "GeometrySettings",
    "Sample",
    "check_files",
    "config_for_files",
    "load_config",
    "local_path",
    "located",
    "shipped_path",
]

_IN_THE_FILE = "it follows from the positions in the file of events, or from the geometry file"
_FIXED = (  # section, attribute, what is used instead of its value, with a placeholder for the default
    ("geometry", "wafer_size", _IN_THE_FILE),
    ("geometry", "sensor_separation", _IN_THE_FILE),
    ("geometry", "n_layers_cee", _IN_THE_FILE),
    ("geometry", "n_layers_ceh", _IN_THE_FILE),
    ("selection", "reached_ee", "of a raw ntuple, generated particles with reachedEE = {} are shown"),
    ("selection", "delta_r", "a cluster within 0.1 in (eta, phi) counts as the generated particle's"),
    *(("base", f"eta_{end}", "nothing uses it so far") for end in ("min", "max", "min_strict", "max_strict")),
    *(("base", f"resolution_{kind}", "nothing uses it so far") for kind in ("splits", "no_splits")),
)


class ConfigWarning(UserWarning):
    """An entry of the configuration that has no effect."""


def shipped_path() -> Path:
    """Path of the shipped configuration: in the package, or at the top of a source tree."""
    package = Path(__file__).parent
    installed = package / "config.yaml"
    return installed if installed.is_file() else package.parent / "config.yaml"


def load_config(path: str | os.PathLike[str] | None = None) -> Config:
    """Read and validate a configuration file.

    Parameters
    ----------
    path : the file; None: that of the variable BYE_SPLITS_CONFIG, else the shipped default

    Raises
    ------
    ConfigError
        The file is absent or not YAML, or a value has a wrong type or range. The event and geometry files
        that it names are not checked: see `check_files`.

    Warns
    -----
    ConfigWarning
        Once, with all keys that are unknown or repeated, and all values that are not used.

    Examples
    --------
    >>> config = load_config(shipped_path())
    >>> config.toy, len(config.cluster.radii)
    (True, 52)
    """
    chosen = os.fspath(path or os.environ.get("BYE_SPLITS_CONFIG") or shipped_path())
    file = Path(expanded(chosen)).absolute()
    content, repeated = read_yaml(file)
    top = Section(content, file)
    base = read_histogram(top.section("base"))
    coarse = top.section("cs")
    selection = _selection(top.section("selection"))
    io = top.section("io")
    config = Config(
        samples=read_samples(io, selection.particle),
        manifest=read_manifest(io),
        geometry=_geometry(top.section("geometry")),
        selection=selection,
        default_events=read_default_events(top.section("defaultEvents")),
        display=_display(top.section("3Ddisplay")),
        hand_scan=top.section("handScan").read(HandScan),
        base=base,
        smooth=read_smoothing(top.section("smooth"), base),
        xy=read_xy_histogram(top.section("xy")),
        triangular=read_triangles(top.section("triangular")),
        seed=_seeding(top.section("seed")),
        cluster=read_clustering(top.section("cluster")),
        cs=read_coarse_seeding(coarse, top.section("seed_cs")),
        path=file,
    )
    _check_coarse_layers(coarse, config)
    # Short names for branches, which are accepted but not used: existing files exchange `cu` and `cv`, and
    # the names of the branches themselves are unambiguous.
    for name in ("varEvents", "varGeometry"):
        top.section(name).ignore(".*")
    unknown = list(top.unknown())
    _warn(file, unknown, repeated, _not_used(config))
    return replace(config, unknown_keys=tuple(name for name, _ in unknown))


def _not_used(config: Config) -> Iterator[str]:
    """Each value that differs from the one used, with the latter; not for those of the shipped file."""
    for section, attribute, used in _FIXED:
        settings = getattr(config, section)
        (field,) = (field for field in fields(settings) if field.name == attribute)
        value = getattr(settings, attribute)
        if value != field.default:
            yield f"{section}.{field.metadata['key']} = {value:g} ({used.format(field.default)})"
    particle = config.selection.particle
    present = {name for name, _ in config.samples} or set(PARTICLES)  # of the toy sample
    if particle != Selection().particle and particle not in present:
        close = None if particle in PARTICLES else close_name(particle, present)
        question = f"; did you mean {close}?" if close else ""
        yield f"selection.particles = {particle} (no sample of these is configured{question})"
    for name, pileup in config.default_events:
        if (name, pileup) not in config.samples and (name not in PARTICLES or pileup not in PILEUPS):
            yield f"defaultEvents of {name}, {pileup_name(pileup)} (no such sample is configured)"


def _warn(
    file: Path, unknown: list[tuple[str, str | None]], repeated: Iterable[str], not_used: Iterable[str]
) -> None:
    parts = []
    if unknown:
        names = (f"{name} (did you mean {close}?)" if close else name for name, close in unknown)
        parts.append(f"keys that are unknown and have no effect: {', '.join(names)}")
    if repeated:
        parts.append(f"keys written twice, of which the last one holds: {', '.join(repeated)}")
    if values := ", ".join(not_used):
        parts.append(f"values that are not used: {values}")
    if parts:
        warnings.warn(f"{file}: {'; '.join(parts)}.", ConfigWarning, stacklevel=3)


def check_files(config: Config) -> dict[tuple[str, str] | str, ConfigError]:
    """One error for each local file of `config` that does not exist.

    Returns
    -------
    dict: by (particle, pile-up), or "geometry". Files from the command line have no key and are not included.
    """
    places: dict[tuple[str, str] | str, tuple[str, Path | str | None]] = {
        key: (config.named(sample.file_key), sample.path)
        for key, sample in config.samples.items()
        if sample.file_key
    }
    places["geometry"] = config.named("geometry.file"), config.geometry.path
    return {
        what: ConfigError(
            name,
            expected="an existing file",
            found=f"{path}, {absence}",
            action="Correct the path, or leave the entry out.",
        )
        for what, (name, path) in places.items()
        if isinstance(path, Path) and (absence := _absence(path))
    }


def _absence(path: Path) -> str:
    """Why there is no file, as a clause; empty if there is one."""
    try:
        regular = stat.S_ISREG(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return "which does not exist"
    except (OSError, ValueError) as error:  # a folder without permission, an invalid name
        return f"which cannot be looked at ({getattr(error, 'strerror', None) or error})"
    return "" if regular else "which is no regular file"


def config_for_files(files: Iterable[str | os.PathLike[str]], base: Config) -> Config:
    """Copy `base` with the given event files as its samples, keyed (name without suffix, '').

    Files of the same name are prefixed with their folder's name, and numbered if that is not enough.

    Raises
    ------
    ConfigError
        One of the files does not exist or is not a regular file.
    """
    samples: dict[tuple[str, str], Sample] = {}
    given = [located(file, base) for file in files]
    stems = [sample.particle for sample in given]
    for sample, stem in zip(given, stems, strict=True):
        path = sample.path
        if isinstance(path, Path) and not path.is_file():
            raise ConfigError(
                str(path),
                expected="an event file (ROOT or parquet)",
                found="something that is no regular file" if path.exists() else "no such file",
                action="Check the path.",
            )
        name = unique = stem if stems.count(stem) == 1 else f"{Path(path).parent.name}/{stem}"
        number = 2
        while (unique, "") in samples:
            unique, number = f"{name} ({number})", number + 1
        samples[unique, ""] = replace(sample, particle=unique)
    return replace(base, samples=samples, default_events={})


def located(file: str | os.PathLike[str], config: Config) -> Sample:
    """The event file for FILE of the command line: a path, or PATH:DIRECTORY/TREE.

    If no tree is named, it is that of the samples of `config` with this path, provided that it is unique.

    Returns
    -------
    Sample: named by the file without its suffix, and by the directory if one was given
    """
    path = local_path(os.fspath(file), Path.cwd())
    whole, inside = split_location(os.fspath(path))
    path = Path(whole) if isinstance(path, Path) else whole
    stem = Path(whole).stem
    if inside:
        folder, _, name = inside.rpartition("/")
        return Sample(f"{stem}:{folder or name}", "", path, folder or None, name)
    configured = {(s.directory, s.tree) for s in config.samples.values() if _is_same(s.path, path)}
    directory, tree = configured.pop() if len(configured) == 1 else (None, None)
    return Sample(stem, "", path, directory, tree)


def _is_same(one: Path | str, other: Path | str) -> bool:
    try:
        return one == other or Path(one).samefile(other)
    except (OSError, ValueError):  # one of them does not exist, or is remote
        return False


def _geometry(section: Section) -> GeometrySettings:
    file = section.get("file", str)
    return section.read(
        GeometrySettings, path=None if file is None else local_path(file, section.file.parent)
    )


def _selection(section: Section) -> Selection:
    section.ignore("pileup")
    return section.read(Selection)


def _display(section: Section) -> Display:
    section.ignore(r"PU\d+|reprocess")
    return section.read(Display)


def read_histogram(section: Section) -> Histogram:
    """Check the section `base`."""
    section.ignore("FesAlgo|NbinsPhiTs|NbinsEta")
    read = section.read(Histogram)
    for name, value, edge in (("MinPhi", read.phi_min, -math.pi), ("MaxPhi", read.phi_max, math.pi)):
        section.require(abs(value - edge) < 1e-4, name, f"{edge:.6g}, as phi is a full circle")
    for low, high, name, other in (
        (read.rz_min, read.rz_max, "MaxROverZ", "MinROverZ"),
        (read.eta_min, read.eta_max, "EtaMax", "EtaMin"),
        (read.eta_min_strict, read.eta_max_strict, "EtaMaxStrict", "EtaMinStrict"),
    ):
        section.require(low < high, name, f"a number above {other} = {low:g}", found=f"{high:g}")
    # Existing files round pi to six digits, which is not meant as a gap of some microradians.
    return replace(read, phi_min=-math.pi, phi_max=math.pi)


def read_smoothing(section: Section, histogram: Histogram) -> Smoothing:
    """Check the section `smooth` against a histogram."""
    section.ignore("SmoothIn|SmoothOut")
    smoothing = section.read(Smoothing)
    section.require(all(n % 2 == 1 for n in smoothing.bin_sums), "BinSums", "odd numbers of bins")
    section.require(
        len(smoothing.bin_sums) == histogram.n_rz,
        "BinSums",
        f"{histogram.n_rz} numbers, one for each R/z bin (base.NbinsRz)",
        found=f"{len(smoothing.bin_sums)}",
    )
    return smoothing


def read_xy_histogram(section: Section) -> XyHistogram:
    """Check the section `xy`."""
    read = section.read(XyHistogram)
    for name, weights in (("SmoothingEcal", read.ecal), ("SmoothingHcal", read.hcal)):
        size = math.isqrt(len(weights))
        square = size * size == len(weights) and size % 2 == 1
        section.require(
            square, name, "weights of a square of 1, 9, 25, ... bins, row by row", found=f"{len(weights)}"
        )
        section.require(sum(weights) > 0, name, "weights of which one is not 0")
    return read


def read_triangles(section: Section) -> Triangles:
    """Check the section `triangular`."""
    return section.read(Triangles)


def _seeding(section: Section) -> Seeding:
    section.ignore("SeedIn|SeedOut|WindowPhiDim")
    return section.read(Seeding)


def read_clustering(section: Section) -> Clustering:
    """Check the section `cluster`, for the layers of any detector."""
    section.ignore(r"Cluster(In|Out)\w+|(CS|ROI)Cylinder")
    clustering = section.read(Clustering)
    section.require(
        len(clustering.radii) >= FEWEST_LAYERS,
        "CoeffA",
        f"at least {FEWEST_LAYERS} numbers, one for each layer",
        found=f"{len(clustering.radii)}",
    )
    return clustering


def _check_coarse_layers(section: Section, config: Config) -> None:
    """Require at least one layer over which coarse seeding sums modules."""
    disconnected = config.selection.disconnected_layers
    last = max(set(range(1, DISCONNECTED_OF_V11[-1] + 1)) - set(disconnected), default=None)
    section.require(
        bool(config.cs.trigger_layers(disconnected)),
        "firstLayer",
        "a trigger layer of CE-E at or behind it (selection.disconnectedTriggerLayers leaves "
        + ("none)" if last is None else f"some; the last one is layer {last})"),
        found=f"none from layer {config.cs.first_layer} on",
    )


def read_coarse_seeding(section: Section, seeds: Section) -> CoarseSeeding:
    """Check the sections `cs` and `seed_cs`."""
    section.ignore(r"(No)?CS\w+Out")
    seeds.ignore("InputName|SeedIn|SeedOut")
    default = CoarseSeeding()
    threshold = seeds.get("histoThreshold", float, default.seed_threshold)
    seeds.require(threshold >= 0, "histoThreshold", "a number not below 0")
    coarse = section.read(
        CoarseSeeding,
        seed_threshold=threshold,
        hexagonal=seeds.get("hexDist", bool, default.hexagonal),
    )
    section.require(
        coarse.first_layer <= DISCONNECTED_OF_V11[-1],
        "firstLayer",
        f"a layer of CE-E, 1 to {DISCONNECTED_OF_V11[-1]}",
    )
    section.require(
        len(coarse.eta_edges) > 1 and list(coarse.eta_edges) == sorted(set(coarse.eta_edges)),
        "etaEdges",
        "two or more numbers, each above the one before",
    )
    section.require(
        len(coarse.mip_thresholds) == len(coarse.eta_edges) - 1,
        "mipThresholds",
        f"{len(coarse.eta_edges) - 1} numbers, one for each interval of etaEdges",
        found=f"{len(coarse.mip_thresholds)}",
    )
    return coarse
