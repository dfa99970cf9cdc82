"""The page shown instead of one that cannot be created."""

from collections.abc import Iterable
from html import escape

import panel as pn

from ..page.template import Links
from .template import page, text


def explanation(reasons: Iterable[str], links: Links) -> pn.Template:
    """A page with the reasons why there is nothing to show.

    Parameters
    ----------
    reasons : paragraphs of plain text
    links : navigation links, see `page`
    """
    listed = "".join(f"<li>{escape(reason)}</li>" for reason in reasons)
    hint = "Correct the problems listed above, then reload this page: the server reads the files again."
    html = f'<div class="facts"><b>There is nothing to show.</b></div><ul class="notices">{listed}</ul>'
    return page(
        "explanation.html",
        title="bye_splits \u00b7 nothing to show",
        theme="dark",
        links=links,
        roots={"head": pn.Spacer(width=0), "reasons": text(f'{html}<p class="hint">{hint}</p>')},
    )
