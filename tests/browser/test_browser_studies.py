"""A page of the studies in a real browser: a box in one plot, and what the others show of it."""

import re
import urllib.request
from types import SimpleNamespace

import pytest
from accessibility import assert_accessible
from described import assert_described
from layout import assert_layout

PARTICLES = re.compile(r"(\d+) particles")


@pytest.fixture(scope="module")
def server(samples, served, tmp_path_factory):
    """A server with a process for studies."""
    folder = tmp_path_factory.mktemp("studies_server")
    more = {"BYE_SPLITS_BACKGROUND": "1", "BYE_SPLITS_CACHE": str(folder)}
    with served(samples.config, folder, **more) as url:
        with urllib.request.urlopen(f"{url}/response", timeout=120) as answer:  # imports HoloViews
            assert answer.status == 200
        yield url


def test_a_box_in_one_plot_filters_the_others(opened):
    page = opened.new(lambda page: SimpleNamespace(page=page), "/response?particle=photons&pileup=0").page
    facts = page.locator(".facts-pane")
    facts.get_by_text("30 particles").wait_for(timeout=60_000)
    pane = page.locator(".pane.study").nth(1).locator(".pane-body")
    pane.locator("canvas").first.wait_for()  # panes appear one after another
    box = pane.bounding_box()
    x, y, width, height = (box[name] for name in ("x", "y", "width", "height"))
    page.mouse.move(x + 0.55 * width, y + 0.3 * height)
    page.mouse.down()
    page.mouse.move(x + 0.8 * width, y + 0.6 * height, steps=4)
    page.mouse.up()
    facts.get_by_text("chosen in the plots").wait_for()
    chosen = int(PARTICLES.search(facts.locator(".fact .value").first.inner_text())[1])
    assert 0 < chosen < 30
    rows = page.locator(".study-events tr")
    assert rows.count() == chosen + 1
    assert_accessible(page)
    page.wait_for_url(re.compile("in_response="))
    href = page.locator(".study-events a").first.get_attribute("href")
    assert "particle=photons" in href
    page.get_by_text("Choose all particles").click()
    facts.get_by_text("30 particles").wait_for()
    assert page.locator("header nav a.here").inner_text() == "Studies"
    page.locator(".study-tabs a", has_text="Splits").click()
    page.locator(".study-tabs a.here", has_text="Splits").wait_for()
    assert "particle=photons" in page.url
    page.wait_for_load_state("networkidle")
    page.locator(".study-tabs a", has_text="Report").click()
    page.locator(".facts-pane").get_by_text("B (coarse seeding)").wait_for(timeout=60_000)
    page.locator(".study-numbers th", has_text="mean number of searched regions").first.wait_for()
    assert page.locator(".pane.study").count() == 18
    page.wait_for_load_state("networkidle")  # else what it still loads is aborted


@pytest.mark.parametrize("name", ["response", "compare", "pileup", "scan", "report"])
def test_studies_fit_every_window_and_controls_are_described(opened, name):
    page = opened.new(lambda page: SimpleNamespace(page=page), f"/{name}?theme=light").page
    page.locator(".facts-pane .fact").first.wait_for(timeout=60_000)
    page.locator(".pane.study canvas").first.wait_for()
    assert_described(page)
    assert_layout(page)
    page.wait_for_load_state("networkidle")  # else what it still loads is aborted
