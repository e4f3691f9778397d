"""The helper that reads strangers' files: waits for questions on its input, forks a confined child for each.

Started by ``geo.io.worker`` only. One JSON line a question, one JSON line an answer; tables go into the folder that
the question names, never through the line.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import sysconfig
import time
import warnings
from pathlib import Path
from typing import Any

from geo.io.gdal_guard import extra_drivers

_PACKAGE = Path(__file__).resolve().parents[1]


def main() -> None:
    """Serve until the input ends."""
    warnings.simplefilter("ignore")
    _only_known_drivers()
    from geo.io.inside import readers
    from geo.io.sandbox import die_with_parent

    die_with_parent()
    readers.warm()
    _say({"status": "ready"})
    for line in sys.stdin.buffer:
        request = json.loads(line)
        if hasattr(os, "fork"):
            _say(_forked(request))
        else:
            _answer(request, confined=False)
            _say({"status": "done", "how": "ok"})


def _only_known_drivers() -> None:
    """Begin again with a longer list of refused drivers when this GDAL knows one that the list does not."""
    more = extra_drivers()
    if more and os.environ.get("TIANCHOU_GDAL_AGAIN") != "1":
        os.environ["TIANCHOU_GDAL_AGAIN"] = "1"
        os.environ["GDAL_SKIP"] += " " + " ".join(more)
        os.execv(sys.executable, [sys.executable, "-m", "geo.io.worker_process"])  # noqa: S606  # ourselves
    if more:
        sys.exit(3)


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.buffer.write(json.dumps(answer).encode("ascii") + b"\n")
    sys.stdout.buffer.flush()


def _forked(request: dict[str, Any]) -> dict[str, Any]:
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = _answer(request, confined=True)
        finally:
            os._exit(code)
    until = time.monotonic() + float(request["clock"])
    pause = 0.001
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            break
        if time.monotonic() > until:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return {"status": "done", "how": "timeout", "reason": f"> {request['seconds']:.0f} s"}
        time.sleep(pause)
        pause = min(pause * 1.5, 0.02)
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        how = "timeout" if number == signal.SIGXCPU else "died"
        return {"status": "done", "how": how, "reason": f"signal {number}"}
    how = {0: "ok", 4: "memory"}.get(os.WEXITSTATUS(status), "died")
    return {"status": "done", "how": how, "reason": ""}


def _answer(request: dict[str, Any], *, confined: bool) -> int:
    """Read the file and leave told.json; the exit code: 0 answered, 4 out of memory, 1 anything else."""
    from geo.io.inside import readers
    from geo.io.sandbox import confine, die_with_parent

    out = Path(request["out"])
    loose: list[str] = []
    if confined:
        die_with_parent()
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_RDWR), 1)
        readable = [sys.prefix, sys.base_prefix, sysconfig.get_path("purelib"), str(_PACKAGE), "/usr", "/lib", "/lib64"]
        readable += [os.devnull, "/dev/urandom", "/proc/self/statm", request["path"]]
        readable += request["options"].get("parts", {}).values()
        loose = confine(
            readable, [str(out)], memory=int(request["memory"]), seconds=float(request["seconds"]),
            output=int(request["output"]),
        )  # fmt: skip
    try:
        closed = closed_doors(request["path"], request["options"]) if confined else []
        if closed:
            told: dict[str, Any] = {"refused": closed}
        else:
            told = readers.read(request["kind"], Path(request["path"]), out, request["options"])
    except MemoryError:
        return 4
    except readers.Refused as refused:
        told = {"refused": [list(n) for n in refused.notes]}
    except (OSError, ValueError, ArithmeticError, LookupError, TypeError, RuntimeError, RecursionError) as fault:
        told = {"refused": [["IO107", "error", f"{type(fault).__name__}: {_short(fault)}", "", {}]]}
    told["loose"] = loose
    try:
        (out / "told.json").write_text(json.dumps(told), encoding="utf-8")
    except MemoryError:
        return 4
    return 0


def closed_doors(path: str, options: dict[str, Any]) -> list[list[Any]]:
    """Notes on what the confined process must read and may not: the file's parts, and its own program folder.

    It is a user without privileges there: an administrator's right to read whatever is stored does not reach into it.
    """
    import pyproj

    notes: list[list[Any]] = []
    own = Path(pyproj.datadir.get_data_dir()) / "proj.db"
    if not _opens(own):
        notes.append(["IO161", "error", sys.prefix, "", {}])
    files = [Path(p) for p in (path, *options.get("parts", {}).values())]
    shut = sorted({f.name for f in files if not (f.is_dir() or _opens(f))})
    if shut:
        notes.append(["IO162", "error", ", ".join(shut), "", {}])
    return notes


def _opens(path: Path) -> bool:
    try:
        with path.open("rb"):
            return True
    except PermissionError:
        return False
    except OSError:  # gone or strange: the reader says what it is
        return True


def _short(fault: BaseException) -> str:
    """What a library says of a fault, without paths and without what it may quote of a file."""
    text = str(fault).splitlines()[0] if str(fault) else ""
    return "".join(c for c in text if c.isprintable())[:160]


if __name__ == "__main__":
    main()
