"""What axe-core finds wrong on a page for users of screen readers and keyboards, and in its contrasts."""

import time

from axe_playwright_python.sync_playwright import Axe

SECONDS = 20


def assert_accessible(page):
    """No rule of axe-core is broken; names are given to widgets shortly after they are there."""
    end = time.monotonic() + SECONDS
    while (found := Axe().run(page)).violations_count and time.monotonic() < end:
        page.wait_for_timeout(200)
    assert not found.violations_count, found.generate_report()
