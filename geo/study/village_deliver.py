"""The deliverables of a village scheme: workbook and summary form in both languages, from the record alone."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from geo.finding import Finding


def write_deliverables(told: Mapping[str, Any], folder: Path, tell: Callable[..., None] | None = None) -> list[Path]:
    """Write village.xlsx and village.docx, Chinese and English (``_en``), into the folder; ``told`` is village.json."""
    from geo.report.village_document import write_village_form
    from geo.report.village_workbook import write_village_workbook

    made = []
    for lang, end in (("zh", ""), ("en", "_en")):
        if tell is not None:
            tell(0.95, "写出表格", "Writing the papers")
        made.append(write_village_workbook(told, folder / f"village{end}.xlsx", lang=lang))
        made.append(write_village_form(told, folder / f"village{end}.docx", lang=lang))
    return made


def check_documents(folder: Path, told: Mapping[str, Any]) -> list[Finding]:
    """Every cell and paragraph of the papers against the record: VG511 for what is missing or differs."""
    from geo.study.project_deliver import compare

    found: list[Finding] = []
    with tempfile.TemporaryDirectory(prefix="tianchou-check-") as name:
        for path in write_deliverables(told, Path(name)):
            found += [
                Finding("VG511", "error", f.subject, measured=str(f.measured or "–"))
                for f in compare(folder / path.name, path)
            ]
    return found
