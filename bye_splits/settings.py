"""Settings as frozen dataclasses, with the key, default and limits of each value."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from bye_splits.sections import key

PARTICLES = ("photons", "electrons", "pions")
PILEUPS = ("0", "200")
"""Particles and pile-ups of the toy sample; a configuration may use any names."""


def pileup_of(name: str) -> str:
    """Label of the pile-up `name` of a configuration: the number in ``PU140``, else the name itself.

    Examples
    --------
    >>> pileup_of("PU140"), pileup_of("aged")
    ('140', 'aged')
    """
    found = re.fullmatch(r"PU([0-9]+)", name)
    return found[1] if found else name


def pileup_name(label: str) -> str:
    """A pile-up's label for display.

    Examples
    --------
    >>> pileup_name("140"), pileup_name("aged"), pileup_name("")
    ('PU140', 'aged', '')
    """
    return f"PU{label}" if label.isdecimal() else label


FEWEST_LAYERS = 47  # smallest number of layers of any version of the detector
DISCONNECTED_OF_V11 = tuple(range(2, 29, 2))  # layers of V11's CE-E that the trigger does not read


@dataclass(frozen=True)
class Sample:
    """One event file.

    Attributes
    ----------
    particle, pileup : labels; from a configuration any names such as ``("photons", "0")``, from the command
        line ``(name, "")``
    path : local path, or the address (text with ``://``) of a remote file
    directory, tree : location of the events in a ROOT file; None: to be found
    key : key of the file in the configuration, if it is not the standard one, "io.PU0.photons.file"
    """

    particle: str
    pileup: str
    path: Path | str
    directory: str | None = None
    tree: str | None = None
    key: str = ""

    @property
    def file_key(self) -> str:
        """`key`, or the standard key if it is empty."""
        standard = f"io.{pileup_name(self.pileup)}.{self.particle}.file" if self.pileup else ""
        return self.key or standard


@dataclass(frozen=True, kw_only=True)
class GeometrySettings:
    """The detector; `path` None: the V11 geometry from its rules, or that of the events' positions.

    The numbers are those of V11 and not used: the geometry of an event file follows from its positions.
    """

    path: Path | str | None = None
    directory: str = key("dir", "L1THGCaltriggergeomtester")
    tree: str = key("tree", "TreeTriggerCells")
    wafer_size: float = key("waferSize", 16.64408, above=0)
    sensor_separation: float = key("sensorSeparation", 0.1, at_least=0)
    n_layers_cee: int = key("nlayersCEE", DISCONNECTED_OF_V11[-1], at_least=1)
    n_layers_ceh: int = key("nlayersCEH", 22, at_least=0)


@dataclass(frozen=True)
class Selection:
    """Selections in an event; `mip_threshold` in transverse MIP, `delta_r` in (eta, phi)."""

    particle: str = key("particles", "photons")
    disconnected_layers: tuple[int, ...] = key("disconnectedTriggerLayers", DISCONNECTED_OF_V11, at_least=1)
    reached_ee: int = key("reachedEE", 2, at_least=0)
    delta_r: float = key("deltarThreshold", 0.05, at_least=0)
    mip_threshold: float = key("mipThreshold", 0.5, at_least=0)


@dataclass(frozen=True)
class Display:
    """Options of the display: cluster radii in (x/z, y/z)."""

    radii: tuple[float, ...] = key("coefs", (0.010, 0.015, 0.020, 0.025), at_least=0)


@dataclass(frozen=True)
class HandScan:
    """The hand scan: who scans, own words for the keys from 6 on, and the folder of the tags.

    What is None or empty is taken from the environment or the user's account, see `studies.hand_scan`.
    """

    scanner: str | None = key("scanner", None)
    words: tuple[str, ...] = key("words", ())
    folder: str | None = key("dir", None)


@dataclass(frozen=True, kw_only=True)
class Histogram:
    """Stage 2's (R/z, phi) histogram, and the windows of the studies.

    Attributes
    ----------
    n_rz, n_phi : numbers of bins
    rz_min, rz_max : limits in R/z, dimensionless
    phi_min, phi_max : rad, always the full circle from -pi to pi
    eta_min, eta_max : window of the generated abs(eta) in the studies
    eta_min_strict, eta_max_strict : the same for events without splits
    resolution_splits, resolution_no_splits : E(cluster)/E(generated) - 1 below which an event counts as
        split, and above which as not split
    """

    n_rz: int = key("NbinsRz", 42, at_least=1)
    n_phi: int = key("NbinsPhi", 216, at_least=3)
    rz_min: float = key("MinROverZ", 0.076, at_least=0)
    rz_max: float = key("MaxROverZ", 0.58, above=0)
    phi_min: float = key("MinPhi", -math.pi)
    phi_max: float = key("MaxPhi", math.pi)
    eta_min: float = key("EtaMin", 1.7, at_least=0)
    eta_max: float = key("EtaMax", 2.8, above=0)
    eta_min_strict: float = key("EtaMinStrict", 2.0, at_least=0)
    eta_max_strict: float = key("EtaMaxStrict", 2.6, above=0)
    resolution_splits: float = key("EnResSplits", -0.35)
    resolution_no_splits: float = key("EnResNoSplits", -0.2)


@dataclass(frozen=True)
class Smoothing:
    """Smoothing in phi: bins summed in each R/z bin [hgcalBackEndLayer2Producer_cfi]."""

    bin_sums: tuple[int, ...] = key(
        "BinSums", (13,) + (11,) * 3 + (9,) * 3 + (7,) * 6 + (5,) * 15 + (3,) * 14, at_least=1
    )
    norm_by_area: bool = key("SeedsNormByArea", False)
    area_per_trigger_cell: float = key("AreaPerTriggerCell", 4.91e-5, above=0)


@dataclass(frozen=True, kw_only=True)
class XyHistogram:
    """The histogram in (x/z, y/z), and its smoothing [HGCalHistoSeedingImpl, hgcalBackEndLayer2Producer_cfi].

    Attributes
    ----------
    n_x, n_y : numbers of bins, from -limit to limit in x/z and y/z
    ecal, hcal : weights of a square of bins, row by row, for trigger cells of CE-E and of CE-H; each sum is
        divided by that of the weights
    """

    n_x: int = key("NbinsX", 192, at_least=3)
    n_y: int = key("NbinsY", 192, at_least=3)
    limit: float = key("MaxXYOverZ", 0.6, above=0)
    ecal: tuple[float, ...] = key("SmoothingEcal", (1.0,) * 4 + (1.1,) + (1.0,) * 4, at_least=0)
    hcal: tuple[float, ...] = key("SmoothingHcal", (1.0,) * 12 + (2.0,) + (1.0,) * 12, at_least=0)


@dataclass(frozen=True)
class Triangles:
    """The lattice of the triangular clustering; `side` of a triangle, in (x/z, y/z) [triangleSideLength]."""

    side: float = key("Side", 0.016, at_least=0.004)


@dataclass(frozen=True)
class Seeding:
    """Seeds are local maxima above `threshold` [mipT]."""

    threshold: float = key("histoThreshold", 20.0, at_least=0)


@dataclass(frozen=True)
class Clustering:
    """Clusters around seeds: radius = radii[layer - 1] + slope * (mid_radius - abs(eta)), in (x/z, y/z).

    `min_pt` in GeV.
    """

    radii: tuple[float, ...] = key(
        "CoeffA", (0.015,) * 7 + (0.020,) * 7 + (0.030,) * 7 + (0.040,) * 13 + (0.050,) * 18, at_least=0
    )
    slope: float = key("CoeffB", 0.0)
    mid_radius: float = key("MidRadius", 2.3)
    min_pt: float = key("PtC3dThreshold", 0.5, at_least=0)


@dataclass(frozen=True, kw_only=True)
class CoarseSeeding:
    """Modules whose mipT summed over `n_layers` trigger layers from `first_layer` on passes a threshold.

    `mip_thresholds` [mipT] apply between neighbouring `eta_edges`; `nearby` adds the six neighbours of a
    module. Seeds in a module are local maxima above `seed_threshold` [mipT], in a window that lacks its two
    far corners if `hexagonal`. `cells` are the trigger cells that are clustered.
    """

    first_layer: int = key("firstLayer", 7, at_least=1)
    n_layers: int = key("nLayers", 4, at_least=1)
    eta_edges: tuple[float, ...] = key("etaEdges", (1.5, 1.9, 2.3, 3.2), at_least=0)
    mip_thresholds: tuple[float, ...] = key("mipThresholds", (170.0, 180.0, 200.0), at_least=0)
    nearby: bool = key("nearby", False)
    cells: str = key("cells", "all", choices=("all", "CE-E"))
    seed_threshold: float = 20.0
    hexagonal: bool = True

    def trigger_layers(self, disconnected: Iterable[int]) -> tuple[int, ...]:
        """The layers that are summed: the first `n_layers` of CE-E from `first_layer` on that are connected.

        No version has more layers of CE-E than V11; the chain never sums layers behind CE-E in the data.

        Examples
        --------
        >>> CoarseSeeding(first_layer=6, n_layers=2).trigger_layers((6, 8))
        (7, 9)
        """
        layers = range(self.first_layer, DISCONNECTED_OF_V11[-1] + 1)
        connected = (n for n in layers if n not in set(disconnected))
        return tuple(connected)[: self.n_layers]


@dataclass(frozen=True, kw_only=True)
class Config:
    """The content of a configuration file; `Config()` has the shipped defaults.

    Attributes
    ----------
    samples : event files by (particle, pile-up), as in `Sample`; empty for the toy sample
    default_events : event numbers offered first, by the same keys
    unknown_keys : paths of unknown keys
    manifest : sizes and checksums with which files are compared when they are opened; None: they are not
    path : file that was read
    """

    samples: dict[tuple[str, str], Sample] = field(default_factory=dict)
    geometry: GeometrySettings = GeometrySettings()
    selection: Selection = Selection()
    default_events: dict[tuple[str, str], tuple[int, ...]] = field(default_factory=dict)
    display: Display = Display()
    hand_scan: HandScan = HandScan()
    base: Histogram = Histogram()
    smooth: Smoothing = Smoothing()
    xy: XyHistogram = XyHistogram()
    triangular: Triangles = Triangles()
    seed: Seeding = Seeding()
    cluster: Clustering = Clustering()
    cs: CoarseSeeding = CoarseSeeding()
    unknown_keys: tuple[str, ...] = ()
    manifest: Path | None = None
    path: Path | None = None

    @property
    def toy(self) -> bool:
        """Whether the embedded toy sample is used instead of event files."""
        return not self.samples

    def named(self, name: str) -> str:
        """A key with the configuration's path, for the text of errors."""
        return f"{self.path}: {name}" if self.path else name

    def named_sample(self, key: tuple[str, str]) -> str:
        """The key of a sample with the configuration's path; "" for a sample that is not configured."""
        file_key = self.samples[key].file_key if key in self.samples else ""
        return self.named(file_key.removesuffix(".file")) if file_key else ""
