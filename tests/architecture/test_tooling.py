"""The tooling keeps its word: locks in step, nothing tied to a machine or registry, commands in pages that exist."""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]

# A file above 1.5 MB must be worth its weight in every clone. Pattern -> why.
LARGE_LIMIT = 1_500_000
LARGE = {
    "data/shapefiles/DLTB.*": "the shipped zone: land parcels in the official schema",
    "data/shapefiles/YJJBNTBHTB.*": "the shipped zone: permanent basic farmland",
    "geo/report/fonts/*.ttf": "the Chinese font of maps and reports, so that they print alike everywhere",
}


@cache
def tracked() -> tuple[Path, ...]:
    """Every file of the repository, without what .gitignore leaves out (new files not yet added count too)."""
    command = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    return tuple(path for name in listed if name and (path := ROOT / name).is_file())


@cache
def content(path: Path) -> bytes:
    """Bytes of a tracked file; empty when another test has just taken its temporary file away."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def project() -> dict[str, object]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def declared(*groups: str) -> list[Requirement]:
    """Requirements of pyproject.toml: ``run`` and the extras named."""
    extras = project()["optional-dependencies"]
    texts = [text for group in groups for text in (project()["dependencies"] if group == "run" else extras[group])]
    return [Requirement(text) for text in texts]


# --- locks and environments -------------------------------------------------------------------------------------------


def pins(lock: str) -> dict[str, set[tuple[str, str]]]:
    """Package -> its (version, marker) pins in a lock; several where Python versions differ."""
    found: dict[str, set[tuple[str, str]]] = {}
    for entry in re.split(r"\n(?=\S)", (ROOT / lock).read_text(encoding="utf-8")):
        if entry.startswith("#") or not entry.strip():
            continue
        head, *rest = entry.split("\\\n")
        requirement = Requirement(head.strip())
        assert rest, f"{lock}: {head} has no hash"
        assert all(re.fullmatch(r"\s*--hash=sha256:[0-9a-f]{64}\s*", line) for line in rest), f"{lock}: {head}"
        (exact,) = requirement.specifier
        assert exact.operator == "==", f"{lock}: {head} is not pinned"
        found.setdefault(canonicalize_name(requirement.name), set()).add((exact.version, str(requirement.marker or "")))
    return found


@pytest.mark.parametrize(
    ("lock", "groups"),
    [
        ("requirements.lock", ("run", "build", "office")),
        ("requirements-test.lock", ("run", "build", "office", "test")),
    ],
)
def test_locks_pin_what_the_project_asks_for(lock: str, groups: tuple[str, ...]) -> None:
    locked = pins(lock)
    for requirement in declared(*groups):
        versions = [version for version, _ in locked.get(canonicalize_name(requirement.name), ())]
        assert versions, f"{requirement.name} is not in {lock}: make lock"
        wrong = [version for version in versions if not requirement.specifier.contains(Version(version))]
        assert not wrong, f"{lock}: {requirement.name} {wrong} is outside {requirement.specifier}: make lock"


def test_what_is_tested_is_what_runs() -> None:
    run, test = pins("requirements.lock"), pins("requirements-test.lock")
    versions = {name: {version for version, _ in pin} for name, pin in run.items()}
    assert {name: {version for version, _ in test[name]} for name in run} == versions


def test_the_conda_environment_is_in_step() -> None:
    assert (ROOT / "environment.yml").read_text(encoding="utf-8") == tool("conda_environment").text(), "make lock"


def tool(name: str):
    """A script of tools/, as a module."""
    spec = importlib.util.spec_from_file_location(f"tools_{name}", ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# Packages that come with a declared one, which alone knows the version it can live with.
BROUGHT = {"starlette": "streamlit", "uvicorn": "streamlit", "branca": "folium", "packaging": "pytest"}
# Import name -> package, where they differ.
PACKAGE_OF = {
    "yaml": "pyyaml",
    "docx": "python-docx",
    "PIL": "pillow",
    "fontTools": "fonttools",
}


@pytest.mark.parametrize(
    ("folder", "groups"),
    [
        ("geo", ("run", "office")),
        ("app", ("run",)),
        ("bench", ("run", "test", "bench")),
        ("tests", ("run", "test")),
        ("tools", ("run", "build", "test")),
    ],
)
def test_every_import_is_declared(folder: str, groups: tuple[str, ...]) -> None:
    """No module leans on a package that only happens to be installed."""
    known = {canonicalize_name(requirement.name) for requirement in declared(*groups)}
    known |= {name for name, carrier in BROUGHT.items() if carrier in known}
    known |= {"geo", "app", "tests", "bench"} | set(sys.stdlib_module_names)
    own = {path.stem for path in python_files(folder)}  # a script's own folder is on its path
    strangers = {
        f"{name_of(path)} imports {module}"
        for path in python_files(folder)
        for module in imported(path)
        if canonicalize_name(PACKAGE_OF.get(module, module)) not in known and module not in known and module not in own
    }
    assert not strangers, "\n".join(sorted(strangers))


def imported(path: Path) -> Iterator[str]:
    """Top-level names that a module imports, at any depth of its code."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def python_files(*folders: str) -> list[Path]:
    return [p for p in tracked() if p.suffix == ".py" and p.relative_to(ROOT).parts[0] in folders]


# --- nothing tied to one machine or one registry ----------------------------------------------------------------------

# Written in pieces, so that this list is not found by its own test.
REGISTRIES = [
    "pypi" + ".org", "python" + "hosted", "registry." + "npmjs", "registry." + "yarnpkg", "conda." + "anaconda",
    "anaconda" + ".org", "unpkg" + ".com", "cdn." + "jsdelivr", "cdnjs." + "cloudflare", "mirrors" + ".",
    "deb." + "debian", "--extra-" + "index", "--index" + "-url ", "--trusted" + "-host", "npm" + "mirror",
]  # fmt: skip
MACHINE_PATH = re.compile(rb"(?<![\w.%-])(/root/|/home/[a-z]|/Users/[A-Za-z]|/work/|/opt/\w|/workspace|[A-Z]:\\Users)")


def test_no_file_names_a_registry() -> None:
    """Locks and settings name packages; where they come from is the machine's own affair."""
    named = [
        f"{name_of(path)}: {host}"
        for path in tracked()
        for host in REGISTRIES
        if host.encode() in content(path) and "/vendor/" not in name_of(path)
    ]
    assert not named, "\n".join(named)


def test_no_file_carries_a_path_of_a_machine() -> None:
    found = [
        f"{name_of(path)}: …{hit.group(0).decode()}…"
        for path in tracked()
        if path != Path(__file__) and (hit := MACHINE_PATH.search(content(path)))
    ]
    assert not found, "\n".join(found)


def test_large_files_are_few_and_justified() -> None:
    large = [path for path in tracked() if len(content(path)) > LARGE_LIMIT]
    loose = [name_of(path) for path in large if not any(path.relative_to(ROOT).match(pattern) for pattern in LARGE)]
    assert not loose, f"larger than {LARGE_LIMIT / 1e6} MB and not justified in LARGE: {loose}"
    whole = sum(len(content(path)) for path in tracked())
    assert whole < 80_000_000, f"the repository holds {whole / 1e6:.0f} MB"


# --- a house that can be read -----------------------------------------------------------------------------------------


def test_every_module_opens_with_a_sentence() -> None:
    silent = [
        name_of(path)
        for path in python_files("geo", "app", "tools", "bench")
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not silent, silent


def test_no_promise_is_left_in_the_code() -> None:
    marks = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")
    files = python_files("geo", "app", "tests", "tools", "bench")
    found = [name_of(path) for path in files if marks.search(path.read_text(encoding="utf-8"))]
    assert not found, found


# --- commands ---------------------------------------------------------------------------------------------------------


def pages() -> list[Path]:
    return [path for path in tracked() if path.suffix == ".md"]


def targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))


def test_every_make_command_in_the_pages_exists() -> None:
    named = {
        (name_of(page), target)
        for page in pages()
        for target in re.findall(r"(?:`|^\s*\$? ?)make ([a-z][a-z-]*)", page.read_text(encoding="utf-8"), re.M)
    }
    assert not {(page, target) for page, target in named if target not in targets()}


def test_the_readme_opens_with_the_two_commands() -> None:
    opening = "\n".join((ROOT / "README.md").read_text(encoding="utf-8").splitlines()[:30])
    assert "make run" in opening
    assert "make test" in opening


def test_every_tianchou_command_in_the_pages_exists() -> None:
    from geo.cli import _parser

    action = next(action for action in _parser()._actions if action.dest == "command")
    shown = {
        (name_of(page), word)
        for page in pages()
        for word in re.findall(r"^\s*(?:\$ )?tianchou ([a-z]+)", page.read_text(encoding="utf-8"), re.M)
    }
    planned = {"pool"}  # named in the design, built by a later issue
    assert not {(page, word) for page, word in shown if word not in {*action.choices, *planned}}


def test_ci_runs_what_a_person_runs() -> None:
    script = ROOT / ".ci" / "run"
    assert "make test" in script.read_text(encoding="utf-8")
    assert os.access(script, os.X_OK)
    assert subprocess.run(["sh", "-n", script], check=False).returncode == 0


def test_a_taken_port_is_told_before_any_work(capsys: pytest.CaptureFixture[str]) -> None:
    import socket

    check = tool("free_port").main
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert check(str(port)) == 1
        assert f"PORT={port + 1}" in capsys.readouterr().err
    assert check(str(port)) == 0
    assert check("eighty") == 1
    assert check("70000") == 1
