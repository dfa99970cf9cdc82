"""Patches applied to a whole process, once for all its pages."""

from . import (
    autoload,
    closed_pages,
    compressed_files,
    config_set,
    debounce,
    garbage,
    incoming,
    ipv6,
    kept_kernel,
    lost_messages,
    nagle,
    needed_scripts,
    page_thread,
    property_defaults,
    shared_watchers,
    silent_pages,
    small_buffers,
    valid_texts,
)

PATCHES = (
    autoload,
    debounce,
    nagle,
    page_thread,
    small_buffers,
    lost_messages,
    ipv6,
    closed_pages,
    silent_pages,
    incoming,
    shared_watchers,
    property_defaults,
    kept_kernel,
    valid_texts,
    compressed_files,
    needed_scripts,
    config_set,
    garbage,
)


def apply() -> None:
    """Patch this process; repeated calls have no effect."""
    for patch in PATCHES:
        patch.apply()
