"""Study ``rules``: the rule book listed, shown and explained; a plan judged again on another day or what-if."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo.errors import InputProblem, PolicyProblem
from geo.finding import Finding
from geo.policy.article import least_sure, mark_text
from geo.policy.book import RuleBook, load_book
from geo.policy.explain import explain_rule, explain_verdict
from geo.policy.parameter import shown_value
from geo.policy.rule import Judgement
from geo.policy.scenario import Scenario, load_scenario, make_scenario
from geo.standards.messages import catalogue, message
from geo.study.spec import today_cn

if TYPE_CHECKING:
    import pandas as pd

KINDS = ("rule", "parameter", "article", "check", "definition", "mixed")
UNCONFIRMED = ("medium", "low")
_UNIT_COLUMN: Mapping[str, str] = {"county": "county_code", "town": "town_code"}
_ID: Mapping[str, str] = {"moved_out": "farmland_id", "moved_in": "candidate_id"}
_SHOWN_IDS = 12


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the book. value, start, end: of a parameter's edition or an article ('' where it has none).

    sure: its own mark, and for a rule the weakest it rests on. row: section of the reference sheet (``1.4``), or the
    check (``5.3 #1``). where: file and line. law: False for this tool's own conventions.
    """

    kind: str
    id: str
    theme: str
    zh: str
    en: str
    value_zh: str = ""
    value_en: str = ""
    region: str = ""
    start: str = ""
    end: str = ""
    sure: str = "confirmed"
    row: str = ""
    cites: tuple[str, ...] = ()
    where: str = ""
    law: bool = True

    def title(self, lang: str = "zh") -> str:
        return self.zh if lang == "zh" else self.en

    def value(self, lang: str = "zh") -> str:
        return self.value_zh if lang == "zh" else self.value_en

    def record(self) -> dict[str, object]:
        """As plain data for JSON, with the mark in both languages."""
        told: dict[str, object] = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {
            **told,
            "cites": list(self.cites),
            "mark_zh": mark_text(self.sure),
            "mark_en": mark_text(self.sure, "en"),
        }


@dataclass(frozen=True, slots=True)
class Behind:
    """Rows of a plan's layer that stand behind a verdict: identifiers and net area."""

    layer: str
    ids: tuple[str, ...]
    net_m2: float


@dataclass(frozen=True, slots=True)
class Change:
    """One verdict of a plan as it was made (``then``; None: not asked), and as asked now."""

    then: Judgement | None
    now: Judgement

    @property
    def verdict_changed(self) -> bool:
        return self.then is not None and self.then.passed != self.now.passed

    @property
    def figures_changed(self) -> bool:
        return self.then is not None and (self.then.limit, self.then.measured) != (self.now.limit, self.now.measured)


def entries(book: RuleBook, *, on: date | None = None) -> list[Entry]:
    """Everything in the book: rules, parameters (an entry an edition), articles, checks, definitions, mixed uses.

    on: only what is in force on that day (rules are kept; their articles say whether they are).
    """
    return [*_rules(book, on), *_parameters(book, on), *_articles(book, on), *_tables(book)]


def find(
    found: Sequence[Entry], words: str = "", *, kinds: Sequence[str] = (), theme: str = "", unconfirmed: bool = False
) -> list[Entry]:
    """The entries of the kinds and theme asked that hold every one of ``words`` (id, title, value, citation, row)."""
    wanted = [w.casefold() for w in words.split()]
    return [
        e
        for e in found
        if (not kinds or e.kind in kinds)
        and (not theme or e.theme == theme)
        and (not unconfirmed or e.sure in UNCONFIRMED)
        and all(w in _haystack(e) for w in wanted)
    ]


def show(
    book: RuleBook,
    name: str,
    *,
    on: date,
    region: str | None = None,
    scenario: Scenario | None = None,
    lang: str = "zh",
) -> str:
    """A rule, parameter, article, definition (D1), check (1 to 12) or message code (QC201) in full.

    Raises PolicyProblem for a name that nothing has.
    """
    if name in book.rules:
        return explain_rule(book, name, on=on, region=region, scenario=scenario, lang=lang)
    found = [e for e in entries(book) if name in (e.id, e.id.partition(" ")[2])]
    if not found and name in catalogue():
        return _code_text(name, lang)
    if not found:
        raise PolicyProblem([Finding("POL208", "error", name)])
    users = [rule.code for rule in book.rules.values() if name in (*rule.parameters, *rule.articles)]
    lines = [line for entry in found for line in _entry_lines(book, entry, lang)]
    if users:
        lines.append(message("explain.users").text(lang).format(users=", ".join(users)))
    return "\n".join(lines)


def plan_record(folder: Path | str) -> dict[str, Any]:
    """plan.json of a plan's folder. Raises InputProblem when there is none that carries what it was judged by."""
    import json

    path = Path(folder) / "plan.json"
    if not path.is_file():
        raise InputProblem([Finding("PL607", "error", str(folder), measured="plan.json")])
    try:
        told: dict[str, Any] = json.loads(path.read_text("utf-8"))
        facts = told["results"].get("facts")
        told["values"]["on"]
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise InputProblem([Finding("PL608", "error", path.name, measured=repr(fault))]) from None
    if not facts:
        raise InputProblem([Finding("POL209", "error", str(folder))])
    return told


def judge_again(told: Mapping[str, Any], *, on: date | None = None, scenario: Scenario | None = None) -> list[Change]:
    """The plan's facts held against the book on another day or under a what-if, beside the plan's own verdicts.

    told: the record of plan.json. Nothing is measured or planned again. A rule whose number has no edition on the day
    is left out: nobody can judge by it.
    """
    book, facts = load_book(), [_row(row) for row in told["results"]["facts"]]
    day = date.fromisoformat(told["values"]["on"])
    own = _own_scenario(told)
    rules = [rule.code for rule in book.rules_of("relocation")]
    then = {(v.rule.code, v.subject): v for v in book.judge(facts, rules=rules, on=day, scenario=own)}
    if (on or day) == day and (scenario or own) == own:
        return [Change(v, v) for v in then.values()]
    now = _judged(book, facts, rules, on or day, scenario or own)
    return [Change(then.get((v.rule.code, v.subject)), v) for v in now]


def _judged(book: RuleBook, facts: Sequence[Mapping[str, Any]], rules: Sequence[str], on: date,
            scenario: Scenario | None) -> list[Judgement]:  # fmt: skip
    """The verdicts on a day; rules whose numbers no edition covers on it are left out."""
    try:
        return book.judge(facts, rules=rules, on=on, scenario=scenario)
    except PolicyProblem as problem:
        if any(f.code != "POL202" for f in problem.findings):
            raise
    found: list[Judgement] = []
    for code in rules:
        with suppress(PolicyProblem):
            found += book.judge(facts, rules=[code], on=on, scenario=scenario)
    return found


def behind(verdict: Judgement, tables: Mapping[str, pd.DataFrame]) -> tuple[Behind, ...]:
    """The parcels that a verdict is about.

    tables: ``moved_out`` (farmland_id) and ``moved_in`` (candidate_id) of the plan, each with net_area_m2 (m²),
    county_code, town_code and the yes-or-no columns that ``facts.csv`` names.
    """
    book = load_book()
    wanted: dict[str, str] = {}
    for column in verdict.rule.columns:
        known = book.facts[column]
        if known.layer and known.layer in tables:
            wanted[known.layer] = known.where if wanted.get(known.layer, known.where) == known.where else ""
    found = []
    for layer, where in wanted.items():
        frame = tables[layer]
        unit = _UNIT_COLUMN.get(verdict.kind)
        if unit:
            frame = frame[frame[unit].astype(str) == verdict.subject]
        if where and where in frame.columns:
            frame = frame[frame[where].astype(bool)]
        ids = tuple(frame[_ID[layer]].astype(str))
        found.append(Behind(layer, ids, float(frame["net_area_m2"].sum())))
    return tuple(found)


def explain(folder: Path | str, finding: str, subject: str = "", *, on: date | None = None,
            scenario: Scenario | None = None) -> list[tuple[Change, tuple[Behind, ...]]]:  # fmt: skip
    """Every verdict of one rule in a plan's folder (of one county or township if asked), worst first, with its parcels.

    Raises InputProblem for a folder that is no plan, PolicyProblem for a rule or subject that the plan does not have.
    """
    from geo.io.plan_folder import read_table

    told = plan_record(folder)
    changes = [c for c in judge_again(told, on=on, scenario=scenario) if c.now.rule.code == finding]
    if subject:
        changes = [c for c in changes if c.now.subject == subject]
    if not changes:
        raise PolicyProblem([Finding("POL210", "error", f"{finding} {subject}".strip())])
    tables = {name: read_table(Path(folder) / "plan.gpkg", name) for name in _ID}
    order = {False: 0, True: 1, None: 2}
    return [(c, behind(c.now, tables)) for c in sorted(changes, key=lambda c: order[c.now.passed])]


def explain_text(change: Change, parcels: Sequence[Behind], lang: str = "zh") -> str:
    """One verdict in full: sentence, test, numbers, articles, what it was before, and the parcels concerned."""
    lines = [explain_verdict(load_book(), change.now, lang=lang)]
    if change.then is not None and (change.verdict_changed or change.figures_changed):
        lines.append(message("explain.before").text(lang).format(sentence=change.then.text(lang)))
    for found in parcels:
        ids = ", ".join(found.ids[:_SHOWN_IDS]) + (" …" if len(found.ids) > _SHOWN_IDS else "")
        words = {"count": f"{len(found.ids):,}", "area": f"{found.net_m2:,.2f}", "ids": ids or "–"}
        lines.append(message(f"explain.{found.layer}").text(lang).format(**words))
    return "\n".join(lines)


def why_parcel(folder: Path | str, parcel: str) -> list[tuple[str, Mapping[str, Any]]]:
    """What a plan did with a parcel: the layers of plan.gpkg that have it (moved_out, moved_in, waiting, refused).

    Each with its row: reason code, measured, limit, unit and article where it waits or was refused.
    """
    from geo.io.plan_folder import read_table

    found: list[tuple[str, Mapping[str, Any]]] = []
    for layer, columns in (("moved_out", ("farmland_id",)), ("moved_in", ("candidate_id", "parent_id")),
                           ("waiting", ("farmland_id",)), ("refused", ("candidate_id",))):  # fmt: skip
        try:
            frame = read_table(Path(folder) / "plan.gpkg", layer)
        except InputProblem:
            continue
        mine = frame[[any(str(row[c]) == parcel for c in columns) for row in frame[list(columns)].to_dict("records")]]
        rows = mine.drop(columns="geometry", errors="ignore").to_dict("records")
        found += [(layer, {str(k): v for k, v in row.items()}) for row in rows]
    return found


def parcel_text(layer: str, row: Mapping[str, Any], lang: str = "zh") -> str:
    """One line about a parcel of a plan: where it went, or the reason with figures and article."""
    text = message(f"parcel.{layer}").text(lang)
    reason = str(row.get("reason") or "")
    if reason not in catalogue():
        return text
    words = {"subject": str(row.get("candidate_id") or row.get("farmland_id")), "measured": row.get("measured"),
             "limit": row.get("limit"), "unit": row.get("unit")}  # fmt: skip
    told = Finding(reason, "info", str(words["subject"]), measured=words["measured"], limit=words["limit"],
                   unit=str(words["unit"] or ""), values=_Blank({"shown": str(words["measured"]),
                                                                 "bound": str(words["limit"])})).text(lang)  # fmt: skip
    article = str(row.get("article") or "")
    if article in load_book().articles:
        told += "  " + load_book().article(article).citation(lang)
    return f"{text}: {told}" if lang == "en" else f"{text}：{told}"


def scenario_from(path: Path | None) -> Scenario | None:
    """The what-if of a YAML file, checked against the book; None without a path. Raises PolicyProblem."""
    return None if path is None else load_scenario(Path(path), parameters=load_book().parameters)


def today() -> date:
    """The day that a rule is read as of when none is given."""
    return today_cn()


def _rules(book: RuleBook, on: date | None) -> Iterator[Entry]:
    day = on or today_cn()
    for rule in book.rules.values():
        articles = [book.article(a) for a in rule.articles]
        cited = [a for a in articles if a.in_force(day)] or articles
        marks = [a.sure for a in cited]
        for name in rule.parameters:
            spec = book.parameters[name]
            edition = spec.edition(day, None) or spec.editions[-1]
            marks += [edition.sure, book.article(edition.article).sure]
        starts = [str(a.effective or a.assumed_from) for a in cited]
        yield Entry(
            kind="rule", id=rule.code, theme=rule.theme, zh=rule.title("zh"), en=rule.title("en"),
            value_zh=rule.formula, value_en=rule.formula, start=min(starts, default=""), sure=least_sure(marks),
            row=f"5.3 #{rule.check}" if rule.check else "",
            cites=tuple(f"{a.citation()} §{_section(a.source)}" for a in cited),
            where=f"rules/{rule.theme}.py", law=any(a.law for a in cited),
        )  # fmt: skip


def _parameters(book: RuleBook, on: date | None) -> Iterator[Entry]:
    for spec in book.parameters.values():
        for edition in spec.editions:
            if on and not edition.covers(on):
                continue
            article = book.article(edition.article)
            yield Entry(
                kind="parameter", id=spec.id, theme=spec.theme, zh=spec.zh, en=spec.en,
                value_zh=shown_value(edition.value, spec.unit, "zh"),
                value_en=shown_value(edition.value, spec.unit, "en"),
                region=edition.region, start=str(edition.start), end=str(edition.end or ""), sure=edition.sure,
                row=_section(article.source), cites=(article.citation(), edition.note_zh, edition.note_en),
                where=edition.where, law=article.law,
            )  # fmt: skip


def _articles(book: RuleBook, on: date | None) -> Iterator[Entry]:
    for article in book.articles.values():
        if on and not article.in_force(on):
            continue
        yield Entry(
            kind="article", id=article.id, theme=article.theme, zh=article.citation("zh"), en=article.citation("en"),
            value_zh=article.zh, value_en=article.en, start=str(article.effective or article.assumed_from),
            end=str(article.repealed or ""), sure=article.sure, row=_section(article.source), where=article.where,
            law=article.law,
        )  # fmt: skip


def _tables(book: RuleBook) -> Iterator[Entry]:
    marks_of = {entry.id: entry.sure for entry in _rules(book, None)}
    for check in book.checks.values():
        rules = tuple(r.code for r in book.rules.values() if r.check == check.id)
        sure = least_sure(marks_of[code] for code in rules)
        yield Entry("check", f"5.3 {check.id}", "check", check.zh, check.en, ", ".join(rules), ", ".join(rules),
                    sure=sure, row=f"5.3 #{check.id}", where="matrices/reviewer_checks.csv")  # fmt: skip
    for definition in book.definitions.values():
        names = [n for n in (definition.threshold, definition.gap, definition.min_patch) if n]
        specs = [book.parameters[n] for n in names]
        zh, en = (" · ".join(shown_value(s.editions[-1].value, s.unit, lang) for s in specs) for lang in ("zh", "en"))
        first = [s.editions[-1] for s in specs[:1]]
        marks = [e.sure for e in first] + [book.article(e.article).sure for e in first]
        yield Entry("definition", definition.id, "fragment", definition.zh, definition.en, zh or "–", en or "–",
                    sure=least_sure(marks), row="1.7", cites=tuple(names),
                    where="matrices/fragment_definitions.csv", law=False)  # fmt: skip
    for number, pair in enumerate(book.mixed_uses, start=2):
        zh, en = (message(f"mixed.{pair.answer}").text(lang) for lang in ("zh", "en"))
        if pair.care_zh:
            zh += f"（{mark_text(pair.care_sure)}：{pair.care_zh}）"
            en += f" ({mark_text(pair.care_sure, 'en')}: {pair.care_en})"
        yield Entry("mixed", f"{pair.first}+{pair.second}", "mixed", f"{pair.first} ＋ {pair.second}",
                    f"{pair.first} + {pair.second}", zh, en, sure=pair.sure, row="1.6", cites=(pair.article,),
                    where=f"matrices/mixed_use.csv:{number}", law=book.article(pair.article).law)  # fmt: skip


def _entry_lines(book: RuleBook, entry: Entry, lang: str) -> Iterator[str]:
    span = f"{entry.start} – {entry.end}".strip(" –") or ""
    head = "  ".join(x for x in (entry.id, entry.title(lang), entry.region) if x)
    yield f"[{entry.id}] {head.removeprefix(entry.id).strip()}"
    if entry.value(lang):
        yield f"  {entry.value(lang)}"
    yield "  " + "  ".join(x for x in (span, mark_text(entry.sure, lang), f"§{entry.row}" if entry.row else "",
                                        entry.where) if x)  # fmt: skip
    if entry.kind == "parameter":
        spec = book.parameters[entry.id]
        for edition in (e for e in spec.editions if e.where == entry.where):
            article = book.article(edition.article)
            yield f"  {article.citation(lang)}"
            yield f"    {article.zh if lang == 'zh' else article.en}"
            note = edition.note_zh if lang == "zh" else edition.note_en
            if note:
                yield f"    {note}"


def _code_text(code: str, lang: str) -> str:
    """What a code of a finding means, its figures left as dots."""
    entry = message(code)
    body = entry.text(lang).format_map(_Blank())
    hint = entry.hint(lang).format_map(_Blank())
    return f"[{code}] {body}" + (f"\n  → {hint}" if hint else "")


class _Blank(dict[str, Any]):
    """Words of a template; what is not known is told as dots."""

    def __missing__(self, key: str) -> str:
        return "…"


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of facts as JSON keeps it: what was not known comes back as NaN."""
    return {k: float("nan") if v is None else v for k, v in row.items() if not (v is None and k == "region")}


def _own_scenario(told: Mapping[str, Any]) -> Scenario | None:
    own = told["values"].get("scenario")
    if not own:
        return None
    frozen = {k: tuple(v) if isinstance(v, list) else v for k, v in own["overrides"].items()}
    return make_scenario(own["name"], frozen)


def _haystack(entry: Entry) -> str:
    parts = (entry.id, entry.zh, entry.en, entry.value_zh, entry.value_en, *entry.cites, entry.row, entry.where,
             entry.region, entry.start, mark_text(entry.sure), mark_text(entry.sure, "en"))  # fmt: skip
    text = " ".join(parts).casefold()
    return f"{text} {text.replace(' %', '%')}"


def _section(source: str) -> str:
    """Section of the reference sheet that an article names as its source: ``1.4``; '' if none."""
    import re

    found = re.search(r"\d\.\d", source)
    return found.group() if found else ""
