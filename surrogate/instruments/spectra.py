"""Spectra of impedance from BioLogic (.mpt, .mpr), Gamry (.DTA), ZPlot (.z), VersaStudio (.par) and other texts.

The texts are small and open, and the permissive reader of them (impedance.py) neither checks units nor files that are
cut short; so they are read here, strictly. Inside, Z″ has the sign of physics: negative where it is capacitive.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from surrogate.errors import InvalidInput
from surrogate.instruments.biologic import read_columns
from surrogate.instruments.source import (
    MAX_NAME,
    FloatArray,
    Header,
    InstrumentFile,
    Origin,
    read_number,
    read_number_rows,
)
from surrogate.physics.parameters.universal import ZERO_CELSIUS_K
from surrogate.text import counted
from surrogate.units import convert

MIN_POINTS = 8
#: How many lines of settings stand above a spectrum at most, and how many between its names and its records.
_MAX_SETTINGS, _MAX_GAP = 500, 6
_NAMES = ("f", "re", "im")
_TEMPERATURE = re.compile(r"(?<![A-Za-z0-9.])(-?\d{1,3}(?:\.\d+)?)\s?(?:°C|degC|C)(?![A-Za-z0-9])")
_FREQUENCY = re.compile(r"\b(?:f|freq\w*)\b", re.IGNORECASE)
_REAL = re.compile(r"(?:re\W*z|z'|z′|z[_ ]?re\w*|real)", re.IGNORECASE)
_IMAGINARY = re.compile(r"(?P<minus>[-−]|neg\w*\s*)?\s*(?:im\W*z|z''|z\"|z″|z[_ ]?im\w*|imag\w*)", re.IGNORECASE)
_KELVIN = re.compile(r"(?<![A-Za-z0-9.])(\d{3}(?:\.\d+)?)\s?K(?![A-Za-z0-9])")
#: In °C. What is hotter in the name of a file is where the pellet was annealed, not where it was measured.
_COLDEST, _HOTTEST = -200.0, 300.0
#: Ω cm² and Ω cm: the area or the shape of the pellet is in them already.
_NORMALISED = re.compile(r"(?:ohms?|Ω|\u2126)\W*[cm]?m(?![a-z])", re.IGNORECASE)
_UNIT_IN_WORDS = re.compile(r"(?<![A-Za-z])([kMGmµ\u03bc]?(?:[Oo]hms?|Ω|Hz))(?![A-Za-z])")
_UNIT = re.compile(r"[/\[(]\s*([A-Za-zΩµ\u03bc°]+)\s*[\])]?\s*$")


@dataclass(frozen=True, kw_only=True)
class Spectrum:
    """Impedance in Ω over frequency in Hz, from high to low; ``temperature_c`` is ``None`` where nothing says it."""

    frequency_hz: FloatArray
    impedance_ohm: np.ndarray
    origin: Origin
    temperature_c: float | None = None


def is_spectrum(file: InstrumentFile) -> bool:
    """Whether the file speaks of impedance; what is no text does not."""
    if file.ending in (".dta", ".z", ".par"):
        return True
    if file.ending not in (".mpt", ".mpr", ".csv", ".txt", ".tsv"):
        return False
    if file.ending == ".mpr":
        return "freq/Hz" in read_columns(file).names
    head = file.content[:200_000]
    wide = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if not wide and b"\0" in head[:200]:
        return False
    text = head.decode("utf-16", "ignore") if wide else head.decode("latin-1")
    if file.ending == ".mpt":
        return "freq/Hz" in text
    lines = text.splitlines()
    return _find_columns(lines, file.name) is not None or any(
        _FREQUENCY.match(name) or _IMAGINARY.match(name) for name in Header.of(lines).cells
    )


def read_spectrum(file: InstrumentFile) -> Spectrum:
    """The spectrum in ``file``; :class:`InvalidInput` in one sentence for what is none."""
    readers: Mapping[str, Callable[[InstrumentFile], Spectrum]] = {
        ".mpt": _read_biologic, ".mpr": _read_biologic, ".dta": _read_gamry,
    }  # fmt: skip
    spectrum = readers.get(file.ending, _read_plain)(file)
    return _with_temperature(_order_by_frequency(spectrum), file)


def _read_biologic(file: InstrumentFile) -> Spectrum:
    table = read_columns(file)
    spectral = ("freq/Hz", "Re(Z)/Ohm", "-Im(Z)/Ohm")
    for name in spectral:
        if name not in table.names:
            raise InvalidInput(
                f"'{file.name}' has no column '{name}'.", hint="Export it as text from an EIS technique."
            )
    f, re_z, minus_im = table.take(spectral)
    return _make_spectrum(file, f, re_z, -minus_im, table.instrument, table.software)


def _read_gamry(file: InstrumentFile) -> Spectrum:
    lines = file.text().splitlines()
    if not lines or lines[0].strip() != "EXPLAIN":
        raise InvalidInput(f"'{file.name}' is no file of Gamry Framework.", hint="Its first line is EXPLAIN.")
    place = next((n for n, line in enumerate(lines) if line.startswith("ZCURVE")), None)
    if place is None or place + 3 > len(lines):
        raise InvalidInput(f"'{file.name}' holds no spectrum of impedance (ZCURVE).", hint="Give an EIS experiment.")
    names = lines[place + 1].split()
    if not {"Freq", "Zreal", "Zimag"} <= set(names):
        raise InvalidInput(f"The table ZCURVE of '{file.name}' lacks Freq, Zreal or Zimag.", hint="Export it again.")
    places = [names.index(name) for name in ("Freq", "Zreal", "Zimag")]
    begin = place + 3
    # The next object of the file begins at the left margin.
    end = next((n for n in range(begin, len(lines)) if lines[n].strip() and not lines[n][0].isspace()), len(lines))
    data = read_number_rows(lines[begin:end], None, places, file.name, begin + 1)
    facts = {cells[0]: cells[2] for line in lines if len(cells := line.split("\t")) > 2}
    f, re_z, im_z = data.T
    instrument = f"Gamry {facts.get('PSTAT', '')}".strip()
    software = f"Framework {facts.get('FRAMEWORKVERSION', '')}".strip()
    spectrum = _make_spectrum(file, f, re_z, im_z, instrument, software)
    if facts.get("EXPERIMENTABORTED") == "T":
        return replace(spectrum, origin=spectrum.origin.assuming("the experiment was aborted"))
    return spectrum


@dataclass(frozen=True, kw_only=True)
class _Layout:
    """Where the columns of a spectrum stand in a text: the line of the first record, and place and factor by role."""

    first: int
    separator: str | None
    roles: Mapping[str, tuple[int, float]]
    headless: bool = False


def _read_plain(file: InstrumentFile) -> Spectrum:
    """Any text with a line that names frequency, Z′ and Z″, or with these three columns alone."""
    lines = file.text().splitlines()
    columns = _find_columns(lines, file.name)
    if columns is None:
        raise InvalidInput(
            f"'{file.name}' has no columns of frequency, Z′ and Z″.", hint="Name them 'f / Hz', 'Z′ / Ω' and 'Z″ / Ω'."
        )
    # VersaStudio goes on with the markup of its windows.
    end = next((n for n in range(columns.first, len(lines)) if lines[n].startswith("<")), len(lines))
    places = [place for place, _ in columns.roles.values()]
    data = read_number_rows(lines[columns.first : end], columns.separator, places, file.name, columns.first + 1)
    f, re_z, im_z = (data[:, n] * factor for n, (_, factor) in enumerate(columns.roles.values()))
    spectrum = _make_spectrum(file, f, re_z, im_z)
    if columns.headless:
        note = "the columns are not named and were taken as f / Hz, Z′ / Ω and Z″ / Ω"
        spectrum = replace(spectrum, origin=spectrum.origin.assuming(note))
    if np.median(np.sign(im_z)) > 0.0:  # no pellet is an inductor at most of its frequencies
        turned = "Z″ is positive throughout and was read as −Z″"
        return replace(spectrum, impedance_ohm=np.conj(spectrum.impedance_ohm), origin=spectrum.origin.assuming(turned))
    return spectrum


def _find_columns(lines: Sequence[str], file: str) -> _Layout | None:
    """The first line of a text that names all three columns; instruments write pages of settings above it."""
    for place, line in enumerate(lines[:_MAX_SETTINGS]):
        if not _FREQUENCY.search(line):
            continue
        roles = _assign_roles(_split_header(line), file)
        if roles is None:
            continue
        for first in range(place + 1, min(place + _MAX_GAP, len(lines))):
            separator = _find_separator(lines[first])
            if _is_numeric(lines[first], separator):
                return _Layout(first=first, separator=separator, roles=roles)
        return _Layout(first=place + 1, separator=_find_separator(line), roles=roles)
    return _guess_layout(lines)


def _guess_layout(lines: Sequence[str]) -> _Layout | None:
    """Three columns of numbers without names, of which the first runs over decades one way, as frequencies do."""
    first = next((n for n, line in enumerate(lines) if line.strip()), None)
    if first is None or not _is_numeric(lines[first], separator := _find_separator(lines[first])):
        return None
    rows = [line.split(separator) for line in lines[first:] if line.strip()]
    if len(rows) < MIN_POINTS or any(len(cells) != 3 for cells in rows[:-1]):
        return None
    try:
        f = np.array([read_number(cells[0]) for cells in rows])
    except ValueError:
        return None
    one_way = (np.diff(f) > 0.0).all() or (np.diff(f) < 0.0).all()
    if not one_way or not f.min() > 0.0 or f.max() < 100.0 * f.min():
        return None
    return _Layout(first=first, separator=separator, roles={n: (i, 1.0) for i, n in enumerate(_NAMES)}, headless=True)


def _split_header(line: str) -> list[str]:
    """The names in a header: separated as a table is, or, in a comment or a quote, by two blanks or more."""
    plain = line.strip().lstrip("#%").strip()
    separator = _find_separator(plain)
    cells = plain.split(separator) if separator else re.split(r"\s{2,}", plain.strip('"').strip())
    return [cell.strip().strip('"').strip() for cell in cells]


def _find_separator(line: str) -> str | None:
    return next((sign for sign in "\t;," if line.count(sign) > 1), None)


def _is_numeric(line: str, separator: str | None) -> bool:
    cells = [cell for cell in line.split(separator) if cell.strip()]
    try:
        return len(cells) >= 3 and all(np.isfinite(read_number(cell)) for cell in cells[:3])
    except ValueError:
        return False


def _assign_roles(cells: Sequence[str], file: str) -> dict[str, tuple[int, float]] | None:
    """Place and factor of frequency, Z′ and Z″ among the names of a header; ``None`` where one is missing."""
    roles: dict[str, tuple[int, float]] = {}
    for place, name in enumerate(cells):
        if len(name) > MAX_NAME:
            continue
        imaginary = _IMAGINARY.match(name)
        if _FREQUENCY.match(name):
            roles.setdefault("f", (place, _find_factor(name, "Hz", file)))
        elif imaginary is not None:
            roles.setdefault("im", (place, (-1.0 if imaginary["minus"] else 1.0) * _find_factor(name, "ohm", file)))
        elif _REAL.match(name):
            roles.setdefault("re", (place, _find_factor(name, "ohm", file)))
    return {name: roles[name] for name in _NAMES} if set(roles) == set(_NAMES) else None


def _find_factor(header: str, unit: str, file: str) -> float:
    if _NORMALISED.search(header):
        raise InvalidInput(
            f"'{header}' of '{file}' is no resistance: an area or a length is in its unit.",
            hint="Export Z in Ω; thickness and diameter are asked for here.",
        )
    plain = unicodedata.normalize("NFKC", header)  # which has one sign for ohm, and one for micro
    stated = _UNIT.search(plain) or _UNIT_IN_WORDS.search(plain)
    if stated is None or stated[1] in ("a", "b"):  # ZPlot calls the two parts of Z (a) and (b)
        return 1.0
    return convert(1.0, re.sub("ohms?", "ohm", stated[1], flags=re.IGNORECASE), unit, name=f"'{header}' of '{file}'")


def _make_spectrum(file: InstrumentFile, f: FloatArray, re_z: FloatArray, im_z: FloatArray, *maker: str) -> Spectrum:
    z = np.empty(len(f), complex)
    z.real, z.imag = re_z, im_z  # a sum with 1j would warn of what is not finite
    return Spectrum(frequency_hz=f, impedance_ohm=z, origin=file.origin(*maker))


def _order_by_frequency(spectrum: Spectrum) -> Spectrum:
    """The finite points from high to low frequency, without those of negative Z′, which no pellet has."""
    f, z = spectrum.frequency_hz, spectrum.impedance_ohm
    name = spectrum.origin.file
    usable = np.isfinite(f) & np.isfinite(z) & (f > 0.0)
    if usable.sum() < MIN_POINTS:
        raise InvalidInput(
            f"'{name}' has {usable.sum()} frequencies; a spectrum has {MIN_POINTS} at least.", hint="Give all of it."
        )
    order = np.argsort(-f[usable], kind="stable")
    f, z = f[usable][order], z[usable][order]
    if np.median(z.real) <= 0.0:
        raise InvalidInput(f"Z′ of '{name}' is negative, which no pellet has.", hint="Are the columns exchanged?")
    if len(np.unique(f)) < len(f):
        raise InvalidInput(f"'{name}' holds several spectra in one.", hint="Export each into a file of its own.")
    passive = z.real > 0.0
    origin = spectrum.origin
    if not passive.all():
        left_out = counted(int((~passive).sum()), "point")
        origin = origin.assuming(f"{left_out} with negative Z′ left out")
    return replace(spectrum, frequency_hz=f[passive], impedance_ohm=z[passive], origin=origin)


def _with_temperature(spectrum: Spectrum, file: InstrumentFile) -> Spectrum:
    """``spectrum`` with the temperature in the name of its file, where there is one and no other."""
    name = file.name.replace("_", " ")
    stated = [(float(number), f"{number} °C") for number in _TEMPERATURE.findall(name)]
    stated += [(round(float(number) - ZERO_CELSIUS_K, 2), f"{number} K") for number in _KELVIN.findall(name)]
    stated = [(celsius, words) for celsius, words in stated if _COLDEST <= celsius <= _HOTTEST]
    if len(stated) != 1:
        return spectrum
    celsius, words = stated[0]
    sentence = f"temperature {words} taken from the name of the file"
    return replace(spectrum, temperature_c=celsius, origin=spectrum.origin.assuming(sentence))
