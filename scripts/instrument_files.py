"""Write files as a potentiostat and a cycler write them: ``python -m scripts.instrument_files FOLDER``.

They are made for the tutorial, not measured: spectra of one argyrodite pellet at three temperatures in the text of
EC-Lab, and ten cycles of a sulfur cell in the Battery Data Format. The pellet has 4 mS/cm at 25 °C where it is 0.95 mm
thick and 10 mm wide, and 0.33 eV; the cell holds 2.00 mg of sulfur and is formed in two cycles at half the current.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from surrogate.physics.parameters.universal import BOLTZMANN_EV_PER_K, ZERO_CELSIUS_K

PELLET_S_PER_CM, BARRIER_EV = 4e-3, 0.33
THICKNESS_CM, AREA_CM2 = 0.095, np.pi / 4.0
SULFUR_MG, CYCLES, FORMATION = 2.0, 10, 2
TEMPERATURES_C = (25, 45, 65)


def main() -> int:
    """Write all files into the folder that is named on the command line."""
    if len(sys.argv) != 2:
        print("Name the folder: python -m scripts.instrument_files FOLDER", file=sys.stderr)
        return 2
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for celsius in TEMPERATURES_C:
        (folder / f"pellet {celsius}C.mpt").write_text(spectrum_text(celsius), "latin-1")
    (folder / "cell7.bdf").write_text("\n".join(cycling_lines()) + "\n", "utf-8")
    return 0


def spectrum_text(celsius: float) -> str:
    """A spectrum with 0.5 % noise from 7 MHz down to 1 Hz, as EC-Lab exports it."""
    kelvin, room = celsius + ZERO_CELSIUS_K, 25.0 + ZERO_CELSIUS_K
    slower = np.exp(BARRIER_EV / BOLTZMANN_EV_PER_K * (1.0 / kelvin - 1.0 / room)) * kelvin / room
    total = slower * THICKNESS_CM / (PELLET_S_PER_CM * AREA_CM2)
    rng, f = np.random.default_rng(int(celsius)), np.logspace(np.log10(7e6), 0, 70)
    s = 2j * np.pi * f
    bulk, boundary = 0.4 * total, 0.6 * total
    z = bulk / (1 + (s * bulk * 2e-11) ** 0.98) + boundary / (1 + (s * boundary * 3e-9) ** 0.93) + 1 / (4e-6 * s**0.88)
    z = z + 0.005 * np.abs(z) * (rng.standard_normal(len(f)) + 1j * rng.standard_normal(len(f)))
    head = [
        "EC-Lab ASCII FILE", "Nb header lines : 7", "", "Potentio Electrochemical Impedance Spectroscopy",
        "Device : VMP-300", "EC-Lab for windows v11.50 (software)", "freq/Hz\tRe(Z)/Ohm\t-Im(Z)/Ohm",
    ]  # fmt: skip
    return "\n".join([*head, *(f"{a:.7E}\t{b.real:.7E}\t{-b.imag:.7E}" for a, b in zip(f, z, strict=True))]) + "\n"


def cycling_lines() -> Iterator[str]:
    """Charge and discharge between 1 and 3 V at constant current, a record every two minutes."""
    yield (
        "Test Time / s,Voltage / V,Current / A,Cycle Count / 1,Charging Capacity / Ah,Discharging Capacity / Ah,"
        "Ambient Temperature / degC"
    )
    t, charged, discharged = 0.0, 0.0, 0.0
    for cycle in range(1, CYCLES + 1):
        current_ma = 0.11 if cycle <= FORMATION else 0.22
        specific = 1180.0 - 60.0 * (cycle > FORMATION) - 6.0 * cycle
        for sign, amount in ((-1.0, specific), (1.0, 0.985 * specific)):
            capacity_mah = amount * SULFUR_MG / 1000.0
            hours = capacity_mah / current_ma
            for x in np.linspace(0.0, 1.0, int(hours * 30)):
                seconds, current = t + hours * 3600.0 * x, sign * current_ma / 1000.0
                plateau = 2.05 + sign * (0.18 + 0.87 * x**12 if sign > 0 else 0.12 + 0.93 * x**12) + 0.1 * (1 - x)
                c, d = charged + (sign > 0) * capacity_mah * x, discharged + (sign < 0) * capacity_mah * x
                yield (
                    f"{seconds:.1f},{np.clip(plateau, 1.0, 3.0):.4f},{current:.6f},{cycle},"
                    f"{c / 1000:.9f},{d / 1000:.9f},60.0"
                )
            charged += (sign > 0) * capacity_mah
            discharged += (sign < 0) * capacity_mah
            t += hours * 3600.0 + 60.0


if __name__ == "__main__":
    raise SystemExit(main())
