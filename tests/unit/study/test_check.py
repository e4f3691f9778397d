"""The check from files to verdict: the story's five files, exit codes, repairs written and undone, no formula."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
import shapely

from geo.cli import main
from geo.errors import InputProblem
from geo.io.repaired import REPAIRS, read_repaired
from geo.io.vector import write_layer
from geo.sample.parcels_sent import FILES, write_story
from geo.study import check, check_tell


@pytest.fixture(scope="module")
def story(sample_zone, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write_story(sample_zone, tmp_path_factory.mktemp("story"))


@pytest.fixture(scope="module")
def opened(story: list[Path]):  # type: ignore[no-untyped-def]
    return check.open_paths(story)


@pytest.fixture(scope="module")
def result(opened):  # type: ignore[no-untyped-def]
    """As recognised, with the system chosen for the layer that has none."""
    named = {la.subject: check.Choice(epsg=4528) for la in opened.layers if la.place.crs is None}
    return check.examine(opened, check.SPEC.values({"on": "2026-11-23"}), choices=named)


def test_each_file_is_recognised_and_counted(opened) -> None:
    bare = check.examine(opened, check.SPEC.values({}))
    assert bare.files == ()
    by_file = {one.layer.file.split("/")[0]: one for one in bare.layers}
    assert {f: by_file[f].house for f in FILES} == dict(
        zip(FILES, ("parcels", "farmland", "redline", "", "boundary"), strict=True)
    )
    for one in bare.layers:
        assert one.layer.declared == one.layer.read == one.layer.usable > 0
    # no system: nothing is guessed, the reading that fits is offered, the layer is not used
    sent = by_file[FILES[0]]
    assert [f.code for f in sent.findings if f.severity == "error"] == ["IO105"]
    assert sent.frame is None
    assert [p.epsg for p in sent.layer.place.proposals] == [4528]
    assert sent.layer.source.encoding == "GB18030"
    assert bare.verdict == check.FAULTY


def test_the_planted_faults_are_found_with_their_places(result) -> None:
    parcels = result.layers[0]
    assert len(parcels.frame) == parcels.layer.read
    codes = {f.finding.code for f in parcels.faults}
    assert {"QC202", "QC208", "QC112"} <= codes
    for one in result.layers:
        for fault in one.faults:
            if fault.finding.code in ("QC202", "QC203", "QC208"):
                assert fault.shape is not None
                assert not fault.shape.is_empty
    assert {"QC208"} <= {code for r in parcels.repairs for code in r.codes}
    assert not {"QC202"} & {code for r in parcels.repairs for code in r.codes if "168" in r.subject}


def test_the_letter_names_every_kind_that_is_left(result) -> None:
    mended = {(r.subject, code) for r in result.repairs for code in r.codes}
    for lang in ("zh", "en"):
        text = check_tell.letter(result, lang)
        assert "{" not in text
        for one in result.layers:
            for finding in one.everything:
                if finding.severity in ("error", "warning") and (finding.subject, finding.code) not in mended:
                    assert f"[{finding.code}]" in text
    assert "QC208" not in check_tell.letter(result)


def test_repairs_are_written_with_every_row_and_undone(result, tmp_path: Path) -> None:
    path = check_tell.write_repairs(result, tmp_path / "fixed.gpkg")
    layers, repairs = read_repaired(path)
    sent = result.layers[0].layer
    (name,) = layers
    assert len(layers[name]) == len(sent.frame)
    assert set(sent.frame.columns) - {"geometry"} <= set(layers[name].columns)
    assert repairs["codes"].str.contains("QC208").any()
    assert (repairs["area_after_m2"] - repairs["area_before_m2"]).abs().max() <= 1.0
    back, _ = read_repaired(check_tell.undo(path, tmp_path / "back.gpkg"))
    assert all(shapely.equals_identical(back[name].geometry.to_numpy(), sent.frame.geometry.to_numpy()))
    assert not all(shapely.equals_identical(layers[name].geometry.to_numpy(), sent.frame.geometry.to_numpy()))


def test_a_mapping_saved_beside_the_data_is_followed(
    story: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from geo.io.zone_folder import save_mapping

    shutil.copy(story[0], tmp_path)
    save_mapping(tmp_path, "parcels", file=f"{story[0].name}|DLTB", columns={"TBBH": "TBBH"}, epsg=4528)
    for path in (tmp_path, tmp_path / story[0].name):
        assert main(["check", str(path), "--json"]) == 1
        (row,) = json.loads(capsys.readouterr().out)["layers"]
        assert row["checked_rows"] == row["read"] > 0
        assert "IO105" not in {f["code"] for f in row["findings"]}


def test_undo_of_another_file_is_refused(tmp_path: Path, sample_zone) -> None:
    other = write_layer(sample_zone.layer("redline"), tmp_path / "STBHHX.gpkg", "redline")
    with pytest.raises(InputProblem, match="IO171"):
        check_tell.undo(other, tmp_path / "back.gpkg")
    assert not (tmp_path / "back.gpkg").exists()


def test_the_command_line(story: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report, fixed = tmp_path / "r.xlsx", tmp_path / "fixed.gpkg"
    code = main(["check", *map(str, story), "--epsg", "4528", "-o", str(report), "--repair", str(fixed), "--json"])
    told = json.loads(capsys.readouterr().out)
    assert code == told["verdict"] == 1
    assert {row["house"] for row in told["layers"]} == {"parcels", "farmland", "redline", "boundary", ""}
    assert {f["code"] for row in told["layers"] for f in row["findings"]} >= {"QC202", "QC208"}
    assert report.is_file()
    assert fixed.is_file()
    assert main(["check", str(fixed), "--undo", str(tmp_path / "back.gpkg")]) == 0
    assert REPAIRS in {str(n) for n, _ in pyogrio.list_layers(tmp_path / "back.gpkg")}
    # the output must not be one of the inputs
    before = story[4].read_bytes()
    assert main(["check", str(story[4]), "--repair", str(story[4])]) == 2
    assert story[4].read_bytes() == before


def test_exit_codes(sample_zone, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fit = write_layer(sample_zone.layer("reserve"), tmp_path / "YJJBNTCBQ.gpkg", "reserve")
    assert main(["check", str(fit), "--json"]) == 0, capsys.readouterr().out
    rubbish = tmp_path / "DLTB.shp"
    rubbish.write_bytes(b"not a shapefile")
    assert main(["check", str(rubbish), "--json"]) == 2
    assert main(["check", str(tmp_path / "nothing.gpkg")]) == 2
    assert main(["check", str(fit), str(rubbish)]) == 2


def test_a_row_without_a_shape_does_not_hide_the_others(sample_zone, tmp_path: Path) -> None:
    frame = sample_zone.layer("reserve").iloc[:20].copy()
    whole = write_layer(frame, tmp_path / "YJJBNTCBQ.gpkg", "reserve")
    raw = gpd.read_file(whole)
    raw.loc[3, "geometry"] = None
    raw.loc[5, "geometry"] = raw.geometry.iloc[4]
    raw.to_file(tmp_path / "sent.gpkg", layer="YJJBNTCBQ")
    (one,) = check.examine(check.open_paths([tmp_path / "sent.gpkg"]), check.SPEC.values({})).layers
    assert one.layer.read == 20
    assert one.layer.usable == 19
    assert {"IO140"} <= {f.code for f in one.findings} or {"IO109"} <= {f.code for f in one.findings}
    assert one.frame is not None
    assert len(one.frame) == 19
    assert one.rows == tuple(k for k in range(20) if k != 3)
    assert "QC205" in {f.finding.code for f in one.faults}


def sent(sample_zone, tmp_path: Path, **columns: object):  # type: ignore[no-untyped-def]
    """Twenty lots of the reserve, one of them twice, with columns changed (None: left out), as the check sees them."""
    raw = gpd.read_file(write_layer(sample_zone.layer("reserve").iloc[:20], tmp_path / "YJJBNTCBQ.gpkg", "reserve"))
    raw.loc[5, "geometry"] = raw.geometry.iloc[4]
    for name, values in columns.items():
        raw = raw.drop(columns=name) if values is None else raw.assign(**{name: values})
    raw.to_file(tmp_path / "sent.gpkg", layer="YJJBNTCBQ")
    (one,) = check.examine(check.open_paths([tmp_path / "sent.gpkg"]), check.SPEC.values({})).layers
    return one


def test_identifiers_given_twice_do_not_hide_other_faults(sample_zone, tmp_path: Path) -> None:
    one = sent(sample_zone, tmp_path, BSM="310118200200000001")
    assert "IO111" in {f.code for f in one.findings}
    (double,) = [f.finding for f in one.faults if f.finding.code == "QC205"]
    assert (double.subject, double.values["other"]) == ("YJJBNTCBQ#R0000005", "YJJBNTCBQ#R0000006")


def test_a_missing_column_leaves_the_shapes_to_check(sample_zone, tmp_path: Path) -> None:
    one = sent(sample_zone, tmp_path, DLBM=None)
    assert {"IO103"} == {f.code for f in one.findings if f.severity == "error"}
    assert {f.finding.code for f in one.faults if f.finding.code < "QC200"} == set()
    assert "QC205" in {f.finding.code for f in one.faults}


def test_a_foreign_layer_has_its_shapes_checked(tmp_path: Path) -> None:
    x, y = 600_000.0, 5_660_000.0
    square = shapely.box(x, y, x + 100, y + 100)
    eight = shapely.Polygon([(x, y - 200), (x + 100, y - 100), (x + 100, y - 200), (x, y - 100)])
    over = shapely.box(x + 90, y, x + 200, y + 100)
    frame = gpd.GeoDataFrame({"crop": list("abcd")}, geometry=[None, square, eight, over], crs=32631)
    frame.to_file(tmp_path / "fields.gpkg")
    (one,) = check.examine(check.open_paths([tmp_path / "fields.gpkg"]), check.SPEC.values({})).layers
    assert one.house == ""
    told = {(f.finding.code, f.finding.subject, f.finding.severity) for f in one.faults}
    assert told == {("QC201", "fields.gpkg#3", "error"), ("QC202", "fields.gpkg#2", "warning")}
    (overlap,) = [f.finding for f in one.faults if f.finding.code == "QC202"]
    assert overlap.measured == pytest.approx(1000, rel=2e-3)  # on the ellipsoid, not on the map


def test_a_county_beside_the_zone_is_checked_in_full(sample_zone, tmp_path: Path) -> None:
    frame = sample_zone.layer("reserve").iloc[:20]
    moved = frame.set_geometry(shapely.transform(frame.geometry.to_numpy(), lambda p: p - [200_000, 0]), crs=frame.crs)
    sent = write_layer(moved, tmp_path / "YJJBNTCBQ.gpkg", "reserve")
    (one,) = check.examine(check.open_paths([sent]), check.SPEC.values({})).layers
    assert "IO159" in {f.code for f in one.findings}
    assert one.frame is not None
    assert {f.finding.code for f in one.faults if f.finding.severity == "error"} == set()
    assert "QC112" in {f.finding.code for f in one.faults}  # the areas were those of another place


HOSTILE = (
    '=HYPERLINK("http://127.0.0.1/x")', "+1+cmd|'/C calc'!A0", "@SUM(1)", "-2+3", "＝1+1", "\t=1", "{{7*7}}", "[x](y)",
)  # fmt: skip


def test_no_formula_and_no_link_in_the_report(sample_zone, tmp_path: Path) -> None:
    frame = sample_zone.layer("reserve").iloc[: len(HOSTILE)].reset_index(drop=True)
    raw = gpd.read_file(write_layer(frame, tmp_path / "=1+1 储备区.gpkg", "reserve"))
    raw["BSM"] = [text[:18] for text in HOSTILE]
    raw["DLBM"] = [text[:5] for text in HOSTILE]
    raw.to_file(tmp_path / "=YJJBNTCBQ.gpkg", layer="YJJBNTCBQ")
    result = check.examine(check.open_paths([tmp_path / "=YJJBNTCBQ.gpkg"]), check.SPEC.values({}))
    assert {"QC101", "QC119"} <= {f.code for f in result.everything}
    for lang in ("zh", "en"):
        path = check_tell.write_report(result, tmp_path / f"report-{lang}.xlsx", lang)
        with zipfile.ZipFile(path) as book:
            for name in book.namelist():
                body = book.read(name).decode("utf-8", "replace")
                assert not re.search(r"<f[ >/]|<hyperlink|<ddeLink|externalLink", body), name
            texts = re.findall(r"<t[^>]*>([^<]*)</t>", book.read("xl/sharedStrings.xml").decode())
        assert any("HYPERLINK" in text for text in texts)
        assert not [t for t in texts if t.lstrip().startswith(("=", "+", "@", "＝")) or re.match(r"-\d+\+", t)]
