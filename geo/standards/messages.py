"""The message catalogue: every code that a person may read, in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from geo.standards.tables import names, rows


@dataclass(frozen=True, slots=True)
class Message:
    """One catalogue entry; templates use the names of a Finding ({subject}, {measured}, {limit}, {unit}, …)."""

    code: str
    zh: str
    en: str
    hint_zh: str
    hint_en: str

    def text(self, lang: str) -> str:
        return self.zh if lang == "zh" else self.en

    def hint(self, lang: str) -> str:
        return self.hint_zh if lang == "zh" else self.hint_en


@cache
def catalogue() -> dict[str, Message]:
    """All messages by code, from every ``messages_*.csv``. Raises ValueError on a code given twice."""
    found: dict[str, Message] = {}
    for table in (name for name in names() if name.startswith("messages_")):
        for row in rows(table):
            if row["code"] in found:
                raise ValueError(f"message code {row['code']} stands twice")
            found[row["code"]] = Message(row["code"], row["zh"], row["en"], row["hint_zh"], row["hint_en"])
    return found


def message(code: str) -> Message:
    """The entry of a code. Raises KeyError when the catalogue has none."""
    return catalogue()[code]
