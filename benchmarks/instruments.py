"""Files of instruments: real ones against what others state of them, and made ones against the truth.

    python -m benchmarks.instruments [--seeds COUNT] [--page docs/reference/instruments.md] [--json]

The real files are test data of other projects, downloaded by name and hash from the package registry and read by the
readers of the product. What they are compared with is what the tests of those projects expect, or what the software of
the instrument counted itself. Made spectra have 1 % noise, begin at 1 or 7 MHz, and are of pellets from 30 Ω to 10 kΩ,
with and without the inductance of cables. ``--page`` writes the agreement into the page that lists it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks._contract import Bar, at_least, at_most, command_line, count_of, ended, finish, in_sentences
from benchmarks._instrument_files import (
    AUTOEIS,
    GAMRY_PARSER,
    NAVANI,
    SPECTRA,
    Package,
    stated_spectra,
)
from surrogate.errors import SurrogateError
from surrogate.instruments.capacities import HalfCycle, find_cycles
from surrogate.instruments.circuit import ComplexArray, fit_circuit
from surrogate.instruments.cycler import Cycling, read_cycling
from surrogate.instruments.source import FloatArray, Origin, check_file
from surrogate.instruments.spectra import Spectrum, read_spectrum

#: Formats that are promised to be read from a public file.
CORE = ("BioLogic .mpt", "Gamry .DTA", "CSV without names", "BDF CSV", "BDF Parquet", "Neware .nda", "Neware .ndax")
MARKS = "<!-- agreement: python -m benchmarks.instruments --page -->", "<!-- end -->"
_TESTS, _COUNTER = "stated by its tests", "counted by the cycler"

Row = dict[str, Any]


@in_sentences
def main(arguments: Sequence[str] | None = None) -> int:
    """Print agreement and errors; return 0 when every bar is reached, else 7."""
    parser = command_line(__doc__, "instruments")
    parser.add_argument("--seeds", type=count_of, default=4, help="made spectra of each pellet (default 4)")
    parser.add_argument("--page", type=Path, help="write the agreement into this page")
    options = parser.parse_args(arguments)
    rows = [*spectra_rows(), *pellet_rows(), *cycling_rows(), *mpr_rows()]
    if options.page is not None:
        _write_page(options.page, rows)
    spectra = list(_made_spectra(options.seeds))
    capacity = _made_capacity()
    refused = list(refusals())
    every = [*rows, *spectra, capacity, *refused]
    return finish("instruments", every, bars(rows, spectra, capacity, refused), options.as_json)


def bars(rows: Sequence[Row], spectra: Sequence[Row], capacity: Row, refused: Sequence[Row]) -> list[Bar]:
    """What is promised of readers."""
    read = {row["format"] for row in rows if row["deviation_percent"] is not None}
    charges = [row["deviation_percent"] for row in rows if row["quantity"].endswith("mAh")]
    largest = [max(row["largest_error_percent"] for row in spectra if row["begins_at_hz"] == hz) for hz in (1e6, 7e6)]
    return [
        at_least("core formats read from a public file", float(len(read & set(CORE))), float(len(CORE))),
        at_most("largest deviation from what is stated", max(row["deviation_percent"] for row in rows), 0.1, unit="%"),
        at_most("largest deviation of a capacity from the cycler's count", max(charges), 0.1, unit="%"),
        at_most("largest error of a conductivity, from 1 MHz, 1 % noise", largest[0], 2.0, unit="%"),
        at_most("largest error of a conductivity, from 7 MHz, 1 % noise", largest[1], 2.0, unit="%"),
        at_most("error of a made capacity", capacity["largest_error_percent"], 0.1, unit="%"),
        at_least(
            f"refusals in one sentence among {len(refused)}", float(sum(r["is_one"] for r in refused)), len(refused)
        ),
    ]


def compared(
    package: Package, file: str, format: str, quantity: str, value: float, stated: float, source: str = _TESTS
) -> Row:
    """One value beside the one that is stated."""
    return {
        "file": file, "format": format, "package": f"{package.name} {package.version}", "licence": package.licence,
        "quantity": quantity, "value": value, "stated": stated, "source": source,
        "deviation_percent": 100.0 * abs(value / stated - 1.0),
    }  # fmt: skip


def spectra_rows() -> Iterator[Row]:
    """Every point of every spectrum; where Z′ is negative or the frequency 0, no pellet shows anything."""
    for name, (format, instrument) in SPECTRA.items():
        spectrum = read_spectrum(AUTOEIS.file(name))
        f, z = stated_spectra()[instrument]
        kept = (f > 0.0) & (z.real > 0.0)
        order = np.argsort(-f[kept], kind="stable")
        f, z = f[kept][order], z[kept][order]
        worst = int(np.argmax(np.abs(spectrum.impedance_ohm / z - 1.0))) if len(f) == len(spectrum.frequency_hz) else 0
        yield compared(
            AUTOEIS, name, format, f"modulus in Ω, worst of {len(f)} points", float(abs(spectrum.impedance_ohm[worst])),
            float(abs(z[worst])), "stated by the tests of impedance.py",
        )  # fmt: skip
    for name, count in (("eispot_data.dta", 10), ("eispot_data_curveaborted.dta", 5)):
        try:
            points = len(read_spectrum(GAMRY_PARSER.file(name)).frequency_hz)
        except SurrogateError as refusal:  # too few for a circuit, and it says how many
            points = int(re.findall(r"has (\d+) frequencies", refusal.message)[0])
        yield compared(GAMRY_PARSER, name, "Gamry .DTA", "points", points, count)


def pellet_rows() -> Iterator[Row]:
    """The resistance of the electrolyte beside the one that another fit gives."""
    fit = fit_circuit(read_spectrum(AUTOEIS.file("test_data.txt")))
    stated = float(re.findall(r"'R3': ([\d.]+)", AUTOEIS.content("autoeis/assets/circuits_filtered.csv").decode())[0])
    yield compared(AUTOEIS, "test_data.txt", "EC-Lab text table", "R in Ω", fit.total_ohm, stated, "fitted by AutoEIS")


def _halves_of(cycling: Cycling) -> list[HalfCycle]:
    """All half cycles, the one before the first cycle included."""
    cycles, before = find_cycles(cycling)
    return [*([] if before is None else [before]), *(half for cycle in cycles for half in cycle.halves)]


def cycling_rows() -> Iterator[Row]:
    """Records of cyclers: extremes and means that are stated, and capacities beside the cycler's own count."""
    for name, format in (("test_with_capacity.bdf", "BDF CSV"), ("test_with_capacity.bdf.parquet", "BDF Parquet")):
        cycling = read_cycling(NAVANI.file(name))
        for place, stated in ((0, 1.0), (5, -1.0)):
            yield compared(NAVANI, name, format, f"current in mA, record {place}", cycling.current_ma[place], stated)
    name = "test.ndax"
    cycling = read_cycling(NAVANI.file(name))
    yield compared(NAVANI, name, "Neware .ndax", "records", len(cycling.time_s), 1464)
    yield compared(NAVANI, name, "Neware .ndax", "highest voltage in V", float(cycling.voltage_v.max()), 4.3998)
    for name in ("test.ndax", "test.nda"):
        cycling = read_cycling(NAVANI.file(name))
        for is_charge, column in ((True, cycling.charge_mah), (False, cycling.discharge_mah)):
            largest = max(half.capacity_mah for half in _halves_of(cycling) if half.is_charge is is_charge)
            word = "charge" if is_charge else "discharge"
            assert column is not None  # Neware counts both
            counted = float(np.max(column))
            format = f"Neware .{name.rpartition('.')[2]}"
            yield compared(NAVANI, name, format, f"largest {word} in mAh", largest, counted, _COUNTER)


def mpr_rows() -> Iterator[Row]:
    """Half cycles of a .mpr, where the library for it is installed."""
    try:
        import_module("galvani")
    except ImportError:
        return
    name = "jdb11-1_c3_gcpl_5cycles_2V-3p8V_C-24_data_C09.mpr"
    halves = _halves_of(read_cycling(NAVANI.file(name)))
    for is_charge, stated in ((False, 0.7778788), (True, 0.9535533)):
        mean = float(np.mean([half.capacity_mah for half in halves if half.is_charge is is_charge]))
        word = "charge" if is_charge else "discharge"
        yield compared(NAVANI, name, "BioLogic .mpr", f"mean {word} in mAh", mean, stated)


def pellet_impedance(f: FloatArray, scale: float = 1.0, inductance_h: float = 0.0) -> ComplexArray:
    """Impedance of bulk (400 Ω), grain boundary (600 Ω) and blocking electrode, resistances times ``scale``."""
    s = 2j * np.pi * f
    bulk = 400 * scale / (1 + (s * 400 * scale * 2e-11) ** 0.97)
    boundary = 600 * scale / (1 + (s * 600 * scale * 1e-9) ** 0.92)
    z: ComplexArray = bulk + boundary + 1 / (2e-6 * s**0.85) + s * inductance_h
    return z


def _made_spectra(seeds: int) -> Iterator[Row]:
    """Largest error of the resistance of made spectra, which is that of the conductivity."""
    for begins in (1e6, 7e6):
        for scale in (0.03, 0.1, 1.0, 10.0):
            for inductance in (0.0, 1e-6):
                errors, outside = [], 0
                for seed in range(seeds):
                    rng, f = np.random.default_rng(seed), np.logspace(np.log10(begins), 0, 60)
                    z = pellet_impedance(f, scale, inductance)
                    noise = 0.01 * np.abs(z) * (rng.standard_normal(60) + 1j * rng.standard_normal(60))
                    origin = Origin(file="made", sha256="")
                    fit = fit_circuit(Spectrum(frequency_hz=f, impedance_ohm=z + noise, origin=origin))
                    errors.append(abs(fit.total_ohm / (1000.0 * scale) - 1.0))
                    outside += errors[-1] * 1000.0 * scale > 2.0 * fit.total_uncertainty_ohm
                yield {
                    "begins_at_hz": begins, "resistance_ohm": 1000.0 * scale, "inductance_h": inductance,
                    "spectra": seeds, "largest_error_percent": 100.0 * max(errors), "outside_two_deviations": outside,
                }  # fmt: skip


def _made_capacity() -> Row:
    """Ten cycles at a current that changes after the second, by the truth; no count of the cycler is in the file."""
    rows, t, truth = ["Test Time / s,Voltage / V,Current / A"], 0.0, []
    for cycle in range(10):
        current = 5e-4 if cycle < 2 else 1e-3
        for sign, capacity in ((-1.0, 1.0 - 0.01 * cycle), (1.0, 0.99 - 0.01 * cycle)):
            span = capacity / (1000.0 * current) * 3600.0
            rows += [
                f"{t + span * x:.3f},{2.0 - sign * (1.0 - 2.0 * x):.4f},{sign * current:.6e}"
                for x in np.linspace(0.0, 1.0, 40)
            ]
            rows += [f"{t + span + 1:.3f},{2.0 + sign:.4f},0", f"{t + span + 600:.3f},{2.0 + sign:.4f},0"]
            t += span + 601.0
            truth.append(capacity)
    halves = _halves_of(read_cycling(check_file("made.csv", "\n".join(rows).encode())))
    errors = [abs(half.capacity_mah / capacity - 1.0) for half, capacity in zip(halves, truth, strict=True)]
    return {"half_cycles": len(halves), "largest_error_percent": 100.0 * max(errors)}


def refusals() -> Iterator[Row]:
    """Real files of other experiments, which have to be refused in one sentence."""
    wrong: list[tuple[Package, str, Callable[[Any], object]]] = [
        (GAMRY_PARSER, f"{name}_data.dta", read_spectrum) for name in ("chronoa", "cv", "ocp", "squarewave", "vfp600")
    ]
    wrong += [(NAVANI, name, read_cycling) for name in ("test_missing_required.bdf", "example_output.csv")]
    for package, name, read in wrong:
        try:
            read(package.file(name))
            answer = None
        except SurrogateError as refusal:
            answer = refusal.message
        yield {"refused": name, "is_one": answer is not None and "\n" not in answer, "sentence": answer or "was read"}


def _write_page(page: Path, rows: Sequence[Row]) -> None:
    """Put the agreement as a table between the marks of ``page``."""
    table = [
        "| file | format | package (licence) | quantity | read | stated | deviation |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        value, stated = f"{row['value']:.6g}", f"{row['stated']:.6g}"
        deviation = f"{row['deviation_percent']:.2g} %" if row["deviation_percent"] > 1e-4 else "none"
        table.append(
            f"| `{row['file']}` | {row['format']} | {row['package']} ({row['licence']}) | {row['quantity']} | {value} "
            f"| {stated}, {row['source']} | {deviation} |"
        )
    before, _, rest = page.read_text("utf-8").partition(MARKS[0])
    after = rest.partition(MARKS[1])[2]
    page.write_text(f"{before}{MARKS[0]}\n" + "\n".join(table) + f"\n{MARKS[1]}{after}", "utf-8")


if __name__ == "__main__":
    ended(main)
