"""The two figures of ``docs/explanation/simulator.md``: ``python -m benchmarks.simulator --figures docs/figures``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks._simulator_papers import CHARGE, ELECTRONIC, IONIC, conductivity, make_electrolyte, titanium_cell
from surrogate.candidate.recipe import Route

# Okabe and Ito's colours, told apart by colour-blind readers.
_BLUE, _ORANGE, _GREEN, _RED, _SKY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9"


def draw(folder: Path) -> list[Path]:
    """Draw both figures into ``folder``, which is there, as SVG; returns their paths."""
    import matplotlib as mpl

    mpl.use("Agg")
    settings: Any = {"svg.hashsalt": "simulator", "font.size": 9, "axes.spines.top": False}
    with mpl.rc_context(settings):
        return [_heat(folder), _milling(folder)]


def _save(figure: Any, path: Path) -> Path:
    import matplotlib.pyplot as plt

    figure.savefig(path, metadata={"Date": None}, bbox_inches="tight")
    plt.close(figure)
    return path


def _heat(folder: Path) -> Path:
    """Ionic conductivity over heat-treatment temperature, with the published points."""
    import matplotlib.pyplot as plt

    series = [
        (
            "Li$_{6.5}$P$_{0.5}$Ge$_{0.5}$S$_5$I, solution",
            "Li6.5P0.5Ge0.5S5I",
            Route.SOLUTION,
            5.0,
            30.0,
            _BLUE,
            ((180, 0.50), (550, 6.5)),
        ),
        ("Li$_6$PS$_5$I, solution", "Li6PS5I", Route.SOLUTION, 5.0, 30.0, _ORANGE, ((180, 0.092), (550, 0.0061))),
        (
            "Li$_6$PS$_5$Cl, milled",
            "Li6PS5Cl",
            Route.MECHANICAL_MILLING,
            5.0,
            25.0,
            _GREEN,
            ((450, 4.1), (550, 1.1), (550, 2.6), (550, 3.23), (550, 4.73)),
        ),
        (
            "70Li$_2$S-30P$_2$S$_5$ glass",
            "70Li2S-30P2S5",
            Route.MECHANICAL_MILLING,
            1.0,
            25.0,
            _RED,
            ((240, 3.2), (360, 3.2), (360, 4.1)),
        ),
        ("75Li$_2$S-25P$_2$S$_5$ glass", "75Li2S-25P2S5", Route.MECHANICAL_MILLING, 1.0, 30.0, _SKY, ((243, 1.0),)),
    ]
    grid = np.arange(120.0, 601.0, 8.0)
    figure, axis = plt.subplots(figsize=(6.2, 4.0))
    for label, formula, route, hours, at, colour, points in series:
        mill = 20.0 if route is Route.MECHANICAL_MILLING else None
        values = [
            1e3 * conductivity(make_electrolyte(formula, route=route, mill_h=mill, heat_c=float(t), heat_h=hours), at)
            for t in grid
        ]
        axis.plot(grid, values, color=colour, label=label)
        axis.plot(*zip(*points, strict=True), "o", color=colour, markeredgecolor="black", markersize=5)
    axis.set(yscale="log", xlabel="Heat-treatment temperature / °C", ylabel="Ionic conductivity / mS cm$^{-1}$")
    axis.set_title("Lines: simulated; circles: published", fontsize=9)
    axis.legend(frameon=False, fontsize=7.5, loc="lower left")
    return _save(figure, folder / "simulator-heat-treatment.svg")


def _milling(folder: Path) -> Path:
    """First charge capacity and conductivities of TiS2 electrodes over milling time, with the published points."""
    import matplotlib.pyplot as plt

    grid = np.linspace(0.0, 27.0, 28)
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.4, 3.4), layout="constrained")
    lines = [
        ("ratio 0.5, 1.5–3.0 V", 0.5, 1.5, _BLUE, ((0, 220), (3, 285), (9, 416))),
        ("ratio 0.5, 1.0–3.0 V", 0.5, 1.0, _ORANGE, ((9, 837),)),
        ("ratio 1.0, 1.5–3.0 V (held out)", 1.0, 1.5, _SKY, ((27, 442),)),
        ("ratio 1.0, 1.0–3.0 V (held out)", 1.0, 1.0, _RED, ((27, 909),)),
    ]
    for label, ratio, low, colour, points in lines:
        left.plot(grid, [getattr(titanium_cell(float(t), ratio, low), CHARGE) for t in grid], color=colour, label=label)
        left.plot(*zip(*points, strict=True), "o", color=colour, markeredgecolor="black", markersize=5)
    left.set(xlabel="Milling time / min", ylabel="First charge capacity / mAh g$^{-1}$ TiS$_2$", ylim=(0, None))
    left.legend(frameon=False, fontsize=7)
    for label, name, colour, measured in (
        ("electronic", ELECTRONIC, _GREEN, ((0.0, 12.0), (9.0, 0.70))),
        ("ionic", IONIC, _BLUE, ((0.0, 1.4e-4), (9.0, 8.7e-5))),
    ):
        right.plot(grid, [getattr(titanium_cell(float(t)), name) for t in grid], color=colour, label=label)
        right.plot(*zip(*measured, strict=True), "o", color=colour, markeredgecolor="black", markersize=5)
    right.set(yscale="log", xlabel="Milling time / min", ylabel="Conductivity of the electrode / S cm$^{-1}$")
    right.legend(frameon=False, fontsize=7)
    return _save(figure, folder / "simulator-milling.svg")
