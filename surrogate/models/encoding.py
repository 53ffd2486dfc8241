"""The one crossing from candidates to matrices, fixed when a model is fitted and stored with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from surrogate.candidate.active_material import Chemistry
from surrogate.candidate.amounts import FAMILIES
from surrogate.candidate.cell import Cell, Protocol
from surrogate.candidate.columns import CellColumns, ElectrolyteColumns, cell_columns, columns_of, electrolyte_columns
from surrogate.candidate.measurement import Candidate, Censoring, Fidelity, Measurement
from surrogate.candidate.settings import read
from surrogate.composition.value import Composition
from surrogate.errors import ArtifactError
from surrogate.features import feature_matrix, feature_table
from surrogate.features.electrode import chemistries
from surrogate.models import targets
from surrogate.models.conditions import arrhenius, at_standard, law_of
from surrogate.models.simulated import SIMULATED
from surrogate.models.training_set import LentConductivities, OtherDirection, TrainingSet
from surrogate.properties import Property, Subject, get_property
from surrogate.text import describe_setting

Array = NDArray[np.float64]

_TIER_CODES = {"A": 0, "B": 1, "C": 2, "D": 3}
_SIMULATED = 4
_UNKNOWN_TIER = 3  # a measurement without a stated tier is trusted like third-hand ones
_CENSORING_CODES = {Censoring.BELOW: -1, Censoring.ABOVE: 1}


@dataclass(frozen=True, kw_only=True)
class View:
    """``n`` candidates as a model sees them: X (n, d), reference (n,), group and material (n,), −1 for one never
    seen; of cells also the ``reference_cycle`` (n,) of a retention, NaN where it is not stated, and the ``reach`` of
    their capacities; and, for a model with a simulator, the ``columns`` that this reads.
    """

    X: Array
    group: NDArray[np.int64]
    material: NDArray[np.int64]
    reference: Array
    reference_cycle: Array | None = None
    columns: ElectrolyteColumns | CellColumns | None = None
    reach: targets.Reach | None = None


@dataclass(frozen=True, kw_only=True)
class Encoding:
    """Property, feature names, group labels and, finer, material labels of a fitted model; with ``physics`` its members
    also see what the simulator says (:mod:`surrogate.models.simulated`)."""

    property_name: str
    names: tuple[str, ...]
    groups: tuple[str, ...]
    materials: tuple[str, ...]
    physics: bool = False

    @classmethod
    def fit(
        cls,
        prop: Property,
        measurements: Sequence[Measurement],
        *,
        physics: bool = True,
        companions: Sequence[Measurement] = (),
    ) -> Encoding:
        """The encoding for models of ``prop`` trained on ``measurements``, with what the simulator says if ``physics``
        and if it has something to say of ``prop``. Groups that only ``companions`` know come after the others.
        """
        groups = sorted({group_of(m.candidate) for m in measurements})
        further: list[str] = []
        if prop.subject is Subject.CELL:
            further = sorted({group_of(m.candidate) for m in companions} - set(groups))
        return cls(
            property_name=prop.name,
            names=_names(prop),
            groups=(*groups, *further),
            materials=tuple(sorted({material_of(m.candidate) for m in measurements})),
            physics=physics and prop.name in SIMULATED,
        )

    @property
    def property(self) -> Property:
        """The property that is encoded."""
        return get_property(self.property_name)

    def view(self, candidates: Sequence[Candidate], *, materials: bool = True) -> View:
        """Features, groups and references of ``n`` candidates; :class:`ArtifactError` when the features have changed.

        Without ``materials`` all of these are −1: only training tells materials apart, and their formulas take longer
        than the rest.
        """
        view = self.view_of(columns_of(candidates, self.property.subject))
        if not materials:
            return view
        return replace(view, material=_codes(self.materials, [material_of(c) for c in candidates]))

    def view_of(self, columns: ElectrolyteColumns | CellColumns) -> View:
        """The same of candidates that are columns already, without materials."""
        if not self._is_current:
            raise ArtifactError(
                "The model was trained on other features than this version computes.",
                hint="Train again with 'python -m training fit'.",
            )
        if isinstance(columns, CellColumns):
            kind, reference_cycle = chemistries(columns), columns.reference_cycle
        else:
            kind, reference_cycle = columns.families, None
        reach = targets.Reach(columns) if isinstance(columns, CellColumns) else None
        return View(
            X=feature_matrix(columns),
            group=self._group_of_kind[kind],
            material=np.full(len(columns), -1, dtype=np.int64),
            reference=targets.reference(self.property, columns, reach),
            reference_cycle=reference_cycle,
            columns=columns,
            reach=reach,
        )

    @cached_property
    def _is_current(self) -> bool:
        """Whether this version computes the features that the model was trained on."""
        return _names(self.property) == self.names

    @cached_property
    def _group_of_kind(self) -> NDArray[np.int64]:
        """The group of each family or chemistry, −1 for one without rows."""
        kinds: Iterable[StrEnum] = Chemistry if self.property.subject is Subject.CELL else FAMILIES
        return _codes(self.groups, [str(member.value) for member in kinds])

    def training_set(
        self, measurements: Sequence[Measurement], companions: Sequence[Measurement] = ()
    ) -> tuple[TrainingSet, View]:
        """What estimators are fitted to, at standard conditions, and the view of the same rows as they are stated;
        ``companions`` are its other direction.
        """
        view = self.view([m.candidate for m in measurements])
        stated = targets.to_model(self.property, np.array([m.value for m in measurements]), view.reference)
        law = law_of(self.property_name, self.names, view.X, view.reference_cycle)
        papers = {paper: number for number, paper in enumerate(sorted({m.source.paper for m in measurements}))}
        energies = self.property.subject is Subject.ELECTROLYTE  # which borrow conductivities
        return TrainingSet(
            names=self.names,
            X=at_standard(self.property_name, self.names, view.X),
            y=stated if law is None else law.undone(stated),
            paper=np.array([papers[m.source.paper] for m in measurements], dtype=np.int64),
            group=view.group,
            material=view.material,
            tier=np.array([_tier_code(m) for m in measurements], dtype=np.int64),
            censoring=np.array([_CENSORING_CODES.get(m.censoring, 0) for m in measurements], dtype=np.int64),
            other=self._other_direction(measurements, companions, papers) if companions and not energies else None,
            lent=_lend_conductivities(companions, papers) if companions and energies else None,
            columns=view.columns,
            simulated=SIMULATED[self.property_name] if self.physics else None,
        ), view

    def _other_direction(
        self, measurements: Sequence[Measurement], companions: Sequence[Measurement], papers: dict[str, int]
    ) -> OtherDirection:
        """``companions`` as utilisations, each with that of the same row of the table in the property's direction."""
        columns = cell_columns([m.candidate for m in companions])
        reference = targets.reference(self.property, columns)
        measured = targets.reference(get_property(companions[0].property), columns)
        stated = {m.source.row_id: m.value for m in measurements}
        own = np.array([stated.get(m.source.row_id, np.nan) for m in companions])
        codes = _extend_codes(papers, companions)
        return OtherDirection(
            X=feature_matrix(columns),
            columns=columns,
            y=np.array([m.value for m in companions]) / measured,
            own=own / reference,
            lithiated=columns.active_material.map(lambda material: bool(material.starts_lithiated)),
            paper=np.array([codes[m.source.paper] for m in companions], dtype=np.int64),
            group=_codes(self.groups, [group_of(m.candidate) for m in companions]),
            tier=np.array([_tier_code(m) for m in companions], dtype=np.int64),
        )


def _extend_codes(papers: dict[str, int], companions: Sequence[Measurement]) -> dict[str, int]:
    """``papers`` by code, with the further papers of ``companions`` after them."""
    further = sorted({m.source.paper for m in companions} - set(papers))
    return papers | {paper: len(papers) + number for number, paper in enumerate(further)}


def _lend_conductivities(companions: Sequence[Measurement], papers: dict[str, int]) -> LentConductivities:
    """Ionic conductivities, at 25 °C by the compensation rule, under the codes of ``papers``."""
    columns = electrolyte_columns([m.candidate for m in companions])
    stated = np.log10(np.array([m.value for m in companions]))
    codes = _extend_codes(papers, companions)
    return LentConductivities(
        columns=columns,
        y=arrhenius(columns.temperature_c).undone(stated),
        paper=np.array([codes[m.source.paper] for m in companions], dtype=np.int64),
    )


def group_of(candidate: Candidate) -> str:
    """The group that is pooled: the family of an electrolyte, the chemistry of a cell's active material."""
    subject = candidate.subject
    if isinstance(subject, Cell):
        return str(subject.electrode.active_material.chemistry.value)
    return str(subject.composition.family.value)


@cache
def _names(prop: Property) -> tuple[str, ...]:
    return tuple(feature_table(prop.subject))


def material_of(candidate: Candidate) -> str:
    """What stands on the bottle: the reduced formula of an electrolyte, the name of a cell's active material."""
    subject = candidate.subject
    return subject.electrode.active_material.name if isinstance(subject, Cell) else subject.composition.reduced_formula


def _codes(labels: Sequence[str], rows: Sequence[str]) -> NDArray[np.int64]:
    """The position of the label of each row, −1 for one that is not among them."""
    code = {label: number for number, label in enumerate(labels)}
    return np.array([code.get(label, -1) for label in rows], dtype=np.int64)


def describe(candidate: Candidate) -> str:
    """One line a chemist recognises: 'Li6PS5Cl, mechanical milling 20 h, 550 °C 5 h'."""
    return ", ".join(text for text, _ in _headline(candidate, lambda composition: composition.title))


def describe_fully(candidate: Candidate) -> str:
    """The same line with everything as it is stated: '…, milling speed 500 rpm, temperature 25 °C'."""
    headline = list(_headline(candidate, lambda composition: composition.text))
    named = {name for _, names in headline for name in names}
    others = [describe_setting(name, value) for name, value in read(candidate).items() if name not in named]
    return ", ".join([*(text for text, _ in headline), *others])


def _headline(candidate: Candidate, call: Callable[[Composition], str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The parts of the line, each with the settings that it repeats; ``call`` says how a composition is called."""
    subject = candidate.subject
    if isinstance(subject, Cell):
        yield from _of_cell(subject, candidate.protocol, call)
        return
    recipe = subject.recipe
    yield call(subject.composition), ("electrolyte",)
    if recipe.route is not None:
        hours = f" {recipe.milling.time_h:g} h" if recipe.milling is not None and recipe.milling.time_h else ""
        yield recipe.route.value.replace("_", " ") + hours, ("route", "milling_time_h") if hours else ("route",)
    if recipe.heat_treatment is not None and recipe.heat_treatment.temperature_c is not None:
        hold = f" {recipe.heat_treatment.time_h:g} h" if recipe.heat_treatment.time_h else ""
        names = ("heat_treated", "heat_treatment_temperature_c", "heat_treatment_time_h")
        yield f"{recipe.heat_treatment.temperature_c:g} °C{hold}", names if hold else names[:2]


def _of_cell(
    cell: Cell, protocol: Protocol, call: Callable[[Composition], str]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    electrode = cell.electrode
    yield electrode.active_material.text, ("active_material",)
    if electrode.electrolyte is not None:
        yield call(electrode.electrolyte.composition), ("electrolyte",)
    if electrode.mixing.method is not None:
        milled = f" {electrode.mixing.time_min:g} min" if electrode.mixing.time_min else ""
        names = ("mixing_method", "mixing_time_min")
        yield electrode.mixing.method.value.replace("_", " ") + milled, names if milled else names[:1]
    if protocol.voltage_min_v is not None and protocol.voltage_max_v is not None:
        yield f"{protocol.voltage_min_v:g}–{protocol.voltage_max_v:g} V", ("voltage_min_v", "voltage_max_v")
    if protocol.cycles is not None:
        yield f"{protocol.cycles:g} cycles", ("cycles",)


def _tier_code(measurement: Measurement) -> int:
    if measurement.fidelity is Fidelity.SIMULATED:
        return _SIMULATED
    return _TIER_CODES[measurement.tier.value] if measurement.tier is not None else _UNKNOWN_TIER
