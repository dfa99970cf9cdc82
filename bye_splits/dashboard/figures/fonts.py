"""Sizes of letters in pictures of Bokeh."""

ROOT = 16  # px: the page's usual size; `page.css` has a larger one for large screens


def font_size(pixels: int) -> str:
    """A size of letters that follows the page's.

    Parameters
    ----------
    pixels : on a page of the usual size

    Returns
    -------
    str: as CSS, relative to the size of the root element

    Examples
    --------
    >>> font_size(12)
    '0.75rem'
    """
    return f"{pixels / ROOT:g}rem"
