"""Code that depends on private APIs of Panel, Bokeh, Param or Plotly, one file each; no other code does.

Each file describes the behaviour of these libraries in the versions of requirements.txt (Panel 1.9.4, Bokeh
3.9.2, Plotly 6.3.1, Tornado 6.5.10), the resulting fault or cost, and when the file can be removed.
`tests/dashboard/test_still_needed.py`, `test_lost_messages.py`, `test_page_thread.py` and
`test_gate_needed.py` contain a test of each that fails once it can be. Times are medians of the differences
with and without the patch, measured alternately on two cores under other load; percentages are relative to
the target for the time, size or memory.

No import patches anything. `process.apply` patches the whole process; the other files contain classes and
functions that pages use.
"""
