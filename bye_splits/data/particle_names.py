"""Names of generated particles."""

NAMES = {
    22: "photon",
    11: "electron",
    -11: "positron",
    211: "pion \u03c0\u207a",
    -211: "pion \u03c0\u207b",
    **dict.fromkeys(range(1, 7), "quark"),
    **dict.fromkeys(range(-6, 0), "antiquark"),
    **{21: "gluon", 13: "muon", -13: "antimuon", 15: "tau", -15: "antitau"},
    **{111: "pion \u03c0\u2070", 130: "kaon K\u2070L", 321: "kaon K\u207a", -321: "kaon K\u207b"},
    **{2212: "proton", -2212: "antiproton", 2112: "neutron", -2112: "antineutron"},
}
"""By PDG number."""


def particle_name(pid: int) -> str:
    """Name of a kind of particle."""
    return NAMES.get(int(pid), "particle")
