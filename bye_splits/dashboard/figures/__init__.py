"""Pure functions that create bokeh or plotly objects from arrays, without state or server."""
