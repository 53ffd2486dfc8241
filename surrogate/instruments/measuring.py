"""From files and what a person adds to values of properties, ready to be told to a campaign."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from surrogate.candidate.provenance import Provenance, SourceFile
from surrogate.errors import InvalidInput
from surrogate.instruments import capacities
from surrogate.instruments.circuit import DOUBTFUL, Fit, fit_circuit
from surrogate.instruments.conductivity import activation_energy, conductivity
from surrogate.instruments.cycler import Cycling, read_cycling
from surrogate.instruments.geometry import Pellet, Uncertain, pellet, read_temperature, read_uncertain, read_written
from surrogate.instruments.source import InstrumentFile, Origin
from surrogate.instruments.spectra import Spectrum, is_spectrum, read_spectrum
from surrogate.properties import get_property
from surrogate.version import __version__

#: More active material than in cells of laboratories: mostly g for mg.
_HEAVY_G = 0.2
#: Less than active materials have, unless the cell is dead: mostly A for mA.
_LITTLE_MAH_PER_G = 5.0
#: What efficiency is called by: the second half of a cycle over the first depends on which came first.
_CHARGED_FIRST = "discharge over the charge before it, in one cycle"
_DISCHARGED_FIRST = "charge over the discharge before it, in one cycle"


@dataclass(frozen=True, kw_only=True)
class Details:
    """What no file says, as people write it."""

    thickness: str | None = None
    diameter: str | None = None
    area: str | None = None
    mass: str | None = None
    temperature: str | None = None
    reference_cycle: int | None = None


@dataclass(frozen=True, kw_only=True)
class Value:
    """A value of one property in its unit; ``uncertainty`` is one standard deviation on the scale of the property.

    ``others`` are the further files that went into it, as into an activation energy.
    """

    property: str
    value: float
    uncertainty: float | None
    origin: Origin
    temperature_c: float | None = None
    cycles: int | None = None
    reference_cycle: int | None = None
    others: tuple[Origin, ...] = ()

    @cached_property
    def provenance(self) -> Provenance:
        """Where it comes from, as it is stored."""
        return Provenance(
            files=tuple(SourceFile(name=o.file, sha256=o.sha256) for o in (self.origin, *self.others) if o.sha256),
            instrument=self.origin.instrument,
            software=self.origin.software,
            read_by=f"sulfide-surrogate {__version__}",
            assumptions=self.origin.assumptions,
        )


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What came out of the files: values, facts that belong to none of them, and what a person should look at."""

    values: tuple[Value, ...]
    facts: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    spectra: tuple[tuple[Spectrum, Fit], ...] = ()
    cycling: tuple[Cycling, ...] = ()


def measure(files: Sequence[InstrumentFile], details: Details, written: Sequence[str] = ()) -> Reading:
    """Values of all ``files`` together: of spectra conductivities and their activation energy, of cycling capacities.

    Args:
        files: Spectra of one pellet, or records of cells.
        details: The pellet, the mass of active material, the temperature.
        written: Resistances written out, such as ``R = 83 Ω, 0.95 mm, ⌀ 10 mm``.

    Raises:
        SurrogateError: In one sentence, for the first file that cannot be right; nothing else is given then.
    """
    readings = [_measure_written(text, details) for text in written]
    spectra = [file for file in files if is_spectrum(file)]
    readings += [_measure_spectra(spectra, details)] if spectra else []
    readings += [_measure_cycling(file, details) for file in files if file not in spectra]
    if not readings:
        raise InvalidInput("There is nothing to measure.", hint="Give a file, or 'R = 83 Ω, 0.95 mm, ⌀ 10 mm'.")
    for value in (v for r in readings for v in r.values):
        get_property(value.property).check(value.value)
    return Reading(
        values=tuple(v for r in readings for v in r.values),
        facts=tuple(f for r in readings for f in r.facts),
        warnings=tuple(w for r in readings for w in r.warnings),
        spectra=tuple(s for r in readings for s in r.spectra),
        cycling=tuple(c for r in readings for c in r.cycling),
    )


def _measure_written(text: str, details: Details) -> Reading:
    stated = read_written(
        text, thickness=details.thickness, diameter=details.diameter, area=details.area, temperature=details.temperature
    )
    sigma = conductivity(stated.resistance_ohm, stated.pellet)
    origin = Origin(file="", sha256="", assumptions=(f"from '{text}'", "total resistance as stated"))
    if stated.is_completed:  # what the words say alone is what tells this value from others
        origin = origin.assuming(stated.pellet.describe())
    warnings = stated.pellet.doubts()
    if stated.temperature_c is None:
        warnings.append(f"The temperature of '{text}' is not known; add it, as in '{text}, 25 °C'.")
    return Reading(values=(_make_conductivity(sigma, origin, stated.temperature_c),), warnings=tuple(warnings))


def _measure_spectra(files: Sequence[InstrumentFile], details: Details) -> Reading:
    measured = [read_spectrum(file) for file in files]
    shape = pellet(details.thickness, details.diameter, details.area)
    stated = None if details.temperature is None else read_temperature(details.temperature)
    if stated is not None and len(files) > 1:
        raise InvalidInput(
            "One temperature is given for several spectra.", hint="Name the files by it, such as 'pellet 60C.mpt'."
        )
    values, warnings, pairs, resistances = [], shape.doubts(), [], []
    for file, spectrum in zip(files, measured, strict=True):
        fit = fit_circuit(spectrum)
        resistance = Uncertain(value=fit.total_ohm, uncertainty=fit.total_uncertainty_ohm)
        temperature = spectrum.temperature_c if stated is None else stated
        origin = spectrum.origin.assuming(fit.describe(), shape.describe())
        values.append(_make_conductivity(conductivity(resistance, shape), origin, temperature))
        warnings += _list_doubts(file.name, fit, temperature)
        pairs.append((spectrum, fit))
        resistances.append(resistance)
    values += _measure_barrier(values, resistances, shape)
    return Reading(values=tuple(values), warnings=tuple(warnings), spectra=tuple(pairs))


def _measure_barrier(values: Sequence[Value], resistances: Sequence[Uncertain], shape: Pellet) -> list[Value]:
    """The activation energy where three temperatures or more are known."""
    series = [(v.temperature_c, r) for v, r in zip(values, resistances, strict=True) if v.temperature_c is not None]
    if len({t for t, _ in series}) < 3:
        return []
    bare = replace(
        shape,
        thickness_cm=replace(shape.thickness_cm, uncertainty=0.0),
        area_cm2=replace(shape.area_cm2, uncertainty=0.0),
    )
    energy, low, high = activation_energy([t for t, _ in series], [conductivity(r, bare) for _, r in series])
    origin = values[0].origin
    interval = f"90 % interval {low:.3f} to {high:.3f} eV, from ln(σT) over 1/T at {len(series)} temperatures"
    return [
        Value(
            property="activation_energy", value=energy.value, uncertainty=energy.uncertainty,
            origin=replace(origin, assumptions=(interval, shape.describe())),
            others=tuple(v.origin for v in values[1:]),
        )
    ]  # fmt: skip


def _list_doubts(name: str, fit: Fit, temperature: float | None) -> list[str]:
    doubts = []
    if fit.kramers_kronig > DOUBTFUL:
        doubts.append(f"'{name}' misses Kramers and Kronig by {100 * fit.kramers_kronig:.1f} %; did the pellet change?")
    for ohm, farad in fit.interfaces:
        doubts.append(f"'{name}' has an arc of {ohm:.3g} Ω with {farad:.2g} F, which was left out as an interface.")
    if not fit.is_blocking and not fit.interfaces:
        doubts.append(f"'{name}' shows no blocking electrode; its resistance may hold that of the interfaces.")
    if temperature is None:
        doubts.append(f"The temperature of '{name}' is not known; give --temperature, or write it into the name.")
    return doubts


def _make_conductivity(sigma: Uncertain, origin: Origin, temperature_c: float | None) -> Value:
    return Value(
        property="ionic_conductivity",
        value=sigma.value,
        uncertainty=sigma.relative / math.log(10.0),  # in decades
        origin=origin,
        temperature_c=temperature_c,
    )


def _measure_cycling(file: InstrumentFile, details: Details) -> Reading:
    cycling = read_cycling(file)
    if details.mass is None:
        raise InvalidInput(
            f"The capacities of '{file.name}' are per gram of active material, whose mass is not given.",
            hint='Give it: --mass "12.3 mg".',
        )
    mass = read_uncertain(details.mass, "g", "mass")
    cycles, before = capacities.find_cycles(cycling)
    capacities.check_capacity_columns(cycling, cycles)
    low, high = capacities.window(cycling)
    whole = capacities.complete(cycles, (low, high))
    warnings = capacities.anomalies(cycling, cycles)
    if mass.value > _HEAVY_G:
        warnings.append(f"{mass.value:.4g} g of active material are more than cells of a laboratory hold; is it mg")
    if before is not None:
        way = "charge" if before.is_charge else "discharge"
        prepared = (
            f"a {way} of {before.capacity_mah:.3g} mAh before the first full half cycle was not counted as a cycle"
        )
        warnings.append(prepared)
        cycling = replace(cycling, origin=cycling.origin.assuming(prepared))
    origin = cycling.origin.assuming(
        f"per gram of active material of {mass.value * 1e3:.4g} mg",
        f"the cell was {'charged' if cycles[0].first.is_charge else 'discharged'} first",
        f"window as found {low:.3g} to {high:.3g} V versus the counter electrode",
    )
    values: list[Value] = []
    facts = [f"{len(cycles)} cycles, {low:.3g} to {high:.3g} V versus the counter electrode, as found"]
    if whole and whole[0].number == 1:
        values += _measure_first_cycle(cycles[0], mass, origin, facts, warnings)
    values += _measure_retention(whole, origin, details.reference_cycle, facts)
    if not values:
        raise InvalidInput(f"'{file.name}' holds no complete cycle.", hint="Give the whole record.")
    temperature = capacities.steady_temperature(cycling)
    return Reading(
        values=tuple(replace(value, temperature_c=temperature) for value in values),
        facts=tuple(f"{file.name}: {f}" for f in facts),
        warnings=tuple(f"'{file.name}': {w}." for w in warnings), cycling=(cycling,),
    )  # fmt: skip


def _measure_first_cycle(
    cycle: capacities.Cycle, mass: Uncertain, origin: Origin, facts: list[str], warnings: list[str]
) -> list[Value]:
    """Capacities per gram of active material; what they rest on goes to ``facts`` and ``warnings``."""
    values = []
    for name, half in (("first_discharge_capacity", cycle.discharge), ("first_charge_capacity", cycle.charge)):
        if half is None:
            continue
        specific = half.capacity_mah / mass.value
        if specific < _LITTLE_MAH_PER_G:
            warnings.append(f"{name} is {specific:.2g} mAh/g, hardly any; are mA, mAh and mg right")
        rate = f"at {half.current_ma / mass.value:.3g} mA/g ({half.c_rate}), as found"
        uncertainty = specific * mass.relative
        values.append(Value(property=name, value=specific, uncertainty=uncertainty, origin=origin.assuming(rate)))
        facts.append(f"{name} {rate}")
    if cycle.second is not None:
        efficiency = 100.0 * cycle.second.capacity_mah / cycle.first.capacity_mah
        meaning = _CHARGED_FIRST if cycle.first.is_charge else _DISCHARGED_FIRST
        facts.append(f"first coulombic efficiency {efficiency:.2f} % ({meaning})")
    return values


def _measure_retention(
    whole: Sequence[capacities.Cycle], origin: Origin, reference: int | None, facts: list[str]
) -> list[Value]:
    """Retention of the discharge capacity at the last complete cycle, against the reference cycle."""
    forming = capacities.formation(whole)
    if forming:
        facts.append(f"formation: the first {forming} cycles run at another current than the last")
    if len(whole) < 2:
        return []
    numbers = {cycle.number: cycle for cycle in whole}
    chosen = whole[forming].number if reference is None else reference
    if chosen not in numbers:
        raise InvalidInput(
            f"Cycle {chosen} is not among the complete cycles of '{origin.file}'.",
            hint="Give another --reference-cycle.",
        )
    last = whole[-1]
    if last.number <= chosen:
        return []
    one, other = numbers[chosen].discharge, last.discharge
    if one is None or other is None:
        return []
    words = f"discharge capacity of cycle {last.number} relative to cycle {chosen}"
    basis = "as asked" if reference is not None else "the first at the current of the last"
    return [
        Value(
            property="capacity_retention", value=100.0 * other.capacity_mah / one.capacity_mah, uncertainty=None,
            origin=origin.assuming(f"{words} ({basis})"), cycles=last.number, reference_cycle=chosen,
        )
    ]  # fmt: skip
