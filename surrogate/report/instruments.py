"""A figure of what instruments recorded: a spectrum with its fit, the voltage of a cell over charge."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from surrogate.errors import InvalidInput, Unavailable
from surrogate.instruments.capacities import integrated_mah
from surrogate.instruments.measuring import Reading

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def figure_of(reading: Reading) -> Figure:
    """One panel for all spectra and one for each record of cycling; raises :class:`Unavailable` without matplotlib."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise Unavailable("A figure needs matplotlib.", hint="pip install 'sulfide-surrogate[report]'.") from None
    panels = (1 if reading.spectra else 0) + len(reading.cycling)
    if not panels:
        raise InvalidInput("There is no file to draw.", hint="Leave out --figure.")
    figure = Figure(figsize=(5.2 * panels, 4.0), layout="constrained")
    axes = list(figure.subplots(1, panels, squeeze=False)[0])
    if reading.spectra:
        axis = axes.pop(0)
        for spectrum, fit in reading.spectra:
            z = spectrum.impedance_ohm
            points = axis.plot(z.real, -z.imag, "o", markersize=3, label=spectrum.origin.file)[0]
            axis.plot(fit.curve_ohm.real, -fit.curve_ohm.imag, "-", color=points.get_color())
        reach = max(2.0 * fit.total_ohm for _, fit in reading.spectra)
        axis.set(xlabel="Z′ / Ω", ylabel="−Z″ / Ω", xlim=(0.0, reach), ylim=(0.0, reach))
        axis.set_aspect("equal")
        axis.legend(fontsize=7)
    for axis, cycling in zip(axes, reading.cycling, strict=True):
        axis.plot(integrated_mah(cycling), cycling.voltage_v, linewidth=0.8)
        axis.set(xlabel="Charge / mAh", ylabel="Voltage / V", title=cycling.origin.file)
    return figure


def draw(reading: Reading, path: Path) -> Path:
    """Write the figure to ``path``; :class:`InvalidInput` for an ending that no picture has."""
    if path.suffix.lower() not in (".png", ".svg", ".pdf"):
        raise InvalidInput(f"'{path}' is no name for a figure.", hint="End it in .png, .svg or .pdf.")
    figure = figure_of(reading)
    try:
        figure.savefig(path, dpi=150)
    except OSError as error:
        raise InvalidInput(f"'{path}' cannot be written: {error.strerror}.", hint="Choose another name.") from None
    return path
