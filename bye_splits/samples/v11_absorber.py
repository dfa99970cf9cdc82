"""The absorbers of V11: position, depth and weight of its trigger layers."""

import numpy as np

from bye_splits.geometry.constants import N_CEE, N_LAYERS, TRIGGER_LAYERS, layer_z

LAYERS = np.asarray(TRIGGER_LAYERS)
"""int64, shape (36,): the layers with trigger cells; every per-layer array here is in this order."""

Z = layer_z()[LAYERS]
"""float64, shape (36,), cm: the silicon sensors' centres."""

N_CEE_LAYERS = int(np.sum(LAYERS <= N_CEE))

FACE_RADII = (28.75, 152.3)
"""cm, active area of the first layer."""

_X0_CEE = (0.44, 2.30, 4.16, 6.02, 7.87, 9.73, 11.59, 13.44, 15.30, 17.16, 19.01, 20.87, 22.73, 24.58)
_X0_CEE_TOTAL = 25.7
_X0_L29 = 3.6  # the first absorber of CE-H; the weight of layer 29 also includes the end of CE-E
_LAMBDA_CEE_TOTAL = 1.5
# Steel loses 11.4 MeV/cm; its X0 is 1.76 cm and its interaction length 16.8 cm.
_MEV_PER_X0, _MEV_PER_LAMBDA = 20.0, 191.0


def _weights() -> np.ndarray:
    weights = np.zeros(N_LAYERS + 1)
    weights[1] = 8.8945
    weights[3:15:2] = 21.8758
    weights[11] = 21.8658
    weights[15:29:2] = 21.8763
    weights[29] = 83.9064
    weights[30:40] = 51.4442
    weights[40] = 69.5131
    weights[41:46] = 87.5820
    weights[46:48] = 87.2146, 86.8883
    weights[48:] = 86.9295
    return weights


MEV_PER_MIP = _weights()
"""float64, shape (51,): absorber weight of each overall layer [MeV/MIP], 0 where the layer has no trigger
cells; an odd CE-E layer includes the even one before it. [CMSSW TrgLayer_dEdX_weights, V10 and later]"""


def _depths() -> tuple[np.ndarray, np.ndarray]:
    steps = MEV_PER_MIP[LAYERS[N_CEE_LAYERS + 1 :]]
    first = _X0_L29 * _MEV_PER_X0
    mev = first + np.concatenate([[0.0], np.cumsum(steps)])
    x0 = np.concatenate([_X0_CEE, _X0_CEE_TOTAL + mev / _MEV_PER_X0])
    per_x0 = _LAMBDA_CEE_TOTAL / _X0_CEE_TOTAL
    lengths = np.concatenate([np.multiply(_X0_CEE, per_x0), _LAMBDA_CEE_TOTAL + mev / _MEV_PER_LAMBDA])
    return x0, lengths


X0, LAMBDA = _depths()
"""float64, shape (36,): depth of each trigger layer along z, in radiation and in interaction lengths.

CE-E from the material stack; CE-H from the dE/dx weights as if it were steel, which gives 9.8 interaction
lengths in total: an estimate, accurate to about ten per cent."""

X0_CEE_END = X0[N_CEE_LAYERS - 1] + 0.93
LAMBDA_CEE_END = X0_CEE_END * _LAMBDA_CEE_TOTAL / _X0_CEE_TOTAL
"""Depth up to which the last CE-E layer represents the absorber, including that of CE-E behind it."""

X0_END, LAMBDA_END = (depth[-1] + (depth[-1] - depth[-2]) / 2 for depth in (X0, LAMBDA))
"""Depth up to which the last layer represents the absorber."""
