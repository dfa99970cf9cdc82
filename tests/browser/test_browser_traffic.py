"""The bar at the top: on while something is still to come or to be drawn, and only then."""

import pytest

pytestmark = pytest.mark.fresh_pages

OBSERVE = """() => {
  window.seen = [];
  const bar = document.getElementById("working"), on = () => bar.classList.contains("on");
  const cells = () => probe.shower().cells;
  new MutationObserver(() => seen.push({ time: performance.now(), on: on(), cells: cells() }))
    .observe(bar, { attributes: true });
  let last = performance.now();
  const frame = () => {
    const now = performance.now();
    window.longest = Math.max(window.longest ?? 0, now - last);
    last = now;
    requestAnimationFrame(frame);
  };
  frame();
}"""
IS_ON = "() => document.getElementById('working').classList.contains('on')"


def is_on(page) -> bool:
    return page.page.evaluate(IS_ON)


def at_rest(page) -> None:
    page.until(lambda: not is_on(page), "the page's own start is over", 60)


def listen(page) -> None:
    """Note in the page what it says to the server from now on."""
    page.page.evaluate(
        "() => { window.said = []; const send = WebSocket.prototype.send;"
        " WebSocket.prototype.send = function (data) { said.push(data); return send.call(this, data); }; }"
    )


def test_on_until_the_cells_are_there_and_drawn(detector, geometry):
    page = detector()
    at_rest(page)
    before = page.shower["cells"]
    page.page.evaluate(OBSERVE)
    last = page.slider("Layers in 3D").last
    last.focus()
    last.press("End")
    layers = [(layer, geometry.numbers_of_layer(layer)) for layer in range(35, 51)]
    n = sum(len(geometry.outlines.blocks_of_layer(*layer).numbers) for layer in layers)
    page.until(lambda: page.shower["cells"] == n, "layers 35 to 50", 60)
    page.until(lambda: not is_on(page), "the bar off again", 60)
    page.page.evaluate("() => { window.longest = 0; }")
    seen = page.page.evaluate("() => seen")
    assert [change["on"] for change in seen] == [True, False], "on once, for the whole time"
    assert seen[0]["cells"] in (before, n), "a quick server has answered before the bar is on"
    assert seen[1]["cells"] == n
    page.page.wait_for_timeout(500)
    assert page.page.evaluate("() => longest") < 400, "nothing is left to draw"
    assert not is_on(page)


def test_a_lost_word_does_not_leave_it_on(detector):
    page = detector()
    at_rest(page)
    page.page.evaluate("() => { byeSplitsTraffic.complete = () => {}; byeSplitsTraffic.limits.lost = 1500; }")
    page.field("Section").select_option("silicon")
    page.until(lambda: is_on(page), "the bar on")
    page.until(lambda: not is_on(page), "the bar off")
    page.field("Section").select_option("both")
    page.until(lambda: is_on(page), "on again at the next change")


def test_the_mouse_says_nothing_to_the_server(detector):
    page = detector()
    at_rest(page)
    page.settled()
    listen(page)
    for frame in (page.map["frame"], page.shower["frame"]):
        for step in range(20):
            page.page.mouse.move(
                frame["left"] + frame["width"] * (step + 1) / 22, frame["top"] + frame["height"] / 2
            )
    page.page.wait_for_timeout(300)
    assert page.page.evaluate("() => said") == []
    page.field("Section").select_option("silicon")
    page.until(lambda: "asked" in "".join(page.page.evaluate("() => said")), "the question after a change")
    at_rest(page)
    assert page.page.evaluate("() => said.filter((data) => data.includes('asked')).length") <= 3
