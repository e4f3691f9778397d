"""The pool's doors: the command line, the import sheet and the printed register."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from geo.cli import main
from geo.ledger.refusal import Refused
from geo.report.register import write_register_docx, write_register_xlsx
from geo.study.pool import capacity_terms, end_of_day, flows, open_pool, picture, pool_rules, read_amounts
from geo.study.pool_import import columns, read_sheet, write_template

HEAD = [c["zh"] for c in columns()]
ROW = ["L1", "某村", "330421", "2024-05-01", None, "T1", 1.5, 1.5, 100, 0.5, 3]


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Run ``tianchou pool …`` in an empty folder; answers (exit code, JSON or text)."""
    monkeypatch.setenv("TIANCHOU_ANCHORS", str(tmp_path / "anchors"))
    monkeypatch.setenv("TIANCHOU_POOL", str(tmp_path / "pool" / "ledger.db"))
    monkeypatch.chdir(tmp_path)

    def run(*words: str, plain: bool = False) -> tuple[int, Any]:
        code = main(["pool", *words, *([] if plain else ["--json"])])
        said = capsys.readouterr()
        return code, said.out + said.err if plain else json.loads(said.out)

    return run


def sheet(path: Path, *rows: list[Any], head: list[str] = HEAD) -> Path:
    book = xlsxwriter.Workbook(str(path))
    page = book.add_worksheet("批次")
    for i, row in enumerate([head, *rows]):
        for j, value in enumerate(row):
            if value is not None:
                page.write(i, j, value)
    book.close()
    return path


def test_every_verb_of_the_command_line(shell: Callable[..., Any], tmp_path: Path) -> None:
    def done(*words: str) -> Any:
        code, answer = shell(*words)
        assert code == 0, answer
        return answer

    b = ("--basis", "文号")
    assert done("init", *b)["txn_id"] == 1
    done("credit", "--lot", "整治1", "--county", "330421", "--ha", "12.5", "--kg", "2000", "--paddy-ha", "3",
         "--parcel", "T1=10", "--parcel", "T2=2.5", "--accepted", "2026-03-01", *b)  # fmt: skip
    done("credit", "--lot", "-", "--county", "330421", "--reserve-parcels", "--parcel", "C1=1", "--accepted",
         "2026-03-01", *b)  # fmt: skip
    done("reserve", "--project", "公路", "--name", "大道", "--county", "330421", "--ha", "2", *b, "--key", "k1")
    assert done("reserve", "--project", "公路", "--name", "大道", "--county", "330421", "--ha", "2", *b,
                "--key", "k1")["replayed"]  # fmt: skip
    done("reserve", "--project", "公路", "--reserve-ha", "0.25", "--lot", "C1", *b)
    done("release", "--project", "公路", "--ha", "1", *b)
    used = done("use", "--project", "公路", *b)
    done("reverse", used["number"], *b)
    done("promise", "--lot", "K1", "--project", "公路", "--ha", "1", "--due", "2027-06-30", "--government", "县", *b)
    done("promise", "--fulfil", "K1", "--lot", "整治1", "--ha", "0.5", *b)
    done("quota", "issue", "--lot", "Q1", "--county", "330421", "--ha", "5", "--approved", "2025-01-01", *b)
    done("quota", "use", "--lot", "Q1", "--loan", "J1", "--project", "公路", "--ha", "3", "--due", "2028-01-01", *b)
    done("quota", "return", "--lot", "J1", "--ha", "1", *b)
    done("switch", "cross_county", "on", *b)
    done("transfer", "--lot", "整治1", "--code", "调1", "--county", "330402", "--ha", "1", *b)
    done("grant", "小王", "officer", *b)
    rows = {(r["county"], r["asset"]): r for r in done("balance")["balances"]}
    assert rows["330421", "QTY"]["AVAILABLE"] == "10.0000"
    assert rows["330421", "QTY"]["OWED"] == "0.5000"
    assert rows["330421", "QUOTA"]["LENT"] == "2.0000"
    assert {d["lot"] for d in done("due", "--days", "3000")["due"]} == {"K1", "Q1", "J1"}
    assert done("audit")["sound"]
    done("backup", "copy.db")
    done("export", "r.xlsx")
    done("export", "r.docx", "--search", "公路")
    Path("pool/ledger.db").unlink()
    for suffix in ("-wal", "-shm"):
        Path(f"pool/ledger.db{suffix}").unlink(missing_ok=True)
    assert shell("balance")[1]["findings"][0]["code"] == "LG901"
    done("restore", "copy.db")
    assert done("audit")["entries"] == 16
    code, told = shell("reserve", "--project", "公路", "--ha", "9999", *b, plain=True)
    assert code == 2
    assert "LG106" in told
    assert shell("init", *b)[1]["findings"][0]["code"] == "LG908"
    for bad in ("1.23456789", "abc", "-1", "1e999", "NaN"):
        code, told = shell("reserve", "--project", "公路", "--ha", bad, *b)
        assert code == 2, bad
    assert shell("approve", "7", *b)[1]["findings"][0]["code"] == "LG126"
    assert shell("reverse", "abc", *b)[1]["findings"][0]["code"] == "LG129"
    assert shell("balance", "--recorded", "yesterday")[1]["findings"][0]["code"] == "LG130"
    assert done("init", *b, "--upgrade") == {"applied": []}


def test_import_is_all_rows_or_none(shell: Callable[..., Any], tmp_path: Path) -> None:
    shell("init", "--basis", "b")
    good = sheet(tmp_path / "good.xlsx", ROW, ["L1", None, "330421", "2024-05-01", None, "T2", "0.123456", None, 50],
                 ["L2", "提质", 310118, "2025-02-01", "2030-02-01", "T3", 2, None, 300, 1])  # fmt: skip
    bad = sheet(tmp_path / "bad.xlsx", ROW, [*ROW[:5], "T1", *ROW[6:]], ["L3", "", "嘉善", "昨天", None, "T4", -1, 2])
    code, answer = shell("import", str(bad), "--basis", "b")
    assert code == 2
    cells = {f["subject"]: f["code"] for f in answer["findings"]}
    assert cells == {"批次!F3": "LG205", "批次!C4": "LG201", "批次!D4": "LG201", "批次!G4": "LG201"}
    assert shell("balance")[1]["entries"] == 1
    code, answer = shell("import", str(good), "--basis", "验收汇总")
    assert code == 2  # L1 brings quantity for one parcel only: its area would not be its parcels'
    assert answer["findings"][0]["code"] == "LG109"
    second = ["L1", None, "330421", "2024-05-01", None, "T2", "0.123456", "0.123456"]
    fixed = sheet(tmp_path / "fixed.xlsx", ROW, second,
                  ["L2", "提质", 310118, "2025-02-01", "2030-02-01", "T3", 2, None, 300, 1])  # fmt: skip
    code, answer = shell("import", str(fixed), "--basis", "验收汇总")
    assert (code, answer["lots"]) == (0, ["L1", "L2"])
    table = {(r["county"], r["asset"]): r["units"]["AVAILABLE"] for r in shell("balance")[1]["balances"]}
    assert table["330421", "QTY"] == 1_623_456
    assert table["310118", "CAP"] == 30_000
    assert shell("import", str(fixed), "--basis", "验收汇总")[1]["findings"][0]["code"] in ("LG107", "LG108")


@pytest.mark.parametrize(
    ("code", "make"),
    [
        ("LG203", lambda p: p.write_bytes(b"PK nonsense")),
        ("LG203", lambda p: p.write_text("a,b")),
        ("LG203", lambda p: zipfile.ZipFile(p, "w").close()),
        ("LG202", lambda p: sheet(p, ROW, head=["批次编号", "县级代码"])),
        ("LG202", lambda p: sheet(p, head=[])),
        ("LG204", lambda p: sheet(p)),
        ("LG201", lambda p: sheet(p, [None, *ROW[1:]])),
        ("LG201", lambda p: sheet(p, ["L", "", "330421", "2024-05-01", "", "T", 1, 2])),
        ("LG201", lambda p: sheet(p, ["L", "", "330421", "2024-05-01", "", "T", 0.12345678])),
        ("LG201", lambda p: sheet(p, ROW, ["L1", "", "310118", *ROW[3:5], "T9", *ROW[6:]])),
        ("LG201", lambda p: sheet(p, [*ROW[:10], 3.5])),
        ("LG201", lambda p: sheet(p, [*ROW[:6], True, *ROW[7:]])),
    ],
)
def test_half_filled_and_broken_sheets(tmp_path: Path, code: str, make: Callable[[Path], object]) -> None:
    path = tmp_path / "s.xlsx"
    make(path)
    with pytest.raises(Refused) as caught:
        read_sheet(path)
    assert caught.value.code == code


def test_the_template_has_the_header_that_is_read(tmp_path: Path) -> None:
    with pytest.raises(Refused) as caught:
        read_sheet(write_template(tmp_path / "t.xlsx"))
    assert caught.value.code == "LG204"


def test_the_register_holds_no_formula_and_the_head(pool: Any, tmp_path: Path) -> None:
    pool.credit("=cmd|'/C calc'!A0", 1000)
    pool.reserve(10, "<script>${1}")
    view = picture(pool.ledger, on=date(2026, 11, 23))
    book = write_register_xlsx(view, tmp_path / "r.xlsx")
    with zipfile.ZipFile(book) as parts:
        pages = [parts.read(n).decode() for n in parts.namelist() if n.startswith("xl/worksheets/sheet")]
        assert len(pages) == 3
        assert not any(re.search(r"<f[ >]", page) for page in pages)
        assert view["head"] in parts.read("xl/sharedStrings.xml").decode()
    paper = write_register_docx(view, tmp_path / "r.docx", lang="en")
    with zipfile.ZipFile(paper) as parts:
        text = parts.read("word/document.xml").decode()
        assert "Register of the offset pool" in text
        assert "&lt;script&gt;" in text
    with pytest.raises(OSError, match="No such file"):
        write_register_xlsx(view, tmp_path / "none" / "r.xlsx")


def test_yesterdays_print_is_the_same_for_ever(pool: Any) -> None:
    pool.credit("L1", 1000, act=pool.act(effective_on=date(2026, 11, 1)))
    pool.reserve(100)
    until = end_of_day(date(2026, 11, 23))
    first = picture(pool.ledger, on=date(2026, 11, 23), recorded_until=until)
    pool.clock.forward(days=1)
    pool.reserve(300, act=pool.act(effective_on=date(2026, 11, 20)))
    again = picture(pool.ledger, on=date(2026, 11, 23), recorded_until=until)
    assert again["balances"] == first["balances"]
    assert again["lines"] == first["lines"]
    assert picture(pool.ledger, on=date(2026, 11, 23))["balances"] != first["balances"]


def test_flows_cancel_what_was_undone(pool: Any) -> None:
    pool.credit("L1", 1000)
    pool.ledger.reverse(pool.reserve(100).txn_id, act=pool.act())
    pool.reserve(40)
    moved = flows(picture(pool.ledger)["lines"])
    assert moved == {("ISSUED", "AVAILABLE", "QTY"): 1000, ("AVAILABLE", "RESERVED", "QTY"): 40}


def test_rules_come_from_the_rule_book() -> None:
    rules = pool_rules()
    assert rules.regime(date(2024, 12, 31)).code == "A"
    assert rules.regime(date(2025, 1, 1)).code == "B"
    assert (rules.quota_years(date(2019, 1, 1)), rules.quota_years(date(2026, 1, 1))) == (3, 5)
    assert rules.promise_years is None
    assert capacity_terms(date(2026, 1, 1)) == {"kg_per_ha_grade": 1500, "grade_base": 16}
    assert read_amounts({"QTY": "12.345678", "CAP": "", "PADDY": None}) == {"QTY": 12_345_678}
    assert read_amounts({"QTY": "1", "CAP": "0", "PADDY": "0.0"}) == {"QTY": 1_000_000}


def test_land_from_the_official_layers_with_its_shape(
    shell: Callable[..., Any], zone_folder: Path, sample_zone: Any
) -> None:
    """Reserve lots that are available, and a boundary TXT: ellipsoidal area to 0.01 m², geometry as evidence."""
    from geo.geometry.ellipsoid import areas

    b = ("--basis", "储备区方案", "--accepted", "2026-01-01")
    shell("init", "--basis", "b")
    reserve = sample_zone.layer("reserve")
    free = reserve[(reserve["status"] == "可用") & reserve["village_code"].str.startswith("330421")]
    code, answer = shell("credit", "--lot", "-", "--county", "330421", "--reserve-parcels", "--land",
                         str(zone_folder / "YJJBNTCBQ.shp"), *b)  # fmt: skip
    assert (code, len(answer["lots"])) == (0, len(free)), answer
    table = {r["asset"]: r["units"]["AVAILABLE"] for r in shell("balance")[1]["balances"]}
    assert abs(table["PBF"] / 100 - areas(free).sum()) <= 0.005 * len(free)
    code, answer = shell("credit", "--lot", "整治1", "--county", "330421", "--land",
                         str(zone_folder / "project_boundary.txt"), *b)  # fmt: skip
    assert code == 0, answer
    code, answer = shell("credit", "--lot", "-", "--county", "330421", "--reserve-parcels", "--land",
                         str(zone_folder / "YJJBNTCBQ.shp"), *b)  # fmt: skip
    assert {f["code"] for f in answer["findings"]} == {"LG107"}
    code, answer = shell("credit", "--lot", "-", "--county", "110101", "--reserve-parcels", "--land",
                         str(zone_folder / "YJJBNTCBQ.shp"), *b)  # fmt: skip
    assert answer["findings"][0]["code"] == "LG144"
    assert shell("audit")[1]["sound"]


def test_open_where_there_is_nothing(tmp_path: Path) -> None:
    with pytest.raises(Refused) as caught:
        open_pool(tmp_path / "none.db", anchors=tmp_path)
    assert caught.value.code == "LG901"
