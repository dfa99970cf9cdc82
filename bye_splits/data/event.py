"""One event, in the same form for every file format."""

from dataclasses import dataclass, field

import pandas as pd


@dataclass(frozen=True)
class Event:
    """One event of a file.

    Attributes
    ----------
    number : event number as written in the file
    trigger_cells : one row per trigger cell of the file, either endcap (by the sign of z), columns
        `layer` (overall, from 1) `waferu waferv cellu cellv` (int32; scintillator: waferu = waferv = -999,
        cellu = ieta, cellv = iphi), `mipPt` [mipT], `pt energy` [GeV], `x y z` [cm],
        `eta phi` (float32). All values are finite and z is not 0: rows dropped for that are counted
        in `notices`. Empty where the file was written without trigger cells.
    generated : one row per generated particle, columns `pid` (int32), `exeta exphi` (position on the
        calorimeter's face seen from the origin), `pt energy` [GeV]; `eta phi` (direction at the vertex)
        if the file has them. May be empty.
    clusters : one row per 3D cluster of the file, columns `pt energy` [GeV], `eta phi` and, if the file
        has it, `clusters_n` (number of trigger cells). May be empty.
    entry : position in the file; distinguishes events with the same number
    notices : readable sentences about oddities of this event (dropped rows, duplicate number, ...)
    """

    number: int
    trigger_cells: pd.DataFrame = field(repr=False)
    generated: pd.DataFrame = field(repr=False)
    clusters: pd.DataFrame = field(repr=False)
    entry: int = 0
    notices: tuple[str, ...] = ()
