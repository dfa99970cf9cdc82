"""Pure functions: arrays in, bokeh or plotly object out; no state, no server."""
