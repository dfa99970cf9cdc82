"""Downloads of the displayed trigger cells."""

import io

import numpy as np
import pandas as pd
import panel as pn
import param
import pyarrow as pa
import pyarrow.parquet as pq
from panel.viewable import Viewable, Viewer

from ....counting import ordinal
from ....sample_geometry import described
from ...page.template import widget_css
from ...state.display import DisplayState

UNITS = {
    "mipPt": "transverse MIP",
    "pt": "GeV",
    "energy": "GeV",
    "x": "cm",
    "y": "cm",
    "z": "cm",
    "phi": "rad",
}


def shown_cells(state: DisplayState) -> pd.DataFrame:
    """Rows of the event that the 3D view shows, in file order, with all columns."""
    return state.shown.loaded.event.trigger_cells.iloc[np.sort(state.cuts.in_3d)].reset_index(drop=True)


def as_csv(cells: pd.DataFrame, description: str) -> io.StringIO:
    """CSV with units in the header ("pt [GeV]"), below a comment line with the description."""
    text = io.StringIO()
    text.write(f"# {description}\n")
    names = {name: f"{name} [{UNITS[name]}]" for name in cells if name in UNITS}
    cells.rename(columns=names).to_csv(text, index=False)
    text.seek(0)
    return text


def as_parquet(cells: pd.DataFrame, description: str) -> io.BytesIO:
    """Parquet with units in the metadata of the fields and the description in that of the file."""
    table = pa.Table.from_pandas(cells, preserve_index=False)
    fields = [
        field.with_metadata({"unit": UNITS[field.name]}) if field.name in UNITS else field
        for field in table.schema
    ]
    schema = pa.schema(
        fields, metadata={**(table.schema.metadata or {}), b"description": description.encode()}
    )
    data = io.BytesIO()
    pq.write_table(table.cast(schema), data)
    data.seek(0)
    return data


class Downloads(Viewer):
    """Two download buttons; a file is created and named when it is requested."""

    state = param.ClassSelector(class_=DisplayState)

    def __init__(self, state: DisplayState) -> None:
        super().__init__(state=state)
        style = {"stylesheets": [widget_css()], "sizing_mode": "stretch_width", "margin": 0, "height": 22}
        style["css_classes"] = ["small"]
        self.csv = pn.widgets.FileDownload(label="CSV", callback=self._csv, **style)
        self.parquet = pn.widgets.FileDownload(label="Parquet", callback=self._parquet, **style)

    def __panel__(self) -> Viewable:
        return pn.Row(self.csv, self.parquet, sizing_mode="stretch_width", margin=0, styles={"gap": "8px"})

    def _name(self) -> str:
        state, loaded = self.state, self.state.shown.loaded
        occurrence = ordinal(loaded.occurrence + 1) if loaded.occurrences > 1 else ""
        side = {"+z": "plus", "-z": "minus"}[state.shown.endcap]
        return "_".join(
            filter(None, (*state.navigation.key, f"event{loaded.event.number}", occurrence, side))
        )

    def _description(self) -> str:
        state, loaded = self.state, self.state.shown.loaded
        limits = [
            f"mipPt >= {state.cuts.threshold:g}",
            "layers {} to {}".format(*state.cuts.layers_3d),
            f"endcap {state.shown.endcap}",
        ]
        if state.cuts.cylinder and state.shown.generated is not None:
            limits.append(f"within {state.cuts.cylinder:g} cm of the generated particle")
        occurrence = ""
        if loaded.occurrences > 1:
            occurrence = f" (the {ordinal(loaded.occurrence + 1)} of {loaded.occurrences} with this number)"
        event = f"event {loaded.event.number}{occurrence} of {loaded.file}"
        cells = f"Trigger cells of {event}: {', '.join(limits)}."
        return f"{cells} Geometry: {described(loaded.geometry)}. {loaded.description}".strip()

    def _csv(self) -> io.StringIO:
        self.csv.filename = f"{self._name()}.csv"
        return as_csv(shown_cells(self.state), self._description())

    def _parquet(self) -> io.BytesIO:
        self.parquet.filename = f"{self._name()}.parquet"
        return as_parquet(shown_cells(self.state), self._description())
