"""YAML WITH PLACES: reads a sheet of the rule book and remembers the line of every field.

A fault never stops the reading: it is noted with file, line and field, and the next field is read, so that an
analyst sees everything that is wrong with the book at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from importlib.resources.abc import Traversable
from typing import Any, TypeAlias

from geo.finding import Finding

Node: TypeAlias = Any  # a yaml node; the published stubs do not know its id


class Faults:
    """The faults met so far, in the order of reading."""

    def __init__(self) -> None:
        self.found: list[Finding] = []

    def note(self, code: str, where: str, field: str, **words: str) -> None:
        """One fault at ``file:line``; ``words`` are the further figures its message names."""
        self.found.append(Finding(code, "error", where, values={"field": field, **words}))


class Card:
    """One mapping of a YAML sheet: typed fields with their lines; unknown and repeated fields are faults."""

    def __init__(self, file: str, node: Node, faults: Faults) -> None:
        self.file, self.faults, self.line = file, faults, node.start_mark.line + 1
        self._fields: dict[str, Node] = {}
        self._asked: set[str] = set()
        if node.id != "mapping":
            self.fault("POL103", "-", wanted="mapping", problem=_plain_text(node))
            return
        for key, value in node.value:
            if key.value in self._fields:
                faults.note("POL105", f"{file}:{key.start_mark.line + 1}", key.value)
            self._fields[key.value] = value

    def where(self, field: str = "") -> str:
        """``file:line`` of a field, or of the card when it has no such field."""
        node = self._fields.get(field)
        return f"{self.file}:{node.start_mark.line + 1 if node is not None else self.line}"

    def where_within(self, field: str, key: str) -> str:
        """``file:line`` of a key in the mapping that a field holds, or of the field when it has no such key."""
        node = self._fields.get(field)
        pairs = node.value if node is not None and node.id == "mapping" else ()
        line = next((k.start_mark.line + 1 for k, _ in pairs if k.value == key), None)
        return self.where(field) if line is None else f"{self.file}:{line}"

    def fault(self, code: str, field: str, **words: str) -> None:
        """Notes a fault on one field."""
        self.faults.note(code, self.where(field), field, **words)

    def has(self, field: str) -> bool:
        """Whether the field is written and not null."""
        node = self._fields.get(field)
        return node is not None and _scalar(node) is not None

    def raw(self, field: str, *, needed: bool = True) -> Any:
        """The plain value of a field; None (and a fault when ``needed``) if it is not written or null."""
        self._asked.add(field)
        node = self._fields.get(field)
        value = None if node is None else _plain(node)
        if value is None and needed:
            self.fault("POL102", field)
        return value

    def text(self, field: str, *, needed: bool = True) -> str:
        """A text field; '' when absent."""
        value = self.raw(field, needed=needed)
        if value is None:
            return ""
        if not isinstance(value, str):
            self.fault("POL103", field, wanted="text", problem=repr(value))
            return ""
        return value

    def texts(self, field: str) -> tuple[str, ...]:
        """A list of texts; empty when absent."""
        value = self.raw(field, needed=False)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.fault("POL103", field, wanted="list of text", problem=repr(value))
            return ()
        return tuple(value)

    def day(self, field: str, *, needed: bool = False) -> date | None:
        """A date written YYYY-MM-DD; None when absent, null or not a real date (the last is a fault)."""
        value = self.raw(field, needed=needed)
        if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
            return value
        self.fault("POL106", field, problem=str(value))
        return None

    def one_of(self, field: str, choices: tuple[str, ...], *, code: str) -> str:
        """A text out of a closed list; the first choice (and a fault) when it is none of them."""
        value = self.text(field)
        if value and value not in choices:
            self.fault(code, field, problem=value, wanted=", ".join(choices))
            return choices[0]
        return value or choices[0]

    def cards(self, field: str) -> Iterator[Card]:
        """The mappings of a list field."""
        self._asked.add(field)
        node = self._fields.get(field)
        if node is None or node.id != "sequence" or not node.value:
            self.fault("POL102", field)
            return
        for item in node.value:
            yield Card(self.file, item, self.faults)

    def close(self) -> None:
        """Every field that nobody asked for is a misspelt field."""
        for field in self._fields:
            if field not in self._asked:
                self.fault("POL104", field)


def read_sheet(path: Traversable, *, file: str, faults: Faults) -> Card | None:
    """The top mapping of a YAML file; None (and a fault with the line) when it is not YAML or is empty."""
    import yaml

    try:
        node = yaml.compose(path.read_text("utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except UnicodeDecodeError as error:
        faults.note("POL101", f"{file}:1", "-", problem=f"not UTF-8 ({error.reason})")
        return None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        faults.note("POL101", f"{file}:{line}", "-", problem=getattr(error, "problem", None) or str(error))
        return None
    if node is None:
        faults.note("POL101", f"{file}:1", "-", problem="empty file")
        return None
    return Card(file, node, faults)


def _plain(node: Node) -> Any:
    """Plain Python value of a node: dict, list, or scalar."""
    if node.id == "mapping":
        return {_scalar(key): _plain(value) for key, value in node.value}
    if node.id == "sequence":
        return [_plain(item) for item in node.value]
    return _scalar(node)


def _scalar(node: Node) -> Any:
    """A scalar by the safe rules of YAML; a thing that looks like a date but is none stays text."""
    if node.id != "scalar":
        return node
    import yaml

    loader = yaml.SafeLoader("")
    try:
        return loader.construct_object(node)
    except (ValueError, yaml.YAMLError):
        return node.value


def _plain_text(node: Node) -> str:
    return repr(_plain(node))[:60]
