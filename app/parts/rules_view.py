"""What the 规则 page shows: the book and a plan's verdicts as tables, and one entry or verdict as a card."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from app import cache
from app.parts.figures import mu, number
from app.parts.look import chips, pairs
from app.parts.rules_words import w
from app.parts.safe_text import esc
from app.parts.tables import pick_row
from app.state import session
from app.words import place
from geo.policy.article import Article, mark_text
from geo.policy.book import RuleBook, load_book
from geo.policy.parameter import Parameter, shown_value
from geo.standards.messages import message
from geo.study.rules import Behind, Change, Entry, behind

if TYPE_CHECKING:
    from datetime import date

    from app.plan_view import PlanView
    from geo.policy.rule import Judgement

_IDS = 24
_TONE = {"confirmed": "good", "high": "plain", "medium": "unsure", "low": "unsure"}


def facts(found: Sequence[Entry], in_force: Sequence[Entry], changes: Sequence[Change]) -> list[tuple[str, ...]]:
    """Key figures: rules, numbers and articles in force, what is unconfirmed, verdicts and changes."""
    rules = sum(e.kind == "rule" for e in found)
    numbers = len({e.id for e in in_force if e.kind == "parameter"})
    articles = sum(e.kind == "article" for e in in_force)
    open_ = sum(e.kind in ("parameter", "article") and e.sure in ("medium", "low") for e in in_force)
    rows = [
        (w("fact_rules"), number(rules), "", ""),
        (w("fact_numbers"), number(numbers), "", ""),
        (w("fact_articles"), number(articles), "", ""),
        (w("fact_unconfirmed"), number(open_), "", w("fact_unconfirmed_of")),
    ]
    if changes:
        held, failed = (sum(c.now.passed is answer for c in changes) for answer in (True, False))
        rows.append((w("fact_verdicts"), f"✓ {held}  ✕ {failed}", "", f"– {len(changes) - held - failed}"))
        rows.append((w("fact_changed"), number(sum(c.verdict_changed for c in changes)), "", w("fact_changed_note")))
    return rows


def subject_name(subject: str) -> str:
    """The whole plan, or a county or township by name."""
    return w("whole_plan") if subject == "plan" else place(cache.unit_name(subject))


def ranked(changes: Sequence[Change]) -> list[Change]:
    """What changed first, then what fails, what passes, what is open."""
    order = {False: 0, True: 1, None: 2}
    return sorted(changes, key=lambda c: (not c.verdict_changed, order[c.now.passed]))


def verdict_table(rows: Sequence[Change]) -> tuple[str, str] | None:
    """The plan's verdicts; rule and subject of the row that was chosen."""
    lang = session().lang
    was = [_sign(c.then) if c.verdict_changed and c.then else "" for c in rows]
    table = pd.DataFrame(
        {
            w("col_sign"): [_sign(c.now) for c in rows],
            **({w("col_was"): was} if any(was) else {}),
            w("col_mark"): [w(f"mark_{c.now.sure}") for c in rows],
            w("col_rule"): [c.now.rule.title(lang) for c in rows],
            w("col_subject"): [subject_name(c.now.subject) for c in rows],
            w("col_measured"): [figure(c.now.measured, c.now.unit) for c in rows],
            w("col_limit"): [figure(c.now.limit, c.now.unit) for c in rows],
        }
    )
    ids = [f"{c.now.rule.code}|{c.now.subject}" for c in rows]
    chosen = pick_row(table, ids, key=f"rules_plan_{lang}", height=520,
                      widths={w("col_sign"): 82, w("col_rule"): 200, w("col_mark"): 92, w("col_was"): 82})  # fmt: skip
    if not chosen:
        return None
    code, _, subject = chosen.partition("|")
    return code, subject


def book_table(found: Sequence[Entry]) -> str | None:
    """The entries found; kind and id of the row that was chosen."""
    lang = session().lang
    if not found:
        st.caption(w("nothing"))
        return None
    table = pd.DataFrame(
        {
            w("col_kind"): [w(f"kind_{e.kind}") for e in found],
            w("col_mark"): [w(f"mark_{e.sure}") for e in found],
            w("col_title"): [e.title(lang) for e in found],
            w("col_value"): [e.value(lang) for e in found],
            w("col_from"): [e.start for e in found],
            w("col_to"): [e.end for e in found],
            w("col_row"): [e.row for e in found],
            w("col_id"): [e.id for e in found],
        }
    )
    return pick_row(table, [f"{e.kind}|{e.id}|{e.where}" for e in found], key=f"rules_book_{lang}",
                    height=520, widths={w("col_title"): 190, w("col_value"): 150, w("col_mark"): 84})  # fmt: skip


def verdict_card(book: RuleBook, change: Change, parcels: Sequence[Behind]) -> str:
    """One verdict in full as a card."""
    rule = change.now.rule
    return _card(rule.title(session().lang), rule.code, verdict_body(book, change, parcels))


def why_html(plan: PlanView, change: Change) -> str:
    """What stands behind a mark of a plan: for the list of verdicts, opened by a click on the mark."""
    parcels = behind(change.now, {"moved_out": plan.moved_out, "moved_in": plan.moved_in})
    return verdict_body(load_book(), change, parcels)


def verdict_body(book: RuleBook, change: Change, parcels: Sequence[Behind]) -> str:
    """Answer, figures, test, numbers, articles and parcels of one verdict."""
    verdict, lang = change.now, session().lang
    tone, word = {True: ("good", "passed"), False: ("bad", "failed"), None: ("plain", "open")}[verdict.passed]
    told = [(w(word), tone), (mark_text(verdict.sure, lang), _TONE[verdict.sure])]
    if verdict.scenario:
        told.append((verdict.scenario, "plan"))
    rows = [
        (w("col_subject"), subject_name(verdict.subject)),
        (w("col_measured"), figure(verdict.measured, verdict.unit)),
        (w("col_limit"), figure(verdict.limit, verdict.unit)),
    ]
    if verdict.reason:
        rows.append((w("open"), message(f"rule.{verdict.reason}").text(lang).format(on=verdict.on)))
    if change.then and (change.verdict_changed or change.figures_changed):
        was = f"{_sign(change.then)} · {w('col_limit')} {figure(change.then.limit, change.then.unit)}"
        rows.append((w("before"), was))
    rows += _rule_rows(book, verdict.rule.code, lang)
    body = chips(told) + pairs(rows)
    if verdict.passed is False and verdict.rule.advice(lang):
        body += f"<p><b>{esc(w('advice'))}</b> {esc(verdict.rule.advice(lang))}</p>"
    body += _numbers(book, verdict.parameters) + _article_list([book.article(a) for a in verdict.articles], verdict.on)
    return body + _parcel_list(parcels)


def entry_card(book: RuleBook, entry: Entry, on: date) -> str:
    """A rule, number, article, check or definition in full."""
    lang = session().lang
    told = [(w(f"kind_{entry.kind}"), "plain"), (mark_text(entry.sure, lang), _TONE[entry.sure])]
    if not entry.law:
        told.append((w("convention"), "unsure"))
    body = chips(told)
    if entry.kind == "rule":
        rule = book.rules[entry.id]
        numbers = [book.parameters[p] for p in rule.parameters]
        shown = [spec.resolve(spec.edition(on, None) or spec.editions[-1]) for spec in numbers]
        body += pairs(_rule_rows(book, entry.id, lang)) + _numbers(book, shown)
        body += _article_list([book.article(a) for a in rule.articles], on)
    elif entry.kind == "parameter":
        spec = book.parameters[entry.id]
        body += _numbers(book, [spec.resolve(e) for e in spec.editions], titled=False)
        body += _article_list([book.article(a) for a in dict.fromkeys(e.article for e in spec.editions)], on)
    elif entry.kind == "article":
        body += _article_list([book.article(entry.id)], on)
    else:
        body += f"<p>{esc(entry.value(lang))}</p>" + pairs([(w("file"), entry.where)])
    users = [r.code for r in book.rules.values() if entry.id in (*r.parameters, *r.articles)]
    if users:
        body += pairs([(w("used_by"), ", ".join(users))])
    return _card(entry.title(lang), entry.id, body)


def figure(value: float | None, unit: str) -> str:
    """A figure of a verdict: areas in mu, shares in per cent, the rest with as many decimals as it takes."""
    if value is None:
        return "–"
    if unit == "m2":
        return mu(value)
    if unit == "share":
        return shown_value(float(value), "share", session().lang)
    digits = 0 if float(value).is_integer() else 6 if abs(value) < 0.1 else 3
    return f"{number(value, digits)} {message(f'unit.{unit}').text(session().lang)}".strip()


def _sign(verdict: Judgement) -> str:
    return {True: f"✓ {w('passed')}", False: f"✕ {w('failed')}", None: f"– {w('open')}"}[verdict.passed]


def _rule_rows(book: RuleBook, code: str, lang: str) -> list[tuple[str, str]]:
    rule = book.rules[code]
    rows = [(w("test"), rule.formula)]
    if rule.check:
        check = book.checks[rule.check]
        rows.append((w("check"), f"{rule.check} {check.zh if lang == 'zh' else check.en}"))
    return rows


def _span(start: object, end: object) -> str:
    return w("from_to", start=start, end=end) if end else w("until_now", start=start)


def _numbers(book: RuleBook, parameters: Sequence[Parameter], *, titled: bool = True) -> str:
    lang = session().lang
    body = ""
    for p in parameters:
        rows: list[tuple[str, Any]] = [
            (w("value"), shown_value(p.value, p.unit, lang)),
            (w("since"), _span(p.start, p.end)),
            (w("how_sure"), mark_text(p.sure, lang)),
            (w("articles"), book.article(p.article).citation(lang)),
            (w("checked"), str(p.checked_on)),
            (w("file"), p.where),
        ]
        if p.scenario:
            rows.insert(1, (w("book_value"), shown_value(p.book_value or 0, p.unit, lang)))
        if p.region:
            rows.insert(1, (w("region"), p.region))
        name = f"<p><b>{esc(p.zh if lang == 'zh' else p.en)}</b> <code>{esc(p.id)}</code></p>" if titled else ""
        note = f'<p class="tc-note">{esc(p.note(lang))}</p>' if p.note(lang) else ""
        body += name + pairs(rows) + note
    return f'<div class="tc-group">{esc(w("numbers"))}</div>{body}' if body else ""


def _article_list(articles: Sequence[Article], on: date) -> str:
    lang = session().lang
    body = ""
    for a in articles:
        told = [(mark_text(a.sure, lang), _TONE[a.sure])]
        if not a.law:
            told.append((w("convention"), "unsure"))
        if not a.in_force(on):
            told.append((w("not_in_force"), "bad"))
        since = _span(a.effective or a.assumed_from, a.repealed) + ("" if a.effective else w("assumed"))
        body += (
            f"<p><b>{esc(a.citation(lang))}</b></p><p>{esc(a.zh if lang == 'zh' else a.en)}</p>{chips(told)}"
            + pairs([(w("since"), since), (w("checked"), str(a.checked_on)),
                     (w("source"), a.source.split(" / ")[0 if lang == "zh" else -1]), (w("file"), a.where)])
        )  # fmt: skip
    return f'<div class="tc-group">{esc(w("articles"))}</div>{body}' if body else ""


def _parcel_list(parcels: Sequence[Behind]) -> str:
    body = ""
    for found in parcels:
        ids = "  ".join(found.ids[:_IDS])
        if len(found.ids) > _IDS:
            ids += " … " + w("more_ids", n=number(len(found.ids)))
        body += f"<p><b>{esc(w(found.layer, n=number(len(found.ids)), area=mu(found.net_m2)))}</b></p>"
        body += f'<p class="tc-note" style="overflow-wrap:anywhere">{esc(ids)}</p>'
    return f'<div class="tc-group">{esc(w("parcels"))}</div>{body}' if body else ""


def _card(title: str, code: str, body: str) -> str:
    return (
        f'<div class="tc-card" data-rule="{esc(code)}"><h3>{esc(title)}</h3>'
        f'<p class="tc-note"><code>{esc(code)}</code></p>{body}</div>'
    )
