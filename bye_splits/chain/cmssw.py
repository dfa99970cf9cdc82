"""The chain's parameters as settings of CMSSW's stage 2, the module `l1tHGCalBackEndLayer2Producer`."""

import textwrap
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from bye_splits.errors import variant
from bye_splits.settings import Clustering, GeometrySettings, Smoothing, XyHistogram

from .chains import CHAINS
from .clustering import ASSOCIATIONS
from .interpolated_maxima import NEIGHBOUR_WEIGHTS
from .seed_positions import SEED_POSITIONS
from .seed_rules import SEED_RULES
from .smoothing import CMSSW_KERNEL
from .xy_seeding import XySeeding

if TYPE_CHECKING:
    from .parameters import ChainParameters

PRODUCER = "l1tHGCalBackEndLayer2Producer"
SEEDING = "histoMax_C3d_seeding_parameters"
CLUSTERING = "histoMax_C3d_clustering_parameters"
"""Names of the module, and of the parameter sets in its ProcessorParameters.C3d_parameters."""

TYPES = {
    SEEDING: {
        "type_histoalgo": "string",
        "seeding_space": "string",
        "nBins_X1_histo_multicluster": "uint32",
        "nBins_X2_histo_multicluster": "uint32",
        "kROverZMin": "double",
        "kROverZMax": "double",
        "binSumsHisto": "vuint32",
        "seeds_norm_by_area": "bool",
        "seed_smoothing_ecal": "vdouble",
        "seed_smoothing_hcal": "vdouble",
        "threshold_histo_multicluster": "double",
        "neighbour_weights": "vdouble",
        "seed_position": "string",
    },
    CLUSTERING: {
        "dR_multicluster": "double",
        "dR_multicluster_byLayer_coefficientA": "vdouble",
        "dR_multicluster_byLayer_coefficientB": "vdouble",
        "cluster_association": "string",
        "minPt_multicluster": "double",
    },
}
"""CMSSW's type of each parameter that the chain has, by parameter set."""

LAYERS = GeometrySettings().n_layers_cee + GeometrySettings().n_layers_ceh
"""Layers of V11, which no other version exceeds."""


def named(variants: Mapping[str, Any], attribute: str = "cmssw") -> dict[str, str]:
    """CMSSW's names of variants, by the chain's; without those that CMSSW does not have."""
    return {name: found for name, one in variants.items() if (found := getattr(one, attribute))}


CHOICES: dict[str, tuple[str, dict[str, str]]] = {
    "seeding_space": ("chain", named(CHAINS, "cmssw_space")),
    "type_histoalgo": ("seeding", named(SEED_RULES)),
    "seed_position": ("seed_position", named(SEED_POSITIONS)),
    "cluster_association": ("association", named(ASSOCIATIONS)),
}
"""The chain's parameter and CMSSW's names of its variants, the default first, by CMSSW's parameter."""


def weights_around(name: str) -> list[float]:
    """Weights of a bin and its eight neighbours, row by row; that of the bin itself is not used."""
    beside, diagonal = variant(NEIGHBOUR_WEIGHTS, name, "neighbour weights")
    return [diagonal, beside, diagonal, beside, 0.0, beside, diagonal, beside, diagonal]


def settings_of(parameters: "ChainParameters") -> dict[str, dict[str, Any]]:
    """Value of each parameter in `TYPES`; of a variant that CMSSW does not have, CMSSW's default."""
    base, xy, cluster = parameters.base, parameters.xy, parameters.cluster
    in_xy = isinstance(CHAINS[parameters.chain], XySeeding)
    by_layer = parameters.radius is None
    choices = {}
    for name, (field, variants) in CHOICES.items():
        choices[name] = variants.get(getattr(parameters, field), next(iter(variants.values())))
    values = choices | {
        "nBins_X1_histo_multicluster": xy.n_x if in_xy else base.n_rz,
        "nBins_X2_histo_multicluster": xy.n_y if in_xy else base.n_phi,
        "kROverZMin": base.rz_min,
        "kROverZMax": base.rz_max,
        "binSumsHisto": list(parameters.smooth.bin_sums),
        "seeds_norm_by_area": parameters.norm_by_area,
        "seed_smoothing_ecal": list(xy.ecal),
        "seed_smoothing_hcal": list(xy.hcal),
        "threshold_histo_multicluster": parameters.seed_threshold,
        "neighbour_weights": weights_around(parameters.neighbour_weights),
        "dR_multicluster": parameters.radius or 0.0,
        # The first number is that of layer 0, which does not exist. Without numbers by layer, dR is for all.
        "dR_multicluster_byLayer_coefficientA": [0.0, *cluster.radii] if by_layer else [],
        "dR_multicluster_byLayer_coefficientB": [0.0] + [cluster.slope] * len(cluster.radii)
        if by_layer
        else [],
        "minPt_multicluster": cluster.min_pt,
    }
    return {group: {name: values[name] for name in types} for group, types in TYPES.items()}


def to_cmssw(parameters: "ChainParameters") -> str:
    """A fragment of a CMSSW configuration that gives `l1tHGCalBackEndLayer2Producer` these parameters.

    `ChainParameters.from_cmssw` reads it. Of each parameter that CMSSW does not have, a comment says what it
    does in its place.

    Examples
    --------
    >>> from bye_splits.chain import ChainParameters
    >>> print(to_cmssw(ChainParameters(seed_threshold=12.5, seed_window=2)))  # doctest: +ELLIPSIS
    # Stage 2 as in bye_splits, to be added to a configuration that has
    # process.l1tHGCalBackEndLayer2Producer. CMSSW differs in:
    # - seed_window = 2: CMSSW compares a bin with its 8 neighbours
    import FWCore.ParameterSet.Config as cms
    <BLANKLINE>
    c3d = process.l1tHGCalBackEndLayer2Producer.ProcessorParameters.C3d_parameters
    seeding = c3d.histoMax_C3d_seeding_parameters
    ...
    seeding.threshold_histo_multicluster = cms.double(12.5)
    ...
    """
    differences = [f"# - {line}" for line in _differences(parameters)]
    values = settings_of(parameters)
    lines = [
        "# Stage 2 as in bye_splits, to be added to a configuration that has",
        f"# process.{PRODUCER}." + (" CMSSW differs in:" if differences else ""),
        *differences,
        "import FWCore.ParameterSet.Config as cms",
        "",
        f"c3d = process.{PRODUCER}.ProcessorParameters.C3d_parameters",
    ]
    for variable, group in (("seeding", SEEDING), ("clustering", CLUSTERING)):
        lines.append(f"{variable} = c3d.{group}")
        for name, kind in TYPES[group].items():
            lines += _assignment(f"{variable}.{name}", kind, values[group][name])
    return "\n".join([*lines, ""])


def _assignment(name: str, kind: str, value: Any) -> list[str]:
    """Lines that assign a value of CMSSW's type `kind`."""
    texts = [_literal(kind, item) for item in (value if isinstance(value, list) else [value])]
    line = f"{name} = cms.{kind}({', '.join(texts)})"
    if len(line) <= 100:
        return [line]
    within = textwrap.wrap(", ".join(texts), 96)
    return [f"{name} = cms.{kind}(", *(f"    {part}" for part in within), ")"]


def _literal(kind: str, value: Any) -> str:
    if kind == "string":
        return f'"{value}"'
    return repr(float(value)) if kind.endswith("double") else repr(value)


def _differences(parameters: "ChainParameters") -> Iterator[str]:
    """A line about each parameter that CMSSW does not have and that matters with the others."""
    seeding, cluster = CHAINS[parameters.chain], parameters.cluster
    by_layer = parameters.radius is None
    space, rule = (next(iter(CHOICES[name][1].values())) for name in ("seeding_space", "cluster_association"))
    for differs, name, value, instead in (
        (not seeding.cmssw_space, "chain", parameters.chain, f"CMSSW does not have it, {space} in its place"),
        (
            not ASSOCIATIONS[parameters.association].cmssw,
            "association",
            parameters.association,
            f"CMSSW does not have it, {rule} in its place",
        ),
        (
            seeding.smooths and parameters.kernel != CMSSW_KERNEL,
            "kernel",
            parameters.kernel,
            "CMSSW has weights of 1/2^|k| at k bins in phi",
        ),
        (
            parameters.seed_window != 1,
            "seed_window",
            parameters.seed_window,
            "CMSSW compares a bin with its 8 neighbours",
        ),
        (
            parameters.tc_threshold != 0,
            "tc_threshold",
            parameters.tc_threshold,
            "CMSSW selects trigger cells before this module, in l1tHGCalConcentratorProducer",
        ),
        (parameters.legacy, "legacy", True, "CMSSW does not have the older implementation's faults"),
        (
            seeding.smooths and parameters.smooth.area_per_trigger_cell != Smoothing().area_per_trigger_cell,
            "smooth.AreaPerTriggerCell",
            parameters.smooth.area_per_trigger_cell,
            f"CMSSW always has {Smoothing().area_per_trigger_cell}",
        ),
        (
            isinstance(seeding, XySeeding) and parameters.xy.limit != XyHistogram().limit,
            "xy.MaxXYOverZ",
            parameters.xy.limit,
            f"CMSSW always has {XyHistogram().limit}",
        ),
        (
            by_layer and cluster.slope != 0 and cluster.mid_radius != Clustering().mid_radius,
            "cluster.MidRadius",
            cluster.mid_radius,
            f"CMSSW always has {Clustering().mid_radius}",
        ),
        (
            by_layer and len(cluster.radii) < LAYERS,
            "cluster.CoeffA",
            f"{len(cluster.radii)} numbers",
            "CMSSW needs one for each layer of its geometry, and reads on behind the last one",
        ),
    ):
        if differs:
            yield f"{name} = {value}: {instead}"
