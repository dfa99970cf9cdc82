"""The chain's controls of the display: those of all pages, and the export as a script or parameter file."""

from panel.viewable import Viewable, Viewer

from ..shared import chain_controls
from .copy_as import CopyAs


class ChainControls(chain_controls.ChainControls):
    """Widgets synchronised with the displayed set; around them, copies of it for use elsewhere."""

    def build(self) -> None:
        self.copy_as = CopyAs(self.state)
        super().build()

    def beside_heading(self) -> list[Viewable | Viewer]:
        return [self.copy_as.buttons["CMSSW"]]

    def below(self) -> list[Viewable | Viewer]:
        return [self.copy_as]
