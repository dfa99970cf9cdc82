"""What tells the states of a file apart: also those that differ in nothing but the time of change (ctime)."""

from pathlib import Path

import pytest
from event_files import make_event, write_skim

import bye_splits
from bye_splits.fingerprints import Fingerprint
from bye_splits.studies.hand_scan import TagFile
from bye_splits.studies.survey import survey


def test_the_time_of_change_counts_everywhere(tmp_path):
    file = write_skim(tmp_path / "skim.root", [make_event(n) for n in range(3)])

    def state():
        fingerprint = Fingerprint.of(file.stat())
        return (
            fingerprint,
            fingerprint.lasting,
            survey([file], 1000).files[0].identity,
            TagFile(file, "").version,
        )

    before, modified = state(), file.stat().st_mtime_ns
    for mode in [0o640, 0o600] * 10_000:  # until the kernel's clock has ticked
        file.chmod(mode)
        if file.stat().st_ctime_ns != before[0].changed:
            break
    assert file.stat().st_mtime_ns == modified
    assert all(one != other for one, other in zip(before, state(), strict=True))


@pytest.mark.parametrize("name", ["st_mtime_ns", "st_ctime_ns"])
def test_fingerprints_are_made_in_one_place(name):
    """So that none is made without the time of change."""
    folder = Path(bye_splits.__file__).parent
    assert [file.name for file in folder.rglob("*.py") if name in file.read_text()] == ["fingerprints.py"]
