"""What every figure shares: its canvas, colours and marks, axis labels with units, and the way to a file.

Figures are made without pyplot: no display, no global state, and nothing to close.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from surrogate.errors import Unavailable
from surrogate.properties import Property

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Array = NDArray[np.float64]

#: Okabe & Ito's colours (jfly.uni-koeln.de/color, 2008), which colour-blind readers can tell apart.
BLUE, VERMILION, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
ORANGE, SKY, BLACK = "#E69F00", "#56B4E9", "#000000"
GREY, PALE = "#7A7A7A", "#E8E8E8"
#: Light to dark in luminance alone as well as in hue, for printers and for every kind of colour vision.
COLOUR_MAP = "cividis"
DPI = 150
_FEW_DECADES = 2.2
_MOST_GROUPS = 6
#: Room around the values on an axis, as a share of their range.
_MARGIN = 0.06
#: Degrees from one numbered circle to the next, so that no two point the same way.
_FIRST_ANGLE, _GOLDEN_ANGLE = -80.0, 137.5


@dataclass(frozen=True, kw_only=True)
class Mark:
    """How a group is drawn."""

    colour: str
    marker: str


OTHERS = "others"
#: A family or chemistry looks the same in every figure.
MARKS: Mapping[str, Mark] = MappingProxyType(
    {
        "argyrodite": Mark(colour=BLUE, marker="o"),
        "LGPS-type": Mark(colour=VERMILION, marker="s"),
        "Li7P3S11-type": Mark(colour=GREEN, marker="^"),
        "Li3PS4-type": Mark(colour=PURPLE, marker="D"),
        "Li2S-P2S5": Mark(colour=ORANGE, marker="v"),
        "halide": Mark(colour=SKY, marker="P"),
        "sulfur": Mark(colour=ORANGE, marker="o"),
        "lithium sulfide": Mark(colour=VERMILION, marker="s"),
        "metal sulfide": Mark(colour=GREEN, marker="^"),
        "layered sulfide": Mark(colour=PURPLE, marker="D"),
        "layered oxide": Mark(colour=BLUE, marker="v"),
        "lithium-rich oxide": Mark(colour=SKY, marker="P"),
        OTHERS: Mark(colour=GREY, marker="X"),
    }
)
#: Trust tiers, best first.
TIER_COLOURS = MappingProxyType({"A": BLUE, "B": SKY, "C": ORANGE, "D": VERMILION, "": GREY})


def canvas(
    width: float, height: float, *, columns: int = 1, ratios: Sequence[float] | None = None
) -> tuple[Figure, list[Any]]:
    """Make an empty figure and its axes, side by side.

    Args:
        width: In inches.
        height: In inches.
        columns: How many axes.
        ratios: Of their widths.

    Raises:
        Unavailable: matplotlib is not installed.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise Unavailable(
            "Figures need matplotlib, which is not installed.",
            hint="Install it with: pip install 'sulfide-surrogate[report]'",
        ) from None
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.subplots(1, columns, squeeze=False, width_ratios=ratios)
    axes = list(grid.ravel())
    for ax in axes:
        # Thin frame, small text.
        ax.spines[["top", "right"]].set_visible(False)
        ax.tick_params(which="both", labelsize=8)
        for part in (ax.xaxis.label, ax.yaxis.label):
            part.set_size(9)
        ax.set_axisbelow(True)
    return figure, axes


def title(axes: Any, text: str, *, size: float = 9.5) -> None:
    """Write a title that begins where the axes begin.

    Args:
        axes: Of matplotlib.
        text: The title.
        size: In points.
    """
    axes.set_title(text, loc="left", fontsize=size)


def heading(figure: Figure, text: str, *, width: int = 110, size: float = 9.5) -> None:
    """Put a title over the whole figure.

    Args:
        figure: The figure.
        text: The title.
        width: Longest line, in characters.
        size: Of the letters, in points.
    """
    figure.suptitle(wrapped(text, width), x=0.01, ha="left", fontsize=size)


def logarithmic_axis(axis: Any, *, low: float, high: float) -> None:
    """Make an axis logarithmic, with plain numbers: decades, or 1-2-5 where they are few.

    Args:
        axis: Of matplotlib.
        low: Where it begins, above zero.
        high: Where it ends.
    """
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axes = axis.axes
    (axes.set_xscale if axis.axis_name == "x" else axes.set_yscale)("log")
    (axes.set_xlim if axis.axis_name == "x" else axes.set_ylim)(low, high)
    few = np.log10(high / low) < _FEW_DECADES
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if few else (1.0,), numticks=15))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def numbered(
    axes: Any, number: int, point: tuple[float, float], colour: str = BLACK, *, degrees: float | None = None
) -> None:
    """Draw a number in a circle with a line to its point; neighbours point to different sides.

    Args:
        axes: Where to draw.
        number: In the circle.
        point: (x, y) in data coordinates.
        colour: Of the rim.
        degrees: The side it stands on, where that is not left to the number.
    """
    angle = np.deg2rad(_FIRST_ANGLE + _GOLDEN_ANGLE * number if degrees is None else degrees)
    reach = 20.0 + 6.0 * (number % 3)
    axes.annotate(
        str(number), point, xytext=(reach * np.cos(angle), reach * np.sin(angle)), textcoords="offset points",
        fontsize=7.5, color=BLACK, zorder=6, ha="center", va="center",
        bbox={"boxstyle": "circle,pad=0.22", "facecolor": "white", "edgecolor": colour, "linewidth": 1.3},
        arrowprops={"arrowstyle": "-", "color": BLACK, "linewidth": 0.7, "shrinkA": 0, "shrinkB": 0},
    )  # fmt: skip
    axes.plot(*point, marker="o", markersize=3.5, color=BLACK, zorder=5)


def legend(axes: Any, **options: Any) -> None:
    """Draw a legend without a frame, in small text; nothing when there is nothing to say.

    Args:
        axes: Of matplotlib.
        options: Of its own legend.
    """
    if axes.get_legend_handles_labels()[1]:
        axes.legend(**{"fontsize": 7.5, "frameon": False, "handletextpad": 0.4, **options})


def png(figure: Figure, *, dpi: int = DPI) -> bytes:
    """A figure as a PNG, the same bytes for the same content.

    Args:
        figure: Drawn by a function of this package.
        dpi: Dots per inch.
    """
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=dpi, metadata={"Software": None})
    return stream.getvalue()


def save(figure: Figure, path: Path, *, dpi: int = DPI) -> Path:
    """Write a figure as a PNG, making its folder.

    Args:
        figure: Drawn by a function of this package.
        path: Where to.
        dpi: Dots per inch.

    Returns:
        The path.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(png(figure, dpi=dpi))
    return path


def axis_label(prop: Property, *, prefix: str = "", milli: bool = False) -> str:
    """Write the label of an axis: ``Ionic conductivity / S/cm``.

    Args:
        prop: What is drawn.
        prefix: Before its name, which is then in lower case.
        milli: Whether ionic conductivities are in mS/cm.
    """
    words = prop.label if not prefix else f"{prefix} {prop.label[0].lower()}{prop.label[1:]}"
    return f"{words} / {shown_unit(prop, milli=milli)}"


def shown_unit(prop: Property, *, milli: bool = False) -> str:
    """The unit on an axis: that which a chemist reads when ``milli``."""
    return prop.shown_unit if milli else prop.unit


def grouped(groups: Sequence[str]) -> dict[str, NDArray[np.bool_]]:
    """Up to six groups that have a mark of their own, the largest first, then all others; masks (n,)."""
    names = np.asarray(groups, dtype=object)
    sizes = {name: int((names == name).sum()) for name in dict.fromkeys(groups)}
    marked = sorted((name for name in sizes if name in MARKS), key=lambda name: -sizes[name])[:_MOST_GROUPS]
    members = {name: np.asarray(names == name, dtype=np.bool_) for name in marked}
    rest = ~np.isin(names.astype(str), marked)
    if rest.any():
        members[OTHERS] = rest
    return members


def mark(group: str) -> Mark:
    """How ``group`` is drawn."""
    return MARKS.get(group, MARKS[OTHERS])


def wrapped(text: str, width: int) -> str:
    """``text`` in lines of at most ``width`` characters."""
    import textwrap

    return "\n".join(textwrap.wrap(text, width, break_long_words=False)) or text


def span(values: Iterable[float], *, logarithmic: bool = False) -> tuple[float, float]:
    """Find limits of an axis that leave a little room around what is drawn.

    Args:
        values: What is drawn.
        logarithmic: Whether the axis is; values above zero count alone then.
    """
    usable = np.array([v for v in values if np.isfinite(v) and (v > 0 or not logarithmic)], dtype=float)
    if not len(usable):
        return (0.1, 1.0) if logarithmic else (0.0, 1.0)
    low, high = (np.log10(usable.min()), np.log10(usable.max())) if logarithmic else (usable.min(), usable.max())
    room = _MARGIN * max(high - low, 0.3 if logarithmic else 1e-9 + 0.05 * abs(high))
    return (float(10 ** (low - room)), float(10 ** (high + room))) if logarithmic else (low - room, high + room)
