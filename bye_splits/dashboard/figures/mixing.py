"""Mixtures of two colours, for which nothing needs to be imported."""


def mixed(colour: str, other: str, part: float) -> str:
    """A colour "#rrggbb" with a part (0 to 1) of another one."""
    both = [[int(one[k : k + 2], 16) for k in (1, 3, 5)] for one in (colour, other)]
    return "#" + "".join(f"{round(a + part * (b - a)):02x}" for a, b in zip(*both, strict=True))
