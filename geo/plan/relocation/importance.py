"""HOW MUCH A PLOT MATTERS: how often good plans hold it, what doing without it costs, what can replace it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from geo.plan.relocation.alternatives import Alternatives
from geo.plan.relocation.problem import Problem
from geo.plan.relocation.reasons import WhatIfNot, switching_costs

if TYPE_CHECKING:
    import pandas as pd

IMPORTANCE_COLUMNS = (
    "candidate_id", "in_plan", "times", "of", "share", "kind", "at_least_mu_km", "at_most_mu_km", "instead",
)  # fmt: skip


def importance(problem: Problem, found: Alternatives, answers: Mapping[str, WhatIfNot] | None = None) -> pd.DataFrame:
    """One row for each plot of any good plan, the most important first: IMPORTANCE_COLUMNS.

    kind: ``needed`` (in every good plan known, and proven to cost more than the plans may differ by), ``always`` (in
    every good plan known), ``exchangeable`` (in some). times, of: good plans that hold it, of how many; share: one by
    the other. at_least_mu_km, at_most_mu_km: what a plan costs more that decides the plot the other way (without it
    when it is in plan A, with it when it is not), proven from below by the certificate and from above by the best plan
    known that does; infinite when none is known. instead: what comes in its township or, where nothing does, its county
    in that best plan (``;`` between ids). answers: exact answers by candidate id (``reasons.what_if_not``); they are
    good plans too and sharpen the figures.
    """
    import pandas as pd

    base = found.base
    answers = answers or {}
    plans = [(p.solution.objective, frozenset(p.solution.chosen)) for p in found.plans]
    known = [*plans, *((a.solution.objective, frozenset(a.solution.chosen)) for a in answers.values() if a.comes)]
    most = (1.0 + found.within) * base.objective
    good = list(dict.fromkeys(chosen for objective, chosen in known if objective <= most + 1e-9))
    least = dict(zip(problem.pool.ids, switching_costs(problem, base).tolist(), strict=True))
    first = frozenset(base.chosen)
    rows = []
    for identifier in sorted(set().union(*good)):
        inside = identifier in first
        times = sum(identifier in chosen for chosen in good)
        others = [(objective, chosen) for objective, chosen in known if (identifier in chosen) != inside]
        cheapest, stands_in = min(others, key=lambda pair: pair[0], default=(np.inf, frozenset()))
        at_least = least[identifier]
        if identifier in answers:
            at_least = max(at_least, answers[identifier].at_least)
        at_most = cheapest - base.bound if others else np.inf
        always = times == len(good)
        needed = always and at_least > found.within * base.objective
        rows.append(
            (identifier, inside, times, len(good), times / len(good),
             "needed" if needed else "always" if always else "exchangeable", at_least, max(at_most, at_least),
             ";".join(_instead(problem, identifier, first, stands_in)) if inside and others else "")
        )  # fmt: skip
    table = pd.DataFrame(rows, columns=list(IMPORTANCE_COLUMNS))
    order = table.sort_values(["times", "at_least_mu_km", "candidate_id"], ascending=[False, False, True])
    return order.reset_index(drop=True)


def _instead(problem: Problem, identifier: str, plan: frozenset[str], other: frozenset[str]) -> list[str]:
    """Plots of the other plan, not of this one, in the plot's township; else in its county."""
    pool = problem.pool
    place = {i: k for k, i in enumerate(pool.ids)}
    here = place[identifier]
    fresh = sorted(other - plan)
    near = [i for i in fresh if pool.town[place[i]] == pool.town[here]]
    return near or [i for i in fresh if pool.county[place[i]] == pool.county[here]]
