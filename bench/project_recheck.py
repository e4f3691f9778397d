"""Deliverables on a zone: the recheck passes on each as written and fails on each of twelve tampered ones.

    python -m bench.project_recheck [--zone data/shapefiles] [--names own road park canal] [--tampered own]

Every tampering is done on a copy of the folder, on one file; what the recheck says to it is printed.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.project import KINDS, made_footprints


def word_in_document(folder: Path) -> None:
    """One digit of a figure in the text."""
    import docx

    document = docx.Document(str(folder / "scheme.docx"))
    run = next(r for p in document.paragraphs for r in p.runs if "公顷" in r.text and any(c.isdigit() for c in r.text))
    at = next(k for k, c in enumerate(run.text) if c.isdigit())
    run.text = run.text[:at] + str((int(run.text[at]) + 1) % 10) + run.text[at + 1 :]
    document.save(str(folder / "scheme.docx"))


def figure_in_annex(folder: Path) -> None:
    """One area of an annex, by a square metre."""
    import openpyxl

    book = openpyxl.load_workbook(folder / "annexes.xlsx")
    cell = next(
        c for sheet in book.worksheets for row in sheet.iter_rows(min_row=4) for c in row if isinstance(c.value, float)
    )
    cell.value += 0.0001
    book.save(folder / "annexes.xlsx")


def _layer(folder: Path, file: str, layer: str, change: Callable[[Any], None]) -> None:
    import pyogrio

    path = folder / file
    frames = {name: pyogrio.read_dataframe(path, layer=name) for name in pyogrio.list_layers(path)[:, 0]}
    change(frames[layer])
    path.unlink()
    for k, (name, frame) in enumerate(frames.items()):
        pyogrio.write_dataframe(frame, path, layer=name, driver="GPKG", append=k > 0)


def parcel_id(folder: Path) -> None:
    """The identifier of one parcel taken."""
    _layer(folder, "project.gpkg", "occupation", lambda f: f.__setitem__("parcel_id", ["1" * 18, *f["parcel_id"][1:]]))


def grade(folder: Path) -> None:
    """The quality grade of one lot that comes in."""
    _layer(folder, "project.gpkg", "replacement", lambda f: f.__setitem__("grade", [f["grade"].iloc[0] - 1,
                                                                                    *f["grade"][1:]]))  # fmt: skip


def _nudged(frame: Any) -> None:
    import shapely

    shapes = frame.geometry.to_numpy().copy()
    points = shapely.get_coordinates(shapes[0])
    moved = points.copy()
    moved[(points == points[1]).all(axis=1)] += (0.01, 0.0)
    shapes[0] = shapely.set_coordinates(shapely.from_wkb(shapely.to_wkb(shapes[0])), moved)
    frame["geometry"] = shapes


def corner_in_geopackage(folder: Path) -> None:
    """One corner of a lot in project.gpkg, by a centimetre."""
    _layer(folder, "project.gpkg", "replacement", _nudged)


def corner_in_transfer_layer(folder: Path) -> None:
    """One corner in the 划入划出 Shapefile, by a centimetre."""
    import pyogrio

    frame = pyogrio.read_dataframe(folder / "JBNTHRHC.shp")
    _nudged(frame)
    pyogrio.write_dataframe(frame, folder / "JBNTHRHC.shp", encoding="UTF-8")


def boundary_point(folder: Path) -> None:
    """One coordinate of the boundary TXT of what comes in, by a millimetre."""
    lines = (folder / "boundary_in.txt").read_text("utf-8").splitlines()
    at = next(k for k, line in enumerate(lines) if line.startswith("J1,"))
    parts = lines[at].split(",")
    parts[2] = f"{float(parts[2]) + 0.001:.3f}"
    (folder / "boundary_in.txt").write_text("\n".join([*lines[:at], ",".join(parts), *lines[at + 1 :]]) + "\n", "utf-8")


def map_exchanged(folder: Path) -> None:
    """One A3 map exchanged for another."""
    shutil.copy(folder / "map_location.pdf", folder / "map_replacement.pdf")


def statement(folder: Path) -> None:
    """One figure of scheme.json."""
    path = folder / "scheme.json"
    told = json.loads(path.read_text("utf-8"))
    told["statements"][0]["value"] += 1
    path.write_text(json.dumps(told, ensure_ascii=False, indent=1), "utf-8")


def _record(folder: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    path = folder / "project.json"
    told = json.loads(path.read_text("utf-8"))
    change(told)
    path.write_text(json.dumps(told, ensure_ascii=False), "utf-8")


def bound(folder: Path) -> None:
    """The proven bound of the first wish, raised above the plan."""
    _record(folder, lambda t: t["results"]["tables"]["proof"][0].update(
        bound=t["results"]["tables"]["proof"][0]["value"] * 1.01 + 1))  # fmt: skip


def data_hash(folder: Path) -> None:
    """The hash of a layer in the run record."""
    _record(folder, lambda t: t["inputs"][0].update(sha256="0" * 64))


def date_of_rules(folder: Path) -> None:
    """The day of the rules in the run record."""
    _record(folder, lambda t: t["values"].update(on="2024-06-01"))


TAMPERINGS = (word_in_document, figure_in_annex, parcel_id, grade, corner_in_geopackage, corner_in_transfer_layer,
              boundary_point, map_exchanged, statement, bound, data_hash, date_of_rules)  # fmt: skip


def made(name: str, path: Path, zone: Any, folder: Path) -> Path:
    from geo.study import project
    from geo.study.project_intake import read_footprint

    values = project.SPEC.values({"type": KINDS[name], "on": "2026-01-01"})
    project.write(project.run(zone, read_footprint(path), values), folder / name)
    return folder / name


def faults(folder: Path, zone: Any) -> list[str]:
    from geo.errors import InputProblem
    from geo.study.project_recheck import check_folder

    try:
        return [f.text("zh") for f in check_folder(folder, zone) if f.severity == "error"]
    except InputProblem as problem:
        return [f.text("zh") for f in problem.findings]


def main() -> int:
    from geo.io.zone_folder import read_zone

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--zone", type=Path, default=Path("data/shapefiles"))
    parser.add_argument("--names", nargs="+", default=list(KINDS), choices=list(KINDS))
    parser.add_argument("--tampered", nargs="*", default=["own"], choices=list(KINDS))
    args = parser.parse_args()
    zone, wrong = read_zone(args.zone), 0
    with tempfile.TemporaryDirectory(prefix="tianchou-recheck-") as scratch:
        paths = made_footprints(args.zone, Path(scratch) / "footprints")
        for name in args.names:
            folder = made(name, paths[name], zone, Path(scratch))
            begun = time.process_time()
            found = faults(folder, zone)
            print(f"{name:8} as written: {len(found)} faults, {time.process_time() - begun:.1f} cpu s", flush=True)
            wrong += bool(found)
            for tamper in TAMPERINGS if name in args.tampered else ():
                copy = Path(scratch) / "copy"
                shutil.copytree(folder, copy)
                tamper(copy)
                found = faults(copy, zone)
                print(f"{name:8} {tamper.__name__:24} {len(found):3} faults: {found[0] if found else 'NOT FOUND'}",
                      flush=True)  # fmt: skip
                wrong += not found
                shutil.rmtree(copy)
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
