"""Text of the page of occupancies: the line of facts and the panes' titles."""

from html import escape

from ....counting import counted
from ....sample_geometry import described
from ....studies.occupancy_maps import QUANTITIES, STAGES
from ...catalogue import sample_name
from ...state.occupancy import GROUPINGS, OccupancyState
from ..shared.base import draws
from ..shared.files import File, caption, parameters_in_words
from ..shared.words import HtmlView, missing, thousands


def labelled(title: str, unit: str) -> str:
    """A quantity with its unit.

    Examples
    --------
    >>> labelled("energy per event", "GeV"), labelled("trigger cells per event", "")
    ('energy per event [GeV]', 'trigger cells per event')
    """
    return f"{title} [{unit}]" if unit else title


def layers_of(state: OccupancyState) -> str:
    """The layers of the map of bins in words."""
    first, last = state.layers
    if (first, last) == (1, state.geometry.n_layers):
        return "all layers"
    return f"layer {first}" if first == last else f"layers {first} \u2013 {last}"


def time_left(seconds: float) -> str:
    """An expected time in words.

    Examples
    --------
    >>> time_left(12.3), time_left(200)
    ('12 s left', '3.3 min left')
    """
    return f"{seconds:.0f} s left" if seconds < 100 else f"{seconds / 60:.1f} min left"


def picture_caption(state: OccupancyState) -> File:
    """What is written below pictures: the sample, the events in the maps, scale and parameters."""
    sample, maps = sample_name(state.sample), state.maps
    events = "" if maps is None else f" \u00b7 {counted(maps.events, 'event', written=thousands)}"
    data = state.catalogue.source(state.sample).description.partition(";")[0]
    parameters = parameters_in_words(state.compare, state.parameters, state.chain.width_of(state.parameters))
    lines = [f"{sample}{events} \u00b7 {state.scale} scale", parameters]
    lines += [] if maps is None else [f"Geometry: {described(maps.geometry)}"]
    return caption("_".join(filter(None, (*state.sample, "occupancy"))), *lines, data)


class OccupancyFacts(HtmlView):
    """The sample in numbers, and how far the background has come."""

    @draws("made", "sample", "endcap", "set_b", "compare", "theme")
    def html(self) -> str:
        made, maps = self.state.made, self.state.maps
        particle, pileup = self.state.sample
        facts = [("sample", f"{particle}, pile-up {pileup}" if pileup else particle, None)]
        if self.state.set_b is not None:
            facts.append(("parameters", self.state.compare, None))
        if made is None or (made.progress is None and not made.problem):
            return self.facts([*facts, ("events", "\u2026", None)], ["The file is being examined."])
        if made.problem:
            return self.facts(facts, [made.problem])
        notices = []
        progress = made.progress
        assert progress is not None
        done = f"{thousands(progress.done)} of {thousands(progress.total)}"
        if progress.finished:
            facts.append(
                ("events", thousands(progress.done) if not progress.failed else f"{done} PARTIAL", None)
            )
        else:
            percent = 100 * progress.done / max(progress.total, 1)
            facts.append(("events read so far", f"{done} \u00b7 {percent:.0f} % PARTIAL", None))
            left = progress.left
            rate = f"{progress.rate:.3g} events/s \u00b7 {time_left(left)}" if left is not None else "\u2026"
            facts.append(("in the background", rate, None))
        if maps is not None:
            counts, events = maps.occupancy.counts, max(maps.events, 1)
            settings = maps.occupancy.settings
            if not progress.finished:
                facts += [("events in the maps", thousands(maps.events), None)]
            else:
                facts += [
                    ("trigger cells per event", thousands(round(counts["used"] / events)), None),
                    ("seen at least once", self._seen(), None),
                ]
            facts += [
                ("trigger cells", thousands(counts["used"]), None),
                ("mipPt at least", f"{settings.parameters.tc_threshold:g} mipT", None),
                ("threshold of seeds", f"{settings.parameters.seed_threshold:g} mipT", None),
                ("geometry", f"{maps.geometry.version} \u00b7 {maps.geometry.n_layers} layers", None),
            ]
            notices += [
                f"{counted(n, 'trigger cell is', 'trigger cells are', thousands)} {words}: "
                f"{'not counted' if words not in _COUNTED else 'in the map of bins only'}."
                for words, n in maps.left_out.items()
                if words != "below the threshold of mipPt"
            ]
            outside = counts["outside"]
            if outside:
                words = counted(outside, "trigger cell is", "trigger cells are", thousands)
                notices.append(f"{words} outside R/z of the bins: in the x-y map only.")
        notices += [missing(chunk, why) for chunk, why in made.failures]
        return self.facts(facts, notices)

    def _seen(self) -> str:
        """The share of the trigger cells of an endcap in which there was something."""
        share = self.state.maps.seen(self.state.side)
        return f"{100 * share:.1f} % in {self.state.endcap.replace('-', chr(0x2212))}"


_COUNTED = ("with indices that are not in the geometry", "elsewhere than the geometry has them")


class MapTitle(HtmlView):
    """Title of the x-y map."""

    @draws("layer", "endcap", "quantity", "grouping", "in_layer", "geometry")
    def html(self) -> str:
        state = self.state
        section = "CE-E" if state.geometry.is_cee(state.layer) else "CE-H"
        endcap = state.endcap.replace("-", "\u2212")
        n, whole = len(state.in_layer.numbers), len(state.geometry.numbers_of_layer(state.layer))
        of = "of modules, " if state.grouping != GROUPINGS[0] else ""
        seen = f"{thousands(n)} of {thousands(whole)} seen" if not of else "all events"
        shown = QUANTITIES[state.quantity]
        return self.title(
            f"Layer {state.layer} ({section}), {endcap}",
            f"{of}{labelled(shown.title, shown.unit)} \u00b7 {seen}",
        )


class BinsTitle(HtmlView):
    """Title of the map of bins."""

    @draws("stage", "quantity", "layers", "section", "endcap", "geometry", "made")
    def html(self) -> str:
        state, stage = self.state, STAGES[self.state.stage]
        endcap = state.endcap.replace("-", "\u2212")
        if stage.of is None:
            quantity = QUANTITIES[state.quantity]
            section = "" if state.section == "both" else f", {state.section}"
            where = f"{layers_of(state)}{section}, before smoothing"
            words = f"{labelled(quantity.title, quantity.unit)} \u00b7 {where}"
            return self.title(f"R/z\u2013\u03c6, {endcap}", words)
        name = stage.title
        if state.stage == "above" and state.maps is not None:
            name = f"smoothed above {state.maps.occupancy.settings.parameters.seed_threshold:g} mipT"
        return self.title(
            f"R/z\u2013\u03c6, {endcap}", f"{name}, {labelled(stage.value, stage.unit)} \u00b7 all layers"
        )


class LayersTitle(HtmlView):
    """Title of the bars of the layers."""

    @draws("quantity", "endcap")
    def html(self) -> str:
        shown = QUANTITIES[self.state.quantity]
        endcap = self.state.endcap.replace("-", "\u2212")
        return self.title(f"By layer, {endcap}", labelled(shown.title, shown.unit))


class EventsTitle(HtmlView):
    """Title of the table of events."""

    @draws("events", "cell", "bin", "grouping", "stage", "layers", "section", "geometry", "made")
    def html(self) -> str:
        state, events = self.state, self.state.events
        if events is None:
            return self.title("Events", "click a trigger cell or a bin")
        total, of = len(events), events.attrs["of"]
        n = counted(of, "event", written=thousands)
        so_far = "" if state.made.progress.finished else " so far"
        shown = f", the first {total} listed" if total < of else ""
        return self.title(self._chosen(), escape(f"{n}{so_far} of {thousands(state.maps.events)}{shown}"))

    def _chosen(self) -> str:
        state = self.state
        if state.cell >= 0:
            column = {
                name: str(state.geometry.column(name)[state.cell]).replace("-", "\u2212")
                for name in ("layer", "waferu", "waferv", "cellu", "cellv")
            }
            tile = state.geometry.column("waferu")[state.cell] < -900
            module = f"ring {column['cellu']}" if tile else f"wafer {column['waferu']}, {column['waferv']}"
            if state.grouping != GROUPINGS[0]:
                return f"Layer {column['layer']}, {module}"
            cell = f"iphi {column['cellv']}" if tile else f"cell {column['cellu']}, {column['cellv']}"
            return f"Layer {column['layer']}, {module}, {cell}"
        rz, phi = divmod(state.bin, state.maps.occupancy.settings.binning.n_phi)
        stage = STAGES[state.stage]
        where = f", {layers_of(state)}" if stage.of is None else ""
        return f"Bin {rz}, {phi} \u00b7 {stage.title}{where}"
