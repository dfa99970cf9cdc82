"""The tags of the hand scan of a sample: one's own, and those of the other scanners."""

from dataclasses import dataclass
from pathlib import Path

from ..data import EventSource
from ..settings import HandScan
from ..studies.hand_scan import MOST_KEYS, TAGS, Key, Tag, TagFile, all_tags, sample_folder, tags_folder


def known_words(settings: HandScan) -> tuple[str, ...]:
    """Tags of the keys 1, 2, ...; own ones from 6 on."""
    return (*TAGS, *settings.words)[:MOST_KEYS]


@dataclass(frozen=True, eq=False)
class SampleTags:
    """Tags of a sample.

    Attributes
    ----------
    own : file of the scanner's own tags
    folder, sample : where the files of all scanners are
    """

    own: TagFile
    folder: Path
    sample: str

    @classmethod
    def of(cls, source: EventSource, settings: HandScan, scanner: str) -> "SampleTags":
        """The tags of the sample of a source."""
        folder = tags_folder(settings.folder)
        size = source.path.stat().st_size if isinstance(source.path, Path) else len(source)
        sample = sample_folder(source.path, source.tree, size)
        facts: dict[str, str | int] = {
            "file": str(source.path),
            "tree": source.tree,
            "events": len(source),
            "size": size,
        }
        return cls(TagFile.of(folder, sample, scanner, facts), folder, sample)

    @property
    def version(self) -> tuple:
        """Changes whenever one of the files does."""
        files = sorted((self.folder / self.sample).glob("*.json"))
        return tuple((file.name, TagFile(file, "").version) for file in files)

    def of_all(self) -> dict[str, dict[Key, Tag]]:
        """The tags of all scanners, by their names."""
        return all_tags(self.folder, self.sample)
