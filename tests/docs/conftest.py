"""The documentation as `make docs` builds it."""

import subprocess
import sys

import pytest
from doc_pages import DOCS


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """Folder of the built pages; a warning fails the build."""
    out = tmp_path_factory.mktemp("docs")
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-d", out / "trees", DOCS, out / "html"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return out / "html"
