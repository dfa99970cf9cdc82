"""Windows of every size: nothing is cut, nothing overlaps, nothing scrolls sideways."""

from pathlib import Path
from types import SimpleNamespace

import pytest

SCRIPT = Path(__file__).with_name("layout.js")
# 1280 x 720 at 100, 125 and 150 %, a small and two large windows; px of the page
SIZES = [(1280, 720), (1024, 576), (853, 480), (1024, 640), (1600, 1000), (2560, 1440)]
SECONDS = 15  # until the page is at rest on a busy machine


def faults_at_rest(page) -> list[str]:
    """The faults of a page's layout once they stay: panes follow the window a little later."""
    seen = []
    for _ in range(SECONDS * 5):
        seen.append(page.evaluate("() => layoutFaults()"))
        if seen[-3:] == [seen[-1]] * 3:
            break
        page.wait_for_timeout(100)
    return seen[-1]


def assert_layout(page) -> None:
    """There is no fault at any of the sizes."""
    page.add_script_tag(path=SCRIPT)
    found = {}
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        if faults := faults_at_rest(page):
            found[width, height] = faults
    assert not found, "\n".join(f"{size}: {fault}" for size, faults in found.items() for fault in faults)


def test_the_display_fits_every_window(flat):
    page = flat("?particle=electrons&pileup=0&event=12&radiusB=0.01&compare=AB")
    page.settled()
    assert_layout(page.page)


@pytest.mark.parametrize("name", ["geometry", "events", "occupancy"])
def test_other_pages_fit_every_window(opened, name):
    page = opened.new(lambda page: SimpleNamespace(page=page), f"/{name}").page
    page.locator(".facts-pane .fact").first.wait_for()
    assert_layout(page)


def test_a_cut_text_is_a_fault(script):
    script.add_script_tag(path=SCRIPT)
    script.evaluate(
        """() => { document.body.innerHTML =
        "<div style='width: 40px; overflow: hidden; white-space: nowrap'>much too long a text</div>" +
        "<button>one</button><button style='margin-left: -20px'>two</button>"; }"""
    )
    kinds = {fault.partition(":")[0] for fault in script.evaluate("() => layoutFaults()")}
    assert kinds == {"cut", "overlap"}
    script.evaluate("() => { document.body.innerHTML = '<p>short</p><button>one</button>'; }")
    assert script.evaluate("() => layoutFaults()") == []
