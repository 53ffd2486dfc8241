"""Answers as tables for people, JSON and CSV for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from surrogate.candidate.cell import Cell
from surrogate.candidate.measurement import Candidate
from surrogate.candidate.settings import drop_empty_additive
from surrogate.cli.notes import say
from surrogate.composition import Composition
from surrogate.datasets import cite
from surrogate.models.base import ModelStatus, Neighbour, Prediction
from surrogate.models.encoding import describe, describe_fully
from surrogate.models.measured import find_measured
from surrogate.planner.suggestion import (
    Suggestion,
    SuggestionBatch,
    chances_in_words,
)
from surrogate.properties import get_property
from surrogate.report.words import interval
from surrogate.space.variables import Choice, Variable
from surrogate.text import counted, describe_setting, percent_in_full, print_csv, print_table, quantity, span
from surrogate.units import name_ending, unit_of
from surrogate.wire.answers import (
    composition_warnings,
    derived_fields,
    reading_fields,
    source_of,
    write_batch,
    write_design,
    write_item,
)
from surrogate.wire.base import Output
from surrogate.wire.catalogue import CompositionResponse
from surrogate.wire.predictions import PredictResponse

if TYPE_CHECKING:
    from surrogate.planner.inverse import DesignAnswer, DesignedCandidate
    from surrogate.space.design_space import DesignSpace
    from surrogate.wire.predictions import PropertyOutput


def predictions(
    candidates: Sequence[Candidate],
    answers: Sequence[Mapping[str, Prediction]],
    form: str,
    *,
    neighbours: int,
    citations: bool,
) -> None:
    """Every prediction of every candidate, after what is measured of it; cited rows with or without ``citations``."""
    if form == "json":
        items = [
            write_item(i, c, answer, find_measured(c, answer), neighbours=neighbours, citations=citations)
            for i, (c, answer) in enumerate(zip(candidates, answers, strict=True))
        ]
        write_json(PredictResponse(items=items))
    elif form == "csv":
        print_csv(
            [
                {
                    "candidate": describe(c),
                    "property": n,
                    "unit": p.unit,
                    "median": p.median,
                    "low": p.interval.low,
                    "high": p.interval.high,
                    "level": p.interval.level,
                    "domain": p.domain.status.value,
                    "model": p.model.name,
                    "status": p.model.status.value,
                    "warnings": "; ".join(dict.fromkeys((*reading_fields(c)["warnings"], *p.warnings))),
                    "notes": "; ".join(reading_fields(c)["notes"]),
                    **_without_own_rows(p),
                }
                for c, answer in zip(candidates, answers, strict=True)
                for n, p in answer.items()
            ]
            + [
                {"candidate": describe(c), "property": n, "unit": d["unit"], "median": d["median"], **d["interval"]}
                for c, answer in zip(candidates, answers, strict=True)
                for n, d in _derived(c, answer).items()
            ]
        )
    else:
        for place, (c, answer) in enumerate(zip(candidates, answers, strict=True)):
            if place:
                print()
            _prediction_table(c, answer, neighbours, citations)


def suggestions(batch: SuggestionBatch, form: str) -> None:
    """A batch of recipes with their reasons."""
    if form == "json":
        write_json(write_batch(batch))
    elif form == "csv":
        print_csv(
            [_recipe_columns(s, "chance_of_thresholds") | {"expected_gain": s.expected_gain} for s in batch.suggestions]
        )
    else:
        _suggestion_text(batch)


def design(answer: DesignAnswer, form: str) -> None:
    """Recipes that meet targets, or come nearest."""
    if form == "json":
        write_json(write_design(answer))
    elif form == "csv":
        print_csv([_recipe_columns(r, "chance_of_all") | {"meets": r.meets} for r in answer.recipes])
    else:
        _design_text(answer)


def rows(lines: Sequence[Mapping[str, Any]], form: str, name: str, titles: Sequence[str] = ()) -> None:
    """Any list of lines; ``titles`` are for the columns of a table, where they are not the names."""
    if form == "json":
        write_json({name: list(lines)})
    elif form == "csv":
        print_csv(lines)
    elif lines:
        header = list(dict.fromkeys(column for row in lines for column in row))
        print_table(titles or header, [[row.get(column, "") for column in header] for row in lines])
    else:
        print(f"There are no {name}.")


def recipe(settings: Mapping[str, float | str], weigh_in_g: Mapping[str, float]) -> None:
    """What to set and what to weigh in, two lines."""
    written = [f"{n} = {v if isinstance(v, str) else format(v, 'g')}" for n, v in drop_empty_additive(settings).items()]
    print("   settings: " + ", ".join(written))
    if weigh_in_g:
        print("   weigh in: " + ", ".join(f"{formula} {mass:.4f} g" for formula, mass in weigh_in_g.items()))


def composition(read: Composition, form: str) -> None:
    """How a composition was read."""
    facts: dict[str, Any] = {
        "reading": read.reading,
        "family": read.family.value,
        "net_charge_e": round(read.net_charge, 6),
        "charge_neutral": read.is_charge_neutral,
        "molar_mass_g_per_mol": round(read.molar_mass_g_per_mol, 4),
        "warnings": list(read.warnings),
        "notes": list(read.notes),
    }
    if form == "json":
        write_json(CompositionResponse.model_validate(read))
    elif form == "csv":
        print_csv([{name: "; ".join(value) if isinstance(value, list) else value for name, value in facts.items()}])
    else:
        for name, value in facts.items():
            shown = "; ".join(value) if isinstance(value, list) else value
            if shown != "":
                print(f"{name.replace('_', ' '):24} {shown}")


def settings(form: str) -> None:
    """Names, units and choices of the settings."""
    from surrogate.candidate.fields import FIELDS

    lines = [
        {"name": name, "part": s.part, "unit": unit_of(name) if s.number else "", "choices": ", ".join(s.options)}
        for name, s in FIELDS.items()
    ]
    rows(lines, form, "settings", ["name", "belongs to", "unit", "choices"])


def spaces(form: str) -> None:
    """The ready-made design spaces."""
    from surrogate.space.ready import names, ready

    lines = [{"space": name, "what_it_spans": ready(name).title} for name in names()]
    rows(lines, form, "spaces", ["space", "what it spans"])


def space(one: DesignSpace, form: str) -> None:
    """What is in a space: as its file, as the same in JSON, or its settings as a table."""
    from surrogate.space.writing import space_to_plain, space_to_toml

    if form == "json":
        write_json(space_to_plain(one))
    elif form == "csv":
        varied = [{"setting": v.name, **_range(v)} for v in one.all_variables]
        print_csv([*varied, *({"setting": name, "low": v, "high": v} for name, v in one.fixed.items())])
    else:
        print(space_to_toml(one), end="")


def _range(variable: Variable) -> dict[str, float | str | None]:
    if isinstance(variable, Choice):
        return {"low": " | ".join(variable.options)}
    return {"low": variable.low, "high": variable.high, "step": variable.step}


def _derived(candidate: Candidate, answer: Mapping[str, Prediction]) -> dict[str, dict[str, Any]]:
    """What follows from the predictions and the recipe, by quantity."""
    return {
        name: fields for prediction in answer.values() for name, fields in derived_fields(candidate, prediction).items()
    }


def _prediction_table(candidate: Candidate, answer: Mapping[str, Prediction], neighbours: int, citations: bool) -> None:
    print(describe_fully(candidate))
    material = candidate.electrolyte
    if material is not None and material.composition.formula != " ".join(material.composition.text.split()):
        print(f"  read as: {material.composition.reading}")
    for note in reading_fields(candidate)["notes"]:
        print(f"  note: {note}")
    _measured_first(candidate, answer, neighbours, citations)
    rows = []
    for name, p in answer.items():
        cells = [quantity(p.median, name), interval(p), p.domain.status.value, p.model.status.value]
        rows.append([get_property(name).label, *cells])
    derived = _derived(candidate, answer)
    for density in derived.values():
        low, high = density["interval"]["low"], density["interval"]["high"]
        rows.append(["Energy density", f"{density['median']:.0f} Wh/kg", f"{low:.0f} – {high:.0f} Wh/kg", "", ""])
    level = next(iter(answer.values())).interval.level if answer else 0.9
    print_table(["property", "median", f"{percent_in_full(level)} interval", "domain", "model"], rows)
    for name, p in answer.items():
        where = f", {get_property(name).label.lower()}" if len(answer) > 1 else ""
        for reason in p.domain.reasons:
            print(f"  {p.domain.status.value}: {get_property(name).label}: {reason}")
        if p.model.status is ModelStatus.PROVISIONAL and p.model.reason:
            print(f"  provisional: {get_property(name).label}: {p.model.reason}")
        _say_what_own_rows_changed(p)
        for neighbour in p.neighbours:
            print(f"  near{where}: {_cited(neighbour, name, in_full=citations)}")
    for density in derived.values():
        print(f"  energy density from {get_property(density['follows_from']).label.lower()}, with:")
        for assumption in density["assumptions"]:
            print(f"    {assumption}")
    noticed = (*reading_fields(candidate)["warnings"], *(warning for p in answer.values() for warning in p.warnings))
    for warning in dict.fromkeys(noticed):
        print(f"  warning: {warning}")


def _without_own_rows(p: Prediction) -> dict[str, Any]:
    """The columns about what was predicted before own rows were known; none where there were none."""
    before = p.without_own_rows
    if before is None:
        return {}
    return {
        "own_rows": before.own_rows,
        "median_without": before.median,
        "low_without": before.interval.low,
        "high_without": before.interval.high,
    }


def _say_what_own_rows_changed(p: Prediction) -> None:
    """'own rows: Ionic conductivity: 8 rows of yours changed it from 1.2 mS/cm (0.3 – 4 mS/cm) to 2.1 mS/cm (…)'."""
    before = p.without_own_rows
    if before is None:
        return
    earlier = replace(p, median=before.median, interval=before.interval)
    was, is_now = (f"{quantity(one.median, p.property)} ({interval(one)})" for one in (earlier, p))
    print(
        f"  own rows: {get_property(p.property).label}: {counted(before.own_rows, 'row')} of yours changed it "
        f"from {was} to {is_now}"
    )


def _measured_first(candidate: Candidate, answer: Mapping[str, Prediction], count: int, citations: bool) -> None:
    """What the tables hold of the material, the ``count`` rows nearest in recipe first."""
    for name, material in find_measured(candidate, answer).items():
        of = f"{get_property(name).label.lower()}, " if len(answer) > 1 else ""
        print(f"  {of}{material.measured.sentence}")
        for row in material.nearest(candidate, count):
            print(f"    {_cited(row, name, in_full=citations)}")


def _suggestion_text(batch: SuggestionBatch) -> None:
    recipes = counted(len(batch), "recipe")
    print(f"{recipes} from '{batch.space}' to {batch.objective} (planner {batch.planner}, seed {batch.seed})\n")
    for s in batch.suggestions:
        _recipe_text(s)
        if s.binding:
            print(f"   at a limit: {'; '.join(s.binding)}")
        print(f"   why: {s.reason}")
        for near in s.neighbours[:3]:
            print(f"   near: {_cited(near, *s.predictions)}")
        print()
    print(batch.stopping.sentence)
    say(batch.warnings, "warning")


def _design_text(answer: DesignAnswer) -> None:
    print(f"{answer.sentence}\n")
    for r in answer.recipes:
        _recipe_text(r)
        for name, value in r.derived.items():
            print(f"   {describe_setting(name, value)}")
        if r.binding:
            print(f"   held by: {'; '.join(r.binding)}")
        print()
    say(answer.warnings, "warning")


def _recipe_text(proposal: Suggestion | DesignedCandidate) -> None:
    """The heading of a recipe, what to set and weigh in, what is predicted, and the chance of each threshold."""
    print(f"{proposal.number}. {_heading(proposal.candidate)}")
    recipe(proposal.settings, proposal.weigh_in_g)
    expected(proposal.predictions)
    uncertain = {wish: chance for wish, chance in proposal.chances.items() if chance < 1.0 - 1e-9}
    if uncertain:
        joint = proposal.chance_of_thresholds if isinstance(proposal, Suggestion) else proposal.chance_of_all
        print(f"   chance of {chances_in_words(uncertain, joint)}")


def expected(predictions: Mapping[str, Prediction] | Mapping[str, PropertyOutput]) -> None:
    """What is predicted of a recipe, a line for each property."""
    for name, p in predictions.items():
        low_to_high = span(p.interval.low, p.interval.high, name)
        print(
            f"   {get_property(name).label}: {quantity(p.median, name)} ({percent_in_full(p.interval.level)} interval "
            f"{low_to_high}; {p.domain.status.value})"
        )


def _heading(candidate: Candidate) -> str:
    """What is made: the electrolyte, in a cell after the active material."""
    material, subject = candidate.electrolyte, candidate.subject
    parts = [subject.electrode.active_material.text] if isinstance(subject, Cell) else []
    parts += [] if material is None else [material.composition.title]
    return " with ".join(parts) or describe(candidate)


def _recipe_columns(proposal: Suggestion | DesignedCandidate, chance: str) -> dict[str, Any]:
    """One line of a table for programs; every number carries its unit in its name. ``chance`` names the column and the
    attribute with the chance of all thresholds.
    """
    material = proposal.candidate.electrolyte
    columns: dict[str, Any] = {"number": proposal.number}
    if material is not None:
        columns["composition"] = material.composition.formula
    columns |= {**proposal.settings, **{f"{part}_g": mass for part, mass in proposal.weigh_in_g.items()}}
    for name, p in proposal.predictions.items():
        ending = name_ending(p.unit)
        columns |= {f"{name}_{ending}": p.median, f"{name}_low_{ending}": p.interval.low}
        columns |= {f"{name}_high_{ending}": p.interval.high, f"{name}_domain": p.domain.status.value}
    columns |= dict(proposal.derived)
    columns["warnings"] = "; ".join(composition_warnings(proposal.candidate))
    if proposal.chances:
        columns[chance] = getattr(proposal, chance)
    return columns


def _cited(neighbour: Neighbour, *properties: str, in_full: bool = False) -> str:
    """A measurement with its source; with its value where it is the property that all of an answer is about."""
    value = f"{quantity(neighbour.value, properties[0])}, " if len(properties) == 1 else ""
    work = cite(source_of(neighbour)) if in_full else neighbour.doi or neighbour.reference or neighbour.paper
    return f"{value}{neighbour.description} [{work}, {neighbour.row_id}]"


def write_json(content: Any) -> None:
    """An answer as JSON."""
    plain = content.model_dump(mode="json", exclude_unset=True) if isinstance(content, Output) else content
    print(json.dumps(plain, indent=2, ensure_ascii=False, allow_nan=False))
