"""What a visitor has asked of a plan and been answered: kept in the session until another plan takes its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from geo.study import plan_compare, plan_scenarios, plans

if TYPE_CHECKING:
    import pandas as pd

    from app.plan_view import PlanView
    from geo.plan.relocation.alternatives import Alternatives
    from geo.plan.relocation.frontier import Frontier
    from geo.plan.relocation.reasons import Reason, WhatIfNot
    from geo.study.plan_compare import Comparison, PlanCard
    from geo.study.plans import Explanation
    from geo.study.relocation_result import RelocationResult


@dataclass(frozen=True)
class Kept:
    """A plan kept under a name, with the file that makes it again."""

    name: str
    view: PlanView
    card: PlanCard
    scenario: str


@dataclass
class Desk:
    """Questions and answers about one plan; ``kept`` outlives it. ``marks``: what is drawn over the map;
    ``outlined``: plots that may come and pieces of farmland inside an outline drawn on the map, its ``outline``."""

    run_id: str = ""
    result: RelocationResult | None = None
    others: Alternatives | None = None
    frontier: Frontier | None = None
    answers: dict[str, WhatIfNot] = field(default_factory=dict)
    explanation: Explanation | None = None
    marks: str = ""
    changed: Mapping[str, float] | None = None
    outlined: tuple[tuple[str, ...], tuple[str, ...]] | None = None
    outline: Mapping[str, Any] | None = None
    kept: list[Kept] = field(default_factory=list)
    _reasons: dict[str, Reason] = field(default_factory=dict)
    _importance: Any = None

    def about(self, plan: PlanView) -> Desk:
        """The desk for this plan: emptied when it is another one than before."""
        if plan.run_id != self.run_id or (plan.result is not None and plan.result is not self.result):
            self.run_id, self.result = plan.run_id, plan.result
            self.others, self.frontier, self.explanation, self.marks = None, None, None, ""
            self.outlined = self.outline = None
            self.answers, self._reasons, self._importance = {}, {}, None
        return self

    def reason(self, candidate_id: str) -> Reason | None:
        """Why a candidate is in or out; None when it is no candidate, or the plan is not open."""
        problem = self.result.problem if self.result is not None else None
        if problem is None or self.result is None or not self.result.planned:
            return None
        if candidate_id not in self._reasons:
            if candidate_id not in set(problem.pool.ids):
                return None
            self._reasons[candidate_id] = plans.reason_of(self.result, candidate_id)
        return self._reasons[candidate_id]

    def importance(self) -> pd.DataFrame:
        """The importance of plots over the alternatives and answers so far."""
        assert self.result is not None
        assert self.others is not None
        key = (id(self.others), len(self.answers))
        if self._importance is None or self._importance[0] != key:
            self._importance = (key, plans.plot_importance(self.result, self.others, self.answers))
        found: pd.DataFrame = self._importance[1]
        return found

    def keep(self, name: str, plan: PlanView) -> None:
        """Keep the plan under a name; a plan of that name is replaced."""
        assert self.result is not None
        years = plan.stages.figures["years_asked"] if plan.stages is not None else 1
        saved = plan_scenarios.scenario_of_result(self.result, name, years=years)
        text = plan_scenarios.scenario_text(saved)
        self.kept = [k for k in self.kept if k.name != saved.name]
        self.kept.append(Kept(saved.name, plan, plan_compare.card(self.result, saved.name), text))

    def comparison(self, names: list[str]) -> Comparison:
        """The kept plans of these names side by side."""
        return plan_compare.compare([k.card for k in self.kept if k.name in names])


def change(before: PlanView | None, after: PlanView) -> dict[str, float] | None:
    """Plots new and gone and the change of cost between two plans; None where one of them has no plan."""
    if before is None or not before.planned or not after.planned:
        return None
    old, new = set(before.moved_in["candidate_id"]), set(after.moved_in["candidate_id"])
    return {"inn": len(new - old), "out": len(old - new), "cost": after.objective - before.objective}
