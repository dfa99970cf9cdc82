"""The columns of a catalogue: what each holds, how it is titled and written."""

from collections.abc import Mapping
from dataclasses import dataclass

from .expressions import NUMBER, TRUTH, WORD

SIGNED, WHOLE, ONE, TWO, THREE, ENDCAP = "+.3f", "d", ".1f", ".2f", ".3f", "z"
"""Formats of numbers; `ENDCAP` is "+z" or "-z"."""


@dataclass(frozen=True)
class Column:
    """A column of the catalogue.

    Attributes
    ----------
    title, unit : of its head
    explanation : what it is, in a sentence or two
    kind : of its values, see `expressions`
    format : of numbers
    of_set : whether there is one for A, and one with `_b` behind its name for B
    """

    title: str
    unit: str
    explanation: str
    kind: str = NUMBER
    format: str = THREE
    of_set: bool = False


COLUMNS: Mapping[str, Column] = {
    "event": Column("event", "", "Event number in the file.", format=WHOLE),
    "endcap": Column("endcap", "", "+z or \u2212z; in conditions 1 and -1.", format=ENDCAP),
    "kind": Column("particle", "", "Kind of the generated particle; empty for an event without one.", WORD),
    "gen_eta": Column(
        "\u03b7", "", "Generated \u03b7 at the calorimeter's face, seen from the origin.", format=SIGNED
    ),
    "gen_phi": Column(
        "\u03c6", "rad", "Generated \u03c6 at the calorimeter's face, seen from the origin.", format=SIGNED
    ),
    "gen_pt": Column("pT", "GeV", "Generated transverse momentum, as in the file.", format=ONE),
    "gen_energy": Column("E", "GeV", "Generated energy, as in the file.", format=ONE),
    "cells": Column(
        "cells",
        "",
        "Trigger cells of the endcap that the chain takes: at or above its threshold.",
        format=WHOLE,
    ),
    "clusters": Column(
        "clusters",
        "",
        "Clusters within 0.1 of the particle in (\u03b7, \u03c6); of an event without a generated particle"
        " all clusters of the endcap.",
        format=WHOLE,
        of_set=True,
    ),
    "split": Column(
        "split",
        "",
        "Whether a second cluster within 0.1 of the particle has more than 10 % of the energy of all clusters"
        " there.",
        TRUTH,
        of_set=True,
    ),
    "second_share": Column(
        "2nd share",
        "",
        "Energy of the second cluster within 0.1 of the particle over that of all clusters there.",
        of_set=True,
    ),
    "second_dr": Column(
        "2nd \u0394R", "", "Distance of the second cluster from the first in (\u03b7, \u03c6).", of_set=True
    ),
    "p_split": Column(
        "p split",
        "",
        "Share of positions of the \u03c6 bins against the shower at which it is split; where it is known.",
        format=TWO,
    ),
    "response": Column(
        "response",
        "",
        "Energy of the leading cluster within 0.05 of the particle over the generated energy.",
        of_set=True,
    ),
    "near_response": Column(
        "near resp.",
        "",
        "Energy of all clusters within 0.1 of the particle over the generated energy.",
        of_set=True,
    ),
    "dr": Column(
        "\u0394R", "", "Distance of the leading cluster from the particle in (\u03b7, \u03c6).", of_set=True
    ),
    "leading_pt": Column("lead. pT", "GeV", "pT of the leading cluster.", format=ONE, of_set=True),
    "peak_layer": Column(
        "peak layer",
        "",
        "Layer with the largest sum of mipT of the leading cluster.",
        format=WHOLE,
        of_set=True,
    ),
    "last_layer": Column(
        "last layer", "", "Last layer with a trigger cell of the leading cluster.", format=WHOLE, of_set=True
    ),
    "file_clusters": Column(
        "file's clusters", "", "The file's own clusters in the endcap, wherever they are.", format=WHOLE
    ),
    "file_lowest_response": Column(
        "file's lowest resp.",
        "",
        "Energy of the file's own cluster with the lowest one in the endcap, over the generated energy.",
    ),
    "tag": Column("tag", "", "Tag of the hand scan by this scanner.", WORD),
    "note": Column("note", "", "Note of the hand scan by this scanner.", WORD),
}
"""By name, in the order in which they are shown."""

ENTRY = Column("entry", "", "Position of the event in the file, from 0.", format=WHOLE)


def catalogue_columns(b: bool) -> dict[str, Column]:
    """The columns by name, with those of B beside those of A where there is a B."""
    columns: dict[str, Column] = {}
    for name, column in COLUMNS.items():
        columns[name] = column
        if column.of_set and b:
            columns[f"{name}_b"] = column
    return columns | {"entry": ENTRY}


def known_kinds(b: bool) -> dict[str, str]:
    """Kind of each column by its name, as `expressions.parse` takes them."""
    return {name: column.kind for name, column in catalogue_columns(b).items()}
