"""Writes docs/relocation-model.md from the docstrings of the constraints, the objective and the solvers.

Run: ``python tools/make_model_page.py`` writes; ``--check`` only says whether the page is current (exit 1 when not).
"""

from __future__ import annotations

import inspect
import sys
from dataclasses import fields
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from geo.plan.relocation import (  # noqa: E402 - found through the line above
    again,
    certificate,
    constraints,
    core,
    cut_model,
    dual,
    large,
    leaving,
    min_cut,
    model,
    near,
    objective,
    polish,
    recheck,
    reduced,
    rounding,
    sift,
    tree,
    turns,
)
from geo.plan.relocation.constraints import Constraint  # noqa: E402

PAGE = ROOT / "docs" / "relocation-model.md"
HEAD = """# 布局调整模型 / The relocation model

<!-- Written by tools/make_model_page.py from the docstrings. Change those, then run it again. -->

本页由代码中的约束说明自动生成：规划最小化什么、必须满足什么、如何证明。
This page is made from the code: what the planner minimises, what must hold, and how it is proven.

Sets: i runs over the pieces that leave, j over the candidates that may come in; x_j is 1 when candidate j comes in.
Areas are net areas after field ridges, in m² on the ellipsoid.
"""


def nouns() -> list[type[Constraint]]:
    """The constraints, in the order of their message codes."""
    found = [getattr(constraints, name) for name in constraints.__all__]
    kinds = [k for k in found if isinstance(k, type) and issubclass(k, Constraint) and k is not Constraint]
    return sorted(kinds, key=lambda k: k.code)


def text_of(thing: object) -> str:
    return inspect.cleandoc(inspect.getdoc(thing) or "")


def page() -> str:
    """The whole page as text."""
    parts = [HEAD, "## What is minimised\n", text_of(objective) + "\n", "```", objective_formula(), "```\n"]
    parts += [text_of(objective.Weights) + "\n"]
    parts += ["Defaults: " + ", ".join(f"`{f.name}` {f.default}" for f in fields(objective.Weights)) + ".\n"]
    parts += ["### Contiguity as shared border\n", text_of(objective.metre_worth) + "\n"]
    parts += ["With the default weights: " + contiguity() + "\n", *golden("contiguity", "edge_", "burden")]
    parts += ["## What must hold\n"]
    parts += ["| code | name | 中文 | English | file |", "|---|---|---|---|---|"]
    parts += [f"| {k.code} | `{k.name}` | {k.zh} | {k.en} | [{k.name}]({source(k)}) |" for k in nouns()]
    parts.append("")
    for kind in nouns():
        parts += [f"### {kind.zh} / {kind.en} (`{kind.name}`)\n", text_of(kind) + "\n"]
        parts += golden(kind.name, kind.name)
    parts += ["### By county\n", "The balance of quantity where two counties lose land.\n"]
    parts += golden("area_by_county", "area")
    parts += ["## What may leave\n", text_of(leaving) + "\n", "## How it is solved\n"]
    ways = (model, cut_model, dual, min_cut, core, large, sift, reduced, tree, rounding, polish, near, turns, again)
    for module in ways:
        parts += [f"### `{module.__name__}`\n", text_of(module) + "\n"]
    parts += ["## How it is proven\n", text_of(certificate) + "\n", "## How it is rechecked\n", text_of(recheck) + "\n"]
    return "\n".join(parts)


def golden(name: str, *starts: str) -> list[str]:
    """The rows of a golden LP that begin so, as a block of the page."""
    text = (ROOT / "tests" / "golden" / f"relocation_{name}.lp").read_text("utf-8").replace("\n  ", " ")
    rows = [row.strip() for row in text.splitlines() if row.strip().startswith(starts)]
    return ["On the fields of the tests:\n", "```", *rows, "```\n"] if rows else []


def contiguity() -> str:
    """What a metre of border is worth, in figures."""
    weights = objective.Weights()
    between, retained = objective.metre_worth(weights)
    return (
        f"one metre of border between two plots that both come in is worth {between:.2f} mu·km, one metre along "
        f"retained farmland {retained:.2f} mu·km; a border of 50 m therefore pays for bringing one mu "
        f"{50 * between / weights.distance:.1f} km further."
    )


def objective_formula() -> str:
    """The objective as optimised, from the function that computes it."""
    head = (inspect.getdoc(objective.linear_costs) or "").split(" for every")[0]
    return f"min  Σ ({head}) x_j − Σ 2λ b_ij x_i x_j"


def source(kind: type[Constraint]) -> str:
    path = Path(inspect.getfile(kind)).resolve().relative_to(ROOT)
    return f"../{path.as_posix()}"


def main() -> int:
    """Writes the page, or checks it."""
    text = page()
    if "--check" in sys.argv:
        current = PAGE.exists() and PAGE.read_text("utf-8") == text
        print("current" if current else "docs/relocation-model.md is not current: run tools/make_model_page.py")
        return 0 if current else 1
    PAGE.write_text(text, encoding="utf-8")
    print(PAGE.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
