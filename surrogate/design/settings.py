"""Names of what a lab sets ↔ the fields of a :class:`Candidate`: the only place that knows both.

``build`` makes a candidate from settings (lab values by name), ``read`` gives the settings of any candidate. The unit
of a number stands in its name. A setting that is absent is *not stated*.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar, cast

from surrogate.active_material import active_material
from surrogate.cell import Cell, Electrode, FirstStep, Mixing, MixingMethod, Protocol, check_counted
from surrogate.composition import Composition, parse_composition
from surrogate.errors import SpaceError, UnknownName
from surrogate.measurement import Candidate, check_currents
from surrogate.properties import Subject
from surrogate.recipe import Atmosphere, Densification, Electrolyte, Form, HeatTreatment, Milling, Recipe, Route
from surrogate.text import check_text, visible

Settings = Mapping[str, float | str]
YES, NO = "yes", "no"
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One name: what it belongs to, whether it is a number, and its options where they are closed."""

    part: str  # "electrolyte", "cell" or "protocol"
    number: bool
    options: tuple[str, ...] = ()


def _numbers(part: str, *names: str) -> dict[str, Setting]:
    return {name: Setting(part=part, number=True) for name in names}


def _kind(part: str, kind: type[StrEnum]) -> Setting:
    return Setting(part=part, number=False, options=tuple(str(member.value) for member in kind))


#: Every name a space may use beside the coordinates of its composition.
SETTINGS: Mapping[str, Setting] = {
    "electrolyte": Setting(part="electrolyte", number=False),
    "route": _kind("electrolyte", Route),
    "form": _kind("electrolyte", Form),
    "solvent": Setting(part="electrolyte", number=False),
    "heat_treated": Setting(part="electrolyte", number=False, options=(YES, NO)),
    "atmosphere": _kind("electrolyte", Atmosphere),
    "densification": _kind("electrolyte", Densification),
    **_numbers(
        "electrolyte", "milling_time_h", "milling_speed_rpm", "ball_to_powder_ratio", "wet_milling_time_h",
        "heat_treatment_temperature_c", "heat_treatment_time_h", "pressure_mpa",
    ),
    "active_material": Setting(part="cell", number=False),
    "coating": Setting(part="cell", number=False),
    "additive": Setting(part="cell", number=False),
    "mixing_method": _kind("cell", MixingMethod),
    "counter_electrode": Setting(part="cell", number=False),
    "separator": Setting(part="cell", number=False),
    **_numbers(
        "cell", "active_weight_fraction", "electrolyte_weight_fraction", "additive_weight_fraction", "mixing_time_min",
        "mixing_speed_rpm", "mixing_ball_to_powder_ratio", "electrode_heat_treatment_temperature_c",
        "electrolyte_conductivity_s_per_cm", "active_loading_mg_per_cm2", "separator_thickness_um",
        "fabrication_pressure_mpa", "stack_pressure_mpa",
    ),
    "first_step": _kind("protocol", FirstStep),
    **_numbers(
        "protocol", "temperature_c", "voltage_min_v", "voltage_max_v", "current_ma_per_g", "current_ma_per_cm2",
        "c_rate", "cycles", "reference_cycle",
    ),
}  # fmt: skip


def check_setting(name: str, *, number: bool, options: tuple[str, ...] = ()) -> None:
    """Refuse a name that no candidate has, a number for a choice, or an option that does not exist."""
    known = SETTINGS.get(name)
    if known is None:
        raise UnknownName("setting", name, SETTINGS)
    if known.number != number:
        wanted = "a number with bounds" if known.number else "a choice with options"
        raise SpaceError(f"The setting {name} is {wanted}.", hint="Give low and high, or options.")
    for option in options:
        check_text(f"The option '{visible(option)}' of {name}", option, SpaceError)
        if known.options and option not in known.options:
            raise UnknownName(f"option of {name}", option, known.options)


class Builder:
    """Makes candidates from settings, and makes equal parts once: ten thousand cells share a handful of materials."""

    def __init__(self) -> None:
        self._made: dict[object, object] = {}

    def candidate(self, settings: Settings, subject: Subject, composition: Composition | None = None) -> Candidate:
        """The candidate of these settings; ``composition`` replaces the setting ``electrolyte``."""
        material = self._electrolyte(settings, composition)
        protocol = self.once(_picked(settings, "protocol"), lambda: _protocol(settings))
        if subject is Subject.ELECTROLYTE:
            if material is None:
                raise SpaceError(
                    "The space says nothing about the composition.", hint="Give a composition or electrolyte."
                )
            return Candidate(subject=material, protocol=protocol)
        return Candidate(subject=_cell(settings, material, self), protocol=protocol)

    def _electrolyte(self, settings: Settings, composition: Composition | None) -> Electrolyte | None:
        if composition is None:
            text = settings.get("electrolyte")
            if text is None:
                return None
            composition = self.once(("composition", text), lambda: parse_composition(str(text)))
        made = composition
        recipe = self.once(_picked(settings, "electrolyte"), lambda: _recipe(settings))
        return self.once((id(made), id(recipe)), lambda: Electrolyte(composition=made, recipe=recipe))

    def once(self, key: object, make: Callable[[], T]) -> T:
        """What was made for this key before, or newly made."""
        if key not in self._made:
            self._made[key] = make()
        return cast("T", self._made[key])


def build(settings: Settings, subject: Subject, composition: Composition | None = None) -> Candidate:
    """One candidate; use a :class:`Builder` for many."""
    return Builder().candidate(settings, subject, composition)


def check_stated(settings: Settings) -> None:
    """Refuse what a person cannot mean and :func:`build` puts up with; raises :class:`CellError`.

    These are hand mixing with the time, speed or balls of a mill, which :func:`build` leaves out because in a space the
    method and its time may vary together, and currents that contradict each other. What can be built and not be asked a
    prediction for is the business of :func:`surrogate.measurement.check_asked`.
    """
    _mixing(settings, as_stated=True)
    _currents(settings)


def _currents(settings: Settings) -> None:
    """Refuse currents that contradict each other, as :func:`surrogate.measurement.check_currents` says."""
    material = settings.get("active_material")
    check_currents(
        **{name: _number(settings, name) for name in ("c_rate", "current_ma_per_g", "current_ma_per_cm2")},
        capacity_mah_per_g=None if material is None else active_material(str(material)).theoretical_capacity_mah_per_g,
        loading_mg_per_cm2=_number(settings, "active_loading_mg_per_cm2"),
    )


def _picked(settings: Settings, part: str) -> tuple[object, ...]:
    return (
        part,
        *((n, v) for n, v in settings.items() if n in SETTINGS and SETTINGS[n].part == part and n != "electrolyte"),
    )


def _number(settings: Settings, name: str) -> float | None:
    value = settings.get(name)
    return None if value is None else float(value)


def _text(settings: Settings, name: str) -> str | None:
    value = settings.get(name)
    return None if value is None else str(value)


def _recipe(settings: Settings) -> Recipe:
    time, speed, ratio = (_number(settings, n) for n in ("milling_time_h", "milling_speed_rpm", "ball_to_powder_ratio"))
    milling = Milling(time_h=time, speed_rpm=speed, ball_to_powder_ratio=ratio)
    route, form, densification = (_text(settings, n) for n in ("route", "form", "densification"))
    treated = _text(settings, "heat_treated")
    return Recipe(
        route=None if route is None else Route(route),
        milling=None if milling == Milling() else milling,
        heat_treatment=_heat_treatment(settings),
        heat_treated=None if treated is None else treated == YES,
        solvent=_text(settings, "solvent"),
        wet_milling_time_h=_number(settings, "wet_milling_time_h"),
        form=None if form is None else Form(form),
        densification=None if densification is None else Densification(densification),
        pressure_mpa=_number(settings, "pressure_mpa"),
    )


def _heat_treatment(settings: Settings) -> HeatTreatment | None:
    temperature, time = (_number(settings, n) for n in ("heat_treatment_temperature_c", "heat_treatment_time_h"))
    atmosphere = _text(settings, "atmosphere")
    if temperature is None and time is None and atmosphere is None:
        return None
    around = None if atmosphere is None else Atmosphere(atmosphere)
    return HeatTreatment(temperature_c=temperature, time_h=time, atmosphere=around)


def _protocol(settings: Settings) -> Protocol:
    first = _text(settings, "first_step")
    names = (
        "temperature_c",
        "voltage_min_v",
        "voltage_max_v",
        "current_ma_per_g",
        "current_ma_per_cm2",
        "c_rate",
        "cycles",
    )
    return Protocol(
        first_step=None if first is None else FirstStep(first),
        reference_cycle=_cycle(_number(settings, "reference_cycle")),
        **{name: _number(settings, name) for name in names},
    )


def _cycle(number: float | None) -> int | None:
    check_counted("reference_cycle", number)
    return None if number is None else int(number)


def _mixing(settings: Settings, *, as_stated: bool = False) -> Mixing:
    """How the electrode is mixed; unless ``as_stated``, by hand goes without what else is said of a mill."""
    method = _text(settings, "mixing_method")
    hand = method == MixingMethod.HAND_MIXED and not as_stated
    return Mixing(
        method=None if method is None else MixingMethod(method),
        time_min=0.0 if hand else _number(settings, "mixing_time_min"),
        speed_rpm=None if hand else _number(settings, "mixing_speed_rpm"),
        ball_to_powder_ratio=None if hand else _number(settings, "mixing_ball_to_powder_ratio"),
    )


def _cell(settings: Settings, material: Electrolyte | None, builder: Builder) -> Cell:
    name, separator = _text(settings, "active_material"), _text(settings, "separator")
    if name is None:
        raise SpaceError(
            "A cell needs an active material.", hint="Give active_material as a choice or a fixed setting."
        )
    layer = None
    if separator is not None:
        layer = builder.once(("separator", separator), lambda: Electrolyte(composition=parse_composition(separator)))
    electrode = Electrode(
        active_material=builder.once(("active", name), lambda: active_material(name)),
        electrolyte=material,
        additive=_text(settings, "additive"),
        coating=_coating(settings),
        mixing=builder.once(("mixing", *(settings.get(n) for n in _MIXING)), lambda: _mixing(settings)),
        heat_treatment_temperature_c=_number(settings, "electrode_heat_treatment_temperature_c"),
        electrolyte_conductivity_s_per_cm=_number(settings, "electrolyte_conductivity_s_per_cm"),
        active_loading_mg_per_cm2=_number(settings, "active_loading_mg_per_cm2"),
        active_weight_fraction=_number(settings, "active_weight_fraction"),
        electrolyte_weight_fraction=_number(settings, "electrolyte_weight_fraction"),
        additive_weight_fraction=_number(settings, "additive_weight_fraction"),
    )
    return Cell(
        electrode=electrode,
        counter_electrode=_text(settings, "counter_electrode"),
        separator=layer,
        separator_thickness_um=_number(settings, "separator_thickness_um"),
        fabrication_pressure_mpa=_number(settings, "fabrication_pressure_mpa"),
        stack_pressure_mpa=_number(settings, "stack_pressure_mpa"),
    )


_MIXING = ("mixing_method", "mixing_time_min", "mixing_speed_rpm", "mixing_ball_to_powder_ratio")


def _coating(settings: Settings) -> str | None:
    """Spaces say "none" for a bare material; candidates say it with an empty string."""
    coating = _text(settings, "coating")
    return "" if coating == "none" else coating


def read(candidate: Candidate) -> dict[str, float | str]:
    """The settings of a candidate; what is not stated is not in the dictionary."""
    found: dict[str, float | str | None] = {}
    material = candidate.electrolyte
    if material is not None:
        found |= {"electrolyte": material.composition.text, **_read_recipe(material.recipe)}
    if isinstance(candidate.subject, Cell):
        found |= _read_cell(candidate.subject)
    protocol = candidate.protocol
    for name in (n for n, setting in SETTINGS.items() if setting.part == "protocol"):
        value = getattr(protocol, name)
        found[name] = value if value is None or isinstance(value, str) else float(value)
    return {name: _plain(value) for name, value in found.items() if value is not None}


def _plain(value: float | str) -> float | str:
    return str(value.value) if isinstance(value, StrEnum) else value


def _read_recipe(recipe: Recipe) -> dict[str, float | str | None]:
    milling, heat = recipe.milling, recipe.heat_treatment
    return {
        "route": recipe.route,
        "form": recipe.form,
        "solvent": recipe.solvent,
        "heat_treated": None if recipe.heat_treated is None else (YES if recipe.heat_treated else NO),
        "atmosphere": None if heat is None else heat.atmosphere,
        "densification": recipe.densification,
        "milling_time_h": None if milling is None else milling.time_h,
        "milling_speed_rpm": None if milling is None else milling.speed_rpm,
        "ball_to_powder_ratio": None if milling is None else milling.ball_to_powder_ratio,
        "wet_milling_time_h": recipe.wet_milling_time_h,
        "heat_treatment_temperature_c": None if heat is None else heat.temperature_c,
        "heat_treatment_time_h": None if heat is None else heat.time_h,
        "pressure_mpa": recipe.pressure_mpa,
    }


def _read_cell(cell: Cell) -> dict[str, float | str | None]:
    electrode = cell.electrode
    return {
        "active_material": electrode.active_material.text,
        "coating": "none" if electrode.coating == "" else electrode.coating,
        "additive": electrode.additive,
        **electrode.weight_fractions,
        "mixing_method": electrode.mixing.method,
        "mixing_time_min": electrode.mixing.time_min,
        "mixing_speed_rpm": electrode.mixing.speed_rpm,
        "mixing_ball_to_powder_ratio": electrode.mixing.ball_to_powder_ratio,
        "electrode_heat_treatment_temperature_c": electrode.heat_treatment_temperature_c,
        "electrolyte_conductivity_s_per_cm": electrode.electrolyte_conductivity_s_per_cm,
        "active_loading_mg_per_cm2": electrode.active_loading_mg_per_cm2,
        "counter_electrode": cell.counter_electrode,
        "separator": None if cell.separator is None else cell.separator.composition.text,
        "separator_thickness_um": cell.separator_thickness_um,
        "fabrication_pressure_mpa": cell.fabrication_pressure_mpa,
        "stack_pressure_mpa": cell.stack_pressure_mpa,
    }
