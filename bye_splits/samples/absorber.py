"""How much material lies in front of each trigger layer, and which stretch of it each layer stands for."""

import numpy as np

from bye_splits.geometry.constants import CEE, CEH_SILICON, N_CEE, TRIGGER_LAYERS, layer_z

from .front_end import MEV_PER_MIP, gev_per_mip

LAYERS = np.asarray(TRIGGER_LAYERS)
"""int64, shape (36,): the layers with trigger cells; every per-layer array here is in this order."""

Z = layer_z()[LAYERS]
"""float64, shape (36,), cm: the silicon sensors' centres."""

N_CEE_LAYERS = int(np.sum(LAYERS <= N_CEE))

_X0_CEE = (0.44, 2.30, 4.16, 6.02, 7.87, 9.73, 11.59, 13.44, 15.30, 17.16, 19.01, 20.87, 22.73, 24.58)
_X0_CEE_TOTAL = 25.7
_X0_L29 = 3.6  # the first absorber of CE-H; the weight of layer 29 also carries the end of CE-E
_LAMBDA_CEE_TOTAL = 1.5
# Steel loses 11.4 MeV/cm; its X0 is 1.76 cm and its interaction length 16.8 cm.
_MEV_PER_X0, _MEV_PER_LAMBDA = 20.0, 191.0


def _depths() -> tuple[np.ndarray, np.ndarray]:
    steps = MEV_PER_MIP[LAYERS[N_CEE_LAYERS + 1 :]]
    first = _X0_L29 * _MEV_PER_X0
    mev = first + np.concatenate([[0.0], np.cumsum(steps)])
    x0 = np.concatenate([_X0_CEE, _X0_CEE_TOTAL + mev / _MEV_PER_X0])
    per_x0 = _LAMBDA_CEE_TOTAL / _X0_CEE_TOTAL
    lengths = np.concatenate([np.multiply(_X0_CEE, per_x0), _LAMBDA_CEE_TOTAL + mev / _MEV_PER_LAMBDA])
    return x0, lengths


def _edges(depth: np.ndarray) -> np.ndarray:
    middle = (depth[1:] + depth[:-1]) / 2
    return np.concatenate([[0.0], middle, [depth[-1] + (depth[-1] - depth[-2]) / 2]])


X0, LAMBDA = _depths()
"""float64, shape (36,): depth of each trigger layer along z, in radiation and in interaction lengths.

CE-E from the material stack; CE-H from the dE/dx weights as if it were steel, which gives 9.8 interaction
lengths in all: an estimate, good to some ten per cent."""

X0_EDGES, LAMBDA_EDGES = _edges(X0), _edges(LAMBDA)
"""float64, shape (37,): layer i stands for what is between edges i and i+1, mid-points between layers."""

X0_EDGES[N_CEE_LAYERS] = X0[N_CEE_LAYERS - 1] + 0.93  # the last CE-E layer stands for what CE-E has behind it
LAMBDA_EDGES[N_CEE_LAYERS] = X0_EDGES[N_CEE_LAYERS] * _LAMBDA_CEE_TOTAL / _X0_CEE_TOTAL

MIPS_PER_GEV = 1 / gev_per_mip(LAYERS, np.where(LAYERS <= N_CEE, CEE, CEH_SILICON))
"""float64, shape (36,): MIPs in a layer per GeV of calibrated energy: showers close by construction."""

GEV_OF_MIP = np.concatenate([[0.0], np.cumsum(MEV_PER_MIP[LAYERS])]) * 1e-3
"""float64, shape (37,): what a minimum-ionising particle has lost before layer i, along z [GeV]."""
