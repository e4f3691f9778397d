"""The pages speak of things that exist: names in the glossary, tests in the invariants, modules in the walk."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_glossary_names_what_the_code_names() -> None:
    rows = [line.split("|") for line in page("docs/glossary.md").splitlines() if line.startswith("| ")]
    words = {word for row in rows if len(row) > 4 for word in re.findall(r"`([^`]+)`", row[3])}
    files = [p for room in ("geo", "app") for p in (ROOT / room).rglob("*") if p.suffix in {".py", ".csv", ".yaml"}]
    code = "\n".join(p.read_text(encoding="utf-8") for p in files)
    absent = sorted(word for word in words if not re.search(rf"(?<!\w){re.escape(word)}(?!\w)", code))
    assert not absent, absent


def test_every_invariant_names_a_test_that_exists() -> None:
    """Tests are named ``path::function``; each must be there, by text."""
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", page("docs/invariants.md"))
    assert named
    for file, function in named:
        path = ROOT / file
        assert path.is_file(), f"docs/invariants.md: {file} is not there"
        if function:
            assert f"def {function}(" in path.read_text(encoding="utf-8"), f"docs/invariants.md: {file}::{function}"


def test_every_path_in_the_pages_exists() -> None:
    for name in ("ARCHITECTURE.md", "docs/invariants.md", "docs/glossary.md"):
        text = page(name)
        for path in re.findall(r"`((?:geo|app|tests|docs|tools|bench|data|notebooks)/[\w./-]+)`", text):
            assert (ROOT / path).exists(), f"{name}: {path}"
        for link in re.findall(r"\]\((?!https?:)([^)#]+)", text):
            assert ((ROOT / name).parent / link).exists(), f"{name}: {link}"


def test_every_dotted_name_in_the_architecture_can_be_imported() -> None:
    """``geo.room.module`` and ``geo.room.module.name`` of the walk, in a process of their own."""
    names = sorted(set(re.findall(r"`((?:geo)(?:\.\w+)+)(?:\([^`]*\))?`", page("ARCHITECTURE.md"))))
    assert names
    script = (
        "import importlib, pkgutil, sys\n"
        "missing = []\n"
        "for name in sys.argv[1:]:\n"
        "    try:\n"
        "        pkgutil.resolve_name(name)\n"
        "    except (ImportError, AttributeError):\n"
        "        missing.append(name)\n"
        "print('\\n'.join(missing))\n"
    )
    done = subprocess.run([sys.executable, "-c", script, *names], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not done.stdout.split(), done.stdout


@pytest.mark.parametrize("name", ["LICENSE", "NOTICE", "CHANGELOG.md", "ARCHITECTURE.md"])
def test_the_pages_that_a_reader_expects_are_there(name: str) -> None:
    assert page(name).strip()


def test_every_carried_work_is_credited() -> None:
    """Each vendored browser package and each outline source is named in NOTICE with its licence."""
    import csv
    import json

    notice = page("NOTICE")
    for entry in json.loads(page("app/static/vendor/manifest.json"))["files"]:
        assert entry["name"].lower() in notice.lower(), entry["name"]
        assert entry["version"] in notice, entry
    with (ROOT / "geo/sample/outline/credits.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            licence = row["licence"].split()[0]
            assert licence.split("-")[0] in notice, row
