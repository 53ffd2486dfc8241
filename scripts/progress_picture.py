"""Draw how campaigns get on beside BayBE, Optuna and chance: ``python -m scripts.progress_picture STATE [STATE ...]``.

A STATE is the file in which ``python -m benchmarks.suggestion --only labs --state STATE`` keeps its runs; several are
taken together. Only seeds that every method has finished are drawn, so all met the same truths from the same starts.
The line is the median over seeds, the band its middle half. BayBE needs ``make peers``.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from benchmarks._labs import ASKS, STARTS
from benchmarks.suggestion import finished_runs
from surrogate.errors import Unavailable
from surrogate.report.figures.canvas import BLUE, GREY, ORANGE, VERMILION, canvas, heading, legend, save, title
from surrogate.text import counted

ROOT = Path(__file__).resolve().parents[1]
#: Scenarios that all methods meet, and what their truths are like.
DRAWN = {
    "rugged": "A rugged truth",
    "needle": "One combination of options is far better",
}
#: Name, colour and line of each method.
METHODS = {
    "ours": ("ours", BLUE, "-"),
    "baybe": ("BayBE", VERMILION, "--"),
    "tpe": ("Optuna TPE", ORANGE, "-."),
    "random": ("random", GREY, ":"),
}
#: Traces by scenario and method: a row of regrets per seed, (seeds, recipes).
Traces = dict[str, dict[str, NDArray[np.float64]]]


def read_traces(states: Sequence[Path]) -> tuple[Traces, int]:
    """Regret after each recipe, of the seeds that every method has finished in every scenario, and their number."""
    runs: dict[tuple[str, str], dict[int, list[float]]] = {}
    for state in states:
        for entry in finished_runs(state):
            part, scenario, method, seed = (*entry["key"], "", "", "")[:4]
            if part == "labs" and scenario in DRAWN and method in METHODS:
                runs.setdefault((scenario, method), {})[int(seed)] = entry["row"]["trace"]
    pairs = [(scenario, method) for scenario in DRAWN for method in METHODS]
    seeds = sorted(set.intersection(*(set(runs.get(key, {})) for key in pairs)))
    if not seeds:
        raise Unavailable(
            "No seed is finished by every method.",
            hint="Run 'make peers', then 'python -m benchmarks.suggestion --only labs', and give its --state.",
        )
    traces = {
        scenario: {method: np.array([runs[scenario, method][seed] for seed in seeds]) for method in METHODS}
        for scenario in DRAWN
    }
    return traces, len(seeds)


def draw(traces: Traces, seeds: int) -> Figure:
    """A panel per scenario: the best recipe so far, below the best of the space, against the number of recipes."""
    figure, panels = canvas(8.6, 3.9, columns=len(traces))
    recipes = np.arange(1, STARTS + ASKS + 1)
    for axes, (scenario, by_method) in zip(panels, traces.items(), strict=True):
        for method, regrets in by_method.items():
            name, colour, line = METHODS[method]
            low, middle, high = np.quantile(regrets, [0.25, 0.5, 0.75], axis=0)
            axes.fill_between(recipes, low, high, color=colour, alpha=0.13, linewidth=0)
            axes.plot(recipes, middle, color=colour, linestyle=line, linewidth=1.8, label=name)
        axes.axvline(STARTS + 0.5, color=GREY, linewidth=0.7)
        axes.annotate("same starts", (STARTS + 0.3, 0.02), xycoords=("data", "axes fraction"), ha="right", fontsize=7)
        axes.set(xlim=(1, recipes[-1]), ylim=(0.0, None), xlabel="Experiments made")
        title(axes, DRAWN[scenario])
    panels[0].set_ylabel("Best so far, decades below the best there is")
    legend(panels[-1], loc="upper right")
    heading(
        figure,
        f"Made-up truths, no prior, noise 0.1 decades: median and middle half of {counted(seeds, 'campaign')}",
    )
    return figure


def main() -> None:
    """Draw the picture, and print where it is."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("states", type=Path, nargs="+", help="files of finished runs")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "figures" / "progress.png")
    options = parser.parse_args()
    figure = draw(*read_traces(options.states))
    print(save(figure, options.out, dpi=110))


if __name__ == "__main__":
    main()
