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
# # From a wish to recipes
#
# You know what you want, for instance 5 mS/cm from less than a day of work. Which recipes are expected to give it, how
# sure is that, and what has to be weighed in? And when nothing is expected to give it, what stands in the way?
#
# This is *inverse design*: the models are searched, nothing is measured. To decide what to measure next, because it
# teaches the most, use the other notebook, `recommend_next_experiments`. It runs offline and gives the same numbers
# each time. Models come from the folder `models/` if it holds some, else from the package.

# %%
import os
import warnings

from IPython.display import Image, Markdown, display

from surrogate.sheets.columns import COLUMNS
from surrogate.models import load_models
from surrogate.properties import get_property
from surrogate.report import figures
from surrogate.report.words import formula, interval
from surrogate.text import quantity

SEED = 0
QUICK = os.environ.get("SURROGATE_QUICK") == "1"  # smaller pools, for tests
WANTED = ("ionic_conductivity", "first_discharge_capacity", "capacity_retention")
warnings.filterwarnings("ignore", message="IProgress not found")  # a progress bar of Optuna that is not drawn
POOL = 256 if QUICK else 2048  # recipes that are compared at first; the best are then refined


def show(figure):
    """A figure inside the notebook."""
    display(Image(data=figures.png(figure, dpi=90)))


def table(head, rows):
    """Rows of text as a table."""
    lines = [head, ["---"] * len(head), *rows]
    display(Markdown("\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)))


models = load_models(os.environ.get("SURROGATE_MODELS"))
table(
    ["property", "model", "status", "typical error on unseen papers"],
    [
        [m.property.label, m.card.kind.replace("_", " "), m.identity.status.value,
         f"{m.card.metrics['evaluation']['mae']:.2g} {m.card.metrics['evaluation']['unit']}"
         if "evaluation" in m.card.metrics else "not judged here"]
        for m in (models[name] for name in WANTED)
    ],
)

# %% [markdown]
# ## What may be varied
#
# A design space says what your laboratory can make: precursors, ranges, steps of the furnace and the mill, the precision
# of the balance. `surrogate spaces` lists the ready ones; a TOML file describes your own. This is the one for
# argyrodites.

# %%
from surrogate.space.ready import ready

space = ready("argyrodite")


def label(name):
    """A setting as the lab sheet calls it, with its unit."""
    return COLUMNS[name].label if name in COLUMNS else name.replace("_", " ")


def reach(variable):
    """The values that a variable may take."""
    options = getattr(variable, "options", None)
    return ", ".join(map(str, options)) if options else f"{variable.low:g} to {variable.high:g}"


table(["setting", "from … to, or one of"], [[label(v.name), reach(v)] for v in space.all_variables])

# %% [markdown]
# ## A wish, and recipes that are expected to meet it
#
# A wish is met where its chance is at least even. `minimise` does not forbid anything; it decides between recipes that
# meet the rest.

# %%
from surrogate.planner.inverse import design
from surrogate.planner.objective import Target

WISH = ["ionic_conductivity >= 5 mS/cm", "process_time_h <= 24", "minimise process_time_h"]
answer = design(space, WISH, models=models, pool=POOL, recipes=4, seed=SEED)
print(answer.sentence)
table(
    ["", "composition", "expected", "90 % interval", "domain", "process time / h", "chance of all wishes"],
    [
        [r.number, formula(r.candidate), quantity(r.predictions["ionic_conductivity"].median, "ionic_conductivity"),
         interval(r.predictions["ionic_conductivity"]), r.predictions["ionic_conductivity"].domain.status.value,
         f"{r.derived['process_time_h']:.1f}", f"{r.chance_of_all:.0%}"]
        for r in answer.recipes
    ],
)

# %% [markdown]
# The chance counts the whole width of the interval. A chance of 60 % means: of ten such recipes, about six. It rests on
# the model's interval being honest, which the model card shows on papers the model had not seen.
#
# **How to make them.** Masses are what the balance can weigh; they give the composition of the table.

# %%
PRECURSORS = sorted({p for r in answer.recipes for p in r.weigh_in_g})
table(
    ["", *(f"{p} / g" for p in PRECURSORS), "sum / g"],
    [
        [r.number, *(f"{r.weigh_in_g.get(p, 0):.4f}" for p in PRECURSORS), f"{sum(r.weigh_in_g.values()):.4f}"]
        for r in answer.recipes
    ],
)
varied = [v.name for v in space.variables]
table(
    ["", *(label(name) for name in varied)],
    [
        [r.number, *(v if isinstance(v := r.settings.get(name, "–"), str) else f"{v:g}" for name in varied)]
        for r in answer.recipes
    ],
)

# %% [markdown]
# ## Where they lie between the two goals
#
# Grey: what the space offers. Line: the front, beyond which one goal costs the other. Bars are 90 % intervals.

# %%
from surrogate.report.figures.goals import offer

offered = offer(space, "maximise ionic_conductivity, minimise process_time_h", models, n=300 if QUICK else 1500, seed=SEED)
show(figures.pareto(offered, answer.recipes, called="recipe"))

# %% [markdown]
# **Are they like anything that was measured?** The nearer to the dots, the more the models know.

# %%
show(figures.domain_map(models["ionic_conductivity"], [], [r.candidate for r in answer.recipes]))
best = answer.recipes[0]
for near in best.predictions["ionic_conductivity"].neighbours:
    print(f"near recipe 1: {quantity(near.value, 'ionic_conductivity')}, {near.description} [{near.doi or near.paper}]")

# %% [markdown]
# ## How much may one wish for?
#
# The same wish, ever bolder. The chance of the likeliest recipe falls, and at some point nothing is expected to meet the
# wish. The last column hardly moves: what is left of the chance comes from the width of the interval, not from a better
# recipe. That is a gamble, and its interval says so.

# %%
bolder = []
for limit in (1, 5, 10, 20):
    found = design(space, [f"ionic_conductivity >= {limit} mS/cm", "process_time_h <= 24"], models=models, pool=POOL // 2,
                   recipes=1, seed=SEED)
    likeliest = found.recipes[0]
    bolder.append([f"≥ {limit} mS/cm", "yes" if found.met else "no", f"{100 * likeliest.chance_of_all:.0f} %",
                   quantity(likeliest.predictions["ionic_conductivity"].median, "ionic_conductivity")])
table(["wish, within a day", "met", "chance of the likeliest recipe", "expected of it"], bolder)

# %% [markdown]
# ## A wish that nothing meets
#
# Then the answer is not a recipe that pretends to. It is the nearest one, the wish that stands in the way, and the limits
# of the space that it touches: those are what to widen, if your laboratory can.

# %%
nothing = design(space, ["ionic_conductivity >= 40 mS/cm", "process_time_h <= 12"], models=models, pool=POOL, recipes=1,
                 seed=SEED)
print(nothing.sentence)
print()
print("in the way:", Target.parse(str(nothing.standing_in_the_way)).shown)
nearest = nothing.recipes[0]
print("nearest:", formula(nearest.candidate))
for wish, chance in nearest.chances.items():
    print(f"    chance of {Target.parse(wish).shown}: {100 * chance:.0f} %")
print("limits of the space that it touches:", ", ".join(nearest.binding) or "none")

# %% [markdown]
# ## Several wishes for a cell
#
# A composite cathode with sulfur: a high first discharge, and most of it left after the cycles of the space. Here the
# wishes compete, so each recipe says how likely each of them is. Multiplying them assumes that they fail independently,
# which is a simplification.

# %%
cells = ready("sulfur-composite")
CELL_WISH = ["first_discharge_capacity >= 900 mAh/g", "capacity_retention >= 70 %", "maximise first_discharge_capacity"]
composites = design(cells, CELL_WISH, models=models, pool=POOL // 2, recipes=3, seed=SEED)
print(composites.sentence)
table(
    ["", *(get_property(n).label for n in WANTED[1:]), *composites.recipes[0].chances, "all"],
    [
        [r.number, *(f"{quantity(r.predictions[n].median, n)} ({interval(r.predictions[n])})" for n in WANTED[1:]),
         *(f"{c:.0%}" for c in r.chances.values()), f"{r.chance_of_all:.0%}"]
        for r in composites.recipes
    ],
)
show(figures.pareto(
    offer(cells, "maximise first_discharge_capacity, maximise capacity_retention", models, n=200 if QUICK else 800, seed=SEED),
    composites.recipes, called="recipe",
))

# %% [markdown]
# ## Your own measurements count
#
# Give what you measured and the models are corrected near it. Here two pellets came out three times lower than expected,
# as happens with wet argon or a leaking ampoule; the same wish becomes less likely. *These two values are made up, to
# show the effect.*

# %%
from surrogate.candidate.measurement import Measurement, Source

low = [
    Measurement(property="ionic_conductivity", value=r.predictions["ionic_conductivity"].median / 3, candidate=r.candidate,
                source=Source(row_id=f"mine-{r.number}", paper="my lab"))
    for r in answer.recipes[:2]
]
corrected = design(space, WISH, models=models, measurements=low, pool=POOL // 2, recipes=1, seed=SEED)
before = design(space, WISH, models=models, pool=POOL // 2, recipes=1, seed=SEED)
for when, found in (("before", before), ("after", corrected)):
    print(f"{when}: {'met' if found.met else 'not met'}, the likeliest recipe has a chance of {found.recipes[0].chance_of_all:.0%}")

# %% [markdown]
# ## A wider search
#
# The pool is refined around its best recipes. An evolutionary search (NSGA-II) may be put on top; where it finds nothing
# better, the pool was enough.

# %%
if not QUICK:
    wider = design(space, WISH, models=models, pool=POOL, recipes=4, seed=SEED, search="nsga2")
    print(f"pool:              {answer.searched} recipes looked at, best chance {answer.recipes[0].chance_of_all:.1%}")
    print(f"pool and NSGA-II:  {wider.searched} recipes looked at, best chance {wider.recipes[0].chance_of_all:.1%}")

# %% [markdown]
# The same on the command line: `surrogate design "ionic_conductivity >= 5 mS/cm" "process_time_h <= 24"
# "minimise process_time_h"`, and over HTTP: `POST /v1/design`.
