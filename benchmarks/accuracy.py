"""How well each property is predicted for papers the models have never seen, beside the baselines.

    python -m benchmarks.accuracy [--json]                         the unseen-paper protocol on the shipped tables
    python -m benchmarks.accuracy obelix --test PATH               OBELiX: official training rows to a test file
    python -m benchmarks.accuracy external --electrolytes PATH --electrodes PATH     tables of the same columns
    python -m benchmarks.accuracy few-shot                         a laboratory's own rows, and chances between recipes
    python -m benchmarks.accuracy year [--until 2024]              papers up to a year teach, later ones judge

Whole papers are held out, in ten folds, or one by one where a property has at most forty of them; weights, calibration
and domain are learnt again inside every training part. Papers that share a DOI or repeat each other's values are one;
the error with papers as their tables name them, as in the model card, stands beside it. Rows are weighted so that every
paper counts the same; intervals are bootstraps over papers. `--folds`, `--properties`, `--kinds`, `--jobs` and
`--scheduler` make it shorter.

Papers of a test file or of an external table are taken out of training, whichever way their DOI is written. In an
external table, rows that cannot be judged are left out and counted by reason, those that cannot be read are named by
line and column, and values that are only limits are left out of the figures; columns that the product's tables do not
have are left alone, and columns that may be empty may be missing. In a test file of OBELiX a row whose space group,
lattice or number of formula units is not stated has no structure.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from benchmarks import _external, _few_shot, _obelix, _years
from benchmarks._contract import (
    Bar,
    add_properties,
    at_least,
    at_most,
    command_line,
    count_of,
    ended,
    finish,
    in_sentences,
    seed_of,
)
from benchmarks._series import (
    REPEATABILITY_SHARE,
    differing_in_furnace,
    differing_in_one,
    first_pick,
    pair_order,
    trends,
)
from benchmarks._strict import join_papers, with_papers
from surrogate.candidate.cell import Cell
from surrogate.candidate.columns import columns_of
from surrogate.candidate.measurement import Candidate, Measurement, Tier
from surrogate.candidate.recipe import Electrolyte, Recipe
from surrogate.datasets import load, load_companions
from surrogate.execution.process import available_cpus, one_thread_each
from surrogate.execution.workers import working
from surrogate.models.base import DomainStatus
from surrogate.models.evaluation import (
    COVERAGE_BOUNDS,
    Evaluation,
    bootstrap_interval,
    error_metrics,
    evaluate,
    interval_metrics,
)
from surrogate.models.simulated import simulated_values
from surrogate.models.targets import CAPACITIES, reference
from surrogate.physics.parameters.registry import calibration_papers
from surrogate.properties import MODELLED, Scale, get_property

KINDS = ("tree_ensemble", "gaussian_process", "neural_ensemble", "stack")
HEADLINE = "stack"
FOLDS, FEW_PAPERS = 10, 40
#: Properties that nobody wants to be high: "the first pick" is no question there.
WANTED_LOW = ("activation_energy", "electronic_conductivity")
#: Papers from which on the coverage of a family is held to a promise.
PAPERS_OF_A_FAMILY = 8


@in_sentences
def main(arguments: Sequence[str] | None = None) -> int:
    """Run the protocol that the arguments name; the exit code is that of the contract."""
    options = _options(arguments)
    protocols = {
        "unseen": _unseen_papers, "obelix": _obelix.run, "external": _external.run, "few-shot": _few_shot.run,
        "year": _years.run,
    }  # fmt: skip
    return protocols[options.protocol](options)


def _unseen_papers(options: argparse.Namespace) -> int:
    """Protocols 1, 2, 4 and 5: unseen papers, series within them, calibration, ablation."""
    rows: list[dict[str, Any]] = []
    bars: list[Bar] = []
    one_thread_each()
    with working(options.jobs, options.scheduler) as workers:
        for name in options.properties:
            named, companions_named = load(name), load_companions(name)
            names = join_papers([*named, *companions_named])
            measurements, companions = with_papers(named, names), with_papers(companions_named, names)
            built_on = {names.get(paper, paper) for paper in calibration_papers()}
            folds = folds_of(measurements, options.folds)
            workers.progress.say(f"{name}: {len(measurements)} rows, {folds} folds")
            begin = partial(workers.progress.begin, total=folds)
            begin(f"{name}: folds")
            in_folds = partial(evaluate, property=name, folds=folds, seed=options.seed, mapper=workers.map)
            evaluations = in_folds(measurements, kinds=options.kinds, companions=companions)
            judged = evaluations[HEADLINE] if HEADLINE in evaluations else evaluations[options.kinds[-1]]
            rows += [_baseline_row(judged, baseline) for baseline in judged.baselines]
            rows += [_model_row(evaluation) for evaluation in evaluations.values()]
            rows += _part_rows(judged)
            rows += _simulator_rows(judged, measurements, built_on)
            rows += _series_rows(judged, measurements)
            rows += _utilisation_rows(judged, measurements)
            rows += _glass_rows(judged, judged.kind)
            bars += _bars(judged, measurements)
            if any(names[paper] != paper for paper in names) and not options.no_ablation:
                begin(f"{name}, papers as named: folds")
                plain = in_folds(named, kinds=(judged.kind,), companions=companions_named)[judged.kind]
                label = f"{judged.kind}: papers as their tables name them"
                rows.append({"property": name, "model": label, **_errors(plain, plain.metrics)})
            if name == "ionic_conductivity" and not options.no_ablation:
                rows += list(_ablation(judged, measurements, companions, built_on, in_folds, begin))
    return finish("accuracy", rows, bars, options.as_json)


def folds_of(measurements: Sequence[Measurement], folds: int | None) -> int:
    """How many folds of whole papers: as ``folds``; else every paper by itself where there are few, because the luck of
    a deal moves their coverage by more than the bars allow.
    """
    if folds is not None:
        return folds
    papers = len({m.source.paper for m in measurements})
    return papers if papers <= FEW_PAPERS else FOLDS


def _baseline_row(evaluation: Evaluation, name: str) -> dict[str, Any]:
    metrics = evaluation.baselines[name]
    return {"property": evaluation.property, "model": f"baseline: {name}", **_errors(evaluation, metrics)}


def _model_row(evaluation: Evaluation) -> dict[str, Any]:
    metrics = evaluation.metrics
    gain = metrics["gain_over_best_median"]
    by_domain = {f"mae_{status}": part["mae"] for status, part in metrics["by_domain"].items()}
    return {
        "property": evaluation.property,
        "model": evaluation.kind,
        **_errors(evaluation, metrics),
        **{f"coverage_{level}": metrics[f"coverage_{level}"] for level in (50, 80, 90)},
        "width_90": metrics["width_90"],
        "relative_width_90": metrics["relative_width_90"],
        "crps": metrics["crps"],
        "nll": metrics["nll"],
        "gain_over_best_median": gain["gain"],
        "gain_low": gain["interval"][0],
        "gain_high": gain["interval"][1],
        **by_domain,
    }


def _errors(evaluation: Evaluation, metrics: dict[str, Any]) -> dict[str, Any]:
    return {
        "unit": evaluation.metrics["unit"],
        "mae": metrics["mae"],
        "mae_low": metrics["mae_interval"][0],
        "mae_high": metrics["mae_interval"][1],
        "mae_by_row": metrics["mae_by_row"],
        "spearman": metrics["spearman"],
        "n_rows": metrics["n_rows"],
        "n_papers": metrics["n_papers"],
    }


def _part_rows(evaluation: Evaluation) -> list[dict[str, Any]]:
    """Error, and how often the 90 % interval holds, of every family with papers enough and of every verdict."""
    lines = []
    for kind, parts in (("family", evaluation.rows.groupby("group")), ("verdict", evaluation.rows.groupby("domain"))):
        for name, part in parts:
            if kind == "family" and part["paper"].nunique() < PAPERS_OF_A_FAMILY:
                continue
            low_90, value, high_90 = (part[column].to_numpy(dtype=float) for column in ("low_90", "value", "high_90"))
            low, high = bootstrap_interval(part, ((low_90 <= value) & (value <= high_90)).astype(float))
            intervals = interval_metrics(part)
            lines.append(
                {
                    "property": evaluation.property, "model": f"{evaluation.kind}: {kind} {name}",
                    **_errors(evaluation, error_metrics(part, "predicted")),
                    "coverage_90": intervals["coverage_90"], "coverage_90_low": low, "coverage_90_high": high,
                    "width_90": intervals["width_90"],
                }
            )  # fmt: skip
    return lines


def _simulator_rows(
    evaluation: Evaluation, measurements: Sequence[Measurement], built_on: Collection[str]
) -> list[dict[str, Any]]:
    """The simulator alone where it covers a row, and the model on the same rows; also without the papers that the
    simulator was ``built_on``."""
    prop = get_property(evaluation.property)
    frame = evaluation.rows.copy()
    simulated = simulated_values([measurements[int(i)].candidate for i in frame["row"]], prop.name)
    frame["simulator"] = np.log10(simulated) if prop.scale is Scale.LOG10 else simulated
    covered = frame[frame["simulator"].notna()]
    lines = []
    for words, part in (
        ("rows it covers", covered),
        ("rows it covers, papers of its constants left out", covered[~covered["paper"].isin(built_on)]),
    ):
        for label, column in (("simulator alone", "simulator"), (evaluation.kind, "predicted")):
            if len(part) > 1:
                metrics = error_metrics(part, column)
                lines.append({"property": prop.name, "model": f"{label}: {words}", **_errors(evaluation, metrics)})
    return lines


def _series_rows(evaluation: Evaluation, measurements: Sequence[Measurement]) -> list[dict[str, Any]]:
    """Protocol 2: order within papers."""
    prop = get_property(evaluation.property)
    noise = REPEATABILITY_SHARE * prop.between_papers
    order, one_factor, furnace = (
        pair_order(evaluation.rows, noise, comparable)
        for comparable in (None, differing_in_one(measurements), differing_in_furnace(measurements))
    )
    pick: dict[str, float | int | None] = dict.fromkeys(("hit", "chance", "reached", "n_papers"))
    if prop.name not in WANTED_LOW:
        pick = first_pick(evaluation.rows, log_scale=prop.scale is Scale.LOG10)
    return [
        {
            "property": prop.name,
            "model": f"{evaluation.kind}: within papers",
            "pairs_right": order["share"],
            "n_pairs": order["n_pairs"],
            "one_factor_right": one_factor["share"],
            "n_one_factor": one_factor["n_pairs"],
            "furnace_right": furnace["share"],
            "n_furnace": furnace["n_pairs"],
            "first_pick_in_best_quarter": pick["hit"],
            "blind_pick": pick["chance"],
            "share_of_best_reached": pick["reached"],
            "n_papers": pick["n_papers"],
        },
        *(
            {"property": prop.name, "model": f"{evaluation.kind}: trend", **line}
            for line in trends(evaluation.rows, measurements, noise)
        ),
    ]


def _utilisation_rows(evaluation: Evaluation, measurements: Sequence[Measurement]) -> list[dict[str, Any]]:
    """Errors of a capacity by verdict as shares of the theoretical capacity: in mAh/g the verdicts differ first of all
    in how much sulfur is among their rows."""
    prop = get_property(evaluation.property)
    if prop.name not in CAPACITIES:
        return []
    frame = evaluation.rows.copy()
    theoretical = reference(prop, columns_of([measurements[int(i)].candidate for i in frame["row"]], prop.subject))
    for column in ("value", "predicted"):
        frame[column] /= theoretical
    shares = {str(verdict): error_metrics(part, "predicted")["mae"] for verdict, part in frame.groupby("domain")}
    line = {f"mae_{status.value}": shares[status.value] for status in DomainStatus if status.value in shares}
    return [{"property": prop.name, "model": f"{evaluation.kind}: share of the theoretical capacity", **line}]


def _glasses(evaluation: Evaluation) -> frozenset[str]:
    """The rows of the table of glasses among those of an evaluation."""
    others = {m.source.row_id for m in load(evaluation.property, without=["glasses"])}
    return frozenset(evaluation.rows["row_id"]) - others


def _glass_rows(evaluation: Evaluation, label: str) -> list[dict[str, Any]]:
    """Lithium electrolytes at room temperature with and without the glasses, beside the median of the same formula."""
    rows = evaluation.rows
    is_glass = rows["row_id"].isin(_glasses(evaluation))
    if not is_glass.any():
        return []
    return [
        {
            "property": evaluation.property,
            "model": f"{model}: {words}",
            **_errors(evaluation, error_metrics(part, column)),
        }
        for words, part in (
            ("lithium at room temperature, with glasses", rows),
            ("lithium at room temperature, without glasses", rows[~is_glass]),
            ("glasses", rows[is_glass]),
        )
        for model, column in ((label, "predicted"), ("median of the formula", "baseline_material_median"))
    ]


def _bars(evaluation: Evaluation, measurements: Sequence[Measurement]) -> list[Bar]:
    """The promises that concern one property; each is computed from the rows of this run."""
    name, metrics = evaluation.property, evaluation.metrics
    bars = [
        at_least(f"{name}: coverage of the 90 % interval, at least", metrics["coverage_90"], COVERAGE_BOUNDS[0]),
        at_most(f"{name}: coverage of the 90 % interval, at most", metrics["coverage_90"], COVERAGE_BOUNDS[1]),
    ]
    for line in _part_rows(evaluation):
        words = f"{name}: {line['model'].partition(': ')[2]}, coverage of the 90 % interval"
        bars += [
            at_least(f"{words}, highest within its interval over papers", line["coverage_90_high"], COVERAGE_BOUNDS[0]),
            at_most(f"{words}, lowest within its interval over papers", line["coverage_90_low"], COVERAGE_BOUNDS[1]),
        ]
    bars += [
        at_most(f"{name}: error where the verdict is {nearer}, over that where it is {farther}", share, 1.0)
        for nearer, farther, share in _domain_steps(metrics["by_domain"])
    ]
    prop = get_property(name)
    pick = first_pick(evaluation.rows, log_scale=prop.scale is Scale.LOG10)["hit"]
    if name == "ionic_conductivity":
        lines = trends(evaluation.rows, measurements, REPEATABILITY_SHARE * prop.between_papers)
        right = sum(line["right"] for line in lines) / len(lines) if lines else None
        argyrodite = metrics["by_group"].get("argyrodite", {}).get("mae_by_row")
        bars += [
            at_most("ionic_conductivity: MAE, papers weighted equally", metrics["mae"], 0.38, unit="log10 S/cm"),
            at_most("ionic_conductivity: argyrodites, MAE by row", argyrodite, 0.36, unit="log10 S/cm"),
            at_least("ionic_conductivity: trend signs right within series", right, 0.80),
            at_least("ionic_conductivity: first pick in a paper's best quarter", pick, 0.45),
        ]
    elif name == "first_discharge_capacity":
        rival = evaluation.baselines["material_median"]["mae"]
        bars.append(at_most("first_discharge_capacity: MAE over active-material median", metrics["mae"] / rival, 0.85))
    elif name == "capacity_retention":
        rival = min(evaluation.baselines[b]["mae"] for b in ("global_median", "group_median", "material_median"))
        bars.append(at_most("capacity_retention: MAE over the better median", metrics["mae"] / rival, 0.90))
    return bars


def _domain_steps(by_domain: Mapping[str, Mapping[str, Any]]) -> Iterable[tuple[str, str, float]]:
    """Error of each verdict over that of the next farther one; a verdict is worth something while it is below 1."""
    for nearer, farther in pairwise(status.value for status in DomainStatus):
        if nearer in by_domain and farther in by_domain:
            yield nearer, farther, by_domain[nearer]["mae"] / by_domain[farther]["mae"]


def _ablation(
    headline: Evaluation,
    measurements: list[Measurement],
    companions: list[Measurement],
    built_on: Collection[str],
    in_folds: Callable[..., Mapping[str, Evaluation]],
    begin: Callable[[str], None],
) -> Iterable[dict[str, Any]]:
    """Protocol 5: what each source of information is worth, on the same folds."""

    def judged(words: str, part: list[Measurement], **how: Any) -> Evaluation:
        begin(f"ablation, {words}: folds")
        return in_folds(part, kinds=(HEADLINE,), companions=companions, **how)[HEADLINE]

    silent = judged("without the simulator", measurements, physics=False)
    # Its laws were drawn up with these papers in view, though no constant is taken from them in any fold.
    for words, evaluation in (("with", headline), ("without", silent)):
        part = evaluation.rows[~evaluation.rows["paper"].isin(built_on)]
        label = f"{HEADLINE}, {words} the simulator: papers that it was built on left out"
        yield {"property": evaluation.property, "model": label, **_errors(evaluation, error_metrics(part, "predicted"))}
    bare = judged("without processing", [_without_recipe(m) for m in measurements])
    trusted = judged("without low-trust tiers", measurements, learnable=lambda m, _: m.tier in (Tier.A, Tier.B))
    for label, evaluation in (
        ("without the simulator", silent),
        ("without processing", bare),
        ("without tiers C and D in training", trusted),
    ):
        errors = _errors(evaluation, evaluation.metrics)
        yield {"property": evaluation.property, "model": f"{HEADLINE}, {label}", **errors}
    glasses = _glasses(headline)
    others = judged("without glasses", measurements, learnable=lambda m, _: m.source.row_id not in glasses)
    yield from _glass_rows(others, f"{HEADLINE}, without glasses in training")


def _without_recipe(measurement: Measurement) -> Measurement:
    """The same value with nothing known of how the material was made."""
    subject = measurement.candidate.subject
    if isinstance(subject, Cell):
        return measurement
    bare = Candidate(
        subject=Electrolyte(composition=subject.composition, recipe=Recipe()), protocol=measurement.candidate.protocol
    )
    return replace(measurement, candidate=bare)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = command_line(__doc__, "accuracy")
    parser.set_defaults(protocol="unseen")
    parser.add_argument(
        "--folds",
        type=int,
        help=f"folds of whole papers (default: {FOLDS}; in tables of up to {FEW_PAPERS} papers every paper by itself)",
    )
    parser.add_argument("--seed", type=seed_of, default=11, help="of the folds and of the models (default: 11)")
    parser.add_argument(
        "--jobs", "--workers", type=int, default=available_cpus(), help="processes; the numbers do not depend on it"
    )
    parser.add_argument("--scheduler", metavar="ADDRESS", help="Dask scheduler to work on instead")
    words = f"{', '.join(KINDS)} (default: all)"
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=KINDS, metavar="KIND", help=words)
    add_properties(parser, MODELLED)
    parser.add_argument("--no-ablation", action="store_true", help="leave out the runs without a source")
    _add_protocols(parser)
    options = parser.parse_args(arguments)
    options.protocol = options.protocol or "unseen"
    if options.protocol in ("obelix", "external", "year"):
        without = () if options.protocol == "year" else ("properties",)
        for name in ("folds", "kinds", *without, "no_ablation"):  # they would change no number
            if getattr(options, name) != parser.get_default(name):
                parser.error(f"--{name.replace('_', '-')} concerns the shipped tables, not '{options.protocol}'")
    return options


def _add_protocols(parser: argparse.ArgumentParser) -> None:
    """The other protocols with their options; the common ones may also stand behind the name of a protocol."""
    absent = argparse.SUPPRESS  # so that what was said before the name stays
    protocols = parser.add_subparsers(dest="protocol", metavar="{obelix,external,few-shot,year}")
    obelix = protocols.add_parser("obelix", help="official training rows of OBELiX to a test file")
    obelix.add_argument("--test", metavar="PATH", help="the test file; without it, folds by DOI on the training file")
    external = protocols.add_parser("external", help="tables that the models have never seen")
    external.add_argument("--electrolytes", metavar="PATH", help="csv with the columns of the electrolyte table")
    external.add_argument("--electrodes", metavar="PATH", help="csv with the columns of the electrode table")
    few_shot = protocols.add_parser("few-shot", help="what a laboratory's own rows are worth, and stated chances")
    few_shot.add_argument(
        "--properties", nargs="+", default=absent, choices=MODELLED, metavar="PROPERTY", help="default: all"
    )
    few_shot.add_argument("--folds", type=int, default=absent, help=f"default: {_few_shot.FOLDS}")
    year = protocols.add_parser("year", help="papers up to a year teach, later ones judge")
    add_properties(year, MODELLED, _years.PROPERTIES)
    year.add_argument(
        "--until", type=count_of, default=_years.LAST_YEAR, help=f"last year that teaches (default: {_years.LAST_YEAR})"
    )
    for protocol in (obelix, external, few_shot, year):
        words = "one JSON object on stdout"
        protocol.add_argument("--json", action="store_true", dest="as_json", default=absent, help=words)
        protocol.add_argument("--seed", type=seed_of, default=absent, help="of the models (default: 11)")


if __name__ == "__main__":
    ended(main)
