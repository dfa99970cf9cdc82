"""The machine and software of the measurements."""

import os
import platform
from importlib.metadata import version

LIBRARIES = ("bye_splits", "panel", "bokeh", "plotly", "datashader", "numpy", "pandas", "uproot")


def described() -> str:
    """Cores, processor, Python and library versions, in two lines."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return f"{cores} cores, {_processor()}, Python {platform.python_version()}\n{libraries}"


def load() -> str:
    """Load averages over 1, 5 and 15 minutes."""
    return " ".join(f"{value:.2f}" for value in os.getloadavg())


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
