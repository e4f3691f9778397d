"""The deliverables of a village scheme: workbook, summary form and map, from the record and the layers alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from geo.finding import Finding
from geo.zone import Zone


def write_deliverables(
    _zone: Zone, _told: Mapping[str, Any], _layers: Mapping[str, Any], _folder: Path, _tell: Callable[..., None]
) -> list[Path]:
    """Write every paper of the scheme into the folder; ``told`` is village.json."""
    return []


def check_documents(_folder: Path, _zone: Zone, _told: Mapping[str, Any], _layers: Mapping[str, Any]) -> list[Finding]:
    """Every paper of the folder against the record."""
    return []
