"""The two surveys that a visitor gives, and the comparison of them that is at hand."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app import cache
from app.cache import OpenZone
from app.parts.data_files import file_name
from app.state import session
from geo.study import change, change_tell
from geo.study.change_intake import Survey, survey_from

SAMPLE_SEED, SAMPLE_SHIFT_M = 20200701, 1.0


@dataclass
class Comparison:
    """A comparison at hand. ``key`` names the data and the values; files: the folder of its files once made."""

    key: str
    result: change.ChangeResult
    files: Path | None = None


def content_key(uploads: Sequence[Any]) -> str:
    """Twelve hex digits of what was uploaded; empty for nothing."""
    if not uploads:
        return ""
    body = hashlib.sha256()
    for upload in sorted(uploads, key=lambda u: str(u.name)):
        body.update(f"{upload.name}\0".encode("utf-8", "replace"))
        body.update(hashlib.sha256(upload.getbuffer()).digest())
    return body.hexdigest()[:12]


def survey(uploads: Sequence[Any], opened: OpenZone) -> Survey:
    """The survey of uploads, or of the open zone without any. Raises InputProblem."""
    if not uploads:
        return change.survey_of(opened.zone)
    with tempfile.TemporaryDirectory(prefix="tianchou-survey-") as room:
        paths: list[Path] = []
        for upload in uploads:
            path = Path(room) / file_name(str(upload.name), [p.name for p in paths])
            path.write_bytes(upload.getbuffer())
            paths.append(path)
        return survey_from([Path(room)], paths[0].name)


def compare(
    opened: OpenZone, first: Sequence[Any], second: Sequence[Any], values: dict[str, Any], *, sample: bool
) -> None:
    """Compare, and keep it as this visitor's comparison. Raises InputProblem."""
    told = json.dumps({k: str(v) for k, v in values.items()}, sort_keys=True)
    key = f"{opened.version}|{content_key(first)}|{content_key(second)}|{sample}|{told}"
    mind = session()
    if mind.change is not None and mind.change.key == key:
        return
    before = survey(first, opened)
    if sample:
        from geo.study.sample_later import later_zone

        later, _ = later_zone(opened.zone, seed=SAMPLE_SEED, shift_m=SAMPLE_SHIFT_M)
        after = change.survey_of(later)
    else:
        after = survey(second, opened)
    mind.change = Comparison(key, change.run(before, after, values))


def files(comparison: Comparison, lang: str) -> Path:
    """The folder with the files of a comparison, made once a language."""
    folder = cache.plans_folder() / f"change-{hashlib.sha256(comparison.key.encode()).hexdigest()[:12]}-{lang}"
    if not (folder / "change.json").is_file():
        change_tell.write(comparison.result, folder, lang=lang)
    return folder
