"""Downloads of the selected rows of the catalogue."""

import io
from functools import partial

import pandas as pd

from ....chain import ChainParameters
from ....page_checksums import WRITTEN
from ....studies.columns import catalogue_columns
from ....studies.hand_scan import tag_table
from ...page.template import text
from ...patches.text import Text
from ...state.events import EventsState
from ..shared.files import (
    File,
    Files,
    as_csv,
    as_json,
    as_parquet,
    parameters_as_facts,
    parameters_as_text,
    save_button,
)


def selection(state: EventsState) -> pd.DataFrame:
    """The selected rows in their order, with all columns of the catalogue."""
    if not len(state.table.columns):  # nothing is known of the sample yet
        return pd.DataFrame(columns=[name for name in catalogue_columns(False) if name != "file"])
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


def file_name(state: EventsState) -> str:
    """The sample, the beginning of the names of all files."""
    return "_".join(filter(None, state.sample))


def sets(state: EventsState) -> dict[str, ChainParameters | None]:
    """The parameters of A and B."""
    return {"A": state.set_a, "B": state.set_b}


def units() -> dict[str, str]:
    """Unit of each column that has one."""
    return {name: column.unit for name, column in catalogue_columns(True).items() if column.unit}


def explanations() -> dict[str, str]:
    """What each column is."""
    return {name: column.explanation for name, column in catalogue_columns(True).items()}


def csv(state: EventsState) -> File:
    """The selected rows as CSV."""
    return File(f"{file_name(state)}_catalogue.csv", as_csv(selection(state)))


def parquet(state: EventsState) -> File:
    """The selected rows as parquet, with what they are in its metadata."""
    facts = {"description": description(state), **parameters_as_text(sets(state))}
    content = as_parquet(selection(state), units(), facts, explanations())
    return File(f"{file_name(state)}_catalogue.parquet", content)


def facts_file(state: EventsState) -> File:
    """What the rows are, as JSON."""
    table = selection(state)
    facts = {
        "description": description(state),
        "rows": len(table),
        "parameters": parameters_as_facts(sets(state)),
        "units": {name: unit for name, unit in units().items() if name in table},
        "columns": {name: words for name, words in explanations().items() if name in table},
    }
    return File(f"{file_name(state)}_catalogue.json", as_json(facts))


def tags(state: EventsState) -> File:
    """The tags of all scanners as parquet."""
    data = io.BytesIO()
    tag_table(state.scan.of_all).to_parquet(data, index=False, **WRITTEN)
    return File(f"{file_name(state)}_tags.parquet", data.getvalue())


def events_files(state: EventsState) -> Files:
    """The files of the events page, by the words of its buttons."""
    makers = {"csv": csv, "parquet": parquet, "json": facts_file, "tags": tags}
    return Files({wanted: partial(make, state) for wanted, make in makers.items()})


def buttons() -> Text:
    """A button for each kind of file of the selected rows."""
    kinds = {
        "CSV": "for pandas.read_csv; the JSON beside it has the units, and says what it is",
        "Parquet": "with units and parameters in it",
        "JSON": "what the table is: selection, parameters, units",
    }
    made = "".join(
        save_button(kind, kind.lower(), f"Save the selected rows: {tip}") for kind, tip in kinds.items()
    )
    return text(f'<div class="saves wide">{made}</div>')


def tags_button() -> Text:
    """A button for the tags."""
    button = save_button("Tags of all scanners", "tags", "Save all tags and notes as parquet")
    return text(f'<div class="saves wide">{button}</div>')
