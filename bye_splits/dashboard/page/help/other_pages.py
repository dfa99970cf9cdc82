"""The pages of the detector, of a sample's events and of its occupancy."""

from . import chain, keys, marks
from .marks import Mark, token
from .topics import PageHelp, Topic

_SETS = {name: chain.BUTTONS[name] for name in ("A", "B", "More")}

EVENTS = PageHelp(
    "Events",
    "The catalogue of a sample: what became of each generated particle under A and B, a row each.",
    {
        "facts": Topic(
            "The sample",
            "How many generated particles are known so far, how many match the selection, and what became of them. "
            "The sample is worked through in the background; the numbers grow until it is done.",
        ),
        "table": Topic(
            "Catalogue",
            "A row for each generated particle; the head of a column says what it is, and sorts. "
            "Click a row, or mark it with ↑ and ↓ and press Enter, to open it in the display.",
            (Mark("filled square", token("accent"), "tinted row", "the row that was opened last"),),
        ),
        "Sample": Topic(
            "Sample",
            "Whose particles are listed. Rows, numbers and downloads are of this sample alone.",
        ),
        "Selection": Topic(
            "Selection",
            "Which rows are listed: a named selection, or a condition on the columns and limits of your own. "
            "In the display, Next match and Previous match then go through these rows in this order.",
        ),
        "Download": Topic(
            "Download",
            "The rows that match, in their order, with all columns. Parameters and selection go with them.",
        ),
        "Hand scan": Topic(
            "Hand scan",
            "How many events you have given which tag in the display. Below, how far other scanners agree, as "
            "Cohen's κ: 1 for full agreement, 0 for that of chance.",
        ),
        **chain.TOPICS,
    },
    {
        **chain.FIELDS,
        "Sample": "The sample: its particle and pile-up.",
        "Selection": "A named selection with its order.",
        "Condition": "Python-like condition on the columns, such as clusters > 1 and abs(gen_eta) > 2.4; Enter takes it.",
        "min": "Smallest value of the quantity at the left; empty: no limit.",
        "max": "Largest value of the quantity at the left; empty: no limit.",
    },
    {
        **_SETS,
        "CSV": "The matching rows as text.",
        "Parquet": "The matching rows, with units in the columns' metadata.",
        "Tags of all scanners": "A row for each event and scanner: tag, note and time.",
        "First": "The first page of rows.",
        "Prev": "The page of rows before (key ←).",
        "Next": "The next page of rows (key →).",
        "Last": "The last page of rows.",
    },
    ("rows", "pages", "open", "heads", "sort", *keys.EVERYWHERE),
)

GEOMETRY = PageHelp(
    "Geometry",
    "The detector without an event, down to the number of each trigger cell.",
    {
        "facts": Topic(
            "The layer",
            "Position, numbers of wafers and of trigger cells of the layer of the map, and which geometry it is. "
            "The colours are those of both panes.",
        ),
        "map": Topic(
            "Layer map",
            "The trigger cells of one layer of the +z endcap, by kind. "
            "Zoom in to read the cells' numbers (u,v; scintillator: ieta,iphi); click a wafer to choose it.",
            (
                Mark("filled rhombus", marks.KINDS[0], "blue", "of full wafers, or with coarse sensor cells"),
                Mark(
                    "filled rhombus", marks.KINDS[1], "orange", "of partial wafers, or with fine sensor cells"
                ),
                Mark("filled rhombus", marks.KINDS[2], "violet", "of scintillator"),
                Mark("filled rhombus", marks.KINDS[3], "red", "of wafers whose place or shape is uncertain"),
                Mark("rhombus", token("cell_edge"), "faint cell", "outside the section or region"),
                Mark("line", token("wafer"), "grey line", "border of a wafer"),
            ),
        ),
        "detector": Topic(
            "Detector in 3D",
            "The trigger cells of the chosen layers, section and region, coloured as in the map; the layers that "
            "the map does not show are fainter. Of more than 4000, wafers are drawn and not their cells.",
            (
                Mark("line", token("accent"), "frame", "plane and rims of the map's layer"),
                Mark("line", token("text"), "bright line", "border of a wafer, where cells are drawn"),
            ),
        ),
        "Detector": Topic(
            "Detector",
            "Which layer and which part of it is shown, and what the colours mean. "
            "Both panes and the address follow.",
        ),
        "3D view": Topic(
            "3D view",
            "Which layers the 3D view has. The map has one layer, that of the slider above.",
        ),
    },
    {
        "Sample": "The sample whose geometry is shown; each file may have its own.",
        "Layer": "Layer of the map, of those that the trigger reads (keys ← and →).",
        "Section": "Silicon, scintillator, or both.",
        "Region": "All trigger cells, those inside or at the periphery of the silicon, or one wafer.",
        "Wafer u": "Index u of the one wafer.",
        "Wafer v": "Index v of the one wafer.",
        "Colours": "Whether colours tell full from partial wafers, or coarse from fine sensor cells.",
        "Layers in 3D": "First and last layer of the 3D view.",
    },
    {},
    ("layers", *keys.ON_PICTURES, *keys.EVERYWHERE),
)

OCCUPANCY = PageHelp(
    "Occupancy",
    "Where the trigger cells of a whole sample are: by cell, module, (R/z, φ) bin and layer.",
    {
        "facts": Topic(
            "The sample",
            "How many events are summed so far, how many trigger cells they have, and the thresholds of cells and "
            "seeds. The sample is worked through in the background; the maps grow until it is done.",
        ),
        "map": Topic(
            "x–y map",
            "The chosen quantity in each trigger cell or module of one layer. "
            "Click one to list the events that contribute.",
            (
                Mark(
                    "filled rhombus", marks.COUNT, "coloured cell", "the quantity, in the colours of the bar"
                ),
                Mark("rhombus", token("cell_edge"), "faint cell", "nothing in any event so far"),
                Mark("rhombus", token("mark"), "pink outline", "the chosen cell or module"),
            ),
        ),
        "bins": Topic(
            "R/z–φ map",
            "A stage of the chain in the 42 × 216 bins in which it looks for seeds, over all layers or some. "
            "Click a bin to list the events that contribute.",
            (
                Mark("filled square", marks.COUNT, "coloured bin", "the quantity, in the colours of the bar"),
                Mark("square", token("mark"), "pink box", "the chosen bin"),
            ),
        ),
        "profile": Topic(
            "By layer",
            "The chosen quantity summed over each layer. Click a bar to see its layer in the x–y map.",
            (
                Mark("bar", token("bar"), "bar", "a layer; faint if it is not in the R/z–φ map"),
                Mark("vertical line", token("accent"), "dotted line", "the layer of the x–y map"),
            ),
        ),
        "events": Topic(
            "Events",
            "The events that contribute to what was clicked, the largest contribution first. "
            "Each is a link to the display at that event and layer.",
        ),
        "Occupancy": Topic(
            "Occupancy",
            "Which sample, endcap and quantity the maps show. Both maps and the bars follow.",
        ),
        "x–y map": Topic(
            "x–y map",
            "Which layer the map at the left shows, and whether by trigger cell or by module. "
            "A module is a wafer, or a ring of scintillator tiles.",
        ),
        "R/z–φ map": Topic(
            "R/z–φ map",
            "Which stage of the chain the map at the right shows, and of which layers. "
            "Stages after the histogram are sums over all layers.",
        ),
        **chain.TOPICS,
    },
    {
        **chain.FIELDS,
        "Sample": "The sample: its particle and pile-up.",
        "Endcap": "Which end of the detector is shown: z > 0 or z < 0.",
        "Quantity": "What is shown of the trigger cells: their number, mipPt [mipT] or energy [GeV], per event or in all.",
        "Colour scale": "Logarithmic or linear colours.",
        "Layer": "Layer of the x–y map, of those that the trigger reads (keys ← and →).",
        "Coloured by": "One value for each trigger cell, or one for each module.",
        "Stage": "Trigger cells before smoothing, the smoothed histogram [mipT], how often it is above the seed "
        "threshold [%], seeds, or clusters.",
        "Region": "A named range of layers.",
        "Layers": "First and last layer whose trigger cells are in the R/z–φ map.",
        "Section": "Silicon, scintillator, or both.",
    },
    dict(_SETS),
    ("layers", *keys.ON_PICTURES, *keys.ON_TABLES, *keys.EVERYWHERE),
)
