"""The pages of the studies by slug."""

import panel as pn

from ...catalogue import Catalogue
from ...page.template import Links
from .compare import COMPARE
from .drawn import Study
from .efficiency import EFFICIENCY
from .own_clusters import OWN_CLUSTERS
from .page import study_page
from .pileup import PILEUP
from .report import REPORT
from .response import RESPONSE
from .scan import SCAN
from .splits import SPLITS

STUDIES: dict[str, Study] = {
    "response": RESPONSE,
    "splits": SPLITS,
    "efficiency": EFFICIENCY,
    "compare": COMPARE,
    "pileup": PILEUP,
    "scan": SCAN,
    "report": REPORT,
    "cl3d": OWN_CLUSTERS,
}


def studies_page(slug: str, catalogue: Catalogue, links: Links, tabs: Links, address: str) -> pn.Template:
    """The page of a slug for the current session; see `page.study_page`."""
    return study_page(STUDIES[slug], catalogue, links, tabs, address)
