"""A folder on a stick that installs 田畴 without internet, for Linux and Windows: ``make wheelhouse``.

    python tools/wheelhouse.py [--out dist/wheelhouse] [--platform linux] [--platform windows] [--python 3.11]
    python tools/wheelhouse.py --check [--out …]     install the Linux folder without an index into a new environment,
                                                     run the program; count and hash the wheels of the Windows folder

Every package of requirements.lock for that platform, with the hashes that the lock names; the project's own wheel; the
shipped zone; install.sh or install.bat; a page that says what to do. The lock's markers are judged for the machine that
will install, not for this one. Run it with the project's environment (.venv), where pip and setuptools are.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from packaging.markers import Marker
from packaging.utils import canonicalize_name, parse_wheel_filename

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Target:
    """A kind of machine: pip's platform tags (best first) and what environment markers see there."""

    tags: tuple[str, ...]
    markers: dict[str, str]
    script: str


TARGETS = {
    "linux": Target(
        ("manylinux_2_28_x86_64", "manylinux_2_27_x86_64", "manylinux_2_24_x86_64", "manylinux_2_17_x86_64",
         "manylinux2014_x86_64", "manylinux_2_12_x86_64", "manylinux2010_x86_64", "manylinux_2_5_x86_64",
         "manylinux1_x86_64", "linux_x86_64"),
        {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix", "platform_machine": "x86_64"},
        "install.sh",
    ),
    "windows": Target(
        ("win_amd64",),
        {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt", "platform_machine": "AMD64"},
        "install.bat",
    ),
}  # fmt: skip

SH = """\
#!/bin/sh
# 田畴：不联网安装。用法 / usage:  sh install.sh [目标目录 / folder]      需要 / needs: Python {python}
set -eu
here=$(cd "$(dirname "$0")" && pwd)
into=${{1:-"$here/tianchou"}}
python=$(command -v python{python} || command -v python3 || true)
[ -n "$python" ] && "$python" -c 'import sys; sys.exit(sys.version_info[:2] != ({version}))' || {{
    echo "需要 Python {python}。/ Python {python} is needed." >&2; exit 1; }}
"$python" -m venv "$into"
"$into/bin/python" -m pip install --quiet --no-index --find-links "$here/wheels" --no-deps --require-hashes \\
    -r "$here/requirements.txt"
"$into/bin/python" -m pip install --quiet --no-index --no-deps "$here"/wheels/tianchou-*.whl
echo "已安装。/ Installed.   打开地图 / open the map:"
echo "  \\"$into/bin/tianchou\\" relocate \\"$here/shapefiles\\" -o \\"$here/out\\""
echo "  \\"$into/bin/tianchou\\" app --zone \\"$here/shapefiles\\" -o \\"$here/out\\""
"""

BAT = """\
@echo off
chcp 65001 >nul
rem Tianchou, without internet. Needs Python {python} (64 bit).  Usage: install.bat
cd /d "%~dp0"
py -{python} -c "import sys" 2>nul
if errorlevel 1 (
  echo Python {python} is needed: install it first, with the "py launcher".
  exit /b 1
)
py -{python} -m venv tianchou || exit /b 1
tianchou\\Scripts\\python -m pip install --quiet --no-index --find-links wheels --no-deps ^
  --require-hashes -r requirements.txt || exit /b 1
for %%w in (wheels\\tianchou-*.whl) do tianchou\\Scripts\\python -m pip install --quiet --no-index ^
  --no-deps "%%w" || exit /b 1
echo Installed. Open the map:
echo   tianchou\\Scripts\\tianchou relocate shapefiles -o out
echo   tianchou\\Scripts\\tianchou app --zone shapefiles -o out
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "dist" / "wheelhouse")
    parser.add_argument("--platform", action="append", choices=sorted(TARGETS), default=[])
    parser.add_argument("--python", default="{}.{}".format(*sys.version_info[:2]))
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    names = args.platform or sorted(TARGETS)
    if args.check:
        return max(check(args.out / name, TARGETS[name], args.python) for name in names)
    for name in names:
        make(args.out / name, TARGETS[name], args.python)
    return 0


def make(folder: Path, target: Target, python: str) -> None:
    """Fill one folder; the earlier one is replaced when the new one is whole."""
    draft = folder.with_name(folder.name + ".writing")
    shutil.rmtree(draft, ignore_errors=True)
    wheels = draft / "wheels"
    wheels.mkdir(parents=True)
    (draft / "requirements.txt").write_text(locked(target, python), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--require-hashes",
        "--only-binary",
        ":all:",
    ]
    command += ["--python-version", python, "--implementation", "cp", "-d", str(wheels)]
    command += [part for tag in target.tags for part in ("--platform", tag)]
    subprocess.run([*command, "-r", str(draft / "requirements.txt")], check=True)
    own = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", str(wheels)]
    with tempfile.TemporaryDirectory() as clean:  # of the sources alone: a build leaves its traces
        source = Path(clean) / "source"
        shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(".*", "out", "dist", "build", "data", "*.egg-info"))
        subprocess.run([*own, str(source)], check=True)
    shutil.copytree(ROOT / "data" / "shapefiles", draft / "shapefiles")
    shutil.copy(ROOT / "docs" / "offline-install.md", draft / "安装说明-INSTALL.md")
    shutil.copy(ROOT / "LICENSE", draft / "LICENSE")
    values = {"python": python, "version": python.replace(".", ", ")}
    text = (SH if target.script.endswith(".sh") else BAT).format(**values)
    end = "\r\n" if target.script.endswith(".bat") else "\n"
    (draft / target.script).write_text(text, encoding="utf-8", newline=end)
    sums = [f"{digest(p)}  {p.relative_to(draft).as_posix()}" for p in sorted(draft.rglob("*")) if p.is_file()]
    (draft / "SHA256SUMS").write_text("\n".join(sums) + "\n", encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    draft.replace(folder)
    size = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) / 1e6
    print(f"{folder}: {len(list((folder / 'wheels').iterdir()))} wheels, {size:.0f} MB")


def locked(target: Target, python: str) -> str:
    """The lock's requirements for that machine, hashes kept, markers judged and dropped."""
    environment = {
        **target.markers, "python_version": python, "python_full_version": f"{python}.0",
        "implementation_name": "cpython", "platform_python_implementation": "CPython", "extra": "",
    }  # fmt: skip
    text = (ROOT / "requirements.lock").read_text("utf-8").replace("\\\n", " ")
    kept = []
    for line in text.splitlines():
        if not re.match(r"[A-Za-z0-9]", line):
            continue
        head, _, hashes = line.partition(" --hash")
        requirement, _, marker = head.partition(";")
        if not marker.strip() or Marker(marker.strip()).evaluate(environment):
            kept.append(f"{requirement.strip()} --hash{hashes}")
    return "\n".join(kept) + "\n"


def check(folder: Path, target: Target, python: str) -> int:
    """Whether a folder is whole; the one for this kind of machine is installed and used without an index."""
    wanted = dict(re.match(r"([A-Za-z0-9_.-]+)==(\S+)", line).groups() for line in locked(target, python).splitlines())
    there = {n: str(v) for n, v, *_ in (parse_wheel_filename(p.name) for p in (folder / "wheels").glob("*.whl"))}
    gone = [n for n, v in wanted.items() if there.get(canonicalize_name(n)) != v]
    bad = [
        line for line in (folder / "SHA256SUMS").read_text("utf-8").splitlines()
        if digest(folder / line.split("  ", 1)[1]) != line.split("  ", 1)[0]
    ]  # fmt: skip
    print(
        f"{folder.name}: {len(wanted)} packages asked, {len(gone)} missing {gone}, {len(bad)} files with another hash"
    )
    if gone or bad:
        return 1
    if target.script.endswith(".bat") or not sys.platform.startswith("linux"):
        return 0
    with tempfile.TemporaryDirectory(prefix="tianchou-offline-") as into:
        # Whatever index this machine knows is out of reach: what is not in the folder fails.
        alone = {k: v for k, v in os.environ.items() if not k.startswith("PIP_")}
        nowhere = {
            "PIP_CONFIG_FILE": os.devnull,
            "http_proxy": "http://127.0.0.1:9",
            "https_proxy": "http://127.0.0.1:9",
        }
        alone |= nowhere
        subprocess.run(["sh", str(folder / "install.sh"), f"{into}/env"], check=True, env=alone)
        program = f"{into}/env/bin/tianchou"
        command = [program, "conflicts", str(folder / "shapefiles"), "-o", f"{into}/out"]
        subprocess.run(command, check=True, env=alone, cwd=into, stdout=subprocess.DEVNULL)
        wrote = sorted(p.name for p in Path(into, "out").iterdir())
        print(f"{folder.name}: installed without an index; tianchou conflicts wrote {', '.join(wrote)}")
    return 0


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
