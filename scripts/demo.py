"""The product from end to end on real data: check, train, judge, compare with papers left out, suggest, serve.

Run by ``make demo``. Everything printed comes from the run itself. One property is trained and judged from its rows;
the others come from the package, as ``make models`` built them. Runs go to ``mlflow.db`` and ``mlruns/``, the rest to
``out/``. Less than five minutes on two cores.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from scripts._service import service
from surrogate.candidate.measurement import Measurement
from surrogate.datasets import load
from surrogate.execution.process import available_cpus
from surrogate.execution.workers import executor
from surrogate.models import Surrogate, fit, load_models
from surrogate.models.artifact import models_folder
from surrogate.models.base import DomainStatus
from surrogate.models.encoding import describe
from surrogate.properties import MODELLED, get_property
from surrogate.text import quantity

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "out"
#: What is trained here, and where it goes: the property with the fewest rows.
TRAINED, TRAINED_IN = "electronic_conductivity", OUT / "models"
#: The papers that the comparison leaves out of training, with what is compared.
LEFT_OUT = {
    "10.1038/srep05572": "Shin et al., Sci. Rep. 4, 5572 (2014): TiS2 electrodes",
    "10.1021/acs.nanolett.0c01028": "Song et al., Nano Lett. 20, 4337 (2020): argyrodites",
}
#: The properties that they report, the one whose models take longest first.
COMPARED = ("ionic_conductivity", "first_discharge_capacity", "capacity_retention", "first_charge_capacity")
FOLDS = 5
REQUEST = {
    "items": [
        {
            "electrolyte": {
                "composition": "Li5.5PS4.5Cl1.5",
                "route": "mechanical_milling",
                "milling_time_h": 20.0,
                "heat_treatment_temperature_c": 500.0,
                "heat_treatment_time_h": 8.0,
            },
            "protocol": {"temperature_c": 25.0},
        }
    ],
    "properties": ["ionic_conductivity"],
}


def main() -> int:
    """All parts in order; the exit code of the first that fails."""
    started = time.monotonic()
    heading(1, "The data")
    _show_check()
    heading(2, "Three kinds of model and their blend, trained and judged on papers held out")
    run("training", "fit", TRAINED, "--folds", str(FOLDS), "--out", str(TRAINED_IN))
    models = load_models(models_folder())
    _show_evaluation(models)
    heading(3, "Predictions beside published values, with their papers left out of training")
    _compare_left_out()
    heading(4, "Four recipes to make next, in masses for 1 g")
    run(
        "surrogate.cli", "suggest", "maximise ionic_conductivity", "process_time_h <= 24", "--min-distance", "0.4",
        "--space", "argyrodite", "--batch", "4",
    )  # fmt: skip
    heading(5, "One request to the running service")
    _ask_service()
    heading(6, "Where things are")
    draw(models["ionic_conductivity"])
    print(f"models            {models_folder()}   (served by 'make serve'; 'make models' trains all)")
    print(f"trained here      {TRAINED_IN.relative_to(ROOT)}/{TRAINED}")
    print("runs and registry mlflow.db, mlruns/   (look: .venv/bin/mlflow ui --backend-store-uri sqlite:///mlflow.db)")
    print(f"\nDone in {time.monotonic() - started:.0f} s.")
    return 0


def heading(number: int, text: str) -> None:
    """A line that tells the parts of the output apart."""
    print(f"\n== {number}. {text}\n", flush=True)


def run(module: str, *arguments: str) -> None:
    """``python -m module arguments`` in the repository; a failure ends the demo with its exit code."""
    print(f"$ python -m {module} {' '.join(repr(a) if ' ' in a else a for a in arguments)}\n", flush=True)
    process = subprocess.run([sys.executable, "-m", module, *arguments], cwd=ROOT, check=False)
    if process.returncode:
        raise SystemExit(process.returncode)


def _show_check() -> None:
    """What ``python -m training check`` says of the tables, up to the list of findings, which is long."""
    print("$ python -m training check\n", flush=True)
    done = subprocess.run(
        [sys.executable, "-m", "training", "check"], cwd=ROOT, check=False, stdout=subprocess.PIPE, text=True
    )
    if done.returncode:
        print(done.stdout)
        raise SystemExit(done.returncode)
    summary, _, _ = done.stdout.partition(" findings with a verdict")
    *lines, findings = summary.splitlines()
    print("\n".join(lines))
    print(
        f"{findings} findings with a verdict: values that look alike or odd, each looked into. The command lists them."
    )


def _show_evaluation(models: dict[str, Surrogate]) -> None:
    """Error and coverage on unseen papers beside every baseline, from the cards of the models of the package."""
    print("\nMean absolute error on unseen papers (papers weighted equally), beside what must be beaten:\n")
    for name in MODELLED:
        card = models[name].card
        evaluation = card.metrics["evaluation"]
        print(
            f"{get_property(name).label:26} {models[name].identity.status.value:12} "
            f"model {evaluation['mae']:.3g} {evaluation['unit']}; "
            f"90 % interval covers {evaluation['coverage_90']:.2f}; "
            f"{card.n_measurements} rows, {card.n_papers} papers"
        )
        baselines = card.metrics["baselines"]
        print("    beside: " + ", ".join(f"{n.replace('_', ' ')} {b['mae']:.3g}" for n, b in baselines.items()))


def _compare_left_out() -> None:
    """Fit without the two papers, then predict what they published."""
    with executor(workers=min(2, available_cpus())) as workers:
        answers = dict(zip(COMPARED, workers.map(_left_out, COMPARED), strict=True))
    for paper, words in LEFT_OUT.items():
        print(words)
        for name in COMPARED:
            for row in answers[name]:
                if row["paper"] == paper:
                    outcome = f"predicted {row['predicted']}  {row['hit']}, domain: {row['domain']}"
                    print(f"  {row['recipe'][:78]:78}  {row['published']:>13}  {outcome}")
        print()
    rows = [row for lines in answers.values() for row in lines]
    for status in DomainStatus:
        judged = [row["hit"] == "inside" for row in rows if row["domain"] == status.value]
        if judged:
            print(f"domain {status.value}: {sum(judged)} of {len(judged)} published values inside their 90 % intervals")


def _left_out(name: str) -> list[dict[str, str]]:
    import torch

    torch.set_num_threads(1)
    measured = load(name)
    left_out = [m for m in measured if m.source.paper in LEFT_OUT]
    if not left_out:
        return []
    model = fit([m for m in measured if m.source.paper not in LEFT_OUT], property=name)
    return [_line(name, m, p) for m, p in zip(left_out, model.predict([m.candidate for m in left_out]), strict=True)]


def _line(name: str, measurement: Measurement, prediction: Any) -> dict[str, str]:
    low, high = prediction.interval.low, prediction.interval.high
    return {
        "paper": measurement.source.paper,
        "recipe": f"{get_property(name).label}: {describe(measurement.candidate)}",
        "published": quantity(measurement.value, name),
        "predicted": f"{quantity(prediction.median, name)} ({quantity(low, name)} – {quantity(high, name)})",
        "hit": "inside" if low <= measurement.value <= high else "outside",
        "domain": prediction.domain.status.value,
    }


def _ask_service() -> None:
    """Start the real service on a free port, ask it once, stop it."""
    with service(models_folder(), OUT) as address:
        body = json.dumps(REQUEST)
        print(f"$ curl -s {address}/v1/predict -H 'Content-Type: application/json' -d '{body}'\n")
        request = urllib.request.Request(
            f"{address}/v1/predict", data=body.encode(), headers={"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            print(json.dumps(json.load(answer), indent=2, ensure_ascii=False))


def draw(conductivity: Surrogate) -> None:
    """Pictures of a model: what heat treatment and milling do, and where the data lie."""
    from surrogate.candidate.measurement import Candidate
    from surrogate.candidate.recipe import Electrolyte, Recipe, Route
    from surrogate.composition import parse_composition
    from surrogate.report import figures

    measured = load("ionic_conductivity")
    recipe = Recipe(route=Route.MECHANICAL_MILLING)
    material = Candidate(subject=Electrolyte(composition=parse_composition("Li5.5PS4.5Cl1.5"), recipe=recipe))
    pictures = {
        "heat-treatment.png": figures.response(
            conductivity, material, "heat_treatment_temperature_c", 150.0, 700.0, measurements=measured
        ),
        "domain.png": figures.domain_map(conductivity, [material]),
        "data.png": figures.data_overview(measured),
    }
    for name, figure in pictures.items():
        print(f"picture           {figures.save(figure, OUT / name).relative_to(ROOT)}")


if __name__ == "__main__":
    raise SystemExit(main())
