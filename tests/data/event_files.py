"""Small event files in each layout, and the events that are in them."""

import time

import awkward as ak
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import uproot

INTEGERS = ("layer", "waferu", "waferv", "cellu", "cellv")
FLOATS = ("mipPt", "pt", "energy", "x", "y", "z", "eta", "phi")
OBJECTS = ("tc", "genpart", "cl3d")
TOY = "toy simulation, not CMS data"
TREE = "FloatingpointX/HGCalTriggerNtuple"


def make_event(number, n_cells=5, n_generated=1, n_clusters=2, seed=None):
    """Event as a dict of number, tc, genpart, cl3d; each of these a dict of column -> float32 or int32."""
    rng = np.random.default_rng(number if seed is None else seed)

    def floats(names, n):
        return {name: rng.normal(2, 1, n).astype(np.float32) for name in names}

    cells = {name: rng.integers(1, 20, n_cells).astype(np.int32) for name in INTEGERS}
    cells |= {name: np.abs(values) for name, values in floats(FLOATS, n_cells).items()}
    cells["z"] = np.where(np.arange(n_cells) % 2, -322.1, 322.1).astype(np.float32)
    generated = {"pid": np.full(n_generated, 22, np.int32)}
    generated |= floats(("exeta", "exphi", "pt", "energy", "eta", "phi"), n_generated)
    clusters = floats(("pt", "energy", "eta", "phi"), n_clusters)
    return {"number": number, "tc": cells, "genpart": generated, "cl3d": clusters}


def columns_of(events, prefix):
    """Branch -> awkward array, and the event numbers."""
    branches = {}
    for part in OBJECTS:
        for column in events[0][part]:
            counts = [len(event[part][column]) for event in events]
            values = np.concatenate([event[part][column] for event in events])
            branches[f"{prefix}{part}_{column}"] = ak.unflatten(values, counts)
    return branches


def write_root(path, events, prefix="", drop=(), chunk=3, tree=TREE, title=TOY, compression=None, extra=None):
    """Counted arrays, one counter per object, `chunk` events to a basket; prefix "good_" makes a skim.

    Drop gives branches to leave out, extra further scalar branches: name -> values.
    """
    branches = {name: array for name, array in columns_of(events, prefix).items() if name not in drop}
    numbers = np.array([event["number"] for event in events], np.int32)
    scalars = {"event": numbers} if "event" not in drop else {}
    scalars |= extra or {}
    objects = {}
    for name, array in branches.items():
        part = next(f"{prefix}{kind}" for kind in OBJECTS if name.startswith(f"{prefix}{kind}_"))
        objects.setdefault(part, {})[name.removeprefix(f"{part}_")] = array
    records = {part: ak.zip(columns) for part, columns in objects.items()}
    everything = {**scalars, **records}
    types = {k: v.dtype if isinstance(v, np.ndarray) else v.type.content for k, v in everything.items()}
    with uproot.recreate(path, compression=compression or uproot.ZLIB(1)) as file:
        out = file.mktree(
            tree,
            types,
            title=title,
            counter_name=lambda counted: counted + "_n",
            field_name=lambda outer, inner: inner if outer == "" else f"{outer}_{inner}",
        )
        for start in range(0, len(events), chunk):
            out.extend({name: values[start : start + chunk] for name, values in everything.items()})
    return path


def write_skim(path, events, **how):
    return write_root(path, events, prefix="good_", **how)


def write_flat(path, events, rows=None, title=TOY):
    """Flat parquet with `rows` rows to a row group, and its generated particles beside it."""
    numbers = np.repeat([e["number"] for e in events], [len(e["tc"]["x"]) for e in events])
    table = {"event": numbers.astype(np.int64)}
    table |= {c: np.concatenate([e["tc"][c] for e in events]) for c in (*INTEGERS, *FLOATS)}
    table = pa.table(table).replace_schema_metadata({"title": title})
    pq.write_table(table, path, row_group_size=rows)
    return path


def write_generated(path, events):
    numbers = np.repeat([e["number"] for e in events], [len(e["genpart"]["pt"]) for e in events])
    names = {"gen_eta": "exeta", "gen_phi": "exphi", "gen_en": "energy", "gen_pt": "pt"}
    columns = {new: np.concatenate([e["genpart"][old] for e in events]) for new, old in names.items()}
    pq.write_table(pa.table({"event": numbers.astype(np.int64), **columns}), path)
    return path


def write_lists(path, events, rows=None):
    """Parquet with one row per event and a list column per branch, as awkward writes it."""
    columns = columns_of(events, "good_") | {"event": [e["number"] for e in events]}
    ak.to_parquet(ak.Array(columns), path, row_group_size=rows or 1000)
    return path


def write_records(path, events):
    """Parquet with one row per event and lists of records."""
    records = {}
    for name, array in columns_of(events, "good_").items():
        part, _, column = name.rpartition("_")
        records.setdefault(part, {})[column] = array
    records = {part: ak.zip(columns) for part, columns in records.items()}
    ak.to_parquet(ak.zip({"event": [e["number"] for e in events], **records}, depth_limit=1), path)
    return path


def same(table, columns, names=None):
    """Whether a DataFrame holds exactly these columns' values."""
    names = list(columns) if names is None else names
    return all(np.array_equal(table[name].to_numpy(), columns[name]) for name in names)


def wait_until(condition, seconds=20):
    """Poll until the condition holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.002)
