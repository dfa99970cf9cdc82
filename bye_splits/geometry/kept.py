"""Inferred geometries in files of the cache, so that the wafers of a file are inferred once."""

import os
from pathlib import Path

import numpy as np

from .evidence import Evidence
from .inference import Placed, Rules, Seen
from .inferred import Inferred, built
from .lattices import Lattice

FORMAT = 3  # of the file; other formats are not read
LATTICE = ("origin", "a", "b", "turn")  # attributes of a `Lattice`, each an array by layer


def save(geometry: Inferred, path: str | os.PathLike[str]) -> None:
    """Write the evidence, rules and placements of a geometry as numpy arrays (.npz)."""
    evidence, rules = geometry.evidence, geometry.rules
    seen, layers = evidence.silicon, sorted(rules.lattices)
    lattices = [rules.lattices[layer] for layer in layers]
    arrays = {f"seen_{name}": getattr(seen, name) for name in Seen.__dataclass_fields__}
    arrays |= {f"tile_{name}": values for name, values in evidence.tile.items()}
    arrays |= {f"placed_{name}": values for name, values in geometry.placed._asdict().items()}
    arrays |= {f"lattice_{name}": [getattr(lattice, name) for lattice in lattices] for name in LATTICE}
    arrays |= {
        "format": FORMAT,
        "z": evidence.z,
        "left_out": evidence.left_out,
        "complete": evidence.complete,
        "notices": np.array(evidence.notices, dtype=str),
        "cee_layer": sorted(evidence.cee),
        "cee": [evidence.cee[layer] for layer in sorted(evidence.cee)],
        "layer": layers,
        "mirror": [rules.mirrors[layer] for layer in layers],
        "size": rules.size,
        "displaced": rules.displaced,
        "scale": rules.scale,
    }
    with open(path, "wb") as file:
        np.savez(file, **arrays)


def load(path: Path, source: str) -> Inferred:
    """Read a geometry that `save` wrote.

    Raises
    ------
    Exception : of many kinds, where the file is missing or damaged; the geometry must be inferred again
    """
    # Opened here, as numpy leaves a damaged file open.
    with open(path, "rb") as opened, np.load(opened, allow_pickle=False) as file:
        arrays = dict(file)
    if arrays["format"] != FORMAT:
        raise ValueError(f"format {arrays['format']}")

    def group(name: str) -> dict[str, np.ndarray]:
        return {key.removeprefix(name): values for key, values in arrays.items() if key.startswith(name)}

    cee = dict(zip(arrays["cee_layer"].tolist(), arrays["cee"].tolist(), strict=True))
    evidence = Evidence(
        silicon=Seen(**group("seen_")),
        z=arrays["z"],
        tile=group("tile_"),
        cee=cee,
        left_out=int(arrays["left_out"]),
        complete=bool(arrays["complete"]),
        notices=tuple(arrays["notices"].tolist()),
    )
    columns = zip(*(arrays[f"lattice_{name}"].tolist() for name in LATTICE), strict=True)
    layers = arrays["layer"].tolist()
    rules = Rules(
        float(arrays["size"]),
        dict(zip(layers, (Lattice(*column) for column in columns), strict=True)),
        dict(zip(layers, arrays["mirror"].tolist(), strict=True)),
        bool(arrays["displaced"]),
        float(arrays["scale"]),
    )
    return built(evidence, rules, Placed(**group("placed_")), source)
