"""`bye-splits report`: the studies of whole samples as one HTML file."""

import argparse
import sys
from pathlib import Path

from tqdm import tqdm

from bye_splits import cache
from bye_splits.config import config_for_files, load_config

from .chain_options import BOTH, THE_TWO
from .complaints import FAILED, FINE, complain


def report(options: argparse.Namespace) -> int:
    """Write the report; 1 if it is partial."""
    config = config_for_files(options.files, load_config(options.config))
    out = Path(options.out)
    cache.check_output(out, [sample.path for sample in config.samples.values()])
    from bye_splits.chain import ChainParameters
    from bye_splits.dashboard.report import write_report

    first, *others = THE_TWO if options.chain == BOTH else (options.chain,)
    set_b = ChainParameters.from_config(config, chain=others[0]) if others else None
    with tqdm(unit=" events", file=sys.stderr, disable=None) as bar:

        def progress(done: int, total: int) -> None:
            bar.total, bar.n = total, done
            bar.refresh()

        missing = write_report(config, out, set_b, options.workers, progress, chain=first)
    print(f"{out}: {out.stat().st_size / 1e6:.1f} MB")
    for text in missing:
        complain(text, FAILED)
    return FAILED if missing else FINE
