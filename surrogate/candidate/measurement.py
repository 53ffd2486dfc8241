"""A value of one property that a laboratory or a simulation obtained, and the candidate it was obtained from.

A :class:`Candidate` is what predictions are asked for and what suggestions propose: an electrolyte or a cell together
with the protocol. A :class:`Measurement` adds the value, what limits it, and where it comes from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from surrogate.candidate.cell import Cell, Electrode, Protocol, check_counted
from surrogate.candidate.recipe import Electrolyte
from surrogate.errors import CellError, MeasurementError
from surrogate.properties import Subject, get_property
from surrogate.text import number
from surrogate.units import check_range


class Fidelity(StrEnum):
    """Whether nature or a simulation gave the value."""

    MEASURED = "measured"
    SIMULATED = "simulated"


class Tier(StrEnum):
    """Trust in a measured value: how far the reading was from the paper itself."""

    A = "A"  # the paper or patent itself was read
    B = "B"  # an abstract, or a primary paper citing its own earlier value
    C = "C"  # notes about a paper; many values digitised from figures
    D = "D"  # third hand: cited in a review


class Censoring(StrEnum):
    """Whether the value is the value, or only a bound on it."""

    EXACT = "exact"
    BELOW = "below"  # the true value is below ``value``: "<1e-10"
    ABOVE = "above"
    APPROXIMATE = "approximate"

    @property
    def sign(self) -> str:
        """What people write before such a value."""
        return {"exact": "", "below": "<", "above": ">", "approximate": "≈"}[self.value]

    @property
    def is_limit(self) -> bool:
        """Whether the value is only a bound on the true one."""
        return self in (Censoring.BELOW, Censoring.ABOVE)


#: What stands before a value in a table → what it says of it.
CENSORING_SIGNS: Mapping[str, Censoring] = MappingProxyType(
    {"<": Censoring.BELOW, ">": Censoring.ABOVE, "~": Censoring.APPROXIMATE}
)


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """An electrolyte, or a cell, and the protocol it is (to be) measured with."""

    subject: Electrolyte | Cell
    protocol: Protocol = Protocol()

    @property
    def kind(self) -> Subject:
        """Which properties make sense for it."""
        return Subject.CELL if isinstance(self.subject, Cell) else Subject.ELECTROLYTE

    @property
    def electrolyte(self) -> Electrolyte | None:
        """The electrolyte itself, or the one in the electrode of the cell."""
        return self.subject.electrode.electrolyte if isinstance(self.subject, Cell) else self.subject


def check_asked(candidate: Candidate) -> None:
    """Refuse conditions that tables hold and no prediction can be made for; raises :class:`CellError`.

    These are what :func:`check_reported` refuses, and an electrode without active material, the blank that papers
    compare with: it can be measured, but there is no capacity per gram of nothing to predict.
    """
    check_reported(candidate)
    if isinstance(candidate.subject, Cell) and candidate.subject.electrode.active_weight_fraction == 0.0:
        raise CellError(
            "active_weight_fraction is 0; an electrode holds some active material.",
            hint="Give its share of the composite, or leave it out if it is not known.",
            field="active_weight_fraction",
        )


def check_reported(candidate: Candidate) -> None:
    """Refuse conditions that tables hold and no laboratory can have had; raises :class:`CellError`.

    These are fractions of a cycle, which curves go through, and currents that contradict each other.
    """
    check_counted("cycles", candidate.protocol.cycles)
    if isinstance(candidate.subject, Cell):
        _check_currents(candidate.subject.electrode, candidate.protocol)


#: Currents stated twice may differ by this factor: rates count on practical capacities, loadings are rounded.
_SAME_CURRENT = 5.0


def _check_currents(electrode: Electrode, protocol: Protocol) -> None:
    """Refuse two currents per gram of active material that are not the same, whatever they are stated as."""
    rate, area, loading = protocol.c_rate, protocol.current_ma_per_cm2, electrode.active_loading_mg_per_cm2
    capacity_mah_per_g = electrode.active_material.theoretical_capacity_mah_per_g
    per_gram = {
        "c_rate": None if rate is None or capacity_mah_per_g is None else rate * capacity_mah_per_g,
        "current_ma_per_g": protocol.current_ma_per_g,
        "current_ma_per_cm2": None if area is None or not loading else 1000.0 * area / loading,
    }
    ordered = sorted((value, name) for name, value in per_gram.items() if value is not None)
    if ordered and ordered[-1][0] > _SAME_CURRENT * ordered[0][0]:
        (low, one), (high, other) = ordered[0], ordered[-1]
        raise CellError(
            f"{one} and {other} contradict each other: {number(low)} and {number(high)} mA per g of active material.",
            hint="Leave one of them out. C-rates are of the theoretical capacity, currents per cm² go by the loading.",
            field=one,
        )


#: Stands for the paper of values that whoever asks measured itself.
OWN_LABORATORY = "this laboratory"


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a value comes from: the row, the paper (the group for every split), and how to cite it.

    ``doi`` and ``reference`` belong to the work that reported the value; a value that was seen only where another work
    quotes it has that work in ``quoted_in_doi`` and ``quoted_in``. ``location`` and ``read_from`` are provenance: where
    in the work that was read, and in which copy of it. ``notice`` is what the licence of the table asks to be told.
    ``licence`` says under what terms the table may be used; it is no part of what is measured and of no hash.
    """

    row_id: str
    paper: str
    doi: str | None = None
    reference: str | None = None
    location: str | None = None
    duplicate_of: str | None = None
    quoted_in_doi: str | None = None
    quoted_in: str | None = None
    read_from: str | None = None
    notice: str | None = None
    licence: str | None = field(default=None, compare=False)


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """A value of one property, with its conditions, uncertainty and provenance.

    ``value`` is in the unit of the property; ``uncertainty`` is one standard deviation on the *scale* of the
    property. ``unread_host`` is the electrolyte of the electrode as a source states it that could not be read as one
    composition; it is no part of any hash. Raises :class:`MeasurementError` for a value outside the physical bounds, a
    property that does not fit the candidate, or a retention without its number of cycles.
    """

    property: str
    value: float
    candidate: Candidate
    source: Source
    fidelity: Fidelity = Fidelity.MEASURED
    tier: Tier | None = None
    censoring: Censoring = Censoring.EXACT
    uncertainty: float | None = None
    unread_host: str | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        prop = get_property(self.property)
        prop.check(self.value)
        check_range("uncertainty", self.uncertainty, 0.0, 1e6, MeasurementError)
        if prop.subject is not self.candidate.kind:
            needed, actual = with_article(prop.subject), with_article(self.candidate.kind)
            raise MeasurementError(
                f"{prop.label} belongs to {needed}, but the candidate is {actual}.",
                hint="Describe the cell for capacities and retention, the electrolyte for conductivities.",
            )
        if self.property == "capacity_retention" and self.candidate.protocol.cycles is None:
            raise MeasurementError(
                f"A capacity retention of {self.value:g} % needs the number of cycles after which it was taken.",
                hint="Give cycles, and reference_cycle when it is not the first.",
                field="cycles",
            )


def with_article(subject: Subject) -> str:
    """``an electrolyte`` or ``a cell``."""
    return f"{'an' if subject is Subject.ELECTROLYTE else 'a'} {subject}"
