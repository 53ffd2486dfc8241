"""What a row of the electrode table says of particles, coating, binder and counter electrode, as numbers.

The cells hold text as stated ("1.0 wt%, about 10 nm", "N/P 2.6", "Li 100 um"); what does not name a number stays
``None``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from surrogate.candidate.active_material import ActiveMaterial, Chemistry
from surrogate.candidate.cell import ActiveHost, ParticleKind
from surrogate.datasets.tables import Row

_NUMBER = r"(\d+(?:\.\d+)?)"
_RANGE = re.compile(rf"^{_NUMBER}(?:\s*-\s*{_NUMBER})?$")
_MEAN = re.compile(rf"mean {_NUMBER}")
_THICKNESS_NM = re.compile(rf"{_NUMBER}(?:-{_NUMBER})? nm")
_WEIGHT_PERCENT = re.compile(rf"{_NUMBER} wt%")
_NP_RATIO = re.compile(rf"N/P {_NUMBER}(?:-{_NUMBER})?")
#: A size in the name of a material, where it is the only one: "(d50 4.0 um)".
_NAMED_SIZE_UM = re.compile(rf"\((?:d50 |unimodal )?{_NUMBER}(?:-{_NUMBER})? um\)", re.IGNORECASE)
_FOIL_UM = re.compile(rf"{_NUMBER} (um|mm)\b(?! disc)")
#: How a row says what carries electrons inside sulfur or Li2S, first match first.
_HOSTS = tuple(
    (re.compile(words, re.IGNORECASE), host)
    for words, host in (
        (r"PAN\b|acrylonitrile", ActiveHost.POLYACRYLONITRILE),
        (r"LiVS2|CoNC|with Cu\b|CuS\b|WS2", ActiveHost.CONDUCTIVE_COMPOUND),
        (r"infiltrat|\bmelt\b|1[56][05] C\b|gas-phase|@C|rGO|CNG|MCS|Mi[cs]-|Mes-|CMK", ActiveHost.INFILTRATED_CARBON),
        (r"black milled|C milled|carbon.milled", ActiveHost.MILLED_CARBON),
    )
)
_CARBON = re.compile(r"carbon|black|ketjen|super|CNT|VGCF|\bAB\b|\bKB\b|\bC\b|C65", re.IGNORECASE)
_PROMOTER = re.compile(r"CuI|LiI(-LiBr)?\b|FeCl3|LiTFSI|DABDT|Li4SnS4|LiFeS2|Se(?=[\d.x])|\bPDS\b", re.IGNORECASE)
#: What a name leaves out: "Li2S (no CuI)".
_WITHOUT = re.compile(r"\(no \w+\)")
#: An electrolyte that conducts electrons as well, by what makes it do so.
_MIXED_CONDUCTOR = re.compile(r"MIEC.*(TiS2)")


@dataclass(frozen=True, kw_only=True)
class CellDetails:
    """Numbers beside those of a cell; ``None`` is not stated. ``binder`` is ``""`` where there is none."""

    particle_kind: ParticleKind | None = None
    particle_size_um: float | None = None
    coating_thickness_nm: float | None = None
    coating_weight_fraction: float | None = None
    binder: str | None = None
    np_ratio: float | None = None
    anode_thickness_um: float | None = None


def cell_details(row: Row) -> CellDetails:
    """The details that a row of the electrode table states."""
    kind, coating, anode = (
        row.text(column) for column in ("am_particle_kind", "coating_amount", "anode_np_ratio_or_thickness")
    )
    binder = row.text("binder")
    foil = _FOIL_UM.search(anode or "")
    return CellDetails(
        particle_kind=ParticleKind(kind) if kind in set(ParticleKind) else None,
        particle_size_um=_size_um(row.text("am_particle_size_um"), row.text("active_material")),
        coating_thickness_nm=_middle(_THICKNESS_NM, coating),
        coating_weight_fraction=None if (percent := _middle(_WEIGHT_PERCENT, coating)) is None else percent / 100.0,
        binder="" if binder == "none" else binder,
        np_ratio=_middle(_NP_RATIO, anode),
        anode_thickness_um=float(foil[1]) * (1000.0 if foil[2] == "mm" else 1.0) if foil else None,
    )


def _size_um(text: str | None, name: str | None) -> float | None:
    """A median size, the middle of a range, or the mean that is stated of two kinds; else the size in the name."""
    mean = _MEAN.search(text or "")
    return float(mean[1]) if mean else _middle(_RANGE, text) or _middle(_NAMED_SIZE_UM, name)


def _middle(pattern: re.Pattern[str], text: str | None) -> float | None:
    """The number that ``pattern`` finds, or the middle of its two ends."""
    match = pattern.search(text or "")
    if match is None:
        return None
    ends = [float(end) for end in match.groups() if end is not None]
    return sum(ends) / len(ends)


def read_host(row: Row, material: ActiveMaterial) -> ActiveHost | None:
    """What carries electrons inside the sulfur or Li2S of a row, from its names, additive and mixing.

    Args:
        row: Of the electrode table.
        material: Its active material.
    """
    if material.chemistry not in (Chemistry.SULFUR, Chemistry.LITHIUM_SULFIDE):
        return None
    parts = [row.text(column) or "" for column in ("active_material", "additive", "mixing_method", "mixing_detail")]
    named = next((host for words, host in _HOSTS if words.search(" ; ".join(parts))), None)
    is_milled_together = "milled" in parts[2] and _CARBON.search(parts[1])
    return ActiveHost.MILLED_CARBON if named is None and is_milled_together else named


def read_promoter(row: Row, material: ActiveMaterial) -> str | None:
    """What speeds up the sulfur or Li2S of a row, from its names.

    An electrolyte that conducts electrons as well counts by what makes it do so.

    Args:
        row: Of the electrode table.
        material: Its active material.

    Returns:
        ``None`` where nothing is named, ``""`` where a name says that it is left out.
    """
    if material.chemistry not in (Chemistry.SULFUR, Chemistry.LITHIUM_SULFIDE):
        return None
    parts = [row.text(column) or "" for column in ("active_material", "additive", "solid_electrolyte")]
    if _WITHOUT.search(parts[0]):
        return ""
    mixed, named = _MIXED_CONDUCTOR.search(parts[2]), _PROMOTER.search(" ; ".join(parts[:2]))
    return named[0] if named else mixed[1] if mixed else None
