"""Pages at IPv6 numbers: what Panel makes of the host that a browser asks for."""

from panel.io import location

from bye_splits.dashboard.patches import ipv6


def taken_apart(host):
    return location._get_location_params("http", host, "/display?layer=3")


def test_hosts_in_brackets_are_taken_apart_and_others_as_before():
    plain = ipv6._get_location_params("http", "host:5006", "/display?layer=3")
    ipv6.apply()
    ipv6.apply()
    assert taken_apart("host:5006") == plain
    for host, name, port in (("[::1]:5006", "[::1]", "5006"), ("[2001:db8::7]", "[2001:db8::7]", None)):
        found = taken_apart(host)
        assert (found["hostname"], found.get("port")) == (name, port)
        assert found["href"] == f"http://{host}/display?layer=3"
        assert {"pathname": "/display", "search": "?layer=3"}.items() <= found.items()
