"""The problem as a text that a person can read and any solver can load (CPLEX LP format)."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np

from geo.plan.relocation.cut_model import cut_model
from geo.plan.relocation.highs import one_sided
from geo.plan.relocation.problem import Problem


def lp_text(problem: Problem) -> str:
    """Objective in mu·km, rows in their own units (m², m²·grade …), one variable x a candidate, one z a shared border.

    z_i_j ≥ x_j − x_i costs 2λb: together with the shifted costs of x this is the reward for shared borders.
    """
    model = cut_model(problem)
    program = one_sided(model)
    names = [f"x_{_safe(i)}" for i in problem.pool.ids]
    ties = [f"z_{_safe(problem.pool.ids[a])}_{_safe(problem.pool.ids[b])}"
            for a, b in zip(model.left, model.right, strict=True)]  # fmt: skip
    lines = ["\\ relocation, mu·km", "Minimize", f" burden: {_sum(program.cost, names + ties)}", "Subject To"]
    for row in problem.rows():
        terms = _sum(row.value, [names[k] for k in row.index])
        lines.append(f" {_safe(row.name)}: {terms} {row.sense} {_figure(row.limit)}")
    for tie, a, b in zip(ties, model.left, model.right, strict=True):
        lines.append(f" edge_{tie[2:]}: {tie} + {names[a]} - {names[b]} >= 0")
    fixed = [f" {n} = {int(low)}" for n, low, high in zip(names, model.low, model.high, strict=True) if low == high]
    if fixed:
        lines += ["Bounds", *fixed]
    return "\n".join([*lines, "Binaries", *(f" {n}" for n in names), "End", ""])


def _sum(values: np.ndarray, names: list[str]) -> str:
    terms = [(f"{'-' if v < 0 else '+'} {_figure(abs(v))} {n}") for v, n in zip(values, names, strict=True) if v]
    text = " ".join(terms) or "0"
    return _wrapped(text.removeprefix("+ "))


def _wrapped(text: str, width: int = 200) -> str:
    """Long sums broken at plus and minus signs: some readers refuse lines above 255 characters."""
    cuts = [0]
    for match in re.finditer(r" (?=[+-] )", text):
        if match.start() - cuts[-1] > width:
            cuts.append(match.start())
    return "\n  ".join(text[a:b].strip() for a, b in pairwise([*cuts, len(text)]))


def _figure(value: float) -> str:
    return f"{float(value):.6f}".rstrip("0").rstrip(".")


def _safe(name: str) -> str:
    return re.sub(r"\W", "_", name)
