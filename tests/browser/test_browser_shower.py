"""The 3D pane's camera, frame and stretch."""

import time
from urllib.parse import urlsplit

import numpy as np
import pytest
from pixels import near, rgb
from reuse import FOLLOW

from bye_splits.dashboard.figures.colours import THEMES
from bye_splits.dashboard.figures.framing import VIEWS


def eye(page):
    return np.array(list(page.shower["camera"]["eye"].values()))


def looks(page, view) -> bool:
    """Whether the camera looks from the direction of a view."""
    line = eye(page) - list(page.shower["camera"]["center"].values())
    return line / np.linalg.norm(line) == pytest.approx(VIEWS[view] / np.linalg.norm(VIEWS[view]), abs=0.01)


def test_the_camera_stays(display):
    page = display("?event=7")
    page.shows(event=7)
    page.until(lambda: at_rest(page), "the camera of this event")
    start, frame = eye(page), page.shower["frame"]
    x, y = frame["left"] + frame["width"] / 2, frame["top"] + frame["height"] / 2
    page.hover(x, y)
    page.page.mouse.down()
    steps = iter(range(1, 60))

    def turned_by_another_step():
        step = next(steps)
        page.page.mouse.move(x + 3 * step, y + step)
        return step > 2 and np.abs(eye(page) - start).max() > 0.3

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
    page.page.bring_to_front()  # behind another one it draws a frame a second
    page.press("Frame shower")
    page.until(lambda: looks(page, "usual"), "the usual camera")
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


def test_views_projection_and_switches(display):
    page = display("?particle=photons&pileup=200")
    page.shows()
    for key, view, flat in (("f", "front", 0), ("s", "side", 1), ("t", "top", 2)):
        page.page.keyboard.press(key)
        page.until(lambda view=view: looks(page, view), f"the view from the {view}")
        page.until(lambda view=view: page.link.get("camera") == view, "its name in the address")
        assert page.button("data-view", view).get_attribute("aria-pressed") == "true"
        inside_the_pane(page)
        labels_are_below_and_on_the_left(page)
        # one of the three axes is seen from its end, and has no labels
        shown = page.page.evaluate("() => [...probe.plot()._fullLayout.scene._scene.glplot.axes.tickEnable]")
        assert [i for i in range(3) if not shown[i]] == [flat]
    page.button("data-switch", "orthographic").click()
    page.until(lambda: page.shower["camera"]["projection"]["type"] == "orthographic", "parallel lines")
    page.until(lambda: page.link["projection"] == "orthographic" and looks(page, "top"), "it in the address")
    for view in ("usual", "side", "front", "top"):
        page.button("data-view", view).click()
        page.until(lambda view=view: looks(page, view), view)
        inside_the_pane(page)
        if view != "usual":
            labels_are_below_and_on_the_left(page)
    z, x, y = page.shower["ranges"]
    ends = page.project([[x[0], height, z[0]] for height in y])
    assert ends[0, :2] == pytest.approx(ends[1, :2], abs=1), "seen from the top, above is not beside"
    for name in ("seed_lines", "diamonds"):
        page.button("data-switch", name).click()
        page.until(
            lambda name=name: page.button("data-switch", name).get_attribute("aria-pressed") == "false", name
        )
    lengths = "() => probe.plot()._fullData.map((trace) => [trace.name, trace.x?.length ?? 0])"
    found = dict(page.page.evaluate(lengths))
    assert found["seeds"] == found["clusters of the file"] == 0
    other = display("?" + urlsplit(page.page.url).query)
    other.shows()
    assert looks(other, "top")
    assert other.shower["camera"]["projection"]["type"] == "orthographic"
    assert other.button("data-switch", "diamonds").get_attribute("aria-pressed") == "false"


def extent(page):
    """Least and largest pixels of the box that the scene shows."""
    z, x, y = page.shower["ranges"]
    corners = page.project([[a, b, c] for a in x for b in y for c in z])[:, :2]
    return corners.min(axis=0), corners.max(axis=0)


def inside_the_pane(page):
    """The box that the scene shows is in the pane, and fills it in one direction."""
    frame, (low, high) = page.shower["frame"], extent(page)
    assert low[0] > frame["left"]
    assert low[1] > frame["top"]
    assert high[0] < frame["left"] + frame["width"]
    assert high[1] < frame["top"] + frame["height"]
    assert ((high - low) - [frame["width"], frame["height"]]).max() > -100, "room for labels only"


def labels_are_below_and_on_the_left(page):
    """Letters of the titles' colour are beside the middles of these two edges of the box."""
    (left, top), (right, bottom) = extent(page)

    def written(x, y, width, height):
        picture = page.picture({"left": x, "top": y, "width": width, "height": height})
        return near(picture, rgb(THEMES[page.theme]["text"]), 60).sum() > 8

    page.until(lambda: written(left - 60, (top + bottom) / 2 - 25, 57, 50), "a title on the left")
    page.until(lambda: written((left + right) / 2 - 25, bottom + 3, 50, 35), "a title below")


def test_another_event_with_another_projection(display):
    """A followed link that changes both: the axes are those of its event."""
    page = display("?event=7&projection=perspective&camera=side")
    page.shows(event=7)
    expected = page.shower["ranges"]
    page.press("Next")
    page.shows(event=8)
    page.until(lambda: page.shower["ranges"] != expected, "the ranges of the next event")
    query = urlsplit(page.page.url).query.replace("event=8", "event=7").replace("perspective", "orthographic")
    page.page.evaluate(FOLLOW, f"?{query}")
    page.shows(event=7)
    page.until(lambda: page.shower["camera"]["projection"]["type"] == "orthographic", "parallel lines")
    page.until(lambda: np.allclose(page.shower["ranges"], expected), "the ranges of the event")
    bounds = """() => {
      const { glplot, dataScale } = probe.plot()._fullLayout.scene._scene;
      return [0, 1, 2].map((i) => [0, 1].map((side) => glplot.bounds[side][i] / dataScale[i]));
    }"""
    np.testing.assert_allclose(page.page.evaluate(bounds), expected)


def test_cells_are_seen_from_the_side(display):
    """Their colours are in the picture, where flat cells would be lines without a width."""
    page = display("?event=7&camera=side&projection=orthographic&seedlines=off&diamonds=off&around=all")
    page.shows(event=7)
    read = """() => {
      const { glplot } = probe.plot()._fullLayout.scene._scene, { gl } = glplot;
      glplot.redraw();
      const pixels = new Uint8Array(4 * gl.drawingBufferWidth * gl.drawingBufferHeight);
      gl.bindFramebuffer(gl.FRAMEBUFFER, null);
      gl.readPixels(0, 0, gl.drawingBufferWidth, gl.drawingBufferHeight, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
      let count = 0;
      for (let i = 0; i < pixels.length; i += 4) {
        count += Math.max(...pixels.subarray(i, i + 3)) - Math.min(...pixels.subarray(i, i + 3)) > 40;
      }
      return count / (gl.drawingBufferWidth * gl.drawingBufferHeight);
    }"""
    page.until(lambda: page.page.evaluate(read) > 0.03, "coloured pixels")


def test_frames_while_the_camera_moves(display, samples):
    """Many cells are sketched while it moves, and the mouse alone makes no frames."""
    page = display("?particle=photons&pileup=200&around=all&frame=endcap")
    page.shows()
    page.until(lambda: page.shower["cells"] > 10_000, "all cells")
    frame = page.shower["frame"]
    x, y = frame["left"] + frame["width"] / 2, frame["top"] + frame["height"] / 2
    frames = "() => ({ ...probe.plot()._fullLayout.scene._scene.glplot.frames })"
    page.hover(x, y)
    page.page.mouse.down()
    steps = iter(range(1, 400))

    def sketched():
        step = next(steps)
        page.page.mouse.move(x + 3 * (step % 60), y + step % 7)
        return page.page.evaluate(frames)["level"] == 2

    page.until(sketched, "sketched cells")
    assert next(steps) <= 4, "without a graphics card this is known from the first frame on"
    before, start = page.page.evaluate(frames)["drawn"], time.monotonic()
    while time.monotonic() < start + 3:
        step = next(steps)
        page.page.mouse.move(x + 3 * (step % 60), y + step % 7)
    drawn, took = page.page.evaluate(frames)["drawn"] - before, time.monotonic() - start
    page.page.mouse.up()
    assert drawn / took > 3, "frames a second; 10 and more on a machine with nothing else to do"
    page.until(lambda: not page.page.evaluate(frames)["moving"], "the whole picture")
    rest = page.until(lambda: at_rest(page) and page.page.evaluate(frames)["drawn"], "frames at rest")
    for step in range(20):
        page.page.mouse.move(x - step, y)
    assert page.page.evaluate(frames)["drawn"] <= rest + 1
    page.field("Pile-up").select_option("0")
    page.until(lambda: page.shower["cells"] < 1000, "a light event")
    page.page.evaluate(
        """() => {
          const { container, glplot } = probe.plot()._fullLayout.scene._scene;
          const note = () => { window.firstLevel ??= glplot.frames.moving ? glplot.frames.level : null; };
          window.firstLevel = null;
          container.addEventListener("mousemove", note, true);
        }"""
    )
    page.page.mouse.down()
    page.page.mouse.move(x + 20, y + 5)
    page.page.mouse.up()
    assert page.until(lambda: page.page.evaluate("() => [window.firstLevel]") != [None], "a moving camera")
    assert page.page.evaluate("() => window.firstLevel") == 0, "few cells are drawn as they are"


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
