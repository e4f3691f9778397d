"""The words of a plan in years. ``s("key")`` answers in the visitor's language."""

# ruff: noqa: E501  # a sentence is one line
from __future__ import annotations

from app.words import pick

WORDS: dict[str, tuple[str, str]] = {
    "years": ("分几年实施", "Years to carry it out"),
    "years_help": ("1 为不分年。大于 1 时按“规划”另排各年：每年调出不超过乡镇上限，整块调出，各年都守住全部约束。", "1 is not staged. With more, Plan also plans the years: in each, whole blocks leave under the township cap and every rule holds."),
    "view_stages": ("分年", "Years"),
    "lead": ("每年一份方案，都守住全部约束；上限按当年年初的永久基本农田计。运距与相邻按最终留下的农田量算，第一年可能与“方案”略有不同。", "Each year is a plan of its own under every rule; the cap is taken of the farmland at the start of the year. Distances and borders are measured against the farmland that stays in the end, so the first year may differ a little from the plan."),
    "working": ("分年编排", "Planning the years"),
    "ended_done": ("{n} 年全部调出。", "Everything has left after {n} years."),
    "ended_done_one": ("第一年即可全部调出，乡镇上限没有用完，不必分年。", "Everything can leave in the first year under the township cap; there is no need of years."),
    "ended_none": ("第一年没有任何整块可以调出。", "No whole block may leave in the first year."),
    "ended_years": ("所给的 {n} 年用完，尚有 {pieces} 块、{area} 未调出；增加年数再算。", "The {n} years are used up and {pieces} pieces, {area}, have not left; give more years and plan again."),
    "ended_stuck": ("余下 {pieces} 块、{area} 所在的整块，大于本乡镇一年的上限；整块不能拆开调出。可提高乡镇上限。", "{pieces} pieces, {area}, are left: their whole blocks are larger than their township's cap of one year, and a block is never split. A higher township cap would let them leave."),
    "ended_infeasible": ("第 {n} 年没有可行方案，尚有 {pieces} 块、{area} 未调出。此前各年不受影响。", "Year {n} has no plan; {pieces} pieces, {area}, have not left. The years before it stand."),
    "short_lead": ("这一年还差：", "That year is short of:"),
    "ways": ("可放宽所列约束、增加调入来源，或把余下地块列为“暂不调出”，再按“规划”。", "Ease the rules named, allow more land to come, or hold the remaining pieces back; then plan again."),
    "ended_time": ("第 {n} 年在时限内没有找到方案，尚有 {pieces} 块、{area} 未调出；延长求解时限再算。", "No plan was found for year {n} in the time allowed; {pieces} pieces, {area}, have not left. Allow more time and plan again."),
    "ended_cancelled": ("已停止；已排完的 {n} 年保留，尚有 {pieces} 块、{area} 没有排入。", "Stopped; the {n} years planned in full are kept, {pieces} pieces, {area}, have no year."),
    "price": ("比一次全部调出（不设上限）至多多花 {cost} 亩·km。", "At most {cost} mu·km more than all at once without the cap."),
    "told_above": ("分年实施：{told}", "By year: {told}"),
    "tab_years": ("各年", "Years"), "tab_caps": ("乡镇上限", "Caps"), "tab_left": ("未调出", "Left"),
    "col_cap": ("对照乡镇上限", "Against the cap"), "col_cost": ("代价 亩·km", "Cost mu·km"),
    "col_out": ("调出", "Out"), "col_in": ("调入", "In"), "col_all": ("合计", "In all"),
    "nth": ("第 {n} 年", "Year {n}"),
    "col_out_ha": ("调出 公顷", "Out, ha"), "col_out_mu": ("调出 亩", "Out, mu"),
    "col_cap_ha": ("上限 公顷", "Cap, ha"), "col_cap_mu": ("上限 亩", "Cap, mu"), "col_used": ("已用 %", "Used, %"),
    "col_why": ("原因", "Why"),
    "leaves": ("第 {n} 年调出。", "Leaves in year {n}."), "comes": ("第 {n} 年调入。", "Comes in year {n}."),
    "mark_out": ("第 {n} 年调出", "Year {n}, out"), "mark_in": ("第 {n} 年调入", "Year {n}, in"),
    "none_left": ("没有剩下的地块。", "Nothing is left."),
}  # fmt: skip


def s(key: str, **values: object) -> str:
    """The words of a key, with ``values`` filled in. Raises KeyError for an unknown key."""
    text = pick(*WORDS[key])
    return text.format(**values) if values else text
