"""A table in which the furnace decides about one property and nothing about the other.

Forty made-up papers heat three argyrodites. The conductivity rises with the temperature of the furnace by far more than
papers differ; activation energies are drawn at random. So a small forest surely beats every baseline on the one and
none on the other, within seconds.
"""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np

from surrogate.datasets import DATA
from training.data import template

PAPERS, ROWS, SEED = 40, 3, 3
#: Settings of the forest that learns from them; the simulator would take longer than the forest.
SETTINGS = "physics = false\n\n[hyperparameters.tree_ensemble]\nn_trees = 20\n"


def prepare(working: Path) -> None:
    """Put the folder ``tables`` and the settings ``quick.toml`` into the folder ``working``."""
    (working / "quick.toml").write_text(SETTINGS, "utf-8")
    write_tables(working / "tables")


def write_tables(folder: Path) -> Path:
    """Write the tables into ``folder``, which is made."""
    described = json.loads((DATA / "datapackage.json").read_text("utf-8"))
    (own,) = (r for r in described["resources"] if r["name"] == "electrolytes")
    own.pop("hash", None)
    table = folder / own["path"]
    table.parent.mkdir(parents=True)
    (folder / "datapackage.json").write_text(json.dumps({**described, "resources": [own]}), "utf-8")
    rows = list(_rows())
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return folder


def _rows():
    (example,) = csv.DictReader(io.StringIO(template("electrolytes")))
    rng = np.random.default_rng(SEED)
    for paper in range(PAPERS):
        shift = rng.normal(0.0, 0.25)
        formula = ("Li6PS5Cl", "Li5.5PS4.5Cl1.5", "Li6PS5Br")[paper % 3]
        for number, celsius in enumerate(np.linspace(150.0, 550.0, ROWS)):
            decades = -5.0 + (celsius - 150.0) / 160.0 + shift + rng.normal(0.0, 0.1)
            name = f"10.5555/furnace.{paper}"
            yield {
                **example,
                "record_id": f"F{paper:02}-{number}",
                "composition": formula,
                "composition_normalized": formula,
                "milling_time_h": f"{rng.uniform(2.0, 30.0):.1f}",
                "heat_treatment_temperature_C": f"{celsius:.0f}",
                "ionic_conductivity_S_cm": f"{10.0**decades:.4g}",
                "activation_energy_eV": f"{rng.normal(0.35, 0.05):.3f}",
                "doi": name,
                "paper": name,
                "paper_group": name,
            }
