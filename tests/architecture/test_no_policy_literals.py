"""No number of the law in code: limits live in geo/policy/parameters and arrive as arguments.

Two nets. Numbers that can mean nothing but the law are caught wherever they stand. Small numbers (8, 15, 25, 400)
are caught when the words around them (the names in the same comparison, assignment, argument or default) say what
they limit: ``slope_deg >= 25`` is a law in disguise, ``range(25)`` is not.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

UNMISTAKABLE = {
    3333.33: "fragment.threshold_mu in m²",
    6666.67: "report.bins_mu in m²",
    13333.33: "report.bins_mu in m²",
    66666.67: "fragment.hundred_mu in m²",
    666.67: "one 亩: geo.standards.units",
    666.6667: "one 亩: geo.standards.units",
    647.6: "totals.boundary_km2",
    143.32: "totals.redline_km2",
    803.6: "totals.construction_km2",
    350_000: "approval.cropland_ha in m²",
    700_000: "approval.other_ha in m²",
}

# words of the surrounding names -> numbers that are then a limit of the law
SUSPICIOUS = (
    (r"slope", {2, 6, 15, 25}),
    (r"threshold|small|scattered|fragment", {5, 10, 20, 100}),
    (r"gap_m|contiguity_gap|aggregat", {8, 17, 20}),
    (r"min_patch|min_area|sliver", {200, 400, 600}),
    (r"town_cap|cap_share|town_share", {0.05, 5}),
    (r"ratio|area|quantity|moved|outgoing|incoming", {1.05}),
    (r"ratio|multiple|expansion", {1.3}),
    (r"capacity|grain|yield", {1500, 100}),
    (r"turnover|years_max|term_years", {3, 5}),
    (r"built_share", {0.5}),
    (r"isolation", {100}),
    (r"width_m\b", {10}),
    (r"shape_index", {3}),
    (r"farmland_share", {0.8}),
)

# The generator invents a zone: its numbers are a description of that zone, not limits that anything is judged by.
INVENTED = ("geo/sample/",)
# The one place that says how large a 亩 is.
UNITS = ("geo/standards/units.py",)


def _numbers(path: Path) -> Iterator[str]:
    """Every law number in a file, with the parameter it should be."""
    tree = ast.parse(path.read_text("utf-8"))
    parents = {child: parent for parent in ast.walk(tree) for child in ast.iter_child_nodes(parent)}
    for node in ast.walk(tree):
        if _is_mu(node):
            yield f"{node.lineno} {ast.unparse(node)}: one 亩, see geo.standards.units"
        if (
            not isinstance(node, ast.Constant)
            or isinstance(node.value, bool)
            or not isinstance(node.value, int | float)
        ):
            continue
        for number, meaning in UNMISTAKABLE.items():
            if abs(node.value - number) < (0.005 if number > 100 else 1e-9):
                yield f"{node.lineno} {node.value}: {meaning}"
        words = _words_around(node, parents)
        for pattern, numbers in SUSPICIOUS:
            if node.value in numbers and re.search(pattern, words):
                yield f"{node.lineno} {node.value} beside '{words.strip()}'"


def _is_mu(node: ast.AST) -> bool:
    if not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div | ast.Mult)):
        return False
    values = [n.value for n in (node.left, node.right) if isinstance(n, ast.Constant)]
    return values in ([2000, 3], [2000.0, 3.0])


def _words_around(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> str:
    """Names in the comparison, assignment, keyword or default that a number stands in."""
    while True:
        parent = parents.get(node)
        if isinstance(parent, ast.keyword):
            return parent.arg or ""
        if isinstance(parent, ast.Compare | ast.Assign | ast.AnnAssign):
            return " ".join(_names(parent))
        if isinstance(parent, ast.arguments):
            return _default_of(node, parent)
        if isinstance(parent, ast.Call):
            return " ".join(_names(parent.func))
        if parent is None or isinstance(parent, ast.stmt | ast.Subscript):
            return ""
        node = parent


def _default_of(node: ast.AST, arguments: ast.arguments) -> str:
    named = [*arguments.posonlyargs, *arguments.args]
    pairs = [*zip(named[::-1], arguments.defaults[::-1], strict=False)]
    pairs += [(a, d) for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if d]
    return next((a.arg for a, d in pairs if d is node), "")


def _names(node: ast.AST) -> Iterator[str]:
    for child in ast.walk(node):
        if isinstance(child, ast.Name):
            yield child.id
        elif isinstance(child, ast.Attribute):
            yield child.attr
        elif isinstance(child, ast.Constant) and isinstance(child.value, str):
            yield child.value


def test_no_number_of_the_law_in_code() -> None:
    found = []
    for path in sorted((ROOT / "geo").rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if not name.startswith((*INVENTED, *UNITS)):
            found += [f"{name}:{place}" for place in _numbers(path)]
    assert not found, "move to geo/policy/parameters and pass in:\n" + "\n".join(found)


@pytest.mark.parametrize(
    "line",
    [
        "ok = area_in >= 1.05 * area_out",
        "steep = frame['slope_deg'] > 25",
        "def join(frame, *, gap_m=8): pass",
        "patches = find(frame, min_patch_m2=400)",
        "MU = 2000 / 3",
        "cap = town_cap * 1\ntown_cap = 0.05",
        "small = area_m2 < 3333.33",
    ],
)
def test_the_nets_catch_a_law_in_disguise(line: str, tmp_path: Path) -> None:
    path = tmp_path / "room.py"
    path.write_text(line, "utf-8")
    assert list(_numbers(path))


@pytest.mark.parametrize("line", ["for i in range(25): pass", "digits = 8", "width = 10", "x = rows[:400]"])
def test_the_nets_let_plain_numbers_pass(line: str, tmp_path: Path) -> None:
    path = tmp_path / "room.py"
    path.write_text(line, "utf-8")
    assert not list(_numbers(path))
