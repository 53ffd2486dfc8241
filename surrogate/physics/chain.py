"""The chain (a) to (d) for candidates: recipe and protocol in, simulated outcome out.

Two ways in, the convenient and the fast one:

* :func:`simulate`: candidates -> outcomes with status, reasons and assumptions; any fidelity level.
* :func:`simulate_arrays`: batches -> arrays, no Python loop; what the sweep and the benchmarks use.

The analytic level needs neither PyBaMM nor pandas. Levels ``SPMe`` and ``DFN`` replace the first-cycle capacities of
cells by those of a solved half cell.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import fields, replace

import numpy as np

from surrogate.cell import Cell
from surrogate.errors import InvalidInput
from surrogate.measurement import Candidate
from surrogate.physics import defaults
from surrogate.physics.composite import CompositeState, ElectrodeBatch, composite
from surrogate.physics.conduction import activation_energy, arrhenius
from surrogate.physics.coordinates import Coordinates, Family
from surrogate.physics.electrolyte import ElectrolyteBatch, ElectrolyteState, electrolyte
from surrogate.physics.fade import electrode_retention
from surrogate.physics.outcome import Level, SimulatedOutcome, Status
from surrogate.physics.parameters.base import NOMINAL, FloatArray, ParameterDraw
from surrogate.physics.parameters.universal import ZERO_CELSIUS_K
from surrogate.recipe import Electrolyte

# -- reading candidates ----------


def electrolyte_batch(rows: Sequence[defaults.ElectrolyteRow]) -> ElectrolyteBatch:
    """Struct of arrays from rows; n may be zero."""

    def column(name: str, kind: type = float) -> np.ndarray:
        return np.array([getattr(row, name) for row in rows], dtype=kind)

    places = [row.place for row in rows]
    return ElectrolyteBatch(
        family=np.array([int(place.family) for place in places], dtype=np.int64),
        substituents=np.array([place.substituents for place in places], dtype=float).reshape(len(rows), -1),
        halides=np.array([place.halides for place in places], dtype=float).reshape(len(rows), -1),
        li2s_fraction=np.array([place.li2s_fraction for place in places], dtype=float),
        synthesis_dose_h=column("synthesis_dose_h"),
        remill_dose_h=column("remill_dose_h"),
        wet_milling_h=column("wet_milling_h"),
        heat_c=column("heat_c"),
        heat_h=column("heat_h"),
        precursors_milled=column("precursors_milled", bool),
        from_solution=column("from_solution", bool),
        sintered=column("sintered", bool),
        temperature_k=column("temperature_c") + ZERO_CELSIUS_K,
    )


def electrode_batch(rows: Sequence[defaults.ElectrodeRow]) -> ElectrodeBatch:
    """Struct of arrays from covered rows (``material`` not empty)."""
    skip = {"material"}
    names = [f.name for f in fields(ElectrodeBatch) if f.name not in skip]
    columns = {name: np.array([getattr(row, name) for row in rows]) for name in names}
    return ElectrodeBatch(material=np.array([row.material for row in rows], dtype=np.str_), **columns)


def _read_electrolytes(candidates: Sequence[Candidate]) -> list[defaults.ElectrolyteRow]:
    nothing = defaults.ElectrolyteRow(
        place=Coordinates(family=Family.NONE, reason="the cell's electrolyte is not stated")
    )
    read: dict[tuple[int, float | None], defaults.ElectrolyteRow] = {}  # thousands of cells share a few electrolytes
    rows = []
    for candidate in candidates:
        subject: Electrolyte | None = candidate.electrolyte
        if subject is None:
            rows.append(nothing)
            continue
        key = (id(subject), candidate.protocol.temperature_c)
        if key not in read:
            read[key] = defaults.electrolyte_row(subject, candidate.protocol.temperature_c)
        rows.append(read[key])
    return rows


# -- computing ----------


def simulate_arrays(
    electrolytes: ElectrolyteBatch,
    electrodes: ElectrodeBatch,
    cycles: FloatArray,
    temperature_k: FloatArray,
) -> tuple[ElectrolyteState, CompositeState, FloatArray]:
    """Links (a), (b), (d) on n electrolytes and the n electrodes made with them; analytic level, no Python loop.

    The electrodes' ``electrolyte_conductivity`` is replaced by that of link (a) wherever it is covered.
    """
    state = electrolyte(electrolytes)
    sigma = np.where(np.isnan(state.conductivity), electrodes.electrolyte_conductivity, state.conductivity)
    columns = {f.name: getattr(electrodes, f.name) for f in fields(ElectrodeBatch)} | {
        "electrolyte_conductivity": sigma
    }
    batch = ElectrodeBatch(**columns)
    made = composite(batch)
    return state, made, electrode_retention(batch, made, cycles, temperature_k)


def simulate(
    candidates: Sequence[Candidate], *, level: Level | str = Level.ANALYTIC, parameters: ParameterDraw | None = None
) -> list[SimulatedOutcome]:
    """Simulate candidates in order; never raises for what the physics cannot cover, but says so per item.

    ``parameters`` may hold one draw per candidate (rows). Raises :class:`InvalidInput` for an unknown level.
    """
    level = _level(level)
    p = NOMINAL if parameters is None else parameters
    read = _read_electrolytes(candidates)
    state = electrolyte(electrolyte_batch(read), p)
    outcomes = [_electrolyte_outcome(level, row, state, i) for i, row in enumerate(read)]
    cells = np.array([i for i, c in enumerate(candidates) if isinstance(c.subject, Cell)], dtype=np.intp)
    if len(cells):
        _cell_outcomes(candidates, cells, state, level, p, outcomes)
    return outcomes


def _level(level: Level | str) -> Level:
    try:
        return Level(level)
    except ValueError:
        known = ", ".join(item.value for item in Level)
        raise InvalidInput(f"There is no fidelity level '{level}'.", hint=f"Known: {known}.") from None


def _value(x: float) -> float | None:
    return float(x) if math.isfinite(x) else None


def _electrolyte_outcome(
    level: Level, row: defaults.ElectrolyteRow, state: ElectrolyteState, i: int
) -> SimulatedOutcome:
    if row.place.family is Family.NONE:
        return SimulatedOutcome(
            level=level, status=Status.NOT_COVERED, reason=row.place.reason, assumptions=row.assumptions
        )
    return SimulatedOutcome(
        level=level,
        status=Status.OK,
        assumptions=row.assumptions,
        ionic_conductivity_s_per_cm=_value(state.conductivity[i]),
        activation_energy_ev=_value(state.activation_energy[i]),
        crystallinity=_value(state.crystallinity[i]),
        particle_size_um=_value(state.particle_size_um[i]),
    )


def _at_cell_temperature(row: defaults.ElectrodeRow, stated: bool, p: ParameterDraw) -> float:
    """A stated powder conductivity is that of room temperature; bring it to the cell's with its Meyer-Neldel energy."""
    if not stated:
        return row.electrolyte_conductivity
    room = 25.0 + ZERO_CELSIUS_K
    energy = activation_energy(row.electrolyte_conductivity, room, NOMINAL)
    return float(arrhenius(row.electrolyte_conductivity, energy, room, row.temperature_c + ZERO_CELSIUS_K))


def read_cells(candidates: Sequence[Candidate], conductivity: Sequence[float | None]) -> list[defaults.ElectrodeRow]:
    """Rows of the cells among ``candidates``; ``conductivity`` holds that of link (a), or ``None``."""
    rows = []
    for candidate, sigma in zip(candidates, conductivity, strict=True):
        assert isinstance(candidate.subject, Cell)
        rows.append(defaults.electrode_row(candidate.subject, candidate.protocol, sigma))
    return rows


def _cell_outcomes(
    candidates: Sequence[Candidate],
    cells: np.ndarray,
    state: ElectrolyteState,
    level: Level,
    p: ParameterDraw,
    outcomes: list[SimulatedOutcome],
) -> None:
    chosen = [candidates[i] for i in cells]
    rows = read_cells(chosen, [_value(state.conductivity[i]) for i in cells])
    for i, row in zip(cells, rows, strict=True):
        if not row.material:
            outcomes[i] = _silent(outcomes[i], row)
    covered = np.array([k for k, row in enumerate(rows) if row.material and _possible(row)], dtype=np.intp)
    for k, row in enumerate(rows):
        if row.material and not _possible(row):
            outcomes[cells[k]] = _silent(
                outcomes[cells[k]], row, Status.INFEASIBLE, "the electrode holds no active material"
            )
    if not len(covered):
        return
    kept = [_with_temperature(rows[k], chosen[k], p) for k in covered]
    batch, draw = electrode_batch(kept), p.take(cells[covered])
    made = composite(batch, draw)
    temperature = np.array([row.temperature_c for row in kept]) + ZERO_CELSIUS_K
    cycles, relative_to = (np.array([getattr(row, name) for row in kept]) for name in ("cycles", "reference_cycle"))
    kept_capacity = electrode_retention(batch, made, cycles, temperature, draw, relative_to)
    solved = None
    if level is not Level.ANALYTIC:
        from surrogate.physics.half_cell import first_cycles

        solved = first_cycles(batch, made, temperature, model=level.value, draw=draw)
    for j, k in enumerate(covered):
        base = outcomes[cells[k]]
        outcomes[cells[k]] = _cell_outcome(base, kept[j], made, kept_capacity, j)
        if solved is not None:
            outcomes[cells[k]] = solved.apply(outcomes[cells[k]], j)


def _possible(row: defaults.ElectrodeRow) -> bool:
    return row.active > 0


def _with_temperature(row: defaults.ElectrodeRow, candidate: Candidate, p: ParameterDraw) -> defaults.ElectrodeRow:
    assert isinstance(candidate.subject, Cell)
    stated = candidate.subject.electrode.electrolyte_conductivity_s_per_cm is not None
    return replace(row, electrolyte_conductivity=_at_cell_temperature(row, stated, p))


def _silent(
    base: SimulatedOutcome, row: defaults.ElectrodeRow, status: Status = Status.NOT_COVERED, reason: str = ""
) -> SimulatedOutcome:
    return replace(base, status=status, reason=reason or row.reason, assumptions=base.assumptions + row.assumptions)


def _cell_outcome(
    base: SimulatedOutcome, row: defaults.ElectrodeRow, made: CompositeState, kept: FloatArray, j: int
) -> SimulatedOutcome:
    excess = made.overpotential[j] - (row.voltage_max - row.voltage_min)
    return SimulatedOutcome(
        level=base.level,
        status=Status.INFEASIBLE if excess > 0 else Status.OK,
        reason=f"the overpotential exceeds the voltage window by {excess:.2f} V" if excess > 0 else "",
        assumptions=base.assumptions + row.assumptions,
        ionic_conductivity_s_per_cm=base.ionic_conductivity_s_per_cm,
        activation_energy_ev=base.activation_energy_ev,
        crystallinity=base.crystallinity,
        particle_size_um=base.particle_size_um,
        first_discharge_capacity_mah_per_g=_value(made.first_discharge[j]),
        first_charge_capacity_mah_per_g=_value(made.first_charge[j]),
        coulombic_efficiency_percent=_value(made.coulombic_efficiency[j]),
        capacity_retention_percent=_value(kept[j]),
        utilisation=_value(made.utilisation[j]),
        composite_ionic_conductivity_s_per_cm=_value(made.ionic_conductivity[j]),
        composite_electronic_conductivity_s_per_cm=_value(made.electronic_conductivity[j]),
        interface_resistance_ohm_cm2=_value(made.interface_resistance[j]),
        overpotential_v=_value(made.overpotential[j]),
    )


__all__ = [
    "FEATURES",
    "Level",
    "SimulatedOutcome",
    "Status",
    "electrode_batch",
    "electrolyte_batch",
    "read_cells",
    "simulate",
    "simulate_arrays",
    "simulate_matrix",
]

FEATURES = tuple(f.name for f in fields(SimulatedOutcome) if f.name not in ("level", "status", "reason", "assumptions"))


def simulate_matrix(candidates: Sequence[Candidate], *, parameters: ParameterDraw | None = None) -> FloatArray:
    """Physics features (n, len(FEATURES)) of candidates at the analytic level; NaN where the physics is silent."""
    outcomes = simulate(candidates, parameters=parameters)
    table = [[getattr(outcome, name) for name in FEATURES] for outcome in outcomes]
    return np.array(table, dtype=float).reshape(len(outcomes), len(FEATURES))
