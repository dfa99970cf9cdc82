"""Parameters of the chain: one frozen dataclass, validated on construction."""

import os
from dataclasses import dataclass, fields, replace
from functools import cache
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np

from bye_splits.errors import ChainError, ConfigError
from bye_splits.settings import (
    DISCONNECTED_OF_V11,
    Clustering,
    CoarseSeeding,
    Config,
    Histogram,
    Seeding,
    Smoothing,
    Triangles,
    XyHistogram,
)

from . import cmssw_reading, parameters_file
from .chains import CHAINS
from .clustering import ASSOCIATIONS
from .declaration import declarations, declared
from .interpolated_maxima import NEIGHBOUR_WEIGHTS
from .seed_positions import SEED_POSITIONS
from .seed_rules import SEED_RULES
from .smoothing import KERNELS

LAST_CEE_LAYER = DISCONNECTED_OF_V11[-1] - 1
"""Last layer of CE-E that the trigger reads in V11."""


@dataclass(frozen=True, kw_only=True)
class ChainParameters:
    """Parameters of the stage-2 chain; `from_config` takes those of `config.yaml`.

    Attributes
    ----------
    chain : one of `chains.CHAINS`: "default" (seeds from the smoothed histogram in (R/z, phi)), "xy" (that
        in (x/z, y/z)), "coarse_seeding" (seeds in chosen modules) or "triangular" (hexagons of triangles in
        (x/z, y/z), experimental) [seeding_space]
    radius : of clusters, in (x/z, y/z), the same in all layers; None takes `cluster.radii` by layer
    seeding : one of `seed_rules.SEED_RULES`: which bins are seeds [type_histoalgo]
    neighbour_weights : one of `interpolated_maxima.NEIGHBOUR_WEIGHTS`, for the seeding "interpolated_max"
        [neighbour_weights]
    seed_position : one of `seed_positions.SEED_POSITIONS` [seed_position]
    association : one of `clustering.ASSOCIATIONS`: a trigger cell belongs to the nearest seed in reach, or to
        the one of highest energy
    kernel : one of `smoothing.KERNELS`, in phi: "default" (1/2^abs(k)) or "flat_top" (equal in the three
        middle bins)
    seed_threshold : mipT, of a smoothed bin; with coarse seeding of a lattice point. Like window, radius
        and association not used by the chain "triangular", see `triangular_seeding`
    seed_window : half width of the window of the local maximum, in phi bins; R/z always has 1. With coarse
        seeding the hexagonal distance on the trigger-cell lattice
    tc_threshold : mipT; trigger cells below it are not used
    legacy : whether to reproduce the older implementation, quirks included (see docs/explanation/chain.md)
    norm_by_area : whether smoothed bins are densities, normalised by each row's area [seeds_norm_by_area]
    base, smooth, xy, triangular, cluster, cs : the remaining parameters, as in the configuration
    coarse_layers : trigger layers that modules are summed over; None: those of the V11 trigger geometry,
        which are replaced by None

    Raises
    ------
    ChainError
        A value is out of range.

    Examples
    --------
    >>> ChainParameters(radius=0.02).describe()
    {'radius': 0.02}
    """

    chain: str = declared(
        next(iter(CHAINS)), kind=str, choices=CHAINS, label="Chain", word="chain",
        help="where seeds are looked for: in the smoothed histogram of (R/z, phi) bins (default), of (x/z, "
        "y/z) bins (xy), on the trigger-cell lattice of modules above a threshold (coarse_seeding), or in "
        "hexagons (triangular, experimental)",
        cmssw="seeding_space",
    )  # fmt: skip
    radius: float | None = declared(
        None, kind=float, unit="(x/z, y/z)", none="by layer", label="Radius", word="radius",
        help="largest distance of a trigger cell from its seed, the same in all layers; by layer: it grows "
        "with depth; the clusters of the triangular chain are hexagons instead",
        cmssw="dR_multicluster", slider=(0, 0.1, 0.001), only="by_radius",
    )  # fmt: skip
    seeding: str = declared(
        next(iter(SEED_RULES)), kind=str, choices=SEED_RULES, label="Seeding", word="seeding",
        help="which smoothed bins are seeds: "
        + ", ".join(f"{one.title} ({name})" for name, one in SEED_RULES.items()),
        cmssw="type_histoalgo", only="by_rule", variant=True,
    )  # fmt: skip
    neighbour_weights: str = declared(
        next(iter(NEIGHBOUR_WEIGHTS)), kind=str, choices=NEIGHBOUR_WEIGHTS, label="Neighbour weights",
        word="weights",
        help="with the seeding interpolated_max: weights of a bin's neighbours, 1/4 at its edges and 0 at "
        "its corners (first_order), or 1/2 and -1/4 (second_order)",
        cmssw="neighbour_weights", only="by_rule", variant=True,
        when=("seeding", "interpolated_max"),
    )  # fmt: skip
    seed_position: str = declared(
        next(iter(SEED_POSITIONS)), kind=str, choices=SEED_POSITIONS, label="Seed position", word="position",
        help="where a seed is: "
        + ", or ".join(f"{one.title} ({name})" for name, one in SEED_POSITIONS.items()),
        cmssw="seed_position", only="by_rule", variant=True,
    )  # fmt: skip
    association: str = declared(
        next(iter(ASSOCIATIONS)), kind=str, choices=ASSOCIATIONS, label="Association", word="association",
        help="to which of the seeds within the radius a trigger cell goes: "
        + ", or ".join(f"{one.title} ({name})" for name, one in ASSOCIATIONS.items()),
        cmssw="cluster_association", only="by_radius",
    )  # fmt: skip
    kernel: str = declared(
        next(iter(KERNELS)), kind=str, choices=KERNELS, label="Kernel", word="kernel",
        help="weights of the sum in phi that smooths the histogram: 1/2^|k| at k bins (default), or equal in "
        "the three middle bins (flat_top)",
        only="smooths",
    )  # fmt: skip
    seed_threshold: float = declared(
        20.0, kind=float, unit="mipT", label="Seed threshold", word="seeds",
        help="sum of mipT that a smoothed bin, with coarse seeding a lattice point, must exceed to be a "
        "seed; the triangular chain has none",
        cmssw="threshold_histo_multicluster", slider=(0, 200, 0.5), only="by_threshold",
    )  # fmt: skip
    seed_window: int = declared(
        1, kind=int, low=1, high=lambda parameters: parameters.base.n_phi // 2 - 1, label="Seed window",
        word="window",
        help="half width, in phi bins, of the window whose maximum a seed must be; in R/z it is always 1, "
        "with coarse seeding the distance on the lattice",
        slider=(1, 10, 1), only="by_threshold",
    )  # fmt: skip
    tc_threshold: float = declared(
        0.0, kind=float, unit="mipT", label="TC threshold", word="tc",
        help="smallest mipPt of the trigger cells that the chain uses; the display can still show the others",
        slider=(0, 10, 0.1),
    )  # fmt: skip
    legacy: bool = declared(
        False, kind=bool, label="As the older implementation", word="legacy",
        help="the older implementation's answers, its known faults included (see docs/explanation/chain.md)",
    )  # fmt: skip
    norm_by_area: bool = declared(
        False, kind=bool, label="Density in bins", word="area",
        help="smoothed bins are densities, each divided by its own area instead of that of the first row",
        cmssw="seeds_norm_by_area", only="smooths", variant=True,
    )  # fmt: skip
    base: Histogram = Histogram()  # noqa: RUF009 - frozen
    smooth: Smoothing = Smoothing()  # noqa: RUF009 - frozen
    xy: XyHistogram = XyHistogram()  # noqa: RUF009 - frozen
    triangular: Triangles = Triangles()  # noqa: RUF009 - frozen
    cluster: Clustering = Clustering()  # noqa: RUF009 - frozen
    cs: CoarseSeeding = CoarseSeeding()  # noqa: RUF009 - frozen
    coarse_layers: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        for name, declaration in DECLARED.items():
            if expected := declaration.problem(getattr(self, name), self):
                raise _wrong(name, expected, getattr(self, name))
        if len(self.smooth.bin_sums) != self.base.n_rz:
            raise _wrong("smooth.bin_sums", f"{self.base.n_rz} numbers, one a row", len(self.smooth.bin_sums))
        self._check_layers()
        for name in DECLARED:  # numpy's numbers become Python's
            value = getattr(self, name)
            if isinstance(value, np.generic):
                object.__setattr__(self, name, value.item())

    def _check_layers(self) -> None:
        of_v11, own = _of_v11(self.cs), self.coarse_layers
        if own == of_v11:
            own = None
            object.__setattr__(self, "coarse_layers", None)
        if own is None and not of_v11:
            raise _wrong(
                "cs.firstLayer",
                f"a layer from 1 to {LAST_CEE_LAYER}, the last one whose modules can be summed",
                self.cs.first_layer,
            )
        layers = own if isinstance(own, tuple) else ()
        if own is not None and not (layers and all(_is_number(n, Integral) and n > 0 for n in layers)):
            raise _wrong("coarse_layers", "a tuple of one or more layers, or None for those of V11", own)

    @classmethod
    def from_config(cls, config: Config, **changes: Any) -> "ChainParameters":
        """Parameters of a configuration, with `changes`.

        The seed threshold is that of the chosen chain (`seed` or `seed_cs`).
        """
        cs = changes.get("cs", config.cs)
        seeding = CHAINS.get(
            changes.get("chain", cls.chain), CHAINS[cls.chain]
        )  # an unknown one is reported below
        layers = cs.trigger_layers(config.selection.disconnected_layers)
        of_config = {
            "seed_threshold": seeding.configured_threshold(config.seed, cs),
            "tc_threshold": config.selection.mip_threshold,
            "norm_by_area": config.smooth.norm_by_area,
            "base": config.base,
            "smooth": config.smooth,
            "xy": config.xy,
            "triangular": config.triangular,
            "cluster": config.cluster,
            "cs": config.cs,
            "coarse_layers": layers,
        }
        return cls(**(of_config | changes))

    @classmethod
    def from_yaml(
        cls, source: str | os.PathLike[str], base: "ChainParameters | Config | None" = None
    ) -> "ChainParameters":
        """Parameters from YAML as `to_yaml` writes it; every key is optional.

        Parameters
        ----------
        source : text; a Path is a file
        base : gives the values of omitted keys; None: the defaults

        Raises
        ------
        ConfigError
            The file is absent or not YAML, a key is unknown, or a value is of a wrong type or range; it names
            the file, the key, what was expected and what was found.

        Examples
        --------
        >>> ChainParameters.from_yaml("{radius: 0.02, cluster: {PtC3dThreshold: 1}}").cluster.min_pt
        1.0
        """
        before = cls.from_config(base) if isinstance(base, Config) else base or cls()
        groups = {name: getattr(before, name) for name in GROUPS}
        values = parameters_file.read(source, groups, DECLARED)
        name = parameters_file.TEXT if isinstance(source, str) else Path(source)
        cs = values.get("cs", before.cs)
        chain = values.get("chain", before.chain)
        if chain in CHAINS and chain != before.chain:
            seed = base.seed if isinstance(base, Config) else Seeding()
            values.setdefault("seed_threshold", CHAINS[chain].configured_threshold(seed, cs))
        other_layers = (cs.first_layer, cs.n_layers) != (before.cs.first_layer, before.cs.n_layers)
        if other_layers and before.coarse_layers is not None and "coarse_layers" not in values:
            raise ConfigError(
                f"{name}: coarse_layers",
                expected="a list of layers beside cs.firstLayer or cs.nLayers, as the configuration's "
                "trigger layers are not those of V11",
                found="nothing",
                action="Add the key.",
            )
        return before._read(values, name)

    @classmethod
    def from_cmssw(
        cls, source: str | os.PathLike[str], base: "ChainParameters | Config | None" = None
    ) -> "ChainParameters":
        """Parameters from a CMSSW configuration with the module `l1tHGCalBackEndLayer2Producer`.

        A fragment as `cmssw.to_cmssw` writes it, CMSSW's own file of the module, or an expanded
        configuration; it is parsed, not executed. What it does not set has the defaults of CMSSW's
        l1tHGCalBackEndLayer2Producer_cfi of 2026 (threshold 20, not by area); what the module does not have
        (`tc_threshold`, coarse seeding, windows of the studies) is that of `base`. Without radii by layer,
        `dR_multicluster` is the radius; with them CMSSW does not use it.

        Parameters
        ----------
        source : text; a Path is a file
        base : None: the defaults

        Raises
        ------
        ConfigError
            The file is absent, has what is not understood, or a value is of a wrong type or range; it names
            the file, the line, what was expected and what was found.

        Examples
        --------
        >>> ChainParameters.from_cmssw("cms.PSet(seed_position = cms.string('BinCentre'))").describe()
        {'seed_position': 'bin_centre'}
        """
        before = cls.from_config(base) if isinstance(base, Config) else base or cls()
        values = cmssw_reading.read(source, cls(), before)
        return before._read(values, cmssw_reading.name_of(source))

    @classmethod
    def from_file(
        cls, file: str | os.PathLike[str], base: "ChainParameters | Config | None" = None
    ) -> "ChainParameters":
        """Parameters from a file: a CMSSW configuration if its name ends with .py, else YAML."""
        path = Path(file)
        return (cls.from_cmssw if path.suffix == ".py" else cls.from_yaml)(path, base)

    def _read(self, values: dict[str, Any], name: Path) -> "ChainParameters":
        """A copy with values from the file `name`, which is in errors."""
        try:
            return self.changed(**values)
        except ChainError as error:
            raise ConfigError(
                f"{name}: {error.read.removeprefix(_READ)}",
                expected=error.expected,
                found=error.found,
                action=error.action,
            ) from error

    def to_yaml(self) -> str:
        """YAML text from which `from_yaml` restores the same parameters, whatever its `base`.

        All plain parameters, the layers of coarse seeding, and the groups `base`, `smooth`, `xy`,
        `triangular`, `cluster`, `cs` and `seed_cs` as in `config.yaml`.

        Examples
        --------
        >>> print(ChainParameters(kernel="flat_top").to_yaml())  # doctest: +ELLIPSIS
        chain: default
        radius: by layer
        seeding: max
        neighbour_weights: first_order
        seed_position: weighted
        association: min_distance
        kernel: flat_top
        seed_threshold: 20.0
        seed_window: 1
        tc_threshold: 0.0
        legacy: false
        norm_by_area: false
        coarse_layers: [7, 9, 11, 13]
        base:
        ...
        """
        return parameters_file.written(
            {name: getattr(self, name) for name in DECLARED},
            {name: getattr(self, name) for name in GROUPS},
            self.summed_layers,
            DECLARED,
        )

    @property
    def summed_layers(self) -> tuple[int, ...]:
        """Layers over which coarse seeding sums modules."""
        if self.coarse_layers is not None:
            return self.coarse_layers
        return _of_v11(self.cs)

    def changed(self, **changes: Any) -> "ChainParameters":
        """A copy with other values."""
        return replace(self, **changes)

    def describe(self) -> dict[str, Any]:
        """The plain parameters (not groups of the configuration) that differ from their defaults."""
        return {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if field.name in DECLARED and getattr(self, field.name) != field.default
        }


DECLARED = declarations(ChainParameters)
"""The plain parameters, by name."""

GROUPS = ("base", "smooth", "xy", "triangular", "cluster", "cs")
_READ = "ChainParameters: "


@cache
def _of_v11(cs: CoarseSeeding) -> tuple[int, ...]:
    return cs.trigger_layers(DISCONNECTED_OF_V11)


def _is_number(value: object, kind: type | tuple[type, ...]) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)


def _wrong(name: str, expected: str, found: object) -> ChainError:
    return ChainError(f"{_READ}{name}", expected=expected, found=repr(found), action="Correct the value.")
