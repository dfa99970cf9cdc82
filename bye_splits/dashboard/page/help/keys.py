"""The keys: declared here, used by the scripts, listed on the pages and in the documentation."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Key:
    """One key, or several that belong together.

    Attributes
    ----------
    codes : values of `KeyboardEvent.key`, in the order in which the scripts use them
    shown : how they are written
    meaning : what they do
    within : what has to have the focus, "" for the page
    """

    codes: tuple[str, ...]
    shown: str
    meaning: str
    within: str = ""


PICTURE = "a picture with a cursor"  # that Tab has reached
TABLE, HEADS = "a table", "the heads of a table"
KEYS = {
    "layers": Key(("ArrowLeft", "ArrowRight"), "← →", "previous, next layer with trigger cells"),
    "events": Key(("ArrowUp", "ArrowDown"), "↑ ↓", "previous, next event; also while Event has the focus"),
    "matches": Key(("p", "n"), "p n", "previous, next match of the selection, without one: split shower"),
    "tags": Key(tuple("123456789"), "1 … 9", "tag the event, where a hand scan is configured"),
    "undo": Key(("u",), "u", "take the last tag or note back"),
    "view": Key(("v", "f", "s", "t"), "v f s t", "3D as usual, from the front, the side, the top"),
    "switch": Key(
        ("o", "d", "c"),
        "o d c",
        "3D: parallel projection, lines of seeds, diamonds of the file's clusters, on or off",
    ),
    "rows": Key(("ArrowUp", "ArrowDown"), "↑ ↓", "mark the previous, next row of the table"),
    "pages": Key(("ArrowLeft", "ArrowRight"), "← →", "previous, next page of the table"),
    "row": Key(
        ("ArrowUp", "ArrowDown"), "↑ ↓", "the previous, next row; above the first one the heads", TABLE
    ),
    "heads": Key(("ArrowLeft", "ArrowRight"), "← →", "the previous, next head", HEADS),
    "sort": Key(("Enter", " "), "Enter, space", "sort by it, again: the other way round", HEADS),
    "open": Key(("Enter",), "Enter", "open the marked row in the display"),
    "help": Key(("?",), "?", "open and close this list"),
    "leave": Key(
        ("Escape",),
        "Esc",
        "close help or tour; give the keys back to the page; deselect the row of a table",
    ),
    "left_right": Key(
        ("ArrowLeft", "ArrowRight"),
        "← →",
        "the cursor to the left, right; the tooltip is of what it is on",
        PICTURE,
    ),
    "up_down": Key(("ArrowDown", "ArrowUp"), "↓ ↑", "the cursor down, up", PICTURE),
    "click": Key(("Enter", " "), "Enter, space", "select what the cursor is on", PICTURE),
    "zoom": Key(("-", "+"), "− +", "zoom out, in", PICTURE),
    "whole": Key(("0",), "0", "show all again", PICTURE),
    "picture": Key(("i",), "i", "save it as a picture", PICTURE),
    "take": Key(("Enter",), "Enter", "take what was typed", "a field"),
    "next": Key(("Tab",), "Tab", "go on to the next control, out of a table, too", "a control"),
    "slide": Key((), "← →", "change it by one step", "a slider"),
    "choose": Key((), "↑ ↓", "change the choice", "a menu"),
}
"""By the name that the scripts use; those without codes are the browser's own."""

ON_PICTURES = ("left_right", "up_down", "click", "zoom", "whole", "picture")
ON_TABLES = ("row", "heads", "sort")
EVERYWHERE = ("help", "leave", "take", "next", "slide", "choose")


def codes() -> dict[str, list[str]]:
    """The codes of each key that the scripts handle."""
    return {name: list(key.codes) for name, key in KEYS.items() if key.codes}
