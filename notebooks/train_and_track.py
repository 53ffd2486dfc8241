# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Train a model, judge it, keep track
#
# For those who want to know where the models come from, or to train their own: fit a model of ionic conductivity, judge
# it on papers it has not seen, write the run into MLflow, let a gate decide which version is served, load that version
# again, read its card, and train once more with rows of one's own.
#
# It runs offline in less than two minutes and gives the same numbers each time. Everything goes to a temporary folder.
# To be quick, the model here is one small forest, judged on three folds. The models that are served blend several kinds
# and are judged on ten: `python -m training fit all`.

# %%
import io
import os
import warnings
from pathlib import Path
from tempfile import mkdtemp

from IPython.display import Image, Markdown, display

from surrogate.datasets import load
from surrogate.report import figures

SEED = 0
QUICK = os.environ.get("SURROGATE_QUICK") == "1"  # smaller forests, for tests
PROPERTY = "ionic_conductivity"
TREES = 30 if QUICK else 60
FOLDS = 3
WORK = Path(mkdtemp(prefix="surrogate-training-"))
warnings.filterwarnings("ignore", message="IProgress not found")  # a progress bar of MLflow that is not drawn


def show(figure):
    """A figure inside the notebook."""
    display(Image(data=figures.png(figure, dpi=90)))


def table(head, rows):
    """Rows of text as a table."""
    lines = [head, ["---"] * len(head), *rows]
    display(Markdown("\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)))


# %% [markdown]
# ## What is learnt from
#
# A measurement is a value with what was made, how, and where it was reported. Values that are only bounds or were read
# off a figure stay in the table but say so; rows that describe the same pellet twice count once.

# %%
measured = load(PROPERTY)
papers = {m.source.paper for m in measured}
print(f"{len(measured)} measurements from {len(papers)} papers")
show(figures.data_overview(measured))

# %% [markdown]
# ## Fit
#
# `fit` returns a model that can predict; there is no half-made one. What is not stated in a recipe stays unknown.

# %%
from surrogate.candidate.settings import build
from surrogate.models import fit
from surrogate.properties import Subject

forest = fit(measured, property=PROPERTY, kind="tree_ensemble", hyperparameters={"n_trees": TREES}, seed=SEED)
candidate = build(
    {"electrolyte": "Li5.5PS4.5Cl1.5", "route": "mechanical_milling", "milling_time_h": 15,
     "heat_treatment_temperature_c": 510, "temperature_c": 25},
    Subject.ELECTROLYTE,
)
(answer,) = forest.predict([candidate])
print(f"{answer.median:.2g} {answer.unit}, 90 % interval {answer.interval.low:.2g} to {answer.interval.high:.2g}, "
      f"domain {answer.domain.status.value}")

# %% [markdown]
# ## Judge it, and write it down
#
# Rows of one paper are alike: same furnace, same hands, same small changes. With some of them in training, the rest are
# easy. So whole papers are held out: three forests each learn from two thirds of the papers and predict the rest.
# `surrogate.models.evaluate` does that by itself; `python -m training fit`, whose steps these are, also writes it down.
#
# A run in MLflow holds settings, figures of merit, the predictions on held-out papers, the figures and the model itself.
# The store is one SQLite file and a folder.

# %%
from training.config import Plan
from training.fitting import fit_property
from surrogate.execution.progress import ProgressDisplay
from training.tracking import Tracker
from surrogate.execution.workers import executor

os.environ.pop("MLFLOW_TRACKING_URI", None)  # the temporary store, whatever is set
tracker = Tracker(folder=WORK)
MODELS = WORK / "models"


def train(kind, **hyperparameters):
    """One run: judged, fitted on everything, registered, exported when it may be served."""
    plan = Plan(property=PROPERTY, kind=kind, folds=FOLDS, seed=SEED,
                hyperparameters={kind: hyperparameters} if hyperparameters else {})
    with ProgressDisplay(io.StringIO()) as progress, executor(workers=0, progress=progress) as workers:
        return fit_property(plan, data=None, out=MODELS, tracker=tracker, workers=workers)


first = train("tree_ensemble", n_trees=TREES)

# %% [markdown]
# The rows that the run has kept: what was measured, and what was predicted for it without its paper.

# %%
import numpy as np
import pandas as pd

judged = pd.read_parquet(tracker.download(tracker.version(PROPERTY, first.version), "evaluation/rows.parquet", WORK / "rows"))
show(figures.parity(judged, PROPERTY))
show(figures.reliability(judged, PROPERTY))
show(figures.residuals(judged, PROPERTY))

# %% [markdown]
# How much would a random split flatter? Here a third of the *rows* is held out at random, so most of their papers are
# among those learnt from.

# %%
held = set(np.random.default_rng(SEED).permutation(len(measured))[: len(measured) // FOLDS].tolist())
rest = [m for i, m in enumerate(measured) if i not in held]
tried = [measured[i] for i in sorted(held)]
again = fit(rest, property=PROPERTY, kind="tree_ensemble", hyperparameters={"n_trees": TREES}, seed=SEED)
predictions = again.predict([m.candidate for m in tried], neighbours=0)
errors = [abs(np.log10(p.median) - np.log10(m.value)) for p, m in zip(predictions, tried, strict=True)]
evaluation = first.summary["evaluation"]
table(
    ["held out", "mean absolute error / decades"],
    [
        ["whole papers (what a new laboratory meets), by row", f"{evaluation['mae_by_row']:.2f}"],
        ["a third of the rows at random (flattering), by row", f"{np.mean(errors):.2f}"],
        ["whole papers, every paper counting the same", f"{evaluation['mae']:.2f}"],
        *([f"    {name.replace('_', ' ')}, the same papers", f"{own['mae']:.2f}"]
          for name, own in first.summary["baselines"].items()),
    ],
)

# %% [markdown]
# **Champion and challenger.** A version becomes *champion* only when it surely beats every baseline on unseen papers, its 90 %
# intervals hold 86 to 94 % of new values, and it is not worse than the champion there is. Otherwise it is the
# *challenger*, and what is served does not change. (A quick training may well not pass; then it is served as
# *provisional*, and every answer says why.) A second version, which knows only the median of each family, stays out:

# %%
second = train("group_median")
table(
    ["version", "kind", "error / decades", "inside 90 %", "decision", "served now"],
    [
        [r.version, r.kind.replace("_", " "), f"{r.summary['evaluation']['mae']:.2f}",
         f"{r.summary['evaluation']['coverage_90']:.0%}",
         "champion" if r.decision.promoted else "stays out: " + "; ".join(r.decision.reasons),
         f"{r.served} ({r.status})"]
        for r in (first, second)
    ],
)
for alias in ("champion", "challenger"):
    version = tracker.by_alias(PROPERTY, alias)
    print(f"{alias}: {'none' if version is None else 'version ' + version.number}")

# %% [markdown]
# What a run remembers; `mlflow ui --backend-store-uri sqlite:///…/mlflow.db` shows the same in a browser.

# %%
from mlflow.tracking import MlflowClient

client = MlflowClient(tracking_uri=tracker.uri)
run = client.get_run(first.run_id)
(data,) = run.inputs.dataset_inputs
print(f"experiment: {client.get_experiment(run.info.experiment_id).name}")
print(f"learnt from: {data.dataset.name} {data.dataset.profile}")
print("settings: " + ", ".join(f"{k} {v}" for k, v in sorted(run.data.params.items()) if k.startswith(("member.", "weight."))))
names = ("mae", "mae_by_row", "coverage_50", "coverage_80", "coverage_90", "width_90")
table(["measure", f"value ({run.data.tags['error_unit']} for errors and widths)"],
      [[name, f"{run.data.metrics[name]:.3g}"] for name in names])


def files(path=""):
    """Every file of the run."""
    for entry in client.list_artifacts(first.run_id, path or None):
        if entry.is_dir:
            yield from files(entry.path)
        else:
            yield entry.path


print("\n".join(sorted(files())))
show_file = Path(client.download_artifacts(first.run_id, "figures/importance.png", str(WORK)))
display(Image(data=show_file.read_bytes(), width=640))

# %% [markdown]
# That picture is of the forest: a part of the description is exchanged for that of another measured row, and predictions
# move so far. It says what the model heeds, not whether it is right to.
#
# **With a search of hyper-parameters** (`--trials 20`), Optuna's trials become runs within the run. Here are three, for
# electronic conductivity, which has few rows.

# %%
few = Plan(property="electronic_conductivity", kind="group_median", folds=2, search_folds=2, trials=3, seed=SEED)
with ProgressDisplay(io.StringIO()) as progress, executor(workers=0, progress=progress) as workers:
    searched = fit_property(few, data=None, out=MODELS, tracker=tracker, workers=workers)
collection = client.get_run(searched.run_id).info.experiment_id
trials = client.search_runs([collection], f"tags.`mlflow.parentRunId` = '{searched.run_id}'", order_by=["attributes.run_name"])
table(
    ["trial", "setting", "error inside the search / decades"],
    [[t.info.run_name, ", ".join(f"{k} {float(v):.2f}" for k, v in t.data.params.items()), f"{t.data.metrics['search_mae']:.2f}"]
     for t in trials],
)

# %% [markdown]
# ## Load what is served
#
# An exported model is two files, a manifest and arrays, without pickle; loading checks their hashes. It answers as the
# model in memory did. MLflow can load the registered version as a function of tables, too, with the same answer.

# %%
import mlflow.pyfunc

from surrogate.candidate.settings import read
from surrogate.models import load as load_model

served = load_model(MODELS / PROPERTY)
(loaded,) = served.predict([candidate])
print(f"{served.identity.name}, version {served.identity.version}, {served.identity.status.value}, "
      f"data {served.identity.data_sha256[:12]}…")
function = mlflow.pyfunc.load_model(f"{run.info.artifact_uri}/model")
(row,) = function.predict(pd.DataFrame([read(candidate)])).to_dict("records")
table(
    ["asked of", "median / S/cm", "90 % interval / S/cm"],
    [
        [name, f"{median:.6g}", f"{low:.6g} to {high:.6g}"]
        for name, median, low, high in (
            ("the model in memory", answer.median, answer.interval.low, answer.interval.high),
            ("the model from the file", loaded.median, loaded.interval.low, loaded.interval.high),
            ("MLflow's function", row["median"], row["low"], row["high"]),
        )
    ],
)

# %% [markdown]
# ## Its card
#
# Made from the model's own manifest, never by hand. Read the last section first.

# %%
from training.model_card import markdown

text = markdown([served])
display(Markdown(text[text.index("## ", 1):].replace("\n### ", "\n#### ").replace("\n## ", "\n### ")))

# %% [markdown]
# ## With rows of one's own
#
# A lab sheet becomes measurements, and those are rows like any other. Here are four pellets of one composition, *with
# made-up values*, as a good laboratory might report them. The new model knows them. Its interval becomes hardly
# narrower, and rightly so: four pellets of one laboratory say little about what the next laboratory will report.

# %%
from surrogate.sheets import read_sheet

SHEET = WORK / "my_pellets.csv"
SHEET.write_text(
    "row_id,electrolyte,route,milling_time_h,heat_treatment_temperature_c,temperature_c,ionic_conductivity_s_per_cm\n"
    + "".join(
        f"pellet-{n},Li5.5PS4.5Cl1.5,mechanical_milling,{hours},510,25,{value} mS/cm\n"
        for n, (hours, value) in enumerate([(5, 6.1), (10, 7.4), (15, 8.2), (20, 7.9)], 1)
    )
)
reading = read_sheet(SHEET)
for line in reading.describe():
    print(line)
mine = list(reading.measurements)
own = fit([*measured, *mine], property=PROPERTY, kind="tree_ensemble", hyperparameters={"n_trees": TREES}, seed=SEED)
(before,), (after,) = forest.predict([candidate]), own.predict([candidate])
table(
    ["", "median / mS/cm", "90 % interval / mS/cm", "nearest measurement"],
    [
        [name, f"{1000 * p.median:.1f}", f"{1000 * p.interval.low:.1f} to {1000 * p.interval.high:.1f}",
         p.neighbours[0].row_id]
        for name, p in (("literature alone", before), ("with the pellets", after))
    ],
)
show(figures.response(own, candidate, "milling_time_h", 2, 60, logarithmic=True, measurements=[*measured, *mine]))

# %% [markdown]
# To keep such a model, `surrogate.models.save(own, Path("models-lab/ionic_conductivity"))` and point `--models` or
# `SURROGATE_MODELS` at the folder. To judge and track it like the others, put the rows into a copy of the tables:
# `docs/how-to/own-data.md` does so from start to end.

# %%
import shutil

from surrogate.models import save

print(sorted(path.name for path in save(own, WORK / "models-lab" / PROPERTY).iterdir()))
shutil.rmtree(WORK)
