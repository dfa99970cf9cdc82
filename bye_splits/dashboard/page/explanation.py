"""What stands in the place of a page that cannot be made."""

from collections.abc import Iterable
from html import escape

import panel as pn

from ..page.template import Links
from .template import page, text


def explanation(reasons: Iterable[str], links: Links) -> pn.Template:
    """A page that says why there is nothing to show.

    Parameters
    ----------
    reasons : readable paragraphs
    links : of the navigation, see `page`
    """
    listed = "".join(f"<li>{escape(reason)}</li>" for reason in reasons)
    words = "Put right what is said here, then load this page again: the server looks at the files anew."
    html = f'<div class="facts"><b>There is nothing to show.</b></div><ul class="notices">{listed}</ul>'
    return page(
        "explanation.html",
        title="bye_splits \u00b7 nothing to show",
        theme="dark",
        links=links,
        roots={"head": pn.Spacer(width=0), "reasons": text(f'{html}<p class="hint">{words}</p>')},
    )
