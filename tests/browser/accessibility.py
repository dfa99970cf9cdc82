"""What axe-core finds wrong on a page for users of screen readers and keyboards, and in its contrasts."""

import time

from axe_playwright_python.sync_playwright import Axe

SECONDS = 20
# No default rule needs the style sheets and media loaded once more, which takes half of the time.
OPTIONS = {"resultTypes": ["violations"], "preload": False}


def assert_accessible(page, part: str | None = None):
    """No rule of axe-core is broken, on the page or in a part of it, by its selector.

    Names are given to widgets shortly after they are there.
    """
    end = time.monotonic() + SECONDS
    while (found := Axe().run(page, part, OPTIONS)).violations_count and time.monotonic() < end:
        page.wait_for_timeout(200)
    assert not found.violations_count, found.generate_report()
