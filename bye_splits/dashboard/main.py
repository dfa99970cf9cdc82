"""What `panel serve bye_splits/dashboard` runs for each session, served at /dashboard."""

import panel as pn

from bye_splits.dashboard.routing import PAGES, show_shared

asked = pn.state.session_args.get("page", [b"display"])[0].decode(errors="replace")
show_shared(asked if asked in PAGES else "display", address="?page={}").servable()
