"""Units come in once and go out once; properties know their scale and bounds."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surrogate.errors import MeasurementError, UnitError, UnknownName
from surrogate.properties import MODELLED, PROPERTIES, get_property, in_order
from surrogate.units import canonical_unit, convert, parse_quantity, unit_of


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("3.2 mS/cm", "S/cm", 3.2e-3),
        ("33.76987 kJ/mol", "eV", 0.35),
        ("3.2 mS cm-1", "S/cm", 3.2e-3),
        ("3.2e-3 S·cm⁻¹", "S/cm", 3.2e-3),
        ("150 mAh/g", "mAh/g", 150.0),
        ("150 mA h g-1", "mAh/g", 150.0),
        ("60 min", "h", 1.0),
        ("300 K", "°C", 26.85),
        ("550 degC", "°C", 550.0),
        ("550", "°C", 550.0),
        ("0.1 A/g", "mA/g", 100.0),
        ("−20 °C", "°C", -20.0),
        ("1e−3 S/cm", "S/cm", 1e-3),
        ("500 min-1", "rpm", 500.0),
        ("500 1/min", "rpm", 500.0),
        ("10 Hz", "rpm", 600.0),
        ("628.3185307 rad/min", "rpm", 100.0),
        ("96.48533212 kJ/mol", "eV", 1.0),
        ("–20 °C", "°C", -20.0),
        ("20\u00adh", "h", 20.0),
        ("500 \u03bcm", "µm", 500.0),
        ("77 F", "°C", 25.0),
        ("300 kelvin", "°C", 26.85),
        ("550 Celsius", "°C", 550.0),
        ("0.002 Ω-1cm-1", "S/cm", 0.002),
        ("70 % (w/w)", "", 0.7),
        ("0.1 mA cm^(-2)", "mA/cm²", 0.1),
    ],
)
def test_the_fields_spellings_are_read(text: str, unit: str, value: float) -> None:
    assert parse_quantity(text, unit) == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "unit", "says"),
    [
        ("25 C", "h", "C-rate"),
        ("25 mS/cm", "mAh/g", "does not measure"),
        ("25 flurbs", "h", "unknown unit"),
        ("500-550 °C", "°C", "is a range"),
        ("ca. 530", "°C", "Write the number alone"),
        ("n/a", "h", "Leave it out"),
        ("<1e-10", "S/cm", "is a limit"),
        ("about ten", "h", "does not start with a number"),
        ("1e999", "h", "number"),
        ("1,5 h", "h", "decimal mark as a point"),
        ("1×10⁻³ S/cm", "S/cm", "powers of ten as 1e-3"),
        ("10^-3 S/cm", "S/cm", "powers of ten as 1e-3"),
        ("40 mol%", "", "shares are by mass"),
        ("40 cycles", "", "pure number, but 'cycles' follows it"),
        ("40 deg", "", "pure number, but 'deg' follows it"),
        ("25°", "°C", "degrees of which scale"),
        ("3 t", "MPa", "Divide the load by the area"),
        ("550 °C for 5 h", "°C", "more than a number and its unit"),
        ("2.5 V vs Li", "V", "more than a number and its unit"),
        ("70:30:5", "", "more than a number and its unit"),
        ("1/2", "h", "decimal number, 0.5"),
        ("40 m%", "", "percent by mass, or a thousandth"),
        ("370 mPa", "MPa", "is 'MPa' meant"),
        ("1,234 h", "h", "thousands separator"),
        ("30 kJ/mol", "V", "does not measure"),
    ],
)
def test_what_cannot_be_a_quantity_is_refused(text: str, unit: str, says: str) -> None:
    with pytest.raises(UnitError, match=says):
        parse_quantity(text, unit, name="milling_time_h")


@pytest.mark.parametrize("power", ["-{}", "^-{}", "−{}", "⁻{}"])
@pytest.mark.parametrize(
    ("head", "tail"), [("mS", "cm"), ("mA", "g"), ("mAh", "g"), ("µA", "cm"), ("mg", "cm"), ("kJ", "mol"), ("mA", "kg")]
)
def test_a_quotient_whose_space_a_copy_lost_is_the_same_unit(head: str, tail: str, power: str) -> None:
    """As letters, 'mAhg-1' are milliamperes by the hectogram."""
    exponent = "2" if head in ("mA", "µA", "mg") and tail == "cm" else "1"
    spelled = (
        f"{head}{tail}{power.format(exponent.translate(str.maketrans('12', '¹²')) if power[0] == '⁻' else exponent)}"
    )
    quotient = f"{head}/{tail}{'2' if exponent == '2' else ''}"
    assert convert(17.0, spelled, quotient) == pytest.approx(17.0, rel=1e-12)
    assert convert(17.0, spelled, canonical_unit(quotient)) == convert(17.0, quotient, canonical_unit(quotient))


@pytest.mark.parametrize(("fahrenheit", "celsius"), [(77, 25), (1022, 550), (32, 0), (-40, -40), (482, 250)])
def test_a_temperature_that_is_round_on_two_scales_is_round_here(fahrenheit: int, celsius: int) -> None:
    assert convert(fahrenheit, "°F", "°C") == celsius


@given(
    st.floats(min_value=1e-12, max_value=1e6),
    st.sampled_from(
        [("S/cm", "mS/cm"), ("rpm", "Hz"), ("rpm", "min⁻¹"), ("eV", "kJ/mol"), ("eV", "meV"), ("h", "min")]
    ),
)
def test_conversion_there_and_back_is_the_identity(value: float, units: tuple[str, str]) -> None:
    one, other = units
    assert convert(convert(value, one, other), other, one) == pytest.approx(value)


@given(st.floats(min_value=1.0, max_value=5000.0), st.sampled_from(["rpm", "min-1", "min^-1", "min⁻¹", "1/min"]))
def test_a_mill_that_turns_so_often_a_minute_has_that_speed(speed: float, spelled: str) -> None:
    assert parse_quantity(f"{speed} {spelled}", "rpm") == pytest.approx(speed, rel=1e-12)


def test_the_c_of_a_c_rate_is_no_unit_and_that_of_a_temperature_is_celsius() -> None:
    assert parse_quantity("0.1C", "", name="c_rate") == parse_quantity("0.1", "", name="c_rate") == 0.1
    assert parse_quantity("25 C", "°C", name="temperature_c") == parse_quantity("25 °C", "°C", name="temperature_c")
    with pytest.raises(UnitError, match="degrees Celsius, a C-rate or a coulomb"):
        parse_quantity("25 C", "mA/g", name="current_ma_per_g")


@given(st.integers(min_value=1, max_value=9_999_999), st.integers(min_value=-12, max_value=3))
def test_a_value_is_the_same_number_in_whatever_unit_it_is_told(digits: int, power: int) -> None:
    assert convert(float(f"{digits}e{power}"), "mS/cm", "S/cm") == float(f"{digits}e{power - 3}")


def test_a_conversion_to_its_own_unit_changes_no_bit() -> None:
    assert convert(0.1234567890123456789, "S/cm", "S/cm") == 0.1234567890123456789


def test_names_end_in_their_unit() -> None:
    assert unit_of("heat_treatment_temperature_c") == "°C"
    assert unit_of("ionic_conductivity_s_per_cm") == "S/cm"
    assert unit_of("c_rate") == ""


@pytest.mark.parametrize("name", PROPERTIES)
def test_scale_and_back_is_the_identity(name: str) -> None:
    prop = get_property(name)
    value = math.sqrt(prop.lower * prop.upper) if prop.lower > 0 else 0.3 * prop.upper
    assert prop.from_scale(prop.to_scale(value)) == pytest.approx(value)


def test_a_millisiemens_value_in_a_siemens_column_is_caught() -> None:
    with pytest.raises(MeasurementError, match=r"mS/cm in a column of S/cm"):
        get_property("ionic_conductivity").check(3.2)


@pytest.mark.parametrize(
    ("value", "hint"), [(-1e-3, "sign"), (0.0, "upper bound"), (1e-30, "mS/cm"), (1.2, "mS/cm"), (math.inf, "mS/cm")]
)
def test_the_hint_for_a_value_outside_fits_the_side_it_is_on(value: float, hint: str) -> None:
    with pytest.raises(MeasurementError) as caught:
        get_property("ionic_conductivity").check(value)
    assert hint in caught.value.hint


def test_an_unknown_property_proposes_the_nearest() -> None:
    with pytest.raises(UnknownName, match="Did you mean ionic_conductivity"):
        get_property("ionic_conductvity")


def test_modelled_properties_exist_and_have_a_column_with_a_unit() -> None:
    assert all(unit_of(PROPERTIES[name].column) == PROPERTIES[name].unit for name in MODELLED)


@pytest.mark.parametrize(
    "unit", ["9^9^9^9", "S^99999999", "S**9**9", "S 9999", "(" * 20 + "S", "S/cm " * 20, "S.__class__", "[1]"]
)
def test_unit_that_is_an_expression_is_refused_at_once(unit: str) -> None:
    with pytest.raises(UnitError):
        convert(1.0, unit, "S/cm")


def test_names_come_in_the_order_of_the_table_and_strangers_last() -> None:
    assert in_order(["zeta", *reversed(MODELLED), "alpha"]) == [*MODELLED, "alpha", "zeta"]
