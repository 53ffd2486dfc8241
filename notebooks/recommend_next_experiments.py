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
# One turn of a laboratory's loop. Your sheet is read, and your material is looked at: what is measured of it, what is
# predicted, and how it should depend on heat, milling and temperature. A campaign suggests recipes, the laboratory
# makes them, one fails, results come back. They shift the predictions, two recipes are compared, and the next sheet goes
# out. It runs offline, in less than two minutes, and gives the same numbers each time.
#
# - **Models** come from the folder `models/` if it holds some, else from the package.
# - **The sheet is an example**: the values of [Song et al., Nano Lett. 20, 4337 (2020)](https://doi.org/10.1021/acs.nanolett.0c01028).
#   They are part of the literature table, so the models know them. Put your own sheet in its place.
# - **The results of the laboratory are simulated**, all of them, and called so: a physics simulator plays the lab.

# %%
import os
from pathlib import Path

from IPython.display import Image, Markdown, display

from surrogate.datasets import DATA, load
from surrogate.models import load_models
from surrogate.report import figures
from surrogate.report.words import formula, interval
from surrogate.text import quantity

SEED = 0
QUICK = os.environ.get("SURROGATE_QUICK") == "1"  # smaller pools, for tests
POOL = 256 if QUICK else 1024
OUT = Path(os.environ.get("SURROGATE_OUT", DATA.parent / "out" / "notebook"))
OUT.mkdir(parents=True, exist_ok=True)
SIGMA = "ionic_conductivity"


def show(figure):
    """A figure inside the notebook."""
    display(Image(data=figures.png(figure, dpi=90)))


def table(head, rows):
    """Rows of text as a table."""
    lines = [head, ["---"] * len(head), *rows]
    display(Markdown("\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)))


models = load_models(os.environ.get("SURROGATE_MODELS"))
conductivity = models[SIGMA]
table(
    ["property", "status", "learnt from", "error on unseen papers"],
    [
        [m.property.label, m.identity.status.value, f"{m.card.n_measurements} measurements of {m.card.n_papers} papers",
         f"{m.card.metrics['evaluation']['mae']:.2g} {m.card.metrics['evaluation']['unit']}"
         if "evaluation" in m.card.metrics else "not judged"]
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

# %% [markdown]
# The faulty row is held back with the reason; the others go on. Nothing is repaired silently, and nothing that is not
# stated is made up: milling time and speed are unknown here, and stay unknown.
#
# ## How far can the models be trusted?
#
# Every model carries what it predicted for papers that it had not seen. Whole papers are held out, since rows of one paper
# are alike and a random split flatters.

# %%
import pandas as pd

measured = load(SIGMA)
if conductivity.card.held_out:
    show(figures.parity(pd.DataFrame(conductivity.card.held_out), SIGMA))
show(figures.data_overview(measured))

# %% [markdown]
# ## What is expected of my material?
#
# First what is measured of this very composition, then what is predicted of this recipe: a median, an interval, a verdict
# with its reasons, and the measured recipes that are most alike.

# %%
from surrogate.candidate.settings import build
from surrogate.models.measured import find_measured

RECIPE = {
    "electrolyte": "Li5.5PS4.5Cl1.5", "route": "mechanical_milling", "milling_time_h": 15,
    "heat_treatment_temperature_c": 500, "heat_treatment_time_h": 8, "temperature_c": 25,
}
argyrodite = build(RECIPE)
for found in find_measured(argyrodite, [SIGMA]).values():
    print(found.measured.sentence)
(answer,) = conductivity.predict([argyrodite])
print(f"predicted: {quantity(answer.median, SIGMA)}, 90 % interval {interval(answer)}, domain {answer.domain.status.value}")
for reason in answer.domain.reasons:
    print(f"    because {reason}")
for near in answer.neighbours:
    print(f"    near: {quantity(near.value, SIGMA)}, {near.description} [{near.doi or near.paper}]")

# %% [markdown]
# **How does it depend on heat treatment and milling?** One setting moves, all else stays. Marks are measurements that
# state the setting: coloured ones of the same material, grey ones of its family. They differ from the candidate in
# everything else, so the curve need not go through them. Pale ground is the edge of what the model knows; grey ground is
# outside.

# %%
show(figures.response(conductivity, argyrodite, "heat_treatment_temperature_c", 100, 650, measurements=measured))
show(figures.response(conductivity, argyrodite, "milling_time_h", 1, 60, logarithmic=True, measurements=measured))

# %% [markdown]
# **Which papers does the prediction rest on?**

# %%
show(figures.contributions(conductivity, argyrodite))

# %% [markdown]
# ## An Arrhenius sweep
#
# The same pellet from −20 to 80 °C. The model's temperatures follow a law with the barrier that goes with the
# conductivity. Beside it stands a sweep *that is simulated*: five impedance spectra as a laboratory would measure them,
# with a scatter of 5 %. The slope gives the activation energy, as `surrogate measure` gives it for files of instruments.

# %%
import numpy as np

from surrogate.instruments.conductivity import activation_energy
from surrogate.instruments.geometry import Uncertain
from surrogate.physics.chain import simulate

rng = np.random.default_rng(SEED)
CELSIUS = [-20.0, 0.0, 25.0, 50.0, 80.0]
at_each = [build({**RECIPE, "temperature_c": celsius}) for celsius in CELSIUS]
predicted = conductivity.predict(at_each)
simulated = [
    Uncertain(value=outcome.ionic_conductivity_s_per_cm * float(np.exp(rng.normal(0, 0.05))),
              uncertainty=0.05 * outcome.ionic_conductivity_s_per_cm)
    for outcome in simulate(at_each)
]
barrier, low, high = activation_energy(CELSIUS, simulated)
table(
    ["temperature / °C", "predicted / mS/cm", "90 % interval / mS/cm", "verdict", "simulated sweep / mS/cm"],
    [
        [f"{celsius:g}", f"{1000 * p.median:.3g}", f"{1000 * p.interval.low:.2g} to {1000 * p.interval.high:.3g}",
         p.domain.status.value, f"{1000 * s.value:.3g}"]
        for celsius, p, s in zip(CELSIUS, predicted, simulated, strict=True)
    ],
)
(energy,) = models["activation_energy"].predict([argyrodite])
print(f"activation energy: predicted {quantity(energy.median, 'activation_energy')} ({interval(energy)}), "
      f"from the simulated sweep {barrier.value:.3f} eV ({low:.3f} – {high:.3f} eV)")

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
campaign = store.create("Argyrodites", "argyrodite", OBJECTIVE, id="notebook", seed=SEED)
told = import_sheet(campaign, read_for(campaign, SHEET))
print(f"{len(told.told)} values told, {len(told.faults)} refused")

# %%
APART = 0.4  # a batch holds different recipes: at least this far apart, in units of the ranges of the space
planner = bayesian_planner(models, planner="analytic", pool=POOL, min_distance=APART)


def describe(suggestions):
    """What to set, weigh in and expect, and why."""
    for s in suggestions:
        expected = s.answer.predictions[SIGMA]
        print(f"{s.id}: {formula(s.candidate)}, expected {quantity(expected.median, SIGMA)} ({interval_of(expected)})")
        print("    set: " + ", ".join(f"{n} = {v if isinstance(v, str) else format(v, 'g')}" for n, v in s.settings.items()))
        print("    weigh in: " + ", ".join(f"{substance} {mass:.4f} g" for substance, mass in s.weigh_in_g.items()))
        print(f"    why: {s.answer.reason}\n")


def interval_of(expected):
    """The interval with its unit."""
    return f"{1000 * expected.interval.low:.2g} – {1000 * expected.interval.high:.3g} mS/cm"


asked = campaign.ask(planner, batch=4)
describe(asked.suggestions)
print(asked.report.stopping.sentence)

# %% [markdown]
# What does the day cost? Grey is what the space offers, numbers are the suggestions with their 90 % intervals.

# %%
from surrogate.planner.suggest import suggest
from surrogate.report.figures.goals import offer

batch = suggest(  # the same question with the same seed: the same batch, with everything that figures need
    campaign.space, campaign.objective, models=models, measurements=campaign.learned(), batch=4,
    seed=asked.report.seed, planner="analytic", pool=POOL, min_distance=APART,
)
offered = offer(campaign.space, "maximise ionic_conductivity, minimise process_time_h", models, n=300 if QUICK else 1000,
                seed=SEED)
show(figures.pareto(offered, batch.suggestions))

# %% [markdown]
# ## The sheet goes out, and comes back
#
# The campaign writes the sheet for the laboratory: settings and masses filled in, results empty. It is filled in and read
# back. Telling twice changes nothing.
#
# *Here the physics simulator plays the laboratory. Its values are simulated, with a scatter of 0.2 decades. The last
# pellet cracks: a failure is told too, because it teaches what can be made.*

# %%
from openpyxl import load_workbook

from surrogate.sheets import export_sheet

NEXT = export_sheet(campaign, OUT / "first_day.xlsx")
book = load_workbook(NEXT)
results = book["Results"]
columns = {cell.value: cell.column for cell in results[2]}  # row 2 has the machine names


def type_in(**cells):
    """A line of results, typed in by hand."""
    line = results.max_row + 1
    for name, value in cells.items():
        results.cell(line, columns[name], value)


*made, cracked = asked.suggestions
for s, outcome in zip(made, simulate([s.candidate for s in made]), strict=True):
    if outcome.ionic_conductivity_s_per_cm is None:
        type_in(row_id=s.id, status="failed", reason=outcome.reason)
        continue
    value = outcome.ionic_conductivity_s_per_cm * 10 ** rng.normal(0, 0.2)
    type_in(row_id=s.id, ionic_conductivity_s_per_cm=float(f"{value:.3g}"), note="simulated")
type_in(row_id=cracked.id, status="failed", reason="simulated: the pellet cracked")
book.save(NEXT)

done = import_sheet(campaign, read_for(campaign, NEXT))
again = import_sheet(campaign, read_for(campaign, NEXT))
print(f"told {len(done.told)}, refused {len(done.faults)}; the same sheet once more: told {len(again.told)}")
for s in campaign.suggestions().items:
    print(f"{s.id}: {s.state.value}" + (f", {s.reason}" if s.reason else ""))

# %% [markdown]
# **Were the predictions kept?** Left, the *simulated* results beside what was expected of them; right, the best so far,
# the rows of the sheet first. `surrogate campaign review` says the same, over all campaigns.

# %%
from surrogate.report.outcomes import outcomes_of
from surrogate.report.review import latest, review

show(figures.progress(outcomes_of(campaign, SIGMA), SIGMA))
for standing in latest(review([campaign]).rows).values():
    print(standing.sentence)

# %% [markdown]
# ## My own rows shift predictions
#
# The same question as before, now with the rows of the sheet and the *simulated* results. Own rows move and sharpen what
# is predicted for recipes like them: `surrogate predict --given my_rows.csv`.

# %%
import surrogate

mine = [m for m in campaign.learned() if m.property == SIGMA]
like_mine = [argyrodite, *(s.candidate for s in made)]
shifted = surrogate.predict(like_mine, models=models, properties=[SIGMA], given=mine)
table(
    ["recipe", "from the literature", f"with {len(mine)} rows of mine"],
    [
        [formula(c), f"{quantity(p[SIGMA].without_own_rows.median, SIGMA)} "
         f"({1000 * p[SIGMA].without_own_rows.interval.low:.2g} – {1000 * p[SIGMA].without_own_rows.interval.high:.3g})",
         f"{quantity(p[SIGMA].median, SIGMA)} ({interval(p[SIGMA])})"]
        for c, p in zip(like_mine, shifted, strict=True)
    ],
)

# %% [markdown]
# ## Which of two?
#
# What laboratories differ by cancels when one laboratory makes both. So a comparison is surer than two intervals beside
# each other look.

# %%
other = build({**RECIPE, "electrolyte": "Li6PS5Cl"})
compared = surrogate.compare([argyrodite, other], models=models, properties=[SIGMA])
for letter, candidate, predictions in zip("AB", (argyrodite, other), compared.predictions, strict=True):
    print(f"{letter}: {formula(candidate)}, {quantity(predictions[SIGMA].median, SIGMA)} ({interval(predictions[SIGMA])})")
for comparison in compared.comparisons:
    print(comparison.sentence)

# %% [markdown]
# ## The next sheet
#
# The next ask has learnt from the results and from the failure, and repeats nothing that is open or made. Its sheet is
# what goes to the laboratory tomorrow.

# %%
tomorrow = campaign.ask(planner, batch=3)
describe(tomorrow.suggestions)
print(tomorrow.report.stopping.sentence)
sheet = export_sheet(campaign, OUT / "next_experiments.xlsx")
print(f"the next sheet: {sheet.name}")
store.close()

# %% [markdown]
# ## The same from a running service
#
# Several people, or a robot, share one service instead of a file. `SURROGATE_URL` names yours (and `SURROGATE_KEY` the
# key); without it one is started here, on this machine only, and stopped at the end.

# %%
import socket
import subprocess
import sys
import time

from surrogate.client import SurrogateClient
from surrogate.errors import Unavailable
from surrogate.models.artifact import models_folder

URL, started = os.environ.get("SURROGATE_URL"), None
if URL is None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {"SURROGATE_MODELS": os.environ.get("SURROGATE_MODELS", str(models_folder().resolve()))}
    settings |= {"SURROGATE_CAMPAIGNS": str(OUT / "service.db"), "SURROGATE_WORKERS": "1"}
    settings |= {"SURROGATE_PORT": str(port), "SURROGATE_AUTH": "off"}
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
# **The question from above**: once from the library, once from the service. And a campaign over HTTP: ask, tell, tell again
# after a lost connection. The second telling changes nothing.

# %%
item = {
    "electrolyte": {
        "composition": RECIPE["electrolyte"],
        **{name: value for name, value in RECIPE.items() if name not in ("electrolyte", "temperature_c")},
    },
    "protocol": {"temperature_c": 25},
}
(there,) = client.predict([item], properties=[SIGMA])
there = there["properties"][SIGMA]
print(f"library {answer.median:.6g} S/cm, service {there['median']:.6g} S/cm: "
      + ("the same answer" if abs(there["median"] / answer.median - 1) < 1e-9 else "the service has other models"))

shared = client.create_campaign("Argyrodites together", "argyrodite", OBJECTIVE, id="together", seed=SEED)
offered_to_all = shared.ask(batch=2, planner="analytic", pool=256)["suggestions"]
first = {"id": "EIS-1", "suggestion": offered_to_all[0]["id"], "property": SIGMA, "value": 4.2, "unit": "mS/cm",
         "note": "made up"}
for attempt in (1, 2):
    shared.tell([first])
    print(f"attempt {attempt}: measurements in the campaign: {shared.summary()['measurements']}")
client.close()
if started is not None:
    started.terminate()
    started.wait(30)

# %% [markdown]
# For paper, `surrogate report --campaign notebook --store out/notebook/campaigns.db --out out/report.html` writes all of
# this as one page.
