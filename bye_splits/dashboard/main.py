"""What `panel serve bye_splits/dashboard` runs for each session, served at /dashboard."""

import panel as pn

from bye_splits.dashboard.routing import PAGES, shared_catalogue, show

asked = pn.state.session_args.get("page", [b"display"])[0].decode(errors="replace")
show(asked if asked in PAGES else "display", shared_catalogue(), address="?page={}").servable()
