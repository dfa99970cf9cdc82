"""The sections `io` and `defaultEvents` of a configuration: names and locations of event files.

Pile-ups and particles may have any name. Older files have flat keys without a pile-up in `io`.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from bye_splits.sections import Section, local_path
from bye_splits.settings import PARTICLES, Sample, pileup_of

Key = tuple[str, str]

WITHOUT_PILEUP = "0"
"""Pile-up of entries in `io` and `defaultEvents` without one, as older files were for such samples."""

MANIFEST = "manifest"
"""Key of the manifest in `io`, among the names of pile-ups and particles."""

_FLAT = re.compile(r"file[_-]?(?P<particle>.*)", re.DOTALL)
_SUFFIXES = (".root", ".parquet", ".pq")


def read_samples(io: Section, particle: str) -> dict[Key, Sample]:
    """Check the section `io`.

    Parameters
    ----------
    io : with event files as ``io.PU0.photons.file``, as ``io.photons.file``, or flat as in older files:
        ``io.filephotons`` or ``io.photons``, with ``io.dirphotons`` and ``io.treephotons``, or ``io.dir`` and
        ``io.tree`` for all of them
    particle : of a file without one, such as ``io.file``

    Raises
    ------
    ConfigError : a value has a wrong type, or there are two entries for one particle and pile-up
    """
    samples: dict[Key, Sample] = {}
    for section, name, sample in _entries(io, particle):
        key = sample.particle, sample.pileup
        first = samples.setdefault(key, sample)
        section.require(
            first is sample,
            name,
            f"one entry for {key[0]} with pile-up {key[1]}",
            found=f"a second one beside {first.key}",
        )
    return samples


def read_manifest(io: Section) -> Path | None:
    """Path of the manifest of the files in the section `io`; None without one.

    Raises
    ------
    ConfigError : it is on another machine
    """
    if not io.has_text(MANIFEST):
        return None
    path = local_path(io.get(MANIFEST, str), io.file.parent)
    io.require(isinstance(path, Path), MANIFEST, "the path of a manifest on this machine")
    return Path(path)


def _entries(io: Section, particle: str) -> Iterator[tuple[Section, str, Sample]]:
    """Each sample, with the section and the name of its entry."""
    for name, value in io.items():
        if name == MANIFEST and isinstance(value, str):
            continue
        if isinstance(value, str) and pileup_of(name) == name:
            of = _flat_particle(name, value, particle)
            if of:
                yield io, name, _flat_sample(io, name, of)
        # In existing files, `production` lists the inputs of the skims, which are not shown: an unknown key.
        elif name != "production":
            io.require_name(name)
            inner = io.section(name)
            if pileup_of(name) == name and inner.has_text("file"):
                yield io, name, _sample(inner, _standard_name(name), WITHOUT_PILEUP)
                continue
            for of in inner.names():
                inner.require_name(of)
                entry = inner.section(of)
                if entry:
                    yield inner, of, _sample(entry, of, pileup_of(name))


def _sample(entry: Section, particle: str, pileup: str) -> Sample:
    file = entry.get("file", str)
    if file is None:
        raise entry.error("file", "the path of an event file (ROOT or parquet)")
    where = entry.get("dir", str), entry.get("tree", str)
    key = ".".join((*entry.path, "file"))
    return Sample(particle, pileup, local_path(file, entry.file.parent), *where, key)


def _flat_particle(name: str, value: str, particle: str) -> str:
    """Particle of a text in `io` if it is an event file (by default `particle`); "" if it is not."""
    if flat := _FLAT.fullmatch(name):
        return _standard_name(flat["particle"]) or particle
    is_file = name in PARTICLES or "://" in value or value.lower().endswith(_SUFFIXES)
    return name if is_file else ""


def _flat_sample(io: Section, name: str, particle: str) -> Sample:
    own = name.removeprefix("file") if _FLAT.fullmatch(name) else name
    of_all = {what: io.get(what, str) for what in ("dir", "tree")}
    directory, tree = (io.get(f"{what}{own}", str, default) for what, default in of_all.items())
    path = local_path(io.get(name, str), io.file.parent)
    return Sample(particle, WITHOUT_PILEUP, path, directory, tree, ".".join((*io.path, name)))


def _standard_name(name: str) -> str:
    """The name of a known particle regardless of case (`filePhotons`), else `name` itself."""
    return name.lower() if name.lower() in PARTICLES else name


def read_default_events(section: Section) -> dict[Key, tuple[int, ...]]:
    """Check the section `defaultEvents`: event numbers by pile-up and particle, or by particle alone."""
    events: dict[Key, tuple[int, ...]] = {}

    def read(particles: Section, particle: str, pileup: str) -> None:
        numbers = particles.get(particle, tuple[int, ...], ())
        particles.require(all(n >= 0 for n in numbers), particle, "event numbers, none below 0")
        if numbers:
            events[particle, pileup] = numbers

    for name, value in section.items():
        section.require_name(name)
        if isinstance(value, list):
            read(section, name, WITHOUT_PILEUP)
            continue
        particles = section.section(name)
        for particle in particles.names():
            particles.require_name(particle)
            read(particles, particle, pileup_of(name))
    return events
