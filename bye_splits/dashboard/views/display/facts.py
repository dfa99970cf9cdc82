"""Text of the display: the line of facts above the panes, the panes' titles, the selected cell's card."""

from html import escape

import numpy as np

from ....chain.chains import CHAINS
from ....chain.splits import NEAR, is_split
from ....counting import counted, ordinal
from ....data.particle_names import particle_name
from ....geometry import Geometry
from ...page.help.display import DISPLAY
from ...state.colour_modes import SUMMED
from ...state.cuts import EVERYTHING
from ...state.display import DisplayState
from ..shared.base import draws
from ..shared.words import HtmlView, badge, thousands

PARTICLE = "generated particle"
SPLIT = " \u2014 split"
MOST_SHARES = 4  # clusters that are named of those that share a trigger cell
ARROW, DOT = " \u2192 ", " \u00b7 "


def _section(geometry: Geometry, layer: int) -> str:
    return "CE-E" if geometry.is_cee(layer) else "CE-H"


def _signed(value: float, digits: int) -> str:
    return f"{value:.{digits}f}".replace("-", "\u2212")


def _cells(number: int, verb: str = "", of_many: str = "") -> str:
    """A number of trigger cells, followed by a verb."""
    one, many = f"trigger cell {verb}".rstrip(), f"trigger cells {of_many}".rstrip()
    return counted(number, one, many, thousands)


class FactsView(HtmlView):
    """Line of facts about the event."""

    @draws(
        *("shown.loaded", "shown.endcap", "shown.particles", "shown.generated", "shown.file_clusters"),
        *("cuts.layers_3d", "cuts.threshold", "cuts.cylinder", "seen", "colours.colour_by"),
        "chain.shown_results",
    )
    def html(self) -> str:
        state, shown = self.state, self.state.seen
        event, generated = state.shown.loaded.event, state.shown.generated
        facts = [("event", f"{event.number}")]
        if not state.shown.loaded.particle_known:
            facts.append((PARTICLE, "not in the file"))
        elif generated is None:
            facts.append((PARTICLE, f"none in the {_endcap(state.shown.endcap)}"))
        else:
            facts.append(_particle(generated, self._place()))
        if not state.shown.loaded.has_trigger_cells:
            facts += [*self._file_clusters(), ("trigger cells", "none in the file")]
            return self._line(facts)
        facts += self._clusters()
        cells = f"{thousands(shown['cells'])} of {thousands(shown['total'])}"
        facts.append(("trigger cells shown", f"{cells} \u00b7 {100 * shown['energy']:.0f} % of energy"))
        limits = [f"mipT \u2265 {state.cuts.threshold:g}"]
        if state.cuts.layers_3d != state.cuts.all_layers:
            limits.append("layers {} \u2013 {}".format(*state.cuts.layers_3d))
        if around := _around(state).removeprefix(DOT):
            limits.append(around)
        facts.append(("limits in 3D", " \u00b7 ".join(limits)))
        return self._line(facts)

    def _line(self, facts: list[tuple[str, str]]) -> str:
        known = DISPLAY.topics["facts"].numbers
        means = {label: PARTICLE if label.startswith("generated ") else label for label, _ in facts}
        means = {label: name for label, name in means.items() if name in known}
        return self.facts([(label, value, None) for label, value in facts], self._notices(), means)

    def _notices(self) -> list[str]:
        """Irregularities of the event, and items that are not shown."""
        state = self.state
        notices = [
            *self._empty(),
            *state.shown.loaded.notices,
            *state.shown.geometry.notices,
            *self._left_out(),
        ]
        undefined = state.colours.colour_mode.undefined(state)
        return [*notices, undefined] if undefined else notices

    def _place(self) -> str:
        """Which of several generated particles is selected."""
        n = len(self.state.shown.particles)
        return f", {_ordinal_word(min(self.state.shown.chosen, n - 1) + 1)} of {n}" if n > 1 else ""

    def _empty(self) -> list[str]:
        """A sentence if the event or the endcap is empty."""
        sides, endcap = self.state.shown.loaded.sides, self.state.shown.endcap
        what = (
            "trigger cells"
            if self.state.shown.loaded.has_trigger_cells
            else "clusters and no generated particles"
        )
        if not sides:
            return [f"This event has no {what} to show."]
        return [] if endcap in sides else [f"This event has no {what} in the {_endcap(endcap)}."]

    def _file_clusters(self) -> list[tuple[str, str]]:
        """Same as `_clusters` for the file's own clusters."""
        state = self.state
        total = f"{len(state.shown.file_clusters['pt'])}"
        if state.shown.generated is None:
            return [("clusters of the file", total)]
        near = state.shown.file_clusters_near
        split = SPLIT * is_split(state.shown.file_clusters["energy"][near])
        facts = [(f"the file's clusters within {NEAR:g} of it", f"{len(near)}{split} \u00b7 {total} in all")]
        if len(near) and state.shown.generated["energy"] > 0:
            response = state.shown.file_clusters["energy"][near].max() / state.shown.generated["energy"]
            facts.append(("leading E response", f"{response:.2f}"))
        return facts

    def _left_out(self) -> list[str]:
        """Sentences on trigger cells that the chain does not use."""
        result = self.state.chain.result
        words = []
        if result.outside:
            words.append(
                _cells(result.outside, "lies", "lie") + " outside the limits of R/z: not in the histogram."
            )
        if result.not_finite:
            words.append(_cells(result.not_finite, "is", "are") + " not in the chain: not finite.")
        parameters = result.parameters
        if parameters.radius is None and CHAINS[parameters.chain].by_radius:
            beyond = self.state.shown.loaded.layer[self.state.chain.chain_rows] > len(
                parameters.cluster.radii
            )
            if beyond.any():
                verb = "is", "are"
                words.append(
                    _cells(int(beyond.sum()), *verb) + " in layers behind the radii by layer: not clustered."
                )
        if below := result.below_threshold:
            least = f"{parameters.tc_threshold:g} mipT"
            words.append(_cells(below, "is", "are") + f" not in the chain: below {least}.")
        return words

    def _clusters(self) -> list[tuple[str, str]]:
        """Numbers of clusters, and the response of the largest one near the particle.

        If both sets are shown, the values of A and B with an arrow between them, each with its name.
        """
        state = self.state
        results = [result for _, result, _ in state.colours.shown_sets]
        names = ("A ", "B ") if len(results) > 1 else ("",)

        def by_set(values: list[str]) -> str:
            return ARROW.join(map("".join, zip(names, values, strict=True)))

        total = ARROW.join(str(len(result.clusters)) for result in results)
        if state.shown.generated is None:
            return [("clusters", by_set([str(len(result.clusters)) for result in results]))]
        near = [state.chain.near_particle_of(result) for result in results]
        energies = [r.clusters["energy"].to_numpy()[rows] for r, rows in zip(results, near, strict=True)]
        numbers = by_set([f"{len(energy)}" + SPLIT * is_split(energy) for energy in energies])
        facts = [(f"clusters within {NEAR:g} of it", f"{numbers} \u00b7 {total} in all")]
        if any(map(len, near)) and state.shown.generated["energy"] > 0:
            responses = [
                f"{energy.max() / state.shown.generated['energy']:.2f}" if len(energy) else "\u2013"
                for energy in energies
            ]
            facts.append(("leading E response", by_set(responses)))
        return facts


def _directions(state: DisplayState) -> str:
    """Numbers of the directions drawn for an event without trigger cells."""
    clusters = counted(len(state.shown.file_clusters["pt"]), "cluster")
    return f"{clusters}{DOT}{counted(len(state.shown.particles), 'particle')}"


def _around(state: DisplayState) -> str:
    """The cylinder cut of the 3D view and profile, after a dot; "" without a cut."""
    if state.cuts.cylinder == EVERYTHING or state.shown.generated is None:
        return ""
    return f"{DOT}within {state.cuts.cylinder:g} cm of the particle"


def _table(rows: list[tuple[str, str]]) -> str:
    """Names and values as an HTML table; "" without rows."""
    body = "".join(f"<tr><th>{escape(name)}</th><td>{escape(words)}</td></tr>" for name, words in rows)
    return f'<table class="card">{body}</table>' if rows else ""


def _endcap(endcap: str) -> str:
    return f"{endcap.replace('-', chr(0x2212))} endcap"


def _ordinal_word(number: int) -> str:
    return ("first", "second", "third")[number - 1] if number <= 3 else ordinal(number)


def _particle(generated: dict, place: str) -> tuple[str, str]:
    """Label and properties of a generated particle; a file may lack all but its direction."""
    words = [f"\u03b7 {_signed(generated['exeta'], 2)}", f"\u03c6 {_signed(generated['exphi'], 2)}"]
    if np.isfinite(generated["pt"]):
        words.append(f"pT {generated['pt']:.1f} GeV")
    if np.isfinite(generated["energy"]):
        words.append(f"E {generated['energy']:.0f} GeV")
    return f"generated {particle_name(generated['pid'])}{place}", " \u00b7 ".join(words)


class BadgeView(HtmlView):
    """Badge that describes data other than CMS data."""

    @draws("shown.loaded")
    def html(self) -> str:
        return badge(self.state.shown.loaded.description)


class MapTitle(HtmlView):
    """Title of the 2D pane."""

    @draws("shown.loaded", "shown.endcap", "cuts.layer", "cuts.in_layer")
    def html(self) -> str:
        state = self.state
        z = state.shown.geometry.layer_z[state.cuts.layer] * state.shown.side
        where = f"{_section(state.shown.geometry, state.cuts.layer)} \u00b7 z = {_signed(z, 1)} cm"
        what = (
            _cells(len(state.cuts.in_layer)) if state.shown.loaded.has_trigger_cells else _directions(state)
        )
        return self.title(f"Layer {state.cuts.layer}", f"{where} \u00b7 {what}")


class ProfileTitle(HtmlView):
    """Title of the pane with the sums per layer."""

    @draws("shown.loaded", "shown.generated", "cuts.cylinder", "colours.summed")
    def html(self) -> str:
        name = f"{SUMMED[self.state.colours.summed][0]} per layer"
        if not self.state.shown.loaded.has_trigger_cells:
            return self.title(name, "no trigger cells in the file")
        return self.title(name, _around(self.state).removeprefix(DOT))


class ShowerTitle(HtmlView):
    """Title of the 3D pane."""

    @draws(
        *("shown.loaded", "shown.particles", "shown.generated", "shown.file_clusters"),
        *("cuts.layers_3d", "cuts.in_3d", "cuts.cylinder", "framed"),
    )
    def html(self) -> str:
        state = self.state
        if not state.shown.loaded.has_trigger_cells:
            return self.title("Directions", _directions(state))
        layers = (
            "all layers"
            if state.cuts.layers_3d == state.cuts.all_layers
            else "layers {} \u2013 {}".format(*state.cuts.layers_3d)
        )
        around, outside = _around(state), state.framed[1]
        if outside:
            around += f"{DOT}{thousands(outside)} outside the frame"
        words = f"{layers} \u00b7 {_cells(len(state.cuts.in_3d))}{around}"
        return self.title("Shower", words)


class CardView(HtmlView):
    """Card of the selected trigger cell."""

    def build(self) -> None:
        super().build()
        # Brings the selection into view; the text is HTML-escaped by the server.
        self._pane.jscallback(text="byeSplits.low(cb_obj.text.includes('hint') ? 'clusters' : 'cell')")

    @draws(
        *("selection.selected", "selection.selected_row", "shown.loaded", "shown.from_axis"),
        *("chain.shown_results", "chain.both_shown"),
    )
    def html(self) -> str:
        state = self.state
        if state.selection.selected < 0:
            if not state.shown.loaded.has_trigger_cells:
                return (
                    '<p class="hint">The file has no trigger cells; a click selects a cell of the layer.</p>'
                )
            return '<p class="hint">Click a trigger cell in the map or in the shower.</p>'
        cell = state.shown.geometry.trigger_cells.iloc[state.selection.selected]
        rows = [("layer", f"{cell.layer} ({_section(state.shown.geometry, cell.layer)})")]
        if cell.subdet == 10:
            rows += [("scintillator", f"ieta {cell.cellu}, iphi {cell.cellv}")]
        else:
            rows += [
                ("wafer u, v", f"{_signed(cell.waferu, 0)}, {_signed(cell.waferv, 0)} ({cell.part})"),
                ("cell u, v", f"{cell.cellu}, {cell.cellv}"),
            ]
        row, signal = state.selection.selected_row, []
        if row < 0:
            rows.append(("signal", "none in this event"))
        else:
            value = {name: float(values[row]) for name, values in state.shown.loaded.value.items()}
            rows += [(f"cluster{name}", words) for name, words in self._clusters(row)]
            if state.shown.from_axis is not None:
                rows.append(("from the particle", f"{state.shown.from_axis[row]:.1f} cm"))
            signal = [
                ("mipT", f"{value['mipPt']:.3g}"),
                ("pT", f"{value['pt']:.3g} GeV"),
                ("energy", f"{value['energy']:.3g} GeV"),
                ("\u03b7, \u03c6", f"{_signed(value['eta'], 3)}, {_signed(value['phi'], 3)}"),
                ("x, y, z", ", ".join(_signed(value[name], 1) for name in "xyz") + " cm"),
            ]
        return f'<div class="cards">{_table(rows)}{_table(signal)}</div>'

    def _clusters(self, row: int) -> list[tuple[str, str]]:
        """The cluster that contains the trigger cell, or those that share it, in each displayed set."""
        state, rows = self.state, []
        for (name, shares), (_, result, _) in zip(
            state.selection.shares_of(row).items(), state.colours.shown_sets, strict=True
        ):
            below = state.shown.loaded.value["mipPt"][row] < result.parameters.tc_threshold
            words = "none, below the TC threshold" if below else "none"
            if result.shared and shares:
                listed = [f"{cluster} {100 * share:.3g} %" for cluster, share in shares[:MOST_SHARES]]
                more = [f"{len(shares) - MOST_SHARES} more"] if len(shares) > MOST_SHARES else []
                words = " \u00b7 ".join(listed + more)
            elif shares:
                ((cluster, _),) = shares
                words = f"{cluster} \u00b7 pT {result.clusters['pt'].iat[cluster]:.3g} GeV"
            rows.append((f" of {name}" if state.chain.comparison is not None else "", words))
        return rows
