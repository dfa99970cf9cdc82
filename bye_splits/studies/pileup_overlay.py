"""The same shower with many pile-ups: a shower without pile-up, laid over events that have it.

No sample holds one shower with and without pile-up, or with several. But energies in a trigger cell add up,
so that the trigger cells of a shower and those of an event with pile-up make an event of their own.

What is assumed:

- the energies (mipPt, pt) of a trigger cell add up, and the threshold is applied to the sum. Files hold no
  trigger cells below the threshold of the front end (0.5 mipT): what two such cells have together is missing,
  a seventh of what pile-up adds to toy photons (docs/studies.md);
- every trigger cell above the threshold is sent. A front end with a limited bandwidth, or one that sends
  super trigger cells, loses or merges more where there is pile-up;
- pile-up is alike in phi. Events with pile-up have a particle of their own: they are turned about the beam by
  those multiples of 120 degrees that bring it more than 60 degrees away from the shower, two of three. The
  detector is the same after 120 degrees: trigger cells come to lie on trigger cells. For a chain that needs
  the modules' numbers, events are not turned, and those whose particle is near are left out.

Pile-ups of one event are not independent: both turns have the same number of collisions, and all showers have
the same pile-ups.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from bye_splits.angles import wrapped
from bye_splits.chain import ChainParameters, run_many
from bye_splits.chain.cells import MODULES, NEEDED, Cells, passing
from bye_splits.chain.splits import NEAR, SHARE

from .background import Background, Run
from .chunk import ChunkOfFile, read_chunk
from .particles import belongs_to, outcomes, particle_rows
from .phases import Positions, around, uses_bins
from .piece_tables import pieces
from .survey import Chunk, Survey

Columns = dict[str, np.ndarray]

SAME = 0.3  # cm: centres of a trigger cell; others are 2 cm away at least
TURN = 2 * np.pi / 3
APART = np.pi / 3  # rad in phi, of the other particle from the shower's
ALONE = -1  # number of the pile-up where there is none
EVENTS = 4  # of a piece: results come every second or so
MOST = 400  # events whose showers are laid over pile-ups
KEPT = ("leading_energy", "leading_pt", "near_energy", "near_pt", "second_share", "split")


@dataclass(frozen=True, kw_only=True)
class OverlaySettings:
    """What showers are laid over, and what is done then.

    Attributes
    ----------
    pileup : chunks of the files with pile-up, whole events
    parameters : of the chain; its threshold of trigger cells is for the sums of both
    """

    pileup: tuple[Chunk, ...]
    parameters: ChainParameters


class Pileup(NamedTuple):
    """An endcap of an event with pile-up, as it is laid over showers.

    Attributes
    ----------
    number : of the event among all of them
    turn : 0, 1 or 2 times 120 degrees
    phi : of its own particles, turned, rad
    cells : columns of its trigger cells, turned
    places : of their centres, cm
    """

    number: int
    turn: int
    phi: np.ndarray
    cells: Columns
    places: cKDTree


def overlaid(shower: Columns, pileup: Columns, places: cKDTree | None = None) -> tuple[Columns, np.ndarray]:
    """The trigger cells of a shower and of an event with pile-up together.

    Parameters
    ----------
    shower, pileup : columns `x y z` [cm], `mipPt` [mipT], `pt` [GeV], `layer`, and others of which
        the pile-up's are kept where both have a trigger cell
    places : of the pile-up's `x y z`; None: made here

    Returns
    -------
    cells : those of the pile-up, with the shower's added to those at the same place, then the others of the
        shower
    own : float64, shape (n,), GeV: the shower's part of `pt`
    """
    n = len(pileup["x"])
    own = np.zeros(n)
    if not n or not len(shower["x"]):
        cells = {name: np.concatenate([pileup[name], shower[name]]) for name in pileup}
        return cells, np.concatenate([own, shower["pt"]])
    found = places or _places(pileup)
    away, where = found.query(np.stack([shower[name] for name in "xyz"], axis=1), distance_upper_bound=SAME)
    both, rest = np.flatnonzero(np.isfinite(away)), np.flatnonzero(~np.isfinite(away))
    cells = {name: np.concatenate([pileup[name], shower[name][rest]]) for name in pileup}
    for name in ("mipPt", "pt"):
        cells[name] = cells[name].astype(np.float64)
        np.add.at(cells[name], where[both], shower[name][both])
    np.add.at(own, where[both], shower["pt"][both])
    return cells, np.concatenate([own, shower["pt"][rest].astype(np.float64)])


def _places(cells: Columns) -> cKDTree:
    return cKDTree(np.stack([cells[name] for name in "xyz"], axis=1))


def overlays(settings: OverlaySettings, piece: Chunk) -> pd.DataFrame:
    """The showers of a piece of a file, each alone and with all pile-ups.

    Parameters
    ----------
    settings : OverlaySettings
    piece : of a file without pile-up

    Returns
    -------
    DataFrame : a row for each particle alone in its endcap and each pile-up: `file`, the columns of
        `particles.particle_rows`, `pileup` (number of its event, `ALONE` for none) and `turn`;

        some columns of `particles.outcomes` (`KEPT`);

        `own_share`, the shower's part of the pt of the leading matched cluster, and `own_split`: of the
        shower's own pt in all clusters within 0.1, a second one has more than 10 %. Pile-up beside the shower
        makes `split`, but not `own_split`

    Raises
    ------
    SourceError : a file cannot be read, or has changed
    ChainError : as `chain.run_many`
    """
    columns = _columns(settings.parameters)
    read = read_chunk(piece, columns, 0.0)
    particles = particle_rows(read.particles, pd.DataFrame(read.events))
    row = np.searchsorted(read.events["entry"], particles["entry"])
    side = 2 * row + (particles["endcap"].to_numpy() < 0)
    alone = np.bincount(side, minlength=1)[side] == 1
    tables = []
    for k in np.flatnonzero(alone):
        start, stop = np.searchsorted(read.side, (side[k], side[k] + 1))
        shower = {name: values[start:stop] for name, values in read.cells.items()}
        tables.append(one_shower(shower, particles.iloc[[k]].reset_index(drop=True), settings))
    if not tables:
        return pd.DataFrame()
    table = pd.concat(tables, ignore_index=True)
    table.insert(0, "file", np.full(len(table), piece.file, dtype=np.int32))
    return table


def one_shower(shower: Columns, particle: pd.DataFrame, settings: OverlaySettings) -> pd.DataFrame:
    """A shower alone and with all pile-ups, see `overlays`.

    Parameters
    ----------
    shower : columns of its trigger cells
    particle : one row, as of `particles.particle_rows`
    """
    eta, phi = (float(particle[f"gen_{name}"].iat[0]) for name in ("eta", "phi"))
    parameters, endcap = settings.parameters, int(particle["endcap"].iat[0])
    shower = {name: shower[name] for name in _columns(parameters)}
    together = [(ALONE, 0, shower, shower["pt"].astype(np.float64))]
    for one in pileups(settings.pileup, uses_bins(parameters), endcap):
        if len(one.phi) and (np.abs(wrapped(one.phi - phi)) < APART).any():
            continue
        together.append((one.number, one.turn, *overlaid(shower, one.cells, one.places)))
    kept = []
    for number, turn, cells, own in together:
        some = passing(cells["mipPt"], settings.parameters.tc_threshold)
        if uses_bins(parameters):
            some &= _near(cells, eta, phi, parameters)
        kept.append((number, turn, {name: values[some] for name, values in cells.items()}, own[some]))
    n = np.array([len(own) for *_, own in kept])
    event, own = np.repeat(np.arange(len(kept)), n), np.concatenate([own for *_, own in kept])
    cells = {name: np.concatenate([each[name] for *_, each, _ in kept]) for name in shower}
    table = particle.loc[particle.index.repeat(len(kept))].reset_index(drop=True)
    table = table.assign(pileup=[one[0] for one in kept], turn=[one[1] for one in kept])
    found = run_many(cells, event, parameters, len(kept))
    return pd.concat([table, _became(found.clusters, found.seed_of_cell, event, own, table)], axis=1)


def _became(
    clusters: pd.DataFrame, seed_of_cell: np.ndarray, event: np.ndarray, own: np.ndarray, table: pd.DataFrame
) -> pd.DataFrame:
    numbered = table.assign(entry=np.arange(len(table)))
    clusters = clusters.assign(entry=clusters["event"], endcap=table["endcap"].iat[0])
    found = outcomes(clusters, numbered)[list(KEPT)]
    most = int(max(clusters["seed"].max() if len(clusters) else 0, seed_of_cell.max(initial=0))) + 1
    inside = seed_of_cell >= 0
    of_seed = np.bincount(event[inside] * most + seed_of_cell[inside], own[inside], len(table) * most)
    own_pt = of_seed[clusters["entry"].to_numpy() * most + clusters["seed"].to_numpy()]
    _, away = belongs_to(clusters, numbered)
    near = away <= NEAR
    entry, pt = clusters["entry"].to_numpy()[near], own_pt[near]
    order = np.lexsort((-pt, entry))
    entry, pt = entry[order], pt[order]
    rank = np.arange(len(entry)) - np.searchsorted(entry, entry)
    second, total = np.zeros(len(table)), np.bincount(entry, pt, len(table))
    second[entry[rank == 1]] = pt[rank == 1]
    share = np.full(len(table), np.nan)
    leading = found["leading_pt"].to_numpy()
    for k, (row, whole) in enumerate(zip(clusters["entry"], clusters["pt"], strict=True)):
        if whole == leading[row]:
            share[row] = own_pt[k] / whole
    return found.assign(own_share=share, own_split=(second > SHARE * total) & (total > 0))


def _near(cells: Columns, eta: float, phi: float, parameters: ChainParameters) -> np.ndarray:
    """Trigger cells on which the clusters near the particle depend, see `phases.around`."""
    positions = Positions.of(eta, phi, parameters, 1, 1)
    checked = Cells.of({name: cells[name] for name in NEEDED}, legacy=parameters.legacy)
    which = np.zeros(checked.n_rows, dtype=bool)
    which[checked.row] = around(checked, positions, parameters)[0]
    return which


def _columns(parameters: ChainParameters) -> list[str]:
    return [*NEEDED, *(() if uses_bins(parameters) else MODULES)]


@lru_cache(maxsize=4)
def pileups(chunks: tuple[Chunk, ...], turned: bool, endcap: int) -> Sequence[Pileup]:
    """All events of some files, each turned by 0, 120 and 240 degrees, or not turned.

    Parameters
    ----------
    endcap : 1 or -1: those of this endcap

    Notes
    -----
    They are kept for the next piece: 60 events of 27 000 trigger cells take some 200 MB.
    """
    columns = [*NEEDED, *(() if turned else MODULES)]
    found: list[Pileup] = []
    for number, (read, side) in enumerate(_sides(chunks, columns, endcap)):
        start, stop = np.searchsorted(read.side, (side, side + 1))
        cells = {name: read.cells[name][start:stop] for name in columns}
        mine = (read.particles["entry"] == read.events["entry"][side // 2]) & (
            (read.particles["exeta"] < 0) == (endcap < 0)
        )
        own = read.particles.loc[mine, "exphi"].to_numpy(float)
        for turn in range(3) if turned else (0,):
            point = (cells["x"] + 1j * cells["y"].astype(np.float64)) * np.exp(1j * TURN * turn)
            each = cells | {"x": point.real, "y": point.imag}
            found.append(Pileup(number, turn, own + TURN * turn, each, _places(each)))
    return found


def _sides(
    chunks: tuple[Chunk, ...], columns: Sequence[str], endcap: int
) -> Sequence[tuple[ChunkOfFile, int]]:
    out = []
    for chunk in chunks:
        read = read_chunk(chunk, columns, 0.0)
        out += [(read, 2 * row + (endcap < 0)) for row in range(len(read.events["entry"]))]
    return out


def run_overlays(
    background: Background,
    sample: Survey,
    pileup: Sequence[Survey],
    parameters: ChainParameters,
    entry: int | None = None,
) -> Run:
    """Showers of a sample in many pile-ups; the same run for all who ask for the same.

    Parameters
    ----------
    sample : without pile-up
    pileup : files with pile-up
    parameters : see `OverlaySettings`
    entry : the one event whose shower is asked for; None: the first `MOST` events

    Returns
    -------
    Run : its results are those of `overlays`
    """
    settings = OverlaySettings(
        pileup=tuple(chunk for one in pileup for chunk in one.chunks),
        parameters=parameters,
    )
    if entry is None:
        chunks = pieces(sample.chunks, EVENTS, MOST)
    else:
        chunks = [one for one in pieces(sample.chunks, 1) if one.start == entry]
    of = tuple(file.identity for one in (sample, *pileup) for file in one.files)
    return background.run(("overlays", settings, of, entry), chunks, partial(overlays, settings))
