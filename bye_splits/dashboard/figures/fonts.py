"""Sizes of letters in pictures of Bokeh."""

POINT = 4 / 3  # px


def font_size(pixels: int) -> str:
    """A size of letters that grows with the page's on large screens: `letters.js` enlarges those in points.

    Parameters
    ----------
    pixels : on a page of the usual size

    Returns
    -------
    str: as CSS

    Examples
    --------
    >>> font_size(11)
    '8.25pt'
    """
    return f"{pixels / POINT:g}pt"
