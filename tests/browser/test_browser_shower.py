"""The 3D pane's camera, frame and stretch."""

from urllib.parse import urlsplit

import numpy as np
import pytest


def eye(page):
    return np.array(list(page.shower["camera"]["eye"].values()))


def test_the_camera_stays(display):
    page = display("?event=7")
    page.shows(event=7)
    start, frame = eye(page), page.shower["frame"]
    x, y = frame["left"] + frame["width"] / 2, frame["top"] + frame["height"] / 2
    page.hover(x, y)
    page.page.mouse.down()
    steps = iter(range(1, 60))

    def turned_by_another_step():
        step = next(steps)
        page.page.mouse.move(x + 3 * step, y + step)
        return np.abs(eye(page) - start).max() > 0.3

    page.until(turned_by_another_step, "a turned camera")
    page.page.mouse.up()
    turned = page.until(lambda: at_rest(page), "a camera at rest")
    assert "cell" not in page.link, "to turn is not to click"
    there = [turned[part][name] for part in ("eye", "center") for name in "xyz"]
    page.until(
        lambda: [float(n) for n in page.link.get("camera", "0").split(",")] == pytest.approx(there, abs=1e-3),
        "the camera at rest in the address",
    )
    changes = (
        lambda: page.page.keyboard.press("ArrowRight"),
        lambda: page.press("Next"),
        lambda: page.field("Colour by").select_option("energy"),
        lambda: page.press("Light"),
        lambda: page.field("Pile-up").select_option("200"),
    )
    for change in changes:
        before = page.page.url
        change()
        page.until(lambda before=before: page.page.url != before, "a new address")
        page.shows()
        page.until(lambda: page.page.evaluate("() => probe.drawn3D()"), "the 3D pane")
        for part, where in turned.items():
            # Plotly writes the camera it has read again, to the last but one bit.
            assert page.shower["camera"][part] == pytest.approx(where), part
    other = display("?" + urlsplit(page.page.url).query)
    other.shows()
    for part in ("eye", "center"):
        assert other.shower["camera"][part] == pytest.approx(turned[part], abs=1e-3), part
    page.press("Frame shower")
    page.until(lambda: eye(page) == pytest.approx(start), "the usual camera")
    page.until(lambda: "camera" not in page.link, "an address without a camera")
    page.page.go_back()
    page.until(lambda: eye(page) == pytest.approx(eye(other)), "the turned camera")
    page.until(lambda: page.link.get("camera") == other.link["camera"], "the camera in the address")


def at_rest(page):
    """The camera, where Plotly has drawn some frames more without moving it."""
    before = page.shower["camera"]
    for _ in range(5):  # slow frames, on a machine with much to do
        page.page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 200)))")
        if page.shower["camera"] != before:
            return None
    return before


def test_frames_and_stretch(display, geometry):
    page = display("?event=7")
    page.shows(event=7)
    near = page.shower["ranges"]
    page.press("Frame endcap")
    page.until(lambda: page.shower["ranges"] != near and page.link["frame"] == "endcap", "the endcap")
    z, x, y = page.shower["ranges"]
    assert z[0] < geometry.layer_z[1] < geometry.layer_z[50] < z[1]
    assert x[0] < -geometry.radii[50][1]
    assert y[1] > geometry.radii[50][1]
    page.press("Frame shower")
    page.until(lambda: page.shower["ranges"] == near, "the shower again")
    z, x, y = near
    corner = [x[0], y[0], z[0]]
    ends = [corner, [x[0], y[0], z[1]], [x[0], y[1], z[0]]]

    def longer():
        """Length of the axis of z over that of y, on the screen."""
        start, along_z, along_y = page.project(ends)[:, :2]
        return np.linalg.norm(along_z - start) / np.linalg.norm(along_y - start)

    before = longer()
    stretch = page.slider("Stretch of z")
    stretch.focus()
    for _ in range(4):
        stretch.press("ArrowRight")
    page.until(lambda: page.link["stretch"] == "2", "the stretch")
    page.until(lambda: longer() > 1.4 * before, "a longer shower")


def test_the_cylinder(display, samples):
    page = display("?particle=photons&pileup=200")
    page.shows()
    event = samples.busy.event_at(0)
    cells = event.trigger_cells[(event.trigger_cells.z > 0) & (event.trigger_cells.mipPt >= 0.5)]
    particle = event.generated.iloc[0]
    r = 1 / np.sinh(particle.exeta)
    apart = np.hypot(
        cells.x - cells.z * r * np.cos(particle.exphi), cells.y - cells.z * r * np.sin(particle.exphi)
    )
    assert page.shower["cells"] == pytest.approx((apart <= 40).sum(), abs=2)
    handle = page.slider("Around the particle [cm]")
    handle.focus()
    for _ in range(4):
        handle.press("ArrowLeft")
    page.until(lambda: page.link["around"] == "20", "20 cm")
    page.until(lambda: abs(page.shower["cells"] - (apart <= 20).sum()) <= 2, "fewer cells")
    assert "within 20 cm" in page.facts["limits in 3D"]
    handle.press("End")
    page.until(lambda: page.link["around"] == "all" and page.shower["cells"] == len(cells), "everything")
