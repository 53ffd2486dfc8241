"""The chapters of the report; each gives HTML, or nothing when there is nothing to say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surrogate.candidate.cell import Cell
from surrogate.candidate.measurement import Candidate, Measurement
from surrogate.datasets import left_out, load, load_trained
from surrogate.errors import Unavailable
from surrogate.models.base import Neighbour, Prediction
from surrogate.models.encoding import describe
from surrogate.models.explanation import explain
from surrogate.models.measured import find_measured
from surrogate.models.surrogate import Surrogate
from surrogate.properties import get_property
from surrogate.report import figures
from surrogate.report.markup import Html, items, joined, picture, table, tag
from surrogate.report.sources import References
from surrogate.report.words import formula, interval
from surrogate.text import counted, describe_setting, number, percent, percent_in_full, quantity

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from surrogate.campaign.campaign import Campaign
    from surrogate.campaign.records import MeasurementRecord
    from surrogate.planner.suggestion import Suggestion, SuggestionBatch
    from surrogate.space.design_space import DesignSpace

#: Which setting a candidate is varied in, from where to where, and whether on a logarithmic axis.
_ELECTROLYTE_CURVE = ("heat_treatment_temperature_c", 100.0, 600.0, False)
_CELL_CURVE = ("mixing_time_min", 1.0, 3000.0, True)
#: Measured rows that are shown of a material.
_ROWS = 3
_NOTHING = Html("")


def candidates(
    models: Mapping[str, Surrogate],
    items_to_predict: Sequence[Candidate],
    level: float,
    references: References,
    data_folder: Path | None,
) -> Html:
    """The chapter of predictions: each candidate with intervals, verdicts, reasons, nearest rows and two figures.

    Args:
        models: By property.
        items_to_predict: The candidates; without any there is no chapter.
        level: Probability that an interval holds.
        references: Gets what is cited.
        data_folder: The folder of tables; by default the bundled one.
    """
    if not items_to_predict:
        return _NOTHING
    parts = [_write_candidate(models, candidate, level, references, data_folder) for candidate in items_to_predict]
    return _write_chapter("Predictions", *parts)


def _write_candidate(
    models: Mapping[str, Surrogate], candidate: Candidate, level: float, references: References, data: Path | None
) -> Html:
    fitting = {name: model for name, model in models.items() if model.property.subject is candidate.kind}
    if not fitting:
        return tag("section", tag("h3", describe(candidate)), tag("p", "No model fits this candidate."), class_="card")
    answers = {name: model.predict([candidate], level=level)[0] for name, model in fitting.items()}
    material = candidate.electrolyte
    reading = None if material is None else tag("p", f"Read as {material.composition.reading}.", class_="soft")
    first = next(iter(fitting))
    return tag(
        "section",
        tag("h3", describe(candidate)),
        reading,
        _write_measured(candidate, answers, references, data),
        _write_predictions(answers),
        _list_reasons(answers),
        _write_neighbours(answers, references),
        _draw_curve(fitting[first], candidate, data),
        _write_movers(fitting[first], candidate, data),
        _write_papers(fitting[first], candidate),
    )


def _write_predictions(answers: Mapping[str, Prediction]) -> Html:
    level = next(iter(answers.values())).interval.level
    rows = [
        (
            get_property(name).label,
            quantity(p.median, name),
            interval(p),
            tag("span", p.domain.status.value, class_=p.domain.status.value),
            f"{p.model.version}, {p.model.status.value}",
        )
        for name, p in answers.items()
    ]
    return table(("", "median", f"{percent_in_full(level)} interval", "domain", "model"), rows, numbers=(1, 2))


def _list_reasons(answers: Mapping[str, Prediction]) -> Html:
    sentences = [
        f"{get_property(name).label}, {p.domain.status.value}: {reason}"
        for name, p in answers.items()
        for reason in p.domain.reasons
    ]
    sentences += [
        f"{get_property(name).label}, {p.model.status.value} model: {p.model.reason}"
        for name, p in answers.items()
        if p.model.reason and p.model.status.value == "provisional"
    ]
    sentences += dict.fromkeys(f"Warning: {w}" for p in answers.values() for w in p.warnings)
    return items(sentences)


def _write_measured(
    candidate: Candidate, answers: Mapping[str, Prediction], references: References, data: Path | None
) -> Html:
    """What the tables hold of the material, the rows nearest in recipe first."""
    materials = find_measured(candidate, answers, data=data)
    if not materials:
        return _NOTHING
    sentences = [f"{get_property(name).label}, {m.measured.sentence}." for name, m in materials.items()]
    nearest = {name: m.nearest(candidate, _ROWS) for name, m in materials.items()}
    return joined([items(sentences), _write_rows("measured, nearest recipe first", nearest, references)])


def _write_neighbours(answers: Mapping[str, Prediction], references: References) -> Html:
    return _write_rows("nearest measurements", {name: p.neighbours for name, p in answers.items()}, references)


def _write_rows(heading: str, cited: Mapping[str, Sequence[Neighbour]], references: References) -> Html:
    """Cited rows by property, nothing for none."""
    rows = [
        (get_property(name).label, quantity(n.value, name), n.description, n.tier or n.fidelity, references.cite(n))
        for name, neighbours in cited.items()
        for n in neighbours
    ]
    return table((heading, "value", "recipe", "tier", "source"), rows, numbers=(1,)) if rows else _NOTHING


def _draw_curve(model: Surrogate, candidate: Candidate, data: Path | None) -> Html:
    cell = isinstance(candidate.subject, Cell)
    name, low, high, logarithmic = _CELL_CURVE if cell else _ELECTROLYTE_CURVE
    if cell and candidate.subject.electrode.mixing.time_min in (None, 0.0):  # type: ignore[union-attr]
        return _NOTHING
    measurements = _load_learnt(model, data)
    figure = figures.response(model, candidate, name, low, high, measurements=measurements, logarithmic=logarithmic)
    words = f"Expected {model.property.label.lower()} as one setting changes, with the measured rows that state it."
    return _draw_figure(figure, words)


def _write_movers(model: Surrogate, candidate: Candidate, data: Path | None) -> Html:
    measurements = _load_learnt(model, data)
    if not measurements:
        return _NOTHING
    words = f"What moves the {model.property.label.lower()} away from usual rows of the family, by what was learnt."
    return _draw_figure(figures.effects(explain(model, candidate, measurements)), words)


def _load_learnt(model: Surrogate, data: Path | None) -> list[Measurement]:
    return load_trained(model.property.name, model.identity.data_sha256, data=data)[0]


def _write_papers(model: Surrogate, candidate: Candidate) -> Html:
    try:
        figure = figures.contributions(model, candidate)
    except Unavailable:
        return _NOTHING
    words = f"Papers that the trees average over for the {model.property.label.lower()}, with their values near it."
    return _draw_figure(figure, words)


def suggestions(
    batch: SuggestionBatch | None,
    space: DesignSpace | None,
    models: Mapping[str, Surrogate],
    candidates: Sequence[Candidate],
    references: References,
) -> Html:
    """The chapter of suggestions: why, what to set, what to weigh in; the front of two goals; a map of the domain.

    Args:
        batch: The suggestions; without any there is no chapter.
        space: What can be made.
        models: By property.
        candidates: Further candidates on the map.
        references: Gets what is cited.
    """
    if batch is None:
        return _NOTHING
    head = (
        f"{counted(len(batch), 'recipe')} from '{batch.space}' to {batch.objective} "
        f"(planner {batch.planner}, seed {batch.seed}, {batch.pool} recipes compared)."
    )
    return _write_chapter(
        "Suggestions",
        tag("p", head),
        tag("p", batch.stopping.sentence),
        items(f"Warning: {w}" for w in batch.warnings),
        _draw_front(batch, space, models),
        *(_write_suggestion(s, references) for s in batch.suggestions),
        _map(batch, models, candidates),
    )


def _write_suggestion(s: Suggestion, references: References) -> Html:
    cell = isinstance(s.candidate.subject, Cell)
    name = describe(s.candidate) if cell else formula(s.candidate)
    return tag(
        "section",
        tag("h3", f"{s.number}. {name}{' (repeat)' if s.is_replicate else ''}"),
        tag("p", f"Set: {_write_settings(s.settings)}."),
        _write_weighing(s.weigh_in_g),
        _write_predictions(s.predictions) if s.predictions else None,
        tag("p", f"Why: {s.reason}"),
        items(f"Limit reached: {limit}" for limit in s.binding),
        items(f"Warning: {w}" for w in s.warnings),
        _write_neighbours(s.predictions, references) if s.predictions else None,
        class_="card",
    )


def _write_weighing(masses: Mapping[str, float]) -> Html:
    """The masses, with an empty column to write on."""
    if not masses:
        return _NOTHING
    rows = [(formula, f"{mass:.4f}", "") for formula, mass in masses.items()]
    rows.append(("together", f"{sum(masses.values()):.4f}", ""))
    return table(("weigh in", "mass / g", "weighed / g"), rows, numbers=(1,))


def _draw_front(batch: SuggestionBatch, space: DesignSpace | None, models: Mapping[str, Surrogate]) -> Html:
    from surrogate.errors import InvalidInput
    from surrogate.report.figures.goals import offer

    if space is None:
        return _NOTHING
    try:
        offered = offer(space, batch.objective, models, seed=batch.seed)
    except (InvalidInput, Unavailable):  # one goal, or one that no model speaks of: there is no front to draw
        return _NOTHING
    return _draw_figure(figures.pareto(offered, batch.suggestions), f"What the space offers for {batch.objective}.")


def _map(batch: SuggestionBatch, models: Mapping[str, Surrogate], candidates: Sequence[Candidate]) -> Html:
    kind = batch.candidates[0].kind
    fitting = [m for name, m in models.items() if m.property.subject is kind and name in batch.models]
    if not fitting:
        return _NOTHING
    of_kind = [c for c in candidates if c.kind is kind]
    return _draw_figure(
        figures.domain_map(fitting[0], of_kind, batch.candidates), "Where suggestions lie among the measured rows."
    )


def campaign(history: Campaign | None) -> Html:
    """Expected and measured of a campaign, and the state of every suggestion."""
    if history is None:
        return _NOTHING
    from surrogate.campaign.records import every, told_by_suggestion
    from surrogate.report.outcomes import outcomes_of

    def in_words(record: MeasurementRecord) -> str:
        return f"{get_property(str(record.result.property)).label} {record.result.shown()}"

    results = told_by_suggestion(every(history.measurements))
    rows = [
        (
            s.id,
            str(s.state),
            _write_settings(s.settings),
            "; ".join(map(in_words, results.get(s.id, []))),
            s.reason or s.assignee or "",
        )
        for s in every(history.suggestions)
    ]
    rows += [("", "added", describe(m.candidate), in_words(m), m.result.note or "") for m in results.get(None, [])]
    sentence = f"Campaign {history.id}, '{history.name}': {history.objective} in '{history.space.name}'."
    parts = [tag("p", sentence)]
    for target in history.objective.targets:
        if target.prop is None:
            continue
        outcomes = outcomes_of(history, target.quantity)
        if any(o.measured is not None for o in outcomes):
            figure = figures.progress(outcomes, target.quantity, maximise=target.sign > 0)
            parts.append(_draw_figure(figure, f"{target.prop.label}: expected and measured."))
    parts.append(
        table(("suggestion", "state", "settings", "measured", "note"), rows)
        if rows
        else tag("p", "Nothing was asked yet.")
    )
    return _write_chapter("Campaign", *parts)


def data(models: Mapping[str, Surrogate], folder: Path | None) -> Html:
    """What was read for each model, what was left out and why, and where it comes from."""
    rows, pictures = [], []
    for name, model in models.items():
        read = load(name, data=folder)
        out = left_out(name, data=folder)
        rows.append(
            (
                model.property.label,
                str(len(read)),
                str(len({m.source.paper for m in read})),
                "; ".join(f"{count} {reason}" for reason, count in out.items()) or "none",
                f"{model.identity.data_sha256[:12]}…",
            )
        )
        pictures.append(
            _draw_figure(figures.data_overview(read, data=folder), f"Measurements of {model.property.label}.")
        )
    head = ("property", "measurements", "papers", "left out", "model learnt from (sha256)")
    return _write_chapter("Data", table(head, rows, numbers=(1, 2)), *pictures)


def models(models_by_name: Mapping[str, Surrogate]) -> Html:
    """The model cards in short."""
    rows = [_write_model_row(model) for model in models_by_name.values()]
    head = ("property", "version", "status", "learnt from", "error on unseen papers", "best median", "inside 90 %")
    notes = [
        f"{m.property.label}: {note}"
        for m in models_by_name.values()
        for note in (*([m.identity.reason] if m.identity.reason else []), *m.card.limits)
    ]
    return _write_chapter(
        "Models",
        table(head, rows),
        tag(
            "p",
            "Errors are mean absolute errors on papers that were held out, with every paper weighted equally; brackets "
            "are 95 % intervals over papers. A dash means that the model was not judged when it was trained.",
            class_="soft",
        ),
        items(notes),
    )


def _write_model_row(model: Surrogate) -> tuple[str, ...]:
    metrics: Mapping[str, Any] = model.card.metrics
    learnt = f"{model.card.n_measurements} measurements, {model.card.n_papers} papers"
    identity = (model.property.label, model.identity.version, model.identity.status.value, learnt)
    if "evaluation" not in metrics:
        return (*identity, "–", "–", "–")
    judged = metrics["evaluation"]
    low, high = judged["mae_interval"]
    gain = judged["gain_over_best_median"]
    best = metrics["baselines"][gain["baseline"]]["mae"]
    error = f"{number(judged['mae'])} [{number(low)}, {number(high)}] {judged['unit']}"
    return (
        *identity,
        error,
        f"{number(best)} ({gain['baseline'].replace('_', ' ')})",
        percent(judged["coverage_90"]),
    )


def references(cited: References) -> Html:
    """The numbered list."""
    if not cited.cited:
        return _NOTHING
    return _write_chapter("References", items(cited.entries(), kind="ol", class_="references"))


def _write_chapter(title: str, *content: str | None) -> Html:
    return tag("section", tag("h2", title), joined(content))


def _write_settings(values: Mapping[str, float | str]) -> str:
    return ", ".join(describe_setting(name, value) for name, value in values.items())


def _draw_figure(figure: Figure, words: str) -> Html:
    return picture(figures.png(figure), words, words, width_in=float(figure.get_figwidth()))
