"""A plan in figures, verdicts and map layers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from app import cache
from app.parts.figures import big_area, mu, number, percent
from app.parts.layer_tree import Entry
from app.parts.parcel_names import lacks
from app.parts.rules_view import why_html
from app.parts.safe_text import esc
from app.words import pick, t
from geo.policy.article import mark_text
from geo.policy.book import load_book
from geo.report.tiles_plan import farmland_after

if TYPE_CHECKING:
    from app.cache import OpenZone
    from app.plan_view import PlanView, Verdict


def plan_facts(plan: PlanView) -> list[tuple[str, str, str, str]]:
    """Out, in, grade, contiguity and mean block before and after, proof."""
    ratio = plan.inn.net_m2 / plan.out.net_m2 if plan.out.net_m2 else float("nan")
    c0, c1 = plan.before.get("contiguity", math.nan), plan.after.get("contiguity", math.nan)
    m0, m1 = plan.before.get("mean_patch_m2", math.nan), plan.after.get("mean_patch_m2", math.nan)
    return [
        (t("fact_out"), *big_area(plan.out.net_m2), f"{number(plan.out.pieces)} {t('pieces')}"),
        (t("fact_in"), *big_area(plan.inn.net_m2), f"{number(plan.inn.pieces)} {t('pieces')} · ×{number(ratio, 3)}"),
        (t("fact_grade"), f"{number(plan.out.grade, 2)} → {number(plan.inn.grade, 2)}", "", t("fact_grade_note")),
        (t("fact_contiguity"), f"{number(c0 * 1000, 2)} → {number(c1 * 1000, 2)}", "‰", _gain(c0, c1)),
        (t("fact_mean_block"), " → ".join(big_area(v)[0] for v in (m0, m1)), big_area(m1)[1], _gain(m0, m1)),
        (t("fact_proof"), percent(plan.gap, 2), "", f"{status(plan)} · {number(plan.seconds, 1)} s"),
    ]


def status(plan: PlanView) -> str:
    """How the search ended, in words."""
    return t(f"status_{plan.status}") if plan.status in _STATUS else plan.status


_STATUS = ("optimal", "feasible", "infeasible", "cancelled", "time")


def _gain(before: float, after: float) -> str:
    if not (before and math.isfinite(before) and math.isfinite(after)):
        return ""
    return f"{number((after / before - 1) * 100, 2, sign=True)}%"


def plan_layers(plan: PlanView, opened: OpenZone, *, compare: bool) -> list[Entry]:
    """Moved out and in; for the comparison the two states of the farmland, one a side."""
    key = f"{plan.run_id}{opened.version}"
    waits = cache.shelve(key, "waiting", plan.waits, id_column="farmland_id")
    waiting = Entry("waiting", "group_plan", not plan.planned, 0.9, "layer_waiting", waits)
    if not plan.planned:
        return [waiting]
    out = cache.shelve(key, "moved_out", plan.moved_out, id_column="farmland_id")
    inn = cache.shelve(key, "moved_in", plan.moved_in, id_column="candidate_id", class_column="source")
    layers = []
    if compare:
        after = farmland_after(opened.zone.layer("farmland"), plan.moved_out, plan.moved_in)
        state = cache.shelve(key, "farmland", after, id_column="farmland_id")
        layers.append(Entry("farmland_after", "", True, 0.8, source=state, side="after", follows="farmland"))
    return [
        *layers,
        waiting,
        Entry("moved_out", "group_plan", True, 1.0, "layer_plan_out", out, side="before" if compare else ""),
        Entry("moved_in", "group_plan", True, 1.0, "layer_plan_in", inn, side="after" if compare else ""),
    ]


def verdicts_html(plan: PlanView) -> str:
    """Every verdict: sign, what is asked, measured against limit, article, and the mark of an unconfirmed rule.

    A rule asked of each county or township is told once, by its worst answer.
    """
    grouped: dict[str, list[Verdict]] = {}
    for verdict in plan.verdicts:
        grouped.setdefault(verdict.code, []).append(verdict)
    order = {False: 0, True: 1, None: 2}
    behind = {(c.now.rule.code, c.now.subject): c for c in cache.judged_again(plan)}
    rows = ""
    for verdicts in sorted(grouped.values(), key=lambda group: min(order[v.passed] for v in group)):
        worst = min(verdicts, key=lambda v: order[v.passed])
        change = behind.get((worst.code, worst.subject))
        rows += _verdict_row(worst, len(verdicts), why_html(plan, change) if change else "")
    return f'<ul class="tc-verdicts">{rows}</ul>'


def _verdict_row(verdict: Verdict, count: int, why: str) -> str:
    tone, sign = {True: ("good", "✓"), False: ("bad", "✕"), None: ("plain", "–")}[verdict.passed]
    lang = pick("zh", "en")
    mark = ""
    if verdict.sure != "confirmed":
        mark = f'<span class="tc-chip tc-unsure">{esc(mark_text(verdict.sure, lang))}</span>'
    title = load_book().rules[verdict.code].title(lang) if verdict.code in load_book().rules else verdict.code
    if count > 1:
        title += t("each_of", n=count)
    figures = t("not_judged")
    if verdict.passed is not None:
        measured, limit = (_figure(v, verdict.unit) for v in (verdict.measured, verdict.limit))
        figures = t("measured_limit", measured=measured, limit=limit)
    told = (
        f'{esc(title)}<span class="tc-figure">{esc(figures)}</span>'
        f"<small>{esc(pick(verdict.article_zh, verdict.article_en))} {mark}</small>"
    )
    if why:
        told = f'<details><summary>{told}</summary><div class="tc-why">{why}</div></details>'
    return f'<li><b class="tc-sign-{tone}">{sign}</b><div>{told}</div></li>'


def _figure(value: float | str | None, unit: str) -> str:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return "–" if value is None else str(value)
    if unit == "m2":
        return mu(float(value))
    digits = 0 if float(value).is_integer() else 5 if abs(value) < 0.1 else 2
    return number(float(value), digits)


def why_not_html(plan: PlanView) -> str:
    """Why there is no plan, in words."""
    solution = plan.result.solution if plan.result is not None else None
    told = [lacks(s) for s in solution.shortfalls] if solution is not None else []
    rows = "".join(f"<li>{esc(line)}</li>" for line in told or [pick(zh, en) for zh, en in plan.shortfalls])
    word = {"infeasible": "no_plan_text", "nothing": "no_plan_nothing"}.get(plan.status, "no_plan_time")
    if plan.status == "infeasible" and not rows:
        word = "no_plan_short"
    return f'<div class="tc-card"><h3>{esc(t("no_plan"))}</h3><p>{esc(t(word))}</p><ul>{rows}</ul></div>'
