"""Writes environment.yml (conda-forge) from pyproject.toml; part of ``make lock``."""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Where conda-forge's name or split differs from the Python name; extras have no counterpart there.
CONDA_NAMES = {
    "fonttools[woff]": ("fonttools", "brotli-python"),
    "tzdata": ("python-tzdata",),
    "playwright": ("playwright-python",),
    "psycopg[binary]": ("psycopg",),
    "types-PyYAML": ("types-pyyaml",),
    "duckdb-extension-spatial": ("duckdb",),  # there it fetches its extensions itself
}
HEAD = """\
# conda-forge, for those who prefer it to the pip locks. Written by `make lock` from pyproject.toml; do not edit.
#   conda env create -f environment.yml && conda activate tianchou
#   pip install --no-deps --no-build-isolation -e .
# then: tianchou relocate data/shapefiles -o out ; tianchou app ; pytest
# (a browser for the browser tests is not packaged on conda-forge: install Chromium with the system.)
name: tianchou
channels:
  - conda-forge
  - nodefaults
dependencies:
"""


def text() -> str:
    """The whole file."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    seen: set[str] = set()
    lines = [f"  - python{project['requires-python']}", "  - pip", "  - make"]
    for title, requirements in {"run": project["dependencies"], **extras}.items():
        lines.append(f"  # {title}")
        for requirement in requirements:
            if requirement in seen:
                continue
            seen.add(requirement)
            name, limits = re.fullmatch(r"([A-Za-z0-9_.-]+(?:\[[a-z]+\])?)(.*)", requirement).groups()
            first, *more = CONDA_NAMES.get(name, (name.lower(),))
            lines += [f"  - {first}{limits}", *(f"  - {other}" for other in more)]
    lines += [
        "  # the database and the PDF reader that the tests compare with",
        "  - postgresql",
        "  - postgis",
        "  - poppler",
    ]
    return HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    (ROOT / "environment.yml").write_text(text(), encoding="utf-8")
    sys.exit(0)
