"""Event files that this program makes: the toy simulation, and hits grouped into trigger cells."""
