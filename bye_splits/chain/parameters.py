"""What the chain can be told: one frozen dataclass, validated when it is made."""

import os
from dataclasses import dataclass, fields, replace
from numbers import Integral, Real
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
    Smoothing,
)

from . import parameters_file

CHAINS = ("default", "coarse_seeding")
KERNELS = ("default", "flat_top")
ASSOCIATIONS = ("min_distance", "max_energy")
LAST_CEE_LAYER = DISCONNECTED_OF_V11[-1] - 1  # that the trigger reads in V11
"""Of CE-E."""
_CHOICES = {"chain": CHAINS, "kernel": KERNELS, "association": ASSOCIATIONS}


@dataclass(frozen=True)
class ChainParameters:
    """Parameters of the stage-2 chain; those of `config.yaml` by `from_config`.

    Attributes
    ----------
    chain : "default" (seeds from the smoothed histogram) or "coarse_seeding" (seeds in chosen modules)
    kernel : smoothing in phi, "default" (1/2^abs(k)) or "flat_top" (the three middle bins alike)
    seed_window : half width of the window of the local maximum, in phi bins; R/z always has 1. With coarse
        seeding the hexagonal distance on the trigger-cell lattice
    seed_threshold : mipT, of a smoothed bin; with coarse seeding of a lattice point
    association : a trigger cell belongs to the nearest seed in reach, or to the one of highest energy
    radius : of clusters, in (x/z, y/z), the same in all layers; None takes `cluster.radii` by layer
    legacy : True gives the answers of the older implementation, its quirks included (see the README)
    norm_by_area : whether smoothed bins are densities, normalised by each row's area [seeds_norm_by_area]
    base, smooth, cluster, cs : the remaining numbers, as in the configuration
    coarse_layers : trigger layers that modules are summed over; None: those of the V11 trigger geometry,
        and these become None

    Raises
    ------
    ChainError
        A value out of its range.

    Examples
    --------
    >>> ChainParameters(radius=0.02).describe()
    {'radius': 0.02}
    """

    chain: str = "default"
    kernel: str = "default"
    seed_window: int = 1
    seed_threshold: float = 20.0
    association: str = "min_distance"
    radius: float | None = None
    legacy: bool = False
    norm_by_area: bool = False
    base: Histogram = Histogram()  # noqa: RUF009 - frozen
    smooth: Smoothing = Smoothing()  # noqa: RUF009 - frozen
    cluster: Clustering = Clustering()  # noqa: RUF009 - frozen
    cs: CoarseSeeding = CoarseSeeding()  # noqa: RUF009 - frozen
    coarse_layers: tuple[int, ...] | None = None

    def __post_init__(self):
        for name, choices in _CHOICES.items():
            value = getattr(self, name)
            if value not in choices:
                raise _wrong(name, f"one of {', '.join(choices)}", value)
        for name in ("legacy", "norm_by_area"):
            if not isinstance(getattr(self, name), bool | np.bool):
                raise _wrong(name, "True or False", getattr(self, name))
        if (
            not _is_number(self.seed_window, Integral)
            or not 1 <= self.seed_window <= self.base.n_phi // 2 - 1
        ):
            raise _wrong(
                "seed_window", f"a whole number from 1 to {self.base.n_phi // 2 - 1}", self.seed_window
            )
        if not _is_number(self.seed_threshold, Real) or not 0 <= self.seed_threshold < float("inf"):
            raise _wrong("seed_threshold", "a number of mipT not below 0", self.seed_threshold)
        if self.radius is not None and (
            not _is_number(self.radius, Real) or not 0 <= self.radius < float("inf")
        ):
            raise _wrong("radius", "a number not below 0 in (x/z, y/z), or None for by layer", self.radius)
        if len(self.smooth.bin_sums) != self.base.n_rz:
            raise _wrong("smooth.bin_sums", f"{self.base.n_rz} numbers, one a row", len(self.smooth.bin_sums))
        self._check_layers()
        for name in PLAIN:  # numpy's numbers become Python's
            value = getattr(self, name)
            if isinstance(value, np.generic):
                object.__setattr__(self, name, value.item())

    def _check_layers(self) -> None:
        usual, own = _of_v11(self.cs), self.coarse_layers
        if own == usual:
            own = None
            object.__setattr__(self, "coarse_layers", None)
        if own is None and not usual:
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
        """Parameters that a configuration gives, with `changes`.

        The seed threshold is that of the chosen chain (`seed` or `seed_cs`).
        """
        coarse = changes.get("chain") == "coarse_seeding"
        cs = changes.get("cs", config.cs)
        layers = cs.trigger_layers(config.selection.disconnected_layers)
        of_config = {
            "seed_threshold": cs.seed_threshold if coarse else config.seed.threshold,
            "norm_by_area": config.smooth.norm_by_area,
            "base": config.base,
            "smooth": config.smooth,
            "cluster": config.cluster,
            "cs": config.cs,
            "coarse_layers": layers,
        }
        return cls(**(of_config | changes))

    @classmethod
    def from_yaml(
        cls, source: str | os.PathLike, base: "ChainParameters | Config | None" = None
    ) -> "ChainParameters":
        """Parameters out of YAML as `to_yaml` writes it; every key may be left out.

        Parameters
        ----------
        source : text; a Path is a file
        base : where the values of keys that are left out are from; None: the defaults

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
        values = parameters_file.read(source, {name: getattr(before, name) for name in GROUPS})
        name = parameters_file.TEXT if isinstance(source, str) else Path(source)
        cs = values.get("cs", before.cs)
        if values.get("chain", before.chain) == "coarse_seeding" != before.chain:
            values.setdefault("seed_threshold", cs.seed_threshold)
        others = (cs.first_layer, cs.n_layers) != (before.cs.first_layer, before.cs.n_layers)
        if others and before.coarse_layers is not None and "coarse_layers" not in values:
            raise ConfigError(
                f"{name}: coarse_layers",
                expected="a list of layers beside cs.firstLayer or cs.nLayers, as the configuration's "
                "trigger layers are not those of V11",
                found="nothing",
                action="Add the key.",
            )
        try:
            return before.changed(**values)
        except ChainError as error:
            raise ConfigError(
                f"{name}: {error.read.removeprefix(_READ)}",
                expected=error.expected,
                found=error.found,
                action=error.action,
            ) from error

    def to_yaml(self) -> str:
        """YAML text that `from_yaml` makes the same parameters of, whatever its `base`.

        All plain parameters, the layers of coarse seeding, and the groups `base`, `smooth`, `cluster`, `cs`
        and `seed_cs` as they stand in `config.yaml`.

        Examples
        --------
        >>> print(ChainParameters(kernel="flat_top").to_yaml())  # doctest: +ELLIPSIS
        chain: default
        kernel: flat_top
        seed_window: 1
        seed_threshold: 20.0
        association: min_distance
        radius: by layer
        legacy: false
        norm_by_area: false
        coarse_layers: [7, 9, 11, 13]
        base:
        ...
        """
        return parameters_file.written(
            {name: getattr(self, name) for name in PLAIN},
            {name: getattr(self, name) for name in GROUPS},
            self.summed_layers,
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
        """The plain parameters (those that are not groups of the configuration) that are not the default."""
        return {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if field.name in PLAIN and getattr(self, field.name) != field.default
        }


PLAIN = (
    "chain",
    "kernel",
    "seed_window",
    "seed_threshold",
    "association",
    "radius",
    "legacy",
    "norm_by_area",
)
GROUPS = ("base", "smooth", "cluster", "cs")
_READ = "ChainParameters: "


def _of_v11(cs: CoarseSeeding) -> tuple[int, ...]:
    return cs.trigger_layers(DISCONNECTED_OF_V11)


def _is_number(value, kind) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)


def _wrong(name: str, expected: str, found) -> ChainError:
    return ChainError(f"{_READ}{name}", expected=expected, found=repr(found), action="Correct the value.")
