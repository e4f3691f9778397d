"""Sets up what ``make run`` and ``make test`` need, once: the environment in .venv and, for tests, system packages.

    python3 tools/setup.py run     .venv with requirements.lock and this project
    python3 tools/setup.py test    .venv with requirements-test.lock, and the system packages the tests start
    python3 tools/setup.py bench   requirements-bench.lock: also the peers that the benchmarks compare with

Standard library only, and no syntax newer than Python 3.7, so that an old interpreter can still say what is missing.
A stamp in .venv holds the hash of the lock: the second run takes no time.
"""

import ctypes
import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "tianchou-setup.json"
OLDEST = (3, 11)
LOCKS = {"run": "requirements.lock", "test": "requirements-test.lock", "bench": "requirements-bench.lock"}


def main(kind):
    """Make the environment of this kind ready; returns the exit code."""
    if sys.version_info < OLDEST:
        return newer_python(kind)
    lock = ROOT / LOCKS[kind]
    want = {
        "lock": {kind: digest(lock)},
        "project": digest(ROOT / "pyproject.toml"),
        "python": list(sys.version_info[:2]),
        "root": str(ROOT),
    }
    have = read_stamp()
    moved = have.get("root", str(ROOT)) != str(ROOT)  # its scripts carry the old folder's name
    if moved or have.get("python", want["python"]) != want["python"] or not works(interpreter()):
        have = {}
        if not make_venv():
            return 1
    # apt waits for the network and the disk, pip for the network and the processor: side by side.
    there = []
    system = threading.Thread(target=lambda: there.append(kind == "run" or system_packages()))
    system.start()
    try:
        packages(kind, lock, want, have)
    finally:
        system.join()
    return 0 if there == [True] else 1


def packages(kind, lock, want, have):
    """The locked packages and this project in .venv, and the stamp that says so."""
    locks = dict(have.get("lock", {}))
    for larger in ("test", "bench"):  # the larger locks hold every pin of the smaller ones
        if larger != kind and kind != "bench" and locks.get(larger) == digest(ROOT / LOCKS[larger]):
            locks[kind] = want["lock"][kind]
    if locks.get(kind) != want["lock"][kind]:
        say(f"安装 {lock.name}（首次约一两分钟）", f"installing {lock.name} (a minute or two, once)")
        # Tests compile what they import; to compile every package first would cost more.
        lazy = ["--no-compile"] if kind == "test" else []
        pip("install", "-qq", *lazy, "--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", str(lock))
        locks[kind] = want["lock"][kind]
        have.pop("project", None)
    if have.get("project") != want["project"]:
        pip("install", "-qq", "--no-deps", "--no-build-isolation", "--editable", str(ROOT))
    want["lock"] = locks
    STAMP.write_text(json.dumps(want, indent=1) + "\n", encoding="utf-8")


def newer_python(kind):
    """Hand over to a newer interpreter on the PATH, or name what is missing."""
    for name in ("python3.13", "python3.12", "python3.11", "python3.14"):
        path = shutil.which(name)
        if path and works(path):
            return subprocess.call([path, str(Path(__file__).resolve()), kind])
    here = sys.version.split()[0]
    say(
        f"需要 Python 3.11 或更高版本，现在是 {here}。可用 make PYTHON=<解释器> 指定。",
        f"Python 3.11 or newer is needed, this is {here}. Name one with make PYTHON=<interpreter>.",
    )
    return 1


def make_venv():
    """A new .venv; installs Debian's venv module where it is missing and we may."""
    say("建立环境 .venv", "making the environment .venv")
    command = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    if subprocess.call(command, stdout=subprocess.DEVNULL) == 0:
        return True
    version = "{}.{}".format(*sys.version_info[:2])
    if can_apt() and apt(f"python{version}-venv") and subprocess.call(command) == 0:
        return True
    say(
        f"不能建立 .venv：请先安装 python{version}-venv（或 virtualenv）。",
        f"cannot make .venv: install python{version}-venv first.",
    )
    return False


def system_packages():
    """Install or name the system packages that the tests start; False when they are required and missing."""
    missing = [name for name, present in COMPONENTS.items() if not present()]
    if missing and can_apt():
        say("安装系统软件包：" + " ".join(missing), "installing system packages: " + " ".join(missing))
        apt(*missing)
        missing = [name for name, present in COMPONENTS.items() if not present()]
    if not missing:
        return True
    required = os.environ.get("CI") == "true"
    say(
        "缺少系统软件包：{0}。安装：sudo apt-get install {0}".format(" ".join(missing))
        + ("" if required else "；相关测试将跳过。"),
        "missing system packages: {0}. Install: sudo apt-get install {0}".format(" ".join(missing))
        + ("" if required else "; the tests that need them are skipped."),
    )
    return not required


def has_browser():
    """A Chromium or Chrome on the PATH."""
    return any(shutil.which(n) for n in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"))


def has_postgres():
    """A PostgreSQL server (not only its client)."""
    return bool(shutil.which("initdb")) or any(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


def has_postgis():
    """The PostGIS extension of a server."""
    folders = [Path("/usr/share/postgresql")]
    if shutil.which("pg_config"):
        answer = subprocess.run(["pg_config", "--sharedir"], stdout=subprocess.PIPE, text=True, check=False)
        folders.append(Path(answer.stdout.strip() or "/nowhere"))
    return any(any(folder.rglob("postgis.control")) for folder in folders if folder.is_dir())


def has_chinese_font():
    """Any font that the browser can show Chinese with."""
    if not shutil.which("fc-list"):
        return False
    answer = subprocess.run(["fc-list", ":lang=zh", "family"], stdout=subprocess.PIPE, check=False)
    return bool(answer.stdout.strip())


def has_libatomic():
    """The library that the browser's driver (a Node.js of its own) is linked with; bare systems lack it."""
    if not sys.platform.startswith("linux"):
        return True
    try:
        ctypes.CDLL("libatomic.so.1")
    except OSError:
        return False
    return True


COMPONENTS = {
    "chromium": has_browser,
    "libatomic1": has_libatomic,
    "postgresql": has_postgres,
    "postgresql-postgis": has_postgis,
    "fonts-noto-cjk": has_chinese_font,
    "poppler-utils": lambda: bool(shutil.which("pdfinfo")),
}


def can_apt():
    """Root on a machine with apt."""
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt(*packages):
    """Install packages without questions and without starting their services."""
    # RUNLEVEL=1 keeps a freshly installed PostgreSQL from starting its own cluster: the tests start theirs.
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive", RUNLEVEL="1")
    install = ["apt-get", "install", "--yes", "--no-install-recommends", "-o", "Acquire::Retries=3"]
    subprocess.call(["apt-get", "update", "-qq"], env=environment, stdin=subprocess.DEVNULL)
    quiet = {"env": environment, "stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
    return subprocess.call(install + list(packages), **quiet) == 0


def interpreter():
    """The Python of .venv."""
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def works(python):
    """Whether an interpreter is there and new enough."""
    test = f"import sys, pip, venv; sys.exit(sys.version_info < {OLDEST!r})"
    try:
        return subprocess.call([str(python), "-c", test], stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def pip(*arguments):
    """Run the environment's pip; a failure ends the setup with pip's own message."""
    subprocess.run([str(interpreter()), "-m", "pip", "--disable-pip-version-check", *list(arguments)], check=True)


def digest(path):
    """sha256 of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_stamp():
    """What the last setup left, {} when there was none."""
    try:
        return json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def say(zh, en):
    """One line for a person, Chinese first."""
    print("[setup] " + zh + " / " + en, flush=True)


if __name__ == "__main__":
    kinds = sys.argv[1:]
    if len(kinds) != 1 or kinds[0] not in LOCKS:
        sys.exit("usage: python3 tools/setup.py run|test")
    try:
        sys.exit(main(kinds[0]))
    except subprocess.CalledProcessError as failure:
        sys.exit("[setup] 失败 / failed: " + " ".join(map(str, failure.cmd[-4:])))
