"""The user's cache folder."""

import tempfile

from bye_splits import cache


def test_without_a_home_it_is_in_the_temporary_folder(monkeypatch, tmp_path):
    """`~` stays as it is where nobody knows a home: a folder of that name in the working one is no cache."""
    monkeypatch.delenv("BYE_SPLITS_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr("os.path.expanduser", lambda path: path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert cache.folder().parent == tmp_path


def test_it_is_where_the_user_wants_it(monkeypatch, tmp_path):
    monkeypatch.delenv("BYE_SPLITS_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache.folder() == tmp_path / "bye_splits"
    monkeypatch.setenv("BYE_SPLITS_CACHE", str(tmp_path / "own"))
    assert cache.folder() == tmp_path / "own"
