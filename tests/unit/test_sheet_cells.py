"""What stands in a cell is read as it was meant, or refused with a reason; nothing is guessed."""

from __future__ import annotations

import datetime as dt
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surrogate.candidate.measurement import Censoring
from surrogate.errors import InvalidInput
from surrogate.tables.cells import number_cell, read_number
from surrogate.tables.decimals import decimal_evidence


def conductivity(cell, **how):
    return read_number(cell, unit="S/cm", name="Ionic conductivity", **how)


@pytest.mark.parametrize(
    ("cell", "value", "uncertainty", "censoring"),
    [
        (0.001, 1e-3, None, "exact"),
        (3, 3.0, None, "exact"),
        ("1.2e-3", 1.2e-3, None, "exact"),
        (" 1.2E-3 ", 1.2e-3, None, "exact"),
        ("1.2 × 10^-3", 1.2e-3, None, "exact"),
        ("1.2×10⁻³", 1.2e-3, None, "exact"),
        ("1.2 x 10-3", 1.2e-3, None, "exact"),
        ("1.2·10^(-3) S/cm", 1.2e-3, None, "exact"),
        ("10⁻³", 1e-3, None, "exact"),
        ("10^-3 S cm⁻¹", 1e-3, None, "exact"),
        ("1.2 mS/cm", 1.2e-3, None, "exact"),
        ("1.2 mS cm-1", 1.2e-3, None, "exact"),
        ("0.12 S/m", 1.2e-3, None, "exact"),
        ("−1.5e−3", -1.5e-3, None, "exact"),
        ("<1e-8", 1e-8, None, "below"),
        ("< 10⁻⁸", 1e-8, None, "below"),
        ("≤ 1e-8", 1e-8, None, "below"),
        ("> 2.5", 2.5, None, "above"),
        ("~0.001", 1e-3, None, "approximate"),
        ("ca. 1 mS/cm", 1e-3, None, "approximate"),
        ("3.2(4)e-3", 3.2e-3, 4e-4, "exact"),
        ("3.20(15) mS/cm", 3.2e-3, 1.5e-4, "exact"),
        ("32(4)", 32.0, 4.0, "exact"),
        ("3.2e-3 ± 4e-4", 3.2e-3, 4e-4, "exact"),
        ("3.2 ± 0.4 mS/cm", 3.2e-3, 4e-4, "exact"),
        ("(3.2 ± 0.4)e-3", 3.2e-3, 4e-4, "exact"),
        ("(3.2 ± 0.4) × 10⁻³", 3.2e-3, 4e-4, "exact"),
        ("1,234.5", 1234.5, None, "exact"),
        ("1.234,5", 1234.5, None, "exact"),
        ("\u00a00.5\u202fmS/cm", 5e-4, None, "exact"),
    ],
)
def test_the_spellings_of_the_field_are_understood(cell, value, uncertainty, censoring):
    read = conductivity(cell)
    assert math.isclose(read.value, value, rel_tol=1e-12)
    assert (read.uncertainty is None) == (uncertainty is None)
    assert uncertainty is None or math.isclose(read.uncertainty, uncertainty, rel_tol=1e-9)
    assert str(read.censoring) == censoring


@pytest.mark.parametrize("cell", [None, "", "  ", "-", "–", "n/a", "NA", "nan", "not measured", "?"])
def test_an_empty_cell_is_nothing_and_never_zero(cell):
    assert conductivity(cell) is None


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("abc", "not a number"),
        ("1,5", "decimal comma"),
        ("1,234", "decimal comma"),
        ("1.234.567", "thousands"),
        ("1,23.4", "mixes"),
        ("12 mA", "does not measure"),
        ("12 bananas", "unknown unit"),
        ("below detection", "limit"),
        ("b.d.l.", "limit"),
        ("#DIV/0!", "spreadsheet error"),
        (dt.datetime(2026, 5, 3), "date"),
        (dt.time(3, 5), "date or time"),
        (True, "not a number"),
        (float("inf"), "finite"),
        ("1e999", "finite"),
        ("1.2.", "thousands"),
        ("5 < 6", "unit"),
        ("1e-3 2e-3", "unit"),
    ],
)
def test_what_cannot_be_a_number_is_refused_with_its_reason(cell, said):
    with pytest.raises(InvalidInput, match=said):
        conductivity(cell)


def test_a_bare_c_is_a_degree_in_a_column_of_temperatures_alone_and_kelvin_is_converted():
    assert read_number("25 C", unit="°C", name="Temperature").value == 25.0
    with pytest.raises(InvalidInput, match="'C'"):
        read_number("25 C", unit="h", name="Milling time")
    assert math.isclose(read_number("300 K", unit="°C", name="Temperature").value, 26.85)
    assert math.isclose(read_number("298.15 ± 1 K", unit="°C", name="Temperature").uncertainty, 1.0)


def test_a_decimal_comma_is_read_where_the_file_has_them():
    assert conductivity("1,5e-3", decimal=",").value == 1.5e-3
    assert conductivity("1.234,5", decimal=",").value == 1234.5
    assert conductivity("3,2(4)e-3", decimal=",").uncertainty == pytest.approx(4e-4)
    with pytest.raises(InvalidInput, match="thousands"):
        conductivity("1.234", decimal=",")


@pytest.mark.parametrize(
    ("cell", "sign"),
    [
        ("1,5", ","),
        ("0,123", ","),
        ("1.5", "."),
        ("1,234", ""),
        ("1.234", ""),
        ("0.123", "."),
        ("<1,5e-3", ","),
        ("1.234,5", ","),
        ("15", ""),
    ],
)
def test_a_comma_proves_itself_or_not(cell, sign):
    assert decimal_evidence(cell) == sign


def test_percent_becomes_a_fraction_only_for_pure_numbers():
    assert read_number("70 wt%", unit="", name="Active material fraction").value == 0.7
    assert read_number(70, unit="", name="Active material fraction", from_unit="wt%").value == 0.7
    assert read_number("95 %", unit="%", name="Capacity retention").value == 95.0
    with pytest.raises(InvalidInput):
        read_number("0.7 g", unit="", name="Active material fraction")


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(Censoring))
def test_every_number_written_is_read_back_to_the_last_bit(value, censoring):
    read = conductivity(number_cell(value, censoring))
    assert (read.value, read.censoring) == (value, censoring)


@given(st.floats(1e-12, 1e6), st.integers(1, 12))
def test_commas_and_points_mean_the_same_number(value, digits):
    text = f"{value:.{digits}e}"
    assert conductivity(text.replace(".", ","), decimal=",").value == conductivity(text).value


@given(st.text(max_size=30))
def test_any_text_is_a_number_nothing_or_a_sentence(text):
    try:
        read = conductivity(text)
    except InvalidInput as error:
        assert error.message  # noqa: PT017 - most texts are refused, some are not
    else:
        assert read is None or math.isfinite(read.value)
