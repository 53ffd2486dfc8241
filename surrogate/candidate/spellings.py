"""What people write for a setting where the tables have one word or number: C/10, 20:1, RT, Ar, ball milling, ja.

Only what means one thing is read; what has no place among the options is refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from surrogate.candidate.field import NO, YES, Field
from surrogate.errors import InvalidInput, UnknownName
from surrogate.units import parse_quantity

#: Room temperature in °C, as the tables take it where a source says no more.
ROOM_TEMPERATURE_C = 25
#: Kelvins are round in °C to within this, since many leave out the 0.15.
_NEARLY_ROUND_K = 1.0
_RATES = (
    (re.compile(r"(?:C|1\s?C?)\s*/\s*(\d+(?:[.,]\d+)?)", re.IGNORECASE), "1/{}"),
    (re.compile(r"(\d*[.,]?\d+)\s*C(?:[ -]?rate)?", re.IGNORECASE), "{}"),
)
_RATIO = re.compile(r"(\d+(?:[.,]\d+)?)\s*[:∶]\s*(\d+(?:[.,]\d+)?)")
_ROOM = re.compile(
    r"r\.?\s?t\.?|room[ -]?temp(?:erature|\.)?|ambient(?: temperature)?|raumtemperatur|室温|常温", re.IGNORECASE
)
_RATIOS = ("ball_to_powder_ratio", "mixing_ball_to_powder_ratio")

_WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        YES: ("ja", "j", "y", "true", "wahr", "oui", "si", "sí", "はい", "是"),
        NO: ("nein", "n", "false", "falsch", "non", "いいえ", "否"),
        "argon": ("ar", "ar gas", "under ar", "argon gas", "氩气", "氩"),
        "vacuum": ("vac", "vac.", "under vacuum", "dynamic vacuum", "vakuum", "真空"),
        "sealed": ("sealed ampoule", "sealed quartz", "sealed quartz tube", "sealed quartz ampoule", "sealed tube"),
        "H2S": ("h₂s",),
        "mechanical_milling": (
            "ball milling", "ball milled", "ballmilling", "ball mill", "bm", "hebm", "high energy ball milling",
            "high energy milling", "planetary ball milling", "planetary milling", "mechanical alloying",
            "mechanochemical", "mechanochemical synthesis", "mechanochemistry", "milling", "kugelmahlen", "kugelmühle",
            "mahlen", "broyage", "broyage mécanique", "mécanosynthèse", "球磨", "机械球磨", "高能球磨",
        ),
        "ball_milled": ("ball milling", "ballmilling", "bm", "milling", "planetary ball milling", "kugelmahlen"),
        "solid_state": ("solid state reaction", "solid state synthesis", "ssr", "festkörpersynthese", "固相法"),
        "melt_quench": ("melt quenching", "melt quenched"),
        "solution": (
            "solution synthesis", "wet chemistry", "wet chemical", "wet chemical synthesis", "solution processing",
            "lösungssynthese", "溶液法",
        ),
        "liquid_phase": (
            "liquid phase synthesis", "liquid phase shaking", "liquid phase stirring", "suspension",
            "suspension synthesis", "flüssigphasensynthese", "液相法",
        ),
        "glass-ceramic": ("glass ceramics", "glaskeramik"),
        "glass": ("glassy", "glas", "amorphous", "amorph"),
        "crystalline": ("kristallin",),
        "hand_mixed": ("hand mixing", "by hand", "mortar", "hand ground", "agate mortar", "mörser", "手工研磨", "研磨"),
        "hot-pressed": ("hot pressing", "hot press"),
        "cold-pressed": ("cold pressing", "cold press"),
    }
)  # fmt: skip
_NITROGEN = ("n2", "n₂", "nitrogen", "stickstoff", "氮气")
_COUNTED = ("cycles", "reference_cycle")
#: Characters of 1.234; capacities of sulfur lie between 1000 and 1700 mAh/g, those of hundreds have decimals.
_SHORTEST = 5
#: Shares up to this many percent are rather parts of one.
MOST_AS_SHARE = 1.5
#: A number that one who writes points between thousands may have meant as a thousand.
_POINTED = re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+(?![\d,])")
#: Measurement temperatures in °C that are rather kelvins: 250 to 350 K is the range around room temperature.
KELVIN_RANGE_C = (250.0, 350.0)


def read_number_words(name: str, text: str) -> tuple[str, str]:
    """The number that ``text`` states for a field, as digits, and what has to be said of it; other text as it is.

    >>> read_number_words("c_rate", "C/10"), read_number_words("ball_to_powder_ratio", "20:1")
    (('0.1', ''), ('20', ''))
    >>> read_number_words("temperature_c", "RT")
    ('25', "'RT' was read as 25 °C.")
    """
    stripped = text.strip()
    if name == "c_rate":
        for pattern, shape in _RATES:
            match = pattern.fullmatch(stripped)
            if match and shape == "{}":
                return match[1], ""
            if match and float(match[1].replace(",", ".")) > 0.0:
                return f"{1.0 / float(match[1].replace(',', '.')):.15g}", ""
    ratio = _RATIO.fullmatch(stripped) if name in _RATIOS else None
    if ratio is not None:
        return _write_ratio(name, ratio), ""
    if name == "heat_treatment_temperature_c" and _ROOM.fullmatch(stripped):
        raise InvalidInput(
            f"{name} is '{stripped}', room temperature.",
            hint="Write 'none' if there was no heat treatment, else the temperature of the furnace.",
            field=name,
        )
    if name == "temperature_c" and _ROOM.fullmatch(stripped):
        return str(ROOM_TEMPERATURE_C), f"'{stripped}' was read as {ROOM_TEMPERATURE_C} °C."
    return text, ""


def _write_ratio(name: str, ratio: re.Match[str]) -> str:
    balls, powder = (float(ratio[place].replace(",", ".")) for place in (1, 2))
    if powder <= 0.0 or balls < powder:
        raise InvalidInput(
            f"{name} is '{ratio[0]}', fewer balls than powder; is {ratio[2]}:{ratio[1]} meant?",
            hint="Write the mass of the balls first, like 20:1.",
            field=name,
        )
    return f"{balls / powder:.15g}"


def read_option(kind: str, text: str, options: Sequence[str]) -> str:
    """One of the allowed ``options`` of a ``kind`` of value, however it is capitalised, joined or called.

    Raises :class:`UnknownName` for another word, :class:`InvalidInput` for one with no place among them.
    """
    plain = {_fold_spelling(option): option for option in options}
    word = _fold_spelling(text)
    meant = [plain[word]] if word in plain else [option for option in options if word in _WORDS.get(option, ())]
    if meant:
        return meant[0]
    if word in _NITROGEN and "argon" in options:
        raise InvalidInput(
            f"The {kind} is '{text[:60]}', nitrogen, and no measurement of the tables was made under it.",
            hint=f"Leave it out, or write it in a note; known are {', '.join(options)}.",
        )
    raise UnknownName(f"option of {kind}", text[:60], tuple(options))


def _fold_spelling(text: str) -> str:
    return re.sub(r"[\s_\-]+", " ", text).strip().casefold()


def read_stated_number(field: Field, text: str, notes: list[str], *, name: str = "") -> float:
    """Read the number that a person typed for a field, in its unit.

    Args:
        field: The field.
        text: What was typed.
        notes: Get what was read otherwise than it stands.
        name: What messages call the field, where it is not its name.

    Raises:
        UnitError: There is no number, or another unit.
        InvalidInput: A bare temperature looks like kelvin.
    """
    name = name or field.name
    digits, remark = read_number_words(field.name, text)
    notes += [f"{name}: {remark}"] if remark else []
    refuse_thousands(field.name, field.unit, digits, name)
    value = parse_quantity(digits, field.unit, name=name, notes=notes)
    is_bare = digits.strip()[-1:] in "0123456789."
    if field.unit == "" and (field.low, field.high) == (0.0, 1.0) and is_bare and 1.0 < value <= 100.0:
        hint = f"Write {value / 100:g} or {value:g} %."
        raise InvalidInput(f"{name} is {value:g}; it must be at most 1.", hint=hint, field=field.name)
    meant = looks_like_kelvin(value) if field.name == "heat_treatment_temperature_c" and is_bare else None
    if field.name == "temperature_c" and is_bare and KELVIN_RANGE_C[0] <= value <= KELVIN_RANGE_C[1]:
        meant = round(value - 273.15, 2)
    if meant is not None:
        raise InvalidInput(
            f"{name} = {digits.strip()} may be {value:g} °C or {value:g} K, which is {meant:g} °C.",
            hint=f"Write '{value:g} °C' or '{value:g} K'.",
            field=field.name,
        )
    return value


def refuse_thousands(field: str, unit: str, text: str, name: str) -> None:
    """Refuse a number of cycles, a speed or a capacity such as ``1.000``: the point may part thousands.

    Args:
        field: Flat name of the field.
        unit: Its unit.
        text: What was typed.
        name: What messages call it.

    Raises:
        InvalidInput: The point may be a thousands separator.
    """
    pointed = _POINTED.match(text.strip())
    if pointed is None or not (
        unit == "rpm" or field in _COUNTED or (unit == "mAh/g" and len(pointed[0]) == _SHORTEST)
    ):
        return
    raise InvalidInput(
        f"{name} is '{pointed[0]}': is '.' a thousands separator?",
        hint=f"Write {pointed[0].replace('.', '')}, or fewer digits behind the point.",
    )


def looks_like_kelvin(temperature_c: float) -> float | None:
    """The °C that a heat treatment temperature rather means, if it looks like kelvin; ``None`` if it does not.

    Furnaces are set to multiples of 5 °C: 823 is 550 °C in kelvin, and no heat treatment of the tables is at 823 °C.

    >>> looks_like_kelvin(823), looks_like_kelvin(550), looks_like_kelvin(188)
    (550.0, None, None)
    """
    celsius = temperature_c - 273.15
    rounded = 5.0 * round(celsius / 5.0)
    if celsius < 20.0 or abs(celsius - rounded) > _NEARLY_ROUND_K or temperature_c % 5.0 == 0.0:
        return None
    return rounded
