"""Script that `panel serve bye_splits/dashboard` runs for each session, served at /dashboard."""

from bye_splits.dashboard.routing import requested_page, show_shared

show_shared(requested_page(), address="?page={}").servable()
