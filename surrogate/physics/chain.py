"""The chain (a) to (d) for candidates: recipe and protocol in, simulated outcome out.

:func:`simulate` gives outcomes with status, reasons and assumptions at any fidelity level, :func:`simulate_matrix` the
numbers alone (NaN where the physics is silent). Both read the columns of all candidates at once
(:mod:`surrogate.candidate.columns`); no law runs row by row.

The analytic level needs neither PyBaMM nor pandas. Levels ``SPMe`` and ``DFN`` replace the first-cycle capacities of
cells by those of a solved half cell.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import fields, replace

import numpy as np
import numpy.typing as npt

from surrogate.candidate.cell import Cell
from surrogate.candidate.columns import CellColumns, cell_columns, electrolyte_columns
from surrogate.candidate.measurement import Candidate
from surrogate.candidate.recipe import ROOM_TEMPERATURE_C
from surrogate.physics.cell_defaults import NO_MATERIAL, SettledCells, material_key, settle_cells
from surrogate.physics.composite import CompositeState, composite
from surrogate.physics.conduction import activation_energy, arrhenius
from surrogate.physics.defaults import Settled, settle_electrolytes
from surrogate.physics.electrolyte import ElectrolyteState, electrolyte
from surrogate.physics.fade import electrode_retention
from surrogate.physics.outcome import Level, SimulatedOutcome, Status, read_level
from surrogate.physics.parameters.base import NOMINAL, FloatArray, ParameterDraw
from surrogate.physics.parameters.universal import ZERO_CELSIUS_K
from surrogate.physics.remarks import remarks_on

Places = npt.NDArray[np.intp]


def simulate(
    candidates: Sequence[Candidate], *, level: Level | str = Level.ANALYTIC, parameters: ParameterDraw | None = None
) -> list[SimulatedOutcome]:
    """Simulate candidates in order; one that the physics cannot cover gets a reason and raises nothing.

    Args:
        candidates: n electrolytes, cells, or both.
        level: Fidelity of the simulation.
        parameters: Parameters of the laws, which may hold one draw per candidate.

    Raises:
        InvalidInput: There is no such level.
    """
    level = read_level(level)
    p = NOMINAL if parameters is None else parameters
    reason = "the cell's electrolyte is not stated"
    outcomes = [SimulatedOutcome(level=level, status=Status.NOT_COVERED, reason=reason)] * len(candidates)
    conductivity = np.full(len(candidates), np.nan)
    rows = np.array([i for i, c in enumerate(candidates) if c.electrolyte is not None], dtype=np.intp)
    if len(rows):
        settled = settle_electrolytes(electrolyte_columns([candidates[i] for i in rows]))
        state = electrolyte(settled.batch, p.take(rows))
        conductivity[rows] = state.conductivity
        for k, i in enumerate(rows):
            outcomes[i] = _electrolyte_outcome(level, settled, state, k)
    cells = np.array([i for i, c in enumerate(candidates) if isinstance(c.subject, Cell)], dtype=np.intp)
    if len(cells):
        columns = cell_columns([candidates[i] for i in cells])
        _cell_outcomes(columns, cells, conductivity[cells], level, p.take(cells), outcomes)
    return outcomes


def _value(x: float) -> float | None:
    return float(x) if math.isfinite(x) else None


def _electrolyte_outcome(level: Level, settled: Settled, state: ElectrolyteState, row: int) -> SimulatedOutcome:
    reason = settled.reason(row)
    if reason:
        return SimulatedOutcome(level=level, status=Status.NOT_COVERED, reason=reason)
    return SimulatedOutcome(
        level=level,
        status=Status.OK,
        assumptions=settled.assumptions(row),
        ionic_conductivity_s_per_cm=_value(state.conductivity[row]),
        activation_energy_ev=_value(state.activation_energy[row]),
        crystallinity=_value(state.crystallinity[row]),
        particle_size_um=_value(state.particle_size_um[row]),
    )


def _cell_outcomes(
    columns: CellColumns,
    places: Places,
    conductivity: FloatArray,
    level: Level,
    p: ParameterDraw,
    outcomes: list[SimulatedOutcome],
) -> None:
    """Put the outcomes of ``n`` cells at their ``places`` (n,), where those of their electrolytes are."""
    materials = columns.active_material
    covered = materials.map(lambda material: material_key(material) != NO_MATERIAL) == 1.0
    for place, label in zip(places[~covered].tolist(), materials.codes[~covered].tolist(), strict=True):
        reason = f"no law for the active material {materials.values[label].name}"
        outcomes[place] = replace(outcomes[place], status=Status.NOT_COVERED, reason=reason)
    if not covered.any():
        return
    columns, places, p = columns.take(covered), places[covered], p.take(np.flatnonzero(covered))
    settled = settle_cells(columns, conductivity[covered])
    possible = settled.electrodes["active"] > 0
    for row, place in enumerate(places.tolist()):
        base = outcomes[place]
        base = replace(base, assumptions=base.assumptions + remarks_on(row, settled.remarks))
        if not possible[row]:
            reason = "the electrode holds no active material"
            base = replace(base, status=Status.INFEASIBLE, reason=reason)
        outcomes[place] = base
    if possible.any():
        is_measured = ~np.isnan(columns.electrolyte_conductivity_s_per_cm)
        _possible_outcomes(settled, is_measured, np.flatnonzero(possible), places, level, p, outcomes)


def _possible_outcomes(
    settled: SettledCells,
    is_measured: npt.NDArray[np.bool_],
    rows: Places,
    places: Places,
    level: Level,
    p: ParameterDraw,
    outcomes: list[SimulatedOutcome],
) -> None:
    """Put the outcomes of the cells in ``rows``, which hold active material, at their ``places``.

    ``is_measured`` (n,) tells a stated conductivity of the electrolyte from one of link (a).
    """
    temperature, draw, batch = settled.temperature_k[rows], p.take(rows), settled.batch(rows)
    sigma = batch.electrolyte_conductivity
    # A stated conductivity is that of a room; its Meyer-Neldel energy takes it to the temperature of the cell.
    room = ROOM_TEMPERATURE_C + ZERO_CELSIUS_K
    warmed = arrhenius(sigma, activation_energy(sigma, room, NOMINAL), room, temperature)
    batch = replace(batch, electrolyte_conductivity=np.where(is_measured[rows], warmed, sigma))
    state = composite(batch, draw)
    left = electrode_retention(batch, state, settled.cycles[rows], temperature, draw, settled.reference_cycle[rows])
    excess = state.overpotential - (batch.voltage_max - batch.voltage_min)
    solved = None
    if level is not Level.ANALYTIC:
        from surrogate.physics.half_cell import first_cycles

        solved = first_cycles(batch, state, temperature, model=level.value, draw=draw)
    for row, place in enumerate(places[rows].tolist()):
        outcome = _cell_outcome(outcomes[place], state, left, excess, row)
        outcomes[place] = outcome if solved is None else solved.apply(outcome, row)


def _cell_outcome(
    base: SimulatedOutcome, state: CompositeState, left: FloatArray, excess: FloatArray, row: int
) -> SimulatedOutcome:
    too_much = excess[row] > 0
    return replace(
        base,
        status=Status.INFEASIBLE if too_much else Status.OK,
        reason=f"the overpotential exceeds the voltage window by {excess[row]:.2f} V" if too_much else "",
        first_discharge_capacity_mah_per_g=_value(state.first_discharge[row]),
        first_charge_capacity_mah_per_g=_value(state.first_charge[row]),
        coulombic_efficiency_percent=_value(state.coulombic_efficiency[row]),
        capacity_retention_percent=_value(left[row]),
        utilisation=_value(state.utilisation[row]),
        composite_ionic_conductivity_s_per_cm=_value(state.ionic_conductivity[row]),
        composite_electronic_conductivity_s_per_cm=_value(state.electronic_conductivity[row]),
        interface_resistance_ohm_cm2=_value(state.interface_resistance[row]),
        overpotential_v=_value(state.overpotential[row]),
    )


FEATURES = tuple(f.name for f in fields(SimulatedOutcome) if f.name not in ("level", "status", "reason", "assumptions"))


def simulate_matrix(candidates: Sequence[Candidate], *, parameters: ParameterDraw | None = None) -> FloatArray:
    """Simulate candidates at the analytic level.

    Args:
        candidates: The n candidates, electrolytes or cells.
        parameters: A draw of the physical parameters, one row a candidate; nominal when not given.

    Returns:
        The numbers called :data:`FEATURES`, (n, features); NaN where no law applies.
    """
    outcomes = simulate(candidates, parameters=parameters)
    table = [[getattr(outcome, name) for name in FEATURES] for outcome in outcomes]
    return np.array(table, dtype=float).reshape(len(outcomes), len(FEATURES))
