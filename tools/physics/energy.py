"""Sections about both chains side by side, the radius, the closure of the response, and pile-up."""

from pathlib import Path

from .runs import CHAINS, PARTICLES, Runs, commands, markdown, percent, rate_curve
from .svg_curves import Curve, Panel, write_svg

RADII = "0.003,0.005,0.0075,0.01,0.015,0.02,0.03,0.05,0.1"
CONFIGURATIONS = {
    "open": "selection: {mipThreshold: 0}\n",
    "cut": "selection: {mipThreshold: 0.5}\n",
}
NO_THRESHOLDS = "seed: {histoThreshold: 0}\ncluster: {PtC3dThreshold: 0}\n"


def samples(run: Runs) -> str:
    """Make the samples without pile-up; the section about them."""
    made = [run.toy(f"--particle {one} --events {run.events}") for one in PARTICLES]
    return f"""## Samples

{commands(*made)}

{run.events} events each, one particle per event into one endcap, flat in 1.7 < η < 2.8 and in p<sub>T</sub>: photons and electrons 1
to 100 GeV, pions 0 to 200 GeV. `{{p}}` below stands for `photons`, `electrons` and `pions` in turn."""


def overview(run: Runs) -> str:
    """Both chains on the same events."""
    rows = []
    for particle in PARTICLES:
        run.study(f"seeding toys/{particle}_PU0.root --chain both", f"seeding-{particle}")
        run.study(f"compare toys/{particle}_PU0.root", f"compare-{particle}")
        pairs = run.table(f"compare-{particle}/differences").set_index(["quantity", "norm"])
        seen = {name: pairs.loc[(name, "")] for name in ("efficiency", "split_rate")}
        seen |= {name: pairs.loc[(name, "energy")] for name in ("mean", "effective_rms")}
        for side, (chain, name) in zip("ab", CHAINS.items(), strict=True):
            one = run.table(f"seeding-{particle}/seeding", chain=chain, variable="").iloc[0]
            seeds, split = (
                percent(one[q], one[f"{q}_low"], one[f"{q}_high"])
                for q in ("seeding_efficiency", "split_rate")
            )
            both = {q: percent(of[side]) for q, of in seen.items()}
            found = [both["efficiency"], split, both["split_rate"], f"{one['n_seeds']:.3f}"]
            rows.append([particle, name, seeds, *found, f"{seen['mean'][side]:.3f}", both["effective_rms"]])
        change = {q: f"{100 * of['difference']:+.2f} ± {100 * of['error']:.2f}" for q, of in seen.items()}
        split = f"{change['split_rate']} (p = {seen['split_rate']['p_value']:.1g})"
        mean = f"{seen['mean']['difference']:+.3f} ± {seen['mean']['error']:.3f}"
        rows.append(
            ["", "difference", "", change["efficiency"], "", split, "", mean, change["effective_rms"]]
        )
    head = [
        "particle",
        "chain",
        "with a seed [%]",
        "efficiency [%]",
        "split [%]",
        "split, clusters in both [%]",
    ]
    head += ["seeds per event", "mean E/E<sub>gen</sub>", "eff. RMS [%]"]
    return f"""## Default chain and coarse seeding

{markdown(head, rows)}

{commands("bye-splits study seeding toys/{p}_PU0.root --chain both --out seeding-{p}", "bye-splits study compare toys/{p}_PU0.root --out compare-{p}")}

Efficiency: a cluster within 0.05 of the particle. The second split rate is that of the particles with a cluster near them in
both chains. Responses are those of the leading matched cluster, of the particles that have one in both. Differences are
of the same particles (paired bootstrap; McNemar's exact p-value for the split rate). Coarse seeding searches modules
by themselves: a shower on a border of two chosen modules has a seed on each side. Modules are chosen by their sum over
the layers 7, 9, 11 and 13, early in CE-E, which is above the thresholds for few pions."""


def against_radius(run: Runs, out: Path) -> str:
    """What the radius does, and what it does not."""
    rows, split, contained = [], [], []
    for k, particle in enumerate(PARTICLES):
        run.study(f"response toys/{particle}_PU0.root --chain both --radii {RADII}", f"response-{particle}")
        for chain, name in CHAINS.items():
            rates = run.table(f"response-{particle}/efficiencies", chain=chain, variable="")
            found = run.table(
                f"response-{particle}/responses", chain=chain, variable="", quantity="leading", norm="energy"
            )
            x, mean, error = (
                rates["radius"].to_numpy(),
                found["mean"].to_numpy(),
                found["mean_error"].to_numpy(),
            )
            style = {"colour": k, "dash": "solid" if chain == "default" else "dashed"}
            split.append(
                rate_curve(
                    particle if chain == "default" else f"{particle}, coarse", rates, x, "split_rate", **style
                )
            )
            contained.append(Curve(split[-1].label, x, mean, mean - error, mean + error, **style))
            for radius in (0.005, 0.01, 0.02, 0.05):
                r, f = rates[rates["radius"] == radius].iloc[0], found[found["radius"] == radius].iloc[0]
                rows.append(
                    [
                        particle,
                        name,
                        f"{radius:g}",
                        f"{f['mean']:.3f} ± {f['mean_error']:.3f}",
                        f"{f['median']:.3f}",
                        f"{100 * f['effective_rms']:.2f} ± {100 * f['effective_rms_error']:.2f}",
                        percent(r["split_rate"], r["split_rate_low"], r["split_rate_high"]),
                        percent(r["efficiency"], r["efficiency_low"], r["efficiency_high"]),
                    ]
                )
    write_svg(
        out / "radius.svg",
        [
            Panel(
                "What the radius does: containment",
                "radius (x/z, y/z)",
                "mean E/Egen, leading cluster",
                contained,
                log_x=True,
                lines=[1.0],
            ),
            Panel("What it does not: splits", "radius (x/z, y/z)", "split rate [%]", split, log_x=True),
        ],
    )
    head = [
        "particle",
        "chain",
        "radius",
        "mean E/E<sub>gen</sub>",
        "median",
        "eff. RMS [%]",
        "split [%]",
        "efficiency [%]",
    ]

    def of(particle: str, radius: float) -> int:
        found = run.table(f"response-{particle}/efficiencies", chain="default", variable="", radius=radius)
        return int(found["split"].iloc[0])

    return f"""## What the radius does, and what it does not

![Response and split rate against the radius](physics/radius.svg)

{markdown(head, rows)}

{commands(f"bye-splits study response toys/{{p}}_PU0.root --chain both --radii {RADII} --out response-{{p}}")}

Seeds do not depend on the radius: it neither makes splits nor heals them. From 0.005 to 0.1 the number of split photons of
the default chain goes from {of("photons", 0.005)} to {of("photons", 0.1)}, of electrons from {of("electrons", 0.005)} to {of("electrons", 0.1)}, of pions from {of("pions", 0.005)} to {of("pions", 0.1)}: only the 0.5 GeV
of a cluster and the 10 % of a fragment depend on it. What goes with the radius are containment and resolution, and with
pile-up the energy that is caught."""


def closure(run: Runs) -> str:
    """Whether the energy of photons is all there, and if not, where it is."""
    n = min(run.events, 1000)
    made = run.toy(f"--particle photons --events {n} --mip-threshold 0", "all-cells")
    for name, text in CONFIGURATIONS.items():
        (run.folder / f"{name}.yaml").write_text(text + NO_THRESHOLDS, encoding="utf-8")
    radii = "0.01,0.02,0.03,0.05,0.1"
    lines = [
        run.study(
            f"response all-cells/photons_PU0.root --config {name}.yaml --radii {radii}", f"closure-{name}"
        )
        for name in CONFIGURATIONS
    ]
    rows = []
    for radius in map(float, radii.split(",")):
        row = [f"{radius:g}"]
        for name in CONFIGURATIONS:
            for quantity in ("leading", "all"):
                one = run.table(
                    f"closure-{name}/responses", variable="", norm="energy", quantity=quantity, radius=radius
                ).iloc[0]
                row.append(f"{one['mean']:.4f} ± {one['mean_error']:.4f}")
        rows.append(row)
    bins, widest = [], 0.1
    tables = {
        name: run.table(
            f"closure-{name}/responses", variable="gen_pt", norm="energy", quantity="all", radius=widest
        )
        for name in CONFIGURATIONS
    }
    for everything, cut in zip(tables["open"].itertuples(), tables["cut"].itertuples(), strict=True):
        bins.append(
            [
                f"{cut.low:.0f}–{cut.high:.0f}",
                f"{everything.mean:.4f} ± {everything.mean_error:.4f}",
                f"{cut.mean:.4f} ± {cut.mean_error:.4f}",
                f"{100 * (everything.mean - cut.mean):.1f}",
            ]
        )
    value = {
        (name, radius): run.table(
            f"closure-{name}/responses", variable="", norm="energy", quantity="all", radius=radius
        ).iloc[0]["mean"]
        for name in CONFIGURATIONS
        for radius in (0.02, 0.05, 0.1)
    }
    return f"""## Response of photons: does it close?

Yes, if nothing is left out (sum of all clusters {value["open", 0.1]:.4f} of the generated energy): all trigger cells with a signal, a radius of 0.05 or more, no threshold of seeds
and no least p<sub>T</sub> of clusters. With the front end's threshold it does not close within 3 % ({value["cut", 0.1]:.4f}), but for high p<sub>T</sub>. Mean E/E<sub>gen</sub> of {n} photons, leading cluster and sum of all:

{markdown(["radius", "leading, all cells", "sum, all cells", "leading, above 0.5 mipT", "sum, above 0.5 mipT"], rows)}

{commands(made, *lines)}

with `open.yaml`

```yaml
{(CONFIGURATIONS["open"] + NO_THRESHOLDS).strip()}
```

and `cut.yaml` with `mipThreshold: 0.5`. Where the energy is that the trigger misses:

- **below the threshold of the front end (0.5 mipT)**: {100 * (value["open", 0.1] - value["cut", 0.1]):.1f} % at any radius above 0.05, all that is missing there. It is the
  halo of the shower, a share that falls with p<sub>T</sub> (below). So a sample that was made with the threshold, as every
  other one of this page, does not close, with no parameters of the chain;
- **outside the radius**: {100 * (value["open", 0.1] - value["open", 0.02]):.1f} % at 0.02, {100 * (value["open", 0.1] - value["open", 0.05]):.1f} % at 0.05 of all cells; above the threshold, {100 * (value["cut", 0.1] - value["cut", 0.02]):.1f} % at 0.02, as the cells that the
  radius loses are mostly those that the front end does not send;
- **in a second cluster**: the difference between leading cluster and sum, that of the split photons;
- **in layers that the trigger does not read**: nothing here. The weights of the layers that are read include the
  absorber before the others, and the toy simulation shares the shower out over the former.

Sum of all clusters at radius {widest:g} by generated p<sub>T</sub>:

{markdown(["p<sub>T</sub> [GeV]", "all cells", "above 0.5 mipT", "below 0.5 mipT [%]"], bins)}"""


def pileup(run: Runs) -> str:
    """A look at pile-up 200."""
    made = run.toy(f"--particle photons --pileup 200 --events {run.pileup_events}")
    command = run.study("seeding toys/photons_PU200.root --chain both", "seeding-photons-PU200")
    rows = []
    for chain, name in CHAINS.items():
        one = run.table("seeding-photons-PU200/seeding", chain=chain, variable="").iloc[0]
        rows.append(
            [
                name,
                f"{one['n_seeds']:.1f} ± {one['n_seeds_error']:.1f}",
                *(
                    percent(one[q], one[f"{q}_low"], one[f"{q}_high"])
                    for q in ("seeding_efficiency", "split_rate")
                ),
            ]
        )
    return f"""## Pile-up 200

{markdown(["chain", "seeds per endcap", "with a seed [%]", "split [%]"], rows)}

{commands(made, command)}

{run.pileup_events} photons. With pile-up a second cluster within 0.1 that has 10 % of the energy there may be another particle: this
rate is no measure of how often the photon itself is split."""
