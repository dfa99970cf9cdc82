"""`bye_splits.show` in a notebook that is executed."""

import re

import nbformat
from nbclient import NotebookClient

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
