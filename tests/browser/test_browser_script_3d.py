"""Functions of the page's script for the 3D view by themselves."""

import numpy as np
import pytest

from bye_splits.dashboard.figures.framing import VIEWS
from bye_splits.dashboard.figures.shower import DISTANCE, mesh_arrays


def test_lines_along_the_sides_of_cells(script):
    """Two cells beside each other, the second one clockwise: one side within, three at the border of each."""
    corners = np.array([[[0, 0], [2, 0], [2, 2], [0, 2]], [[2, 0], [2, 2], [4, 2], [4, 0]]], dtype=float)
    mesh = {name: values.tolist() for name, values in mesh_arrays(corners, np.array([330.0, 330.0])).items()}
    mesh |= {"intensity": [0, 0, 1, 1], "cmin": 0, "cmax": 1, "colorscale": [[0, "#112233"], [1, "#ffffff"]]}
    mesh["meta"] = {"thickness": 2, "edges": ["#000000", "#777777", "#ffffff"]}
    code = """(mesh) => {
      const { vertices, lines } = byeSplits.solids(mesh, [1, 1, 1], [[320, 340], [-10, 10], [-10, 10]]);
      return lines.map((list) => list.map((i) => [...vertices.subarray(5 * i, 5 * i + 3)]));
    }"""

    def drawn(codes):
        """By colour: the sides, at the two ends, and along z."""
        out = []
        for ends in script.evaluate(code, mesh | {"customdata": codes}):
            lines = np.array(ends, dtype=float).reshape(-1, 2, 3)
            flat = {(z, *sorted(map(tuple, line[:, 1:].tolist()))) for line in lines for z in {*line[:, 0]}}
            out.append({one for one in flat if one[1] != one[2]})
            assert len(lines) == len({str(sorted(line.tolist())) for line in lines}) or codes[0] & 16
        return out

    def sides(*pairs):
        return {(z, *sorted(pair)) for z in (329.0, 331.0) for pair in pairs}

    a, b, c, d, e, f = (0.0, 0.0), (2.0, 0.0), (4.0, 0.0), (0.0, 2.0), (2.0, 2.0), (4.0, 2.0)
    first, second = 0b1101, 0b1110
    rims = [sides((a, b), (a, d), (d, e)), sides((b, c), (c, f), (e, f))]
    assert drawn([first, second]) == [set(), rims[0] | rims[1], set()]
    assert drawn([first | 16, second | 48]) == [sides((b, e)), *rims]


def test_prisms_from_flat_cells(script):
    corners = np.array(
        [[[0, 0], [2, 0], [3, 1], [1, 1]], [[5, 5], [5, 7], [7, 7], [7, 5]], [[90, 0]] * 4], float
    )
    mesh = {
        name: values.tolist() for name, values in mesh_arrays(corners, np.array([330.0, 340, 340])).items()
    }
    mesh |= {"intensity": [0, 0, 1, 1, 0, 0], "cmin": 0, "cmax": 1, "meta": {"thickness": 2}}
    mesh["colorscale"] = [[0, "rgb(200, 100, 50)"], [1, "rgb(0, 0, 200)"]]
    code = """([mesh, ranges]) => {
      const { vertices, points, count } = byeSplits.solids(mesh, [1, 1, 1], ranges);
      const of = (floats, size) => {
        const bytes = new Uint8Array(floats.buffer), words = new Uint32Array(floats.buffer), rows = [];
        for (let i = 0; i < floats.length; i += 5) {
          const colour = [...bytes.subarray(4 * i + 12, 4 * i + 15)];
          rows.push([...floats.subarray(i, i + 3), ...colour, size ? floats[i + 4] : words[i + 4]]);
        }
        return rows;
      };
      return [of(vertices, false), of(points, true), count];
    }"""
    vertices, points, count = script.evaluate(code, [mesh, [[350, 320], [-10, 10], [-10, 10]]])
    assert count == 2, "the third is not between the limits"
    vertices, points = np.reshape(vertices, (2, 6, 4, 7)), np.array(points)
    assert points[:, :3] == pytest.approx(np.array([[330, 1.5, 0.5], [340, 6, 6]]))
    assert points[:, 6] == pytest.approx([2**0.5, 2.0])
    for cell, (faces, flat, z) in enumerate(zip(vertices, corners, (330, 340), strict=False)):
        assert set(faces[..., 6].ravel()) == {2 * cell}, "the number of its first triangle"
        assert set(faces[..., 0].ravel()) == {z - 1, z + 1}
        assert {tuple(at) for at in faces[..., 1:3].reshape(-1, 2)} == {tuple(at) for at in flat}
        middle = faces[..., :3].reshape(-1, 3).mean(axis=0)
        for face in faces[..., :3]:
            normal = np.cross(face[1] - face[0], face[2] - face[0])
            assert normal @ (face.mean(axis=0) - middle) > 0, "its front is outside"
    assert (vertices[0, :2, :, 3:6] == (200, 100, 50)).all(), "the ends have the colour of the scale"
    assert (vertices[1, :2, :, 3:6] == (0, 0, 200)).all()
    assert (vertices[0, 2:, :, 3] < 200).all()


@pytest.mark.parametrize("orthographic", [True, False])
@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(("width", "height"), [(391, 323), (600, 500), (1202, 560), (1500, 330), (400, 900)])
def test_a_view_fills_the_pane(script, view, orthographic, width, height):
    """The box's corners lie within the pane, and reach the room that is left for the labels."""
    ratios, size = np.array([1.1, 0.8, 0.6]), {"width": width, "height": height}
    found = script.evaluate(
        "(given) => byeSplits.fitted(...given)", [list(VIEWS[view]), ratios.tolist(), size, orthographic]
    )
    eye, centre = np.array(found["eye"]), np.array(found["centre"])
    away = np.linalg.norm(eye - centre)
    towards = (eye - centre) / away
    assert np.cross(towards, VIEWS[view]) == pytest.approx(0, abs=1e-9)
    right = np.cross((0, 0, 1), towards)
    right /= np.linalg.norm(right)
    signs = np.array(np.meshgrid(*[(-1, 1)] * 3)).reshape(3, -1).T
    corners = found["zoom"] * signs * ratios / 2 - centre
    depth = 1 if orthographic else (away - corners @ towards) / DISTANCE
    across, up = corners @ right / depth, corners @ np.cross(towards, right) / depth
    x, y = (width + height * across) / 2, height * (1 - up) / 2
    assert 70 < x.min() < x.max() < width - 20
    assert 25 < y.min() < y.max() < height - 40
    assert np.ptp(x) > width - 98 or np.ptp(y) > height - 72
