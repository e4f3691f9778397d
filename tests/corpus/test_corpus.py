"""The front door walks the corpus: every file gets its expected answer, nothing is lost silently, nothing leaks."""

from __future__ import annotations

import socket
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from geo.io.door import open_files

from .make import MARK, expected, write_corpus

if TYPE_CHECKING:
    from geo.io.door import Opened

GROUPS = (
    "shp",
    "gpkg",
    "gdb",
    "parquet",
    "tif",
    "xlsx",
    "zip",
    "other",
    "geojson",
    "kml",
    "txt",
    "wkt",
    "csv",
    "hostile",
)
# Codes that tell of rows which the file declares and nobody can read, and of rows without a usable shape.
ROWS_TOLD = {"IO121", "IO125"}
SHAPES_TOLD = {"IO109", "IO120", "IO138", "IO140"}


class Listener:
    """A server on this machine that notes every connection."""

    def __init__(self) -> None:
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen(50)
        self.port = int(self.socket.getsockname()[1])
        self.calls: list[bytes] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(1)
                try:
                    self.calls.append(connection.recv(200))
                except OSError:
                    self.calls.append(b"")


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.socket.close()


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory, listener: Listener) -> Path:
    """All files of the corpus, pointing at the listener and at a secret file beside the folder."""
    top = tmp_path_factory.mktemp("corpus")
    names = write_corpus(top / "files", secret=top / "secret" / "secret.txt", port=listener.port)
    assert len(names) == len(set(names))
    assert set(names) == set(expected()), "run: python -m tests.corpus.answers"
    return top / "files"


def test_the_corpus_is_as_large_as_promised() -> None:
    table = expected()
    hostile = [name for name in table if name.startswith("hostile/")]
    malformed = [name for name, row in table.items() if not name.startswith("hostile/") and row["codes"]]
    assert len(hostile) >= 60
    assert len(malformed) >= 320


@pytest.mark.parametrize("group", GROUPS)
def test_every_file_gets_its_answer(
    corpus: Path, listener: Listener, group: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    table = {name: row for name, row in expected().items() if name.startswith(f"{group}/")}
    assert table
    wrong = []
    for name, row in table.items():
        opened = open_files([corpus / name])
        codes = {f.code for f in opened.everything if f.severity in ("error", "warning")}
        got = {
            "layers": str(len(opened.layers)), "rows": str(sum(x.read for x in opened.layers)),
            "usable": str(sum(x.usable for x in opened.layers)), "codes": " ".join(sorted(codes)),
        }  # fmt: skip
        want = {key: row[key] for key in got}
        if got != want:
            wrong.append(f"{name}: {got} instead of {want}")
        wrong += [f"{name}: {fault}" for fault in silent_losses(opened)]
        text = everything_said(opened)
        if MARK in text or "root:x:0" in text:
            wrong.append(f"{name}: shows another file")
    assert not wrong, "\n".join(wrong)
    assert listener.calls == []
    assert list(tmp_path.iterdir()) == []


def silent_losses(opened: Opened) -> list[str]:
    """Rows that are gone, or have no usable shape, without a finding that says so."""
    found = []
    for layer in opened.layers:
        codes = {f.code for f in layer.findings}
        if layer.read != layer.declared and not codes & ROWS_TOLD:
            found.append(f"{layer.read} of {layer.declared} rows, and no word")
        if layer.usable != layer.read and layer.kind != "table" and not codes & SHAPES_TOLD:
            found.append(f"{layer.usable} of {layer.read} shapes usable, and no word")
    if not opened.layers and not opened.findings:
        found.append("no layer, and no word")
    return found


def everything_said(opened: Opened) -> str:
    """All text that leaves the door: findings in both languages, names, tables."""
    said = [f.text(lang) for f in opened.everything for lang in ("zh", "en")]
    for layer in opened.layers:
        said += [layer.file, layer.name, layer.frame.drop(columns="geometry").to_csv()]
        assert all(c.isprintable() for c in layer.file + layer.name), layer.file
    return "\n".join(said)


def test_nothing_climbed_out_of_an_archive(corpus: Path) -> None:
    top = corpus.parent
    assert not [p for p in top.rglob("*climb*") if p.suffix != ".zip"]
    assert not Path(tempfile.gettempdir(), "tianchou_climbed.geojson").exists()


@pytest.mark.parametrize(
    ("name", "column", "text"),
    [
        ("shp/alphabet_GBK_none/DLTB.shp", "ZLDWMC", "金泽镇示例村"),
        ("shp/alphabet_UTF-8_none/DLTB.shp", "ZLDWMC", "金泽镇示例村"),
        ("shp/alphabet_UTF-8_GBK/DLTB.shp", "ZLDWMC", "金泽镇示例村"),
        ("shp/alphabet_GBK_UTF-8/DLTB.shp", "ZLDWMC", "金泽镇示例村"),
        ("shp/alphabet_GB18030_none/DLTB.shp", "ZLDWMC", "金泽镇㐂示例村"),
        ("shp/alphabet_BIG5_none/DLTB.shp", "ZLDWMC", "金澤鎮示例村"),
        ("geojson/gbk.geojson", "名称", "示例"),
        ("geojson/utf16.geojson", "名称", "示例"),
        ("kml/gbk.kml", "Name", "示例"),
        ("csv/gbk.csv", "名称", "示例"),
        ("geojson/large_id.geojson", "id", "9007199254740993"),
    ],
)
def test_text_is_read_as_it_was_meant(corpus: Path, name: str, column: str, text: str) -> None:
    (layer,) = open_files([corpus / name]).layers
    assert str(layer.frame[column].iloc[0]) == text


def test_zip_with_chinese_names_shows_them(corpus: Path) -> None:
    (layer,) = open_files([corpus / "zip/gbk_names.zip"]).layers
    assert layer.file == "gbk_names.zip/耕地数据/DLTB.shp"
    assert layer.recognised is not None
    assert layer.recognised.layer == "parcels"


def test_the_shared_awkward_files_get_an_answer(repo_root: Path) -> None:
    """Test data of open-source projects, where they are: an answer to each, Chinese names readable."""
    folder = repo_root.parent / "shared" / "data" / "awkward"
    if not folder.is_dir():
        pytest.skip("shared/data is not here")
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".shp", ".gpkg", ".dbf"):
            opened = open_files([path], zone_frame=None)
            assert not silent_losses(opened), path.name
            everything_said(opened)
    (layer,) = open_files([folder / "encoding" / "chinese_encoding.shp"], zone_frame=None).layers
    assert layer.read == layer.usable == 78
    assert set(layer.frame["PRO_NAME"]) == {"安徽"}
    assert "全椒县" in set(layer.frame["NAME99"])
