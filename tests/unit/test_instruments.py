"""Files of instruments: values that were put in come out, and what is broken is refused in one sentence."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.instruments import pellet_impedance
from surrogate.errors import InvalidInput, SurrogateError
from surrogate.instruments.geometry import read_uncertain, read_written
from surrogate.instruments.measuring import Details, Reading, measure
from surrogate.instruments.paths import is_written, measure_files
from surrogate.instruments.source import check_file, open_file
from tests.instruments import as_csv, noisy

PELLET = Details(thickness="0.95 mm", diameter="10.00 mm")
CELL = Details(mass="2.00 mg")


def as_mpt(f, z):
    head = ["EC-Lab ASCII FILE", "Nb header lines : 5", "Device : VMP-300", "EC-Lab for windows v11.36 (software)"]
    rows = [f"{a:.6E}\t{b.real:.6E}\t{-b.imag:.6E}".replace(".", ",") for a, b in zip(f, z, strict=True)]
    return "\n".join([*head, "freq/Hz\tRe(Z)/Ohm\t-Im(Z)/Ohm", *rows])


def as_dta(f, z):
    head = ["EXPLAIN", "TAG\tEISPOT", "PSTAT\tPSTAT\tREF600\tPotentiostat", "ZCURVE\tTABLE", "\tPt\tFreq\tZreal\tZimag"]
    rows = [f"\t{n}\t{a}\t{b.real}\t{b.imag}" for n, (a, b) in enumerate(zip(f, z, strict=True))]
    return "\n".join([*head, "\t#\tHz\tohm\tohm", *rows])


def cycled(unit="A", factor=1.0, sign=1.0, cycles=6, forming=2, capacity_unit=None):
    rows, t = [f"Test Time / s,Voltage / V,Current / {unit},Cycle Count / 1"], 0.0
    for cycle in range(1, cycles + 1):
        current, amount = (5e-4, 1.0) if cycle <= forming else (1e-3, 1.0 - 0.01 * cycle)
        for way, begin, end, part in ((-1, 3.0, 1.0, 1.0), (1, 1.0, 3.0, 0.98)):
            span = amount * part / (1000 * current) * 3600
            rows += [
                f"{t + span * x:.4f},{begin + (end - begin) * x:.4f},{sign * way * current * factor},{cycle}"
                for x in np.linspace(0, 1, 50)
            ]
            t += span + 1
            rows += [f"{t},{end},0,{cycle}", f"{t + 600},{end},0,{cycle}"]
            t += 601
    return "\n".join(rows)


def reading(text, name="a.csv", details=PELLET) -> Reading:
    return measure([check_file(name, text.encode())], details)


def of(result: Reading, name: str):
    return next(value for value in result.values if value.property == name)


@pytest.mark.parametrize("first_hz", [1e6, 7e6])
@pytest.mark.parametrize("seed", range(3))
def test_a_noisy_spectrum_gives_the_conductivity_within_two_percent(first_hz, seed):
    sigma = reading(as_csv(*noisy(first_hz, seed))).values[0]
    assert sigma.value == pytest.approx(0.095 / (1000 * math.pi / 4), rel=0.02)
    assert sigma.uncertainty is not None
    assert sigma.uncertainty > 0.0


@pytest.mark.parametrize(("write", "name"), [(as_csv, "a.csv"), (as_mpt, "a.mpt"), (as_dta, "a.DTA")])
def test_one_spectrum_is_one_value_in_every_format(write, name):
    f, z = noisy(1e6, 0)
    assert reading(write(f, z), name).values[0].value == pytest.approx(reading(as_csv(f, z)).values[0].value, rel=1e-4)


def test_order_and_sign_of_a_spectrum_do_not_matter():
    f, z = noisy(1e6, 0)
    turned = "Z'' (ohm);Z' (kohm);freq (kHz)\n" + "\n".join(
        f"{-b.imag};{b.real / 1e3};{a / 1e3}" for a, b in zip(f[::-1], z[::-1], strict=True)
    )
    assert reading(turned).values[0].value == pytest.approx(reading(as_csv(f, z)).values[0].value, rel=1e-4)


def test_temperatures_in_names_give_the_activation_energy():
    files = []
    for celsius in (25, 40, 60, 80):
        t = celsius + 273.15
        scale = math.exp(0.35 / 8.617333262e-5 * (1 / t - 1 / 298.15)) * t / 298.15
        files.append(check_file(f"pellet {celsius}C.csv", as_csv(*noisy(7e6, celsius, scale)).encode()))
    energy = of(measure(files, PELLET), "activation_energy")
    assert energy.value == pytest.approx(0.35, abs=3 * energy.uncertainty)
    assert 0.0 < energy.uncertainty < 0.02


@pytest.mark.parametrize("text", ["0.95 mm", "950 um", "0,95 mm", "950 µm", "0.095 cm", "L = 0.95 mm"])
def test_a_length_is_the_same_however_it_is_written(text):
    assert read_uncertain(text, "cm", "thickness").value == pytest.approx(0.095)


def test_plain_arithmetic():
    sigma = measure([], Details(), ["R = 83 Ω, 0.95 mm, ⌀ 10 mm, 25 °C"]).values[0]
    assert sigma.value == pytest.approx(0.095 / (83 * math.pi / 4))
    assert sigma.temperature_c == 25.0


@pytest.mark.parametrize(("unit", "factor"), [("A", 1.0), ("mA", 1e3)])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_capacities_do_not_depend_on_unit_or_sign_of_the_current(unit, factor, sign):
    result = reading(cycled(unit, factor, sign), "cell.csv", CELL)
    assert of(result, "first_discharge_capacity").value == pytest.approx(500.0, rel=1e-3)
    assert of(result, "first_charge_capacity").value == pytest.approx(490.0, rel=1e-3)
    retained = of(result, "capacity_retention")
    assert (retained.reference_cycle, retained.cycles) == (3, 6)
    assert retained.value == pytest.approx(100 * 0.94 / 0.97, rel=1e-3)


def test_a_cycle_that_was_cut_off_is_reported_and_not_counted():
    text = "\n".join(cycled().splitlines()[:-30])
    result = reading(text, "cell.csv", CELL)
    assert of(result, "capacity_retention").cycles == 5
    assert any("incomplete: cycle 6" in warning for warning in result.warnings)


def test_parquet_says_what_csv_says(tmp_path: Path):
    pd = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    import io

    path = tmp_path / "cell.parquet"
    pd.read_csv(io.StringIO(cycled())).to_parquet(path)
    values = measure([open_file(path)], CELL).values
    assert [v.value for v in values] == pytest.approx([v.value for v in reading(cycled(), "c.csv", CELL).values])


BROKEN = {
    "empty.csv": b"",
    "cut.csv": cycled().encode()[:3000],
    "words.csv": b"hello\nworld\n",
    "other.mpt": b"NEWARE" + bytes(range(256)) * 20,
    "renamed.DTA": as_mpt(*noisy(1e6, 0)).encode(),
    "header.mpt": b"EC-Lab ASCII FILE\nNb header lines : 60\n",
    "random.ndax": bytes(range(256)) * 4,
    "damaged.nda": b"NEWARE" + bytes(range(256)) * 20,
    "no.parquet": b"PAR1" + bytes(100),
    "electrode.csv": as_csv(*(lambda f: (f, 1 + 1 / (1e-6 * (2j * np.pi * f) ** 0.9)))(np.logspace(4, 0, 30))).encode(),
    "unitless.csv": cycled().replace("Current / A", "Current").encode(),
    "thing.mpr": b"BIO-LOGIC MODULAR FILE",
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_refused_in_one_sentence(name):
    details = Details(thickness="0.95 mm", diameter="10.00 mm", mass="2.00 mg")
    with pytest.raises(SurrogateError) as refusal:
        measure([check_file(name, BROKEN[name])], details)
    assert "\n" not in refusal.value.message
    assert refusal.value.hint


def test_a_huge_file_is_refused_unread(tmp_path: Path):
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.truncate(600 * 2**20)
    with pytest.raises(InvalidInput, match="600 MB"):
        open_file(path)


def test_capacities_need_a_mass():
    with pytest.raises(InvalidInput, match="mass is not given"):
        reading(cycled(), "cell.csv", Details())


def test_cables_and_arcs_of_interfaces_are_no_part_of_the_pellet():
    f = np.logspace(np.log10(7e6), -1, 80)
    omega = 2.0 * np.pi * f
    interface = 5000 / (1 + (1j * omega * 5000 * 2e-6) ** 0.9)
    result = reading(
        as_csv(f, pellet_impedance(f, 0.1) - 1 / (2e-6 * (1j * omega) ** 0.85) + interface + 1e-6j * omega)
    )
    assert result.values[0].value == pytest.approx(0.095 / (100 * math.pi / 4), rel=0.02)
    assert any("left out as an interface" in warning for warning in result.warnings)


HEADERS = {
    "chi.txt": (
        "A.C. Impedance\nInstrument Model:  CHI660E\n\nFreq/Hz, Z'/ohm, Z\"/ohm, Z/ohm, Phase/deg\n\n",
        ", ",
        5,
    ),
    "autolab.txt": ('"Version: 1.1"\n"  Freq (Hz)    Ampl     Bias   Z\'(a)    Z\'\'(b)"\n', ",", None),
    "zplot.z": ("ZPLOT2 ASCII\n  Freq(Hz)\tAmpl\tBias\tZ'(a)\tZ''(b)\nEnd Comments\n", "\t", None),
    "comment.csv": ("# f / Hz, Ampl, Bias, Z' / ohm, Z'' / ohm\n", ",", None),
    "bare.csv": ("", " ", 3),
}


@pytest.mark.parametrize("name", HEADERS)
def test_a_spectrum_is_read_below_the_settings_of_any_program(name):
    head, separator, width = HEADERS[name]
    f, z = noisy(1e6, 0)
    between = [] if width else ["0.01", "0"]
    after = ["0", "0"] if width == 5 else []
    rows = [[*map(str, (float(a), *between, float(b.real), float(b.imag), *after))] for a, b in zip(f, z, strict=True)]
    result = reading(head + "\n".join(separator.join(row) for row in rows), name)
    assert result.values[0].value == pytest.approx(reading(as_csv(f, z)).values[0].value, rel=1e-6)
    assert any("not named" in sentence for sentence in result.values[0].origin.assumptions) is (name == "bare.csv")


@pytest.mark.parametrize("anew", [False, True])
def test_charge_is_taken_as_the_cycler_counted_it_where_that_agrees(anew):
    """A record at every tenth of a half cycle, so that the current over time is coarse where its first one is lost."""
    rows, t, total = [], 0.0, [0.0, 0.0]
    for cycle in range(3):
        for sign, capacity in ((-1.0, 1.0 - 0.1 * cycle), (1.0, 0.95 - 0.1 * cycle)):
            begin = [0.0, 0.0] if anew else list(total)
            for x in np.linspace(0.02, 1.0, 10):
                counted = [begin[0] + (sign > 0) * capacity * x, begin[1] + (sign < 0) * capacity * x]
                rows.append((t + 3600 * capacity * x, 2.0 - sign * (1 - 2 * x), sign, counted))
            t, total = t + 3600 * capacity + 60, counted
            rows.append((t, 2.0 + sign, 0.0, counted))
    head = "Test Time / s,Voltage / V,Current / mA,Charging Capacity / mAh,Discharging Capacity / mAh\n"
    lines = (f"{t:.3f},{v:.4f},{i},{c:.6f},{d:.6f}" for t, v, i, (c, d) in rows)
    result = reading(head + "\n".join(lines), "cell.csv", CELL)
    assert of(result, "first_charge_capacity").value == pytest.approx(475.0, rel=1e-6)
    assert of(result, "capacity_retention").value == pytest.approx(80.0, rel=1e-6)


def test_a_current_that_is_left_out_is_that_of_the_charge_in_any_text():
    _, *rows = cycled().splitlines()
    t, v, i, _ = np.array([row.split(",") for row in rows], float).T
    net_mah = np.cumsum(i * np.diff(t, prepend=t[0])) / 3.6
    lines = (f"{a},{b},{c:.9f}" for a, b, c in zip(t, v, net_mah, strict=True))
    result = reading("\n".join(["time/s,Ewe/V,(Q-Qo)/mA.h", *lines]), "cell.csv", CELL)
    stated = of(reading(cycled(), "cell.csv", CELL), "first_discharge_capacity")
    assert of(result, "first_discharge_capacity").value == pytest.approx(stated.value, rel=1e-3)
    assert any("(Q-Qo)" in sentence for sentence in result.values[0].origin.assumptions)


def test_a_discharge_that_only_empties_the_cell_is_no_cycle():
    rows = cycled(cycles=5, forming=0).splitlines()
    opening = [f"{n * 10},{1.5 - 0.05 * n:.3f},-0.001,1" for n in range(11)]  # 0.28 mAh from 1.5 to 1 V
    shifted = [f"{float(row.partition(',')[0]) + 1000},{row.partition(',')[2]}" for row in rows[53:]]
    result = reading("\n".join([rows[0], *opening, *shifted]), "cell.csv", CELL)
    assert of(result, "first_charge_capacity").value == pytest.approx(0.99 * 0.98 * 500, rel=1e-3)
    assert of(result, "first_discharge_capacity").value == pytest.approx(0.98 * 500, rel=1e-3)
    assert any("was not counted as a cycle" in warning for warning in result.warnings)


def test_a_temperature_that_holds_is_kept_and_one_that_drifts_is_told():
    head, *rows = cycled().splitlines()
    warm = [f"{row},{25 + (n % 3 == 0)}" for n, row in enumerate(rows)]
    drifting = [f"{row},{25 + 20 * n / len(rows):.2f}" for n, row in enumerate(rows)]
    steady, drifted = (
        reading("\n".join([f"{head},Ambient Temperature / degC", *body]), "cell.csv", CELL) for body in (warm, drifting)
    )
    assert {value.temperature_c for value in steady.values} == {25.0}
    assert {value.temperature_c for value in drifted.values} == {None}
    assert any("drifted from 25 to 45 °C" in warning for warning in drifted.warnings)


def test_a_voltage_that_turns_back_under_current_is_a_suspected_short_circuit():
    head, *rows = cycled().splitlines()
    cells = [row.split(",") for row in rows]
    charging = [cell for cell in cells if cell[3] == "4" and float(cell[2]) > 0]
    for cell in charging[30:40]:
        cell[1] = "1.2000"
    result = reading("\n".join([head, *map(",".join, cells)]), "cell.csv", CELL)
    assert any("short circuit suspected" in warning and "cycle 4" in warning for warning in result.warnings)


@pytest.mark.parametrize(
    ("name", "celsius"),
    [
        ("pellet_298K.csv", 24.85),
        ("LPSC_C3_25C.csv", 25.0),
        ("LPSC 550C, 25 °C.csv", 25.0),
        ("LPSC annealed 550C.csv", None),
        ("LPSC 25C 60C.csv", None),
    ],
)
def test_a_name_says_where_it_was_measured_and_not_where_it_was_annealed(name, celsius):
    assert reading(as_csv(*noisy(1e6, 0)), name).values[0].temperature_c == celsius


def test_a_spectrum_in_utf_16_is_read():
    text = as_csv(*noisy(1e6, 0))
    wide = measure([check_file("a.csv", text.encode("utf-16"))], PELLET)
    assert wide.values[0].value == pytest.approx(reading(text).values[0].value)


def test_what_a_written_resistance_leaves_out_is_taken_from_beside_it():
    whole = measure([], Details(), ["R = 83 Ω, t = 0.95 mm, D = 10.00 mm, 25 °C"]).values[0]
    parted = measure([], replace(PELLET, temperature="25 °C"), ["R = 83 Ω"]).values[0]
    assert (parted.value, parted.temperature_c) == (pytest.approx(whole.value), 25.0)
    assert any("thickness 0.95 mm" in sentence for sentence in parted.origin.assumptions)
    cold = measure([], PELLET, ["R = 83 Ω, 1.9 mm"])
    assert cold.values[0].value == pytest.approx(2 * whole.value)
    assert "temperature" in cold.warnings[0]


def test_pellets_and_masses_unlike_those_of_laboratories_are_read_with_a_warning():
    text = as_csv(*noisy(1e6, 0))
    assert "thick" in reading(text, details=replace(PELLET, thickness="0.95 cm")).warnings[0]
    assert "across" in reading(text, details=replace(PELLET, diameter="10.0 cm")).warnings[0]
    assert any("active material" in w for w in reading(cycled(), details=Details(mass="2.0 g")).warnings)


def test_amperes_headed_as_milliamperes_are_doubted():
    text = cycled(unit="A").replace("Current / A", "Current / mA")
    assert any("hardly any" in w for w in reading(text, details=CELL).warnings)


@pytest.mark.parametrize("unit", ["k\u2126", "k\u03a9", "kOhm", "kohms"])
def test_kiloohms_are_a_thousand_ohms_with_either_sign(unit):
    f, z = noisy(1e6, 0)
    rows = "\n".join(f"{a},{b.real / 1e3},{b.imag / 1e3}" for a, b in zip(f, z, strict=True))
    kilo = reading(f"f / Hz,Z' / {unit},Z'' / {unit}\n{rows}\n")
    in_words = reading(f"Frequency,Z' in {unit},Z'' in {unit}\n{rows}\n")
    sigma = pytest.approx(reading(as_csv(f, z)).values[0].value, rel=1e-4)
    assert (kilo.values[0].value, in_words.values[0].value) == (sigma, sigma)


@pytest.mark.parametrize(
    "text",
    [
        "R = 30.2 Ω, d = 0.95 mm, D = 10 mm, RT", "R = 30.2 Ω, d = 0.95 mm, A = 0.7853981634 cm2, 77 °F",
        "R = 30.2 Ohm, d = 10 mm, 950 \u03bcm, 298.15 K", "30.2 Ω, L = 0.95 mm, D = 10 mm, 25 ℃",
    ],
)  # fmt: skip
def test_a_small_d_is_whichever_size_is_not_stated_beside_it(text):
    written = read_written(text)
    assert written.pellet.thickness_cm.value == pytest.approx(0.095)
    assert written.pellet.area_cm2.value == pytest.approx(0.7853981634)
    assert written.temperature_c == 25.0


def test_a_resistance_without_a_unit_is_no_radius_and_no_file():
    assert is_written("R = 30.2")
    with pytest.raises(InvalidInput, match="has no unit"):
        read_written("R = 30.2")


def test_a_resistance_is_written_with_either_sign_for_ohm():
    sigma = measure_files("R = 83 \u2126, 0.95 mm, d = 10.00 mm, 25 °C").values[0].value
    assert sigma == pytest.approx(0.095 / (83 * math.pi / 4))
