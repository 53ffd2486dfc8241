"""Link (b): weight ratio and milling of a composite electrode -> reaction, transport, first-cycle capacities.

Works on an :class:`ElectrodeBatch` of n rows. Capacities in mAh per g of active material, conductivities in S/cm,
potentials versus Li+/Li, areal resistances in ohm cm2.

TiS2 and its like react with the electrolyte while they are milled *together*:

    y = y_max (1 - exp(-(k I t)^n)),   y_max = min(1, (P per Ti offered) / (P per Ti of the product))

so the weight ratio acts through stoichiometry, and TiS2 milled alone gives nothing. All other active materials need
contact: c = 1 - (1 - c_0) exp(-dose/tau). What is reached is then limited by the ohmic and interface overpotential.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from surrogate.errors import CellError
from surrogate.physics import milling
from surrogate.physics.effective_medium import bruggeman, percolation, porous
from surrogate.physics.parameters import electrodes as el
from surrogate.physics.parameters import electrolytes as e
from surrogate.physics.parameters import shin2014 as shin
from surrogate.physics.parameters.base import NOMINAL, FloatArray, Parameter, ParameterDraw

BoolArray = npt.NDArray[np.bool_]
TITANIUM_DISULFIDE_MOLAR_MASS = 111.997  # g/mol
REACTIVE = "TiS2"


@dataclass(frozen=True, kw_only=True)
class ElectrodeBatch:
    """n composite electrodes and how they are cycled; ``material`` names rows of ``parameters.electrodes.MATERIALS``.

    ``joint_dose_h`` is the milling dose that active material and electrolyte saw together (0 when hand-mixed, also when
    the active material was milled alone). Refuses fractions outside 0..1 and non-positive loadings or conductivities.
    """

    material: npt.NDArray[np.str_]  # (n,)
    theoretical: FloatArray  # mAh/g
    active: FloatArray  # weight fractions
    electrolyte: FloatArray
    additive: FloatArray
    joint_dose_h: FloatArray
    infiltrated: BoolArray
    hand_mixed: BoolArray
    coated: BoolArray
    electrolyte_conductivity: FloatArray  # S/cm at the cycling temperature
    phosphorus_mol_per_g: FloatArray  # of the electrolyte
    loading_mg_cm2: FloatArray  # of active material
    current_ma_cm2: FloatArray
    voltage_min: FloatArray
    voltage_max: FloatArray
    charge_first: BoolArray
    separator_um: FloatArray

    def __post_init__(self) -> None:
        for name in ("active", "electrolyte", "additive"):
            _refuse(name + " weight fraction", getattr(self, name), 0.0, 1.0)
        for name in ("joint_dose_h", "current_ma_cm2", "separator_um"):
            _refuse(name, getattr(self, name), 0.0, np.inf)
        for name in ("electrolyte_conductivity", "loading_mg_cm2", "theoretical"):
            _refuse(name, getattr(self, name), np.finfo(float).tiny, np.inf)

    def __len__(self) -> int:
        return len(self.material)

    def parameter(self, pick: Callable[[el.Material], Parameter], p: ParameterDraw) -> FloatArray:
        """Values (n,) of one material parameter, each row that of its material.

        Args:
            pick: Which parameter of a material.
            p: Parameters of the laws.
        """
        out = np.empty(len(self))
        for key in np.unique(self.material):
            rows = self.material == key
            value = p[pick(el.MATERIALS[str(key)])]
            out[rows] = value[rows] if isinstance(value, np.ndarray) else value
        return out

    def density(self) -> FloatArray:
        return np.array([el.MATERIALS[str(key)].density_g_cm3 for key in self.material])

    def starts_lithiated(self) -> BoolArray:
        return np.array([el.MATERIALS[str(key)].starts_lithiated for key in self.material], bool)

    @property
    def reactive(self) -> BoolArray:
        return np.asarray(self.material == REACTIVE)


def _refuse(name: str, value: npt.ArrayLike, low: float, high: float) -> None:
    array = np.asarray(value, float)
    wrong = ~((array >= low) & (array <= high))
    if np.any(wrong):
        rule = "must be positive" if low > 0 else f"must lie between {low:g} and {high:g}"
        raise CellError(f"{name} is {array[wrong].flat[0]:g}, but it {rule}.", hint="Check the unit of the column.")


@dataclass(frozen=True, kw_only=True)
class Volumes:
    """Volume fractions of the pressed composite, (n,); with the pores they sum to one."""

    active: FloatArray
    electrolyte: FloatArray
    additive: FloatArray
    reacted: FloatArray
    thickness_cm: FloatArray


@dataclass(frozen=True, kw_only=True)
class CompositeState:
    """Transport properties and first-cycle capacities of n composite electrodes, (n,) each."""

    reacted_fraction: FloatArray
    ionic_conductivity: FloatArray
    electronic_conductivity: FloatArray
    interface_resistance: FloatArray  # ohm cm2
    overpotential: FloatArray  # V at the cycling current
    utilisation: FloatArray  # of the theoretical capacity, first discharge
    first_discharge: FloatArray
    first_charge: FloatArray
    coulombic_efficiency: FloatArray  # charge/discharge when discharged first, discharge/charge otherwise; in %
    conversion_charge: FloatArray  # part of the first charge from below 1.5 V (reacted TiS2)
    thickness_um: FloatArray


def composite(batch: ElectrodeBatch, p: ParameterDraw = NOMINAL) -> CompositeState:
    """Reaction, transport and first-cycle capacities of every row.

    Args:
        batch: n electrodes.
        p: Parameters of the laws; one number for all rows, or (n,) each.
    """
    y = np.where(batch.reactive, reacted_fraction(batch, p), 0.0)
    volumes = volume_fractions(batch, y, p)
    ionic, electronic = ionic_conductivity(batch, volumes, p), electronic_conductivity(batch, volumes, p)
    interface = interface_resistance(batch, p)
    eta = overpotential(batch, volumes, ionic, electronic, interface)
    limited = np.exp(-eta / batch.parameter(lambda m: m.margin_v, p))
    discharge, charge, conversion = _capacities(batch, y, contact(batch, p) * limited, p)
    with np.errstate(divide="ignore", invalid="ignore"):
        efficiency = 100.0 * np.where(batch.charge_first, discharge / charge, charge / discharge)
    return CompositeState(
        reacted_fraction=y,
        ionic_conductivity=ionic,
        electronic_conductivity=electronic,
        interface_resistance=interface,
        overpotential=eta,
        utilisation=discharge / batch.theoretical,
        first_discharge=discharge,
        first_charge=charge,
        coulombic_efficiency=efficiency,
        conversion_charge=conversion,
        thickness_um=volumes.thickness_cm * 1e4,
    )


# -- reaction ----------


def reacted_fraction(batch: ElectrodeBatch, p: ParameterDraw = NOMINAL) -> FloatArray:
    """Share of TiS2 that joint milling has turned into amorphous Li-Ti-P-S, (n,): y of the equation above.

    Args:
        batch: n electrodes.
        p: Parameters of the laws.
    """
    offered = batch.electrolyte * batch.phosphorus_mol_per_g
    titanium = np.maximum(batch.active, 1e-12) / TITANIUM_DISULFIDE_MOLAR_MASS
    limit = np.minimum(1.0, offered / titanium / p[shin.PRODUCT_P_PER_TI])
    dose_min = 60.0 * batch.joint_dose_h
    return np.asarray(limit * -np.expm1(-((p[shin.REACTION_RATE] * dose_min) ** p[shin.REACTION_EXPONENT])))


# -- geometry and transport ----------


def volume_fractions(batch: ElectrodeBatch, reacted: FloatArray, p: ParameterDraw = NOMINAL) -> Volumes:
    """Compute volume fractions, and the thickness, once part of the active material has reacted.

    Args:
        batch: n electrodes.
        reacted: The share of the active material that has reacted, and consumed electrolyte, (n,).
        p: Parameters of the laws.
    """
    active, electrolyte = batch.active / batch.density(), batch.electrolyte / p[el.DENSITY_ELECTROLYTE]
    additive = batch.additive / p[el.DENSITY_ADDITIVE]
    total, solid = active + electrolyte + additive, 1.0 - p[shin.COMPOSITE_POROSITY]
    # g of electrolyte consumed per g of active material: by the P/Ti of the product, and never more than there is.
    per_gram = (
        reacted
        * p[shin.PRODUCT_P_PER_TI]
        / TITANIUM_DISULFIDE_MOLAR_MASS
        / np.maximum(batch.phosphorus_mol_per_g, 1e-12)
    )
    consumed = np.minimum(batch.active * per_gram, batch.electrolyte) / p[el.DENSITY_ELECTROLYTE]
    left = active * (1.0 - reacted)
    # Thickness (cm) = loading (g/cm2) / mass of active material per volume of electrode (g/cm3).
    thickness = batch.loading_mg_cm2 / 1e3 / batch.active * total / solid
    return Volumes(
        active=solid * left / total,
        electrolyte=solid * (electrolyte - consumed) / total,
        additive=solid * additive / total,
        reacted=solid * (active - left + consumed) / total,
        thickness_cm=np.asarray(thickness),
    )


def ionic_conductivity(batch: ElectrodeBatch, volumes: Volumes, p: ParameterDraw = NOMINAL) -> FloatArray:
    """Compute the effective ionic conductivity, (n,) in S/cm.

    It is that of electrolyte and reaction phase (Bruggeman) in an insulating rest, times a contact factor.

    Contact factor and conductivity of the reaction phase are confounded: two conductivities of one paper fix two
    numbers. The milled electrolyte itself loses crystal (``milling.damaged_fraction``) except in the reacting pair,
    whose two conductivities were fitted without it.

    Args:
        batch: n electrodes.
        volumes: Their volume fractions.
        p: Parameters of the laws.
    """
    conductor = volumes.electrolyte + volumes.reacted
    damaged = np.where(batch.reactive, 0.0, milling.damaged_fraction(p[el.COMPOSITE_DAMPING] * batch.joint_dose_h, p))
    powder = bruggeman(
        1.0 - damaged,
        batch.electrolyte_conductivity,
        np.minimum(p[e.DAMAGED_CONDUCTIVITY], batch.electrolyte_conductivity),
    )
    share = np.divide(volumes.electrolyte, conductor, out=np.ones_like(conductor), where=conductor > 1e-12)
    inside = bruggeman(share, powder, p[shin.REACTED_IONIC])
    factor = np.where(batch.infiltrated, 1.0, p[shin.CONTACT_FACTOR])
    return np.maximum(factor * porous(inside, conductor), 1e-12)


def reacted_electronic(titanium_weight_fraction: npt.ArrayLike, p: ParameterDraw = NOMINAL) -> FloatArray:
    """Electronic conductivity of amorphous Li-Ti-P-S in S/cm, (n,).

    Log-linear between the pure electrolyte and the fully amorphised powder of Shin 2014 (both quoted).

    Args:
        titanium_weight_fraction: Of TiS2 in the powder before it reacted, (n,).
        p: Parameters of the laws.
    """
    w = np.asarray(titanium_weight_fraction, float) / shin.REACTED_TITANIUM_WEIGHT_FRACTION
    low, high = np.log10(p[shin.ELECTROLYTE_ELECTRONIC]), np.log10(p[shin.REACTED_ELECTRONIC])
    return np.asarray(10.0 ** (low + (high - low) * w))


def electronic_conductivity(batch: ElectrodeBatch, volumes: Volumes, p: ParameterDraw = NOMINAL) -> FloatArray:
    """Percolating active material + percolating carbon + reaction phase, in parallel, S/cm (n,).

    Args:
        batch: n electrodes.
        volumes: Their volume fractions.
        p: Parameters of the laws.
    """
    grains = percolation(
        batch.parameter(lambda m: m.electronic_s_cm, p),
        volumes.active,
        p[shin.PERCOLATION_THRESHOLD],
        p[shin.PERCOLATION_EXPONENT],
    )
    carbon = percolation(p[el.ADDITIVE_ELECTRONIC], volumes.additive, p[el.CARBON_THRESHOLD], p[el.CARBON_EXPONENT])
    titanium = batch.active / np.maximum(batch.active + batch.electrolyte, 1e-12)
    amorphous = np.where(batch.reactive, reacted_electronic(np.minimum(titanium, 0.5), p), 0.0) * volumes.reacted
    return np.maximum(grains + carbon + amorphous, 1e-9)


def interface_resistance(batch: ElectrodeBatch, p: ParameterDraw = NOMINAL) -> FloatArray:
    """Interface resistance of coated oxides, bare oxides and sulfides, (n,) in ohm cm2.

    A dry mixture has fewer contacts than an infiltrated electrode.

    Args:
        batch: n electrodes.
        p: Parameters of the laws.
    """
    oxide = ~np.isin(batch.material, ("S", "Li2S", "FeS2", "TiS2", "metal sulfide"))
    value = np.where(
        oxide, np.where(batch.coated, p[el.INTERFACE_COATED], p[el.INTERFACE_BARE]), p[el.INTERFACE_SULFIDE]
    )
    dry = oxide & batch.coated & batch.hand_mixed & ~batch.infiltrated
    return np.asarray(np.where(dry, value * p[el.DRY_CONTACT_FACTOR], value))


def overpotential(
    batch: ElectrodeBatch, volumes: Volumes, ionic: FloatArray, electronic: FloatArray, interface: FloatArray
) -> FloatArray:
    """Compute the ohmic and interface loss, (n,) in V: j (L/3 kappa + L/3 sigma + R + separator).

    L/3 kappa is the resistance of a porous electrode with uniform reaction (Newman and Tiedemann, 1975).

    Args:
        batch: n electrodes.
        volumes: Their volume fractions and thickness L.
        ionic: kappa, the effective ionic conductivity, (n,) in S/cm.
        electronic: sigma, the effective electronic conductivity, (n,) in S/cm.
        interface: R, the interface resistance, (n,) in ohm cm2.
    """
    electrode = volumes.thickness_cm / 3.0 * (1.0 / ionic + 1.0 / electronic)
    separator = batch.separator_um * 1e-4 / batch.electrolyte_conductivity
    return np.asarray(batch.current_ma_cm2 / 1e3 * (electrode + interface + separator))


# -- capacity ----------


def contact(batch: ElectrodeBatch, p: ParameterDraw = NOMINAL) -> FloatArray:
    """Share of the active material with ionic and electronic contact, (n,); 1 when infiltrated.

    c = 1 - (1 - c_0) exp(-dose/tau).

    Args:
        batch: n electrodes.
        p: Parameters of the laws.
    """
    start = batch.parameter(lambda m: m.hand_contact, p)
    milled = 1.0 - (1.0 - start) * np.exp(-batch.joint_dose_h / batch.parameter(lambda m: m.mill_time_h, p))
    return np.where(batch.infiltrated, 1.0, milled)


def _capacities(
    batch: ElectrodeBatch, y: FloatArray, utilised: FloatArray, p: ParameterDraw
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(discharge, charge, conversion part of the charge) of every row, (n,) each in mAh/g."""
    generic = _generic(batch, utilised, p)
    reacting = _reacting(batch, y, utilised, p)
    pick = batch.reactive
    return (
        np.where(pick, reacting[0], generic[0]),
        np.where(pick, reacting[1], generic[1]),
        np.where(pick, reacting[2], 0.0),
    )


def _generic(batch: ElectrodeBatch, utilised: FloatArray, p: ParameterDraw) -> tuple[FloatArray, FloatArray]:
    """(discharge, charge) of materials that do not react: theory x share of the window x what is reached."""
    oxide = np.isin(batch.material, ("LiCoO2", "NCM"))
    share = batch.parameter(lambda m: m.reversible_share, p)
    share = share + np.where(oxide, p[el.OXIDE_WINDOW_SLOPE] * (batch.voltage_max - el.OXIDE_WINDOW_REFERENCE_V), 0.0)
    reversible = batch.theoretical * np.clip(share, 0.05, 1.1) * utilised
    efficiency = batch.parameter(lambda m: m.first_efficiency, p)
    efficiency = efficiency - np.where(oxide & ~batch.coated, p[el.BARE_EFFICIENCY_LOSS], 0.0)
    # A lithiated material gives its lithium on charge and takes less back; the other kind the other way round.
    charge = np.where(batch.starts_lithiated(), reversible / efficiency, reversible * efficiency)
    return reversible, charge


def _reacting(
    batch: ElectrodeBatch, y: FloatArray, utilised: FloatArray, p: ParameterDraw
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(discharge, charge, conversion part of the charge) of TiS2 milled with the electrolyte.

    Q_dis = Q_int (1 - y) + Q_rea y; Q_chg = r Q_dis + Q_ext y, where Q_ext is lithium that came with the
    electrolyte, so that the coulombic efficiency exceeds 100 %; between 1.5 and 1.0 V conversion adds Q_conv y to both.
    """
    scale = utilised * batch.theoretical / 239.3  # of TiS2; LiVS2 and the like by their own theory
    # How far the discharge goes into conversion: 0 at the lower end of intercalation, 1 at full conversion.
    depth = np.clip(
        (shin.INTERCALATION_LIMIT_V - batch.voltage_min) / (shin.INTERCALATION_LIMIT_V - shin.CONVERSION_LIMIT_V),
        0.0,
        1.0,
    )
    # The equations above; a cell that is charged first gives the extra lithium before it takes any.
    conversion = p[shin.CONVERSION_CAPACITY] * y * depth * scale
    insertion = (p[shin.INTERCALATION_CAPACITY] * (1.0 - y) + p[shin.REACTED_CAPACITY] * y) * scale
    extracted = p[shin.EXTRACTED_CAPACITY] * y * scale
    after_discharge = p[shin.REVERSIBILITY] * insertion + extracted + conversion
    discharge = np.where(batch.charge_first, insertion + extracted, insertion) + conversion
    charge = np.where(batch.charge_first, p[shin.REVERSIBILITY] * extracted, after_discharge)
    return discharge, charge, conversion


def electrolyte_activity(joint_dose_h: npt.ArrayLike) -> FloatArray:
    """Capacity in mAh per g of *electrolyte* that milling with carbon wakes (1-3 V): q_5h (t/5 h)^m, saturating at 5 h.

    The control of Shin 2014 (super P : electrolyte = 0.1, 9 min) follows with 1-2 mAh per g of carbon.
    """
    dose = np.asarray(joint_dose_h, float)
    share = np.minimum(dose / el.ELECTROLYTE_ACTIVITY_TIME_H, 1.0) ** el.ELECTROLYTE_ACTIVITY_EXPONENT.value
    return np.asarray(el.ELECTROLYTE_ACTIVITY.value * share)


def batch_of(**columns: object) -> ElectrodeBatch:
    """An :class:`ElectrodeBatch` from columns or scalars, broadcast to the longest; every field must be given."""
    arrays = np.broadcast_arrays(*(np.atleast_1d(np.asarray(columns[f.name])) for f in fields(ElectrodeBatch)))
    return ElectrodeBatch(**dict(zip((f.name for f in fields(ElectrodeBatch)), arrays, strict=True)))
