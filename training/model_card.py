"""The model card as Markdown, made from the models' own manifests and from nothing else; never edited by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from surrogate.models.base import ModelStatus
from surrogate.models.baselines import name_baseline
from surrogate.models.reliability import judge_chances
from surrogate.text import error_unit, percent
from training.learning_curve import sentence
from training.tables import write_number

if TYPE_CHECKING:
    from surrogate.models import Surrogate

_HEAD = """# Model card

<!-- Made by 'python -m training card' from the manifests of the exported models. Do not edit. -->

Each model predicts one property from composition, recipe, cell and protocol, with an interval, a domain verdict and the
nearest cited measurements.

**Protocol.** Whole papers are held out; weights, calibration, domain and, where there was a search, hyper-parameters
are learnt again without them. Errors are mean absolute errors with every paper weighted equally; brackets are 95 %
bootstrap intervals over papers. Conductivities are judged in decades (log10 S/cm). Baselines share the folds.

**Status.** A *champion* passed the gate: its error on unseen papers is below that of the best baseline, by a gain whose
90 % interval excludes zero, and its 90 % intervals cover 86 to 94 % of unseen values. A *provisional* model did not; it
is served with the reason in every answer.

**Not for.** Choosing materials without a measurement afterwards; candidates whose domain verdict is *out*; safety
decisions; properties, chemistries and test conditions that the tables below do not list.
"""


def markdown(models: Iterable[Surrogate]) -> str:
    """The card of ``models``, in their order."""
    return "\n".join([_HEAD, *(_section(model) for model in models)])


def _section(model: Surrogate) -> str:
    identity, card, prop = model.identity, model.card, model.property
    metrics = card.metrics
    facts = [
        f"- Version {identity.version}, {identity.status.value}, `{identity.name}`",
        f"- Learnt from {card.n_measurements} measurements of {card.n_papers} papers "
        f"(sha256 `{identity.data_sha256[:16]}…`)",
        f"- Members and their weights: {_weights(metrics.get('weights', {}))}",
    ]
    if model.simulator is not None:
        seen = "learn what a law leaves of the values" if model.simulator.leaves_rest else "see what the physics says"
        facts.append(f"- Its members {seen}, with {model.simulator.n_constants} constants read from these measurements")
    if "other_direction" in metrics:
        facts.append(f"- Borrowed from the other direction of the first cycle: {_borrowed(metrics['other_direction'])}")
    if "noise" in metrics:
        facts.append(f"- Noise that was learnt, on the scale of learning: {_noise(metrics['noise'])}")
    facts += [f"- {notice}" for notice in card.notices]
    if identity.status is not ModelStatus.CHAMPION and identity.reason:
        facts.append(f"- Why it is {identity.status.value}: {identity.reason}")
    parts = [f"## {prop.label}", "", prop.meaning, "", *facts, ""]
    if "evaluation" in metrics:
        parts += _evaluation(metrics, judge_chances(prop, card.held_out))
    parts += ["### Where not to rely on it", ""]
    parts += [f"- {limit}" for limit in card.limits] or ["- Nothing beyond the domain verdict of each prediction."]
    return "\n".join([*parts, ""])


def _borrowed(factors: Mapping[str, float]) -> str:
    """Rows that stand alone, and what they are multiplied with."""
    words = {
        "ratio_built_with_lithium": "where the active material holds its lithium when the cell is built",
        "ratio_built_without_lithium": "where it does not",
    }
    ratios = ", ".join(f"times {factors[name]:.2f} {kind}" for name, kind in words.items() if name in factors)
    return f"{factors['alone']:.0f} measurements, {ratios}"


def _evaluation(metrics: Mapping[str, Any], chances: Mapping[float, float]) -> list[str]:
    """What the ``metrics`` of a card say, with how often events of the ``chances`` that the model stated happened."""
    figures, baselines, protocol = metrics["evaluation"], metrics["baselines"], metrics["protocol"]
    unit = error_unit(figures["unit"])
    lines = [f"- Evaluated with {protocol['folds']} folds of papers, seed {protocol['seed']}{_search(protocol)}", ""]
    lines += [f"### Error on unseen papers / {unit}", ""]
    lines += _table(
        ("", "MAE", "by row", "Spearman"),
        [
            _errors("**this model**", figures),
            *(_errors(name_baseline(name), own) for name, own in baselines.items()),
        ],
    )
    lines += [
        *_gain(figures["gain_over_best_median"], "interval", "95 %", unit),
        *_gain(figures.get("gain_over_best_baseline"), "interval_90", "90 %, what the gate asks for", unit),
        "### Intervals",
        "",
    ]
    lines += _table(
        ("level", "share inside", f"mean width / {unit}"),
        [(f"{n} %", f"{figures[f'coverage_{n}']:.3f}", write_number(figures[f"width_{n}"])) for n in (50, 80, 90)],
    )
    if chances:
        lines += _chances(chances)
    if "learning_curve" in metrics:
        lines += _curve(metrics["learning_curve"], unit)
    for title, key in (("family", "by_group"), ("trust tier", "by_tier"), ("domain verdict", "by_domain")):
        lines += [f"### By {title}", "", *_parts(figures[key], title, unit)]
    return lines


def _errors(name: str, metrics: Mapping[str, Any]) -> Sequence[str]:
    return name, _with_interval(metrics), write_number(metrics["mae_by_row"]), write_number(metrics["spearman"])


def _chances(chances: Mapping[float, float]) -> list[str]:
    """How often unseen papers report a value that the model gave a chance to be passed."""
    return [
        "### Chances",
        "",
        "A value is passed when an unseen paper reports as much or more; papers count the same.",
        "",
        *_table(
            ("chance stated", "share that happened"),
            [(percent(chance), percent(share)) for chance, share in chances.items()],
        ),
    ]


def _curve(curve: Mapping[str, Any], unit: str) -> list[str]:
    """The error by the number of papers that were learnt from, and the power law through it."""
    rows = [(str(point["papers"]), _with_interval(point), write_number(point["fitted"])) for point in curve["points"]]
    words = sentence(curve, unit)
    return [
        "### Learning curve",
        "",
        *_table(("papers learnt from", f"MAE / {unit}", "power law"), rows),
        f"{words[0].upper()}{words[1:]}.",
        "",
    ]


def _gain(gain: Mapping[str, Any] | None, interval: str, level: str, unit: str) -> list[str]:
    """A line on what is gained over a baseline; nothing for a card that does not know it."""
    if gain is None:
        return []
    low, high = gain[interval]
    rival = name_baseline(gain["baseline"])
    return [f"Gain over the {rival}: {gain['gain']:.3g} [{low:.3g}, {high:.3g}] {unit} ({level}).", ""]


def _parts(parts: Mapping[str, Mapping[str, Any]], title: str, unit: str) -> list[str]:
    """A table of the rows' parts, those of most papers first."""
    ordered = sorted(parts.items(), key=lambda item: -item[1]["n_papers"])
    columns = {"mae": f"MAE / {unit}", "best_median_mae": "best median", "coverage_90": "inside 90 %"}
    shown = [key for key in columns if any(key in own for _, own in ordered)]
    rows = [
        (name or "not stated", str(own["n_papers"]), str(own["n_rows"]), *(write_number(own.get(key)) for key in shown))
        for name, own in ordered
    ]
    return _table((title, "papers", "rows", *(columns[key] for key in shown)), rows)


def _search(protocol: Mapping[str, Any]) -> str:
    search = protocol.get("search")
    if not search:
        return ", hyper-parameters not searched"
    return (
        f"; hyper-parameters from {search['trials']} trials per estimator, "
        f"searched anew inside every fold ({search['folds']} inner folds of papers)"
    )


def _noise(noise: Mapping[str, float]) -> str:
    tiers = ", ".join(f"tier {name} {value:.2f}" for name, value in noise.items() if len(name) == 1)
    return f"between papers {noise['paper']:.2f}, {tiers}"


def _weights(weights: Mapping[str, float]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {weight:.2f}" for name, weight in weights.items()) or "one"


def _with_interval(metrics: Mapping[str, Any]) -> str:
    low, high = metrics["mae_interval"]
    return f"{metrics['mae']:.3g} [{low:.3g}, {high:.3g}]"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return [*(f"| {' | '.join(line)} |" for line in lines), ""]
