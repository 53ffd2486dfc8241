"""Rules of thumb of the field, as data with sources: what is odd about a recipe though no limit forbids it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from surrogate.candidate.cell import Cell
from surrogate.candidate.measurement import Candidate
from surrogate.candidate.settings import read
from surrogate.composition.family import Family
from surrogate.space.derived import MILLING_DOSE, hours_at_500_rpm
from surrogate.space.rules import Rule
from surrogate.space.variables import Table
from surrogate.text import number

#: Share of a dopant among the cations of the tetrahedra up to which it is a trace.
TRACE = 0.06
_HALIDES = ("Cl", "Br", "I")


@dataclass(frozen=True, kw_only=True)
class RuleOfThumb:
    """A limit with the recipes that it is about, its reason and its source."""

    rule: Rule
    when: Mapping[str, tuple[str, ...]]
    reason: str
    source: str

    def broken_by(self, settings: Mapping[str, float | str]) -> str:
        """A sentence where settings break it; empty where they keep it, or do not say."""
        if any(settings.get(name) not in options for name, options in self.when.items()):
            return ""
        values = {name: settings.get(name) for name in self.rule.coefficients}
        if any(value is None or isinstance(value, str) for value in values.values()):
            return ""
        slack = self.rule.slack({name: np.array([value]) for name, value in values.items()}, Table(n=1))[0]
        if slack >= -1e-9:
            return ""
        stated = ", ".join(f"{name} = {number(float(value or 0.0))}" for name, value in values.items())
        return f"Against a rule of thumb, {self.rule.text}: {self.reason}; here {stated} ({self.source})."


def broken_rules(candidate: Candidate) -> tuple[str, ...]:
    """What is odd about a recipe, a sentence each."""
    settings: dict[str, float | str] = {"kind": str(candidate.kind), **read(candidate)}
    material = candidate.electrolyte
    if material is not None:
        settings["family"] = str(material.composition.family)
    hours, speed = settings.get("milling_time_h"), settings.get("milling_speed_rpm")
    if isinstance(hours, float) and isinstance(speed, float):
        settings[MILLING_DOSE] = hours_at_500_rpm(hours, speed)
    if isinstance(candidate.subject, Cell):
        settings |= _volume_fraction(settings)
    return tuple(sentence for rule in _rules() if (sentence := rule.broken_by(settings)))


def rules_about(subject: str) -> tuple[RuleOfThumb, ...]:
    """The rules of thumb that recipes of electrolytes, or of cells, may break."""
    return tuple(rule for rule in _rules() if set(rule.when.get("kind", (subject,))) == {subject})


def unseen_combination(candidate: Candidate) -> str:
    """The dopant and halides of an argyrodite that no row of the literature has together; empty where one has."""
    material = candidate.electrolyte
    if material is None or material.composition.family is not Family.argyrodite:
        return ""
    amounts = material.composition.amounts
    halides = "/".join(element for element in _HALIDES if amounts.get(element, 0.0) > 0.0)
    rows_with: Mapping[str, list[str]] = _data()["rows_with"]
    cations = sum(amounts.get(element, 0.0) for element in ("P", *rows_with))
    for dopant, halides_of_rows in rows_with.items():
        share = amounts.get(dopant, 0.0) / cations if cations else 0.0
        if share > TRACE and halides and halides not in halides_of_rows:
            return f"{dopant} and {halides}"
    return ""


def _volume_fraction(settings: Mapping[str, float | str]) -> dict[str, float | str]:
    """The share of the electrolyte in the volume of the solids, where the weight fractions are stated."""
    densities: Mapping[str, float] = _data()["densities_g_per_cm3"]
    active = densities.get(str(settings.get("active_material")), densities["oxide"])
    parts = {
        "electrolyte_weight_fraction": densities["electrolyte"],
        "active_weight_fraction": active,
        "additive_weight_fraction": densities["additive"],
    }
    volumes = {
        name: value / density for name, density in parts.items() if isinstance(value := settings.get(name), float)
    }
    if not {"electrolyte_weight_fraction", "active_weight_fraction"} <= set(volumes):
        return {}
    return {"electrolyte_volume_fraction": volumes["electrolyte_weight_fraction"] / sum(volumes.values())}


@cache
def _data() -> Mapping[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("rules_of_thumb.toml").read_text("utf-8"))


@cache
def _rules() -> tuple[RuleOfThumb, ...]:
    return tuple(
        RuleOfThumb(
            rule=Rule.parse(entry["rule"], source=entry["source"]),
            when={name: tuple(options) for name, options in entry["when"].items()},
            reason=entry["reason"],
            source=entry["source"],
        )
        for entry in _data()["rules"]
    )
