"""The display for users of screen readers: names and values of what can be worked, contrasts, headings."""

from accessibility import assert_accessible


def test_the_display_is_accessible(flat):
    page = flat("?particle=electrons&pileup=0&event=12&theme=dark")
    page.settled()
    assert_accessible(page.page)
    page.press("Light")
    page.page.locator(":root[data-theme='light']").wait_for()
    page.settled()
    assert_accessible(page.page)
    radius = page.page.locator("[aria-label='Radius']")
    assert radius.get_attribute("aria-valuetext") == "by layer"
    radius.press("End")
    page.until(lambda: radius.get_attribute("aria-valuetext") == page.slider_text("Radius"), "the new radius")
    assert radius.get_attribute("aria-valuetext") != "by layer"
    upper = page.page.locator("[aria-label='Layers in 3D, highest']")
    assert upper.get_attribute("aria-valuetext") == "50"
