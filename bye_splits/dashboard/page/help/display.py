"""The display."""

from ....chain.shapes import SHAPES
from ....chain.splits import NEAR, SHARE
from ....studies.phases import N_PHI, N_RZ
from . import chain, keys, marks
from .marks import Mark, token
from .topics import ANSWER, PageHelp, Step, Topic

_SHAPES = {name: f"{shape.meaning[0].upper()}{shape.meaning[1:]}." for name, shape in SHAPES.items()}

SPLIT = (
    f"a second cluster within {NEAR:g} of the particle has more than {100 * SHARE:g} % of the energy there"
)

_PARTICLE = Mark(
    "cross", token("generated"), "white cross (black in the light theme)", "the generated particle"
)
_SEED = Mark(
    "x",
    marks.CLUSTER,
    "× in a cluster's colour",
    "a seed, with the number of its cluster; small and without a circle: a seed that got no trigger cells",
)
_SELECTED = Mark("rhombus", token("mark"), "pink outline", "selected trigger cells")

TOPICS = {
    "facts": Topic(
        "The event",
        "The generated particle, its clusters, and how much of the event passes the limits. "
        "A → B: values of both sets.",
        numbers={
            "event": "Number of the event in the file.",
            "generated particle": "η and φ at the calorimeter's face, seen from the origin; its pT and energy.",
            "clusters": "The chain's clusters in this endcap.",
            f"clusters within {NEAR:g} of it": "Clusters closer than that to the particle in (η, φ), and all of the "
            f"endcap. Split: {SPLIT}.",
            "leading E response": f"Energy of the largest cluster within {NEAR:g} of the particle over the particle's.",
            "trigger cells shown": "Those that pass the limits in 3D, of all in the endcap, and their part of the "
            "energy of all.",
            "limits in 3D": "What trigger cells must pass to be in 3D.",
        },
    ),
    "map": Topic(
        "Layer map",
        "The true outlines of the trigger cells of one layer, coloured by what is in them. "
        "Wheel: zoom, drag: move, click: select a trigger cell.",
        (
            Mark(
                "filled rhombus",
                marks.SIGNAL,
                "coloured cell",
                "trigger cell with a signal, in the colours of the bar",
            ),
            Mark(
                "filled rhombus",
                token("no_colour"),
                "grey cell",
                "with a signal, but without a value, as in no cluster",
            ),
            Mark(
                "rhombus",
                token("cell_edge"),
                "faint cell",
                "trigger cell without a signal above the threshold",
            ),
            Mark("line", token("wafer"), "grey line", "border of a wafer, the silicon module"),
            _SEED,
            Mark(
                "circle",
                marks.CLUSTER,
                "circle in a cluster's colour",
                "the radius of that cluster in this layer",
            ),
            Mark("dashed circle", marks.B, "dashed circle", "the same of B, shown beside A"),
            Mark(
                "hexagon",
                marks.CLUSTER,
                "hexagon in a cluster's colour",
                "that cluster's hexagon, with the triangular chain; dashed for B",
            ),
            Mark("diamond", token("text"), "diamond", "a cluster that the file has (cl3d)"),
            _PARTICLE,
            Mark("thin cross", token("generated"), "thin cross", "another generated particle"),
            _SELECTED,
            Mark("hexagon", token("module"), "green hexagon", "a module that coarse seeding has chosen"),
        ),
    ),
    "shower": Topic(
        "Shower in 3D",
        "All trigger cells within the limits of the 3D view, in the colours of the layer map. "
        "Drag: turn, wheel: zoom, right button: move, click: select a trigger cell; cells are drawn 1.2 cm thick.",
        (
            Mark("filled rhombus", marks.SIGNAL, "coloured cell", "trigger cell with a signal"),
            Mark("points", token("loose"), "grey points", "trigger cells without a colour, as in no cluster"),
            Mark(
                "slanted line",
                token("generated"),
                "white line (black in the light theme)",
                "the generated particle",
            ),
            Mark("slanted line", marks.CLUSTER, "line in a cluster's colour", "direction of a seed"),
            Mark("slanted dashes", marks.B, "dashed line", "of a seed of B, shown beside A"),
            Mark("diamond", token("text"), "diamond at the far end", "a cluster that the file has (cl3d)"),
            Mark("box", token("accent"), "blue frame and circles", "the layer of the layer map"),
            Mark("ring", token("disc"), "faint circles", "inner and outer radius of every third layer"),
            Mark("pin", token("mark"), "pink outline with a pin", "the selected trigger cell"),
            Mark("prism", token("module"), "green prism", "a module that coarse seeding has chosen"),
        ),
    ),
    "stages": Topic(
        "Stages of the chain",
        "From left to right how seeds are found: histogram, smoothed histogram, decision; with coarse seeding "
        "sums of modules, their ratio to the threshold, lattice of trigger cells; with the experimental triangular "
        "chain sums of pT over hexagons, what is left of them for the second pass, decision. "
        "Hover for the values around a bin and why it is no seed; click it to select its trigger cells.",
        (
            Mark("filled square", marks.BIN, "coloured bin", "sum of mipT"),
            Mark(
                "swatch",
                marks.BELOW,
                "dark bin (bright in the light theme)",
                "decision: not above the seed threshold",
            ),
            Mark("swatch", marks.BEATEN, "blue bin", "decision: above it, but not the maximum of its window"),
            Mark("swatch", marks.SEED, "yellow bin (brown in the light theme)", "decision: seed"),
            Mark("x", marks.CLUSTER, "× in a cluster's colour", "a seed"),
            Mark(
                "box",
                marks.CLUSTER,
                "box in a cluster's colour",
                "the window whose maximum the seed is; dashed for B",
            ),
            Mark(
                "cross",
                token("generated"),
                "white cross (black in the light theme)",
                "the generated particle",
            ),
            Mark("dot", token("accent"), "blue dots", "trigger cells of the layer map, in the histogram"),
            Mark("square", token("mark"), "pink square", "the selected trigger cell"),
            Mark("box", token("generated"), "white box (black in the light theme)", "the selected bin"),
            Mark(
                "filled hexagon",
                marks.UNDER,
                "blue module",
                "coarse seeding: sum below the module's threshold",
            ),
            Mark("filled hexagon", marks.OVER, "orange module", "coarse seeding: sum above it"),
            Mark(
                "hexagon",
                token("generated"),
                "white outline (black in the light theme)",
                "coarse seeding: a chosen module",
            ),
            Mark(
                "dashed line",
                token("accent"),
                "blue dashes",
                "coarse seeding: edges in η between the thresholds",
            ),
            Mark(
                "filled hexagon",
                marks.BIN,
                "coloured hexagon",
                "triangular: sum over the six triangles around its centre",
            ),
            Mark(
                "swatch",
                marks.SECOND,
                "orange hexagon (brown in the light theme)",
                "triangular: seed of the second pass",
            ),
            Mark(
                "swatch",
                marks.EMPTIED,
                "violet hexagon",
                "triangular: beside a seed of the first pass, emptied before the second",
            ),
            Mark(
                "hexagon",
                marks.CLUSTER,
                "large hexagon in a cluster's colour",
                "triangular: the trigger cells of a seed",
            ),
        ),
    ),
    "profile": Topic(
        "Profile",
        "Sum of mipT, energy or pT in each layer, as the cells are coloured, of the cells around the particle "
        "if the 3D view is cut there. Click a bar to see its layer.",
        (
            Mark("bar", token("bar"), "bar", "sum in a layer; faint outside the layers of the 3D view"),
            Mark(
                "bar",
                marks.CLUSTER,
                "part in a cluster's colour",
                "what is in that cluster, or in a class of cells",
            ),
            Mark("vertical line", token("accent"), "dotted line", "the layer of the layer map"),
        ),
    ),
    "clusters": Topic(
        "Clusters",
        "The clusters above the pT threshold, with the number by which all panes call them; click one to select it "
        "and its cells, a column's head to sort. "
        "With A | B each cluster of A beside its partner in B, with which it shares most pT, and what became of the cells.",
        (
            Mark("swatch", marks.CLUSTER, "colour of a row", "the cluster's colour in all panes"),
            Mark("swatch", marks.A, "violet", "A, in A | B"),
            Mark("swatch", marks.B, "turquoise", "B, in A | B"),
            *(
                Mark("swatch", ink, f"{name} in the legend", words)
                for (name, ink), words in zip(
                    marks.CHANGES.items(),
                    (
                        "stayed: trigger cells in a cluster of A and in its partner in B",
                        "moved: in clusters of A and B that are no partners",
                        "lost: in a cluster of A only",
                        "gained: in a cluster of B only",
                    ),
                    strict=True,
                )
            ),
        ),
        {
            "all cells": "All trigger cells of the chain, also those below the display threshold, by what becomes of "
            "them from A to B, and their energy.",
        },
    ),
    "why": Topic(
        "Why two?",
        "The shower is split: the sketch has the bins (lattice points, hexagons) from one seed to the "
        "other. Each button is a single change that makes one cluster of them, with the energy response that it "
        "would have; a click makes that change.",
        (
            Mark(
                "bar",
                marks.CLUSTER,
                "bar in a cluster's colour",
                "bin of a seed, its height the smoothed mipT",
            ),
            Mark("bar", token("faint"), "grey bar", "a bin between them"),
            Mark("hollow bar", token("faint"), "dashed bar", "a bin that was empty before smoothing"),
            Mark(
                "dashed line",
                token("faint"),
                "dashed line",
                "height of the lower seed, from which the valley is measured",
            ),
            Mark(
                "swatch",
                token("warn"),
                "square map",
                "one bin: the positions of the particle where it is split; its own position is framed",
            ),
        ),
        {
            "valley": "What remains between the seeds, not the depth: smoothed mipT of the lowest bin between them over "
            "that of the lower seed. Empty: no mipT before smoothing. With coarse seeding mipT of lattice points, "
            "with the triangular chain of hexagons.",
            "to bin edge": "Distance of the seed from the nearest edge of a bin, in R/z and in φ [rad], and in % of the "
            "bin's width: at most 50 %.",
            "to its edge": "With coarse seeding: the seed's module, its sum over its threshold, and steps on the lattice "
            "to the next module.",
            "next / own pT": "With the triangular chain: the pass in which the seed was found, and the largest pT of the "
            "hexagons beside it in % of its own; just below 100 % another one was nearly the seed.",
            "phases": f"The shower is moved with its trigger cells to {N_RZ} × {N_PHI} positions (phases) in the "
            f"particle's bin: φ to the right, R/z upwards. % split: share of them where {SPLIT}.",
        },
    ),
    "cell": Topic(
        "Trigger cell",
        "The selected trigger cell: its place, its signal, and its cluster. "
        "Click a cell in the layer map or in 3D to select it; a click in the map where no cell is deselects it.",
    ),
    "Event": Topic(
        "Event",
        "Which sample and event is shown. Previous match and next match go through the selection of the page Events; "
        "without one they go from one split shower to the next.",
    ),
    "Selection": Topic(
        "Selection",
        "Which layer and which trigger cells are shown, and what their colours mean. "
        "The buttons play the layers one after the other.",
    ),
    "3D view": Topic(
        "3D view",
        "Which trigger cells the 3D view, the profile and the downloads have, and what the view is framed to. "
        "The camera is kept when event or parameters change.",
    ),
    **chain.TOPICS,
}

FIELDS = {
    **chain.FIELDS,
    "Particle": "The sample: its generated particle, or the file's name.",
    "Pile-up": "The sample's mean number of simultaneous proton-proton collisions.",
    "Event": "Number of the event in the file: type one and press Enter; ↑ and ↓ step to the event before and after.",
    "Default events": "Events that the configuration names for this sample.",
    "Step": "Number of events to go on by, set by the keys.",
    "Endcap": "Which end of the detector is shown: z > 0 or z < 0.",
    "Layer": "Layer of the layer map, of those that the trigger reads (keys ← and →).",
    "Layers in 3D": "First and last layer of the 3D view.",
    "Display threshold": "Smallest signal of the trigger cells that are shown, in mipT: transverse energy in units of "
    "MIPs (minimum ionising particles). The chain has its own, TC threshold.",
    "Colour by": "What the colour of a trigger cell stands for: mipT, pT [GeV], energy [GeV], layer, its cluster, or "
    "its distance from the generated particle in the layer [cm].",
    "Colour scale": "Logarithmic or linear colours, of cells and of the stages' bins.",
    "Around the particle": "Radius around the generated particle within which cells are in 3D and in the profile "
    "[cm, in the layer]; all: no cut.",
    "Stretch of z": "Factor by which lengths along the beam are drawn longer in 3D.",
    "Tag": "Your verdict on the event (keys 1 to 9), kept in a file of your own.",
    "Note": "A remark on the event, kept with the tag.",
    "Columns of shapes": "Shapes that are columns of the table of clusters.",
    # heads of the tables of clusters and particles
    "in B": "Part of the pT of A's cluster that is in its partner in B.",
    "E": "Energy. Of a cluster it is pT · cosh η at the cluster's own η, as in CMSSW; the sum of the energies of its "
    "trigger cells, each at its own η, differs by up to 0.3 %, with pile-up by up to 2 %.",
    "E resp.": "Energy response: of a cluster near the generated particle, its energy over that of the particle.",
    "TCs": "Number of trigger cells in the cluster.",
    "file": "What became of the cluster: in the file and in the chain the same, or moved; missing in the chain; extra "
    "there.",
    "pT file": "pT of the cluster in the file [GeV].",
    "TCs file": "Number of trigger cells of the cluster in the file, where it has that.",
    **_SHAPES,
    "seed": "Height of the cluster's seed: mipT of the smoothed bin, with coarse seeding of the lattice point, "
    "with the triangular chain of the hexagon.",
}
BUTTONS = {
    **chain.BUTTONS,
    "+": "Choose columns of shapes for the table of clusters; a row's tooltip has all of them.",
    "\u25c7": "The file's own clusters beside those of the chain: which are the same.",
    **_SHAPES,
    "Previous": "The event before in the file (key ↑).",
    "Next": "The event after in the file (key ↓).",
    "Random": "Any event of the sample.",
    "Previous match": "The match before in the order of the selection (key p).",
    "Next match": "The next match in the order of the selection (key n).",
    "Previous split": "The shower before that is split with the present parameters (key p).",
    "Next split": "The next shower that is split with the present parameters (key n).",
    "Undo": "Take the last tag or note back (key u).",
    "previous, layers": "The layer before.",
    "pause, layers": "Stop at this layer.",
    "play, layers": "Show the layers one after the other.",
    "next, layers": "The next layer.",
    "Frame shower": "Fit the 3D view to the cells that are shown, and reset its camera.",
    "Frame endcap": "Fit the 3D view to the whole endcap, and reset its camera.",
    "CSV": "The trigger cells that 3D shows, or the clusters, as text that pandas.read_csv reads; the JSON has the units.",
    "Parquet": "The same columns, with their units in the metadata.",
    "JSON": "What the tables are of: sample, event, limits, geometry, parameters and units.",
    "Copy as Python": "A script that computes the clusters that are shown, to the clipboard.",
    "Copy as YAML": "The parameters that are shown, as a file for bye-splits chain --parameters, to the clipboard.",
    "Copy as CMSSW": "The parameters that are shown, as a fragment of a CMSSW configuration that says where CMSSW differs, to the clipboard.",
    "As before": "Take the change back that has made one cluster.",
    "Compare as A | B": "Show both: A is before the change, B after it.",
    "remedy": "Make this change: the clusters become one, with the energy response behind the dot.",
    "2D": "The layer map alone.",
    "both": "The layer map and the 3D view.",
    "3D": "The 3D view alone.",
    "stages": "The stages of the chain in place of both.",
    "To the shower": "Move the map to the generated particle, without one to the cell of highest mipT.",
    "Whole layer": "Zoom out to the whole layer.",
    "Clusters": "The table of clusters, and for a split shower why.",
    "Trigger cell": "The selected trigger cell in numbers.",
    "Profile": "The sums per layer, in place of clusters and card.",
}
TOUR = (
    Step("Event", "Choose an event", "Take a sample and type an event's number, or step with ↑ and ↓. "
         "Next split (n) goes to a shower that is reconstructed as two clusters."),
    Step("map", "One layer", "Each cell is a trigger cell at its true place. ← and → change the layer, "
         "the wheel zooms, a click selects a cell in all panes."),
    Step("shower", "The whole shower", "The same cells in 3D: drag to turn. Lines are the directions of seeds "
         "and of the generated particle."),
    Step("Chain", "Change the reconstruction", "Drag Radius or Seed threshold: clusters follow at once in all "
         "panes. Compare sets a second set of parameters beside the first."),
    Step("clusters", "Look why", "The clusters, and for a split shower why there are two and what makes them one. "
         "The ? of each pane explains its marks; the key ? lists all keys."),
)  # fmt: skip
DISPLAY = PageHelp(
    "Display",
    "One event: a layer of trigger cells, the shower in 3D, and the chain's clusters for the parameters at the left.",
    TOPICS,
    FIELDS,
    BUTTONS,
    (
        *("layers", "events", "matches", "tags", "undo", "view", "switch"),
        *(*keys.ON_PICTURES, *keys.ON_TABLES, *keys.EVERYWHERE),
    ),
    TOUR,
    {
        "splits": "Share of the sample's particles whose shower is split under A, with its 68 % Clopper–Pearson "
        f"interval; then under B. Split: {SPLIT}.",
        **ANSWER,
    },
)
