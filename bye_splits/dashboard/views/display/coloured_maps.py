"""What the maps of all scopes have in common: one scale of the colours."""

from typing import Any

from ..shared.base import StateView, draws


class ColouredMaps(StateView):
    """Maps in the scale of colours of the page; a subclass makes `maps`, whose `coloured` are by map."""

    maps: Any

    @draws("colours.colour_scale", "chain.result")
    def scale(self) -> None:
        """The scale of the colours."""
        for coloured in self.maps.coloured.values():
            coloured.show(self.state.colours.colour_scale)
