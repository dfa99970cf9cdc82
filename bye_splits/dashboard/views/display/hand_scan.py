"""The hand scan in the display: tag and note of the displayed endcap of the event."""

import panel as pn
from panel.viewable import Viewable

from ...page.template import widget_css
from ...state.display import DisplayState
from ...state.hand_scan import HandScan
from ..shared.base import draws
from ..shared.controls import Controls, row, style

NONE = "no tag"


class HandScanView(Controls):
    """A choice of tags, which the keys 1 to 9 make, a note, and a way back, which is the key u.

    Parameters
    ----------
    scan : the tags of the displayed sample
    display : of the same graph
    """

    def __init__(self, scan: HandScan, display: DisplayState) -> None:
        self.display = display
        scan.display = display
        super().__init__(scan)

    def build(self) -> None:
        self.tag = pn.widgets.Select(label="Tag", options=[NONE], **style("unlabelled"))
        self.note = pn.widgets.TextInput(label="Note", placeholder="note", **style("unlabelled"))
        undo = {"sizing_mode": "fixed", "width": 40, "height": 22, "margin": 0, "align": "center"}
        self.undo = pn.widgets.Button(label="Undo", css_classes=["small"], stylesheets=[widget_css()], **undo)
        self.follow(self.tag, self._tag)
        self.follow(self.note, self._note)
        self.undo.on_click(lambda event: self.state.undo())
        self._all = pn.Column(
            row(self.tag, self.note, self.undo),
            sizing_mode="stretch_width",
            margin=0,
            visible=self.state.enabled,
        )

    def __panel__(self) -> Viewable:
        return self._all

    @property
    def _where(self) -> tuple[int, int, int]:
        """Entry, endcap and number of the displayed event."""
        shown = self.display.shown
        return self.display.navigation.entry, shown.side, int(shown.loaded.event.number)

    def _tag(self, label: str) -> None:
        self.state.say(*self._where, tag="" if label == NONE else label.partition(" ")[2])

    def _note(self, words: str) -> None:
        self.state.say(*self._where, note=words.strip())

    @draws("tags", "display.shown.loaded", "display.shown.endcap")
    def fields(self) -> None:
        """Tag and note of what is displayed."""
        if not self.state.enabled:
            return
        entry, endcap, _ = self._where
        said = self.state.tag_of(entry, endcap)
        labels = {"": NONE} | {word: f"{key} {word}" for key, word in enumerate(self.state.words, 1)}
        tag = said.tag if said else ""
        label = labels.setdefault(tag, f"\u00b7 {tag}")  # a word that is no longer configured
        options = list(labels.values())
        self.tag.param.update(options=options, value=label)
        self.note.value = said.note if said else ""
