"""`bye_splits.show` in a notebook that is executed."""

import re
from pathlib import Path

import nbformat
from nbclient import NotebookClient

EXAMPLE = Path(__file__).parents[2] / "examples" / "notebook.ipynb"

SHOW = """
import bye_splits
from bye_splits.chain import ChainParameters
from bye_splits.data import open_source
event = open_source({path!r}).event(4)
shown = bye_splits.show(event, ChainParameters(radius=0.012))
shown
"""
# As the browser does with the frame's address, while the notebook's kernel runs.
FETCH = """
import urllib.request
with urllib.request.urlopen(shown.url, timeout=60) as answer:
    print(answer.status, "bye_splits" in answer.read().decode())
"""

TITLE = """
import re, urllib.request
with urllib.request.urlopen(shown.url, timeout=60) as answer:
    print(shown.url, re.search("<title>(.*?)</title>", answer.read().decode())[1])
"""


def test_a_notebook_shows_an_event_in_a_frame(toys, tmp_path):
    cells = [SHOW.format(path=str(toys["photons", "0"])), FETCH]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    done = NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    frame, fetched = (cell.outputs for cell in done.cells)
    (html,) = (output.data["text/html"] for output in frame if output.output_type == "execute_result")
    assert re.search(r'<iframe src="http://localhost:\d+/display"', html)
    assert fetched[-1].text.strip() == "200 True"


def test_the_example_runs_and_its_frame_is_the_display(tmp_path):
    notebook = nbformat.read(EXAMPLE, as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells), "its outputs are of one machine"
    notebook.cells.append(nbformat.v4.new_code_cell(TITLE))
    client = NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    )
    cells = {cell.id: cell for cell in client.execute().cells}
    (shown,) = (output for output in cells["show"].outputs if output.output_type == "execute_result")
    (address,) = re.findall(r'<iframe src="([^"]+)"', shown.data["text/html"])
    (table,) = (output for output in cells["clusters"].outputs if output.output_type == "execute_result")
    assert "n_cells" in table.data["text/html"]
    assert notebook.cells[-1].outputs[-1].text.split(maxsplit=1) == [address, "bye_splits \u00b7 display\n"]
