"""Whether a page's layout is right in windows of every size."""

from pathlib import Path

SCRIPT = Path(__file__).with_name("layout.js")
# 1280 x 720 at 100, 125 and 150 %, a small and two large windows; px of the page
SIZES = [(1280, 720), (1024, 576), (853, 480), (1024, 640), (1600, 1000), (2560, 1440)]
LOOKS = 60  # until the page is at rest on a busy machine
PAUSE = 60  # ms


def faults_at_rest(page) -> list[str]:
    """The faults of a page's layout once they stay: panes follow the window a little later."""
    seen: list[list[str]] = []
    for _ in range(LOOKS):
        seen.append(page.evaluate("() => layoutFaults()"))
        same = 3 if not seen[-1] else 12  # a fault may be one of a moment
        if seen[-same:] == [seen[-1]] * same:
            break
        page.wait_for_timeout(PAUSE)
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
