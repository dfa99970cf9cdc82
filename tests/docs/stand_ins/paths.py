"""Other people's programs by those that stand for them."""

import os
import sys
from pathlib import Path


def on_path(folder: Path, *names: str) -> dict[str, str]:
    """Environment in which the stand-ins for some programs come first; `folder` is for their files."""
    for name in names:
        script = folder / name
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{Path(__file__).with_name(name)}.py" "$@"\n')
        script.chmod(0o755)
    return {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
