"""Files of a plan to take away: single files as they are, layers that consist of several files as one ZIP."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import streamlit as st

from app.jobs import Job
from app.parts.figures import number
from app.parts.job_bar import LATER_S
from app.parts.safe_text import esc_markdown
from app.words import pick, t

_TYPES = {
    ".gpkg": "application/geopackage+sqlite3", ".pdf": "application/pdf", ".png": "image/png",
    ".json": "application/json",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".zip": "application/zip",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ".txt": "text/plain",
    ".html": "text/html",
}  # fmt: skip
_SHAPE = (".shp", ".shx", ".dbf", ".prj", ".cpg", ".qix", ".sbn")
# What to offer first.
_ORDER = (".docx", ".xlsx", ".html", ".pdf", ".txt", ".gpkg", ".zip", ".png", ".json")


@st.fragment(run_every=LATER_S)
def waiting(job: Job) -> None:
    """Progress of the files of a plan just made; when they are there the page shows them."""
    if job.done:
        st.rerun()
    st.progress(job.fraction, text=f"{t('files_writing')} · {esc_markdown(pick(job.zh, job.en))}")


def downloads(folder: Path, run_id: str, *, job: Job | None = None) -> None:
    """One button a file, with its size; GeoPackages and shapefiles as ZIP.

    job: the work that writes the folder, where it is not written yet; whoever looks here begins it.
    """
    if job is not None and not job.start().done:
        waiting(job)
        return
    if job is not None and job.error is not None:
        st.error(esc_markdown(f"{t('went_wrong')} {job.error}"), icon=":material/error:")
    for label, name, make, kind in sorted(_offers(folder, run_id), key=lambda o: (_ORDER.index(o[3]), o[1])):
        st.download_button(label, make, file_name=name, mime=_TYPES[kind], key=f"download_{name}",
                           icon=":material/download:", on_click="ignore", width="stretch")  # fmt: skip


def _offers(folder: Path, run_id: str):  # type: ignore[no-untyped-def]
    files = [p for p in sorted(folder.glob("*")) if p.is_file() and not p.name.startswith(".")]
    shapes = [p for p in files if p.suffix in _SHAPE]
    if shapes:
        size = sum(p.stat().st_size for p in shapes)
        yield f"{t('file_shp')} · {_size(size)}", f"tianchou-{run_id}-shp.zip", _zip(shapes), ".zip"
    for path in files:
        kind = path.suffix.lower()
        if kind not in _TYPES:
            continue
        words = f"{t('file_' + kind[1:])} · {path.name} · {_size(path.stat().st_size)}"
        if kind == ".gpkg":
            yield words, f"tianchou-{run_id}-{path.stem}-gpkg.zip", _zip([path]), ".zip"
        else:
            yield words, f"tianchou-{run_id}-{path.name}", path.read_bytes, kind


def _zip(files: list[Path]):  # type: ignore[no-untyped-def]
    def make() -> bytes:
        body = io.BytesIO()
        with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in files:
                archive.write(path, path.name)
        return body.getvalue()

    return make


def _size(size: int) -> str:
    return f"{number(size / 1e6, 1)} MB" if size >= 1e5 else f"{number(size / 1e3, 1)} kB"
