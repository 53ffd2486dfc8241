"""Spectra of impedance from BioLogic text (.mpt), Gamry (.DTA) and plain CSV.

Both texts are small and open, and the permissive reader of them (impedance.py) neither checks units nor files that are
cut short; so they are read here, strictly. Inside, Z″ has the sign of physics: negative where it is capacitive.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from surrogate.errors import InvalidInput
from surrogate.instruments.source import FloatArray, Header, InstrumentFile, Origin, number_rows
from surrogate.units import convert

MIN_POINTS = 8
_TEMPERATURE = re.compile(r"(?<![A-Za-z0-9.])(-?\d{1,3}(?:\.\d+)?)\s?(?:°C|degC|C)(?![A-Za-z0-9])")
_FREQUENCY = re.compile(r"(?:f|freq\w*)\b", re.IGNORECASE)
_REAL = re.compile(r"(?:re\W*z|z'|z′|z_?re\w*|zreal|z_real|real)", re.IGNORECASE)
_IMAGINARY = re.compile(r"(?P<minus>[-−]|neg\w*\s*)?\s*(?:im\W*z|z''|z\"|z″|z_?im\w*|zimag|imag\w*)", re.IGNORECASE)
_UNIT = re.compile(r"[/\[(]\s*([A-Za-zΩµ°]+)\s*[\])]?\s*$")


@dataclass(frozen=True, kw_only=True)
class Spectrum:
    """Impedance in Ω over frequency in Hz, from high to low; ``temperature_c`` is ``None`` where nothing says it."""

    frequency_hz: FloatArray
    impedance_ohm: np.ndarray
    origin: Origin
    temperature_c: float | None = None


def is_spectrum(file: InstrumentFile) -> bool:
    """Whether the file speaks of impedance; what is no text does not."""
    if file.ending == ".dta":
        return True
    head = file.content[:200_000]
    if b"\0" in head[:200]:
        return False
    text = head.decode("latin-1")
    if file.ending == ".mpt":
        return "freq/Hz" in text
    return any(_FREQUENCY.match(name) for name in Header.of(text.splitlines()).cells)


def read_spectrum(file: InstrumentFile) -> Spectrum:
    """The spectrum in ``file``; :class:`InvalidInput` in one sentence for what is none."""
    readers: Mapping[str, Callable[[InstrumentFile], Spectrum]] = {".mpt": _biologic, ".dta": _gamry}
    spectrum = readers.get(file.ending, _plain)(file)
    return _with_temperature(_in_order(spectrum), file)


def _biologic(file: InstrumentFile) -> Spectrum:
    header, rows, start = biologic_lines(file)
    names = header.split("\t")
    data = number_rows(rows, "\t", len([name for name in names if name.strip()]), file.name, start)
    columns = {name.strip(): place for place, name in enumerate(names)}
    spectral = ("freq/Hz", "Re(Z)/Ohm", "-Im(Z)/Ohm")
    for name in spectral:
        if name not in columns:
            raise InvalidInput(
                f"'{file.name}' has no column '{name}'.", hint="Export it as text from an EIS technique."
            )
    f, re_z, minus_im = (data[:, columns[name]] for name in spectral)
    return _spectrum(file, f, re_z, -minus_im, *biologic_maker(file.text()))


def biologic_lines(file: InstrumentFile) -> tuple[str, Sequence[str], int]:
    """Header, records and the number of the first record in a text of EC-Lab or BT-Lab."""
    lines = file.text().splitlines()
    if not lines or not lines[0].startswith(("EC-Lab ASCII FILE", "BT-Lab ASCII FILE")):
        raise InvalidInput(f"'{file.name}' is no text export of EC-Lab.", hint="Export it as text (.mpt) in EC-Lab.")
    counted = re.search(r"Nb header lines\s*:\s*(\d+)", lines[1] if len(lines) > 1 else "")
    if counted is None or not 3 <= int(counted[1]) <= len(lines):
        raise InvalidInput(f"'{file.name}' ends within its header.", hint="Export it again.")
    count = int(counted[1])
    return lines[count - 1], lines[count:], count + 1


def biologic_maker(text: str) -> tuple[str, str]:
    """Instrument and software of a BioLogic text."""
    device = re.search(r"^Device\s*:\s*(.+)$", text, re.MULTILINE)
    software = re.search(r"^((?:EC|BT)-Lab for windows v\S+)", text, re.MULTILINE | re.IGNORECASE)
    return (f"BioLogic {device[1].strip()}" if device else "BioLogic"), (software[1] if software else "EC-Lab")


def _gamry(file: InstrumentFile) -> Spectrum:
    lines = file.text().splitlines()
    if not lines or lines[0].strip() != "EXPLAIN":
        raise InvalidInput(f"'{file.name}' is no file of Gamry Framework.", hint="Its first line is EXPLAIN.")
    place = next((n for n, line in enumerate(lines) if line.startswith("ZCURVE")), None)
    if place is None or place + 3 > len(lines):
        raise InvalidInput(f"'{file.name}' holds no spectrum of impedance (ZCURVE).", hint="Give an EIS experiment.")
    names = [name.strip() for name in lines[place + 1].split("\t")]
    if not {"Freq", "Zreal", "Zimag"} <= set(names):
        raise InvalidInput(f"The table ZCURVE of '{file.name}' lacks Freq, Zreal or Zimag.", hint="Export it again.")
    picked = [names.index(name) for name in ("Freq", "Zreal", "Zimag")]
    body: list[str] = []
    for line in lines[place + 3 :]:
        if line.strip() and not line.startswith("\t"):
            break  # the next object of the file
        cells = line.split("\t")
        body.append("\t".join(cells[i] for i in picked) if len(cells) > max(picked) else line.strip())
    data = number_rows(body, "\t", 3, file.name, place + 4)
    facts = {cells[0]: cells[2] for line in lines[:place] if len(cells := line.split("\t")) > 2}
    f, re_z, im_z = data.T
    instrument = f"Gamry {facts.get('PSTAT', '')}".strip()
    return _spectrum(file, f, re_z, im_z, instrument, f"Framework {facts.get('FRAMEWORKVERSION', '')}".strip())


def _plain(file: InstrumentFile) -> Spectrum:
    lines = file.text().splitlines()
    header = Header.of(lines)
    roles: dict[str, tuple[int, float]] = {}
    for place, name in enumerate(header.cells):
        imaginary = _IMAGINARY.match(name)
        if _FREQUENCY.match(name):
            roles["f"] = (place, _factor(name, "Hz", file.name))
        elif imaginary is not None:
            roles["im"] = (place, (-1.0 if imaginary["minus"] else 1.0) * _factor(name, "ohm", file.name))
        elif _REAL.match(name):
            roles["re"] = (place, _factor(name, "ohm", file.name))
    if set(roles) != {"f", "re", "im"}:
        raise InvalidInput(
            f"'{file.name}' has no columns of frequency, Z′ and Z″.", hint="Name them 'f / Hz', 'Z′ / Ω' and 'Z″ / Ω'."
        )
    data = number_rows(lines[header.place + 1 :], header.separator, len(header.cells), file.name, header.place + 2)
    f, re_z, im_z = (data[:, place] * factor for place, factor in (roles["f"], roles["re"], roles["im"]))
    spectrum = _spectrum(file, f, re_z, im_z)
    if np.median(np.sign(im_z)) > 0.0:  # no pellet is an inductor at most of its frequencies
        turned = "Z″ is positive throughout and was read as −Z″"
        return replace(spectrum, impedance_ohm=re_z - 1j * im_z, origin=spectrum.origin.assuming(turned))
    return spectrum


def _factor(header: str, unit: str, file: str) -> float:
    stated = _UNIT.search(header)
    if stated is None:
        return 1.0
    return convert(1.0, re.sub("ohms?", "ohm", stated[1], flags=re.IGNORECASE), unit, name=f"'{header}' of '{file}'")


def _spectrum(file: InstrumentFile, f: FloatArray, re_z: FloatArray, im_z: FloatArray, *maker: str) -> Spectrum:
    return Spectrum(frequency_hz=f, impedance_ohm=re_z + 1j * im_z, origin=file.origin(*maker))


def _in_order(spectrum: Spectrum) -> Spectrum:
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
    return replace(spectrum, frequency_hz=f, impedance_ohm=z)


def _with_temperature(spectrum: Spectrum, file: InstrumentFile) -> Spectrum:
    stated = _TEMPERATURE.findall(re.sub(r"_", " ", file.name))
    if len(stated) != 1:
        return spectrum
    sentence = f"temperature {stated[0]} °C taken from the name of the file"
    return replace(spectrum, temperature_c=float(stated[0]), origin=spectrum.origin.assuming(sentence))
