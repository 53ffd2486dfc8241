"""Files of instruments as values of properties: spectra of impedance and records of cyclers, with where they come from.

:func:`measure` reads opened files, :func:`measure_files` those at paths.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from surrogate._lazy import lazy_names

if TYPE_CHECKING:
    from surrogate.instruments.cycler import Cycling
    from surrogate.instruments.measuring import Details, Reading, Value, measure
    from surrogate.instruments.paths import measure_files
    from surrogate.instruments.source import InstrumentFile, Origin, check_file, open_file
    from surrogate.instruments.spectra import Spectrum

__all__ = [
    "Cycling",
    "Details",
    "InstrumentFile",
    "Origin",
    "Reading",
    "Spectrum",
    "Value",
    "check_file",
    "measure",
    "measure_files",
    "open_file",
]

__getattr__, __dir__ = lazy_names(__name__)
