"""`bye-splits report`: what it refuses before any work."""

from bye_splits.cli import main


def test_the_report_does_not_overwrite_a_file_that_it_reads(tmp_path, capsys):
    path = tmp_path / "photons.root"
    path.write_bytes(b"events")
    assert main(["report", str(path), "--out", str(path)]) == 2
    assert path.read_bytes() == b"events"
    assert "photons.root" in capsys.readouterr().err


def test_a_file_that_cannot_be_read_is_one_paragraph(tmp_path, capsys):
    path, out = tmp_path / "photons.root", tmp_path / "report.html"
    path.write_bytes(b"events")
    assert main(["report", str(path), "--out", str(out)]) == 2
    assert not out.exists()
    assert "Traceback" not in capsys.readouterr().err
