"""Chain parameters as YAML: plain keys, and the keys of the configuration that the chain uses.

```yaml
chain: default
radius: by layer               # or a number, in (x/z, y/z)
seeding: max
neighbour_weights: first_order
seed_position: weighted
association: min_distance
kernel: flat_top
seed_threshold: 12.5
seed_window: 1
tc_threshold: 0.5
legacy: false
norm_by_area: false
coarse_layers: [7, 9, 11, 13]
cluster: {PtC3dThreshold: 1.0} # base, smooth, xy, triangular, cluster, cs, seed_cs as in config.yaml
```
"""

import dataclasses
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from bye_splits.config import (
    read_clustering,
    read_coarse_seeding,
    read_histogram,
    read_smoothing,
    read_triangles,
    read_xy_histogram,
)
from bye_splits.errors import ConfigError
from bye_splits.sections import Section, expanded, parse_yaml, read_yaml
from bye_splits.settings import Clustering, CoarseSeeding, Histogram, Smoothing, Triangles, XyHistogram

from .declaration import Declaration

TEXT = Path("chain parameters")
"""Name in errors about text that is not from a file."""

_GROUPS = {
    "base": Histogram,
    "smooth": Smoothing,
    "xy": XyHistogram,
    "triangular": Triangles,
    "cluster": Clustering,
    "cs": CoarseSeeding,
}
_SEED_CS = {"histoThreshold": "seed_threshold", "hexDist": "hexagonal"}


def written(
    plain: Mapping[str, Any],
    groups: Mapping[str, Any],
    layers: tuple[int, ...],
    declared: Mapping[str, Declaration],
) -> str:
    """YAML text of all parameters, so that its meaning does not depend on the configuration.

    Parameters
    ----------
    plain : value by name
    groups : base, smooth, xy, triangular, cluster and cs
    layers : over which coarse seeding sums modules
    declared : the plain parameters

    Returns
    -------
    lines of YAML, in the order given
    """
    content: dict[str, Any] = {
        name: declared[name].none if value is None else _simple(value) for name, value in plain.items()
    }
    content["coarse_layers"] = _simple(layers)
    content |= by_section(groups)
    return yaml.dump(content, Dumper=_Dumper, sort_keys=False, default_flow_style=False, width=100)


class _Dumper(yaml.SafeDumper):
    """YAML with one key per line, and lists in brackets."""


_Dumper.add_representer(
    list, lambda dumper, values: dumper.represent_sequence("tag:yaml.org,2002:seq", values, flow_style=True)
)


def read(
    source: str | os.PathLike[str], groups: Mapping[str, Any], declared: Mapping[str, Declaration]
) -> dict[str, Any]:
    """Read and check YAML as `written` returns it, possibly edited by a user.

    Parameters
    ----------
    source : text; a Path is a file
    groups : base, smooth, xy, triangular, cluster and cs, with the values of omitted keys
    declared : the plain parameters

    Returns
    -------
    value by field of ChainParameters, for the fields that the YAML sets

    Raises
    ------
    ConfigError
        The file is absent or not YAML, a key is unknown or written twice, or a value has a wrong type or
        range; it names the file and the key.
    """
    if isinstance(source, str):
        file = TEXT
        content, repeated = parse_yaml(source, file)
    else:
        file = Path(expanded(os.fspath(source)))
        content, repeated = read_yaml(file)
    if repeated:
        raise ConfigError(
            str(file),
            expected="each key once",
            found=f"twice: {', '.join(repeated)}",
            action="Leave one of them out.",
        )
    top = Section(content, file)
    top.only((*declared, "coarse_layers", *_GROUPS, "seed_cs"), "key")
    content = content or {}
    values: dict[str, Any] = {}
    for name, declaration in declared.items():
        value = content.get(name)
        if value is None:
            continue
        if declaration.none and value == declaration.none:
            values[name] = None
            continue
        if declaration.none:
            number = isinstance(value, int | float)
            unit = f" in {declaration.unit}" if declaration.unit else ""
            top.require(number, name, f"a number{unit}, or the text '{declaration.none}'")
        values[name] = top.get(name, declaration.kind)
    if content.get("coarse_layers") is not None:
        values["coarse_layers"] = top.get("coarse_layers", tuple[int, ...])
    values |= _groups(top, content, groups)
    smooth = content.get("smooth") or {}
    if "norm_by_area" not in values and smooth.get("SeedsNormByArea") is not None:
        values["norm_by_area"] = values["smooth"].norm_by_area
    return values


def _groups(top: Section, content: Mapping[str, Any], groups: Mapping[str, Any]) -> dict[str, Any]:
    """The groups that the YAML sets, checked as in a configuration."""
    sections = {}
    for name, before in by_section(groups).items():
        top.section(name).only(tuple(before), "key")
        given = {key: value for key, value in (content.get(name) or {}).items() if value is not None}
        sections[name] = Section(before | given, top.file, (name,))
    named = {name for name in sections if content.get(name)}
    values: dict[str, Any] = {}
    if "base" in named:
        values["base"] = read_histogram(sections["base"])
    if named & {"base", "smooth"}:
        values["smooth"] = read_smoothing(sections["smooth"], values.get("base", groups["base"]))
    if "xy" in named:
        values["xy"] = read_xy_histogram(sections["xy"])
    if "triangular" in named:
        values["triangular"] = read_triangles(sections["triangular"])
    if "cluster" in named:
        values["cluster"] = read_clustering(sections["cluster"])
    if named & {"cs", "seed_cs"}:
        values["cs"] = read_coarse_seeding(sections["cs"], sections["seed_cs"])
    return values


def by_section(groups: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Section of a configuration -> its keys with the groups' values, as YAML has them."""
    sections: dict[str, dict[str, Any]] = {}
    for name in groups:
        fields = dataclasses.fields(_GROUPS[name])
        keys = {field.metadata["key"]: field.name for field in fields if "key" in field.metadata}
        for section, named in ((name, keys), *([("seed_cs", _SEED_CS)] if name == "cs" else [])):
            sections[section] = {key: _simple(getattr(groups[name], field)) for key, field in named.items()}
    return sections


def _simple(value: Any) -> Any:
    """A value as YAML represents it: numpy's floats become Python's, tuples become lists."""
    if isinstance(value, tuple | list):
        return [_simple(item) for item in value]
    if isinstance(value, float):
        return float(value)
    return value
