"""Link (c): the half cell solved with PyBaMM, working electrode | separator | Li0.5In, first cycle and rate behaviour.

The electrode is a single-particle model with electrolyte (SPMe, the workhorse) or a full porous-electrode model (DFN,
the check), a single-ion conductor (transference number 1), IDAKLU as the solver. One model serves all materials and
cells: it is written in **dimensionless groups**, so that a :class:`pybamm.Simulation` is built once per process and
every row is a set of inputs. With the current I (A/m2), the areal capacity Q of the sites in contact and the time
tau = Q/I of a full step, what matters is

    ohmic drop of separator, interface, electrode ions, electrode electrons   I R      (V, one number each)
    diffusion                                                                 tau D/R^2
    start                                                                     s0, the occupied share of the sites
    potential                                                                 U(s; T), cut-offs versus Li+/Li

The solver sees a fixed geometry with unit current for one hour; conductivities, diffusivity and rate constant are
scaled to give these groups exactly. (Passing thickness and radius as inputs fails in PyBaMM.) A step ends at the
cut-off, or when a surface is empty or full; between two steps the cell rests, so the next one starts from a uniform
particle.

What is *not* physics here: the first-cycle losses by side reactions, which multiply the second step (see
``composite``). Import this module only where a solved half cell is wanted: it loads PyBaMM (seconds).
"""

from __future__ import annotations

import os

os.environ.setdefault("PYBAMM_DISABLE_TELEMETRY", "true")  # before the import: no library of ours reports home

from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pybamm

from surrogate.candidate.active_material import FARADAY_C_PER_MOL
from surrogate.errors import InvalidInput
from surrogate.physics import milling
from surrogate.physics.composite import CompositeState, ElectrodeBatch, composite
from surrogate.physics.outcome import SimulatedOutcome, Status
from surrogate.physics.parameters import electrodes as el
from surrogate.physics.parameters import electrolytes as e
from surrogate.physics.parameters.base import NOMINAL, FloatArray, ParameterDraw
from surrogate.physics.parameters.universal import GAS_CONSTANT_J_PER_MOL_K

MODELS = ("SPMe", "DFN")
_HOUR_S = 3600.0
_CURRENT = 1.0  # A, over 1 m2
_THICKNESS_M, _SEPARATOR_M, _RADIUS_M = 50e-6, 600e-6, 1e-6
_POROSITY, _SOLID = 0.5, 0.5
_C_MAX = _CURRENT * _HOUR_S / (FARADAY_C_PER_MOL * _THICKNESS_M * _SOLID)  # the sites hold one hour of unit current
_EDGE = 2e-3  # stoichiometries stay this far from 0 and 1, where the potential diverges
_MIN_DROP_V = 1e-6


@dataclass(frozen=True, kw_only=True)
class Groups:
    """Dimensionless groups of n half-cell steps, (n,) each; voltages in V, ``temperature_k`` in K.

    ``direction`` is +1 for discharge (lithiation of the positive electrode), -1 for charge. ``separator_v``,
    ``interface_v``, ``ionic_v`` and ``electronic_v`` are I R of the whole element (not a third of it).
    """

    direction: FloatArray
    start: FloatArray
    separator_v: FloatArray
    interface_v: FloatArray
    ionic_v: FloatArray
    electronic_v: FloatArray
    kinetic_v: FloatArray
    diffusion: FloatArray  # tau D / R^2
    middle_v: FloatArray
    slope_v: FloatArray
    step_v: FloatArray
    step_at: FloatArray
    voltage_min: FloatArray
    voltage_max: FloatArray
    temperature_k: FloatArray

    def __len__(self) -> int:
        return len(self.direction)

    def row(self, i: int) -> dict[str, float]:
        """The groups of step ``i`` by name."""
        return {f.name: float(getattr(self, f.name)[i]) for f in fields(self)}

    def take(self, rows: npt.NDArray[np.intp]) -> Groups:
        """The groups of ``rows``."""
        return Groups(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})


@dataclass(frozen=True, kw_only=True)
class Steps:
    """Outcome of n steps: the share of the sites filled or emptied, (n,) from 0 to 1, and 'ok' or why it failed."""

    share: FloatArray
    status: tuple[str, ...]


# -- potential ----------


def _open_circuit_potential(s: Any, row: Any, exp: Any = np.exp, log: Any = np.log) -> Any:
    """U(s) in V: a sloping solid solution with Nernstian ends, then a plateau that is lower by ``step_v``.

    U = U_mid - slope (s - 1/2) - (RT/F) ln(s/(1-s)) - step / (1 + exp(-(s - s_step)/0.02)).

    Args:
        s: The occupied share of the sites; a float, an array or a PyBaMM symbol.
        row: Values by the names of :class:`Groups`.
        exp: The exponential for that kind of number.
        log: The natural logarithm for that kind of number.
    """
    thermal = GAS_CONSTANT_J_PER_MOL_K * row["temperature_k"] / FARADAY_C_PER_MOL
    second = row["step_v"] / (1.0 + exp(-(s - row["step_at"]) / 0.02))
    return row["middle_v"] - row["slope_v"] * (s - 0.5) - thermal * log(s / (1.0 - s)) - second


# -- the model, built once per process ----------


#: What is the same in every step; PyBaMM's names carry the units.
_FIXED_VALUES = {
    "Electrode height [m]": 1.0,
    "Electrode width [m]": 1.0,
    "Nominal cell capacity [A.h]": _CURRENT,
    "Positive electrode thickness [m]": _THICKNESS_M,
    "Separator thickness [m]": _SEPARATOR_M,
    "Positive particle radius [m]": _RADIUS_M,
    "Positive electrode porosity": _POROSITY,
    "Separator porosity": _POROSITY,
    "Positive electrode active material volume fraction": _SOLID,
    "Positive electrode Bruggeman coefficient (electrode)": 0.0,
    "Maximum concentration in positive electrode [mol.m-3]": _C_MAX,
    "Positive electrode OCP entropic change [V.K-1]": 0.0,
    "Electrolyte conductivity [S.m-1]": 1.0,
    "Electrolyte diffusivity [m2.s-1]": 1e-9,
    "Cation transference number": 1.0,
    "Thermodynamic factor": 1.0,
    "Initial concentration in electrolyte [mol.m-3]": 1000.0,
    "Reference temperature [K]": 303.15,
}
#: What is different from step to step, by its name among the inputs (:func:`_solver_inputs`).
_INPUT_VALUES = {
    "Current function [A]": "current",
    "Positive electrode Bruggeman coefficient (electrolyte)": "b_electrode",
    "Separator Bruggeman coefficient (electrolyte)": "b_separator",
    "Positive electrode conductivity [S.m-1]": "sigma",
    "Positive particle diffusivity [m2.s-1]": "diffusivity",
    "Contact resistance [Ohm]": "resistance",
    "Ambient temperature [K]": "temperature_k",
    "Initial temperature [K]": "temperature_k",
    "Lower voltage cut-off [V]": "voltage_min",
    "Upper voltage cut-off [V]": "voltage_max",
}


def _parameter_values() -> pybamm.ParameterValues:
    names = ("start", "exchange", "middle_v", "slope_v", "step_v", "step_at", *_INPUT_VALUES.values())
    inputs = {name: pybamm.InputParameter(name) for name in names}
    values = pybamm.ParameterValues("Xu2019")  # a half cell; every value that matters is replaced below

    def potential(stoichiometry: pybamm.Symbol) -> pybamm.Symbol:
        clipped = pybamm.maximum(pybamm.minimum(stoichiometry, 1.0 - 1e-6), 1e-6)
        return _open_circuit_potential(clipped, inputs, pybamm.exp, pybamm.log)

    values.update(_FIXED_VALUES | {name: inputs[key] for name, key in _INPUT_VALUES.items()})
    values.update(
        {
            "Initial concentration in positive electrode [mol.m-3]": inputs["start"] * _C_MAX,
            "Positive electrode exchange-current density [A.m-2]": lambda c_e, c_surf, c_max, t: inputs["exchange"],
            "Exchange-current density for lithium metal electrode [A.m-2]": lambda c_e, c_li, t: pybamm.Scalar(1e4),
            "Positive electrode OCP [V]": potential,
        }
    )
    return values


def build(model: str = "SPMe") -> pybamm.Simulation:
    """Build a simulation, which takes tenths of a second; :func:`built` keeps one per process."""
    if model not in MODELS:
        raise InvalidInput(f"There is no half-cell model '{model}'.", hint=f"Known: {', '.join(MODELS)}.")
    options = {"working electrode": "positive", "contact resistance": "true"}
    maker = {"SPMe": pybamm.lithium_ion.SPMe, "DFN": pybamm.lithium_ion.DFN}[model]
    points = {"x_n": 3, "x_s": 6, "x_p": 12, "r_n": 3, "r_p": 16}
    solver = pybamm.IDAKLUSolver(atol=1e-6, rtol=1e-5, output_variables=["Discharge capacity [A.h]"])
    return pybamm.Simulation(maker(options), parameter_values=_parameter_values(), solver=solver, var_pts=points)


@lru_cache(maxsize=2)
def built(model: str = "SPMe") -> pybamm.Simulation:
    """The simulation of this process, built once."""
    return build(model)


def _solver_inputs(row: dict[str, float]) -> dict[str, float]:
    """Scale the fixed geometry so that it has the groups of ``row``; SI units (S/m, m2/s, A/m2)."""
    thermal = GAS_CONSTANT_J_PER_MOL_K * row["temperature_k"] / FARADAY_C_PER_MOL
    surface = 3.0 * _SOLID / _RADIUS_M * _THICKNESS_M  # m2 of particle per m2
    discharging = row["direction"] > 0
    effective = {k: _CURRENT * length / max(row[v], _MIN_DROP_V) for k, v, length in (
        ("b_electrode", "ionic_v", _THICKNESS_M), ("b_separator", "separator_v", _SEPARATOR_M))}  # fmt: skip
    return {
        # b = ln(kappa_eff/kappa)/ln(porosity) imposes an effective conductivity exactly, with kappa = 1 S/m
        **{name: float(np.log(kappa) / np.log(_POROSITY)) for name, kappa in effective.items()},
        "current": row["direction"] * _CURRENT,
        "start": row["start"],
        "sigma": _CURRENT * _THICKNESS_M / max(row["electronic_v"], _MIN_DROP_V),
        "diffusivity": row["diffusion"] * _RADIUS_M**2 / _HOUR_S,
        "exchange": thermal * _CURRENT / (max(row["kinetic_v"], _MIN_DROP_V) * surface),
        "resistance": row["interface_v"] / _CURRENT,
        # only the cut-off that the step runs into may stop it
        "voltage_min": row["voltage_min"] if discharging else -20.0,
        "voltage_max": 20.0 if discharging else row["voltage_max"],
        **{name: row[name] for name in ("middle_v", "slope_v", "step_v", "step_at", "temperature_k")},
    }


# -- solving ----------


def headroom(groups: Groups) -> FloatArray:
    """Voltage (V) left to the cut-off when the current is switched on; negative: the step is empty.

    Counts separator, interface and kinetics in full and a third of the electrode, as while the reaction is uniform
    (exact for the SPMe at its first moment): a row that fails this would take a vectorised solve down with it.
    """
    row = {f.name: getattr(groups, f.name) for f in fields(groups)}
    potential = _open_circuit_potential(groups.start, row)
    drop = groups.separator_v + groups.interface_v + groups.kinetic_v + (groups.ionic_v + groups.electronic_v) / 3.0
    discharge, charge = potential - drop - groups.voltage_min, groups.voltage_max - potential - drop
    return np.asarray(np.where(groups.direction > 0, discharge, charge))


def solve(groups: Groups, model: str = "SPMe", simulation: pybamm.Simulation | None = None) -> Steps:
    """Run n steps one by one; a step that cannot run has a status, and raises nothing.

    Args:
        groups: What the steps are, (n,).
        model: A name of :data:`MODELS`.
        simulation: Used in place of that of this process.
    """
    sim = built(model) if simulation is None else simulation
    room = headroom(groups)
    share, status = np.zeros(len(groups)), []
    for i in range(len(groups)):
        reason = _reason_not_run(groups, room, i)
        if reason:
            status.append(reason)
            continue
        share[i], outcome = _run_step(sim, groups.row(i))
        status.append(outcome)
    return Steps(share=share, status=tuple(status))


def _reason_not_run(groups: Groups, room: FloatArray, i: int) -> str:
    """Why step ``i`` cannot run, with the voltage ``room`` (n,) it has; empty if it can."""
    if not np.isfinite(room[i]):
        return "not computed: the electrode has no finite resistance"
    full = groups.start[i] >= 1.0 - 2 * _EDGE if groups.direction[i] > 0 else groups.start[i] <= 2 * _EDGE
    if full:
        return "empty: no lithium to move"
    return "" if room[i] > 0 else f"empty: the ohmic drop exceeds the window by {-room[i]:.2f} V"


def _run_step(sim: pybamm.Simulation, row: dict[str, float]) -> tuple[float, str]:
    """The share of the sites that one step fills or empties, and 'ok' or why it failed."""
    try:
        solution = sim.solve([0.0, 1.2 * _HOUR_S], inputs=_solver_inputs(row))
    except (pybamm.SolverError, ValueError) as reason:
        message = str(reason).splitlines()[0]
        if "Events" in message:
            return 0.0, "empty: the cut-off is reached at once"
        return 0.0, f"not solved: {message[:80]}"
    share = float(abs(solution["Discharge capacity [A.h]"].entries[-1]) / _CURRENT)
    if share > 1.0 + 1e-3:  # more lithium than the sites hold; the tolerance is that of the solver
        return 0.0, f"not plausible: {share:.3f} of the sites moved"
    return share, "ok"


# -- from electrodes to groups ----------


@dataclass(frozen=True, kw_only=True)
class FirstCycles:
    """First cycles of n electrodes: capacities in mAh/g of active material and a status per step."""

    discharge: FloatArray
    charge: FloatArray
    discharge_status: tuple[str, ...]
    charge_status: tuple[str, ...]
    charge_first: npt.NDArray[np.bool_]

    def apply(self, outcome: SimulatedOutcome, i: int) -> SimulatedOutcome:
        """``outcome`` with the solved capacities in place of the analytic ones.

        Args:
            outcome: Of the electrode, at the analytic level.
            i: Its place among the electrodes.
        """
        statuses = {"discharge": self.discharge_status[i], "charge": self.charge_status[i]}
        wrong = "; ".join(f"{step} {word}" for step, word in statuses.items() if word != "ok")
        discharge, charge = float(self.discharge[i]), float(self.charge[i])
        one, two = (charge, discharge) if self.charge_first[i] else (discharge, charge)
        return replace(
            outcome,
            coulombic_efficiency_percent=100.0 * two / one if one > 0 else None,
            first_discharge_capacity_mah_per_g=discharge,
            first_charge_capacity_mah_per_g=charge,
            status=Status.INFEASIBLE if wrong else Status.OK,
            reason=wrong,
        )


@dataclass(frozen=True, kw_only=True)
class Sites:
    """The lithium sites of n electrodes, (n,) each.

    Attributes:
        capacity: Of the sites in contact, in mAh/g.
        filled: The share of them that is occupied at the start.
        retained: The share of the second step that side reactions leave.
        conversion_share: The share of the sites that belongs to the conversion plateau.
    """

    capacity: FloatArray
    filled: FloatArray
    retained: FloatArray
    conversion_share: FloatArray


def sites(batch: ElectrodeBatch, p: ParameterDraw = NOMINAL) -> Sites:
    """Sites from the composite at vanishing current, so that transport is counted once, by the solver.

    Args:
        batch: n electrodes.
        p: Parameters of the laws.
    """
    still = {f.name: getattr(batch, f.name) for f in fields(ElectrodeBatch)} | {"current_ma_cm2": np.zeros(len(batch))}
    rest = composite(ElectrodeBatch(**still), p)
    first = np.where(batch.charge_first, rest.first_charge, rest.first_discharge)
    second = np.where(batch.charge_first, rest.first_discharge, rest.first_charge)
    capacity = np.maximum(np.maximum(first, second), 1e-9)
    # Discharged first: the sites that are full already are what the charge gives beyond the discharge.
    filled = np.where(batch.charge_first, first / capacity, 1.0 - first / capacity)
    return Sites(
        capacity=capacity,
        filled=np.clip(filled, _EDGE, 1.0 - _EDGE),
        retained=np.minimum(second / np.maximum(first, 1e-9), 1.0),
        conversion_share=np.clip(rest.conversion_charge / capacity, 0.0, 0.95),
    )


def groups_of(
    batch: ElectrodeBatch,
    state: CompositeState,
    temperature_k: FloatArray,
    lattice: Sites,
    direction: FloatArray,
    start: FloatArray,
    p: ParameterDraw = NOMINAL,
) -> Groups:
    """Compute the dimensionless groups of one step of n electrodes.

    Args:
        batch: The electrodes and how they are cycled.
        state: Their transport properties, from :func:`surrogate.physics.composite.composite`.
        temperature_k: Of the cells, (n,).
        lattice: Their lithium sites.
        direction: +1 for discharge, −1 for charge, (n,).
        start: The occupied share of the sites at the start of the step, (n,).
        p: Parameters of the laws.
    """
    n = len(batch)
    current = np.maximum(batch.current_ma_cm2, 1e-9) / 1e3  # A/cm2
    thickness = state.thickness_um * 1e-4
    hours = lattice.capacity * batch.loading_mg_cm2 / 1e3 / np.maximum(batch.current_ma_cm2, 1e-9)
    size = milling.particle_size(batch.joint_dose_h, p) / np.asarray(p[e.PARTICLE_SIZE_START_UM])
    oxide = np.isin(batch.material, ("LiCoO2", "NCM", "Li-rich"))
    slope = np.array([SLOPE_V.get(str(key), 0.3) for key in batch.material])
    plateau = np.array([el.MATERIALS[str(key)].plateau_v for key in batch.material])
    # The sites of a layered oxide are those its upper cut-off opens, so the potential ends just below it.
    middle = np.where(oxide, batch.voltage_max - END_MARGIN_V - slope / 2, plateau)
    return Groups(
        direction=np.broadcast_to(direction, n).astype(float),
        start=np.clip(start, _EDGE, 1.0 - _EDGE),
        separator_v=current * batch.separator_um * 1e-4 / batch.electrolyte_conductivity,
        interface_v=current * state.interface_resistance,
        ionic_v=current * thickness / state.ionic_conductivity,
        electronic_v=current * thickness / state.electronic_conductivity,
        kinetic_v=current * np.full(n, KINETIC_OHM_CM2),
        diffusion=hours * _HOUR_S / (np.asarray(p[el.DIFFUSION_TIME_S]) * size**2),
        middle_v=middle,
        slope_v=slope,
        step_v=np.where(lattice.conversion_share > 0, CONVERSION_STEP_V, 0.0),
        step_at=1.0 - lattice.conversion_share,
        voltage_min=batch.voltage_min.astype(float),
        voltage_max=batch.voltage_max.astype(float),
        temperature_k=np.broadcast_to(temperature_k, n).astype(float),
    )


def opened(
    batch: ElectrodeBatch, state: CompositeState, temperature_k: FloatArray, lattice: Sites, p: ParameterDraw = NOMINAL
) -> Sites:
    """``lattice`` with enough sites (a few per cent more) to reach its capacity between the cut-offs at equilibrium.

    Args:
        batch: n electrodes.
        state: Their transport properties, from :func:`surrogate.physics.composite.composite`.
        temperature_k: Of the cells, (n,).
        lattice: Their lithium sites.
        p: Parameters of the laws.
    """
    n = len(batch)
    row = {f.name: getattr(groups_of(batch, state, temperature_k, lattice, np.ones(n), lattice.filled, p), f.name)
           for f in fields(Groups)}  # fmt: skip
    share = _stoichiometry(row["voltage_min"], row) - _stoichiometry(row["voltage_max"], row)
    return replace(lattice, capacity=lattice.capacity / np.clip(share, 0.05, 1.0))


def _stoichiometry(voltage: FloatArray, row: dict[str, FloatArray]) -> FloatArray:
    """Where the open-circuit potential crosses ``voltage``; it falls with s, so 40 bisections settle it."""
    low, high = np.full_like(voltage, _EDGE), np.full_like(voltage, 1.0 - _EDGE)
    for _ in range(40):
        middle = 0.5 * (low + high)
        above = _open_circuit_potential(middle, row) > voltage
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return np.asarray(0.5 * (low + high))


#: Fall of the potential over the sites in V (assumed from the shape of published curves; kinetics hardly see it).
SLOPE_V = {"TiS2": 0.5, "LiCoO2": 0.5, "NCM": 0.65, "Li-rich": 1.0, "S": 0.3, "Li2S": 0.3, "FeS2": 0.6, "spinel": 0.2,
           "olivine": 0.05, "metal sulfide": 0.6}  # fmt: skip
END_MARGIN_V = 0.03  # how far below the upper cut-off it ends (assumed)
CONVERSION_STEP_V = 0.75  # from the TiS2 slope to the plateau near 1.3 V (Shin 2014, Fig. 2)
KINETIC_OHM_CM2 = 1.0  # charge transfer besides the interface resistance: small (assumed)


def first_cycles(
    batch: ElectrodeBatch,
    state: CompositeState,
    temperature_k: FloatArray,
    *,
    model: str = "SPMe",
    draw: ParameterDraw = NOMINAL,
) -> FirstCycles:
    """Solve both steps of the first cycle of n electrodes, in the order of each material, with a rest in between.

    Args:
        batch: The electrodes and how they are cycled.
        state: Their transport properties, from :func:`surrogate.physics.composite.composite`.
        temperature_k: Of the cells, (n,).
        model: A name of :data:`MODELS`.
        draw: Parameters of the laws.
    """
    lattice = opened(batch, state, temperature_k, sites(batch, draw), draw)
    sign = np.where(batch.charge_first, -1.0, 1.0)
    one = solve(groups_of(batch, state, temperature_k, lattice, sign, lattice.filled, draw), model)
    between = np.clip(lattice.filled + sign * one.share, _EDGE, 1.0 - _EDGE)
    two = solve(groups_of(batch, state, temperature_k, lattice, -sign, between, draw), model)
    first, second = one.share * lattice.capacity, two.share * lattice.capacity * lattice.retained
    charged = batch.charge_first
    pairs = [(b, a) if c else (a, b) for a, b, c in zip(one.status, two.status, charged, strict=True)]
    return FirstCycles(
        discharge=np.where(charged, second, first),
        charge=np.where(charged, first, second),
        discharge_status=tuple(a for a, _ in pairs),
        charge_status=tuple(b for _, b in pairs),
        charge_first=charged,
    )
