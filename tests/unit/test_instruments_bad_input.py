"""What is wrong with files of instruments is said in one sentence, within bounds, and nothing is recorded."""

from __future__ import annotations

import re
import time
import tracemalloc
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from surrogate.campaign import CampaignStore, random_planner
from surrogate.errors import Conflict, InvalidInput, SurrogateError
from surrogate.instruments.cycler import read_cycling
from surrogate.instruments.measuring import Details, measure
from surrogate.instruments.source import check_file, open_file
from surrogate.instruments.spectra import read_spectrum
from tests.campaigns import GOAL, small_space
from tests.instruments import as_csv, noisy
from tests.unit.test_instruments import as_dta, as_mpt, cycled

EVERYTHING = Details(thickness="0.95 mm", diameter="10.00 mm", mass="2.00 mg")
SPECTRUM = noisy(1e6, 0)
WHOLE = {
    "a.csv": as_csv(*SPECTRUM),
    "a.mpt": as_mpt(*SPECTRUM),
    "a.DTA": as_dta(*SPECTRUM),
    "cell.csv": cycled(),
    "cell.bdf": cycled(),
}


def refusal(name: str, content: bytes, details: Details = EVERYTHING) -> str:
    with pytest.raises(SurrogateError) as caught:
        measure([check_file(name, content)], details)
    assert "\n" not in caught.value.message
    assert caught.value.hint
    return caught.value.message


@pytest.mark.parametrize("name", WHOLE)
def test_a_file_cut_anywhere_is_read_as_far_as_whole_lines_go_or_refused(name):
    content, read = WHOLE[name].encode(), read_cycling if name.startswith("cell") else read_spectrum
    for place in np.linspace(1, len(content) - 1, 60).astype(int):
        with suppress(SurrogateError):
            read(check_file(name, content[:place]))


def test_a_line_that_ends_within_its_cells_is_cut_short():
    line = cycled().splitlines()[-1]
    text = cycled()[: -len(line)] + line.rpartition(",")[0][:-3]  # within the current, which matters
    assert "is cut short" in refusal("cell.csv", text.encode())


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("ending", [".mpt", ".DTA", ".mpr", ".nda", ".ndax", ".parquet", ".xlsx", ".pdf"])
def test_a_renamed_file_is_refused(name, ending):
    if not name.lower().endswith(ending.lower()):
        refusal(f"renamed{ending}", WHOLE[name].encode())


@pytest.mark.parametrize("name", ["a.csv", "a.mpt", "a.DTA", "a.mpr", "a.nda", "a.ndax", "a.parquet", "a.bdf"])
@pytest.mark.parametrize("content", [b"", b"\n\n", b"\0" * 4096, bytes(range(256)) * 64, b"/" * 3_000_000])
def test_nothing_and_noise_are_refused_at_once(name, content):
    started = time.monotonic()
    refusal(name, content)
    assert time.monotonic() - started < 20


WRONG = {
    "current in volts": ("cell.csv", cycled().replace("Current / A", "Current / V"), "Current"),
    "capacity for current": ("cell.csv", cycled().replace("Current / A", "Current / Ah"), "Current"),
    "farads": ("a.csv", as_csv(*SPECTRUM).replace("Z' / ohm", "Z' / F"), "Z'"),
    "seconds for frequency": ("a.csv", as_csv(*SPECTRUM).replace("f / Hz", "f / s"), "f / s"),
    "backwards": ("cell.csv", "\n".join([cycled().splitlines()[0], *reversed(cycled().splitlines()[1:])]), "backwards"),
    "no current": ("cell.csv", cycled(factor=0.0), "No current flows"),
    "two spectra": ("a.csv", as_csv(*(np.concatenate([part, part]) for part in SPECTRUM)), "several spectra"),
    "a voltammogram": ("cv.DTA", "EXPLAIN\nTAG\tCV\nCURVE1\tTABLE\t2\n\tPt\tT\tVf\n\t#\ts\tV\n\t0\t1\t2\n", "ZCURVE"),
}


@pytest.mark.parametrize("case", WRONG)
def test_the_wrong_instrument_or_unit_is_named(case):
    name, text, words = WRONG[case]
    assert words in refusal(name, text.encode())


def test_milliamperes_headed_as_amperes_contradict_the_counted_charge():
    head, *rows = cycled(unit="A", factor=1e3, forming=0).splitlines()
    counted, amounts = [], [0.0, 0.0]
    for before, row in zip([rows[0], *rows], rows, strict=False):
        (t0, _, i0, _), (t1, _, _, _) = (map(float, line.split(",")) for line in (before, row))
        amounts[int(i0 < 0.0)] += abs(i0) / 1e3 * (t1 - t0) / 3600
        counted.append(f"{row},{amounts[0]:.9f},{amounts[1]:.9f}")
    text = "\n".join([f"{head},Charging Capacity / Ah,Discharging Capacity / Ah", *counted])
    assert "counts" in refusal("cell.csv", text.encode())


def test_a_spectrum_without_its_high_frequencies_shows_no_resistance():
    f = np.logspace(4, 0, 30)
    text = as_csv(f, 1 + 1 / (1e-6 * (2j * np.pi * f) ** 0.9))
    assert "never comes near the real axis" in refusal("electrode.csv", text.encode())


@pytest.mark.parametrize("resistance_ohm", [0.0, 1e-3])
def test_a_spectrum_of_interfaces_or_metal_is_no_conductivity(resistance_ohm):
    f, rng = np.logspace(3, -2, 50), np.random.default_rng(0)
    z = resistance_ohm + 500 / (1 + 2j * np.pi * f * 500 * 1e-3)
    z = z * (1 + 0.003 * rng.standard_normal(50) + 0.003j * rng.standard_normal(50))
    assert re.search(
        "interfaces alone|outside the possible range|says too little", refusal("a.csv", as_csv(f, z).encode())
    )


def test_a_capacity_needs_a_mass_and_a_conductivity_a_pellet():
    assert "mass is not given" in refusal("cell.csv", cycled().encode(), Details())
    assert "needs the thickness" in refusal("a.csv", as_csv(*SPECTRUM).encode(), Details())


def test_a_huge_file_takes_no_memory(tmp_path: Path):
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.truncate(600 * 2**20)
    tracemalloc.start()
    with pytest.raises(InvalidInput, match="600 MB"):
        open_file(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2**20


def test_memory_is_a_small_multiple_of_the_file():
    head, *rows = cycled(cycles=2, forming=0).splitlines()
    body = "\n".join(f"{n}.000000000,{row.partition(',')[2]}" for n, row in enumerate(rows * 300))
    file = check_file("long.csv", f"{head}\n{body}".encode())
    tracemalloc.start()
    read_cycling(file)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 16 * len(file.content)  # a line of 30 bytes takes 80 as an object of its own


def test_nothing_is_recorded_of_a_file_that_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    from surrogate.cli.telling import tell

    url = f"sqlite:///{tmp_path / 'c.db'}"
    with CampaignStore.open(url) as store:
        store.create("glass", small_space(), GOAL, id="glass").ask(random_planner(), batch=1)
    good, bad = tmp_path / "pellet 25C.csv", tmp_path / "other 25C.csv"
    good.write_text(as_csv(*SPECTRUM))
    bad.write_text(as_csv(*SPECTRUM)[:2000])
    arguments = {"store": url, "thickness": "0.95 mm", "diameter": "10.00 mm"}
    with pytest.raises(SurrogateError):
        tell("glass", "s1", file=[str(good), str(bad)], **arguments)
    with CampaignStore.open(url) as store:
        campaign = store.get("glass")
        assert campaign.suggestion("s1").state == "proposed"
        assert not campaign.measurements().items


@pytest.mark.parametrize("name", ["renamed.ndax", "renamed.mpr"])
def test_a_damaged_file_is_named(name):
    magic = b"PK\x03\x04" if name.endswith("ndax") else b"BIO-LOGIC MODULAR FILE\x1a"
    assert f"'{name}'" in refusal(name, magic + b"\0" * 100)


@pytest.mark.parametrize("unit", ["Ohm cm2", "\u2126\u00b7cm2", "Ω·cm²", "ohm.cm^2", "kOhm*cm2", "Ω cm"])
def test_an_impedance_with_the_area_in_it_is_refused(unit):
    f, z = SPECTRUM
    rows = "\n".join(f"{a},{b.real},{-b.imag}" for a, b in zip(f, z, strict=True))
    text = f"f (Hz),Z' ({unit}),-Z'' ({unit})\n{rows}\n"
    assert "is no resistance" in refusal("areal.csv", text.encode())


def test_an_angular_frequency_is_not_taken_for_cycling():
    text = as_csv(*SPECTRUM).splitlines()
    text[0] = "omega (rad/s),Z' (ohm),Z'' (ohm)"
    assert "frequency" in refusal("omega.csv", "\n".join(text).encode())


def test_a_temperature_below_absolute_zero_and_a_pellet_of_a_metre_are_refused():
    content = as_csv(*SPECTRUM).encode()
    assert "absolute zero" in refusal("a.csv", content, replace(EVERYTHING, temperature="-300 °C"))
    assert "no pellet" in refusal("a.csv", content, replace(EVERYTHING, thickness="950 mm"))
    with pytest.raises(InvalidInput, match="radius"):
        measure([], Details(), ["R = 83 Ω, 0.95 mm, r = 5 mm"])


def test_a_file_told_again_says_how_to_correct_it_and_whose_it_was(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    from surrogate.cli.telling import tell

    url = f"sqlite:///{tmp_path / 'c.db'}"
    with CampaignStore.open(url) as store:
        store.create("glass", small_space(), GOAL, id="glass").ask(random_planner(), batch=2)
    path = tmp_path / "pellet 25C.csv"
    path.write_text(as_csv(*SPECTRUM))
    arguments = {"store": url, "file": [str(path)], "diameter": ["10.00 mm"]}
    tell("glass", "s1", thickness=["0.95 mm"], **arguments)
    assert "one file is of one sample" not in capsys.readouterr().err
    with pytest.raises(Conflict) as caught:
        tell("glass", "s1", thickness=["1.10 mm"], **arguments)
    assert "--correct" in str(caught.value.hint)
    tell("glass", "s1", thickness=["1.10 mm"], correct=True, **arguments)
    capsys.readouterr()
    tell("glass", "s2", thickness=["1.10 mm"], **arguments)
    assert "'pellet 25C.csv' is told of s1, s2" in capsys.readouterr().err
