"""`bye-splits chain`: the clusters of whole files as a table."""

import argparse
import sys
from typing import TYPE_CHECKING

from tqdm import tqdm

from bye_splits.config import load_config, located
from bye_splits.counting import counted
from bye_splits.locations import joined

from .chain_options import chosen_parameters
from .complaints import FAILED, FINE, complain

if TYPE_CHECKING:
    from bye_splits.studies.clusters import Account


def chain(options: argparse.Namespace) -> int:
    """Run the chain on all events of some files; return 1 if one of these cannot be read completely."""
    from bye_splits.studies.clusters import find_clusters

    config = load_config(options.config)
    (parameters,) = chosen_parameters(options, config, "chain")
    samples = [located(file, config) for file in options.files]
    files = [joined(sample.path, sample.directory, sample.tree) for sample in samples]
    line = "{percentage:3.0f}% |{bar}| {elapsed} < {remaining}"
    with tqdm(total=len(files), bar_format=line, file=sys.stderr, disable=None) as bar:
        account = find_clusters(
            files,
            options.out,
            parameters,
            progress=bar.update,
            also_read=[file for file in (config.path, options.parameters) if file],
        )
    for again, first in account.repeated:
        same = "is given more than once" if again == first else f"is the same file as {first}"
        complain(f"warning: {again} {same}: its events are counted once.", FINE)
    print(_summary(account, options.out, parameters.tc_threshold))
    for file, error in account.failures.items():
        read = account.events_of.get(file, 0)
        after = f"after {counted(read, 'event')}, " if read else ""
        complain(f"{after}{error}", FAILED)
    return FAILED if account.failures else FINE


def _summary(account: "Account", out: str, mip_threshold: float) -> str:
    rate = account.events / account.seconds if account.seconds else 0.0
    left_out = f"{account.below_threshold} below {mip_threshold:g} mipT and {account.not_finite} not finite"
    if account.without_position:
        left_out += f" and {account.without_position} without a position (z = 0)"
    lines = [
        f"{out}: {counted(account.clusters, 'cluster')}",
        f"    of {counted(account.events, 'event')} "
        f"({counted(account.endcaps, 'endcap')} with trigger cells) in {counted(account.files, 'file')}, "
        f"{account.seconds:.1f} s, {rate:.0f} events/s",
        f"    {counted(account.without_clusters, 'event')} without clusters",
        f"    of {counted(account.trigger_cells, 'trigger cell')}: {left_out}, left out; "
        f"{account.outside} outside the histogram's R/z, which make no seeds",
    ]
    lines += [f"    {text}" for text in dict.fromkeys(account.descriptions.values())]
    return "\n".join(lines)
