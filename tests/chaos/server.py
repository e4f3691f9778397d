"""A PostgreSQL server of one's own, with durable settings, that can be killed without warning and started again."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any


class Server:
    """One cluster in a folder of its own; ``kill`` sends SIGKILL to the server and every one of its processes."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="tianchou-pg-"))
        self.programs = _programs()
        self.account: dict[str, Any] = {}
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            import pwd

            entry = {e.pw_name: e for e in pwd.getpwall()}.get("postgres") or pwd.getpwnam("nobody")
            os.chown(self.folder, entry.pw_uid, entry.pw_gid)
            self.account = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        made = [self.programs / "initdb", "-D", self.folder / "data", "-U", "tianchou", "-A", "trust"]
        subprocess.run([*made, "-E", "UTF8", "--locale=C"], cwd=self.folder, check=True, stdout=subprocess.DEVNULL,
                       **self.account)  # fmt: skip
        self.running: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"host={self.folder} port={self.port} user=tianchou dbname=postgres"

    def start(self) -> None:
        """Start and wait until it answers (after a kill it first replays its log)."""
        import psycopg

        options = {"port": self.port, "listen_addresses": "127.0.0.1", "unix_socket_directories": self.folder,
                   "fsync": "on", "synchronous_commit": "on", "full_page_writes": "on",
                   "max_connections": 30}  # fmt: skip
        command = [self.programs / "postgres", "-D", self.folder / "data"]
        command += [part for k, v in options.items() for part in ("-c", f"{k}={v}")]
        with (self.folder / "log").open("ab") as log:
            self.running = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log,
                                            start_new_session=True, **self.account)  # fmt: skip
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with contextlib.suppress(psycopg.OperationalError), psycopg.connect(self.address, connect_timeout=2):
                return
            time.sleep(0.1)
        raise SystemExit((self.folder / "log").read_text(errors="replace")[-2000:])

    def kill(self) -> None:
        """The power cut, as far as a running system allows: no process of the server gets to say a word."""
        if self.running is None:
            return
        for child in _family(self.running.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        self.running.wait()
        # What a shared-memory segment of the dead server still holds is no concern of the new one.
        (self.folder / "data" / "postmaster.pid").unlink(missing_ok=True)
        time.sleep(0.3)

    def remove(self) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def _programs() -> Path:
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    return sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: float(p.parts[-3]))[-1].parent


def _family(parent: int) -> list[int]:
    """The process and its direct children, the parent first."""
    found = [parent]
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, ValueError):
                stat = (entry / "stat").read_text()
                if int(stat.rpartition(")")[2].split()[1]) == parent:
                    found.append(int(entry.name))
    return found
