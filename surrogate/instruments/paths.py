"""Files of instruments by their paths, as people name them on a command line or in a script."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from surrogate.instruments.measuring import Details, Reading, measure
from surrogate.instruments.source import InstrumentFile, open_file


def is_written(text: str) -> bool:
    """Whether ``text`` is a resistance written out, such as ``R = 83 Ω, 0.95 mm, ⌀ 10 mm``, and no path."""
    states_ohm = "Ω" in text or "\u2126" in text or "ohm" in text.lower().split(",")[0]
    return (states_ohm or re.match(r"\s*R\s*=\s*[\d.]", text) is not None) and not Path(text).is_file()


def _open_all(texts: Sequence[str | Path]) -> tuple[list[InstrumentFile], list[str]]:
    """The files among ``texts``, opened, and the resistances that are written out."""
    written = [text for text in texts if isinstance(text, str) and is_written(text)]
    return [open_file(Path(text)) for text in texts if text not in written], written


def measure_files(
    *files: str | Path,
    thickness: str | None = None,
    diameter: str | None = None,
    area: str | None = None,
    mass: str | None = None,
    temperature: str | None = None,
    reference_cycle: int | None = None,
) -> Reading:
    """Read spectra of impedance and records of cyclers: values with their uncertainty and where they come from.

    Args:
        files: Paths, or resistances such as ``R = 83 Ω, 0.95 mm, ⌀ 10 mm``.
        thickness: Of the pellet, with its unit: ``0.95 mm``.
        diameter: Of the pellet: ``10.00 mm``.
        area: Of the pellet instead of its diameter: ``0.785 cm2``.
        mass: Of the active material: ``12.3 mg``.
        temperature: Of the one spectrum, where its file does not say it: ``25 °C``.
        reference_cycle: That retention is relative to, counted from 1.

    Raises:
        SurrogateError: In one sentence, for the first file that cannot be right.
    """
    opened, written = _open_all(files)
    details = Details(
        thickness=thickness, diameter=diameter, area=area, mass=mass, temperature=temperature,
        reference_cycle=reference_cycle,
    )  # fmt: skip
    return measure(opened, details, written)
