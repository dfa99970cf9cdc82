"""The page around the views: template, address, explanation."""
