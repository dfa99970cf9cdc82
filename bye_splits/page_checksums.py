"""Checksums of the pages of parquet files, which pyarrow neither writes nor verifies unless it is told to.

Every reader and writer of parquet takes these options; files of other programs that have no checksums are
read all the same.
"""

VERIFIED = {"page_checksum_verification": True}
"""For `ParquetFile`, `read_table` and `pandas.read_parquet`: a page unlike its checksum is an OSError."""

WRITTEN = {"write_page_checksum": True}
"""For `ParquetWriter`, `write_table` and `DataFrame.to_parquet`: a CRC-32 in the header of each page."""
