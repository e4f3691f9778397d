"""The components that tests start are real, and nothing in a test reaches another machine."""

from __future__ import annotations

import socket
import subprocess
import urllib.request

import pytest


@pytest.mark.postgis
def test_postgis_answers_on_a_private_cluster(postgis: str) -> None:
    import psycopg

    with psycopg.connect(postgis) as connection:
        area = connection.execute("SELECT ST_Area('POLYGON((0 0, 3 0, 3 4, 0 4, 0 0))'::geometry)").fetchone()
    assert area == (12.0,)


@pytest.mark.browser
def test_the_browser_runs(chromium: str) -> None:
    answer = subprocess.run([chromium, "--version"], capture_output=True, text=True, check=True, timeout=60)
    assert any(char.isdigit() for char in answer.stdout)


# 192.0.2.0/24 and .invalid are reserved for documentation: were the guard to fail, still nobody would be called.
@pytest.mark.parametrize("host", ["192.0.2.1", "tiles.invalid", "2001:db8::1"])
def test_other_machines_are_out_of_reach(host: str) -> None:
    with pytest.raises(RuntimeError, match="never reach the network"):
        socket.create_connection((host, 80), timeout=1)


def test_a_web_address_is_out_of_reach() -> None:
    with pytest.raises((RuntimeError, OSError)):
        urllib.request.urlopen("http://tiles.invalid/0/0/0.png", timeout=2)


def test_this_machine_is_within_reach() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=2).close()
