"""What leaves a page: files that are made when the browser asks for them, and the captions of its pictures.

One data source takes the requests and the answers of a page: a download button of Panel's, for each file,
would take 35 kB of the page's memory, and its buttons are plain HTML.
"""

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from html import escape
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from bokeh.models import ColumnDataSource, CustomJS

from .... import __version__
from ....chain import ChainParameters
from ....chain.declaration import Declaration
from ....chain.parameters import DECLARED
from ....page_checksums import WRITTEN
from ...schedule import schedule
from .words import lowered

CHANNEL = "files"  # name of the data source, by which the page's script finds it
CAPTION = "caption"  # what the script asks for when a picture is saved


@dataclass(frozen=True)
class File:
    """A file to save; of a caption, the beginning of the picture's name and its lines."""

    name: str
    content: bytes


Make = Callable[[], File]


class Files:
    """The files of a page by the word with which the browser asks for them.

    Parameters
    ----------
    makers : function that makes each file; `CAPTION` is needed on a page with pictures
    """

    def __init__(self, makers: Mapping[str, Make]) -> None:
        self.makers = dict(makers)
        self.channel = ColumnDataSource({"wanted": []}, name=CHANNEL)
        self.channel.js_on_change("data", CustomJS(code="byeSplits.answered(cb_obj)"))
        self.channel.on_change("data", self._asked)

    def _asked(self, attribute: str, old: Any, new: Any) -> None:
        """Answer a request; the browser empties the source once it has the file."""
        for wanted in new.get("wanted", ()):
            if wanted in self.makers and "content" not in new:
                schedule(partial(self._answer, wanted))

    def _answer(self, wanted: str) -> None:
        file = self.makers[wanted]()
        content = np.frombuffer(file.content, dtype=np.uint8)
        self.channel.data = {"wanted": [wanted], "name": [file.name], "content": [content]}


def save_button(label: str, wanted: str, tip: str) -> str:
    """HTML of a button that saves a file, in a text with the style "text.css"."""
    action = f"byeSplits.save({json.dumps(wanted)})"
    return f'<button class="save" title="{escape(tip)}" onclick="{escape(action)}">{escape(label)}</button>'


# -- kinds of files ---------------------------------------------------------------------------------------


def as_csv(table: pd.DataFrame) -> bytes:
    """CSV for a plain `pandas.read_csv`, columns named as in parquet; their units are in its companion."""
    text = io.StringIO()
    table.to_csv(text, index=False)
    return text.getvalue().encode()


def as_json(facts: Mapping[str, Any]) -> bytes:
    """What a table is, as JSON: the companion of a CSV."""
    return (json.dumps({"written by": f"bye_splits {__version__}", **facts}, indent=2) + "\n").encode()


def as_parquet(
    table: pd.DataFrame,
    units: Mapping[str, str],
    facts: Mapping[str, str],
    explanations: Mapping[str, str] | None = None,
) -> bytes:
    """Parquet with units and explanations in the metadata of the fields, and facts in that of the file."""
    made, known = pa.Table.from_pandas(table, preserve_index=False), explanations or {}

    def described(field: pa.Field) -> pa.Field:
        words = {"unit": units.get(field.name, ""), "description": known.get(field.name, "")}
        words = {name: word for name, word in words.items() if word}
        return field.with_metadata(words) if words else field

    schema = pa.schema(
        [described(field) for field in made.schema], metadata={**(made.schema.metadata or {}), **facts}
    )
    data = io.BytesIO()
    pq.write_table(made.cast(schema), data, **WRITTEN)
    return data.getvalue()


# -- what a file says of the chain ------------------------------------------------------------------------


def parameters_as_facts(sets: Mapping[str, ChainParameters | None]) -> dict[str, Any]:
    """All parameters of the sets that are there, by name, for `as_json`."""
    return {name: yaml.safe_load(one.to_yaml()) for name, one in sets.items() if one is not None}


def parameters_as_text(sets: Mapping[str, ChainParameters | None]) -> dict[str, str]:
    """The same as YAML, for the metadata of parquet files."""
    return {f"parameters.{name}": one.to_yaml() for name, one in sets.items() if one is not None}


def parameters_in_words(name: str, parameters: ChainParameters, width: int = 0) -> str:
    """A set of parameters in one line, for captions; variants only where they are not the default.

    Parameters
    ----------
    width : phi bins of the kernel in addition to the configured ones

    Examples
    --------
    >>> parameters_in_words("A", ChainParameters(radius=0.02), 2)[:54]
    'A: chain default, radius 0.02, association min_distanc'
    """
    named = parameters.describe()
    words = [
        _in_words(one, getattr(parameters, key))
        for key, one in DECLARED.items()
        if one.word and (key in named or not one.variant)
    ]
    words += [f"kernel width {width:+d} bins".replace("-", "\u2212")] if width else []
    return f"{name}: {', '.join(filter(None, words))}"


def _in_words(declaration: Declaration, value: Any) -> str:
    label = lowered(declaration.label)
    if declaration.kind is bool:
        return label if value else ""
    unit = f" {declaration.unit}" if declaration.unit and not declaration.none else ""
    shown = value if isinstance(value, str) else declaration.none if value is None else f"{value:g}"
    return f"{label} {shown}{unit}"


def caption(name: str, *lines: str) -> File:
    """What is written below a picture, and the beginning of its name."""
    return File(name, "\n".join(filter(None, lines)).encode())
