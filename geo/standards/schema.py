"""What a layer must contain: one schema a layer, read from ``tables/layers.csv`` and ``tables/layer_<name>.csv``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

from geo.standards.tables import rows


@dataclass(frozen=True, slots=True)
class Field:
    """One column: its official name at the door, its house name inside, its unit; personal fields never get in."""

    official: str
    name: str
    kind: Literal["text", "int", "real"]
    length: int
    decimals: int
    unit: str
    required: bool
    personal: bool
    zh: str
    aliases: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class LayerSchema:
    """One standard layer: house name, official file name, labels, columns in the official order."""

    layer: str
    official: str
    aliases: tuple[str, ...]
    zh: str
    en: str
    geometry: str
    required: bool
    feature_code: str
    id_prefix: str
    fields: tuple[Field, ...]

    @property
    def id_column(self) -> str:
        """House name of the identifier column (the field BSM)."""
        return self.fields[0].name

    def label(self, lang: str) -> str:
        return self.zh if lang == "zh" else self.en


@cache
def layer_names() -> tuple[str, ...]:
    """House names of the zone's standard layers."""
    return tuple(row["layer"] for row in rows("layers"))


@cache
def further_layers() -> tuple[str, ...]:
    """House names of the standard layers that a zone's folder does not hold but that people send."""
    return tuple(row["layer"] for row in rows("layers_further"))


@cache
def personal_patterns() -> tuple[str, ...]:
    """What the name of a column with personal data is, or (in Chinese) contains; upper case."""
    return tuple(row["pattern"].upper() for row in rows("personal_fields"))


@cache
def schema(layer: str) -> LayerSchema:
    """Schema of a layer by its house name, the zone's own or one of ``further_layers``. Raises KeyError."""
    try:
        head = next(row for row in (*rows("layers"), *rows("layers_further")) if row["layer"] == layer)
    except StopIteration:
        raise KeyError(f"no standard layer named {layer!r}") from None
    return LayerSchema(
        layer=layer,
        official=head["official"],
        aliases=tuple(head["aliases"].split()),
        zh=head["zh"],
        en=head["en"],
        geometry=head["geometry"],
        required=head["required"] == "yes",
        feature_code=head["feature_code"],
        id_prefix=head["id_prefix"],
        fields=tuple(_field(row) for row in rows(f"layer_{layer}")),
    )


def _field(row: dict[str, str]) -> Field:
    kind = row["type"]
    if kind not in ("text", "int", "real"):
        raise ValueError(f"field {row['field']}: unknown type {kind!r}")
    return Field(
        official=row["field"],
        name=row["name"],
        kind=kind,  # type: ignore[arg-type]  # narrowed by the test above
        length=int(row["length"]),
        decimals=int(row["decimals"] or 0),
        unit=row["unit"],
        required=row["required"] == "yes",
        personal=row["personal"] == "yes",
        zh=row["zh"],
        aliases=tuple(row["aliases"].split()),
        note=row["note"],
    )
