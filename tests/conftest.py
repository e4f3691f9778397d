"""WHAT EVERY TEST CAN ASK FOR: the shipped zone, a throw-away PostGIS, a browser. What none may do: leave the machine.

Under ``CI=true`` a component that is not there is a failure; elsewhere the test is skipped with the package to install.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import hypothesis
import pytest

if TYPE_CHECKING:
    from geo.zone import Zone

ROOT = Path(__file__).resolve().parent.parent
_BEGUN = time.time()


# --- nothing leaves the machine -------------------------------------------------------------------------------------


class OutsideWorld(RuntimeError):
    """A test tried to reach another machine."""


def _guard(event: str, arguments: tuple[object, ...]) -> None:
    """Refuse sockets and name look-ups that go beyond this machine (an audit hook sees them before they happen)."""
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
        # A unix socket's address is a path; sendmsg on a connected socket has none.
        if isinstance(address, tuple) and not _here(str(address[0])):
            raise OutsideWorld(f"{event} {address}: tests never reach the network")
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0]
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        if name is not None and not _here(str(name)):
            raise OutsideWorld(f"{event} {name}: tests never reach the network")


def _here(host: str) -> bool:
    """Whether a host name or address means this machine."""
    if host in ("", "localhost", "localhost.localdomain"):
        return True
    with contextlib.suppress(ValueError):
        address = ipaddress.ip_address(host.partition("%")[0])
        return address.is_loopback or address.is_unspecified
    return False


# Programs that a test starts (GDAL's curl, the browser, a second Python) are sent to a port where nobody answers.
_NOWHERE = "http://127.0.0.1:9"
_OFFLINE = {
    **dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"), _NOWHERE),
    **dict.fromkeys(("no_proxy", "NO_PROXY"), "localhost,127.0.0.1,::1"),
    "PROJ_NETWORK": "OFF",
    "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false",
    "MPLBACKEND": "agg",
}


def pytest_configure(config: pytest.Config) -> None:
    """Close the doors before the first test module is imported."""
    os.environ.update(_OFFLINE)
    sys.addaudithook(_guard)
    # Same cases on every machine and in every run; how fast the machine is today is not a property under test.
    hypothesis.settings.register_profile(
        "house", derandomize=True, deadline=None, database=None, print_blob=True,
        suppress_health_check=[hypothesis.HealthCheck.too_slow],
    )  # fmt: skip
    hypothesis.settings.load_profile("house")


def pytest_xdist_auto_num_workers() -> int:
    """One worker more than processors (``-n auto``): a third of the time a browser test waits for its page."""
    return len(os.sched_getaffinity(0)) + 1 if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1) + 1


# Files that take longest begin first, so that side by side no worker is left alone with one at the end.
_LONG = (
    "browser/test_project.py", "browser/test_the_app.py", "browser/test_planning.py", "unit/study/test_relocation.py",
    "notebooks/test_notebooks.py", "browser/test_villages.py", "unit/plan/test_solver_battery.py",
    "browser/test_the_map.py", "unit/scale/test_scaled.py", "browser/test_rules.py", "corpus/test_corpus.py",
    "browser/test_pool.py", "app/test_relocation.py", "browser/test_consolidation_and_change.py",
    "browser/test_data.py", "unit/policy/test_influence.py", "unit/sample/test_sample.py", "unit/study/test_plans.py",
    "property/test_ledger.py", "browser/test_sinks.py", "unit/ledger/test_interleavings.py",
    "unit/plan/test_ways_out.py", "unit/report/test_maps.py", "unit/plan/test_relocation_model.py",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first, the rest in their own order."""
    place = {str(ROOT / "tests" / name): k for k, name in enumerate(_LONG)}
    items.sort(key=lambda item: place.get(str(item.path), len(place)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says which numeric loops were compiled while the tests ran: none, once ``make kernels`` reaches them all."""
    late = [f.name for f in (ROOT / "geo").rglob("*.nbc") if f.stat().st_mtime > _BEGUN]
    terminalreporter.write_line(f"kernels compiled during the tests: {len(late)} {' '.join(late)}".rstrip())


# --- components ------------------------------------------------------------------------------------------------------


def missing(package: str) -> NoReturn:
    """A system component is not there: a failure in CI, a skip with advice elsewhere."""
    text = f"{package} is missing: apt-get install {package}"
    if os.environ.get("CI") == "true":
        pytest.fail(f"{text} (CI=true: nothing is skipped)", pytrace=False)
    pytest.skip(text)


@pytest.fixture(scope="session")
def repo_root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def zone_folder(repo_root: Path) -> Path:
    """The folder of the shipped zone."""
    folder = repo_root / "data" / "shapefiles"
    if not any(folder.glob("*.shp")):
        pytest.fail("data/shapefiles is empty; it is part of the repository", pytrace=False)
    return folder


@pytest.fixture(scope="session")
def sample_zone(zone_folder: Path) -> Zone:
    """The shipped zone, read once. Frames are shared by all tests: none may change them."""
    from tests.zones import read_once

    return read_once(zone_folder)


@pytest.fixture(scope="session")
def town_folder(zone_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of one township of the shipped zone (姚庄镇), where a plan takes a fifth of the time."""
    return _township(zone_folder, "330421111", tmp_path_factory.mktemp("town") / "zone")


@pytest.fixture(scope="session")
def project_town(zone_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the township in which the sample's project and its reserve lots lie."""
    return _township(zone_folder, "320509110", tmp_path_factory.mktemp("project_town") / "zone")


def _township(zone_folder: Path, code: str, folder: Path) -> Path:
    import pyogrio
    import shapely

    shutil.copytree(zone_folder, folder, ignore=shutil.ignore_patterns("*.shp", "*.shx", "*.dbf", "*.cpg", "*.prj"))
    towns = pyogrio.read_dataframe(zone_folder / "XZQ.shp")
    town = towns[towns["XZQDM"].str.startswith(code)].geometry.iloc[0]
    for path in sorted(zone_folder.glob("*.shp")):
        rows = pyogrio.read_dataframe(path)
        shapes = rows.to_crs(towns.crs).geometry.to_numpy()  # the red line comes in another system
        lines = path.stem.startswith(("CZKFBJ", "STBHHX"))
        inside = shapely.intersects(shapes if lines else shapely.point_on_surface(shapes), town)
        if inside.any():
            pyogrio.write_dataframe(rows[inside], folder / path.name, encoding="UTF-8")
    return folder


@pytest.fixture(scope="session")
def town_zone(town_folder: Path) -> Zone:
    """The same, read once. Frames are shared by all tests: none may change them."""
    from geo.io.zone_folder import read_zone

    return read_zone(town_folder)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a Chromium or Chrome for ``playwright.chromium.launch(executable_path=…)``."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next(filter(None, map(shutil.which, names)), None) or missing("chromium")


@pytest.fixture(scope="session")
def poppler() -> None:
    """``pdfinfo`` and ``pdftotext``: a PDF as another program reads it."""
    if not (shutil.which("pdfinfo") and shutil.which("pdftotext")):
        missing("poppler-utils")


@pytest.fixture(scope="session")
def postgis() -> Iterator[str]:
    """libpq connection string of a PostgreSQL cluster with PostGIS, made for this run and removed after it."""
    programs = _postgres_programs()
    folder = Path(tempfile.mkdtemp(prefix="tianchou-pg-"))
    server: subprocess.Popen[bytes] | None = None
    try:
        as_owner = _server_account(folder)
        log = folder / "log"
        initdb = [programs / "initdb", "-D", folder / "data", "-U", "tianchou", "-A", "trust", "-N"]
        initdb += ["-E", "UTF8", "--locale=C"]
        made = subprocess.run(initdb, cwd=folder, capture_output=True, text=True, check=False, **as_owner)
        if made.returncode:
            pytest.fail(f"initdb failed:\n{made.stderr}", pytrace=False)
        port = _free_port()
        options = {
            "port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": folder, "fsync": "off",
            "synchronous_commit": "off", "full_page_writes": "off", "max_connections": 20, "max_wal_size": "512MB",
        }  # fmt: skip
        command = [programs / "postgres", "-D", folder / "data"]
        command += [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
        with log.open("wb") as sink:
            server = subprocess.Popen(command, cwd=folder, stdout=sink, stderr=sink, **as_owner)
        address = f"host={folder} port={port} user=tianchou"
        _wait_for(server, f"{address} dbname=postgres", log)
        yield _database_with_postgis(address)
    finally:
        if server is not None:
            _stop(server)
        shutil.rmtree(folder, ignore_errors=True)


def _postgres_programs() -> Path:
    """Folder of initdb and postgres: the newest installed server."""
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: float(p.parts[-3]))
    return found[-1].parent if found else missing("postgresql")


def _server_account(folder: Path) -> dict[str, object]:
    """Options of subprocess that run the server as its own account: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    import pwd

    accounts = {entry.pw_name: entry for entry in pwd.getpwall()}
    account = accounts.get("postgres") or accounts["nobody"]
    os.chown(folder, account.pw_uid, account.pw_gid)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(server: subprocess.Popen[bytes], address: str, log: Path) -> None:
    """Return once the server answers; fail with its log when it ends or stays silent for 30 seconds."""
    import psycopg

    until = time.monotonic() + 30
    while time.monotonic() < until and server.poll() is None:
        with contextlib.suppress(psycopg.OperationalError), psycopg.connect(address, connect_timeout=2):
            return
        time.sleep(0.1)
    pytest.fail(f"PostgreSQL did not start:\n{log.read_text(errors='replace')[-2000:]}", pytrace=False)


def _database_with_postgis(address: str) -> str:
    """Add the extension to the cluster's database; returns the connection string of that database."""
    import psycopg

    with psycopg.connect(f"{address} dbname=postgres", autocommit=True) as connection:
        try:
            connection.execute("CREATE EXTENSION postgis")
        except (psycopg.errors.FeatureNotSupported, psycopg.errors.UndefinedFile):
            missing("postgresql-postgis")
    return f"{address} dbname=postgres"


def _stop(server: subprocess.Popen[bytes]) -> None:
    """End the server without waiting for its clients: nothing in it is worth keeping."""
    server.send_signal(signal.SIGINT)
    try:
        server.wait(10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
