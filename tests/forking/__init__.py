"""Python processes that begin with the program imported: what costs seconds at each start is done once.

`PYTHON` stands for `sys.executable` in the command of a process whose start is not what is tested. The first
such command starts a process, `origin.py`, which imports the libraries and the program, and calls none of it;
each command is a fork of that one, with the arguments, environment, folder, files and signals of its own.
Where that would not be the same as a new process (other options, or variables that are read by Python or at
an import), a new one is started.
"""

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

FOLDER, WHILE = "FORKING_FOLDER", "FORKING_WHILE"
PYTHON = (sys.executable, "-IS", str(Path(__file__).with_name("command.py")))


def begin() -> bool:
    """Make the folder for all commands of this process and those it starts; False if there is one."""
    if FOLDER in os.environ or not hasattr(os, "pidfd_open"):
        return False
    os.environ[FOLDER] = tempfile.mkdtemp(prefix="forking_")
    os.environ[WHILE] = str(os.getpid())
    Path(os.environ[FOLDER], "environment").write_text(json.dumps(dict(os.environ)))
    return True


def end() -> None:
    """Remove it; the process from which the others are forked ends with this one."""
    shutil.rmtree(os.environ.pop(FOLDER))
    del os.environ[WHILE]
