"""Properties of the user's own, from a TOML file: one table per property, named after it.

    [critical_current_density]
    label = "Critical current density"
    symbol = "CCD"
    unit = "mA/cm²"
    scale = "log10"            # the space in which errors add up: log10 or linear
    subject = "electrolyte"    # or cell
    bounds = [0.001, 100]      # values outside are refused
    between_papers = 0.3       # how far sources differ on one recipe, on the scale
    meaning = "Current density at which the first short circuit was seen."
    file = "currents.csv"      # beside this file
    column = "ccd"             # the values

    [critical_current_density.columns]   # our name = yours, where they differ
    paper = "batch"

The columns of the csv file are those of ``data/literature/electrolytes.csv`` (for cells ``electrodes.csv``), as many of
them as there are; the file itself is read by :mod:`surrogate.datasets.own`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Any

from surrogate.errors import ConfigError, SurrogateError, Unavailable
from surrogate.properties.property import Property, Scale, Subject
from surrogate.units import canonical_unit, ucum_code

_TEXTS = ("label", "unit", "scale", "subject", "meaning", "file", "column")
_REQUIRED = (*_TEXTS, "bounds", "between_papers")
_OPTIONAL = ("symbol", "hint", "columns")
#: Scales on which models can learn.
_SCALES = (Scale.LOG10, Scale.LINEAR)


@dataclass(frozen=True, kw_only=True)
class OwnProperty:
    """A property of the user's own, and where its values stand.

    ``columns`` maps names of the product's tables to those of ``file``; ``described_in`` is the TOML file.
    """

    property: Property
    file: Path
    column: str
    columns: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    described_in: Path


def read_own(path: Path, *, reserved: Iterable[str] = ()) -> dict[str, OwnProperty]:
    """Read the properties that a file describes; whether their csv files exist is not looked at.

    A service needs models, not tables.

    Args:
        path: Of the TOML file.
        reserved: Names that are taken.

    Returns:
        The properties by name.

    Raises:
        ConfigError: Something is wrong in the file; the message names file and property.
        Unavailable: There is no such file.
    """
    properties: dict[str, OwnProperty] = {}
    for name, entry in _read_content(path).items():
        place = f"{path}, [{name}]"
        try:
            if name in reserved:
                raise ConfigError(f"The name '{name}' is taken.", hint="Give the property another name.")
            properties[name] = _read_entry(name, entry, path)
        except SurrogateError as problem:
            raise ConfigError(f"{place}: {problem.message}", hint=problem.hint) from None
    return properties


def _read_content(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise Unavailable(
            f"The file of properties '{path}' cannot be read ({problem.strerror}).",
            hint="Correct SURROGATE_PROPERTIES, or unset it.",
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise ConfigError(f"{path} is not TOML: {problem}.", hint='Texts need quotes: unit = "S/cm".') from None


def _read_entry(name: str, entry: Any, path: Path) -> OwnProperty:
    if not isinstance(entry, Mapping):
        raise ConfigError(f"It is {entry!r}; it must be a table.", hint=f"Write [{name}] on a line of its own.")
    _check_keys(entry)
    unit = canonical_unit(entry["unit"])
    bounds = entry["bounds"]
    if not isinstance(bounds, list) or len(bounds) != 2:
        raise ConfigError(f"bounds is {bounds!r}; it must be two numbers.", hint="Write bounds = [lowest, highest].")
    lower, upper = (_check_number("bounds", bound) for bound in bounds)
    table = entry.get("columns", {})
    if not isinstance(table, Mapping) or not all(isinstance(column, str) for column in table.values()):
        raise ConfigError("columns must be a table of texts.", hint='Write paper = "batch": our name = your name.')
    return OwnProperty(
        property=Property(
            name=name,
            label=entry["label"],
            symbol=entry.get("symbol", entry["label"]),
            unit=unit,
            ucum=ucum_code(unit),
            scale=Scale(_check_option("scale", entry["scale"], _SCALES)),
            subject=Subject(_check_option("subject", entry["subject"], Subject)),
            lower=lower,
            upper=upper,
            between_papers=_check_number("between_papers", entry["between_papers"]),
            meaning=entry["meaning"],
            outside_hint=entry.get("hint", "Check the unit of the column, or the bounds of the property."),
        ),
        file=path.parent / entry["file"],
        column=entry["column"],
        columns=MappingProxyType(dict(table)),
        described_in=path,
    )


def _check_keys(entry: Mapping[str, Any]) -> None:
    """No key unknown, none missing, texts where texts belong."""
    for key in entry:
        if key not in (*_REQUIRED, *_OPTIONAL):
            near = get_close_matches(key, (*_REQUIRED, *_OPTIONAL), n=1, cutoff=0.5)
            hint = f"Did you mean {near[0]}?" if near else f"Known: {', '.join((*_REQUIRED, *_OPTIONAL))}."
            raise ConfigError(f"There is no key named '{key}'.", hint=hint)
    for key in _REQUIRED:
        if key not in entry:
            raise ConfigError(f"The key '{key}' is missing.", hint=_WHAT_FOR[key])
    for key in (*_TEXTS, "symbol", "hint"):
        if key in entry and not (isinstance(entry[key], str) and entry[key].strip()):
            raise ConfigError(f"{key} is {entry[key]!r}; it must be a text.", hint="Write it in quotes.")


_WHAT_FOR: Mapping[str, str] = MappingProxyType(
    {
        "label": "It is the name on axes and in tables.",
        "unit": "Of the values in the file and of all answers, such as S/cm.",
        "scale": "The space in which errors add up: log10 for what spans decades, else linear.",
        "subject": "What it belongs to: electrolyte or cell.",
        "meaning": "One sentence that says what exactly is measured.",
        "file": "The csv file with the values, seen from this file.",
        "column": "The column of the csv file that holds the values.",
        "bounds": "The lowest and the highest possible value, such as [1e-6, 10].",
        "between_papers": "How far different sources differ on one recipe, on the scale; 'python -m training check' "
        "measures it: begin with 0.3 for log10.",
    }
)


def _check_number(key: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ConfigError(f"{key} holds {value!r}, which is not a number.", hint="Write it without quotes.")
    return float(value)


def _check_option(key: str, value: str, options: Iterable[str]) -> str:
    names = [str(option) for option in options]
    if value not in names:
        raise ConfigError(f"{key} is '{value}'.", hint=f"It must be {' or '.join(names)}.")
    return value
