"""Tables of a sample's own clusters beside the chain's, made from pieces of the file, see `own_clusters`."""

import numpy as np
import pandas as pd

from bye_splits.chain import ChainParameters, run_many
from bye_splits.chain.cells import NEEDED
from bye_splits.chain.chains import CHAINS

from .chunk import ChunkOfFile, read_chunk
from .own_clusters import KINDS, SETTINGS, numbers, paired
from .survey import Chunk

KIND = pd.CategoricalDtype(list(KINDS))
SETTING = pd.CategoricalDtype(list(SETTINGS))


def own_pairs(piece: Chunk, parameters: ChainParameters) -> pd.DataFrame:
    """The file's clusters and the chain's in pairs.

    Returns
    -------
    DataFrame : a row per cluster of either, columns of `Agreement.pairs`, and `file event`
    """
    columns = [*NEEDED, *CHAINS[parameters.chain].columns]
    pairs = _pairs(read := read_chunk(piece, columns, parameters.tc_threshold), parameters)
    event = pd.Series(read.events["event"], read.events["entry"])
    number = event.reindex(pairs["entry"]).to_numpy()
    return pairs.assign(file=np.int32(piece.file), event=number).astype({"kind": KIND})


def own_settings(piece: Chunk, _: ChainParameters) -> pd.DataFrame:
    """How many clusters are the same under each of `SETTINGS`.

    Returns
    -------
    DataFrame : a row per setting and kind: `setting kind n`
    """
    read = read_chunk(piece, NEEDED, 0.0)
    rows = [
        {"setting": name, "kind": kind, "n": n}
        for name, one in SETTINGS.items()
        for kind, n in numbers(_pairs(read, one)).items()
    ]
    return pd.DataFrame(rows).astype({"setting": SETTING, "kind": KIND})


def _pairs(read: ChunkOfFile, parameters: ChainParameters) -> pd.DataFrame:
    entries = read.events["entry"]
    found = run_many(read.cells, read.side, parameters, 2 * len(entries))
    return paired(read.file_clusters, found.clusters, int(entries[0]) if len(entries) else 0)
