"""zone.toml: read with its faults named, and written so that only what the user decided changes; comments stay."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from geo.errors import InputProblem
from geo.finding import Finding

NAME = "zone.toml"


def settings(folder: Path) -> dict[str, Any]:
    """What zone.toml of a folder says; empty without one. Raises InputProblem (IO116) when it cannot be read."""
    path = folder / NAME
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise InputProblem([Finding("IO116", "error", NAME, measured=str(fault))]) from None


def save_mapping(
    folder: Path | str, layer: str, *, file: str = "", columns: Mapping[str, str] | None = None, epsg: int = 0
) -> Path:
    """Remember beside the data how a layer is to be read: its file, columns and system; ``read_zone`` follows it.

    file: name in the folder, ``file|layer`` where it holds several. columns: official field to column, ``#row``,
    ``#area`` or ``=text`` (an empty mapping forgets the old one, None leaves it). epsg: the system (0 leaves it).
    Raises InputProblem (IO116) when the existing zone.toml cannot be read or changed without loss.
    """
    folder = Path(folder)
    wanted = settings(folder)
    path = folder / NAME
    text = path.read_text("utf-8") if path.is_file() else ""
    if file:
        wanted.setdefault("layers", {})[layer] = file
        text = _with_key(text, "layers", layer, _value(file))
    if columns is not None:
        wanted.setdefault("columns", {})[layer] = {str(k): str(v) for k, v in columns.items()}
        body = "".join(f"{_key(str(k))} = {_value(str(v))}\n" for k, v in columns.items())
        text = _with_table(text, f"columns.{layer}", body)
    if epsg:
        wanted.setdefault("systems", {})[layer] = epsg
        text = _with_key(text, "systems", layer, str(epsg))
    try:
        held = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise InputProblem([Finding("IO116", "error", NAME, measured=str(fault))]) from None
    if held != wanted:
        raise InputProblem([Finding("IO116", "error", NAME, measured=f"[{layer}]")])
    draft = path.with_name(NAME + ".writing")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
    return path


def _value(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # a JSON string is a TOML string


def _key(text: str) -> str:
    return text if re.fullmatch(r"[A-Za-z0-9_-]+", text) else _value(text)


def _span(text: str, table: str) -> tuple[int, int] | None:
    """Where the body of a table stands in the text: from after its heading to the next heading."""
    heading = re.search(rf"^[ \t]*\[{re.escape(table)}\][ \t]*(#.*)?$\n?", text, re.MULTILINE)
    if not heading:
        return None
    after = re.search(r"^[ \t]*\[", text[heading.end() :], re.MULTILINE)
    return heading.end(), heading.end() + after.start() if after else len(text)


def _with_table(text: str, table: str, body: str) -> str:
    span = _span(text, table)
    if span is None:
        gap = "" if not text or text.endswith("\n\n") else "\n" if text.endswith("\n") else "\n\n"
        return f"{text}{gap}[{table}]\n{body}"
    tail = text[span[1] :]
    return text[: span[0]] + body + ("\n" + tail if tail else "")


def _with_key(text: str, table: str, key: str, value: str) -> str:
    span = _span(text, table)
    if span is None:
        return _with_table(text, table, f"{_key(key)} = {value}\n")
    body = text[span[0] : span[1]]
    line = re.compile(rf"^[ \t]*{re.escape(_key(key))}[ \t]*=.*$", re.MULTILINE)
    new = f"{_key(key)} = {value}"
    if line.search(body):
        body = line.sub(lambda _: new, body, count=1)
    else:
        kept = body.rstrip("\n")
        body = (kept + "\n" if kept else "") + new + "\n" + body[len(kept) + 1 :]
    return text[: span[0]] + body + text[span[1] :]
