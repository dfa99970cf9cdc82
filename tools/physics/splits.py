"""Sections about splits: against eta, the phase in the bin, threshold, kernel and seed window."""

from pathlib import Path

import numpy as np

from .runs import CHAINS, PARTICLES, Runs, commands, markdown, percent, rate_curve
from .svg_curves import Curve, Panel, write_svg

THRESHOLDS = "5,10,15,20,30,40,60,80,120"


def against_eta(run: Runs, out: Path) -> str:
    """Split rates, averaged over 20 positions in the phi bin."""
    panels, rows = {chain: [] for chain in CHAINS}, []
    whole = []
    for k, particle in enumerate(PARTICLES):
        run.study(f"phase toys/{particle}_PU0.root --chain both", f"phase-{particle}")
        for chain, name in CHAINS.items():
            table = run.table(f"phase-{particle}/split_rates", chain=chain)
            every, bins = table.iloc[0], table[table["abs_eta_low"].between(1.6, 2.7)]
            middle = ((bins["abs_eta_low"] + bins["abs_eta_high"]) / 2).to_numpy()
            rate, error = (100 * bins[c].to_numpy() for c in ("rate", "rate_error"))
            panels[chain].append(Curve(particle, middle, rate, rate - error, rate + error, colour=k))
            rows.append(
                [particle, name]
                + [
                    f"{100 * r:.2f} ± {100 * e:.2f}" if r else percent(0, 0, high)
                    for r, e, high in zip(
                        bins["rate"], bins["rate_error"], bins["one_phase_high"], strict=True
                    )
                ]
            )
            whole.append(
                [
                    particle,
                    name,
                    percent(every["one_phase_rate"], every["one_phase_low"], every["one_phase_high"]),
                    f"{100 * every['rate']:.2f} ± {100 * every['rate_error']:.2f}",
                    f"{every['gain']:.1f}",
                    f"{int(every['n_split'])}",
                    f"{int(every['ever_split'])}",
                ]
            )
    write_svg(
        out / "split-rate-eta.svg",
        [
            Panel(
                f"{name.capitalize()}{' chain' if chain == 'default' else ''}",
                "|η|",
                "split rate [%]",
                panels[chain],
            )
            for chain, name in CHAINS.items()
        ],
    )
    head = ["particle", "chain", "1.7–2.0", "2.0–2.3", "2.3–2.6", "2.6–2.8"]
    return f"""## Split rate against |η|, averaged over the phase in the bin

![Split rate against abs(eta)](physics/split-rate-eta.svg)

{markdown(head, rows)}

{commands("bye-splits study phase toys/{p}_PU0.root --chain both --out phase-{p}")}

Split rate [%] in bins of |η|, with each shower in 20 positions in the φ bin (`split_rates.parquet`); errors count
showers, not positions. Where no shower is split in any position the bound is that of its actual one.

The average is an estimate of the same rate as that of the actual positions, and needs fewer showers for the same error.
Coarse seeding has no bins in φ, so that a position changes nothing:

{markdown(["particle", "chain", "one phase [%]", "phase average [%]", "gain in showers", "split", "split in some position"], whole)}"""


def against_phase(run: Runs, out: Path) -> str:
    """Where in the bin showers split; of how many positions each."""
    panels, rows = [], []
    for axis, title in (("phi", "φ"), ("rz", "R/z")):
        curves = []
        for k, particle in enumerate(PARTICLES):
            table = run.table(f"phase-{particle}/split_by_phase", chain="default")
            table = table[(table["abs_eta_low"] >= 2.3) & (table["abs_eta_high"] <= 2.8)]
            parts = 10 if axis == "phi" else 5
            place = (table[f"{axis}_low"] * parts + 1e-6).astype(int)
            sums = table.groupby(place)[["n", "n_split"]].sum()
            rate = sums["n_split"] / sums["n"]
            # The positions of a shower that are in one interval are not independent: the errors count showers.
            showers = sums["n"] * parts / 20 if axis == "phi" else sums["n"] / 20
            error = np.sqrt((rate * (1 - rate)).clip(lower=1 / showers) / showers)
            x, y, e = (sums.index.to_numpy() + 0.5) / parts, 100 * rate.to_numpy(), 100 * error.to_numpy()
            curves.append(Curve(particle, x, y, y - e, y + e, colour=k))
            five = slice(None, None, parts // 5)
            mean = (y[five] + y[parts // 5 - 1 :: parts // 5]) / 2
            rows.append([particle, title, *(f"{value:.2f}" for value in mean)])
        panels.append(
            Panel(
                "Default chain, 2.3 < |η| < 2.8",
                f"phase of the shower's axis in the {title} bin",
                "split rate [%]",
                curves,
            )
        )
    write_svg(out / "split-rate-phase.svg", panels)
    edges = np.array([0, 1e-9, 0.25, 0.5, 0.75, 1 - 1e-9, 1.01])
    shares = []
    for particle in PARTICLES:
        for chain, name in CHAINS.items():
            p_split = run.table(f"phase-{particle}/particles", chain=chain)["p_split"].to_numpy()
            shares.append([particle, name, *(f"{n}" for n in np.histogram(p_split, edges)[0])])
    return f"""## Split rate against the phase in the bin

![Split rate against the phase](physics/split-rate-phase.svg)

{markdown(["particle", "axis", "0–0.2", "0.2–0.4", "0.4–0.6", "0.6–0.8", "0.8–1"], rows)}

Split rate [%] of the default chain for 2.3 < |η| < 2.8 against the place of the particle's axis in the bin, from
`phase-{{p}}/split_by_phase.parquet` of the same command; the figure's errors count showers. A φ bin is
2π/216 R wide: at the calorimeter's face 2.6 cm at |η| = 2 and 1.4 cm at 2.6, where a trigger cell has some 5 cm², or
2.2 cm. Where bins are narrower than cells, bins between those with cells stay empty, and the smoothed histogram can have
two maxima: so splits begin where it is so, and depend on how the bins lie against the shower's cells.

How often one shower is split, if only its phase in the φ bin is another one (`p_split` in
`phase-{{p}}/particles.parquet`; numbers of showers):

{markdown(["particle", "chain", "never", "0–0.25", "0.25–0.5", "0.5–0.75", "0.75–1", "always"], shares)}"""


def against_threshold(run: Runs, out: Path) -> str:
    """Seed threshold, kernel and seed window."""
    vary = f"--vary seed_threshold={THRESHOLDS}"
    own = {
        "default": f"{vary} --vary kernel=default,flat_top --vary seed_window=1,2,3",
        "coarse_seeding": f"{vary} --vary seed_window=1,2",
    }
    panels, rows = [], []
    for particle in PARTICLES:
        curves = []
        for chain, variation in own.items():
            where = f"scan-{chain}-{particle}"
            run.study(f"scan toys/{particle}_PU0.root --chain {chain} --grid {variation}", where)
            table = run.table(f"{where}/scan")
            for (kernel, window), some in table.groupby(["kernel", "seed_window"]):
                label = (
                    f"{kernel}, window {window}" if chain == "default" else f"coarse seeding, window {window}"
                )
                label = label.replace("default", "default kernel").replace("flat_top", "flat top")
                at = some.set_index("seed_threshold")
                rows.append(
                    [
                        particle,
                        label,
                        *(
                            percent(*at.loc[t, ["split_rate", "split_rate_low", "split_rate_high"]])
                            for t in (5, 20, 40, 80)
                        ),
                        percent(*at.loc[20, ["efficiency", "efficiency_low", "efficiency_high"]]),
                        f"{at.loc[20, 'seeds_per_event']:.3f}",
                    ]
                )
                if chain == "default" and window < 3:
                    style = {"colour": int(kernel != "default"), "dash": "solid" if window == 1 else "dashed"}
                    apart = 1 + 0.04 * len(curves)  # so that no error bar hides another one
                    curves.append(
                        rate_curve(
                            label, some, apart * some["seed_threshold"].to_numpy(), "split_rate", **style
                        )
                    )
        panels.append(
            Panel(f"Default chain, {particle}", "seed threshold [mipT]", "split rate [%]", curves, log_x=True)
        )
    write_svg(out / "split-rate-threshold.svg", panels)
    check = threshold_steps(run)

    def counted(particle: str, window: int) -> str:
        table = run.table(f"scan-default-{particle}/scan", kernel="default", seed_window=window)
        split = table.set_index("seed_threshold")["split"]
        return ", ".join(f"{split[t]} at {t}" for t in (5, 20, 40, 80)) + " mipT"

    head = [
        "particle",
        "seeding",
        "split at 5",
        "at 20",
        "at 40",
        "at 80 mipT",
        "efficiency at 20",
        "seeds per event at 20",
    ]
    return f"""## Split rate against seed threshold, kernel and seed window

![Split rate against the seed threshold](physics/split-rate-threshold.svg)

{markdown(head, rows)}

{commands(*(f"bye-splits study scan toys/{{p}}_PU0.root --chain {chain} --grid {variation} --out scan-{chain}-{{p}}" for chain, variation in own.items()))}

Shares in % of all particles. Splits are of two kinds:

- two maxima of one shower, two bins apart: both seeds are high, so that the threshold does not remove them
  ({counted("photons", 1)} of the {run.events} photons), but a window of two bins does ({counted("photons", 2)}), and so does
  a flat top for photons, at the price of some efficiency at low p<sub>T</sub>;
- two showers: electrons radiate photons before the calorimeter, and the field separates them. The second seed is low, so
  that these splits go with the threshold ({counted("electrons", 1)} of the {run.events} electrons, those of the first kind
  included), and a window of two bins leaves few ({counted("electrons", 2)}). They are what electrons have at low |η|, where
  photons have none.

{check}"""


def threshold_steps(run: Runs) -> str:
    """The exact step function of `study threshold`, at the thresholds of the scan."""
    run.study("threshold toys/photons_PU0.root", "threshold-photons")
    steps = run.table("threshold-photons/particles")
    scan = run.table("scan-default-photons/scan", kernel="default", seed_window=1).set_index(
        "seed_threshold"
    )["split"]
    low, high = steps["threshold_from"], steps["threshold_to"]
    lowest = low.min()
    split = {t: int(steps.loc[(low <= t) & (t < high), "split"].sum()) for t in scan.index if t >= lowest}
    same = all(split[t] == scan[t] for t in split)
    return f"""`bye-splits study threshold toys/photons_PU0.root --out threshold-photons` has the same as an exact step function of
the threshold: {", ".join(f"{n} at {t:g}" for t, n in split.items())} mipT split photons, {"equal to" if same else "NOT equal to"} the scan's numbers."""
