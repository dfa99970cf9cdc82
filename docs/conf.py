"""Sphinx configuration of the documentation: `make docs` builds it into docs/_build."""

import sys
from pathlib import Path

from bye_splits import __version__

sys.path.insert(0, str(Path(__file__).parent / "extensions"))

project = "bye_splits"
author = "the bye_splits authors"
project_copyright = author
release = version = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "declared", "docstrings", "mathml"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build", "extensions"]
nitpicky = False  # types in docstrings are words

myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 4
myst_url_schemes = ["http", "https", "mailto"]

html_theme = "furo"
html_title = f"bye_splits {release}"
html_math_renderer = "mathml"  # browsers draw it without a script, and so without a network
html_copy_source = False

autodoc_member_order = "bysource"
autodoc_typehints = "none"  # they are in the docstrings
default_role = "code"
