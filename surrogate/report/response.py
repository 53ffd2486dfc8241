"""How a property responds to one setting, everything else as it is, with the measured rows beside it.

The setting is a number of the table of fields, or the variable of a composition such as Li6-xPS5-xCl1+x.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surrogate.candidate.fields import FIELDS
from surrogate.candidate.measurement import Candidate, Measurement
from surrogate.candidate.settings import build, read
from surrogate.composition import parse_composition
from surrogate.errors import InvalidInput, UnknownName
from surrogate.models.base import Prediction
from surrogate.models.encoding import group_of, material_of
from surrogate.models.own_rows import with_own_rows
from surrogate.models.surrogate import Surrogate

Array = NDArray[np.float64]
POINTS = 61
#: How far, in parts of the whole, a measured composition may lie beside the line of a variable.
_BESIDE = 0.01
_STATED = re.compile(r" \((\w = [^(),]+(?:, \w = [^(),]+)*)\)$")


@dataclass(frozen=True, kw_only=True)
class Row:
    """A measured row at a value of the setting; ``is_same``: of the same material, else of its family."""

    at: float
    measurement: Measurement
    is_same: bool


@dataclass(frozen=True, kw_only=True)
class Response:
    """Predictions along a ``grid`` (n,) of one setting, and the measured rows that state it."""

    grid: Array
    predictions: tuple[Prediction, ...]
    rows: tuple[Row, ...]


def respond(
    model: Surrogate,
    candidate: Candidate,
    setting: str,
    low: float,
    high: float,
    *,
    measurements: Sequence[Measurement] = (),
    logarithmic: bool = False,
    level: float = 0.9,
    own_rows: Sequence[Measurement] = (),
) -> Response:
    """Predict a candidate as one setting varies from ``low`` to ``high``.

    Args:
        model: What predicts.
        candidate: All other settings.
        setting: A field that is a number, or ``x`` for the variable of the composition.
        low: Where the grid begins.
        high: Where the grid ends.
        measurements: Kept where they have the property and state the setting between the ends.
        logarithmic: Whether the grid is even on a logarithmic axis.
        level: Probability that the intervals hold.
        own_rows: Measurements that the asking laboratory measured itself, which shift and sharpen its predictions.

    Raises:
        InvalidInput: The range is empty, or the composition has no variable of this name.
        UnknownName: The setting is not a number.
    """
    grid = _make_grid(setting, low, high, logarithmic)
    is_variable = setting not in FIELDS
    candidates = [
        with_variable(candidate, setting, float(v)) if is_variable else varied(candidate, setting, float(v))
        for v in grid
    ]
    predictions = model.predict(candidates, level=level, neighbours=0)
    if own_rows:
        predictions = with_own_rows(model, candidates, predictions, own_rows)
    group, material = group_of(candidate), material_of(candidate)
    rows = [m for m in measurements if m.property == model.property.name]
    beside = (
        _find_on_line(candidates[0], candidates[-1], (low, high), rows) if is_variable else _find_stating(setting, rows)
    )
    return Response(
        grid=grid,
        predictions=tuple(predictions),
        rows=tuple(
            Row(at=at, measurement=m, is_same=is_variable or material_of(m.candidate) == material)
            for at, m in beside
            if low <= at <= high and group_of(m.candidate) == group
        ),
    )


def varied(candidate: Candidate, setting: str, value: float) -> Candidate:
    """``candidate`` with one setting at another value; the composition stays the object it is."""
    settings = {**read(candidate), setting: value}
    if setting.startswith("heat_treatment"):
        settings["heat_treated"] = "yes"
    if setting.endswith("weight_fraction"):  # the others keep their ratio, so that the sum stays 1
        other_fractions = [n for n in settings if n.endswith("weight_fraction") and n != setting]
        total = sum(float(settings[n]) for n in other_fractions)
        for name in other_fractions:
            settings[name] = (1.0 - value) * float(settings[name]) / total if total > 0 else 0.0
    material = candidate.electrolyte
    return build(settings, candidate.kind, None if material is None else material.composition)


def with_variable(candidate: Candidate, name: str, value: float) -> Candidate:
    """``candidate`` with the variable of its composition at another value."""
    material = candidate.electrolyte
    formula, variables = ("", {}) if material is None else variables_of(material.composition.text)
    if name not in variables:
        raise InvalidInput(
            f"The composition has no variable {name}.",
            hint="Write it with one, as in Li6-xPS5-xCl1+x, and give x a value.",
            field="electrolyte",
        )
    composition = parse_composition(formula, variables={**variables, name: value})
    return build(read(candidate), candidate.kind, composition)


def variables_of(text: str) -> tuple[str, dict[str, float]]:
    """The formula in the text of a composition, and the values of its variables.

    >>> variables_of("Li6-xPS5-xCl1+x (x = 0.5)")
    ('Li6-xPS5-xCl1+x', {'x': 0.5})
    """
    stated = _STATED.search(text)
    if stated is None:
        return text, {}
    pairs = (pair.split(" = ") for pair in stated[1].split(", "))
    return text[: stated.start()], {name: float(value) for name, value in pairs}


def _make_grid(setting: str, low: float, high: float, logarithmic: bool) -> Array:
    field = FIELDS.get(setting)
    if len(setting) > 1 and (field is None or not field.number):
        raise UnknownName("setting with a number", setting, [n for n, s in FIELDS.items() if s.number])
    if not low < high or (logarithmic and low <= 0):
        raise InvalidInput(f"{setting} cannot go from {low:g} to {high:g}.", hint="Give the lower bound first.")
    grid = np.asarray(np.geomspace(low, high, POINTS) if logarithmic else np.linspace(low, high, POINTS))
    if field is None or field.kind != "whole":
        return grid
    whole = np.unique(np.rint(grid))
    if len(whole) < 2:
        raise InvalidInput(f"{setting} counts, and there is one number from {low:g} to {high:g}.", hint="Go further.")
    return whole


def _find_stating(setting: str, measurements: Sequence[Measurement]) -> list[tuple[float, Measurement]]:
    """The measurements that state a setting, each with its value."""
    values = ((read(m.candidate).get(setting), m) for m in measurements)
    return [(float(at), m) for at, m in values if isinstance(at, float | int)]


def _find_on_line(
    first: Candidate, last: Candidate, ends: tuple[float, float], measurements: Sequence[Measurement]
) -> list[tuple[float, Measurement]]:
    """The measurements whose composition is one of the line between two, each with its value of the variable.

    Amounts are linear in the variable, so a composition c of the line is s·(a + x·b): two unknowns for all elements.
    """
    if first.electrolyte is None or last.electrolyte is None:
        return []
    at_first, at_last = first.electrolyte.composition.amounts, last.electrolyte.composition.amounts
    elements = sorted(at_first.keys() | at_last.keys())
    start, end = (_list_amounts(amounts, elements) for amounts in (at_first, at_last))
    slope = (end - start) / (ends[1] - ends[0])
    basis = np.column_stack([start - ends[0] * slope, slope])
    on_line = []
    for m in measurements:
        amounts = m.candidate.electrolyte.composition.amounts if m.candidate.electrolyte is not None else {}
        if not amounts or not amounts.keys() <= set(elements):
            continue
        there = _list_amounts(amounts, elements)
        (scale, scaled), *_ = np.linalg.lstsq(basis, there, rcond=None)
        beside = np.abs(basis @ [scale, scaled] - there).sum()
        if scale > 0 and beside <= _BESIDE * there.sum():
            on_line.append((float(scaled / scale), m))
    return on_line


def _list_amounts(amounts: Mapping[str, float], elements: Sequence[str]) -> Array:
    return np.array([amounts.get(element, 0.0) for element in elements])
