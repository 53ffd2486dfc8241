"""Files of instruments that tests write themselves: a spectrum and cycling of which all is known."""

from __future__ import annotations

import numpy as np

from benchmarks.instruments import pellet_impedance
from surrogate.instruments.circuit import ComplexArray
from surrogate.instruments.source import FloatArray

#: Thickness and diameter of the pellet, mass of the active material: values follow from them.
PELLET = {"thickness": "0.95 mm", "diameter": "10.00 mm"}
CELL = {"mass": "2.00 mg"}
SIGMA_S_PER_CM = 0.095 / (1000 * np.pi / 4)


def spectrum_csv(scale: float = 1.0, *, seed: int = 0) -> str:
    """A spectrum of 1000 Ω times ``scale`` with 1 % noise, as CSV."""
    return as_csv(*noisy(1e6, seed, scale))


def noisy(first_hz: float, seed: int, scale: float = 1.0) -> tuple[FloatArray, ComplexArray]:
    """Frequencies down to 1 Hz, and the impedance of a pellet of 1000 Ω times ``scale`` with 1 % noise."""
    f, rng = np.logspace(np.log10(first_hz), 0, 60), np.random.default_rng(seed)
    z = pellet_impedance(f, scale)
    noise = 0.01 * np.abs(z)
    return f, z + noise * rng.standard_normal(60) + 1j * noise * rng.standard_normal(60)


def as_csv(f: FloatArray, z: ComplexArray) -> str:
    """A spectrum as CSV with named columns."""
    return "f / Hz,Z' / ohm,-Z'' / ohm\n" + "\n".join(f"{a},{b.real},{-b.imag}" for a, b in zip(f, z, strict=True))


def cycling_csv(cycles: int = 4) -> str:
    """Cycling at 1 mA that gives 1 mAh and, in every later cycle, 1 % less, as Battery Data Format."""
    rows, t = ["Test Time / s,Voltage / V,Current / A,Cycle Count / 1"], 0.0
    for cycle in range(1, cycles + 1):
        amount = 1.0 - 0.01 * (cycle - 1)
        for way, begin, end, part in ((-1, 3.0, 1.0, 1.0), (1, 1.0, 3.0, 0.98)):
            span = amount * part * 3600
            rows += [
                f"{t + span * x:.4f},{begin + (end - begin) * x:.4f},{way * 1e-3},{cycle}"
                for x in np.linspace(0, 1, 40)
            ]
            t += span + 1
            rows += [f"{t},{end},0,{cycle}", f"{t + 600},{end},0,{cycle}"]
            t += 601
    return "\n".join(rows)


#: Files that cannot be right, by name, with a word of the refusal.
BROKEN: dict[str, tuple[bytes, str]] = {
    "s1 empty.csv": (b"", "is empty"),
    "s1 cut.csv": (cycling_csv().encode()[:3000], "cut short"),
    "s1 words.csv": (b"hello\nworld\n", "has no column"),
    "s1 renamed.DTA": (spectrum_csv().encode(), "is no file of Gamry"),
    "s1 thing.docx": (b"PK\3\4" + bytes(50), "is no file of an instrument"),
    "s1 random.ndax": (bytes(range(256)) * 4, "is no Neware file"),
    "s1 damaged.nda": (b"NEWARE" + bytes(range(256)) * 20, "damaged or cut short"),
}
