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
# # Which experiments next?
#
# From a lab sheet to a batch of recipes that can be weighed in, and back: how the sheet is read, what the literature
# holds, how far the models can be trusted, what they expect of your material, which recipes are worth a week, and what
# came out. It runs offline and gives the same numbers each time.
#
# - Models come from the folder `models/` (`python -m training fit all`). A property without one is trained here in
#   seconds, as a smaller model: a forest instead of the blend.
# - **The example lab** has the values of [Song et al., Nano Lett. 20, 4337 (2020)](https://doi.org/10.1021/acs.nanolett.0c01028)
#   in its sheet; they are part of the literature table, so the models know them. Put your own sheet in its place.
# - **The experiments of the last chapter are not real.** A physics simulator plays the lab there, to show the loop.

# %%
import os
from pathlib import Path

from IPython.display import Image, Markdown, display

from surrogate.datasets import DATA, load
from surrogate.properties import MODELLED
from surrogate.report import figures

SEED = 0
QUICK = os.environ.get("SURROGATE_QUICK") == "1"  # smaller forests and pools, for tests
MODELS = Path(os.environ.get("SURROGATE_MODELS", DATA.parent / "models"))
OUT = Path(os.environ.get("SURROGATE_OUT", DATA.parent / "out" / "notebook"))
OUT.mkdir(parents=True, exist_ok=True)


def show(figure):
    """A figure inside the notebook."""
    display(Image(data=figures.png(figure, dpi=90)))


def table(head, rows):
    """Rows of text as a table."""
    lines = [head, ["---"] * len(head), *rows]
    display(Markdown("\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)))


# %%
from surrogate.errors import Unavailable
from surrogate.models import fit, load_models

measured = {name: load(name) for name in MODELLED}
FOREST = {"n_trees": 60 if QUICK else 200}
try:
    models = {} if QUICK else load_models(MODELS)
except Unavailable as problem:
    print(f"{problem.message} Small models are trained instead.")
    models = {}
for name in MODELLED:
    if name not in models:
        models[name] = fit(measured[name], property=name, kind="tree_ensemble", hyperparameters=FOREST, seed=SEED)
models = {name: models[name] for name in MODELLED}
conductivity, capacity = models["ionic_conductivity"], models["first_discharge_capacity"]

table(
    ["property", "model", "version", "status", "learnt from"],
    [
        [m.property.label, m.card.kind.replace("_", " "), m.identity.version, m.identity.status.value,
         f"{m.card.n_measurements} measurements of {m.card.n_papers} papers"]
        for m in models.values()
    ],
)

# %% [markdown]
# ## My sheet, and how it is read
#
# A sheet is Excel or CSV (`surrogate sheet template my_sheet.xlsx` writes an empty one). Values may carry their own
# unit, a bound or an uncertainty; decimal commas are told from the file. Reading stores nothing: it says how each row
# was understood and which rows cannot be right. Here one row has its conductivity in the wrong unit, on purpose.

# %%
from surrogate.sheets import read_sheet

SHEET = OUT / "my_sheet.csv"
SHEET.write_text(
    """row_id;electrolyte;route;solvent;heat_treatment_temperature_c;temperature_c;form;ionic_conductivity_s_per_cm;note
lab-1;Li6.5P0.5Ge0.5S5I;solution;ethanol;180;30;low-crystalline;0,54 mS/cm;
lab-2;Li6.5P0.5Ge0.5S5I;solution;ethanol;550;30;crystalline;6,5 mS/cm;
lab-3;Li6PS5I;solution;ethanol;180;30;low-crystalline;9,2e-5;
lab-4;Li6PS5I;solution;ethanol;550;30;crystalline;6,1e-6;
lab-5;Li6.3P0.7Sn0.3S5I;solution;ethanol;180;30;low-crystalline;0,19;forgot that the column is S/cm
"""
)
reading = read_sheet(SHEET)
for line in reading.describe():
    print(line)
mine = [m.candidate for m in reading.measurements]

# %% [markdown]
# The faulty row is held back with the reason; the others go on. Nothing is repaired silently, and nothing that is not
# stated is made up: milling time and speed are unknown here, and stay unknown.
#
# ## Where the data lie
#
# The literature is young, mostly argyrodites, and often silent about how things were made.

# %%
show(figures.data_overview(measured["ionic_conductivity"]))
show(figures.data_overview(measured["first_discharge_capacity"]))

# %% [markdown]
# ## How good are the models on papers they have not seen?
#
# Rows of one paper are alike, so a random split flatters. Here whole papers are held out, and each paper counts the
# same. For time's sake this judges the forest alone; `python -m training evaluate` judges the blend, and the model card
# has its numbers.

# %%
from surrogate.models import evaluate

judged = evaluate(
    measured["ionic_conductivity"], property="ionic_conductivity", kinds=("tree_ensemble",),
    hyperparameters={"tree_ensemble": FOREST}, folds=3 if QUICK else 5, seed=SEED,
)["tree_ensemble"]
show(figures.parity(judged.rows, "ionic_conductivity"))
show(figures.residuals(judged.rows, "ionic_conductivity"))
table(
    ["", "mean absolute error / decades"],
    [["forest", f"{judged.metrics['mae']:.2f}"]]
    + [[name.replace("_", " "), f"{each['mae']:.2f}"] for name, each in judged.baselines.items()],
)

# %% [markdown]
# **Do the intervals hold?** A 90 % interval should hold nine of ten new values, no more and no fewer. Where the domain
# verdict is *edge* or *out*, intervals are wider.

# %%
show(figures.reliability(judged.rows, "ionic_conductivity"))

# %% [markdown]
# ## What is expected of my material?
#
# An answer is a median, an interval, a domain verdict with reasons, and the nearest measurements with their sources.

# %%
from surrogate.candidate.settings import build
from surrogate.properties import Subject
from surrogate.report.words import formula, interval
from surrogate.text import quantity

argyrodite = build(
    {
        "electrolyte": "Li6PS5Cl", "route": "mechanical_milling", "milling_time_h": 20, "milling_speed_rpm": 500,
        "heat_treatment_temperature_c": 550, "heat_treatment_time_h": 5, "temperature_c": 25,
    },
    Subject.ELECTROLYTE,
)
cathode = build(
    {
        "active_material": "S", "electrolyte": "Li6PS5Cl", "additive": "Ketjen black", "active_weight_fraction": 0.3,
        "electrolyte_weight_fraction": 0.6, "additive_weight_fraction": 0.1, "mixing_method": "ball_milled",
        "mixing_time_min": 300, "mixing_speed_rpm": 500, "active_loading_mg_per_cm2": 1.5, "temperature_c": 25,
        "voltage_min_v": 1.0, "voltage_max_v": 3.0, "c_rate": 0.1, "first_step": "discharge", "cycles": 60,
        "reference_cycle": 1,
    },
    Subject.CELL,
)
for candidate in (argyrodite, cathode):
    for name, model in models.items():
        if model.property.subject is not candidate.kind:
            continue
        (answer,) = model.predict([candidate])
        print(f"{model.property.label}: {quantity(answer.median, name)}, 90 % interval {interval(answer)}, "
              f"domain {answer.domain.status.value}")
        for reason in answer.domain.reasons:
            print(f"    because {reason}")
        for near in answer.neighbours[:2]:
            print(f"    near: {quantity(near.value, name)}, {near.description} [{near.doi or near.paper}]")

# %% [markdown]
# ## How does it depend on heat treatment and on milling?
#
# One setting moves, all else stays. Dots are measurements that state the setting; they differ from the candidate in
# everything else, so the curve need not go through them. Hatched: out of domain, do not believe it.

# %%
show(figures.response(conductivity, argyrodite, "heat_treatment_temperature_c", 100, 650,
                      measurements=measured["ionic_conductivity"]))
show(figures.response(capacity, cathode, "mixing_time_min", 10, 5000, logarithmic=True,
                      measurements=measured["first_discharge_capacity"]))

# %% [markdown]
# **Which papers does the first prediction rest on?**

# %%
show(figures.contributions(conductivity, argyrodite))

# %% [markdown]
# ## Compositions
#
# What has been tried between Li₂S, P₂S₅ and lithium halides, and the best value of each composition.

# %%
show(figures.ternary(measured["ionic_conductivity"]))

# %% [markdown]
# ## What next?
#
# A campaign is the durable record: an objective, what was told, what was suggested. It learns from the sheet first,
# then it is asked for a batch. Here a high conductivity is wanted, from mill and furnace within a day.

# %%
from surrogate.campaign import CampaignStore, bayesian_planner
from surrogate.sheets import import_sheet, read_for

STORE = OUT / "campaigns.db"
STORE.unlink(missing_ok=True)
OBJECTIVE = "maximise ionic_conductivity, process_time_h <= 24"
store = CampaignStore.open(STORE)
campaign = store.create("Germanium argyrodites", "argyrodite", OBJECTIVE, id="notebook", seed=SEED)
told = import_sheet(campaign, read_for(campaign, SHEET))
print(f"{len(told.told)} values told, {len(told.faults)} refused")

# %%
APART = 0.4  # a batch holds different recipes: at least this far apart, in units of the ranges of the space
planner = bayesian_planner(models, planner="analytic", pool=256 if QUICK else 1024, min_distance=APART)
asked = campaign.ask(planner, batch=4)
for s in asked.suggestions:
    answer = s.answer
    print(f"{s.id}: {formula(s.candidate)}")
    print("    set: " + ", ".join(f"{n} = {v if isinstance(v, str) else format(v, 'g')}" for n, v in s.settings.items()))
    print("    weigh in: " + ", ".join(f"{formula} {mass:.4f} g" for formula, mass in s.weigh_in_g.items()))
    print(f"    why: {answer['reason']}")
    print(f"    exploit {answer['exploit_share']:.0%}, explore {answer['explore_share']:.0%}"
          + (f"; limits reached: {', '.join(answer['binding'])}" if answer["binding"] else ""))
    print()
print(asked.report["stopping"]["sentence"])

# %% [markdown]
# What does the day cost? The trade-off between conductivity and process time, and where the batch lies in it. Bars are
# 90 % intervals. On the map, rims tell the domain verdict.

# %%
from surrogate.planner.suggest import suggest
from surrogate.report.figures.goals import offer

batch = suggest(  # the same question with the same seed: the same batch, with everything that figures need
    campaign.space, campaign.objective, models=models, measurements=reading.measurements, batch=4,
    seed=asked.report["seed"],
    planner="analytic", pool=256 if QUICK else 1024, min_distance=APART,
)
offered = offer(campaign.space, "maximise ionic_conductivity, minimise process_time_h", models, n=300 if QUICK else 1500, seed=SEED)
show(figures.pareto(offered, batch.suggestions))
show(figures.domain_map(conductivity, mine, batch.candidates))

# %% [markdown]
# **The other way round:** from a wish to recipes that are expected to meet it, or the plain statement that none does.

# %%
from surrogate.planner.inverse import design

answer = design(campaign.space, "ionic_conductivity >= 5 mS/cm, minimise process_time_h", models=models,
                pool=256 if QUICK else 2048, recipes=3, seed=SEED)
print(answer.sentence)
for recipe in answer.recipes:
    print(f"{recipe.number}. {formula(recipe.candidate)}: {recipe.reason}")

# %% [markdown]
# ## The next sheet, out and back
#
# The campaign writes the sheet for the lab: settings and masses filled in, results empty. Fill it in, read it back,
# tell. Telling twice changes nothing.
#
# *From here on the physics simulator plays the lab; its values are simulated, with a scatter of 0.2 decades added.*

# %%
import numpy as np
from openpyxl import load_workbook

from surrogate.sheets import export_sheet
from surrogate.physics.chain import simulate

NEXT = export_sheet(campaign, OUT / "next_experiments.xlsx")
rng = np.random.default_rng(SEED)
book = load_workbook(NEXT)
results = book["Results"]
columns = {cell.value: cell.column for cell in results[2]}  # row 2 has the machine names
for s, outcome in zip(asked.suggestions, simulate([s.candidate for s in asked.suggestions]), strict=True):
    line = results.max_row + 1
    results.cell(line, columns["row_id"], s.id)
    if outcome.ionic_conductivity_s_per_cm is None:
        results.cell(line, columns["status"], "failed")
        results.cell(line, columns["reason"], outcome.reason)
        continue
    value = outcome.ionic_conductivity_s_per_cm * 10 ** rng.normal(0, 0.2)
    results.cell(line, columns["ionic_conductivity_s_per_cm"], float(f"{value:.3g}"))
book.save(NEXT)

back = read_for(campaign, NEXT)
done = import_sheet(campaign, back)
again = import_sheet(campaign, read_for(campaign, NEXT))
print(f"told {len(done.told)}, refused {len(done.faults)}; the same sheet once more: told {len(again.told)}")
for fault in done.faults:
    print(f"    {fault}")

# %% [markdown]
# ## Expected and measured

# %%
from surrogate.report.outcomes import outcomes_of

show(figures.progress(outcomes_of(campaign, "ionic_conductivity"), "ionic_conductivity"))

# %% [markdown]
# The next ask learns from all of it, and repeats nothing that is open or measured.

# %%
asked = campaign.ask(planner, batch=2)
for s in asked.suggestions:
    print(f"{s.id}: {formula(s.candidate)}; {s.answer['reason']}")
store.close()

# %% [markdown]
# ## The same from a running service
#
# Several people, or a robot, share one service instead of a file. `SURROGATE_URL` names yours (and `SURROGATE_KEY` the
# key); without it one is started here, on this machine only, with the models from above, and stopped at the end.

# %%
import socket
import subprocess
import sys
import time

from surrogate.client import SurrogateClient
from surrogate.models import save
from surrogate.models.base import ModelStatus

URL, started = os.environ.get("SURROGATE_URL"), None
if URL is None:
    for model in models.values():
        if model.identity.status is ModelStatus.CANDIDATE:  # trained above: served, and said to be provisional
            model = model.with_identity(status=ModelStatus.PROVISIONAL, reason="It was not judged against a champion.")
        save(model, OUT / "models" / model.property.name)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {"SURROGATE_MODELS": str(OUT / "models"), "SURROGATE_CAMPAIGNS": str(OUT / "service.db")}
    settings |= {"SURROGATE_WORKERS": "1", "SURROGATE_PORT": str(port), "SURROGATE_AUTH": "off"}
    (OUT / "service.db").unlink(missing_ok=True)
    log = (OUT / "service.log").open("w")
    started = subprocess.Popen(
        [sys.executable, "-m", "bentoml", "serve", "serving.service:SurrogateService", "--port", str(port)],
        env={**os.environ, **settings}, cwd=DATA.parent, stdout=log, stderr=subprocess.STDOUT,
    )
    URL = f"http://127.0.0.1:{port}"
client = SurrogateClient(URL, key=os.environ.get("SURROGATE_KEY"))
for _ in range(240):  # loading takes some seconds
    try:
        served = client.models()
        break
    except Unavailable:
        if started is not None and started.poll() is not None:
            raise RuntimeError((OUT / "service.log").read_text()[-2000:]) from None
        time.sleep(0.5)
print("in service:", ", ".join(model["property"] for model in served["models"]))

# %% [markdown]
# **The question from above**, about the argyrodite: once from the library, once from the service.

# %%
item = {
    "electrolyte": {
        "composition": "Li6PS5Cl", "route": "mechanical_milling", "milling_time_h": 20, "milling_speed_rpm": 500,
        "heat_treatment_temperature_c": 550, "heat_treatment_time_h": 5,
    },
    "protocol": {"temperature_c": 25},
}
(here,) = conductivity.predict([argyrodite])
(there,) = client.predict([item], properties=["ionic_conductivity"])
there = there["properties"]["ionic_conductivity"]
table(
    ["", "library", "service"],
    [
        ["median / S/cm", f"{here.median:.6g}", f"{there['median']:.6g}"],
        ["90 % interval / S/cm", f"{here.interval.low:.6g} to {here.interval.high:.6g}",
         f"{there['interval']['low']:.6g} to {there['interval']['high']:.6g}"],
        ["domain", here.domain.status.value, there["domain"]["status"]],
        ["nearest measurement", here.neighbours[0].row_id, there["neighbours"][0]["row_id"]],
    ],
)
agree = abs(there["median"] / here.median - 1) < 1e-9 and there["interval"]["low"] == here.interval.low
print("the same answer" if agree else "another answer: the service has other models")

# %% [markdown]
# **A campaign over HTTP**: ask, tell, tell again after a lost connection. The second telling changes nothing.

# %%
shared = client.create_campaign("Argyrodites together", "argyrodite", OBJECTIVE, id="together", seed=SEED)
offered_to_all = shared.ask(batch=2, planner="analytic", pool=256)["suggestions"]
for s in offered_to_all:
    print(f"{s['id']}: " + ", ".join(f"{n} {v if isinstance(v, str) else format(v, 'g')}" for n, v in s["settings"].items()))
first = {"id": "EIS-1", "suggestion": offered_to_all[0]["id"], "property": "ionic_conductivity", "value": 4.2, "unit": "mS/cm"}
for attempt in (1, 2):
    answer = shared.tell([first])
    print(f"attempt {attempt}: measurements in the campaign: {shared.summary()['measurements']}")
client.close()
if started is not None:
    started.terminate()
    started.wait(30)

# %% [markdown]
# For paper, `surrogate report --campaign notebook --store out/notebook/campaigns.db --out out/report.html` writes all of
# this as one page.
