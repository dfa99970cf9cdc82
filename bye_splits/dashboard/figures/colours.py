"""Colours: the colour scale of measured values, common to all panes, and the page's two themes."""

from bokeh.palettes import Magma256, Viridis256

PALETTE = Viridis256
# In increasing order of the value: the highest stands out most from the pane, the lowest still does.
CELL_PALETTES = {"dark": Viridis256, "light": Viridis256[::-1]}  # trigger cells
COUNT_PALETTES = {
    "dark": Viridis256[40:],
    "light": Viridis256[235::-1],
}  # occupancies, and maps of the studies
BIN_PALETTES = {"dark": Magma256[24:], "light": Magma256[235::-1]}  # bins, modules and lattice points

# Tokens of a theme include: page, panes and raised elements, text, faint text, grid lines, faint and strong
# lines of the detector, the accent (also the frame of the layer), warnings, selected cells, chosen modules.
THEMES = {
    "dark": {
        "page": "#0b0e13",
        "pane": "#11161d",
        "raised": "#1a212c",
        "text": "#dfe5ec",
        "faint": "#8b97a5",
        "line": "#232b36",
        "cell": "#171e28",
        "cell_edge": "#232d3a",
        "wafer": "#47566b",
        "signal_edge": "rgba(8, 12, 18, 0.55)",
        "accent": "#4fc3f7",
        "warn": "#ffca5a",
        "mark": "#ff33cc",
        "module": "#b8f36b",
        "disc": "#2c3746",
        "generated": "#ffffff",
        "bar": "#4fa8d8",
        "loose": "#8b97a5",
        "no_colour": "rgba(139, 151, 165, 0.30)",
    },
    "light": {
        "page": "#eef1f5",
        "pane": "#ffffff",
        "raised": "#f2f5f8",
        "text": "#18202a",
        "faint": "#5b6776",
        "line": "#d9dfe7",
        "cell": "#e9edf2",
        "cell_edge": "#d2dae3",
        "wafer": "#8d9bad",
        "signal_edge": "rgba(255, 255, 255, 0.5)",
        "accent": "#0277bd",
        "warn": "#7a4e00",
        "mark": "#c2009f",
        "module": "#3f7d00",
        "disc": "#cfd7e1",
        "generated": "#000000",
        "bar": "#2b7bb0",
        "loose": "#7d8a99",
        "no_colour": "rgba(93, 107, 122, 0.32)",
    },
}

# Tokens used by style sheets as `var(--token)`.
CSS_TOKENS = ("page", "pane", "raised", "text", "faint", "line", "accent", "warn")

# Full wafers, partial wafers, scintillator, uncertain wafers.
KIND_COLOURS = {
    "dark": ("#2f6f8f", "#d98c3f", "#8a6fc2", "#c2455f"),
    "light": ("#7fb8d4", "#f0b070", "#b7a3e0", "#e0657d"),
}

SERIES_COLOURS = {(0, "A"): "#2196d6", (0, "B"): "#e8641f", (1, "A"): "#2f9e6b", (1, "B"): "#cc3377"}
"""Of the studies, by number of the sample and name of the set: thin lines of them are seen in both themes."""


def css_variables() -> str:
    """Style sheet with the colours of each theme, selected by `data-theme` of the page's root element."""
    return "".join(theme_variables(theme, f':root[data-theme="{theme}"]') for theme in THEMES)


def theme_variables(theme: str, selector: str) -> str:
    """Style sheet with the colours of one theme for what a CSS selector selects."""
    variables = " ".join(f"--{token}: {THEMES[theme][token]};" for token in CSS_TOKENS)
    return f"{selector} {{ {variables} color-scheme: {theme}; }}\n"


def plotly_scale(theme: str) -> list[list]:
    """The palette of trigger cells in a theme as a Plotly colour scale of 33 steps."""
    return [[i / 32, CELL_PALETTES[theme][round(i * 255 / 32)]] for i in range(33)]
