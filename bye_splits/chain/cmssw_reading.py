"""The chain's parameters from a CMSSW configuration, which is read but not executed."""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from bye_splits.config import read_clustering, read_histogram, read_smoothing, read_xy_histogram
from bye_splits.errors import ConfigError
from bye_splits.sections import Section, close_name, expanded, read_text
from bye_splits.settings import FEWEST_LAYERS

from .chains import CHAINS
from .cmssw import CHOICES, CLUSTERING, PRODUCER, SEEDING, TYPES, settings_of, weights_around
from .cmssw_psets import Opaque, PSet, Setting
from .cmssw_source import LONGEST, Source
from .interpolated_maxima import NEIGHBOUR_WEIGHTS
from .parameters_file import by_section
from .xy_seeding import XySeeding

if TYPE_CHECKING:
    from .parameters import ChainParameters

TEXT = Path("CMSSW configuration")
"""Name in errors about text that is not from a file."""

_PLUGIN = "HGCalBackendLayer2Producer"
_PROCESSOR = "ProcessorParameters"
_C3D = "C3d_parameters"
_ONLY = {
    "type_multicluster": "Histo",
    "ProcessorName": "HGCalBackendLayer2Processor3DClustering",
}
"""The one value of a parameter that selects another algorithm."""

_OF_OTHERS = ("dist_dbscan_multicluster", "minN_dbscan_multicluster")
_UNUSED: dict[str, tuple[str, ...]] = {
    SEEDING: (),
    CLUSTERING: ("AlgoName", "shape_threshold", "shape_distance", "EGIdentification", *_OF_OTHERS),
    _C3D: ("histoMax_C3d_sorting_truncation_parameters", *_OF_OTHERS),
    _PROCESSOR: ("energy_interpretations",),
    PRODUCER: ("InputCluster",),
}
"""Parameters that do not change clusters."""

_X1 = "nBins_X1_histo_multicluster"
_X2 = "nBins_X2_histo_multicluster"
_BINS = {"NbinsRz": _X1, "NbinsPhi": _X2}
_XY_BINS = {"NbinsX": _X1, "NbinsY": _X2}
_A = "dR_multicluster_byLayer_coefficientA"
_B = "dR_multicluster_byLayer_coefficientB"
_KEYS = {
    "base": {"MinROverZ": "kROverZMin", "MaxROverZ": "kROverZMax"},
    "smooth": {"BinSums": "binSumsHisto"},
    "xy": {"SmoothingEcal": "seed_smoothing_ecal", "SmoothingHcal": "seed_smoothing_hcal"},
    "cluster": {"CoeffA": _A, "CoeffB": _B, "PtC3dThreshold": "minPt_multicluster"},
}
"""CMSSW's name of each key of the configuration, by section; numbers of bins are of the seeding space."""


class _Named(NamedTuple):
    """Where a value of a configuration's key comes from."""

    name: str
    setting: Setting


class _Settings(Section):
    """Values under the keys of a configuration; errors name CMSSW's parameter and its line."""

    def __init__(self, file: Path, content: Mapping[str, Any], origin: Mapping[str, _Named]):
        super().__init__(dict(content), file)
        self._origin = origin

    def error(
        self, name: str, expected: str, found: str | None = None, action: str | None = None
    ) -> ConfigError:
        parameter, setting = self._origin.get(name, _Named(name, Setting(None)))
        if found is None and isinstance(setting.value, Opaque):
            found = f"{setting.value!r}, which is not read"
        told = super().error(name, expected, found, action)
        line = "" if setting.line is None else f", line {setting.line}"
        return ConfigError(
            f"{self.file}{line}: {parameter}",
            expected=told.expected,
            found=told.found,
            action=action or "Correct the value, or leave it out for CMSSW's default.",
        )

    def require_same(self, first: str, second: str, numbers: tuple[int, int]) -> None:
        """Raise ConfigError unless both numbers are the same; it names the one that is no default."""
        names = (first, second) if self._origin[first].setting.line is not None else (second, first)
        expected, found = reversed(numbers) if names[0] == first else numbers
        self.require(numbers[0] == numbers[1], names[0], f"{expected}, as for {names[1]}", found=f"{found}")


def read(
    source: str | os.PathLike[str], defaults: "ChainParameters", before: "ChainParameters"
) -> dict[str, Any]:
    """Read a configuration; see `ChainParameters.from_cmssw`.

    Parameters
    ----------
    source : text; a Path is a file
    defaults : those of CMSSW
    before : gives the values of what CMSSW does not have

    Returns
    -------
    value by field of ChainParameters, for all fields that CMSSW decides

    Raises
    ------
    ConfigError
        The file is absent or too long, has what is not understood, no parameters of the producer, or values
        of a wrong type or range; it names the file and the line.
    """
    if isinstance(source, str):
        file, text = TEXT, source
    else:
        file = name_of(source)
        if file.is_file() and file.stat().st_size > LONGEST:
            raise ConfigError(
                str(file),
                expected=f"not more than {LONGEST} bytes",
                found=f"{file.stat().st_size}",
                action=f"Give the part about {PRODUCER} alone.",
            )
        text = read_text(file, "a CMSSW configuration")
    read_source = Source(file, _names(defaults), PRODUCER)
    read_source.read(text)
    return _parameters(file, _found(read_source, defaults), defaults, before)


def name_of(source: str | os.PathLike[str]) -> Path:
    """Name of a source in errors: the file, or that of text."""
    return TEXT if isinstance(source, str) else Path(expanded(os.fspath(source)))


def _default(values: Mapping[str, Any], group: str, plugin: str = "") -> PSet:
    """A parameter set with CMSSW's defaults."""
    unused = {name: Opaque(name) for name in _UNUSED[group]}
    return PSet({name: Setting(value) for name, value in (*values.items(), *unused.items())}, plugin)


def _producer(defaults: "ChainParameters") -> PSet:
    """The module with CMSSW's defaults."""
    groups = {group: _default(values, group) for group, values in settings_of(defaults).items()}
    c3d = _default({"type_multicluster": _ONLY["type_multicluster"], **groups}, _C3D)
    processor = _default({"ProcessorName": _ONLY["ProcessorName"], _C3D: c3d}, _PROCESSOR)
    return _default({_PROCESSOR: processor}, PRODUCER, _PLUGIN)


def _names(defaults: "ChainParameters") -> dict[str, Any]:
    """What CMSSW's own file of the producer defines, by name."""
    seeding, clustering = settings_of(defaults).values()
    in_xy, _ = settings_of(defaults.changed(chain="xy")).values()
    names: dict[str, Any] = {"histoMaxXYVariableDR_C3d_params": _default(in_xy, SEEDING)}
    for rule in ("Max", "SecondaryMax", "InterpolatedMax", "Threshold"):
        one = _default(seeding | {"type_histoalgo": f"Histo{rule}C3d"}, SEEDING)
        names["histoMax_C3d_seeding_params" if rule == "Max" else f"histo{rule}_C3d_params"] = one
    by_radius = {"dR_multicluster": 0.03, _A: [], _B: []}
    names["histoMax_C3d_clustering_params"] = _default(clustering | by_radius, CLUSTERING)
    names["histoMaxVariableDR_C3d_params"] = _default(clustering, CLUSTERING)
    names["be_proc"] = _producer(defaults).settings[_PROCESSOR].value
    names["histoMax_C3d_params"] = _producer(defaults).settings[_PROCESSOR].value.settings[_C3D].value
    names |= {
        name: Opaque(name) for name in ("histoMax_C3d_sorting_truncation_params", "energy_interpretations")
    }
    return names | {
        "neighbour_weights_1stOrder": weights_around("first_order"),
        "neighbour_weights_2ndOrder": weights_around("second_order"),
        "binSums": seeding["binSumsHisto"],
        "seed_smoothing_ecal": seeding["seed_smoothing_ecal"],
        "seed_smoothing_hcal": seeding["seed_smoothing_hcal"],
        "dr_layerbylayer": clustering[_A],
        PRODUCER: _producer(defaults),
    }


def _found(source: Source, defaults: "ChainParameters") -> PSet:
    """The producer as the configuration makes it."""
    producer = source.names[PRODUCER]
    if not isinstance(producer, PSet):
        raise source.error(None, f"the module {PRODUCER}", f"{PRODUCER} = {producer!r}")
    if producer.is_set():
        return producer
    levels: dict[str, list[tuple[str, int, PSet]]] = {}
    for name, line, value in source.made:
        level = _level(value)
        if name and value.plugin:
            source.others.append((name, line))
        elif level and all(value is not other for _, _, other in levels.get(level, [])):
            levels.setdefault(level, []).append((name, line, value))
    producer = _producer(defaults)
    parts = [levels[level] for level in (PRODUCER, _PROCESSOR, _C3D) if level in levels][:1]
    parts = parts or [levels[level] for level in TYPES if level in levels]
    if not parts:
        others = ", ".join(f"{name} (line {line})" for name, line in source.others[:5])
        raise source.error(
            source.others[0][1] if source.others else None,
            f"parameters of {PRODUCER}",
            f"other modules: {others}" if others else "none",
            f"Set process.{PRODUCER}, or give its parameter sets alone.",
        )
    for found in parts:
        if len(found) > 1:
            which = ", ".join(f"{name or 'one'} (line {line})" for name, line, _ in found[:5])
            raise source.error(
                found[-1][1], f"one parameter set for {_level(found[0][2])}", f"{len(found)}: {which}",
                f"Set that of process.{PRODUCER}.",
            )  # fmt: skip
        _put(producer, *found[0][1:])
    return producer


def _level(value: PSet) -> str:
    """Which parameter set of the producer, or itself, `value` is by its parameters; "" for none."""
    if _PROCESSOR in value.settings:
        return PRODUCER
    if _C3D in value.settings:
        return _PROCESSOR
    if SEEDING in value.settings or CLUSTERING in value.settings:
        return _C3D
    return next((group for group, types in TYPES.items() if value.settings.keys() & types), "")


def _put(producer: PSet, line: int, value: PSet) -> None:
    """Put a parameter set where it belongs in the producer."""
    level = _level(value)
    if level == PRODUCER:
        producer.settings, producer.plugin = value.settings, value.plugin
        return
    owner, name = producer, _PROCESSOR
    for name in (_PROCESSOR, _C3D, level):
        if name == level:
            break
        owner = owner.settings[name].value
    owner.settings[name] = Setting(value, line)


def _parameters(
    file: Path, producer: PSet, defaults: "ChainParameters", before: "ChainParameters"
) -> dict[str, Any]:
    """Value by field of ChainParameters."""
    values = {name: value for group in settings_of(defaults).values() for name, value in group.items()}
    origin = {name: _Named(name, Setting(None)) for name in values}
    for name, setting in _given(file, producer).items():
        values[name], origin[name] = setting.value, _Named(name, setting)
    given = _Settings(file, values, origin)
    read: dict[str, Any] = {
        "kernel": defaults.kernel,
        "seed_window": defaults.seed_window,
        "legacy": defaults.legacy,
        "seed_threshold": given.get("threshold_histo_multicluster", float),
        "norm_by_area": given.get("seeds_norm_by_area", bool),
        "neighbour_weights": _neighbour_weights(given),
    }
    given.require(read["seed_threshold"] >= 0, "threshold_histo_multicluster", "a number not below 0")
    for name, (field, variants) in CHOICES.items():
        known = {cmssw: own for own, cmssw in variants.items()}
        value = given.get(name, str)
        given.require(value in known, name, f"one of {', '.join(known)}")
        read[field] = known[value]
    read["radius"], radii = _radii(given, defaults)

    content = by_section(
        {
            "base": before.base,
            "smooth": replace(before.smooth, area_per_trigger_cell=defaults.smooth.area_per_trigger_cell),
            "xy": defaults.xy,
            "cluster": defaults.cluster,
            "cs": before.cs,
        }
    )
    in_xy = isinstance(CHAINS[read["chain"]], XySeeding)
    n_rows = len(given.get("binSumsHisto", tuple[int, ...]))
    if not in_xy:
        given.require_same(_X1, "binSumsHisto", (given.get(_X1, int), n_rows))
        given.require(given.get(_X2, int) >= 4, _X2, "a number of bins not below 4")
    # In (x/z, y/z), no other number says how many rows there would be.
    content["base"] |= {"NbinsRz": n_rows, "NbinsPhi": defaults.base.n_phi}
    keys = {group: dict(names) for group, names in _KEYS.items()}
    keys["xy" if in_xy else "base"] |= _XY_BINS if in_xy else _BINS
    sections = {}
    for group, names in keys.items():
        content[group] |= {key: values[name] for key, name in names.items()}
        content[group] |= radii if group == "cluster" else {}
        own = {key: origin[name] for key, name in names.items()}
        sections[group] = _Settings(file, content[group], own)
    read["base"] = read_histogram(sections["base"])
    read["smooth"] = read_smoothing(sections["smooth"], read["base"])
    read["xy"] = read_xy_histogram(sections["xy"])
    read["cluster"] = read_clustering(sections["cluster"])
    return read


def _given(file: Path, producer: PSet) -> dict[str, Setting]:
    """The settings of seeding and clustering, by name; what selects another algorithm is an error."""

    def fail(setting: Setting, name: str, expected: str, found: str, action: str) -> None:
        line = "" if setting.line is None else f", line {setting.line}"
        raise ConfigError(f"{file}{line}: {name}", expected=expected, found=found, action=action)

    def checked(value: Any, setting: Setting, group: str, names: tuple[str, ...]) -> PSet:
        if not isinstance(value, PSet):
            fail(setting, group, "a parameter set", repr(value), "Correct it there.")
        for name, own in value.settings.items():
            close = close_name(name, names)
            if close and name not in (*names, *_UNUSED[group]):
                fail(own, name, f"a parameter of {group}", repr(name), f"Did you mean {close}?")
            if name in _ONLY and own.value != _ONLY[name]:
                fail(own, name, repr(_ONLY[name]), repr(own.value), "No other algorithm is known here.")
        return value

    if producer.plugin not in ("", _PLUGIN):
        fail(Setting(None), PRODUCER, f"a module of type {_PLUGIN}", producer.plugin, "Correct the type.")
    setting = Setting(producer)
    for group, names in (
        (PRODUCER, (_PROCESSOR,)),
        (_PROCESSOR, ("ProcessorName", _C3D)),
        (_C3D, ("type_multicluster", SEEDING, CLUSTERING)),
    ):
        level = checked(setting.value, setting, group, names)
        if group != _C3D:
            setting = level.settings.get(names[-1], Setting(PSet()))
    given: dict[str, Setting] = {}
    for group, types in TYPES.items():
        setting = level.settings.get(group, Setting(PSet()))
        found = checked(setting.value, setting, group, tuple(types))
        given |= {name: own for name, own in found.settings.items() if name in types}
    return given


def _neighbour_weights(given: _Settings) -> str:
    found = list(given.get("neighbour_weights", tuple[float, ...]))
    known = {name: weights_around(name) for name in NEIGHBOUR_WEIGHTS}
    for name, weights in known.items():
        if found[:4] + found[5:] == weights[:4] + weights[5:] and len(found) == len(weights):
            return name
    expected = " or ".join(f"{weights} ({name})" for name, weights in known.items())
    raise given.error("neighbour_weights", expected)


def _radii(given: _Settings, defaults: "ChainParameters") -> tuple[float | None, dict[str, Any]]:
    """The radius of all layers, and keys of the section `cluster`, as CMSSW takes them."""
    a, b = (given.get(name, tuple[float, ...]) for name in (_A, _B))
    radius = given.get("dR_multicluster", float)
    given.require(radius >= 0, "dR_multicluster", "a number not below 0")
    for name, numbers in ((_A, a), (_B, b)):
        given.require(
            not numbers or len(numbers) > FEWEST_LAYERS,
            name,
            f"no numbers, or at least {FEWEST_LAYERS + 1}: one for layer 0 and one for each layer",
            found=f"{len(numbers)}",
        )
    if a and b:
        given.require_same(_A, _B, (len(a), len(b)))
    slopes = set(b[1:])
    given.require(len(slopes) <= 1, _B, "the same number for all layers, as the chain has one")
    slope = slopes.pop() if slopes else 0.0
    if not a and not slope:
        return radius, {"CoeffA": list(defaults.cluster.radii), "CoeffB": 0.0}
    radii = list(a[1:]) or [radius] * (len(b) - 1)
    return None, {"CoeffA": radii, "CoeffB": slope}
