"""Material in front of each trigger layer, and the range of depth that each layer represents."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from bye_splits.geometry import Geometry
from bye_splits.geometry.constants import CEE, CEH_SILICON

from . import v11_absorber as v11
from .front_end import gev_per_mip

_MOLIERE_CEE, _MOLIERE_CEH = 3.0, 2.3  # cm: textbook estimates for the stacks with their gaps


@dataclass(frozen=True, eq=False, kw_only=True)
class Absorber:
    """The absorber as sampled by the n trigger layers of a detector, in the order of z.

    Attributes
    ----------
    layers : int64, shape (n,): overall numbers of the layers with trigger cells
    z : float64, shape (n,), cm: the sensors' centres
    n_cee : int, number of layers in CE-E
    x0, interaction : float64, shape (n,): depth of each layer along z, radiation and interaction lengths
    x0_edges, interaction_edges : float64, shape (n + 1,): layer i represents depths between edges i, i + 1
    mev_per_mip : float64, shape (n,): absorber weight of each layer [MeV/MIP]
    mips_per_gev : float64, shape (n,): MIPs in a layer per GeV of calibrated energy, so that the energy of
        showers is reproduced by construction
    gev_of_mip : float64, shape (n + 1,), GeV: a minimum-ionising particle's loss along z before layer i
    moliere_radius : float32, shape (n,), cm
    face_radii : (float, float), cm: the first layer's active area
    """

    layers: np.ndarray
    z: np.ndarray
    n_cee: int
    x0: np.ndarray
    interaction: np.ndarray
    x0_edges: np.ndarray
    interaction_edges: np.ndarray
    mev_per_mip: np.ndarray
    mips_per_gev: np.ndarray
    gev_of_mip: np.ndarray
    moliere_radius: np.ndarray
    face_radii: tuple[float, float]


def absorber_of(geometry: Geometry) -> Absorber:
    """The absorber of a geometry's trigger layers.

    Parameters
    ----------
    geometry : of any version

    Returns
    -------
    Absorber

    Notes
    -----
    V11 has its own material stack. For any other detector only the layers' z is known, so that the material
    of V11's CE-E (25.5 X0 up to its end) and CE-H (9.8 interaction lengths up to the end of all) is
    distributed over the layers by z: the depth of a layer is that of V11 at the same fraction of the distance
    from the first to the last trigger layer of the compartment, interpolated linearly between V11's layers.
    The weight of a layer is the energy loss of a minimum-ionising particle between the previous layer and
    itself, by the same rule. It is a plausible stack, not that of the version; energies are reproduced
    nevertheless, as signals are simulated and calibrated with the same weights.
    """
    known = geometry.version == "V11" and np.isin(geometry.layers, v11.LAYERS).all()
    return _of_v11() if known else _by_z(geometry)


@cache
def _of_v11() -> Absorber:
    return _absorber(
        v11.LAYERS, v11.Z, v11.N_CEE_LAYERS, v11.X0, v11.LAMBDA, v11.MEV_PER_MIP[v11.LAYERS], v11.FACE_RADII
    )


def _by_z(geometry: Geometry) -> Absorber:
    """See the notes of `absorber_of`."""
    layers = geometry.layers
    z = np.where(np.isnan(geometry.layer_z[layers]), geometry.tile_z[layers], geometry.layer_z[layers])
    order = np.argsort(z, kind="stable")
    layers, z = layers[order], z[order]
    cee = geometry.is_cee(layers)
    depths = (v11.X0, v11.LAMBDA, np.cumsum(v11.MEV_PER_MIP[v11.LAYERS]))
    x0, interaction, mev = np.empty((3, len(layers)))
    for mine, of_v11 in ((cee, slice(0, v11.N_CEE_LAYERS)), (~cee, slice(v11.N_CEE_LAYERS, None))):
        fraction = _fraction(z[mine])
        for depth, known in zip((x0, interaction, mev), depths, strict=True):
            depth[mine] = np.interp(fraction, _fraction(v11.Z[of_v11]), known[of_v11])
    radii = geometry.radii[layers[0]]
    weights = np.diff(mev, prepend=0.0)
    return _absorber(layers, z, int(cee.sum()), x0, interaction, weights, (float(radii[0]), float(radii[1])))


def _fraction(z: np.ndarray) -> np.ndarray:
    """Fraction of the distance from the first plane to the last; 1 if there is only one."""
    return (z - z[0]) / (z[-1] - z[0]) if len(z) > 1 else np.ones(len(z))


def _absorber(
    layers: np.ndarray,
    z: np.ndarray,
    n_cee: int,
    x0: np.ndarray,
    interaction: np.ndarray,
    mev_per_mip: np.ndarray,
    face_radii: tuple[float, float],
) -> Absorber:
    subdet = np.where(np.arange(len(layers)) < n_cee, CEE, CEH_SILICON)
    moliere = np.full(len(layers), _MOLIERE_CEH, dtype=np.float32)
    moliere[:n_cee] = _MOLIERE_CEE
    return Absorber(
        layers=layers,
        z=z,
        n_cee=n_cee,
        x0=x0,
        interaction=interaction,
        x0_edges=_edges(x0, n_cee, v11.X0_CEE_END, v11.X0_END),
        interaction_edges=_edges(interaction, n_cee, v11.LAMBDA_CEE_END, v11.LAMBDA_END),
        mev_per_mip=mev_per_mip,
        mips_per_gev=1 / gev_per_mip(mev_per_mip, subdet),
        gev_of_mip=np.concatenate([[0.0], np.cumsum(mev_per_mip)]) * 1e-3,
        moliere_radius=moliere,
        face_radii=face_radii,
    )


def _edges(depth: np.ndarray, n_cee: int, cee_end: float, end: float) -> np.ndarray:
    """Mid-points between layers; the compartments end at the same depths as in V11."""
    middle = (depth[1:] + depth[:-1]) / 2
    edges = np.concatenate([[0.0], middle, [end]])
    if n_cee:
        edges[n_cee] = cee_end
    return edges
