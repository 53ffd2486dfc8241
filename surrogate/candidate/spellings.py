"""What people write for a setting where the tables have one word or number: C/10, 20:1, RT, Ar, ball milling, ja.

Only what means one thing is read; what has no place among the options is refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from surrogate.candidate.cell import LI_IN_OFFSET_V
from surrogate.candidate.field import NO, YES, Field
from surrogate.candidate.recipe import ABSOLUTE_ZERO_C, ROOM_TEMPERATURE_C
from surrogate.errors import InvalidInput, UnknownName
from surrogate.units import UNSEEN, parse_quantity

#: Kelvins are round in °C to within this, since many leave out the 0.15.
_NEARLY_ROUND_K = 1.0
_RATES = (
    (re.compile(r"(?:C|1\s?C?)\s*/\s*(\d+(?:[.,]\d+)?)(?:\s?C)?(?:[ -]?rate)?", re.IGNORECASE), "1/{}"),
    (re.compile(r"(\d*[.,]?\d+)\s*C(?:[ -]?rate)?", re.IGNORECASE), "{}"),
)
_RATIO = re.compile(
    r"(\d+(?:[.,]\d+)?)\s*(?:[:∶/]|to|zu|à)\s*(\d+(?:[.,]\d+)?)"
    r"(?:\s*\(?(?:w/w|m/m|wt\.?%?|by weight|by mass|weight|mass)\)?)?",
    re.IGNORECASE,
)
#: A number with what it counts, where only whole ones are counted: 100 cycles, 3rd.
_COUNTED_OUT = re.compile(
    r"(\d[\d.,]*)\s*(?:cycles?|cyc|zyklus|zyklen|th|st|nd|rd|次|循环|圈|サイクル)\.?", re.IGNORECASE
)
#: A current in the place of a rate.
_CURRENT = re.compile(r"[\d.,]+\s*[mµμun]?A(?![a-z])(?P<per>.*)")
#: A potential with the electrode that it is counted from.
_AGAINST = re.compile(r"(.*?\d\s*m?V?)\s*\(?\s*(?:vs\.?|versus|against|gegen)\s*([^()]*?)\)?", re.IGNORECASE)
_OF_LITHIUM = re.compile(r"(?:Li|Li[+⁺]|lithium)(?:\s*/\s*(?:Li|Li[+⁺]|Li0|Li⁰))?(?: metal)?", re.IGNORECASE)
_OF_INDIUM = re.compile(r".*\b(?:Li)?In(?:dium|Li)?\b.*", re.IGNORECASE)
CUT_OFFS = ("voltage_min_v", "voltage_max_v")
_REFERENCE = re.compile(r"(m?V)\s*\(?\s*(?:vs\.?|versus|against|gegen)\s*([^()]*?)\)?", re.IGNORECASE)
#: A value and how far it may be off.
_WITH_SPREAD = re.compile(r"([^±]*?\d)\s*(?:±|\+/-|\+-)\s*\d[\d.,]*(.*)")
_ROOM = re.compile(
    r"r\.?\s?t\.?|room[ -]?temp(?:erature|\.)?|ambient(?: temperature)?|raumtemperatur|室温|常温", re.IGNORECASE
)
_RATIOS = ("ball_to_powder_ratio", "mixing_ball_to_powder_ratio")

_WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        YES: ("ja", "j", "y", "true", "wahr", "oui", "si", "sí", "はい", "是"),
        NO: ("nein", "n", "false", "falsch", "non", "いいえ", "否"),
        "argon": ("ar", "ar gas", "under ar", "argon gas", "氩气", "氩", "アルゴン"),
        "vacuum": ("vac", "vac.", "under vacuum", "dynamic vacuum", "vakuum", "真空"),
        "sealed": ("sealed ampoule", "sealed quartz", "sealed quartz tube", "sealed quartz ampoule", "sealed tube"),
        "H2S": ("h₂s",),
        "mechanical_milling": (
            "ball milling", "ball milled", "ballmilling", "ball mill", "bm", "hebm", "high energy ball milling",
            "high energy milling", "planetary ball milling", "planetary milling", "mechanical alloying",
            "mechanochemical", "mechanochemical synthesis", "mechanochemistry", "milling", "kugelmahlen", "kugelmühle",
            "mahlen", "broyage", "broyage mécanique", "mécanosynthèse", "球磨", "机械球磨", "高能球磨",
            "メカニカルミリング", "ボールミル", "メカノケミカル",
        ),
        "ball_milled": ("ball milling", "ballmilling", "bm", "milling", "planetary ball milling", "kugelmahlen"),
        "solid_state": (
            "solid state reaction", "solid state synthesis", "ssr", "festkörpersynthese", "固相法", "固相反応",
        ),
        "melt_quench": ("melt quenching", "melt quenched"),
        "solution": (
            "solution synthesis", "wet chemistry", "wet chemical", "wet chemical synthesis", "solution processing",
            "lösungssynthese", "溶液法",
        ),
        "liquid_phase": (
            "liquid phase synthesis", "liquid phase shaking", "liquid phase stirring", "suspension",
            "suspension synthesis", "flüssigphasensynthese", "液相法",
        ),
        "glass-ceramic": ("glass ceramics", "glaskeramik", "ガラスセラミックス", "ガラスセラミック"),
        "glass": ("glassy", "glas", "amorphous", "amorph", "ガラス"),
        "crystalline": ("kristallin", "結晶"),
        "hand_mixed": ("hand mixing", "by hand", "mortar", "hand ground", "agate mortar", "mörser", "手工研磨", "研磨"),
        "hot-pressed": ("hot pressing", "hot press"),
        "cold-pressed": ("cold pressing", "cold press"),
        "ok": ("done", "finished", "success", "fertig", "erledigt", "erfolgreich", "完成"),
        "failed": ("fail", "failure", "fehlgeschlagen", "gescheitert", "misslungen", "échec", "失败", "失敗"),
        "cancelled": ("canceled", "abgebrochen", "annulé", "取消"),
        "shorted": ("short", "short circuit", "short circuited", "kurzschluss", "court-circuit", "短路", "短絡"),
        "lost": ("verloren", "perdu"),
        "planned": ("geplant", "prévu", "计划"),
        "running": ("läuft", "in progress", "en cours"),
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
    """Read what people write for a number of a field, such as C/10, 20:1 or RT.

    >>> read_number_words("c_rate", "C/10"), read_number_words("ball_to_powder_ratio", "20:1")
    (('0.1', ''), ('20', ''))
    >>> read_number_words("temperature_c", "RT")
    ('25', "'RT' was read as 25 °C.")

    Args:
        name: Of the field.
        text: What was typed.

    Returns:
        The number as digits, and what has to be said of it; any other text as it is.

    Raises:
        InvalidInput: There are fewer balls than powder, or a furnace is at room temperature.
    """
    stripped = text.strip()
    for read in (_read_rate, _read_count, _read_potential, _read_ratio):
        digits = read(name, stripped)
        if digits is not None:
            return digits, ""
    if name == "heat_treatment_temperature_c" and _ROOM.fullmatch(stripped):
        raise InvalidInput(
            f"{name} is '{stripped}', room temperature.",
            hint="Write 'none' if there was no heat treatment, else the temperature of the furnace.",
            field=name,
        )
    if name == "temperature_c" and _ROOM.fullmatch(stripped):
        return f"{ROOM_TEMPERATURE_C:g}", f"'{stripped}' was read as {ROOM_TEMPERATURE_C:g} °C."
    return text, ""


def _read_rate(name: str, text: str) -> str | None:
    """``C/10`` and ``0.1C``; refuses a current, which has fields of its own."""
    if name != "c_rate":
        return None
    for pattern, shape in _RATES:
        match = pattern.fullmatch(text)
        if match and shape == "{}":
            return match[1]
        if match and float(match[1].replace(",", ".")) > 0.0:
            return f"{1.0 / float(match[1].replace(',', '.')):.15g}"
    current = _CURRENT.fullmatch(text)
    if current is not None:
        is_density = "m" in current["per"]
        meant = "current density (current_ma_per_cm2)" if is_density else "specific current (current_ma_per_g)"
        raise InvalidInput(f"{name} is '{text[:60]}', a current.", hint=f"Give it as the {meant}.", field=name)
    return None


def read_reference(unit: str) -> str:
    """The unit of a column of cut-offs without the electrode that they are versus, if that is lithium.

    >>> read_reference("V vs. Li/Li+"), read_reference("V vs. In/InLi")
    ('V', 'V vs. In/InLi')
    """
    match = _REFERENCE.fullmatch(unit.strip())
    return match[1] if match is not None and _OF_LITHIUM.fullmatch(match[2].strip()) else unit


def _read_count(name: str, text: str) -> str | None:
    """``100 cycles`` and ``3rd``, where cycles are counted."""
    counted = _COUNTED_OUT.fullmatch(text) if name in _COUNTED else None
    return None if counted is None else counted[1]


def _read_potential(name: str, text: str) -> str | None:
    """A cut-off versus lithium; refuses one versus another electrode, with what it is versus lithium."""
    against = _AGAINST.fullmatch(text) if name in CUT_OFFS else None
    if against is None:
        return None
    if _OF_LITHIUM.fullmatch(against[2].strip()):
        return against[1]
    hint = "Give it versus Li⁺/Li."
    if _OF_INDIUM.fullmatch(against[2]):
        value = parse_quantity(against[1], "V", name=name, notes=[])
        hint = f"Write {value + LI_IN_OFFSET_V:g} V, which is {value:g} V and {LI_IN_OFFSET_V} V more."
    raise InvalidInput(f"{name} is '{text[:60]}', and cut-offs are versus Li⁺/Li.", hint=hint, field=name)


def _read_ratio(name: str, text: str) -> str | None:
    """``20:1`` of balls to powder; refuses the reverse."""
    ratio = _RATIO.fullmatch(text) if name in _RATIOS else None
    if ratio is None:
        return None
    balls, powder = (float(ratio[place].replace(",", ".")) for place in (1, 2))
    if powder <= 0.0 or balls < powder:
        raise InvalidInput(
            f"{name} is '{ratio[0]}', fewer balls than powder; is {ratio[2]}:{ratio[1]} meant?",
            hint="Write the mass of the balls first, like 20:1.",
            field=name,
        )
    return f"{balls / powder:.15g}"


def read_option(kind: str, text: str, options: Sequence[str]) -> str:
    """One of some options, however it is capitalised, joined or called.

    Args:
        kind: What messages call what is chosen.
        text: What was typed.
        options: The allowed ones.

    Raises:
        UnknownName: It is another word.
        InvalidInput: The word has a meaning, and no place among the options.
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
    return re.sub(r"[\s_\-]+", " ", text.translate(UNSEEN)).strip().casefold()


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
    try:
        digits, remark = read_number_words(field.name, text)
    except InvalidInput as error:
        error.message = error.message.replace(field.name, name, 1)
        raise
    notes += [f"{name}: {remark}"] if remark else []
    spread = _WITH_SPREAD.fullmatch(digits)
    if spread is not None and "%" not in spread[2]:  # of itself, or in hundredths: nobody knows
        notes.append(f"{name} = '{digits.strip()}' was read without its uncertainty.")
        digits = spread[1] + spread[2]
    refuse_thousands(field.name, field.unit, digits, name)
    value = parse_quantity(digits, field.unit, name=name, notes=notes)
    is_bare = digits.strip()[-1:] in "0123456789."
    if field.unit == "" and (field.low, field.high) == (0.0, 1.0) and is_bare and 1.0 < value <= 100.0:
        hint = f"Write {value / 100:g} or {value:g} %."
        raise InvalidInput(f"{name} is {value:g}; it must be at most 1.", hint=hint, field=field.name)
    meant = looks_like_kelvin(value) if field.name == "heat_treatment_temperature_c" and is_bare else None
    if field.name == "temperature_c" and is_bare and KELVIN_RANGE_C[0] <= value <= KELVIN_RANGE_C[1]:
        meant = round(value + ABSOLUTE_ZERO_C, 2)
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
    celsius = temperature_c + ABSOLUTE_ZERO_C
    rounded = 5.0 * round(celsius / 5.0)
    if celsius < 20.0 or abs(celsius - rounded) > _NEARLY_ROUND_K or temperature_c % 5.0 == 0.0:
        return None
    return rounded
