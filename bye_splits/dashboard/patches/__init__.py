"""What leans on private parts of Panel, Bokeh, Param or Plotly, a file each; nothing else touches them.

Each file says what these libraries do in the versions of requirements.txt (Panel 1.9.4, Bokeh 3.9.2, Plotly
6.3.1, Tornado 6.5.10), what that breaks or costs, and when the file can go.
`tests/dashboard/test_still_needed.py` and `test_lost_messages.py` have a test of each that fails once it
can. Times are medians of the differences between the two, measured in turns on two cores that were busy with
other work as well; a percentage is of the time, size or memory that is the target for it.

No import patches anything. `process.apply` does, for the whole process; the other files are classes and
functions that pages use.
"""
