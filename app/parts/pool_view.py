"""What the 指标池 page shows: balances, ageing, a flow picture, a due calendar, the register and a receipt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from app.parts.look import chips, pairs
from app.parts.pool_words import w
from app.parts.safe_text import esc
from app.parts.tables import pick_row, plain_table
from app.state import session
from app.words import pick, place
from geo.ledger.asset import account_kinds, asset, assets
from geo.ledger.balance import Line
from geo.report.register import legs_text, verb_label
from geo.standards.land import admin_units
from geo.study.pool import WARN_DAYS, counties, flows

# Left to right: where it comes from, what is free, what is held, where it went.
_COLUMNS = (("ISSUED", "OWED"), ("AVAILABLE",), ("RESERVED", "LENT"), ("USED", "RETURNED", "EXPIRED", "DISCOUNT"))
_TONE = {
    "ISSUED": "#7d8f69", "OWED": "#b3261e", "AVAILABLE": "#2f6b4f", "RESERVED": "#d9b64a", "LENT": "#d9b64a",
    "USED": "#5d6b66", "RETURNED": "#1b6fc0", "EXPIRED": "#9a9a8f", "DISCOUNT": "#9a9a8f",
}  # fmt: skip


def county_name(code: str) -> str:
    """A county in words; the code where nobody knows it."""
    return place(admin_units()[code].zh) if code in admin_units() else code


def facts(view: Mapping[str, Any]) -> list[tuple[str, str, str, str]]:
    """The morning's figures: each county's three indicators, what is reserved for whom, what falls due."""
    lang, rows = session().lang, []
    for county in dict.fromkeys((*counties(), *(r["county"] for r in view["balances"]))):
        free = {r["asset"]: r["units"]["AVAILABLE"] for r in view["balances"] if r["county"] == county}
        others = ((w("short_paddy"), asset("PADDY")), (w("short_kg"), asset("CAP")))
        below = " · ".join(f"{name} {_short(a.figure(free.get(a.code, 0)))}" for name, a in others)
        quantity = _short(asset("QTY").figure(free.get("QTY", 0)))
        rows.append((f"{county_name(county)} {w('available')}", quantity, asset("QTY").told_unit(lang), below))
    held = [h for h in view["holdings"] if h.kind == "RESERVED" and h.asset == "QTY"]
    total = _short(asset("QTY").figure(sum(h.amount for h in held)))
    rows.append((w("reserved"), total, asset("QTY").told_unit(lang), "、".join(dict.fromkeys(h.project for h in held))))
    soon = [d for d in view["dues"] if d.status == "open" and d.days <= WARN_DAYS]
    late = [d for d in view["dues"] if d.status == "overdue"]
    rows.append((w("due"), str(len(soon)), "", "、".join(f"{d.lot} {d.due_on}" for d in soon[:2])))
    rows.append((w("overdue"), str(len(late)), "", "、".join(d.lot for d in late[:3])))
    return rows


def _short(figure: Any) -> str:
    text = f"{figure:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def balances(view: Mapping[str, Any]) -> None:
    """By county and asset; then who holds what is reserved, and how old what is free is."""
    told = [k for k in account_kinds().values() if k.told]
    used = {code for r in view["balances"] for code, n in r["units"].items() if n} | {"AVAILABLE", "RESERVED"}
    lang = session().lang
    if not view["balances"]:
        st.caption(w("nothing_yet"))
        return
    plain_table(pd.DataFrame([
        {w("county"): county_name(r["county"]), w("asset"): r["asset_name"], "": r["unit"],
         **{k.label(lang): f"{asset(r['asset']).figure(r['units'][k.code]):,f}" for k in told if k.code in used}}
        for r in view["balances"]
    ]))  # fmt: skip
    held = [h for h in view["holdings"] if h.kind == "RESERVED"]
    if held:
        st.markdown(f"**{w('reserved_for')}**")
        plain_table(pd.DataFrame([
            {w("project"): h.project, w("lot"): h.lot, w("asset"): asset(h.asset).label(lang),
             w("amount"): asset(h.asset).tell(h.amount, lang)} for h in held
        ]))  # fmt: skip
    if view["ageing"]:
        st.markdown(f"**{w('ageing')}**")
        keys = sorted({(c, a) for c, a, _ in view["ageing"]})
        plain_table(pd.DataFrame([
            {w("county"): county_name(c), w("asset"): asset(a).label(lang),
             **{w(f"age_{i + 1}"): asset(a).tell(view["ageing"].get((c, a, i), 0), lang) for i in range(4)}}
            for c, a in keys
        ]))  # fmt: skip


def flow_picture(lines: list[Line], code: str) -> str:
    """Bands from credits to uses, as wide as what moved and stayed moved; '' when nothing did."""
    moved = {(s, t): n for (s, t, a), n in flows(lines).items() if a == code}
    if not moved:
        return ""
    height, width = 260, 860
    through = {k: max(sum(n for (s, _), n in moved.items() if s == k), sum(n for (_, t), n in moved.items() if t == k))
               for k in account_kinds()}  # fmt: skip
    most = max([*moved.values(), *through.values()])
    spot: dict[str, tuple[float, float]] = {}
    body = ""
    for i, column in enumerate(_COLUMNS):
        y = 26.0
        for kind in (k for k in column if through[k]):
            tall = max(6.0, 150 * through[kind] / most)
            x = 10 + i * (width - 130) / 3
            spot[kind] = (x, y)
            label = f"{account_kinds()[kind].label(session().lang)} {asset(code).tell(through[kind], session().lang)}"
            body += f'<rect x="{x}" y="{y}" width="14" height="{tall}" rx="3" fill="{_TONE[kind]}"/>'
            body += f'<text x="{x}" y="{y - 7}" font-size="13" fill="#1f2a24">{esc(label)}</text>'
            y += tall + 40
    out, into = dict.fromkeys(spot, 0.0), dict.fromkeys(spot, 0.0)
    bands = ""
    for (source, target), amount in sorted(moved.items(), key=lambda m: -m[1]):
        thick = max(2.0, 150 * amount / most)
        x1, y1 = spot[source][0] + 14, spot[source][1] + out[source] + thick / 2
        x2, y2 = spot[target][0], spot[target][1] + into[target] + thick / 2
        out[source] += thick
        into[target] += thick
        mid = (x1 + x2) / 2
        bands += (f'<path d="M{x1},{y1} C{mid},{y1} {mid},{y2} {x2},{y2}" fill="none" stroke="{_TONE[target]}" '
                  f'stroke-opacity="0.35" stroke-width="{thick:.1f}"/>')  # fmt: skip
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    return f'{head} font-family="Noto Sans CJK SC, Microsoft YaHei, PingFang SC, sans-serif">{bands}{body}</svg>'


def calendar_html(view: Mapping[str, Any]) -> str:
    """Dues by month, overdue ones first and marked; '' when there are none."""
    months: dict[str, list[Any]] = {}
    for due in view["dues"]:
        if due.status != "fulfilled":
            months.setdefault(due.due_on[:7], []).append(due)
    html = ""
    for month, found in sorted(months.items()):
        cards = ""
        for d in found:
            when = w("days_late", n=-d.days) if d.days < 0 else w("days_left", n=d.days)
            left = "；".join(
                f"{asset(a).label(session().lang)} {asset(a).tell(n, session().lang)}" for a, n in d.left.items()
            )
            tone = "bad" if d.days < 0 else "unsure" if d.days <= WARN_DAYS else "plain"
            who = " · ".join(x for x in (d.project, d.government, county_name(d.county)) if x)
            cards += (f"<p>{chips([(d.due_on, tone)])} <b>{esc(d.lot)}</b> {esc(left)}<br>"
                      f"<small>{esc(when)} · {esc(who)}</small></p>")  # fmt: skip
        html += f"<section><h4>{esc(month)}</h4>{cards}</section>"
    return html


def register_table(view: Mapping[str, Any]) -> Line | None:
    """The register; the line of the row that was chosen since the last run."""
    lang, lines = session().lang, view["lines"]
    table = pd.DataFrame([
        {w("number"): x.number, w("day"): x.effective_on, w("act"): verb_label(x.kind, lang),
         w("legs"): legs_text(x.legs, lang), w("project"): " ".join(x.projects), w("basis"): x.basis,
         w("actor"): x.actor, w("state"): w("reversed") if x.state == "reversed" else ""}
        for x in lines
    ])  # fmt: skip
    row = pick_row(table, [str(x.txn_id) for x in lines], key=f"pool_register_{lang}", height=360)
    return next((x for x in lines if str(x.txn_id) == row), None)


def receipt_html(line: Line) -> str:
    """One entry as a receipt to print."""
    lang = session().lang
    rows = [
        (w("number"), line.number), (w("act"), verb_label(line.kind, lang)), (w("legs"), legs_text(line.legs, lang)),
        (w("project"), " ".join(line.projects)), (w("reason"), line.reason), (w("basis"), line.basis),
        (w("actor"), line.actor), (w("approver"), line.approver), (w("day"), line.effective_on),
        (w("recorded_at"), line.recorded_at), (w("regime"), line.regime), (w("hash"), line.hash),
    ]  # fmt: skip
    return f"<h4>{esc(w('receipt'))}</h4>{pairs([(label, value) for label, value in rows if value])}"


def reserve_table(view: Mapping[str, Any]) -> None:
    """Reserve parcels with what is free, locked and spent of each."""
    unit = asset("PBF")
    if not view["reserve"]:
        st.caption(w("nothing_yet"))
        return
    plain_table(pd.DataFrame([
        {w("lot"): code, w("county"): county_name(county),
         **{w(name): unit.tell(held.get(kind, 0), session().lang)
            for name, kind in (("free", "AVAILABLE"), ("locked", "RESERVED"), ("spent", "USED"))}}
        for code, county, held in view["reserve"]
    ]))  # fmt: skip


def asset_names() -> dict[str, str]:
    """Assets by code, in words."""
    return {a.code: pick(a.zh, a.en) for a in assets().values()}
