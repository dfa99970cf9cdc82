"""Which parameters of a page's state are in its link: all but what is read and what is said."""

NOT_IN_LINKS = {"name", "loaded", "geometry", "message", "made"}  # the event is in a link by its number


def link_names(state) -> set[str]:
    """Names of the parameters of a DisplayState that are in a link."""
    return set(state.names) - NOT_IN_LINKS
