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
    kept_settings,
    lost_messages,
    nagle,
    needed_scripts,
    one_write,
    page_thread,
    prepared_pages,
    property_defaults,
    shared_defaults,
    shared_watchers,
    silent_pages,
    small_buffers,
    synced_parameters,
    valid_texts,
)

PATCHES = (
    autoload,
    debounce,
    nagle,
    one_write,
    page_thread,
    prepared_pages,
    small_buffers,
    lost_messages,
    ipv6,
    closed_pages,
    silent_pages,
    incoming,
    shared_watchers,
    property_defaults,
    shared_defaults,
    kept_kernel,
    valid_texts,
    compressed_files,
    needed_scripts,
    config_set,
    kept_settings,
    synced_parameters,
    garbage,
)


def apply() -> None:
    """Patch this process; repeated calls have no effect."""
    for patch in PATCHES:
        patch.apply()
