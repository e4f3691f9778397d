"""The run record: what ran on which data under which rules, so that anyone can run it again and compare."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from geo import __version__
from geo.zone import Zone

_PACKAGES = ("geopandas", "shapely", "pyogrio", "pyproj", "rasterio", "numpy", "pandas", "highspy", "numba")


def software() -> dict[str, str]:
    """Versions of the house and of what it stands on."""
    found = {"tianchou": __version__, "python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "–"
    return found


def input_hashes(zone: Zone) -> list[dict[str, Any]]:
    """File, sha256, rows, EPSG and encoding of every layer read, by layer."""
    return [
        {"layer": name, "file": s.file, "sha256": s.sha256, "rows": s.rows, "epsg": s.epsg, "encoding": s.encoding}
        for name, s in sorted(zone.sources.items())
    ]


def run_id(study: str, values: Mapping[str, Any], zone: Zone) -> str:
    """Twelve hex digits that depend on the study, its values, the data and the version, and on nothing else."""
    body = json.dumps([study, plain(values), input_hashes(zone), __version__], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(body.encode()).hexdigest()[:12]


def record(
    study: str,
    zone: Zone,
    values: Mapping[str, Any],
    *,
    editions: Sequence[Mapping[str, Any]],
    results: Mapping[str, Any],
) -> dict[str, Any]:
    """The run record as plain data, ready for JSON."""
    return {
        "study": study,
        "run_id": run_id(study, values, zone),
        "created_utc": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "zone": {"code": zone.code, "name": zone.name, "name_en": zone.name_en, "survey_year": zone.survey_year,
                 "synthetic": zone.synthetic},
        "values": plain(values),
        "parameters": [dict(e) for e in editions],
        "inputs": input_hashes(zone),
        "software": software(),
        "results": plain(results),
    }  # fmt: skip


def plain(value: Any) -> Any:
    """Dates, tuples, numpy numbers and mappings as JSON knows them."""
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(v) for v in value]
    if isinstance(value, date):
        return value.isoformat()
    if hasattr(value, "item") and getattr(value, "ndim", 0) == 0:
        return plain(value.item())
    if isinstance(value, float) and value != value:
        return None
    return value


def write_json(data: Mapping[str, Any], path: Path) -> Path:
    """Write JSON in UTF-8, complete or not at all."""
    draft = path.with_name(path.name + ".writing")
    draft.write_text(json.dumps(plain(data), ensure_ascii=False, indent=1, sort_keys=False) + "\n", encoding="utf-8")
    draft.replace(path)
    return path
