"""WHO APPROVES: the route of a project by articles 2 and 6 of the zone policy and the Land Administration Law.

Conditions, not duties: each only says whether something is so. ``route`` puts them together.
Facts: subject, kind 'project', project_kind, counties (of the zone's three), outside_pilot_m2, farmland_m2,
cropland_m2 (other than permanent basic farmland), other_m2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

from geo.policy.rule import Judgement, Rule, certain, fact, one_of, setting
from geo.standards.messages import message

if TYPE_CHECKING:
    from geo.policy.book import RuleBook
    from geo.policy.scenario import Scenario

_PROJECT = ("project",)

RULES = (
    Rule(
        code="approval.cross_region",
        check="",
        kinds=_PROJECT,
        articles=("zone2020.2",),
        severity="info",
        unit="count",
        measured=fact("counties"),
        sense="at_least",
        limit=setting("approval.cross_region_counties"),
        condition=True,
    ),
    Rule(
        code="approval.in_pilot",
        check="",
        kinds=_PROJECT,
        articles=("zone2020.2",),
        severity="info",
        unit="m2",
        measured=fact("outside_pilot_m2"),
        sense="at_most",
        limit=setting("approval.outside_pilot_max_m2"),
        condition=True,
    ),
    Rule(
        code="approval.province_quota",
        check="",
        kinds=_PROJECT,
        articles=("zone2020.6",),
        severity="info",
        unit="flag",
        measured=one_of("project_kind", "approval.province_quota_kinds"),
        sense="at_least",
        limit=certain(),
        condition=True,
    ),
    Rule(
        code="approval.state_farmland",
        check="",
        kinds=_PROJECT,
        articles=("land_law.35", "land_law.46"),
        severity="info",
        unit="m2",
        measured=fact("farmland_m2"),
        sense="more_than",
        limit=setting("approval.farmland_max_m2"),
        condition=True,
    ),
    Rule(
        code="approval.state_cropland",
        check="",
        kinds=_PROJECT,
        articles=("land_law.46",),
        severity="info",
        unit="m2",
        measured=fact("cropland_m2"),
        sense="more_than",
        limit=setting("approval.cropland_ha"),
        condition=True,
    ),
    Rule(
        code="approval.state_other",
        check="",
        kinds=_PROJECT,
        articles=("land_law.46",),
        severity="info",
        unit="m2",
        measured=fact("other_m2"),
        sense="more_than",
        limit=setting("approval.other_ha"),
        condition=True,
    ),
)

ProjectRoute = Literal["committee", "ordinary", "unknown"]
QuotaRoute = Literal["province", "ordinary", "unknown"]
LandRoute = Literal["state", "province", "unknown"]
_PROJECT_ROUTE: Mapping[bool | None, ProjectRoute] = {True: "committee", False: "ordinary", None: "unknown"}
_QUOTA_ROUTE: Mapping[bool | None, QuotaRoute] = {True: "province", False: "ordinary", None: "unknown"}
_LAND_ROUTE: Mapping[bool | None, LandRoute] = {True: "state", False: "province", None: "unknown"}
_STATE = ("approval.state_farmland", "approval.state_cropland", "approval.state_other")


@dataclass(frozen=True, slots=True)
class Route:
    """Who decides on a project, and why.

    project: ``committee`` (示范区执委会) only if cross-region and inside the five towns, else ``ordinary``.
    quota: ``province`` for the listed infrastructure of the regional plan, else ``ordinary``.
    land: ``state`` (国务院) or ``province``. Each is ``unknown`` when a figure that decides is not known.
    reasons: the conditions that were judged, with their articles.
    """

    subject: str
    project: ProjectRoute
    quota: QuotaRoute
    land: LandRoute
    reasons: tuple[Judgement, ...]

    def text(self, lang: str = "zh") -> str:
        """The route in words, then every reason on its own line."""
        heads = [
            message(f"approval.route.{part}_{getattr(self, part)}").text(lang) for part in ("project", "quota", "land")
        ]
        if any(r.rule.code == _STATE[0] and r.passed for r in self.reasons):
            heads.append(message("approval.route.delegated").text(lang))
        return "\n".join([f"{self.subject}", *heads, *(reason.text(lang) for reason in self.reasons)])


def route(book: RuleBook, project: Mapping[str, object], *, on: date, scenario: Scenario | None = None) -> Route:
    """Who approves a project, as of a day, with the reason of each part.

    project: the facts named above for one project. Raises PolicyProblem for missing facts or an uncovered date.
    Source: 2020 政策第二条、第六条; 土地管理法第三十五条、第四十六条.
    """
    reasons = book.judge({"kind": "project", **project}, theme="approval", on=on, scenario=scenario)
    holds = {reason.rule.code: reason.passed for reason in reasons}
    return Route(
        subject=str(project.get("subject", "")),
        project=_PROJECT_ROUTE[_both(holds["approval.cross_region"], holds["approval.in_pilot"])],
        quota=_QUOTA_ROUTE[holds["approval.province_quota"]],
        land=_LAND_ROUTE[_any([holds[code] for code in _STATE])],
        reasons=tuple(reasons),
    )


def _both(one: bool | None, other: bool | None) -> bool | None:
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


def _any(answers: list[bool | None]) -> bool | None:
    if any(answers):
        return True
    return None if None in answers else False
