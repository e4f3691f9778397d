"""Files that a visitor dropped: read once, then gone from the disk; checked again when a choice is made."""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.state import session
from geo.io.door import Opened, shown_name
from geo.study import check, check_tell
from geo.study.check import CheckedLayer, CheckResult, Choice

_PARTS = (".shx", ".dbf", ".prj", ".cpg", ".sbn", ".sbx", ".qix", ".xml")
_LONGEST = 100


@dataclass
class Drop:
    """What lies on the table of one visitor. ``key`` names the content."""

    key: str
    opened: Opened
    result: CheckResult
    choices: dict[str, Choice] = field(default_factory=dict)
    picked: str = ""
    layer: str = ""

    @property
    def run(self) -> str:
        """Content and choices in twelve digits, for the addresses of the map's layers."""
        told = f"{self.key}{sorted((k, repr(v)) for k, v in self.choices.items())}"
        return hashlib.sha256(told.encode()).hexdigest()[:12]

    def choose(self, subject: str, choice: Choice) -> None:
        """Check again with what the visitor says about a layer."""
        self.choices = {**self.choices, subject: choice}
        self.result = check.examine(self.opened, self.result.values, choices=self.choices)
        self.picked = ""

    def checked(self, subject: str) -> CheckedLayer | None:
        return next((one for one in self.result.layers if one.layer.subject == subject), None)


def file_name(name: str, taken: Iterable[str] = ()) -> str:
    """A name of this machine for a dropped file: its last part, without what a path or a shell could use."""
    last = shown_name(name.replace("\\", "/")).rpartition("/")[2]
    plain = re.sub(r'[<>:"|?*\x00-\x1f]', "_", last).strip(". ") or "file"
    stem, dot, suffix = plain.rpartition(".")
    stem, suffix = (stem, dot + suffix) if dot else (plain, "")
    stem = stem[: _LONGEST - len(suffix)]
    held, number = {t.lower() for t in taken}, 1
    while (found := f"{stem}{suffix}" if number == 1 else f"{stem}_{number}{suffix}").lower() in held:
        number += 1
    return found


def accept(uploads: Iterable[Any]) -> Drop:
    """The drop of these uploads: the one at hand when they are the same, else read and checked anew.

    Raises InputProblem when nothing can be read at all.
    """
    mind = session()
    body = hashlib.sha256()
    files = sorted(uploads, key=lambda u: u.name)
    for upload in files:
        body.update(f"{upload.name}\0".encode("utf-8", "replace"))
        body.update(hashlib.sha256(upload.getbuffer()).digest())
    key = body.hexdigest()[:16]
    if mind.data is not None and mind.data.key == key:
        found: Drop = mind.data
        return found
    with tempfile.TemporaryDirectory(prefix="tianchou-data-") as room:
        paths: list[Path] = []
        for upload in files:
            path = Path(room) / file_name(upload.name, [p.name for p in paths])
            path.write_bytes(upload.getbuffer())
            paths.append(path)
        shapes = {p.stem.lower() for p in paths if p.suffix.lower() == ".shp"}
        data = [p for p in paths if not (p.suffix.lower() in _PARTS and p.name.split(".")[0].lower() in shapes)]
        opened = check.open_paths(data)
    mind.data = Drop(key, opened, check.examine(opened, check.SPEC.values({})))
    return mind.data


def report_bytes(result: CheckResult, lang: str) -> bytes:
    """The XLSX report."""
    with tempfile.TemporaryDirectory(prefix="tianchou-report-") as room:
        return check_tell.write_report(result, Path(room) / "report.xlsx", lang).read_bytes()


def repaired_bytes(result: CheckResult) -> bytes:
    """The GeoPackage of safe repairs."""
    with tempfile.TemporaryDirectory(prefix="tianchou-repair-") as room:
        return check_tell.write_repairs(result, Path(room) / "repaired.gpkg").read_bytes()


def settings_text(one: CheckedLayer, choice: Choice) -> str:
    """The zone.toml that says how this layer is to be read."""
    from geo.io.zone_folder import save_mapping

    recognised = one.layer.recognised
    columns: Mapping[str, str] = choice.mapping or (recognised.mapping if recognised else {})
    outer = one.layer.file.split("/")[0]
    file = f"{outer}|{one.layer.name}" if one.layer.subject != one.layer.file or outer != one.layer.file else outer
    with tempfile.TemporaryDirectory(prefix="tianchou-toml-") as room:
        epsg = choice.epsg or (one.layer.place.epsg if one.layer.place.trusted else 0)
        told = save_mapping(room, choice.layer or one.house, file=file, columns=columns, epsg=epsg)
        return told.read_text("utf-8")
