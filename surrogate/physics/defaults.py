"""What the physics uses when a paper does not say: typical values by route, each returned as a sentence.

Nothing is filled in silently. :func:`settle_electrolytes` returns the numbers of all rows of a table of candidates
together with the assumptions made (:mod:`surrogate.physics.cell_defaults` those of cells); the chain hands these on
with the outcome. Where no paper stands beside a number, it is a choice of ours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.typing import NDArray

from surrogate.candidate.cell import MixingMethod
from surrogate.candidate.columns import ElectrolyteColumns, code
from surrogate.candidate.recipe import ROOM_TEMPERATURE_C, Densification, Form, Route
from surrogate.physics import milling
from surrogate.physics.coordinates import Coordinates, Family, coordinates
from surrogate.physics.electrolyte import ElectrolyteBatch
from surrogate.physics.parameters import electrolytes as e
from surrogate.physics.parameters.base import FloatArray
from surrogate.physics.parameters.universal import ZERO_CELSIUS_K
from surrogate.physics.remarks import Remark, first_on, remarks_on

Mask = NDArray[np.bool_]

TYPICAL_MILLING_H = 20.0
TYPICAL_SPEED_RPM = 500.0
FULL_DOSE_H = 100.0  # a melt is mixed to the end
LOWEST_K = 100.0  # of a measurement; below, no law holds
# (temperature in degC, time in h) of the last heat treatment, by family, when it took place and nobody says how.
TYPICAL_HEAT = {
    Family.ARGYRODITE: (550.0, 8.0),
    Family.LGPS: (520.0, 8.0),
    Family.THIO_LISICON: (700.0, 24.0),
    Family.GLASS: (250.0, 2.0),
}
TYPICAL_SOLUTION_HEAT = (180.0, 5.0)
HALIDE_GLASS = 0.3  # halides per phosphorus; above, a glass is treated like one with LiX
LOW_LI2S = 0.725  # Li2S fraction; below, a glass is treated like 70Li2S-30P2S5
TYPICAL_HALIDE_GLASS_HEAT = (185.0, 3.0)
TYPICAL_70_HEAT = (280.0, 2.0)
TYPICAL_SOLID_STATE_GLASS_HEAT = (550.0, 10.0)


# By family as a number; NaN where no law applies.
_TYPICAL_HEAT = np.array([TYPICAL_HEAT.get(family, (np.nan, np.nan)) for family in Family])


@dataclass(frozen=True, kw_only=True)
class Settled:
    """``n`` electrolytes as link (a) takes them: family NONE where no law applies."""

    batch: ElectrolyteBatch
    columns: ElectrolyteColumns
    place: Coordinates
    remarks: tuple[Remark, ...]

    def reason(self, row: int) -> str:
        """Why no law applies to one of them; empty where one does."""
        if self.batch.family[row] != int(Family.NONE):
            return ""
        outside = first_on(self.columns.composition[row], self.place.reasons)
        return outside or f"no law at {self.columns.temperature_c[row]:g} °C"

    def assumptions(self, row: int) -> tuple[str, ...]:
        """What was assumed of one of them that a law applies to."""
        if self.batch.family[row] == int(Family.NONE):
            return ()
        generous = remarks_on(self.columns.composition[row], self.place.notes)
        return generous + remarks_on(row, self.remarks)


def settle_electrolytes(columns: ElectrolyteColumns) -> Settled:
    """The numbers of ``n`` electrolytes with what is typical where nothing is stated."""
    place, rows = columns.amounts.derive("coordinates", coordinates), columns.composition
    family, halides, li2s = place.family[rows], place.halides[rows], place.li2s_fraction[rows]
    solution = is_any(columns.route, Route.SOLUTION)
    in_mill = ~(solution | is_any(columns.route, Route.SOLID_STATE))
    usual = _usual_heat(columns, family, halides.sum(axis=1), li2s, solution)
    heat_c, heat_h, heating = _heat(columns, family, usual, solution)
    synthesis, again, milled = _doses(columns, in_mill)
    unknown = np.isnan(columns.temperature_c)
    celsius = np.where(unknown, ROOM_TEMPERATURE_C, columns.temperature_c)
    batch = ElectrolyteBatch(
        family=np.where(celsius + ZERO_CELSIUS_K < LOWEST_K, int(Family.NONE), family),
        substituents=place.substituents[rows],
        halides=halides,
        li2s_fraction=li2s,
        synthesis_dose_h=synthesis,
        remill_dose_h=again,
        wet_milling_h=fill(columns.wet_milling_time_h, 0.0),
        heat_c=heat_c,
        heat_h=heat_h,
        precursors_milled=in_mill,
        from_solution=solution,
        sintered=is_any(columns.densification, Densification.SINTERED, Densification.HOT_PRESSED),
        temperature_k=celsius + ZERO_CELSIUS_K,
    )
    remarks = (
        Remark(in_mill & (columns.route < 0), "precursors were milled"),
        *heating,
        Remark(unknown, f"measured at {ROOM_TEMPERATURE_C:g} °C"),
        *milled,
    )
    return Settled(batch=batch, columns=columns, place=place, remarks=remarks)


def is_any(codes: NDArray[np.int64], *members: Route | Form | Densification | MixingMethod) -> Mask:
    """Whether a choice is one of some, (n,); False where it is not stated.

    Args:
        codes: Positions in the enumeration, (n,); −1 is *not stated*.
        members: Of one enumeration.
    """
    mask: Mask = codes == code(members[0])
    for member in members[1:]:
        mask |= codes == code(member)
    return mask


def fill(values: FloatArray, typical: npt.ArrayLike) -> FloatArray:
    """Put what is typical into the gaps of a column, (n,).

    Args:
        values: NaN is a gap, (n,).
        typical: One number, or (n,).
    """
    return np.where(np.isnan(values), typical, values)


# -- milling ----------


#: A mill with one of these words in its name is a planetary centrifugal mixer.
_MIXER_WORDS = ("thinky", "mixer", "centrifugal")


def _doses(columns: ElectrolyteColumns, in_mill: Mask) -> tuple[FloatArray, FloatArray, tuple[Remark, ...]]:
    """Hours at reference intensity (n,) that made the phase, and that the finished powder was milled again."""
    film = is_any(columns.route, Route.MELT_QUENCH, Route.THIN_FILM) | is_any(columns.form, Form.THIN_FILM)
    again = columns.remilled == 1.0  # then what is stated of a mill is not the synthesis
    time, speed, ratio = columns.milling_time_h, columns.milling_speed_rpm, columns.ball_to_powder_ratio
    has_name = columns.mill.map(lambda mill: mill is not None) == 1.0
    is_described = has_name | ~(np.isnan(time) & np.isnan(speed) & np.isnan(ratio))
    mixer = columns.mill.map(lambda mill: any(word in (mill or "").lower() for word in _MIXER_WORDS)) == 1.0
    mixer |= ~has_name & is_fast(speed)
    usual_speed = np.where(mixer, e.THINKY_REFERENCE_RPM, TYPICAL_SPEED_RPM)
    hours = fill(time, TYPICAL_MILLING_H)
    power = milling.intensity(fill(speed, usual_speed), fill(ratio, e.REFERENCE_BALL_RATIO), mixer)
    dose = milling.dose(hours, power)
    usual = in_mill & ~film & (again | ~is_described)
    synthesis = np.where(usual, TYPICAL_MILLING_H, np.where(film, FULL_DOSE_H, dose))
    counts = is_described & (again | (in_mill & ~film))
    return (
        np.where(in_mill, synthesis, 0.0),
        np.where(again & is_described, dose, 0.0),
        (
            Remark(usual, f"synthesis milling of {TYPICAL_MILLING_H:g} h at {TYPICAL_SPEED_RPM:g} rpm"),
            Remark(counts & np.isnan(time), f"milled for {TYPICAL_MILLING_H:g} h"),
            Remark(counts & np.isnan(speed) & (hours > 0), "milled at {:g} rpm", usual_speed),
        ),
    )


def is_fast(speed_rpm: FloatArray) -> Mask:
    """Where a mill runs at a speed that only a planetary centrifugal mixer reaches."""
    return speed_rpm >= e.MIXER_SPEED_FLOOR_RPM


# -- heat treatment ----------


def _heat(
    columns: ElectrolyteColumns, family: NDArray[np.int64], usual: FloatArray, solution: Mask
) -> tuple[FloatArray, FloatArray, tuple[Remark, ...]]:
    """°C and hours (n,) of the heat treatment, NaN without one; ``usual`` (2, n) where they are not stated."""
    unknown = np.isnan(columns.heat_treated)
    heated = np.where(unknown, _is_probably_heated(columns, family, solution), columns.heat_treated == 1.0)
    heated &= family != int(Family.NONE)
    celsius, hours = columns.heat_treatment_temperature_c, columns.heat_treatment_time_h
    return (
        np.where(heated, fill(celsius, usual[0]), np.nan),
        np.where(heated, fill(hours, usual[1]), np.nan),
        (
            Remark(unknown & ~heated, "no heat treatment"),
            Remark(heated & np.isnan(celsius), "heat-treated at {:g} °C", usual[0]),
            Remark(heated & np.isnan(hours), "heat-treated for {:g} h", usual[1]),
        ),
    )


def _is_probably_heated(columns: ElectrolyteColumns, family: NDArray[np.int64], solution: Mask) -> Mask:
    # Quenched and sputtered sulfides are amorphous.
    amorphous = is_any(columns.form, Form.GLASS, Form.THIN_FILM) | is_any(
        columns.route, Route.MELT_QUENCH, Route.THIN_FILM
    )
    # An argyrodite called glass-ceramic came out of the mill as it is.
    as_milled = is_any(columns.form, Form.GLASS_CERAMIC) & (family == int(Family.ARGYRODITE))
    powder = (columns.form < 0) & is_any(columns.route, Route.MECHANICAL_MILLING)
    otherwise = ~is_any(columns.form, Form.LOW_CRYSTALLINE) | solution
    return np.asarray(~amorphous & np.where(as_milled, solution, ~powder & otherwise))


def _usual_heat(
    columns: ElectrolyteColumns, family: NDArray[np.int64], salt: FloatArray, li2s: FloatArray, solution: Mask
) -> FloatArray:
    """°C and hours of the usual heat treatment of such a recipe, (2, n)."""
    glass, argyrodite = family == int(Family.GLASS), family == int(Family.ARGYRODITE)
    cases = [
        (solution & (glass | (argyrodite & ~is_any(columns.form, Form.CRYSTALLINE))), TYPICAL_SOLUTION_HEAT),
        (glass & is_any(columns.route, Route.SOLID_STATE), TYPICAL_SOLID_STATE_GLASS_HEAT),
        (glass & (salt > HALIDE_GLASS), TYPICAL_HALIDE_GLASS_HEAT),
        (glass & (li2s < LOW_LI2S), TYPICAL_70_HEAT),
    ]
    usual = _TYPICAL_HEAT[family]
    for mask, heat in reversed(cases):  # the first that holds decides, so it is written last
        usual[mask] = heat
    return usual.T
