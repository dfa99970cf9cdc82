"""The colours of clusters: distinct, also to colour-blind eyes, on dark and on light panes [Paul Tol]."""

CLUSTER_COLOURS = (
    *("#ee6677", "#ddaa33", "#33bbee", "#44aa77", "#aa66cc"),
    *("#ee7733", "#5588dd", "#11aa99", "#cc3377", "#99aa33"),
)
# Of a trigger cell between two sets of parameters, by the codes of `chain.comparison`.
CHANGE_COLOURS = {"stayed": "#8899aa", "moved": "#ddaa33", "lost": "#ee6677", "gained": "#33bbee"}
SET_COLOURS = ("#ee6677", "#33bbee")  # seeds of A and of B, where both are shown
