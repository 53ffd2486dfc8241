"""A figure of what instruments recorded: a spectrum with its fit, the voltage of a cell over charge."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surrogate.errors import InvalidInput
from surrogate.instruments.capacities import find_cycles, integrated_mah
from surrogate.instruments.circuit import Fit, fit_circuit
from surrogate.instruments.cycler import Cycling, read_cycling
from surrogate.instruments.measuring import Reading
from surrogate.instruments.source import InstrumentFile
from surrogate.instruments.spectra import Spectrum, is_spectrum, read_spectrum
from surrogate.report.figures.canvas import BLUE, VERMILION, canvas, legend, title

if TYPE_CHECKING:
    from matplotlib.figure import Figure


#: Width and height of a panel in inches.
_PANEL = (4.6, 3.6)


def look_at(files: Sequence[InstrumentFile]) -> Reading:
    """What files recorded, without values: what can be drawn where neither mass nor pellet is known."""
    spectra = [read_spectrum(file) for file in files if is_spectrum(file)]
    cycling = [read_cycling(file) for file in files if not is_spectrum(file)]
    return Reading(values=(), spectra=tuple((s, fit_circuit(s)) for s in spectra), cycling=tuple(cycling))


def figure_of(reading: Reading) -> Figure:
    """Spectra with their fits in one panel, and for each record of cycling voltage over charge, and its capacities.

    Raises :class:`InvalidInput` where there is nothing to draw, :class:`Unavailable` without matplotlib.
    """
    panels = (1 if reading.spectra else 0) + 2 * len(reading.cycling)
    if not panels:
        raise InvalidInput("There is no file to draw.", hint="Leave out --figure.")
    figure, axes = canvas(_PANEL[0] * panels, _PANEL[1], columns=panels)
    if reading.spectra:
        _draw_spectra(axes.pop(0), reading.spectra)
    for cycling, left, right in zip(reading.cycling, axes[::2], axes[1::2], strict=True):
        left.plot(integrated_mah(cycling), cycling.voltage_v, linewidth=0.8, color=BLUE)
        left.set(xlabel="Charge / mAh", ylabel="Voltage / V")
        title(left, cycling.origin.file)
        _draw_capacities(right, cycling)
    return figure


def _draw_spectra(axes: Any, spectra: Sequence[tuple[Spectrum, Fit]]) -> None:
    """Nyquist's plane with one scale on both axes, which shows arcs as arcs: points as measured, lines as fitted."""
    for spectrum, fit in spectra:
        z, at = spectrum.impedance_ohm, spectrum.temperature_c
        name = spectrum.origin.file if at is None or len(spectra) == 1 else f"{at:g} °C"
        (points,) = axes.plot(z.real, -z.imag, "o", markersize=3, label=name)
        colour = points.get_color()
        axes.plot(fit.curve_ohm.real, -fit.curve_ohm.imag, "-", linewidth=1.1, color=colour)
        axes.plot(fit.total_ohm, 0.0, "|", markersize=14, markeredgewidth=1.6, color=colour)
    reach = max(1.6 * fit.total_ohm for _, fit in spectra)
    axes.set(xlabel="Z′ / Ω", ylabel="−Z″ / Ω", xlim=(0.0, reach), ylim=(0.0, reach))
    axes.set_aspect("equal")
    title(axes, "Measured, fitted, and the total resistance (|)")
    legend(axes)


def _draw_capacities(axes: Any, cycling: Cycling) -> None:
    """Charge and discharge of every cycle."""
    cycles, _ = find_cycles(cycling)
    for half, colour, marker in (("charge", VERMILION, "^"), ("discharge", BLUE, "v")):
        shown = [(cycle.number, part.capacity_mah) for cycle in cycles if (part := getattr(cycle, half)) is not None]
        if shown:
            number, capacity = zip(*shown, strict=True)
            axes.plot(number, capacity, linestyle="", marker=marker, markersize=4, color=colour, label=half)
    axes.xaxis.get_major_locator().set_params(integer=True)
    largest = max(half.capacity_mah for cycle in cycles for half in cycle.halves)
    axes.set(xlabel="Cycle", ylabel="Capacity / mAh", ylim=(0.0, 1.08 * largest))
    legend(axes, loc="lower left")


def draw(reading: Reading, path: Path) -> Path:
    """Write the figure of a reading to a file.

    Args:
        reading: Of files of instruments.
        path: Ends in .png, .svg or .pdf.

    Returns:
        The path.

    Raises:
        InvalidInput: The ending is none of a picture, the file cannot be written, or there is nothing to draw.
    """
    if path.suffix.lower() not in (".png", ".svg", ".pdf"):
        raise InvalidInput(f"'{path}' is no name for a figure.", hint="End it in .png, .svg or .pdf.")
    figure = figure_of(reading)
    try:
        figure.savefig(path, dpi=150)
    except OSError as error:
        raise InvalidInput(f"'{path}' cannot be written: {error.strerror}.", hint="Choose another name.") from None
    return path
