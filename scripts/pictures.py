"""The pictures of the documentation, from the models in ``models/`` or of the package.

python -m scripts.pictures [--models FOLDER]

Writes ``docs/figures/*.png``; the same models and data give the same bytes.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from surrogate.candidate.settings import build
from surrogate.datasets import load
from surrogate.models import Surrogate, load_models
from surrogate.planner.suggest import suggest
from surrogate.properties import Subject
from surrogate.report import figures
from surrogate.report.figures.goals import offer
from surrogate.space.ready import ready

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ROOT = Path(__file__).resolve().parents[1]
SEED = 0
DPI = 110
OBJECTIVE = "maximise ionic_conductivity, process_time_h <= 24"
TRADE_OFF = "maximise ionic_conductivity, minimise process_time_h"
ARGYRODITE: dict[str, float | str] = {
    "electrolyte": "Li5.5PS4.5Cl1.5", "route": "mechanical_milling", "milling_time_h": 15.0,
    "milling_speed_rpm": 500.0, "heat_treatment_temperature_c": 500.0, "heat_treatment_time_h": 8.0,
    "temperature_c": 25.0,
}  # fmt: skip


def draw(models: Mapping[str, Surrogate], folder: Path) -> list[Path]:
    """Draw all pictures into ``folder``; their paths."""
    conductivity, measured = models["ionic_conductivity"], load("ionic_conductivity")
    material = build(ARGYRODITE, Subject.ELECTROLYTE)
    space = ready("argyrodite")
    batch = suggest(space, OBJECTIVE, models=models, batch=4, seed=SEED, planner="analytic", min_distance=0.4)
    front = figures.pareto(offer(space, TRADE_OFF, models, seed=SEED), batch.suggestions)
    area = figures.domain_map(conductivity, [material], batch.candidates)
    pictures = {"trade-off": front, "domain": area, "data": figures.data_overview(measured)}
    return [_save(picture, folder / f"{name}.png") for name, picture in pictures.items()]


def _save(figure: Figure, path: Path) -> Path:
    """A picture in few colours, which make a small file."""
    from PIL import Image

    page = Image.open(io.BytesIO(figures.png(figure, dpi=DPI))).convert("RGB")
    path.parent.mkdir(parents=True, exist_ok=True)
    page.quantize(128).save(path, optimize=True)
    return path


def main() -> None:
    """Draw them, and print where they are."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--models", type=Path, help="folder of models (default: models/, or else those of the package)")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "figures")
    options = parser.parse_args()
    for path in draw(load_models(options.models), options.out):
        print(path)


if __name__ == "__main__":
    main()
