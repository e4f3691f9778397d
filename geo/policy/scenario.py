"""SCENARIO: a named what-if, a set of parameter values that replace those of the book for one question."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from geo.errors import PolicyProblem
from geo.policy.parameter import ParameterSpec, Value, frozen_value, suits
from geo.policy.reading import Faults, read_sheet


@dataclass(frozen=True, slots=True)
class Scenario:
    """overrides: parameter id -> value in the unit of the parameter. name: shown beside every answer it touched."""

    name: str
    overrides: Mapping[str, Value]

    def __reduce__(self) -> tuple[Callable[[str, dict[str, Value]], Scenario], tuple[str, dict[str, Value]]]:
        """A read-only mapping does not travel between processes; a dict does."""
        return make_scenario, (self.name, dict(self.overrides))


def make_scenario(name: str, overrides: Mapping[str, Value]) -> Scenario:
    """A scenario from values at hand (a slider named "what if"); nothing is checked against the book."""
    return Scenario(name, MappingProxyType(dict(overrides)))


def load_scenario(path: Path, *, parameters: Mapping[str, ParameterSpec]) -> Scenario:
    """A scenario from YAML ``{name, overrides: {parameter id: value}}``.

    Raises PolicyProblem naming file, line and field for every id the book does not have, every value of the wrong
    kind, and a file that is not there.
    """
    faults = Faults()
    card = None
    try:
        card = read_sheet(path, file=path.name, faults=faults)
    except OSError as error:
        faults.note("POL101", path.name, "-", problem=error.strerror or str(error))
    name, overrides = "", {}
    if card is not None:
        name = card.text("name")
        given = card.raw("overrides")
        if not isinstance(given, dict):
            card.fault("POL103", "overrides", wanted="mapping", problem=repr(given))
            given = {}
        for key, value in given.items():
            if key not in parameters:
                faults.note("POL205", card.where_within("overrides", str(key)), "overrides", id=str(key))
            elif not suits(value, parameters[key].unit):
                here = card.where_within("overrides", key)
                faults.note("POL103", here, key, wanted=parameters[key].unit, problem=repr(value))
            else:
                overrides[key] = frozen_value(value)
        card.close()
    if faults.found:
        raise PolicyProblem(faults.found)
    return make_scenario(name, overrides)
