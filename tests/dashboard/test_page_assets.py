"""What the page is made of: scripts that know no physics, and colours that are written once."""

import re

import pytest
from bokeh.models import CustomJS, CustomJSTicker, CustomJSTickFormatter

from bye_splits.chain import histogram
from bye_splits.dashboard.figures import coarse_stages, profiles, stages
from bye_splits.dashboard.figures.colours import CSS_TOKENS, THEMES, css_variables
from bye_splits.dashboard.page.assets import ASSETS, PATCHES, asset
from bye_splits.dashboard.page.script import PARTS, constants, script
from bye_splits.geometry import constants as geometry

STYLES = sorted(path.name for path in ASSETS.glob("*.css"))
# What moves, listens and measures has times and sizes of its own; these show what the server has computed.
OTHERS = ("traffic.js", "navigation.js", "page_links.js", "page_state.js")
SHOWING = [name for name in PARTS if name not in OTHERS]


def test_the_script_has_every_part_once():
    assert sorted(PARTS) == sorted(path.name for folder in (ASSETS, PATCHES) for path in folder.glob("*.js"))
    made = script()
    assert all(made.count(asset(name)) == 1 for name in PARTS)


def test_what_is_shared_with_the_scripts_is_all_used():
    made = "".join(map(asset, PARTS))
    for name, value in constants().items():
        assert len(re.findall(rf"\b{name}\b", made)) > 1, name
        if isinstance(value, dict) and name != "packed":
            assert all(re.search(rf"\b{key}\b", made) for key in value), name


# -- no physics -------------------------------------------------------------------------------------------


def known_numbers() -> set[float]:
    """Numbers of the detector and of the chain, but for small ones, which may mean anything."""
    found = {abs(value) for value in vars(geometry).values() if isinstance(value, int | float)}
    grid = histogram.STAGE2
    found |= {grid.n_rz, grid.n_phi, grid.rz_min, grid.rz_max, histogram.LEGACY_PI, geometry.N_CEE + 1}
    return {float(value) for value in found if value > 20 or value != int(value)}


def code_of(text: str) -> str:
    """Script without comments."""
    return re.sub(r"//[^\n]*", "", text)


def numbers_in(code: str) -> set[float]:
    return {float(number) for number in re.findall(r"(?<![\w.#])\d+\.?\d*(?:e[+-]?\d+)?(?![\w.])", code)}


def test_the_numbers_that_are_looked_for():
    assert {999.0, 28.0, 16.64408, 216.0, 0.58, 3.14159} <= known_numbers()
    assert numbers_in("x === -999 && y > 16.64 || u1 < 1e-3") == {999.0, 16.64, 1e-3}


@pytest.mark.parametrize("name", SHOWING)
def test_no_numbers_of_the_detector_or_the_chain(name):
    assert not numbers_in(code_of(asset(name))) & known_numbers()


# Of geometry in the plane, of wrapping an angle, of writing a number: no pseudorapidity, no smoothing.
PLAIN = {"abs", "ceil", "floor", "hypot", "log10", "max", "min", "PI", "round", "sign"}
OF_THE_CHAIN = re.compile(
    r"legacy|hexagonal|seed_|seedWindow|kernel|association|CE-[EH]|eta_edges|mipThreshold"
)


def callbacks() -> dict[str, str]:
    """Code that figures bring along."""
    maps = stages.stage_maps("dark").root, coarse_stages.coarse_maps("dark").root
    code = {}
    for model in {model for root in (*maps, profiles.profile("dark").figure) for model in root.references()}:
        if isinstance(model, CustomJS | CustomJSTickFormatter):
            code[model.id] = model.code
        elif isinstance(model, CustomJSTicker):
            code[model.id] = model.major_code
    return code


def test_no_formulas_or_rules_of_the_chain():
    """What the chain decides, and every value that is shown, comes from Python."""
    sources = {name: code_of(asset(name)) for name in PARTS} | callbacks()
    assert any("hoverStage" in code for code in sources.values())
    for name, code in sources.items():
        assert set(re.findall(r"\bMath\.(\w+)", code)) <= PLAIN, name
        assert not OF_THE_CHAIN.search(code), name


# -- colours ----------------------------------------------------------------------------------------------


def test_every_variable_of_a_style_is_defined():
    used = set()
    for name in STYLES:
        used |= set(re.findall(r"var\(--([\w-]+)", asset(name)))
    own = {match for name in STYLES for match in re.findall(r"--([\w-]+):", asset(name))}
    assert set(CSS_TOKENS) <= used
    assert used <= set(CSS_TOKENS) | own | {"swatch", "dark", "light"}  # which an element brings along
    assert not own & set(CSS_TOKENS)


@pytest.mark.parametrize("theme", THEMES)
def test_a_theme_is_chosen_by_the_pages_root(theme):
    (line,) = [line for line in css_variables().splitlines() if f'[data-theme="{theme}"]' in line]
    assert f"color-scheme: {theme};" in line
    for token in CSS_TOKENS:
        assert f"--{token}: {THEMES[theme][token]};" in line


@pytest.mark.parametrize("name", [*STYLES, *PARTS])
def test_no_colour_is_written_a_second_time(name):
    assert not re.search(r"#(?:[0-9a-fA-F]{3}){1,2}\b", asset(name))
    assert not any(
        colour.lower() in asset(name).lower() for tone in THEMES.values() for colour in tone.values()
    )
