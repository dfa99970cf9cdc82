"""Downloads of the selected rows of the catalogue."""

import io

import pandas as pd
import panel as pn
import param
import pyarrow as pa
import pyarrow.parquet as pq
from panel.viewable import Viewable, Viewer

from ....studies.columns import catalogue_columns
from ....studies.hand_scan import tag_table
from ...page.template import widget_css
from ...state.events import EventsState


def selection(state: EventsState) -> pd.DataFrame:
    """The selected rows in their order, with all columns of the catalogue."""
    return state.table.iloc[state.rows].drop(columns=["file"], errors="ignore").reset_index(drop=True)


def description(state: EventsState) -> str:
    """What the rows are, in one line."""
    particle, pileup = state.sample
    sample = state.catalogue.samples[state.sample]
    facts = [f"Catalogue of {particle}{f' with pile-up {pileup}' if pileup else ''}: {sample.path}"]
    facts.append(f"selection: {state.condition or 'all'}")
    for name, one in (("A", state.whole.outcomes_a), ("B", state.whole.outcomes_b)):
        if one is not None and (one.failures or not one.progress.finished):
            facts.append(f"PARTIAL {name}: {one.progress.done} of {one.progress.total} events")
    return "; ".join(facts)


class Downloads(Viewer):
    """Two download buttons; a file is created and named when it is requested."""

    state = param.ClassSelector(class_=EventsState)

    def __init__(self, state: EventsState) -> None:
        super().__init__(state=state)
        style = {"stylesheets": [widget_css()], "sizing_mode": "stretch_width", "margin": 0, "height": 22}
        style["css_classes"] = ["small"]
        self.csv = pn.widgets.FileDownload(label="CSV", callback=self._csv, **style)
        self.parquet = pn.widgets.FileDownload(label="Parquet", callback=self._parquet, **style)

        self.tags = pn.widgets.FileDownload(label="Tags of all scanners", callback=self._tags, **style)

    def __panel__(self) -> Viewable:
        return pn.Row(self.csv, self.parquet, sizing_mode="stretch_width", margin=0, styles={"gap": "8px"})

    def _name(self) -> str:
        return "_".join(filter(None, (*self.state.sample, "catalogue")))

    def _tags(self) -> io.BytesIO:
        self.tags.filename = f"{'_'.join(filter(None, self.state.sample))}_tags.parquet"
        data = io.BytesIO()
        tag_table(self.state.scan.of_all).to_parquet(data, index=False)
        data.seek(0)
        return data

    def _csv(self) -> io.StringIO:
        self.csv.filename = f"{self._name()}.csv"
        text = io.StringIO()
        text.write(f"# {description(self.state)}\n")
        units = {name: column.unit for name, column in catalogue_columns(True).items() if column.unit}
        table = selection(self.state)
        table.rename(columns={name: f"{name} [{unit}]" for name, unit in units.items()}).to_csv(
            text, index=False
        )
        text.seek(0)
        return text

    def _parquet(self) -> io.BytesIO:
        self.parquet.filename = f"{self._name()}.parquet"
        table = pa.Table.from_pandas(selection(self.state), preserve_index=False)
        columns = catalogue_columns(True)
        fields = [
            field.with_metadata(
                {"unit": columns[field.name].unit, "description": columns[field.name].explanation}
            )
            if field.name in columns
            else field
            for field in table.schema
        ]
        sets = {"A": self.state.set_a, "B": self.state.set_b}
        facts = {"description": description(self.state)}
        facts |= {f"parameters.{name}": one.to_yaml() for name, one in sets.items() if one is not None}
        schema = pa.schema(fields, metadata={**(table.schema.metadata or {}), **facts})
        data = io.BytesIO()
        pq.write_table(table.cast(schema), data)
        data.seek(0)
        return data
