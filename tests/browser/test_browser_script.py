"""Functions of the page's script by themselves: what they make of what Python sends."""

import numpy as np
import pytest

from bye_splits.chain.histogram import STAGE2, Binning
from bye_splits.chain.local_maxima import beaten_by
from bye_splits.chain.seed_rule import SmoothedBins
from bye_splits.dashboard.figures import seed_decision
from bye_splits.dashboard.figures.bin_grid import Grid
from bye_splits.dashboard.figures.raster import encode
from bye_splits.dashboard.figures.shower import packed_cells

# A figure of Bokeh's as far as the functions look at it; `range` of it says what it shows.
FIGURE = """(width, height, x0, x1, y0, y1) => {
  const range = (start, end) => ({ start, end, setv(ends) { Object.assign(this, ends); } });
  return { inner_width: width, inner_height: height, x_range: range(x0, x1), y_range: range(y0, y1) };
}"""
RANGE = "({ x_range: x, y_range: y }) => [x.start, x.end, y.start, y.end]"


def row(columns) -> dict:
    """A source of one row, as JSON."""
    return {"data": {name: [np.asarray(value).tolist()] for name, value in columns.items()}}


# -- rasters ----------------------------------------------------------------------------------------------


def test_unpacking_gives_what_was_packed(script):
    rng = np.random.default_rng(3)
    rasters = [np.zeros((1, 1), np.uint16), np.full((3, 5), 65535, np.uint16)]
    for _ in range(40):
        height, width, cells = rng.integers(1, 30, 3)
        blocks = rng.integers(0, cells + 1, (height // 3 + 1, width // 3 + 1))
        raster = np.kron(blocks, np.ones((3, 3), int))[:height, :width]
        rasters.append(np.where(rng.random(raster.shape) < 0.1, rng.integers(0, 65536), raster).astype("u2"))
    packed = [[*(part.tolist() for part in encode(raster)), *raster.shape[::-1]] for raster in rasters]
    made = script.evaluate("(all) => all.map((packed) => [...byeSplits.unpack(...packed)])", packed)
    for raster, numbers in zip(rasters, made, strict=True):
        assert numbers == raster.ravel().tolist()


# -- what a figure shows ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("width", "height"), [(300, 200), (200, 300), (250, 250)])
def test_a_place_at_one_scale(script, width, height):
    code = f"""([w, h]) => {{
      const figure = ({FIGURE})(w, h, 0, 1, 0, 1), request = {{}};
      byeSplits.goTo(figure, request, 10, -4, 50);
      return [({RANGE})(figure), request];
    }}"""
    (x0, x1, y0, y1), request = script.evaluate(code, [width, height])
    assert ((x0 + x1) / 2, (y0 + y1) / 2) == pytest.approx((10, -4))
    assert min(x1 - x0, y1 - y0) == pytest.approx(50)
    assert (x1 - x0) / width == pytest.approx((y1 - y0) / height)
    assert request == {"_width": width, "_height": height, "_span": 50}


@pytest.mark.parametrize(("width", "height"), [(300, 200), (200, 300)])
@pytest.mark.parametrize("mirrored", [False, True])
def test_a_box_fits_at_one_scale(script, width, height, mirrored):
    x0, x1 = (9, 1) if mirrored else (1, 9)
    box = row({"x0": x0, "x1": x1, "y0": -2, "y1": 3})
    code = f"""([w, h, box]) => {{
      const figure = ({FIGURE})(w, h, 0, 1, 0, 1);
      byeSplits.fit(figure, box);
      return ({RANGE})(figure);
    }}"""
    left, right, low, high = script.evaluate(code, [width, height, box])
    assert (left + right, low + high) == pytest.approx((10, 1))
    assert (left > right) == mirrored
    assert abs(right - left) / width == pytest.approx((high - low) / height)
    assert abs(right - left) >= 8 - 1e-9
    assert high - low >= 5 - 1e-9
    assert min(abs(right - left) / 8, (high - low) / 5) == pytest.approx(1)


def test_a_map_asks_for_what_is_in_view(script):
    """A range that was drawn by hand keeps its longer side; nothing is asked for twice."""
    wire = row({"x0": 0.0, "x1": 1.0, "y0": 0.0, "y1": 1.0, "width": 100, "height": 100})
    code = f"""(wire) => {{
      const figure = ({FIGURE})(200, 100, 0, 40, 0, 40), request = {{ _width: 200, _height: 100, _span: 40 }};
      byeSplits.look(figure, wire, request);
      window.asked = {{ figure, request }};
      return ({RANGE})(figure);
    }}"""
    shown = script.evaluate(code, wire)
    assert shown == pytest.approx([-20, 60, 0, 40])
    request = script.wait_for_function("() => asked.request.data").json_value()
    assert [request[name] for name in ("x0", "x1", "y0", "y1")] == [[end] for end in shown]
    assert (request["width"], request["height"]) == ([200], [100])


# -- trigger cells ------------------------------------------------------------------------------------------


def test_packed_indices_are_those_of_the_cells(script, geometry):
    rng = np.random.default_rng(4)
    cells = geometry.trigger_cells
    numbers = rng.choice(len(cells), 1500, replace=False)
    numbers = np.append(numbers, [cells[name].argmin() for name in ("waferv", "cellu")])
    packed = packed_cells(geometry, numbers).tolist()
    made = script.evaluate("(all) => Array.from(Uint32Array.from(all), byeSplits.packedIndices)", packed)
    tiles = 0
    for indices, cell in zip(made, cells.iloc[numbers].itertuples(), strict=True):
        tile = cell.waferu == -999
        tiles += tile
        names = ("layer", "cellu", "cellv") if tile else ("layer", "waferu", "waferv", "cellu", "cellv")
        assert [indices[name] for name in names] == [getattr(cell, name) for name in names]
        assert indices["tile"] == tile
        assert indices["section"] == ("CE-E" if cell.layer <= 28 else "CE-H")
    assert 20 < tiles < 1000


CELL = {"layer": 9, "section": "CE-E", "waferu": -3, "waferv": 12, "cellu": 4, "cellv": 0, "tile": False}
SIGNAL = {"mipPt": 123.4, "pt": 0.0456, "eta": -2.0004, "phi": 1.5}
TEXTS = {
    "empty": (CELL | {"note": "no signal"}, ["wafer u, v   \u22123, 12", "cell u, v    4, 0", "no signal"]),
    "signal": (
        CELL | SIGNAL,
        [
            "wafer u, v   \u22123, 12",
            "cell u, v    4, 0",
            "mipT         123",
            "pT           0.0456 GeV",
            "\u03b7, \u03c6         \u22122.000, 1.500",
        ],
    ),
    "tile": (CELL | {"tile": 1, "number": 0}, ["scintillator  ieta 4, iphi 0", "number       0"]),
}


@pytest.mark.parametrize("name", TEXTS)
def test_what_is_said_of_a_cell(script, name):
    cell, lines = TEXTS[name]
    said = script.evaluate("(cell) => byeSplits.cellText(cell)", cell)
    assert said.splitlines() == ["layer 9 (CE-E)", *lines]


@pytest.mark.parametrize("coloured", [None, [1, 0, 0, 1, 1, 0]])
def test_the_row_of_a_cell_in_3d(script, coloured):
    in_mesh = range(6) if coloured is None else [row for row, yes in enumerate(coloured) if yes]
    loose = [] if coloured is None else [row for row, yes in enumerate(coloured) if not yes]
    code = """(coloured) => {
      const data = coloured ? { coloured } : {}, { cells, loose } = byeSplits.constants.traces;
      const { shownCell } = byeSplits;
      const rows = (trace, n) => Array.from({ length: n }, (_, place) => shownCell(data, trace, place));
      return [rows(cells, 12), rows(loose, 6), rows(1, 2)];
    }"""
    mesh, points, other = script.evaluate(code, coloured)
    shown = [row for row in in_mesh for _ in range(2)]
    assert mesh == (shown if coloured is None else shown + [-1] * (12 - len(shown)))
    assert points == loose + [-1] * (6 - len(loose))
    assert other == [-1, -1]


# -- stages of the chain ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def smoothed():
    rng = np.random.default_rng(9)
    return np.where(rng.random((42, 216)) < 0.6, rng.choice([0.5, 25.0, 30.0, 300.0], (42, 216)), 0.0)


def written(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:#.3g}".rstrip(".")


@pytest.mark.parametrize("grid", [Grid(STAGE2), Grid(STAGE2, 108), Grid(Binning(legacy=True))])
@pytest.mark.parametrize("window", [1, 3])
def test_what_is_said_of_a_bin(script, smoothed, grid, window):
    (winner,), (equal,) = beaten_by(SmoothedBins(smoothed[None]), 20.0, window)
    decision = seed_decision.decisions(smoothed, 20.0, winner, equal)
    words = seed_decision.verdicts(20.0, window)
    facts = row(
        {
            "verdicts": words,
            "titles": ["margin"],
            "looks_at": [(smoothed - 1).ravel().tolist()],
            "reach": window,
        }
        | {name: edge for name, (edge,) in grid.edges.items()}
    )
    values, decided = (row({"image": grid.shown(image).ravel()}) for image in (smoothed, decision))
    code = """([decision, values, facts, places]) => {
      for (const { data } of [decision, values]) data.image[0].shape = [42, 216];
      return places.map(([row, column]) => byeSplits.binText(decision, values, facts, row, column));
    }"""
    rng = np.random.default_rng(1)
    places = [
        (0, 0),
        (41, 215),
        (20, 107),
        (20, 108),
        *zip(*rng.integers(0, [[42], [216]], (2, 60)), strict=True),
    ]
    places = [(int(r), int(c)) for r, c in places]
    said = script.evaluate(code, [decided, values, facts, places])
    kinds = set()
    for (rz_bin, column), text in zip(places, said, strict=True):
        phi_bin = (column + grid.first) % 216
        edges = grid.binning.rz_edges[rz_bin : rz_bin + 2], grid.binning.phi_edges[phi_bin : phi_bin + 2]
        rz, phi = (" to ".join(f"{edge:.3f}" for edge in ends).replace("-", "\u2212") for ends in edges)
        value = smoothed[rz_bin, phi_bin]
        lines = text.splitlines()
        assert lines[:3] == [
            f"R/z    {rz}",
            f"\u03c6      {phi} rad",
            f"mipT   {written(value) if value > 0 else 'none'}",
        ]
        assert lines[3] == words[decision[rz_bin, phi_bin]]
        margin = float(lines.pop(4).removeprefix("margin ").removesuffix(" mipT").replace("\u2212", "-"))
        assert margin == pytest.approx(smoothed.ravel()[rz_bin * 216 + column] - 1, abs=0.051)
        kinds.add(min(int(decision[rz_bin, phi_bin]), seed_decision.BEATEN))
        for up, line in zip((1, 0, -1), lines[5:], strict=True):
            shown = line.replace("[", "").replace("]", "").split()
            inside = 0 <= rz_bin + up < 42
            around = (phi_bin + np.arange(-window, window + 1)) % 216
            expected = smoothed[rz_bin + up, around] if inside else ()
            assert shown == [written(other) if other > 0 else "\u00b7" for other in expected]
        assert f"[{lines[2].split()[1]}]" in text or value == 0
    assert kinds == {seed_decision.EMPTY, seed_decision.BELOW, seed_decision.SEED, seed_decision.BEATEN}


def test_only_the_decision_says_what_became_of_a_bin(script, smoothed):
    facts = row({"reach": 1} | {name: edge for name, (edge,) in Grid(STAGE2).edges.items()})
    code = """([values, facts]) => {
      values.data.image[0].shape = [42, 216];
      return byeSplits.binText(null, values, facts, 5, 5);
    }"""
    assert "seed" not in script.evaluate(code, [row({"image": smoothed.ravel()}), facts])


POINTS = {
    "U": [-4, 3],
    "V": [7, -8],
    "waferu": [-1, 2],
    "waferv": [0, 5],
    "mipPt": [12.34, 250.4],
    "verdict": [1, 0],
    "winner": [1, -1],
}


def test_what_is_said_of_a_lattice_point(script):
    facts = row({"verdicts": ["seed: the highest of its window", "not a seed"]})
    code = "([points, facts]) => [0, 1].map((i) => byeSplits.pointText(points, facts, i))"
    said = script.evaluate(code, [POINTS, facts])
    assert [text.splitlines() for text in said] == [
        [
            "U, V         \u22124, 7",
            "wafer u, v   \u22121, 0",
            "mipT         12.3",
            "not a seed: (3, \u22128) is higher, 250 mipT",
        ],
        [
            "U, V         3, \u22128",
            "wafer u, v   2, 5",
            "mipT         250",
            "seed: the highest of its window",
        ],
    ]


def test_what_is_said_of_a_hexagon(script):
    points = {
        "x": [-0.312, 0.1, 0.2],
        "y": [0.125, -0.2, 0.0],
        "pt": [72.8, 1.42, 3.0],
        "beside": [63.2, 70.0, 72.8],
        "left": [None, 1.42, 3.0],
        "beside_left": [None, 0.0, 3.0],
        "mip": [2557.5, 48.9, 99.0],
        "verdict": [0, 1, 2],
    }
    facts = row({"verdicts": ["seed", "seed of the second pass", "not a seed"]})
    code = """([points, facts]) => [0, 1, 2].map((i) => byeSplits.hexagonText(
      Object.fromEntries(Object.entries(points).map(([name, some]) => [name, some.map((one) => one ?? NaN)])),
      facts, i))"""
    said = script.evaluate(code, [points, facts])
    assert [text.splitlines() for text in said] == [
        [
            "x/z, y/z     \u22120.312, 0.125",
            "pT           72.8 GeV",
            "  beside it  63.2 GeV at most",
            "mipT         2558",
            "seed",
        ],
        [
            "x/z, y/z     0.100, \u22120.200",
            "pT           1.42 GeV",
            "  beside it  70.0 GeV at most",
            "2nd pass     1.42 GeV",
            "  beside it  none",
            "mipT         48.9",
            "seed of the second pass",
        ],
        [
            "x/z, y/z     0.200, 0.000",
            "pT           3.00 GeV",
            "  beside it  72.8 GeV at most",
            "2nd pass     3.00 GeV",
            "  beside it  3.00 GeV at most",
            "mipT         99.0",
            "not a seed",
        ],
    ]


def test_what_is_said_of_a_module(script):
    modules = {
        "waferu": [-1, 2],
        "waferv": [0, 5],
        "mipPt": [212.0, 1.5],
        "eta": [2.2, 3.3],
        "threshold": [180.0, None],
        "ratio": [1.178, None],
        "chosen": [True, False],
    }
    said = script.evaluate("(modules) => [0, 1].map((i) => byeSplits.moduleText(modules, i))", modules)
    assert [text.splitlines() for text in said] == [
        [
            "wafer u, v   \u22121, 0",
            "sum          212 mipT",
            "\u03b7            2.200",
            "threshold    180 mipT",
            "ratio        1.18",
            "chosen",
        ],
        [
            "wafer u, v   2, 5",
            "sum          1.50 mipT",
            "\u03b7            3.300",
            "outside the edges of \u03b7: not considered",
        ],
    ]


def test_the_tooltip_comes_and_goes(script):
    bars = {
        "data": {"layer": [1, 3, 5], "sum": [12.0, 0.0, 7.0], "width": [1.72, 1.72, 1.72]},
        "tags": ["mipT", ""],
    }
    code = """([bars, x]) => {
      byeSplits.hoverProfile(bars, { x, y: 1 });
      const { style, textContent } = document.getElementById("tooltip");
      return style.display === "none" ? "" : textContent;
    }"""
    said = [script.evaluate(code, [bars, x]) for x in (0.2, 3.8, 9.0)]
    assert said == ["layer  1\nmipT   12.0", "layer  3\nmipT   none", ""]
