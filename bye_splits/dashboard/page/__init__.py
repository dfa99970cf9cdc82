"""The page around the views: template, address, error page."""
