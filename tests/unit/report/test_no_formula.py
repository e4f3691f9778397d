"""Every sheet that the product writes, from data that attacks: not one formula, link or outside reference."""

from __future__ import annotations

import dataclasses
import io
import itertools
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import openpyxl
import pandas as pd
import pytest

from geo.report.content import PlanReport
from geo.report.text import csv_bytes

ROOT = Path(__file__).parents[3]
HOSTILE = (
    '=HYPERLINK("http://127.0.0.1/x","点我")', "+1+cmd|'/C calc'!A0", "@SUM(1)", "-2+3+cmd|' /C calc'!A0", "＝1+1",
    "\t=1+1", "\r\n=1+1", "  =1+1", "=DDE(\"cmd\";\"/C calc\";\"x\")", "|calc", "%0A=1", "mailto:a@b", "http://127.0.0.1/x",
)  # fmt: skip
# Free text of every table; codes, which the sheets look up, are covered by the check report.
FREE = re.compile(r"(_name|_zh|_en|_id|_no|article|unit|use|phase)$")


def hostile(value: Any, given: Iterator[str]) -> Any:
    """The same report with hostile words wherever a file, a person or a rule put words in."""
    if isinstance(value, pd.DataFrame):
        free = [
            c for c in value.columns if (FREE.search(c) and value[c].dtype == object) or str(value[c].dtype) == "str"
        ]
        return value.assign(**{c: [next(given) for _ in range(len(value))] for c in free if FREE.search(c)})
    if isinstance(value, tuple):
        return tuple(hostile(v, given) for v in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        if type(value).__name__ in ("MapLayers",):
            return value
        words = {
            f.name: next(given) if isinstance(getattr(value, f.name), str) and f.name in NAMED
            else hostile(getattr(value, f.name), given) for f in dataclasses.fields(value)
        }  # fmt: skip
        return dataclasses.replace(value, **words)
    return value


NAMED = ("zone_name", "zone_name_en", "run_id", "zh", "en", "article", "article_en", "unit", "path", "name", "name_en",
         "key", "code", "designer", "solver", "licence_zh", "licence_en", "status")  # fmt: skip


def searched(body: bytes) -> list[str]:
    """Texts of a workbook in which nothing runs: no formula, hyperlink, outside link, macro or connection."""
    with zipfile.ZipFile(io.BytesIO(body)) as book:
        for name in book.namelist():
            assert not re.search(r"externalLink|vba|connections|embeddings|activeX", name), name
            part = book.read(name).decode("utf-8", "replace")
            if name.startswith("xl/") or name.endswith(".rels"):
                assert not re.search(r"<f[ >/]|<hyperlink[^>]*r:id|<ddeLink|TargetMode=\"External\"", part), name
    opened = openpyxl.load_workbook(io.BytesIO(body))
    cells = [c for sheet in opened.worksheets for row in sheet.iter_rows() for c in row if c.value is not None]
    assert not [c.coordinate for c in cells if c.data_type == "f" or (c.hyperlink and c.hyperlink.target)]
    texts = [str(c.value) for c in cells if c.data_type in ("s", "inlineStr")]
    assert not [t for t in texts if t.lstrip().startswith(("=", "@", "＝", "|")) or re.match(r"\s*[+-].*\|", t)]
    return texts


Writers = dict[str, Callable[[Path, str], Path]]


@pytest.fixture(scope="module")
def writers(make: Callable[..., PlanReport], tmp_path_factory: pytest.TempPathFactory) -> Writers:
    """By module: what writes its workbook from hostile data."""
    from geo.report.check_workbook import CheckReport, write_check_workbook
    from geo.report.consolidation_workbook import write_tables_workbook
    from geo.report.project_workbook import write_annexes
    from geo.report.register import write_register_xlsx
    from geo.report.review_document import write_review_xlsx
    from geo.report.workbook import write_workbook
    from geo.study.pool_import import write_template
    from tests.unit.report.conftest import make_scheme

    given = itertools.cycle(HOSTILE)
    plain = make(200)
    plan, scheme = hostile(plain, given), hostile(make_scheme(plain), given)
    scheme = dataclasses.replace(scheme, created=plain.created)
    words = pd.DataFrame({k: list(HOSTILE) for k in ("file", "layer", "standard", "system", "encoding", "code",
                                                     "severity", "subject", "text", "codes")})  # fmt: skip
    figures = ("declared", "read", "usable", "unusable", "errors", "warnings", "number", "area_before_m2",
               "area_after_m2", "moved_m")  # fmt: skip
    table = words.assign(**dict.fromkeys(figures, 1))
    check = CheckReport(table, table, table, "\n".join(HOSTILE))
    return {
        "geo/report/workbook.py": lambda path, lang: write_workbook(plan, path, lang=lang),
        "geo/report/review_document.py": lambda path, lang: write_review_xlsx(plan, path, lang=lang),
        "geo/report/project_workbook.py": lambda path, lang: write_annexes(scheme, path, lang=lang),
        "geo/report/check_workbook.py": lambda path, lang: write_check_workbook(check, path, lang=lang),
        "geo/report/register.py": lambda path, lang: write_register_xlsx(register_view(), path, lang=lang),
        "geo/study/pool_import.py": lambda path, lang: write_template(path),
        "geo/report/change_workbook.py": write_change,
        "geo/report/consolidation_workbook.py": lambda path, lang: write_tables_workbook(
            [("表", words.rename(columns={"text": HOSTILE[0]}))], path, title=HOSTILE[0], synthetic=True, lang=lang),
        "geo/report/village_workbook.py": write_village,
    }  # fmt: skip


def filled(name: str) -> pd.DataFrame:
    """A table of the product with hostile words in every column of words."""
    from geo.report.workbook_table import NUMBERS, columns

    given = itertools.cycle(HOSTILE)
    return pd.DataFrame({
        c.key: [1.0 if c.kind in NUMBERS else next(given) for _ in HOSTILE] for c in columns(name)
    })  # fmt: skip


def write_change(path: Path, lang: str) -> Path:
    from geo.report.change_workbook import ChangeReport, write_change_workbook

    square = pd.DataFrame(1.0, index=list(HOSTILE), columns=list(HOSTILE))
    closing = pd.DataFrame({"survey": ["before", "after"], "parcels": [1, 1], "parcels_m2": [1.0, 1.0]})
    pairs = tuple((h, h) for h in HOSTILE)
    tables = {k: filled(f"change_{k}") for k in ("balance", "flows", "towns", "causes", "farmland")}
    return write_change_workbook(
        ChangeReport(pairs, closing, square, record=pairs, findings=HOSTILE, synthetic=True, **tables), path, lang=lang
    )


def write_village(path: Path, lang: str) -> Path:
    from geo.report import village_content, village_workbook

    told = {"zone": {"name": HOSTILE[0], "name_en": HOSTILE[1], "survey_year": HOSTILE[3], "synthetic": True},
            "run_id": HOSTILE[2], "created_utc": "2026-11-23T00:00:00Z",
            "inputs": [{"file": h} for h in HOSTILE]}  # fmt: skip
    frames = {name: filled(f"village_{name}") for name in village_workbook.SHEETS}
    for name in ("modes", "quota"):
        frames[name] = frames[name].assign(cost_wan=1.0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(village_content, "frames", lambda *_: frames)
        return village_workbook.write_village_workbook(told, path, lang=lang)


def register_view() -> dict[str, Any]:
    """A register whose every word is hostile, in the shape that the pool tells it."""
    from geo.ledger.asset import account_kinds

    given = itertools.cycle(HOSTILE)
    kinds = dict.fromkeys(account_kinds(), 1)
    words = ("number", "effective_on", "recorded_at", "kind", "reason", "basis", "actor", "approver", "regime", "hash",
             "due_on", "lot", "project", "government")  # fmt: skip
    rows = [
        SimpleNamespace(**{w: next(given) for w in words}, projects=(h,), days=3, left={"QTY": 7}, status="open",
                        legs=(("ISSUED", "AVAILABLE", h, "QTY", 5),)) for h in HOSTILE
    ]  # fmt: skip
    balance = {**kinds, "county_name": HOSTILE[0], "asset_name": HOSTILE[1], "unit": HOSTILE[2], "units": kinds}
    return {"on": HOSTILE[0], "head": HOSTILE[1], "recorded_until": HOSTILE[2], "entries": 1, "balances": [balance],
            "dues": rows, "lines": rows}  # fmt: skip


def test_every_workbook_writer_is_searched(writers: Writers) -> None:
    """A new module that writes a workbook fails here until it is in the list above."""
    found = {
        str(p.relative_to(ROOT)).replace("\\", "/")
        for top in ("geo", "app") for p in (ROOT / top).rglob("*.py")
        if re.search(r"xlsxwriter\.Workbook\(|openpyxl\.Workbook\(|\.to_excel\(", p.read_text("utf-8"))
    }  # fmt: skip
    assert found == set(writers)


def test_every_csv_goes_through_the_same_door() -> None:
    """Only the door itself, a digest, and the certificate (numbers alone) call pandas' own writer."""
    found = {
        str(p.relative_to(ROOT)).replace("\\", "/")
        for top in ("geo", "app") for p in (ROOT / top).rglob("*.py")
        if re.search(r"\.to_csv\(|csv\.writer\(|DictWriter\(", p.read_text("utf-8"))
    }  # fmt: skip
    assert found == {"geo/report/text.py", "geo/study/relocation_tell.py", "app/uploads.py"}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_sheet_runs_anything(writers: Writers, lang: str, tmp_path: Path) -> None:
    shown = 0
    for name, write in writers.items():
        path = write(tmp_path / f"{Path(name).stem}.xlsx", lang)
        texts = searched(path.read_bytes())
        shown += any("HYPERLINK" in t for t in texts)
    assert shown >= 5, "the hostile words must have been written, as text"


def test_csv_for_a_spreadsheet_holds_no_formula() -> None:
    table = pd.DataFrame({"=1+1": list(HOSTILE), "面积": range(len(HOSTILE))})
    for line in csv_bytes(table).decode("utf-8-sig").splitlines():
        assert not line.lstrip('" ').startswith(("=", "+", "-", "@", "＝", "|", "%"))
