"""First batches of every ready-made space, before anything is measured: would a chemist make them?

Each batch is what ``surrogate suggest`` answers with the models of a folder. Its recipes are held against rules that
are written down here once more, apart from those of the library; against a list of recipes that no chemist makes
(``never.toml``); and against the settings that the papers of the same chemistry used.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

import surrogate.space
from benchmarks._contract import Bar, at_least, at_most
from surrogate.candidate.cell import Cell
from surrogate.candidate.measurement import Candidate
from surrogate.candidate.settings import read
from surrogate.datasets import load
from surrogate.models import load_models
from surrogate.models.base import DomainStatus
from surrogate.planner.planners import APART, BATCH, MIN_DISTANCE
from surrogate.planner.suggest import suggest
from surrogate.planner.suggestion import Suggestion
from surrogate.properties import Subject
from surrogate.space.ready import names, ready
from surrogate.space.rules import Rule
from surrogate.space.variables import Table

Row = dict[str, Any]
Settings = Mapping[str, float | str]
BATCHES = 50
PROPERTY = {Subject.ELECTROLYTE: "ionic_conductivity", Subject.CELL: "first_discharge_capacity"}
#: What is asked for: the second wish of cells is what a cell is built for.
WISHES = {
    Subject.ELECTROLYTE: ["maximise ionic_conductivity"],
    Subject.CELL: ["maximise first_discharge_capacity", "maximise capacity_retention"],
}
#: Settings that papers of a chemistry are compared in.
COMPARED = (
    "milling_time_h", "milling_speed_rpm", "heat_treatment_temperature_c", "heat_treatment_time_h",
    "active_weight_fraction", "electrolyte_weight_fraction", "additive_weight_fraction", "mixing_time_min",
    "mixing_speed_rpm", "active_loading_mg_per_cm2",
)  # fmt: skip
DENSITY = {"S": 2.07, "Li2S": 1.66, "TiS2": 3.22}
OXIDE_DENSITY, ELECTROLYTE_DENSITY, ADDITIVE_DENSITY = 4.8, 1.9, 2.0


def first_jobs(folder: Path, batches: int) -> list[tuple[tuple[str, ...], Callable[[], Row]]]:
    """A job for every first batch; none without the models. The stamp in a key says what its batch rests on."""
    if _missing(folder):
        return []
    # A hash of the spaces, of this file and of the models, which the version of the planner does not know.
    files = [
        file for file in sorted(Path(surrogate.space.__file__).parent.rglob("*")) if file.suffix in (".py", ".toml")
    ]
    files += [Path(__file__), *sorted(folder.glob("*/manifest.json"))]
    stamp = sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]
    return [
        (("first", name, str(seed), stamp), partial(run_first, name, seed, folder))
        for name in names()
        for seed in range(batches)
    ]


def _missing(folder: Path) -> list[str]:
    return [name for name in PROPERTY.values() if not (folder / name / "manifest.json").is_file()]


@lru_cache(maxsize=1)
def _models(folder: Path) -> Mapping[str, Any]:
    return load_models(folder)


def run_first(name: str, seed: int, folder: Path) -> Row:
    """One first batch, as the command line or (odd seeds) a campaign asks for it, and what is odd about its recipes."""
    space = ready(name)
    apart = MIN_DISTANCE if seed % 2 else APART
    batch = suggest(space, WISHES[space.subject], models=_models(folder), batch=BATCH, seed=seed, min_distance=apart)
    recipes = batch.suggestions
    broken = [broken_by(s.candidate) for s in recipes]
    never = [never_made(s.candidate) for s in recipes]
    verdicts = [max(_verdicts(s)) for s in recipes]
    beyond = [beyond_papers(s.candidate) for s in recipes]
    return {
        "recipes": len(recipes),
        "breaking": sum(map(bool, broken)),
        "silent": sum(bool(rules) and not _says_so(s) for s, rules in zip(recipes, broken, strict=True)),
        "rules": sorted({rule for rules in (*broken, *never) for rule in rules}),
        **{status: verdicts.count(place) for place, status in enumerate(("in", "edge", "out"))},
        "never": sum(map(bool, never)),
        "within": beyond.count(()),
        "beyond": sorted({name for names_beyond in beyond for name in names_beyond}),
    }


_COUNTS = ("recipes", "breaking", "silent", "in", "edge", "out", "never", "within")


def first_report(results: Mapping[tuple[str, ...], Row], folder: Path, batches: int) -> tuple[list[Row], list[Bar]]:
    """A row per space, and the bars; without the models in ``folder`` no number is obtained, and no bar reached."""
    if missing := _missing(folder):
        note = f"no model of {' and '.join(missing)} in {folder}; train them, or name another folder with --models"
        bar = at_most("first batches: recipes that break a rule silently", None, 0.0)
        return [{"part": "first", "note": note}], [bar]
    rows = []
    for name in names():
        runs = [row for key, row in results.items() if key[:2] == ("first", name)]
        counts = {column: sum(run[column] for run in runs) for column in _COUNTS}
        words = {column: sorted({word for run in runs for word in run[column]}) for column in ("rules", "beyond")}
        rows.append({"part": "first", "space": name, **counts, **words})
    total = {column: float(sum(row[column] for row in rows)) for column in _COUNTS}
    worst = min(row["within"] / row["recipes"] for row in rows)
    return rows, [
        at_most("first batches: recipes that break a rule silently", total["silent"], 0.0),
        at_most("first batches: recipes that are out of domain", total["out"], 0.0),
        at_most("first batches: recipes that no chemist makes", total["never"], 0.0),
        at_least("first batches: share within what papers used, worst space", worst, 0.5),
        at_least("first batches: recipes", total["recipes"], float(batches * BATCH * len(rows))),
    ]


def _verdicts(suggestion: Suggestion) -> list[int]:
    """0 for ``in``, 1 for ``edge``, 2 for ``out``, for each property."""
    order = (DomainStatus.IN, DomainStatus.EDGE, DomainStatus.OUT)
    return [order.index(prediction.domain.status) for prediction in suggestion.predictions.values()]


def _says_so(suggestion: Suggestion) -> bool:
    reasons = [reason for p in suggestion.predictions.values() for reason in p.domain.reasons]
    return any(
        "rule of thumb" in text or "together in an argyrodite" in text for text in (*suggestion.warnings, *reasons)
    )


def broken_by(candidate: Candidate) -> tuple[str, ...]:
    """The rules that a recipe breaks, by a word each."""
    settings = read(candidate)
    checks = _electrode_rules if isinstance(candidate.subject, Cell) else _electrolyte_rules
    return tuple(checks(candidate, settings))


def _electrolyte_rules(candidate: Candidate, settings: Settings) -> list[str]:
    material = candidate.electrolyte
    assert material is not None
    is_argyrodite = material.composition.family == "argyrodite"
    heated, hot = settings.get("heat_treated"), settings.get("heat_treatment_temperature_c")
    dose = _number(settings, "milling_time_h") * (_number(settings, "milling_speed_rpm") / 500.0) ** 3
    broken = []
    if is_argyrodite and heated != "no" and not (isinstance(hot, float) and 400.0 <= hot <= 550.0):
        broken.append("furnace")
    if heated == "no" and dose < 5.0:
        broken.append("reaction")
    if heated != "no" and dose + _number(settings, "heat_treatment_time_h") < 5.0:
        broken.append("reaction")
    if is_argyrodite and not _has_row(material.composition.amounts):
        broken.append("dopant and halide")
    return broken


def _electrode_rules(candidate: Candidate, settings: Settings) -> list[str]:
    active = str(settings.get("active_material"))
    parts = [
        _number(settings, "electrolyte_weight_fraction") / ELECTROLYTE_DENSITY,
        _number(settings, "active_weight_fraction") / DENSITY.get(active, OXIDE_DENSITY),
        _number(settings, "additive_weight_fraction") / ADDITIVE_DENSITY,
    ]
    broken = []
    if active in ("S", "Li2S") and _number(settings, "additive_weight_fraction") < 0.03 - 1e-9:
        broken.append("carbon")
    if parts[0] / sum(parts) < 0.2 - 1e-9:
        broken.append("ionic path")
    material = candidate.electrolyte
    finished = material is not None and material.composition.family == "argyrodite"
    if finished and settings.get("mixing_method") == "ball_milled" and _number(settings, "mixing_time_min") > 60.0:
        broken.append("milled argyrodite")
    return broken


def _number(settings: Settings, name: str) -> float:
    value = settings.get(name, 0.0)
    return value if isinstance(value, float) else 0.0


def _has_row(amounts: Mapping[str, float]) -> bool:
    """Whether a row has these dopants, above a trace, and these halides together; without a dopant there is nothing to
    have.
    """
    dopants, halides = _substituents(amounts)
    return not dopants or (dopants, halides) in _substituents_of_rows()


@cache
def _substituents_of_rows() -> frozenset[tuple[frozenset[str], frozenset[str]]]:
    materials = [m.candidate.electrolyte for m in load("ionic_conductivity")]
    return frozenset(
        _substituents(material.composition.amounts)
        for material in materials
        if material is not None and material.composition.family == "argyrodite"
    )


def _substituents(amounts: Mapping[str, float]) -> tuple[frozenset[str], frozenset[str]]:
    cations = sum(amounts.get(element, 0.0) for element in ("P", "Ge", "Si", "Sn", "Sb", "As"))
    dopants = {e for e in ("Ge", "Si", "Sn", "Sb", "As") if amounts.get(e, 0.0) > 0.06 * cations}
    return frozenset(dopants), frozenset(e for e in ("Cl", "Br", "I") if amounts.get(e, 0.0) > 0.0)


def beyond_papers(candidate: Candidate) -> tuple[str, ...]:
    """The settings beyond what the rows of this chemistry used; what no row states is not compared."""
    settings, ranges = read(candidate), _ranges().get(_chemistry_of(candidate), {})
    # Settings of the electrolyte in a cell are those of its maker.
    return tuple(
        name
        for name in COMPARED
        if name in ranges
        and isinstance(value := settings.get(name), float)
        and not (isinstance(candidate.subject, Cell) and name.startswith(("milling_", "heat_treatment_")))
        and not ranges[name][0] - 1e-9 <= value <= ranges[name][1] + 1e-9
    )


@cache
def _ranges() -> dict[str, dict[str, tuple[float, float]]]:
    """Chemistry → setting → the lowest and highest value of the rows."""
    values: dict[str, dict[str, list[float]]] = {}
    for name in ("ionic_conductivity", "first_discharge_capacity", "capacity_retention"):
        for measurement in load(name):
            of_chemistry = values.setdefault(_chemistry_of(measurement.candidate), {})
            for setting, value in read(measurement.candidate).items():
                if setting in COMPARED and isinstance(value, float):
                    of_chemistry.setdefault(setting, []).append(value)
    return {c: {s: (min(v), max(v)) for s, v in settings.items()} for c, settings in values.items()}


def _chemistry_of(candidate: Candidate) -> str:
    if isinstance(candidate.subject, Cell):
        return str(candidate.subject.electrode.active_material.chemistry)
    material = candidate.electrolyte
    if material is None:
        return ""
    # The binary system has several families, one mill and one furnace.
    is_binary = set(material.composition.amounts) == {"Li", "P", "S"}
    return "Li2S-P2S5" if is_binary else str(material.composition.family)


def never_made(candidate: Candidate) -> tuple[str, ...]:
    """The entries of the list of recipes that no chemist makes which this recipe is one of."""
    settings: dict[str, float | str] = {"kind": str(candidate.kind), **read(candidate)}
    material = candidate.electrolyte
    if material is not None:
        settings["family"] = str(material.composition.family)
        amounts = material.composition.amounts
        cations = amounts.get("P", 0.0) + sum(amounts.get(e, 0.0) for e in ("Ge", "Si", "Sn", "Sb", "As"))
        settings |= {e: a / (cations or 1.0) for e, a in amounts.items()}
        for element in ("Ge", "Si", "Sn", "Cl", "Br", "I"):
            settings.setdefault(element, 0.0)
    return tuple(entry["name"] for entry in never_list() if _is_one(entry, settings))


def _is_one(entry: Mapping[str, Any], settings: Mapping[str, float | str]) -> bool:
    if any(settings.get(name) not in options for name, options in entry["when"].items()):
        return False
    for text in entry["rules"]:
        rule = Rule.parse(text)
        stated = {name: settings.get(name) for name in rule.coefficients}
        if any(not isinstance(value, float) for value in stated.values()):
            return False
        quantities = {name: np.array([value], dtype=float) for name, value in stated.items()}
        if not rule.allows(quantities, Table(n=1))[0]:
            return False
    return True


@cache
def never_list() -> Sequence[Mapping[str, Any]]:
    """Recipes that no chemist makes, with the reason."""
    entries: list[Mapping[str, Any]] = tomllib.loads(Path(__file__).with_name("never.toml").read_text("utf-8"))["never"]
    return entries
