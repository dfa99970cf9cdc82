"""Whether a page's layout is right in windows of every size."""

import time
from pathlib import Path

SCRIPT = Path(__file__).with_name("layout.js")
# 1280 x 720 at 100, 125 and 150 %, a small and two large windows; px of the page
SIZES = [(1280, 720), (1024, 576), (853, 480), (1024, 640), (1600, 1000), (2560, 1440)]
SECONDS = 20  # in which a fault of a page that is still being filled goes


def faults_at_rest(page) -> list[str]:
    """The faults of a page's layout that stay."""
    end = time.monotonic() + SECONDS
    while True:
        found = page.evaluate("() => layoutFaultsAtRest()")
        if not found or time.monotonic() > end:
            return found


def assert_layout(page) -> None:
    """There is no fault at any of the sizes."""
    page.add_script_tag(path=SCRIPT)
    found = {}
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        if faults := faults_at_rest(page):
            found[width, height] = faults
    assert not found, "\n".join(f"{size}: {fault}" for size, faults in found.items() for fault in faults)
